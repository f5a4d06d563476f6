"""Questions about announcements: what a family asks, for the teacher alone, and what is answered."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, Select, Text, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.announcement import Announcement, AnnouncementChild, AnnouncementClass, Post, post_of
from models.base import Base
from models.chat import Chat
from models.copies import concerns
from models.database import Db
from models.errors import NotYours
from models.people import (
    Child,
    Guardian,
    Person,
    Relation,
    classes_of,
    managed_classes,
    reachable_teachers,
)

QUESTION_LENGTH = 1000
MOST_OPEN = 20
"""Questions of one person that may wait for an answer at once."""


class Question(Base):
    """What somebody asked about an announcement, for its author alone, and the answer.

    Where the author has none of the classes of whoever asked any more, it is for the class teachers of these.
    """

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_announcement", "announcement_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None]


class TooManyOpen(Exception):
    """As many questions of theirs as may wait do wait already."""


class Asked(NamedTuple):
    """A question as whoever asked it sees it. teacher: who has answered, empty if nobody has or they are erased."""

    id: int
    announcement: int
    text: str
    answer: str | None
    teacher: str


class Waiting(NamedTuple):
    """A question as a teacher sees it: who asks, of which of the children whom the announcement concerns."""

    id: int
    announcement: int
    person: int
    name: str
    relation: Relation
    children: tuple[str, ...]
    text: str
    answer: str | None


# The families' side


async def ask(db: Db, post: Post, person: int, text: str, now: datetime) -> int:
    """Ask about an announcement; returns the question. Who asks has read it (`reading`). TooManyOpen: see there."""
    waits = select(func.count()).where(Question.person_id == person, Question.answered_at.is_(None))
    count = await db.first(waits)
    if count and count[0] >= MOST_OPEN:
        raise TooManyOpen
    row = {
        "school_id": post.school,
        "announcement_id": post.id,
        "person_id": person,
        "text": text[:QUESTION_LENGTH],
        "at": now,
    }
    return (await db.new(insert(Question).returning(Question.id), row))[0]


async def own_question(db: Db, person: int | None, question: int) -> Asked:
    """A question, for whoever asked it, while they may read what it is about; NotYours otherwise."""
    row = await db.first(
        select(Question.id, Question.announcement_id, Question.text, Question.answer, Person.name)
        .outerjoin(Person, Person.id == Question.answered_by)
        .where(Question.id == question, Question.person_id == person, _concerned())
    )
    if row is None:
        raise NotYours
    id_, announcement, text, answer, teacher = row
    return Asked(id_, announcement, text, answer, teacher or "")


def _concerned() -> Any:
    """That whoever asked a question may read what it is about."""
    return exists().where(
        Guardian.person_id == Question.person_id,
        Child.id == Guardian.child_id,
        concerns(Question.announcement_id, Question.person_id),
    )


async def withdraw_question(db: Db, person: int, question: int) -> bool:
    """Take a question of one's own back; False if it was answered meanwhile."""
    mine = (Question.id == question, Question.person_id == person, Question.answered_at.is_(None))
    return bool(await db.run(delete(Question).where(*mine)))


# The teacher's side


async def answerers(db: Db, post: Post, person: int, today: date) -> dict[int, str]:
    """Who gets what this guardian asks about an announcement (person id, name): its author.

    If the author manages no class of the children whom it concerns any more, or cannot be reached, the class teachers
    of these.
    """
    asked = (
        select(Child.class_id)
        .join(Guardian, Guardian.child_id == Child.id)
        .where(Guardian.person_id == person, concerns(post.id, person))
        .distinct()
    )
    classes = {id_ for (id_,) in await db.all(asked)}
    author = await _author_here(db, post.author, today)
    if author is not None and author.classes & classes:
        return {author.id: author.name}
    found: dict[int, str] = {}
    for school_class in classes:
        found |= await reachable_teachers(db, school_class, today)
    return found


class _Author(NamedTuple):
    """Who has written an announcement, and the classes that they manage today."""

    id: int
    name: str
    classes: frozenset[int]


async def _author_here(db: Db, author: int | None, today: date) -> _Author | None:
    """The author, if they manage some class still and can be reached."""
    classes = frozenset(id_ for id_, _name in await managed_classes(db, author, today))
    if not classes:
        return None
    reached = exists().where(Chat.person_id == Person.id, Chat.reachable)
    row = await db.first(select(Person.id, Person.name).where(Person.id == author, reached))
    return _Author(row[0], row[1], classes) if row else None


_ASKED = (
    select(
        Question.id,
        Question.announcement_id,
        Question.person_id,
        Person.name,
        Guardian.relation,
        Child.name,
        Question.text,
        Question.answer,
    )
    .join(Person, Person.id == Question.person_id)
    .join(Guardian, Guardian.person_id == Person.id)
    .join(Child, Child.id == Guardian.child_id)
    .where(concerns(Question.announcement_id, Question.person_id))
    .order_by(Question.id, Child.id)
)


async def questions_about(db: Db, person: int | None, announcement: int, today: date) -> list[Waiting]:
    """What was asked about an announcement and is this teacher's to answer, the oldest first.

    NotYours for whoever is not to answer it (`answerers`).
    """
    post = await post_of(db, announcement)
    asked = _ASKED.where(Question.announcement_id == announcement)
    author = await _author_here(db, post.author, today)
    if author is not None and author.id == person:
        mine, authors = author.classes, frozenset[int]()
    else:
        mine = frozenset(id_ for id_, _name in await classes_of(db, person, today))
        authors = author.classes if author is not None else frozenset()
    to_class = select(AnnouncementClass.class_id).where(AnnouncementClass.announcement_id == announcement)
    to_child = (
        select(Child.class_id)
        .join(AnnouncementChild, AnnouncementChild.child_id == Child.id)
        .where(AnnouncementChild.announcement_id == announcement)
    )
    went = {id_ for (id_,) in [*await db.all(to_class), *await db.all(to_child)]}
    if not went & (mine - authors):
        raise NotYours
    to_author = (
        {one.id for one in await _waiting(db, asked.where(Child.class_id.in_(authors)))} if authors else ()
    )
    found = await _waiting(db, asked.where(Child.class_id.in_(mine)))
    return [one for one in found if one.id not in to_author]


async def question_to(db: Db, person: int | None, question: int, today: date) -> Waiting:
    """A question, for whoever is to answer it; NotYours otherwise."""
    row = await db.first(select(Question.announcement_id).where(Question.id == question))
    if row is None:
        raise NotYours
    for one in await questions_about(db, person, row[0], today):
        if one.id == question:
            return one
    raise NotYours


async def waiting_for(db: Db, person: int | None, today: date) -> dict[int, tuple[str, int]]:
    """The announcements about which somebody waits for this person's answer: their text, and how many do."""
    mine = [id_ for id_, _name in await classes_of(db, person, today)]
    rows = await db.all(
        select(Question.announcement_id, Announcement.text)
        .join(Announcement, Announcement.id == Question.announcement_id)
        .join(Guardian, Guardian.person_id == Question.person_id)
        .join(Child, Child.id == Guardian.child_id)
        .where(
            Question.answered_at.is_(None),
            or_(Announcement.author_id == person, Child.class_id.in_(mine)),
            concerns(Question.announcement_id, Question.person_id),
        )
        .group_by(Question.announcement_id, Announcement.text)
        .order_by(func.min(Question.id))
    )
    found: dict[int, tuple[str, int]] = {}
    for announcement, text in rows:
        with suppress(NotYours):
            asked = await questions_about(db, person, announcement, today)
            if number := len([one for one in asked if one.answer is None]):
                found[announcement] = (text, number)
    return found


async def give_answer(db: Db, questions: Iterable[int], by: int, text: str, now: datetime) -> None:
    """Answer questions; an earlier answer is replaced. Who answers is to (`question_to`)."""
    values = {"answer": text[:QUESTION_LENGTH], "answered_by": by, "answered_at": now}
    await db.run(update(Question).where(Question.id.in_(list(questions))).values(values))


async def _waiting(db: Db, asked: Select[*tuple[Any, ...]]) -> list[Waiting]:
    found: dict[int, Waiting] = {}
    for id_, announcement, person, name, relation, child, text, answer in await db.all(asked):
        others = found[id_].children if id_ in found else ()
        found[id_] = Waiting(id_, announcement, person, name, relation, (*others, child), text, answer)
    return list(found.values())
