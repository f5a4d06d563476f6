"""Requests to join: somebody has shown a letter or a class's link, agreed, and waits for the teacher's yes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from models.base import Base, Name, choice
from models.chat import Chat
from models.consent import Given
from models.database import Db
from models.letter import Letter, State
from models.people import Child, Person, Relation, Role, Staff, holds, teachers_of
from models.school import SchoolClass

WORDS_LENGTH = 300
MOST_OF_ONE = 5
"""Requests of one chat that may wait at once: a family has no more children in one school than that, mostly."""


class JoinRequest(Base):
    """Somebody who waits. They are a stranger until the yes: nothing of the class is theirs to see.

    child_id: the child of the letter that was shown; without one, `child_name` is what they typed. person_id: who
    they are already, if they have joined this school for another child. consent_*: what was agreed to, to be kept
    with the person. asked_at: when the teacher asked who they are; words: what they answered.
    """

    __tablename__ = "join_request"
    __table_args__ = (
        UniqueConstraint("chat_id", "class_id", "child_id", "child_name"),
        Index("ix_join_request_class", "class_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    child_name: Mapped[str] = mapped_column(Name)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    relation: Mapped[Relation] = mapped_column(choice(Relation))
    consent_version: Mapped[str] = mapped_column(String(40))
    consent_language: Mapped[str] = mapped_column(String(8))
    consented_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    words: Mapped[str | None] = mapped_column(String(WORDS_LENGTH))
    at: Mapped[datetime]


class Wish(NamedTuple):
    """What somebody asks for: to be let in for a child of a class, whom they have named or whose letter they have."""

    school_id: int
    class_id: int
    child_id: int | None
    child_name: str
    name: str
    relation: Relation


class Waiting(NamedTuple):
    """A request as the class's teacher sees it. chat, person: to whom it is answered."""

    id: int
    school_id: int
    class_id: int
    chat: int
    person: int | None
    child_id: int | None
    child_name: str
    name: str
    relation: Relation
    given: Given
    asked: bool
    words: str | None


class Mine(NamedTuple):
    """A request as whoever waits sees it; asked: whether they are to say who they are and have not."""

    id: int
    child_name: str
    class_name: str
    asked: bool


_CLASS = func.coalesce(Child.class_id, JoinRequest.class_id)
_WAITING = (
    select(
        JoinRequest.id,
        JoinRequest.school_id,
        _CLASS,
        JoinRequest.chat_id,
        func.coalesce(Chat.person_id, JoinRequest.person_id),
        JoinRequest.child_id,
        func.coalesce(Child.name, JoinRequest.child_name),
        JoinRequest.name,
        JoinRequest.relation,
        JoinRequest.consent_version,
        JoinRequest.consent_language,
        Chat.platform,
        JoinRequest.consented_at,
        JoinRequest.asked_at,
        JoinRequest.words,
    )
    .join(Chat, Chat.id == JoinRequest.chat_id)
    .outerjoin(Child, Child.id == JoinRequest.child_id)
    .where(Child.left_at.is_(None))
    .order_by(JoinRequest.id)
)


async def ask_to_join(db: Db, wish: Wish, chat: int, person: int | None, given: Given, now: datetime) -> bool:
    """Write a request down; False if this chat asks for too much. The same one again only takes the new words."""
    if await db.run(
        update(JoinRequest).where(*_same(wish, chat)).values(name=wish.name, relation=wish.relation)
    ):
        return True
    asked = await db.first(select(func.count()).where(JoinRequest.chat_id == chat))
    if asked and asked[0] >= MOST_OF_ONE:
        return False
    consent = {
        "consent_version": given.version,
        "consent_language": given.language,
        "consented_at": given.at,
    }
    row = {**wish._asdict(), **consent, "chat_id": chat, "person_id": person, "at": now}
    await db.run(insert(JoinRequest), row)
    return True


async def waits_already(db: Db, wish: Wish, chat: int) -> bool:
    """Whether this chat waits for this very thing."""
    return await db.first(select(JoinRequest.id).where(*_same(wish, chat))) is not None


def _same(wish: Wish, chat: int) -> tuple[ColumnElement[bool], ...]:
    return (
        JoinRequest.chat_id == chat,
        JoinRequest.class_id == wish.class_id,
        JoinRequest.child_id.is_not_distinct_from(wish.child_id),
        JoinRequest.child_name == wish.child_name,
    )


async def waiting_in(db: Db, school_class: int) -> list[Waiting]:
    """Who waits to be let into a class, the longest first."""
    here = _WAITING.where(bindparam("school_class") == _CLASS)
    return [_waiting(row) for row in await db.all(here, {"school_class": school_class})]


_WAITED_FOR = _WAITING.with_only_columns(_CLASS).where(_CLASS.in_(bindparam("classes", expanding=True)))


async def how_many_wait(db: Db, classes: Iterable[int]) -> Counter[int]:
    """How many wait to be let into each of these classes."""
    return Counter(id_ for (id_,) in await db.all(_WAITED_FOR, {"classes": list(classes)}))


async def waiting_one(db: Db, request: int) -> Waiting | None:
    """One request; whoever answers it manages its class."""
    row = await db.first(_WAITING.where(JoinRequest.id == request))
    return _waiting(row) if row else None


def _waiting(row: Any) -> Waiting:
    *who, version, language, platform, at, asked_at, words = row
    fields: list[Any] = [*who, Given(version, language, platform, at), asked_at is not None, words]
    return Waiting._make(fields)


async def waiting_of(db: Db, chat: int) -> list[Mine]:
    """What this chat waits for."""
    rows = await db.all(
        select(JoinRequest.id, JoinRequest.child_name, SchoolClass.name, JoinRequest.asked_at)
        .add_columns(JoinRequest.words)
        .join(SchoolClass, SchoolClass.id == JoinRequest.class_id)
        .where(JoinRequest.chat_id == chat)
        .order_by(JoinRequest.id)
    )
    return [
        Mine(id_, child, name, asked is not None and words is None) for id_, child, name, asked, words in rows
    ]


async def answered(db: Db, request: int) -> bool:
    """The request is answered and gone; False if it was before."""
    return bool(await db.run(delete(JoinRequest).where(JoinRequest.id == request)))


async def withdrawn(db: Db, chat: int) -> set[int]:
    """Take back all that a chat waits for; returns the classes that it was waited for in."""
    rows = await db.all(select(JoinRequest.class_id).where(JoinRequest.chat_id == chat))
    await db.run(delete(JoinRequest).where(JoinRequest.chat_id == chat))
    return {school_class for (school_class,) in rows}


async def follow(db: Db, chats: Sequence[int], to: int) -> None:
    """What these chats wait for is waited for in another chat of the same person: theirs are a stranger's now."""
    there = aliased(JoinRequest)
    twice = exists().where(
        there.chat_id == to,
        there.class_id == JoinRequest.class_id,
        there.child_id.is_not_distinct_from(JoinRequest.child_id),
        there.child_name == JoinRequest.child_name,
    )
    theirs = JoinRequest.chat_id.in_(chats)
    await db.run(delete(JoinRequest).where(theirs, twice))
    await db.run(update(JoinRequest).where(theirs).values(chat_id=to))


async def ask_who(db: Db, request: int, now: datetime) -> None:
    """The teacher wants to know who it is; what was answered before does not do."""
    await db.run(update(JoinRequest).where(JoinRequest.id == request).values(asked_at=now, words=None))


async def explain(db: Db, request: int, words: str) -> None:
    """What somebody answered."""
    await db.run(update(JoinRequest).where(JoinRequest.id == request).values(words=words[:WORDS_LENGTH]))


async def leave_nothing(db: Db, chat: int) -> None:
    """Delete what is kept of a stranger: requests, and what was said to them; the chat goes within a day."""
    await db.run(delete(JoinRequest).where(JoinRequest.chat_id == chat))
    await db.run(delete(Letter).where(Letter.chat_id == chat, Letter.state != State.QUEUED))
    await db.run(update(Chat).where(Chat.id == chat).values(invited=None))


async def who_decides(db: Db, school_class: int, today: date) -> list[int]:
    """Who is shown who waits: the class's teachers, or the school's administrators while it has none."""
    teachers = [id_ for id_, _name in await teachers_of(db, school_class, today)]
    if teachers:
        return teachers
    rows = await db.all(
        select(Staff.person_id)
        .join(SchoolClass, SchoolClass.school_id == Staff.school_id)
        .where(SchoolClass.id == school_class, Staff.role == Role.ADMINISTRATOR)
        .where(holds(today))
    )
    return [id_ for (id_,) in rows]


async def school_of_person(db: Db, person: int) -> int | None:
    """The school that somebody has joined."""
    row = await db.first(select(Person.school_id).where(Person.id == person))
    return row[0] if row else None


def fitting(typed: str, children: Iterable[tuple[int, str]]) -> list[int]:
    """The children (id, name) whom a typed name means: the same words, in whatever order, case and apostrophes."""
    wanted = _words(typed)
    return [id_ for id_, name in children if _words(name) == wanted]


_APOSTROPHES = str.maketrans("", "", "'’ʼ`´ʹ′\"")
_ALIKE = str.maketrans("ёґ", "ег")


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFC", name).casefold().translate(_APOSTROPHES).translate(_ALIKE)
    return sorted(plain.replace("-", " ").split())
