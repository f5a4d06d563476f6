"""Schools and their classes: names, the zone their clock runs in, the languages they speak, and the school year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name
from models.database import Db
from models.naming import in_order, same_class

SCHOOL_LENGTH = 60
"""Signs of a school's name: it stands in the first line of a printed letter."""
TURNS_IN = 7
"""The month from which on people mean the coming school year: July, when classes are made for autumn."""


class School(Base):
    """A school; every other fact belongs to one.

    language: spoken to those whose messenger is set to none of `languages`, which are tags divided by commas, the
    school's own choice of ours. year: the school year that is under way, by the calendar year it begins in.
    ready: whether its administrator has named it; until then it has the name that the settings gave it.
    quiet_from, quiet_to: full hours of its clock between which nobody is sent what is not urgent; the same: none.
    """

    __tablename__ = "school"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Name)
    timezone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    languages: Mapped[str] = mapped_column(String(64), default="uk,ru,en")
    year: Mapped[int]
    ready: Mapped[bool] = mapped_column(default=False)
    quiet_from: Mapped[int] = mapped_column(default=0)
    quiet_to: Mapped[int] = mapped_column(default=0)


class SchoolClass(Base):
    """A class of children, such as 3-Б, in a school year; one of a year that is over was let go (models/year.py).

    name: of one that was let go a name that nobody can type, so that its own is free for another.
    lets_in: whether whoever shows a child's own letter is let in without the teacher being asked.
    """

    __tablename__ = "school_class"
    __table_args__ = (UniqueConstraint("school_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    year: Mapped[int]
    lets_in: Mapped[bool] = mapped_column(default=False)


class Schooling(NamedTuple):
    """A school as those see it who belong to it."""

    id: int
    name: str
    timezone: str
    language: str
    languages: tuple[str, ...]
    year: int
    ready: bool


def year_of(day: date) -> int:
    """The school year that people mean on this day, by the calendar year it begins in."""
    return day.year if day.month >= TURNS_IN else day.year - 1


def year_label(year: int) -> str:
    """A school year as people write it: "2026/27"."""
    return f"{year}/{(year + 1) % 100:02}"


async def school_of(db: Db, school: int) -> Schooling:
    """The school. Whoever asks belongs to it (`turn.speaker.school`)."""
    row = await db.first(
        select(
            School.id,
            School.name,
            School.timezone,
            School.language,
            School.languages,
            School.year,
            School.ready,
        ).where(School.id == school)
    )
    assert row is not None  # noqa: S101 (a school is never deleted while somebody belongs to it)
    id_, name, timezone, language, languages, year, ready = row
    return Schooling(id_, name, timezone, language, _in_order(language, languages), year, ready)


def _in_order(first: str, languages: str) -> tuple[str, ...]:
    return (first, *(one for one in languages.split(",") if one != first))


async def school_named(db: Db, name: str, timezone: str, language: str, today: date) -> int:
    """The id of the school with this name, the oldest of several; it is made if there is none."""
    found = await db.first(select(School.id).where(School.name == name).order_by(School.id).limit(1))
    if found:
        return found[0]
    row = {"name": name, "timezone": timezone, "language": language, "year": year_of(today)}
    return (await db.new(insert(School).returning(School.id), row))[0]


async def any_school(db: Db) -> Sequence[tuple[int, str]]:
    """Every school (id, name) of this database, the oldest first."""
    return [(id_, name) for id_, name in await db.all(select(School.id, School.name).order_by(School.id))]


async def first_school(db: Db, name: str, timezone: str, language: str, today: date) -> int:
    """The id of the only (or the oldest) school; in a new database it is made, with this name."""
    found = await any_school(db)
    return found[0][0] if found else await school_named(db, name, timezone, language, today)


async def for_newcomers(db: Db) -> tuple[str, ...]:
    """The languages of whoever is new, where there is one school alone, its first one first; else none is known."""
    rows = await db.all(select(School.language, School.languages).limit(2))
    return _in_order(rows[0][0], rows[0][1]) if len(rows) == 1 else ()


async def name_school(db: Db, school: int, name: str) -> None:
    """Call the school so; another one of this database may have the same name, and is nobody's business here."""
    await db.run(update(School).where(School.id == school).values(name=name))


async def set_zone(db: Db, school: int, timezone: str) -> None:
    """Where the school's clock runs."""
    await db.run(update(School).where(School.id == school).values(timezone=timezone))


async def set_school_quiet(db: Db, school: int, begins: int, ends: int) -> None:
    """The school's own quiet hours, from full hour to full hour; the same twice is none at all."""
    new = {"quiet_from": begins % 24, "quiet_to": ends % 24}
    await db.run(update(School).where(School.id == school).values(new))


async def set_languages(db: Db, school: int, languages: Sequence[str]) -> None:
    """The languages of the school, by tag; the first is the one for letters and newcomers."""
    new = {"language": languages[0], "languages": ",".join(languages)}
    await db.run(update(School).where(School.id == school).values(new))


async def is_ready(db: Db, school: int | None) -> bool:
    """Whether the school has been set up."""
    return await db.first(select(School.id).where(School.id == school, School.ready)) is not None


async def make_ready(db: Db, school: int) -> None:
    """The school has been set up."""
    await db.run(update(School).where(School.id == school).values(ready=True))


async def class_called(db: Db, school: int, name: str, besides: int | None = None) -> int | None:
    """The id of the school's class that people would take for this one (`same_class`), without those let go.

    besides: a class that does not count.
    """
    wanted = same_class(name)
    for id_, known in await classes_in(db, school):
        if id_ != besides and same_class(known) == wanted:
            return id_
    return None


async def class_named(db: Db, school: int, name: str) -> int:
    """The id of the school's class of this name, as `class_called` finds it; it is made if there is none."""
    found = await class_called(db, school, name)
    return await new_class(db, school, name) if found is None else found


async def new_class(db: Db, school: int, name: str) -> int:
    """The id of a new class of the school's present year. Who calls has seen that the name is free."""
    year = (await school_of(db, school)).year
    row = {"school_id": school, "name": name, "year": year}
    return (await db.new(insert(SchoolClass).returning(SchoolClass.id), row))[0]


async def classes_in(db: Db, school: int) -> list[tuple[int, str]]:
    """All classes (id, name) of a school, by name as people count: 2-А before 10-А; without those let go."""
    rows = await db.all(
        select(SchoolClass.id, SchoolClass.name)
        .join(School, School.id == SchoolClass.school_id)
        .where(SchoolClass.school_id == school, SchoolClass.year >= School.year)
    )
    return sorted(((id_, name) for id_, name in rows), key=lambda one: counted(one[1]))


def counted(name: str) -> tuple[int, object]:
    """A class's name as a sorting key: its leading number, then the rest."""
    digits = len(name) - len(name.lstrip("0123456789"))
    return (int(name[:digits]) if digits else 0, in_order(name[digits:]))
