"""People and what they may: children, their guardians, the staff; rights are asked together with the fact itself."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name, choice
from models.chat import Chat
from models.database import Db
from models.errors import NotYours
from models.naming import in_order
from models.school import School, SchoolClass, counted

QUIET_FROM, QUIET_TO, DIGEST_AT = 20, 7, 18
"""Hours that a person begins with: see `Person`."""


class Role(enum.StrEnum):
    """What a person is to a school. A guardian's role is to a child, and stands in `guardian`."""

    ADMINISTRATOR = "administrator"
    CLASS_TEACHER = "class_teacher"
    SPECIALIST = "specialist"
    COMMITTEE = "committee"
    GUARDIAN = "guardian"


class Relation(enum.StrEnum):
    """Who a guardian is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    GRANDMOTHER = "grandmother"
    GRANDFATHER = "grandfather"
    OTHER = "other"


class Right(enum.StrEnum):
    """What a guardian may do for a child; the class teacher can take each away."""

    SEE = "sees"
    REPORT = "reports"
    BOOK = "books"


class Child(Base):
    """A child of a class. The least that is needed: a name, and the language of the family's letters (None: the
    school's). left_at: when it left the class; it is kept for a while, so that this can be undone. no_photos: that no
    photos of it are to be shown.
    """

    __tablename__ = "child"
    __table_args__ = (Index("ix_child_class", "class_id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    language: Mapped[str | None] = mapped_column(String(8))
    left_at: Mapped[datetime | None]
    no_photos: Mapped[bool] = mapped_column(default=False)


class Person(Base):
    """A grown-up who has joined. Which messengers they use is told by their chats.

    speaks: the messenger that unasked letters go to, where there are several; None leaves it to us.
    quiet_from, quiet_to, digest_at: hours of the school's clock. wishes: how each sort of news is to come, where
    that is not at once (see models/wishes.py). idle_since: since when they belong to no child and no class.
    """

    __tablename__ = "person"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own form); an erased person's id is never used again
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    speaks: Mapped[str | None] = mapped_column(String(16))
    quiet_from: Mapped[int] = mapped_column(default=QUIET_FROM)
    quiet_to: Mapped[int] = mapped_column(default=QUIET_TO)
    digest_at: Mapped[int] = mapped_column(default=DIGEST_AT)
    wishes: Mapped[dict[str, Any] | None]
    idle_since: Mapped[datetime | None]


class Staff(Base):
    """A role of a person: of the whole school, or (a class teacher's, a committee member's) of one class.

    title: a specialist's, in the school's own words. until: the last day of a substitute.
    """

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("person_id", "role", "class_id"),
        Index("ix_staff_class", "class_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(choice(Role))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    title: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[date | None]


class Guardian(Base):
    """That a person is a guardian of a child, who they are to it, and what they may do (see `Right`)."""

    __tablename__ = "guardian"
    __table_args__ = (Index("ix_guardian_child", "child_id"),)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"), primary_key=True)
    relation: Mapped[Relation] = mapped_column(choice(Relation), default=Relation.OTHER)
    sees: Mapped[bool] = mapped_column(default=True)
    reports: Mapped[bool] = mapped_column(default=True)
    books: Mapped[bool] = mapped_column(default=True)


class Pupil(NamedTuple):
    """A child as its guardian or its teacher sees it; `rights`: what this guardian may do."""

    id: int
    name: str
    class_id: int
    class_name: str
    school_id: int
    rights: frozenset[Right] = frozenset(Right)


def holds(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """That a role has not ended: a substitute's does after its last day."""
    return or_(Staff.until.is_(None), Staff.until >= today)


# Statements of every turn are built once, here: building one takes longer than running it.
_CHILDREN = (
    select(
        Child.id,
        Child.name,
        Child.class_id,
        SchoolClass.name,
        Child.school_id,
        Guardian.sees,
        Guardian.reports,
        Guardian.books,
    )
    .join(SchoolClass, SchoolClass.id == Child.class_id)
    .join(Guardian, Guardian.child_id == Child.id)
    .where(Guardian.person_id == bindparam("person"), Guardian.sees, Child.left_at.is_(None))
    .order_by(Child.id)
)
_OWN_CHILD = _CHILDREN.where(Child.id == bindparam("child"))
_HOLDS = holds(bindparam("today"))
_CLASSES = (
    select(SchoolClass.id, SchoolClass.name)
    .join(Staff, Staff.class_id == SchoolClass.id)
    .where(Staff.person_id == bindparam("person"), Staff.role == Role.CLASS_TEACHER, _HOLDS)
)
_TEACHERS = (
    select(Person.id, Person.name)
    .join(Staff, Staff.person_id == Person.id)
    .where(Staff.class_id == bindparam("school_class"), Staff.role == Role.CLASS_TEACHER, _HOLDS)
    .order_by(Person.id)
)
_REACHABLE = _TEACHERS.join(Chat, Chat.person_id == Person.id).where(Chat.reachable).distinct()
_ROLES = select(Staff.role).where(Staff.person_id == bindparam("person"), _HOLDS)
_GUARDS = (
    select(Guardian.child_id)
    .join(Child, Child.id == Guardian.child_id)
    .where(Guardian.person_id == bindparam("person"), Guardian.sees, Child.left_at.is_(None))
    .limit(1)
)
_RUNS = (
    select(School.id, School.name)
    .join(Staff, Staff.school_id == School.id)
    .where(Staff.person_id == bindparam("person"), Staff.role == Role.ADMINISTRATOR)
)
_RUN = (
    select(SchoolClass.id, SchoolClass.name)
    .join(Staff, Staff.school_id == SchoolClass.school_id)
    .where(
        Staff.person_id == bindparam("person"),
        or_(
            Staff.role == Role.ADMINISTRATOR,
            (Staff.role == Role.CLASS_TEACHER) & (Staff.class_id == SchoolClass.id),
        ),
        _HOLDS,
    )
)
_RUNS_CLASS = _RUN.where(SchoolClass.id == bindparam("school_class")).limit(1)
_ALL_RUN = (
    _RUN.join(School, School.id == SchoolClass.school_id).where(SchoolClass.year >= School.year).distinct()
)


async def children_of(db: Db, person: int | None) -> list[Pupil]:
    """The children whose guardian this person is and whom they may see, by name."""
    found = [_pupil(row) for row in await db.all(_CHILDREN, {"person": person})]
    return sorted(found, key=lambda one: in_order(one.name))


async def own_child(db: Db, person: int | None, child: int, right: Right = Right.SEE) -> Pupil:
    """The child, if this person is its guardian and may do this for it; NotYours otherwise."""
    row = await db.first(_OWN_CHILD, {"person": person, "child": child})
    pupil = _pupil(row) if row else None
    if pupil is None or right not in pupil.rights:
        raise NotYours
    return pupil


def _pupil(row: Any) -> Pupil:
    id_, name, class_id, class_name, school_id, *may = row
    rights = frozenset(right for right, has in zip(Right, may, strict=True) if has)
    return Pupil(id_, name, class_id, class_name, school_id, rights)


async def classes_of(db: Db, person: int | None, today: date) -> list[tuple[int, str]]:
    """The classes (id, name) whose class teacher this person is today, by name."""
    rows = await db.all(_CLASSES, {"person": person, "today": today})
    return sorted(((id_, name) for id_, name in rows), key=lambda one: counted(one[1]))


async def own_class(db: Db, person: int | None, school_class: int, today: date) -> tuple[int, str]:
    """The class (id, name), if this person is its class teacher today; NotYours otherwise."""
    for mine in await classes_of(db, person, today):
        if mine[0] == school_class:
            return mine
    raise NotYours


async def managed_class(db: Db, person: int | None, school_class: int, today: date) -> tuple[int, str]:
    """The class (id, name), if this person is its class teacher today or an administrator of its school.

    For lists, letters and rights; what a guardian wrote is for the class teacher alone: `own_class`.
    NotYours otherwise.
    """
    row = await db.first(_RUNS_CLASS, {"person": person, "school_class": school_class, "today": today})
    if row is None:
        raise NotYours
    return row[0], row[1]


async def managed_classes(db: Db, person: int | None, today: date) -> list[tuple[int, str]]:
    """The classes (id, name) of the present school year that this person manages (`managed_class`), by name."""
    rows = await db.all(_ALL_RUN, {"person": person, "today": today})
    return sorted(((id_, name) for id_, name in rows), key=lambda one: counted(one[1]))


async def managed_child(db: Db, person: int | None, child: int, today: date) -> Pupil:
    """The child, also one that has left, if this person manages its class (`managed_class`); NotYours otherwise."""
    row = await db.first(
        select(Child.id, Child.name, Child.class_id, SchoolClass.name, Child.school_id)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .where(Child.id == child)
    )
    if row is None:
        raise NotYours
    pupil = Pupil(*row)
    await managed_class(db, person, pupil.class_id, today)
    return pupil


async def own_school(db: Db, person: int | None) -> tuple[int, str]:
    """The school (id, name), if this person is an administrator of it; NotYours otherwise."""
    row = await db.first(_RUNS, {"person": person})
    if row is None:
        raise NotYours
    return row[0], row[1]


async def teachers_of(db: Db, school_class: int, today: date) -> list[tuple[int, str]]:
    """The class teachers (person id, name) of a class, substitutes included while they are."""
    rows = await db.all(_TEACHERS, {"school_class": school_class, "today": today})
    return [(id_, name) for id_, name in rows]


async def roles_of(db: Db, person: int | None, today: date) -> set[Role]:
    """Everything that this person is to the school today."""
    if person is None:
        return set()
    staff = {role for (role,) in await db.all(_ROLES, {"person": person, "today": today})}
    guards = await db.first(_GUARDS, {"person": person})
    return staff | ({Role.GUARDIAN} if guards else set())


async def child_named(db: Db, school: int, school_class: int, name: str) -> int:
    """The id of the class's child with this name; it is made if there is none."""
    here = (Child.school_id == school, Child.class_id == school_class, Child.left_at.is_(None))
    found = await db.first(select(Child.id).where(*here, Child.name == name))
    if found:
        return found[0]
    made = await db.new(
        insert(Child).returning(Child.id), {"school_id": school, "class_id": school_class, "name": name}
    )
    return made[0]


async def class_size(db: Db, school_class: int) -> int:
    """How many children the class has."""
    count = select(func.count()).select_from(Child)
    row = await db.first(count.where(Child.class_id == school_class, Child.left_at.is_(None)))
    return row[0] if row else 0


async def reachable_teachers(db: Db, school_class: int, today: date) -> dict[int, str]:
    """The class teachers (person id, name) to whom a letter can come."""
    rows = await db.all(_REACHABLE, {"school_class": school_class, "today": today})
    return {row.id: row.name for row in rows}


async def person_name(db: Db, person: int | None) -> str:
    """What a person is called here; empty if they are nobody (any more)."""
    row = await db.first(select(Person.name).where(Person.id == person))
    return row[0] if row else ""


async def new_person(db: Db, school: int, name: str) -> int:
    """The id of somebody who joins, under this name."""
    return (await db.new(insert(Person).returning(Person.id), {"school_id": school, "name": name}))[0]


async def is_guardian(db: Db, person: int, child: int) -> bool:
    """Whether a person is a guardian of a child, whatever they may do for it."""
    known = select(Guardian.child_id).where(Guardian.person_id == person, Guardian.child_id == child)
    return await db.first(known) is not None


async def become_guardian(db: Db, school: int, person: int, child: int, relation: Relation) -> None:
    """Make a person a guardian of a child; whoever is one already stays as they are."""
    if not await is_guardian(db, person, child):
        row = {"school_id": school, "person_id": person, "child_id": child, "relation": relation}
        await db.run(insert(Guardian), row)
    await db.run(update(Person).where(Person.id == person).values(idle_since=None))


async def give_role(
    db: Db,
    school: int,
    person: int,
    role: Role,
    school_class: int | None = None,
    *,
    title: str | None = None,
    until: date | None = None,
) -> None:
    """Give a person a role; one that is held already only takes the new title and last day.

    Whoever holds it for good is not made a substitute by it.
    """
    held = (
        Staff.person_id == person,
        Staff.role == role,
        Staff.class_id.is_not_distinct_from(school_class),
    )
    longer = until if until is None else case((Staff.until.is_(None), None), else_=until)
    changed = await db.run(update(Staff).where(*held).values(title=title, until=longer))
    if not changed:
        row = {"school_id": school, "person_id": person, "role": role, "class_id": school_class}
        await db.run(insert(Staff), {**row, "title": title, "until": until})
    await db.run(update(Person).where(Person.id == person).values(idle_since=None))
