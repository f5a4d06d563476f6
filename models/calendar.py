"""Which days are school days. Breaks and holidays of a school's own year will be asked here too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

WEEK = 5
"""School days of a week, from Monday."""


def is_school_day(day: date) -> bool:
    """Whether there are lessons on this day."""
    return day.weekday() < WEEK


def school_days_from(first: date) -> Iterator[date]:
    """School days without end, from `first` on."""
    day = first
    while True:
        if is_school_day(day):
            yield day
        day += timedelta(days=1)


def school_days_between(first: date, last: date) -> list[date]:
    """The school days from `first` to `last`, both included."""
    span = (last - first).days + 1
    return [day for day in (first + timedelta(days=number) for number in range(span)) if is_school_day(day)]
