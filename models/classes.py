"""The classes of a school: making, renaming, and closing one that is empty."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from models.database import Db
from models.people import Child, Role, Staff
from models.school import SchoolClass, class_called, new_class


class Taken(Exception):
    """The school has a class of this name already."""


class NotEmpty(Exception):
    """The class has children, or has had some who can still be brought back."""


async def make_class(db: Db, school: int, name: str) -> int:
    """The id of a new class of the school's present year; Taken if there is one of this name."""
    if await class_called(db, school, name) is not None:
        raise Taken
    return await new_class(db, school, name)


async def rename_class(db: Db, school: int, school_class: int, name: str) -> None:
    """Call the school's class so; Taken if another one is."""
    if await class_called(db, school, name, besides=school_class) is not None:
        raise Taken
    mine = (SchoolClass.id == school_class, SchoolClass.school_id == school)
    await db.run(update(SchoolClass).where(*mine).values(name=name))


async def close_class(db: Db, school: int, school_class: int) -> list[tuple[int, Role]]:
    """Take a class away that has never had children, or none any more; NotEmpty otherwise.

    Returns who held which role in it: their rights have changed.
    """
    if await db.first(select(Child.id).where(Child.class_id == school_class).limit(1)):
        raise NotEmpty
    mine = (SchoolClass.id == school_class, SchoolClass.school_id == school)
    held = select(Staff.person_id, Staff.role).where(
        Staff.class_id == school_class, Staff.school_id == school
    )
    ended = [(person, role) for person, role in await db.all(held)]
    await db.run(delete(SchoolClass).where(*mine))
    return ended
