"""Moments as people type them: «25.11 14:30», «завтра о 9:15», «у п’ятницю 18:00», in three languages."""

from __future__ import annotations

import enum
import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from models.breaks import months

LONGEST = 60
"""Signs; whoever types more tells something else."""
LATELY = timedelta(days=60)
"""A date without a year that is longer past than this is next year's: nobody plans for last spring."""


class Odd(enum.StrEnum):
    """Why no moment was found."""

    NOTHING = "nothing"
    NO_SUCH_DAY = "no_such_day"
    NO_SUCH_HOUR = "no_such_hour"


class Typed(NamedTuple):
    """A moment by the wall's clock and calendar. at: None where only the day was said."""

    day: date
    at: time | None


_NEAR = {
    "сьогодні": 0, "сегодня": 0, "today": 0, "завтра": 1, "tomorrow": 1, "післязавтра": 2, "послезавтра": 2,
}  # fmt: skip
_WEEKDAYS = (
    ("пн", "понеділ", "понедел", "mon"),
    ("вт", "вівтор", "вторник", "tue"),
    ("ср", "серед", "сред", "wed"),
    ("чт", "четвер", "thu"),
    ("пт", "п’ятниц", "пятниц", "fri"),
    ("сб", "субот", "суббот", "sat"),
    ("нд", "вс", "неділ", "воскрес", "sun"),
)
"""How the names of weekdays begin, whatever they end in, and what they are short for."""
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})\s?:\s?(\d{2})(?![\d:])")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})[.\-](\d{2})(?![\d.])")
_HOUR = re.compile(
    r"(?<![\w.])(?:о|об|в|во|на|at)\s+(\d{1,2})(?!\w|[.:]\d)|(?<![\w.])(\d{1,2})\s?(?:год|час|ч\b|h\b|am\b|pm\b)"
)
_BARE = re.compile(r"(?<![\w.])(\d{1,2})(?![\w.])")
_LATE = re.compile(r"(?<![^\W\d])(?:вечора|вечера|pm|дня)\b")
_ORDINAL = re.compile(r"(?<![\d.:])(\d{1,2})(?:st|nd|rd|th)?(?![\d.:])")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_NUMBERS = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d\d))?(?![\d/])")


def read_moment(text: str, now: datetime) -> Typed | Odd:
    """Read a moment. now: the wall's clock there, by which what is not said is guessed.

    Without a day it is the next time that the clock shows this hour. What has passed is returned as it was said.
    """
    said = text.casefold().replace("ʼ", "’").replace("'", "’").strip()
    if len(said) > LONGEST:
        return Odd.NOTHING
    try:
        rest, at = _clock(said, _CLOCK)
        rest, day = _day(rest, now.date(), timed=at is not None)
        if at is None:
            rest, at = _clock(rest, _DOTTED)
        if at is None:
            at = _hour(rest, bare=day is not None)
    except _NoSuchHour:
        return Odd.NO_SUCH_HOUR
    except ValueError:
        return Odd.NO_SUCH_DAY
    if day is None and at is None:
        return Odd.NOTHING
    if day is not None:
        return Typed(day, at)
    assert at is not None  # noqa: S101 (told to the type checker)
    return Typed(now.date() if at > now.time() else now.date() + timedelta(days=1), at)


class _NoSuchHour(ValueError):
    pass


def _clock(said: str, form: re.Pattern[str]) -> tuple[str, time | None]:
    """The text without the time that stands in it, and the time."""
    match = form.search(said)
    if match is None:
        return said, None
    return said[: match.start()] + " " + said[match.end() :], _time(int(match[1]), int(match[2]), said)


def _hour(said: str, *, bare: bool) -> time | None:
    """A full hour: «о 9», «9 вечора»; a bare number counts where a day was said too."""
    match = _HOUR.search(said)
    if match is not None:
        return _time(int(match[1] or match[2]), 0, said)
    late = _LATE.search(said)
    match = _BARE.search(said) if bare or late else None
    return _time(int(match[1]), 0, said) if match else None


def _time(hour: int, minute: int, said: str) -> time:
    if hour < 12 and _LATE.search(said):
        hour += 12
    if hour > 23 or minute > 59:
        raise _NoSuchHour
    return time(hour, minute)


def _day(said: str, today: date, *, timed: bool) -> tuple[str, date | None]:
    """The text without the day that is said in it, and the day; ValueError if there is no such day.

    timed: a time is known already, so that «10.30» can be none.
    """
    words = list(re.finditer(r"[^\W\d]+’?[^\W\d]*", said))
    for match in words:
        if match[0] in _NEAR:
            return _without(said, match), today + timedelta(days=_NEAR[match[0]])
    if iso := _ISO.search(said):
        return _without(said, iso), date(int(iso[1]), int(iso[2]), int(iso[3]))
    found = _NUMBERS.search(said)
    if found and (timed or int(found[2]) <= 12 or int(found[2]) > 59 or found[3]):
        return _without(said, found), _dated(int(found[1]), int(found[2]), found[3], today)
    for match in words:
        number = _ORDINAL.search(said)
        if number and (month_number := months().get(match[0])):
            year_said = _YEAR.search(said)
            rest = _without(said, match)
            for one in (number, year_said):
                rest = rest.replace(one[0], " ", 1) if one else rest
            return rest, _dated(int(number[1]), month_number, year_said[0] if year_said else None, today)
        for weekday, beginnings in enumerate(_WEEKDAYS):
            if any(match[0] == one if len(one) == 2 else match[0].startswith(one) for one in beginnings):
                return _without(said, match), today + timedelta((weekday - today.weekday() - 1) % 7 + 1)
    return said, None


def _without(said: str, match: re.Match[str]) -> str:
    return said[: match.start()] + " " + said[match.end() :]


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    try:
        near = date(today.year, month, day)
    except ValueError:
        if (day, month) != (29, 2):
            raise
        return date(today.year + 1, month, day)
    return near if near >= today - LATELY else near.replace(year=today.year + 1)
