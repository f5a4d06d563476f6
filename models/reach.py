"""How far an announcement has come: to each person, and so to each family, read from the letters themselves."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select

from models.announcement import AnnouncementChild, AnnouncementClass, Copy, Post, Stage, own_post
from models.billing import CAPPED
from models.chat import Chat
from models.database import Db
from models.errors import NotYours
from models.letter import Letter, State
from models.naming import in_order
from models.people import Child, Guardian, Person, Relation, managed_classes
from models.school import SchoolClass


class Reach(enum.StrEnum):
    """How far it has come, the farthest first; a family has come as far as the farthest of its people."""

    ANSWERED = "answered"
    SEEN = "seen"
    DELIVERED = "delivered"
    SENT = "sent"
    QUEUED = "queued"
    REFUSED = "refused"
    """The messenger would not take it."""
    CAPPED = "capped"
    """It would have cost more than the school pays for in a month."""
    LEFT = "left"
    """They have blocked the bot, or unsubscribed."""
    NOWHERE = "nowhere"
    """They have no messenger here any more."""
    STOPPED = "stopped"
    """It was taken back before it went."""
    SPARED = "spared"
    """As they have wished, another guardian was to have it for them."""
    LATER = "later"
    """They have joined since, and can read it here."""
    NOT_IN = "not_in"
    """Nobody of the family has joined."""


ORDER = {reach: place for place, reach in enumerate(Reach)}
STAGES = (Reach.QUEUED, Reach.SENT, Reach.DELIVERED, Reach.SEEN, Reach.ANSWERED)
"""The way of what arrives; whatever has come to one of these has come through those before."""


class Reader(NamedTuple):
    """Somebody of a family, and how far it has come to them.

    platforms: of the letters that have come or are to; else of all to them, or of their chats where there was none.
    reachable: whether something could be sent to them now. instead: it came to them after the others, as it could not
    come to whoever was to have it.
    """

    id: int
    name: str
    relation: Relation
    reach: Reach
    platforms: tuple[str, ...]
    answer: list[Any] | None
    answered_at: datetime | None
    reachable: bool
    instead: bool


class Household(NamedTuple):
    """A family as one child's: how far it has come, and each of its people."""

    child: int
    name: str
    class_id: int
    reach: Reach
    readers: tuple[Reader, ...]

    @property
    def newest(self) -> Reader | None:
        """Whoever of the family answered last: their answer is the family's."""
        answered = [one for one in self.readers if one.answered_at is not None]
        return max(answered, key=lambda one: str(one.answered_at), default=None)

    @property
    def missed(self) -> bool:
        """Whether it has come to nobody of the family and is not on its way."""
        return ORDER[self.reach] > ORDER[Reach.QUEUED]


class Report(NamedTuple):
    """An announcement as somebody may look at it: of the classes that it went to those which they manage today, by

    name; whether these are all of them; and the families of these classes.
    """

    post: Post
    classes: Mapping[int, str]
    whole: bool
    families: Sequence[Household]


async def report_of(db: Db, person: int | None, announcement: int, today: date, card: str) -> Report:
    """How far an announcement has come, for whoever manages a class it went to; a draft or plan for its author.

    NotYours for everybody else, its author too once none of these classes is theirs. card: the key of the card that
    shows it by itself (see `Card`). Some ten statements, however many families there are.
    """
    post = await own_post(db, person, announcement, today)
    to_class = exists().where(
        AnnouncementClass.announcement_id == announcement, AnnouncementClass.class_id == SchoolClass.id
    )
    to_child = select(Child.class_id).join(AnnouncementChild, AnnouncementChild.child_id == Child.id)
    of_child = to_child.where(AnnouncementChild.announcement_id == announcement)
    meant = select(SchoolClass.id).where(
        SchoolClass.school_id == post.school, or_(to_class, SchoolClass.id.in_(of_child))
    )
    went = {id_ for (id_,) in await db.all(meant)}
    mine = {id_: name for id_, name in await managed_classes(db, person, today) if id_ in went}
    if post.stage in (Stage.SENT, Stage.RECALLED) and went and not mine:
        raise NotYours
    families = await _families(db, post, mine, card) if mine else []
    return Report(post, mine, went <= mine.keys(), families)


async def _families(db: Db, post: Post, classes: Iterable[int], card: str) -> list[Household]:
    """Each family of these classes that it was meant for, by the child's name."""
    people = await _people(db, post, card)
    rows = await db.all(
        select(Child.id, Child.name, Child.class_id, Person.id, Person.name, Guardian.relation)
        .join(AnnouncementChild, AnnouncementChild.child_id == Child.id)
        .outerjoin(Guardian, and_(Guardian.child_id == Child.id, Guardian.sees))
        .outerjoin(Person, Person.id == Guardian.person_id)
        .where(AnnouncementChild.announcement_id == post.id, Child.class_id.in_(list(classes)))
        .order_by(Child.id, Person.id)
    )
    found: dict[int, tuple[str, int, list[Reader], list[Reader]]] = {}
    for child, name, class_id, person, person_name, relation in rows:
        _name, _class, readers, later = found.setdefault(child, (name, class_id, [], []))
        if person in people:
            readers.append(Reader(person, person_name, relation, *people[person]))
        elif person is not None:
            later.append(Reader(person, person_name, relation, *_JOINED_LATER))
    households = [
        Household(child, name, class_id, _farthest(readers or later), tuple(readers or later))
        for child, (name, class_id, readers, later) in found.items()
    ]
    return sorted(households, key=lambda one: in_order(one.name))


def _farthest(readers: list[Reader]) -> Reach:
    return min((one.reach for one in readers), key=ORDER.__getitem__, default=Reach.NOT_IN)


class _Had(NamedTuple):
    """What `Reader` says of a person, whoever's guardian they are."""

    reach: Reach
    platforms: tuple[str, ...]
    answer: list[Any] | None
    answered_at: datetime | None
    reachable: bool
    instead: bool


_JOINED_LATER = _Had(Reach.LATER, (), None, None, False, False)


class _Sent(NamedTuple):
    """What became of the letters to a person, alike in these: on which messenger, of which card, how far."""

    platform: str
    about: str
    state: State
    written: datetime
    sent: datetime | None
    delivered: datetime | None
    seen: datetime | None
    trouble: str | None


async def _people(db: Db, post: Post, own: str) -> Mapping[int, _Had]:
    """How far it has come to everybody who was to have it, by their letters' own word."""
    copies = await db.all(
        select(Copy.person_id, Copy.key, Copy.answer, Copy.answered_at).where(Copy.announcement_id == post.id)
    )
    keys = {person: key for person, key, *_answer in copies}
    letters: defaultdict[int, list[_Sent]] = defaultdict(list)
    # Found by the few cards that show it, and told apart here: by person, each would be looked for among all of them.
    for person, *sent in await db.all(
        select(
            Chat.person_id,
            Chat.platform,
            Letter.about,
            Letter.state,
            func.min(Letter.created_at),
            func.min(Letter.sent_at),
            func.max(Letter.delivered_at),
            func.max(Letter.seen_at),
            func.min(Letter.trouble),
        )
        .join(Chat, Chat.id == Letter.chat_id)
        .where(Letter.about.in_({own, *keys.values()} - {None}), Letter.ahead.is_(None))
        .group_by(Chat.person_id, Chat.platform, Letter.about, Letter.state)
    ):
        one = _Sent._make(sent)
        if person is not None and person in keys and one.about in (own, keys[person]):
            letters[person].append(one)
    chats: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    for person, platform, reachable in await db.all(
        select(Copy.person_id, Chat.platform, Chat.reachable)
        .join(Chat, Chat.person_id == Copy.person_id)
        .where(Copy.announcement_id == post.id)
    ):
        chats[person][platform] = reachable
    return {
        person: _had(post, own, key, answer, answered_at, letters[person], chats[person])
        for person, key, answer, answered_at in copies
    }


def _had(
    post: Post,
    own: str,
    key: str | None,
    answer: list[Any] | None,
    answered_at: datetime | None,
    letters: list[_Sent],
    chats: Mapping[str, bool],
) -> _Had:
    since = post.sent_at or post.made_at
    counted = [one for one in letters if one.state is not State.REPLACED or one.written >= since]
    reached = {_of_letter(post, own, one) for one in counted}
    if answered_at is not None:
        reached = {Reach.ANSWERED}
    elif key is None and not reached:
        reached = {Reach.SPARED}
    elif not reached:
        reached = {Reach.LEFT if chats else Reach.NOWHERE}
    written = min((one.written for one in counted if one.about == own), default=since)
    arrives = [one for one in counted if ORDER[_of_letter(post, own, one)] <= ORDER[Reach.QUEUED]]
    return _Had(
        min(reached, key=ORDER.__getitem__),
        tuple(sorted({one.platform for one in arrives or counted})) or tuple(sorted(chats)),
        answer,
        answered_at,
        any(chats.values()),
        key == own and written > since,
    )


def _of_letter(post: Post, own: str, one: _Sent) -> Reach:
    back = post.recalled_at
    if back is not None and one.about != own and (one.sent is None or one.sent > back):
        return Reach.STOPPED  # the digest went without it
    if one.seen or one.delivered:  # whatever else is told of it, it was there
        return Reach.SEEN if one.seen else Reach.DELIVERED
    match one.state:
        case State.SENT:
            return Reach.SENT
        case State.QUEUED:
            return Reach.QUEUED
        case State.REFUSED:
            return Reach.CAPPED if one.trouble == CAPPED else Reach.REFUSED
        case State.REPLACED | State.DROPPED:
            return Reach.STOPPED
        case State.GONE:
            return Reach.LEFT
