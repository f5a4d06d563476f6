"""Breaks as people type or paste them: «Осінні канікули 26.10–01.11», one a line, in three languages and in numbers."""

from __future__ import annotations

import enum
import re
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from babel.dates import get_month_names

from models.calendar import NAME_LENGTH, Break, school_year

LONGEST = timedelta(days=120)
"""No break is longer; whoever types more has mistaken a date."""
MOST_LINES = 40


class Odd(enum.StrEnum):
    """Why a line was not understood."""

    NO_DATE = "no_date"
    SEVERAL = "several"
    NO_SUCH_DAY = "no_such_day"
    BACKWARDS = "backwards"
    TOO_LONG = "too_long"
    OTHER_YEAR = "other_year"
    TOO_MANY = "too_many"


class Reading(NamedTuple):
    """What was made of a text: breaks in the order typed, and the lines that were not understood, with the reason."""

    breaks: list[Break]
    odd: list[tuple[str, Odd]]


class _Day(NamedTuple):
    """A date as it was written; what is missing is None."""

    day: int
    month: int | None
    year: int | None


@cache
def months() -> dict[str, int]:
    """Month names of the three languages, in all their forms, small and without the dot of an abbreviation."""
    found: dict[str, int] = {"sept": 9}
    for language in ("uk", "ru", "en"):
        for width in ("wide", "abbreviated"):
            for form in ("format", "stand-alone"):
                names = get_month_names(width, form, language)
                found.update({name.casefold().rstrip("."): number for number, name in names.items()})
    return found


_DASH = "[-–—−‑‒]"
_NUMBERS = (
    r"(?P<d{n}>0?[1-9]|[12]\d|3[01])\s?[./]\s?(?P<m{n}>0?[1-9]|1[0-2])(?:\s?[./]\s?(?P<y{n}>\d{4}|\d\d))?"
)
_ISO = r"(?P<iy{n}>\d{4})-(?P<im{n}>\d\d)-(?P<id{n}>\d\d)"
_DASHED = r"(?P<dd{n}>\d\d?)-(?P<dm{n}>\d\d?)-(?P<dy{n}>\d{4})"
_YEAR_WORD = r"(?:\s*(?:року|р\.|года|г\.))?"
_WORDS = r"(?P<wd{n}>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<wm{n}>MONTH)\b\.?(?:,?\s+(?P<wy{n}>\d{4}))?"
_ENGLISH = r"(?P<em{n}>MONTH)\b\.?\s+(?P<ed{n}>\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(?P<ey{n}>\d{4}))?"
_BARE = r"(?P<bare{n}>\d{1,2})(?:st|nd|rd|th)?"
_BEFORE = r"(?:\b(?:з|із|зі|від|с|со|от|from)\s+)?"
_BETWEEN = rf"(?:\s*{_DASH}\s*|\s*\.\.+\s*|\s*…\s*|\s+(?:до|по|to|till|until|through)\s+)"


@cache
def _pattern() -> re.Pattern[str]:
    """A day, or two with something like a dash between them."""

    def one(number: int, *more: str) -> str:
        forms = [_ISO, _DASHED, _NUMBERS, _WORDS, _ENGLISH, *more]
        return "(?:" + "|".join(form.replace("{n}", str(number)) for form in forms) + f"){_YEAR_WORD}"

    month = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    whole = rf"(?<![\w.]){_BEFORE}{one(1, _BARE)}{_BETWEEN}{one(2, _BARE)}(?!\d)|(?<![\w.]){_BEFORE}{one(3)}(?!\d)"
    return re.compile(whole.replace("MONTH", f"(?:{month})"), re.IGNORECASE)


def read_breaks(text: str, year: int) -> Reading:
    """Read breaks of a school year, one a line: the dates wherever they stand, the rest of the line as the name.

    A year that is not written is guessed from the school year. Parts outside of the school year are left off.
    """
    breaks: list[Break] = []
    odd: list[tuple[str, Odd]] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        made = _read_line(line, year) if len(breaks) + len(odd) < MOST_LINES else Odd.TOO_MANY
        if isinstance(made, Odd):
            odd.append((line, made))
        else:
            breaks.append(made)
    return Reading(breaks, odd)


def _read_line(line: str, year: int) -> Break | Odd:
    found = [match for match in _pattern().finditer(line) if _is_date(match)]
    if not found:
        return Odd.NO_DATE
    match = found[0]
    try:
        said = {_dated(days[0], days[-1], year) for days in map(_days, found)}
    except ValueError:
        return Odd.NO_SUCH_DAY
    if len(said) > 1:  # the same day twice is none too many: «8.03 День 8 березня»
        return Odd.SEVERAL
    first, last = said.pop()
    if last < first:
        return Odd.BACKWARDS
    if last - first >= LONGEST:
        return Odd.TOO_LONG
    begins, ends = school_year(year)
    if last < begins or first > ends:
        return Odd.OTHER_YEAR
    name = _name(line[: match.start()], line[match.end() :])
    return Break(max(first, begins), min(last, ends), name)


def _is_date(match: re.Match[str]) -> bool:
    """Whether there is a month in it: «2 – 3» alone is none."""
    return any(day.month for day in _days(match))


def _days(match: re.Match[str]) -> list[_Day]:
    """The one or two days of a match, in their order."""
    parts = match.groupdict()
    days: list[_Day] = []
    for number in "123":
        if bare := parts.get(f"bare{number}"):
            days.append(_Day(int(bare), None, None))
        for kind in ("", "i", "d", "w", "e"):
            day, month, year = (parts.get(f"{kind}{one}{number}") for one in "dmy")
            if day and month:
                known = int(month) if month.isdecimal() else months()[month.casefold()]
                century = 2000 if year and len(year) == 2 else 0
                days.append(_Day(int(day), known, century + int(year) if year else None))
    return days


def _dated(first: _Day, last: _Day, year: int) -> tuple[date, date]:
    """The two days, with the month of the other and the year of the school year where none is written.

    ValueError if there is no such day.
    """
    first = first._replace(month=first.month or last.month)
    last = last._replace(month=last.month or first.month)
    begins, ends = _guessed(first, last.year, year), _guessed(last, first.year, year)
    if ends < begins and last.year is None and begins - ends > LONGEST:
        ends = _on(last, ends.year + 1)  # over New Year, or from June into the next school year
    if ends < begins and first.year is None and begins - ends > LONGEST:
        begins = _on(first, begins.year - 1)
    return begins, ends


def _guessed(day: _Day, other: int | None, year: int) -> date:
    if day.year is None and other is not None:
        return _on(day, other)
    return _on(day, day.year or (year if (day.month or 0) >= 7 else year + 1))


def _on(day: _Day, year: int) -> date:
    return date(year, day.month or 0, day.day)


_BULLET = re.compile(r"^\s*(?:\d{1,2}[.)]\s+|[^\w\s«»\"'“”(]\s*)+")


def _name(before: str, after: str) -> str:
    """The rest of the line, without bullets, colons and brackets that held the dates."""
    parts = [_BULLET.sub("", before), after]
    joined = " ".join(part.strip(" \t,;:.()[]–—-|") for part in parts)
    return " ".join(joined.split())[:NAME_LENGTH].strip()
