"""Which days are school days: Monday to Friday, but for the days that a school's own calendar says otherwise of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name
from models.database import Db

WEEK = 5
"""School days of a common week, from Monday."""
LONGEST_BREAK = timedelta(days=200)
"""Within so many days of any day there is a school day; a calendar that says otherwise is not believed."""


class CalendarDay(Base):
    """A day of which the school's calendar says otherwise than the week does: a holiday, or a Saturday with lessons.

    A Sunday never has lessons: pickers are at most six days wide.

    name: what it is called ("Різдво"), or empty.
    """

    __tablename__ = "calendar_day"
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    lessons: Mapped[bool]
    name: Mapped[str] = mapped_column(Name)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A school's days. said: the days of which it says otherwise than the week does, and whether there are lessons."""

    said: Mapping[date, bool] = field(default_factory=dict)

    def is_school_day(self, day: date) -> bool:
        """Whether there are lessons on this day."""
        return self.said.get(day, day.weekday() < WEEK)

    def week(self, month: date) -> int:
        """How many days of a week a picker of this month shows, from Monday: six where a Saturday has lessons."""
        first = month.replace(day=1)
        following = (first + timedelta(days=32)).replace(day=1)
        lessons = [day for day, on in self.said.items() if on and first <= day < following]
        return max([WEEK, *(day.weekday() + 1 for day in lessons)])

    def days_from(self, first: date) -> Iterator[date]:
        """School days from `first` on. Where none comes for LONGEST_BREAK, the days of the week count alone."""
        day, latest = first, first + LONGEST_BREAK
        while True:
            if self.is_school_day(day) or (day > latest and day.weekday() < WEEK):
                latest = day + LONGEST_BREAK
                yield day
            day += timedelta(days=1)

    def day_before(self, day: date) -> date:
        """The last school day before this one."""
        for back in range(1, LONGEST_BREAK.days):
            if self.is_school_day(day - timedelta(days=back)):
                return day - timedelta(days=back)
        return day - timedelta(days=1)

    def days_between(self, first: date, last: date) -> list[date]:
        """The school days from `first` to `last`, both included."""
        span = (last - first).days + 1
        return [
            day
            for day in (first + timedelta(days=number) for number in range(span))
            if self.is_school_day(day)
        ]


_SAID = select(CalendarDay.day, CalendarDay.lessons).where(CalendarDay.school_id == bindparam("school"))


async def calendar_of(db: Db, school: int | None) -> Calendar:
    """The calendar of a school; the plain week for nobody's."""
    if school is None:
        return Calendar()
    return Calendar({row.day: row.lessons for row in await db.all(_SAID, {"school": school})})
