"""Schools, classes, children, and who may do what: roles of staff, and guardians of children."""

from __future__ import annotations

import enum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, bindparam, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name, choice
from models.chat import Chat
from models.database import Db
from models.errors import NotYours


class Role(enum.StrEnum):
    """What a person is to a school. A guardian's role is to a child, and stands in `guardian`."""

    ADMINISTRATOR = "administrator"
    CLASS_TEACHER = "class_teacher"
    GUARDIAN = "guardian"


class School(Base):
    """A school; every other fact belongs to one."""

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Name, unique=True)
    timezone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))


class SchoolClass(Base):
    """A class of children, such as 3-Б."""

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("school_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)


class Child(Base):
    """A child of a class. The least that is needed: a name."""

    __tablename__ = "child"
    __table_args__ = (Index("ix_child_class", "class_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)


class Person(Base):
    """A grown-up who has joined. Which messengers they use is told by their chats."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)


class Staff(Base):
    """A role of a person: of the whole school, or (a class teacher's) of one class."""

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


class Guardian(Base):
    """That a person is a guardian of a child."""

    __tablename__ = "guardian"
    __table_args__ = (Index("ix_guardian_child", "child_id"),)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"), primary_key=True)


class Pupil(NamedTuple):
    """A child as its guardian or its teacher sees it."""

    id: int
    name: str
    class_id: int
    class_name: str
    school_id: int


# Statements of every turn are built once, here: building one takes longer than running it.
_CHILDREN = (
    select(Child.id, Child.name, Child.class_id, SchoolClass.name, Child.school_id)
    .join(SchoolClass, SchoolClass.id == Child.class_id)
    .join(Guardian, Guardian.child_id == Child.id)
    .where(Guardian.person_id == bindparam("person"))
    .order_by(Child.name, Child.id)
)
_OWN_CHILD = _CHILDREN.where(Child.id == bindparam("child"))
_CLASSES = (
    select(SchoolClass.id, SchoolClass.name)
    .join(Staff, Staff.class_id == SchoolClass.id)
    .where(Staff.person_id == bindparam("person"), Staff.role == Role.CLASS_TEACHER)
    .order_by(SchoolClass.name)
)
_TEACHERS = (
    select(Person.id, Person.name)
    .join(Staff, Staff.person_id == Person.id)
    .where(Staff.class_id == bindparam("school_class"), Staff.role == Role.CLASS_TEACHER)
    .order_by(Person.id)
)
_REACHABLE = _TEACHERS.join(Chat, Chat.person_id == Person.id).where(Chat.reachable).distinct()
_ROLES = select(Staff.role).where(Staff.person_id == bindparam("person"))
_GUARDS = select(Guardian.child_id).where(Guardian.person_id == bindparam("person")).limit(1)


async def children_of(db: Db, person: int | None) -> list[Pupil]:
    """The children whose guardian this person is, by name."""
    return [Pupil(*row) for row in await db.all(_CHILDREN, {"person": person})]


async def own_child(db: Db, person: int | None, child: int) -> Pupil:
    """The child, if this person is its guardian; NotYours otherwise."""
    row = await db.first(_OWN_CHILD, {"person": person, "child": child})
    if row is None:
        raise NotYours
    return Pupil(*row)


async def classes_of(db: Db, person: int | None) -> list[tuple[int, str]]:
    """The classes (id, name) whose class teacher this person is, by name."""
    return [(id_, name) for id_, name in await db.all(_CLASSES, {"person": person})]


async def own_class(db: Db, person: int | None, school_class: int) -> tuple[int, str]:
    """The class (id, name), if this person is its class teacher; NotYours otherwise."""
    for mine in await classes_of(db, person):
        if mine[0] == school_class:
            return mine
    raise NotYours


async def teachers_of(db: Db, school_class: int) -> list[tuple[int, str]]:
    """The class teachers (person id, name) of a class."""
    return [(id_, name) for id_, name in await db.all(_TEACHERS, {"school_class": school_class})]


async def roles_of(db: Db, person: int | None) -> set[Role]:
    """Everything that this person is to the school."""
    if person is None:
        return set()
    staff = {role for (role,) in await db.all(_ROLES, {"person": person})}
    guards = await db.first(_GUARDS, {"person": person})
    return staff | ({Role.GUARDIAN} if guards else set())


async def school_named(db: Db, name: str, timezone: str, language: str) -> int:
    """The id of the school with this name; it is made if there is none."""
    found = await db.first(select(School.id).where(School.name == name))
    if found:
        return found[0]
    made = await db.new(
        insert(School).returning(School.id), {"name": name, "timezone": timezone, "language": language}
    )
    return made[0]


async def class_named(db: Db, school: int, name: str) -> int:
    """The id of the school's class with this name; it is made if there is none."""
    found = await db.first(
        select(SchoolClass.id).where(SchoolClass.school_id == school, SchoolClass.name == name)
    )
    if found:
        return found[0]
    made = await db.new(insert(SchoolClass).returning(SchoolClass.id), {"school_id": school, "name": name})
    return made[0]


async def child_named(db: Db, school: int, school_class: int, name: str) -> int:
    """The id of the class's child with this name; it is made if there is none."""
    found = await db.first(
        select(Child.id).where(Child.school_id == school, Child.class_id == school_class, Child.name == name)
    )
    if found:
        return found[0]
    made = await db.new(
        insert(Child).returning(Child.id), {"school_id": school, "class_id": school_class, "name": name}
    )
    return made[0]


async def class_size(db: Db, school_class: int) -> int:
    """How many children the class has."""
    row = await db.first(select(func.count()).select_from(Child).where(Child.class_id == school_class))
    return row[0] if row else 0


async def reachable_teachers(db: Db, school_class: int) -> list[str]:
    """The names of the class teachers to whom a letter can come."""
    return [name for _id, name in await db.all(_REACHABLE, {"school_class": school_class})]
