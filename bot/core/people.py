"""Who is speaking: a chat as a turn knows it, found or made in one statement each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, insert, or_, select

from models.chat import Chat
from models.database import Db
from models.letter import Card, Letter, State
from models.people import DIGEST_AT, QUIET_FROM, QUIET_TO, Person
from models.school import School


@dataclass(slots=True)
class Speaker:
    """A chat, who it belongs to (nobody yet, for a stranger), their school, and where the conversation rests."""

    chat: int
    platform: str
    address: str
    language: str
    reachable: bool
    rest: list[Any] | None = None
    hears: list[Any] | None = None
    takes: list[Any] | None = None
    screen: int | None = None
    tail: int | None = None
    rested_at: datetime | None = None
    heard_at: datetime | None = None
    person: int | None = None
    name: str = ""
    school: int | None = None
    school_name: str = ""
    timezone: str = "UTC"
    quiet_from: int = QUIET_FROM
    quiet_to: int = QUIET_TO
    digest_at: int = DIGEST_AT
    wishes: dict[str, Any] | None = None
    school_quiet_from: int = 0
    school_quiet_to: int = 0


NOBODY = Speaker(0, "", "", "", reachable=False)
"""Who speaks when nobody does: the clock."""


@dataclass(frozen=True, slots=True)
class Button:
    """What a pressed button was: its letter's links, and the standing card it belongs to, if it does.

    waits_since: when its letter was written, if it is not written down as sent.
    """

    letter: int
    links: list[Any]
    card: list[Any] | None
    waits_since: datetime | None


_SPEAKER = (
    select(
        Chat.id,
        Chat.platform,
        Chat.address,
        Chat.language,
        Chat.reachable,
        Chat.rest,
        Chat.hears,
        Chat.takes,
        Chat.screen_id,
        Chat.tail_id,
        Chat.rested_at,
        Chat.heard_at,
        Chat.person_id,
        func.coalesce(Person.name, ""),
        Person.school_id,
        func.coalesce(School.name, ""),
        func.coalesce(School.timezone, "UTC"),
        func.coalesce(Person.quiet_from, QUIET_FROM),
        func.coalesce(Person.quiet_to, QUIET_TO),
        func.coalesce(Person.digest_at, DIGEST_AT),
        Person.wishes,
        func.coalesce(School.quiet_from, 0),
        func.coalesce(School.quiet_to, 0),
    )
    .outerjoin(Person, Person.id == Chat.person_id)
    .outerjoin(School, School.id == Person.school_id)
)
_WHO = _SPEAKER.where(Chat.platform == bindparam("platform"), Chat.address == bindparam("address"))
_PRESSED = (
    _WHO.add_columns(Letter.id, Letter.links, Card.key, Letter.state, Letter.created_at)
    .outerjoin(
        Letter,
        and_(
            or_(Letter.id == bindparam("letter"), Letter.same_as == bindparam("letter")),
            Letter.chat_id == Chat.id,
        ),
    )
    .outerjoin(Card, Card.letter_id == Letter.id)
)
_ALL_CHATS = _SPEAKER.where(Chat.person_id.in_(bindparam("people", expanding=True))).order_by(Chat.id)
_CHOSEN = func.coalesce(case((Person.speaks == Chat.platform, 1)), 0)
_CHATS = _SPEAKER.where(Chat.person_id.in_(bindparam("people", expanding=True)), Chat.reachable).order_by(
    _CHOSEN.desc(), Chat.id
)
_CHAT = _SPEAKER.where(Chat.id == bindparam("chat"))
_NEW = insert(Chat).returning(Chat.id)


def _speaker(row: Any) -> Speaker:
    return Speaker(*row[:23])


async def speaker(
    db: Db, platform: str, address: str, letter: int | None
) -> tuple[Speaker, Button | None] | None:
    """Who speaks at this address, and what the button of `letter` was, if that is a letter of this very chat.

    One message may have gone to many: then its buttons are those of one person's letter, and each has their own.
    """
    where = {"platform": platform, "address": address}
    if letter is None:
        row = await db.first(_WHO, where)
        return (_speaker(row), None) if row else None
    row = await _first(db, _PRESSED, {**where, "letter": letter})
    if row is None:
        return None
    letter, links, key, state, created_at = row[23:28]
    if letter is None:
        return _speaker(row), None
    return _speaker(row), Button(letter, links, unkeyed(key), created_at if state is State.QUEUED else None)


async def newcomer(db: Db, platform: str, address: str, language: str, *, reachable: bool) -> Speaker:
    """A chat for somebody who was never here."""
    made = await db.new(
        _NEW, {"platform": platform, "address": address, "language": language, "reachable": reachable}
    )
    return Speaker(made[0], platform, address, language, reachable)


async def speaker_of(db: Db, chat: int) -> Speaker | None:
    """The chat of that id."""
    row = await db.first(_CHAT, {"chat": chat})
    return _speaker(row) if row else None


async def chats_of(db: Db, people: Iterable[int]) -> list[Speaker]:
    """The chats in which these people are spoken to unasked: of each the one on the messenger that they chose,

    if they can be reached there; else their first. Never two of one person.
    """
    speaking: dict[int | None, Speaker] = {}
    for row in await db.all(_CHATS, {"people": list(people)}):
        one = _speaker(row)
        speaking.setdefault(one.person, one)
    return sorted(speaking.values(), key=lambda one: one.chat)


async def all_chats_of(db: Db, people: Iterable[int]) -> list[Speaker]:
    """Every chat of these people, whether they can be reached there or not."""
    return [_speaker(row) for row in await db.all(_ALL_CHATS, {"people": list(people)})]


async def chat(db: Db, id_: int) -> Speaker | None:
    """One chat, a stranger's too."""
    row = await db.first(_SPEAKER.where(Chat.id == id_))
    return _speaker(row) if row else None


async def _first(db: Db, ask: Select[*tuple[Any, ...]], where: dict[str, Any]) -> Any:
    return await db.first(ask, where)


def keyed(link: list[Any]) -> str:
    """A packed link as a card's key."""
    return json.dumps(link, ensure_ascii=False, separators=(",", ":"))


def unkeyed(key: str | None) -> list[Any] | None:
    """A card's key as the packed link."""
    if key is None:
        return None
    link: list[Any] = json.loads(key)
    return link
