"""Which days are school days: Monday to Friday, but for the days that a school's own calendar says otherwise of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name
from models.database import Db

WEEK = 5
"""School days of a common week, from Monday."""
SUNDAY = 6
MOST_FREE = 150
"""Weekdays of one school year that can be without lessons."""
LONGEST_BREAK = timedelta(days=450)
"""Within so many days of any day there is a school day, as MOST_FREE holds; else the calendar is not believed."""
NAME_LENGTH = 60
ONE = timedelta(days=1)


class CalendarDay(Base):
    """A day of which the school's calendar says otherwise than the week does: a holiday, or a Saturday with lessons.

    A break also has its Saturdays and Sundays here, so that each of its days has a name. A Sunday never has lessons:
    pickers are at most six days wide.

    name: what it is called ("Різдво"), or empty.
    """

    __tablename__ = "calendar_day"
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    lessons: Mapped[bool]
    name: Mapped[str] = mapped_column(Name)


class Break(NamedTuple):
    """Days without lessons, first to last, and what they are called (may be empty)."""

    first: date
    last: date
    name: str


class TooManyFree(Exception):
    """With these days more than MOST_FREE weekdays of a school year would be without lessons."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A school's days. said: the days of which it says otherwise than the week does, and whether there are lessons.

    names: what days without lessons are called, where they have a name.
    """

    said: Mapping[date, bool] = field(default_factory=dict)
    names: Mapping[date, str] = field(default_factory=dict)

    def is_school_day(self, day: date) -> bool:
        """Whether there are lessons on this day."""
        return day.weekday() != SUNDAY and self.said.get(day, day.weekday() < WEEK)

    def days_from(self, first: date) -> Iterator[date]:
        """School days from `first` on. Where none comes for LONGEST_BREAK, the days of the week count alone."""
        day, latest = first, first + LONGEST_BREAK
        while True:
            if self.is_school_day(day) or (day > latest and day.weekday() < WEEK):
                latest = day + LONGEST_BREAK
                yield day
            day += ONE

    def day_before(self, day: date) -> date:
        """The last school day before this one."""
        for back in range(1, LONGEST_BREAK.days):
            if self.is_school_day(day - timedelta(days=back)):
                return day - timedelta(days=back)
        return day - ONE

    def days_between(self, first: date, last: date) -> list[date]:
        """The school days from `first` to `last`, both included."""
        return [day for day in each_day(first, last) if self.is_school_day(day)]

    def name_between(self, first: date, last: date) -> str:
        """What the first named day without lessons from `first` to `last` is called, or nothing."""
        return next((self.names[day] for day in each_day(first, last) if day in self.names), "")

    def breaks(self, first: date, last: date) -> list[Break]:
        """The days without lessons that are said, from `first` to `last`, grouped: days of one name that follow
        one another, with nothing but an ordinary Saturday or Sunday between them."""
        found: list[Break] = []
        for day in sorted(day for day, lessons in self.said.items() if not lessons and first <= day <= last):
            name = self.names.get(day, "")
            latest = found[-1] if found else None
            if latest and latest.name == name and not self.days_between(latest.last + ONE, day - ONE):
                found[-1] = latest._replace(last=day)
            else:
                found.append(Break(day, day, name))
        return found

    def saturdays(self, first: date, last: date) -> list[date]:
        """The Saturdays with lessons from `first` to `last`."""
        return [day for day in self.days_between(first, last) if day.weekday() >= WEEK]


def each_day(first: date, last: date) -> Iterator[date]:
    """All days from `first` to `last`, both included; none if `last` comes first."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def month_of(day: date) -> tuple[date, date]:
    """The first day of this day's month, and of the following one."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def school_year(year: int) -> tuple[date, date]:
    """The first and last day of a school year, by the calendar year it begins in: 1 July to 30 June."""
    return date(year, 7, 1), date(year + 1, 6, 30)


_SAID = select(CalendarDay.day, CalendarDay.lessons, CalendarDay.name).where(
    CalendarDay.school_id == bindparam("school")
)


async def calendar_of(db: Db, school: int | None) -> Calendar:
    """The calendar of a school; the plain week for nobody's."""
    if school is None:
        return Calendar()
    rows = await db.all(_SAID, {"school": school})
    names = {row.day: row.name for row in rows if row.name and not row.lessons}
    return Calendar({row.day: row.lessons for row in rows}, names)


async def free_days(db: Db, school: int, breaks: Iterable[Break]) -> int:
    """Write days without lessons into a school's calendar; returns how many school days that takes away.

    What is said later holds: of breaks that overlap, the later one has the days and gives them its name.
    TooManyFree if there would be too many; nothing is written then. The caller bounds the days to the school year.
    """
    before = await calendar_of(db, school)
    named = {day: one.name for one in breaks for day in each_day(one.first, one.last)}
    after = Calendar({**before.said, **dict.fromkeys(named, False)})
    _bounded(after, named)
    await forget_days(db, school, named)
    rows = [{"school_id": school, "day": day, "lessons": False, "name": name} for day, name in named.items()]
    if rows:
        await db.run(insert(CalendarDay), rows)
    return sum(1 for day in named if before.is_school_day(day))


async def turn_day(db: Db, school: int, day: date) -> bool:
    """Turn a school day into one without lessons, or back; returns whether it has lessons now.

    A Sunday stays without. TooManyFree as in `free_days`.
    """
    calendar = await calendar_of(db, school)
    lessons = not calendar.is_school_day(day) and day.weekday() != SUNDAY
    if not lessons:
        _bounded(Calendar({**calendar.said, day: False}), [day])
    await forget_days(db, school, [day])
    if lessons != (day.weekday() < WEEK) and day.weekday() != SUNDAY:
        await db.run(insert(CalendarDay), {"school_id": school, "day": day, "lessons": lessons, "name": ""})
    return lessons


async def name_days(db: Db, school: int, days: Iterable[date], name: str) -> None:
    """Give days without lessons a name; of other days nothing is said."""
    here = (CalendarDay.school_id == school, CalendarDay.day.in_(list(days)), ~CalendarDay.lessons)
    await db.run(update(CalendarDay).where(*here).values(name=name[:NAME_LENGTH]))


async def forget_days(db: Db, school: int, days: Iterable[date]) -> int:
    """Take back what a school's calendar says of these days, so that they are as in any week; returns how many."""
    here = (CalendarDay.school_id == school, CalendarDay.day.in_(list(days)))
    return await db.run(delete(CalendarDay).where(*here))


def _bounded(calendar: Calendar, changed: Iterable[date]) -> None:
    """TooManyFree, if of a school year to which the changed days belong too many weekdays have no lessons."""
    for year in {day.year if day.month >= 7 else day.year - 1 for day in changed}:
        free = [
            day
            for day in each_day(*school_year(year))
            if day.weekday() < WEEK and not calendar.is_school_day(day)
        ]
        if len(free) > MOST_FREE:
            raise TooManyFree
