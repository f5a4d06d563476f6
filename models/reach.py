"""How far an announcement has come: to each person, and so to each family, read from the letters themselves."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select

from models.announcement import AnnouncementChild, Copy, Post
from models.chat import Chat
from models.database import Db
from models.letter import Letter, State
from models.naming import in_order
from models.people import Child, Guardian, Person, Relation


class Reach(enum.StrEnum):
    """How far it has come, the farthest first; a family has come as far as the farthest of its people."""

    ANSWERED = "answered"
    SEEN = "seen"
    DELIVERED = "delivered"
    SENT = "sent"
    QUEUED = "queued"
    REFUSED = "refused"
    """The messenger would not take it."""
    LEFT = "left"
    """They have blocked the bot, or unsubscribed."""
    NOT_IN = "not_in"
    """Nobody of the family has joined."""


ORDER = {reach: place for place, reach in enumerate(Reach)}


class Reader(NamedTuple):
    """Somebody of a family, and how far it has come to them. platforms: of the letters to them."""

    id: int
    name: str
    relation: Relation
    reach: Reach
    platforms: tuple[str, ...]
    answer: list[Any] | None
    answered_at: datetime | None


class Household(NamedTuple):
    """A family as one child's: how far it has come, and each of its people."""

    child: int
    name: str
    class_id: int
    reach: Reach
    readers: tuple[Reader, ...]


async def families_reached(db: Db, post: Post) -> list[Household]:
    """Each family that an announcement was meant for, by the child's name. Who asks: `own_post`."""
    people = await _people(db, post.id)
    rows = await db.all(
        select(Child.id, Child.name, Child.class_id, Person.id, Person.name, Guardian.relation)
        .join(AnnouncementChild, AnnouncementChild.child_id == Child.id)
        .outerjoin(Guardian, and_(Guardian.child_id == Child.id, Guardian.sees))
        .outerjoin(Person, Person.id == Guardian.person_id)
        .where(AnnouncementChild.announcement_id == post.id)
        .order_by(Child.id, Person.id)
    )
    found: dict[int, tuple[str, int, list[Reader]]] = {}
    for child, name, class_id, person, person_name, relation in rows:
        _name, _class, readers = found.setdefault(child, (name, class_id, []))
        if person in people:
            readers.append(Reader(person, person_name, relation, *people[person]))
    households = [
        Household(child, name, class_id, _farthest(readers), tuple(readers))
        for child, (name, class_id, readers) in found.items()
    ]
    return sorted(households, key=lambda one: in_order(one.name))


def _farthest(readers: list[Reader]) -> Reach:
    return min((one.reach for one in readers), key=ORDER.__getitem__, default=Reach.NOT_IN)


_People = Mapping[int, tuple[Reach, tuple[str, ...], list[Any] | None, datetime | None]]


async def _people(db: Db, announcement: int) -> _People:
    """How far it has come to everybody who was to have it, by their letters' own word."""
    letters = await db.all(
        select(
            Copy.person_id,
            Chat.platform,
            Letter.state,
            func.max(Letter.delivered_at),
            func.max(Letter.seen_at),
        )
        .join(Chat, Chat.person_id == Copy.person_id)
        .join(Letter, and_(Letter.chat_id == Chat.id, Letter.about == Copy.key, Letter.ahead.is_(None)))
        .where(Copy.announcement_id == announcement)
        .group_by(Copy.person_id, Chat.platform, Letter.state)
    )
    reached: dict[int, set[Reach]] = {}
    platforms: dict[int, set[str]] = {}
    for person, platform, state, delivered, seen in letters:
        reached.setdefault(person, set()).add(_of_letter(state, delivered, seen))
        platforms.setdefault(person, set()).add(platform)
    copies = await db.all(
        select(Copy.person_id, Copy.answer, Copy.answered_at).where(Copy.announcement_id == announcement)
    )
    return {
        person: (
            Reach.ANSWERED if answered_at else min(reached.get(person, {Reach.LEFT}), key=ORDER.__getitem__),
            tuple(sorted(platforms.get(person, ()))),
            answer,
            answered_at,
        )
        for person, answer, answered_at in copies
    }


def _of_letter(state: State, delivered: datetime | None, seen: datetime | None) -> Reach:
    match state:
        case State.SENT:
            return Reach.SEEN if seen else Reach.DELIVERED if delivered else Reach.SENT
        case State.QUEUED:
            return Reach.QUEUED
        case State.REFUSED | State.REPLACED | State.DROPPED:
            return Reach.REFUSED
        case State.GONE:
            return Reach.LEFT
