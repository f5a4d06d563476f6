"""The school's calendar: which days have lessons; the administrator changes it, class teachers may look at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, month_and_year, n_, short_day, span
from bot.core.pickers import month_of_days, page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import breaks, public_holidays, school, school_class
from handlers.wording import capital, no_lessons
from models.absence import spread
from models.audit import Deed, record
from models.calendar import (
    MOST_FREE,
    NAME_LENGTH,
    SUNDAY,
    Break,
    TooManyFree,
    each_day,
    forget_days,
    month_of,
    name_days,
    school_year,
    turn_day,
)
from models.people import Role, managed_class, own_school, roles_of
from models.school import school_of, year_label
from models.staff import administrators

calendar = Flow("calendar")

PAGE = 6
"""Breaks on a page that has a button for each."""
READ = 20
"""Breaks on a page that is only read."""
MANY_SATURDAYS = 12
"""Saturdays with lessons that are told one by one."""
FREE = "✕"
"""Marks a day without lessons on its button."""


async def own_year(turn: Turn) -> tuple[int, int]:
    """The administrator's school and its school year; NotYours for others."""
    id_, _name = await own_school(turn.db, turn.person)
    return id_, (await school_of(turn.db, id_)).year


async def note_change(turn: Turn, id_: int, days: int) -> None:
    """Write into the audit trail that so many days were changed, and have the turn read the calendar anew."""
    await record(turn.db, id_, turn.person, Deed.CALENDAR_CHANGED, turn.now, detail=str(days))
    turn.calendar_changed()


def too_many(link: Link) -> Sorry:
    """That so many days without lessons are not taken."""
    return Sorry(
        n_(
            "That would leave too few lessons: at most {n} weekday of a school year can be without.",
            "That would leave too few lessons: at most {n} weekdays of a school year can be without.",
            MOST_FREE,
        ),
        link,
    )


@calendar.ask
async def show(turn: Turn, page: int) -> Screen:
    """Breaks and holidays of the year, and the ways to more of them. page: from 0."""
    _id, year = await own_year(turn)
    begins, ends = school_year(year)
    found = (await turn.calendar()).breaks(begins, ends)
    shown, pages = page_of(found, page, PAGE, show)
    text = await _told(turn, year, shown)
    if not found:
        text = "\n".join((text, _("Breaks and holidays can be typed, pasted, or taken from a list.")))
    if turn.today > ends:
        over = _("This school year is over. The next one has a calendar of its own, which begins empty.")
        text = "\n".join((text, over))
    rows = [[Button(" · ".join((short_day(one.first), _name(one))), one_break(one.first))] for one in shown]
    rows += [
        *pages,
        [
            Button(_("Month by month"), month(min(max(begins, turn.today), ends), None)),
            Button(_("Public holidays"), public_holidays.countries()),
        ],
        [Button(_("Type or paste breaks"), breaks.paste()), Button(_("Back"), school.hub())],
    ]
    return Screen(text, rows, title=_("School days {year}").format(year=year_label(year)))


@calendar.ask
async def of_class(turn: Turn, id_: int, page: int) -> Screen:
    """The same to be read, from a class. page: from 0."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    assert turn.speaker.school is not None  # noqa: S101 (told to the type checker; they manage a class of it)
    year = (await school_of(turn.db, turn.speaker.school)).year
    found = (await turn.calendar()).breaks(*school_year(year))
    shown, pages = page_of(found, page, READ, lambda other: of_class(id_, other))
    text = await _told(turn, year, shown)
    if Role.ADMINISTRATOR not in await roles_of(turn.db, turn.person, turn.today):
        who = [one.name for one in await administrators(turn.db, turn.speaker.school, turn.today)]
        said = _("Changed by the school's administrators: {names}.").format(names=listed(who))
        text = "\n".join((text, said)) if who else text
    title = _("School days {year}").format(year=year_label(year))
    return Screen(text, [*pages, [Button(_("Back"), school_class.hub(id_))]], title=title)


async def _told(turn: Turn, year: int, shown: Sequence[Break]) -> str:
    lines = [_("Lessons are from Monday to Friday.")]
    if shown:
        lines.append(_("There are none on these days:"))
    lines += [f"· {_days(one, turn.today)}: {_name(one)}" for one in shown]
    saturdays = (await turn.calendar()).saturdays(*school_year(year))[:MANY_SATURDAYS]
    if saturdays:
        days = listed([short_day(day) for day in saturdays])
        lines.append(_("Saturdays with lessons: {days}.").format(days=days))
    return "\n".join(lines)


def _days(one: Break, today: date) -> str:
    return capital(span(one.first, one.last, today))


def _name(one: Break) -> str:
    return one.name or _("no lessons")


@calendar.ask
async def month(turn: Turn, any_day: date, turned: date | None) -> Screen:
    """A month, where a tap turns a day into one without lessons or back. turned: the day that may be named now."""
    _id, year = await own_year(turn)
    begins, ends = _bounds(turn, year)
    days = await turn.calendar()
    first, following = month_of(any_day)
    rows = month_of_days(
        any_day,
        lambda day: turn_over(day) if begins <= day <= ends and day.weekday() != SUNDAY else None,
        lambda other: month(other, None) if month_of(begins)[0] <= other <= ends else None,
        lambda day: str(day.day) if days.is_school_day(day) else f"{FREE}{day.day}",
    )
    lines = [_("{mark}: no lessons. Tap a day to change it.").format(mark=FREE)]
    here = [one for one in days.breaks(begins, ends) if one.first < following and one.last >= first]
    lines += [f"· {_days(one, turn.today)}: {_name(one)}" for one in here if one.name]
    hears = None
    if turned is not None and days.said.get(turned) is False:
        lines.append(no_lessons(turned, turned, days.names.get(turned, ""), turn.today))
        lines.append(_("You can write now what this day is called."))
        hears = call_it(turned)
    title = capital(month_and_year(first))
    return Screen("\n".join(lines), [*rows, [Button(_("Back"), show(0))]], title=title, hears=hears)


def _bounds(turn: Turn, year: int) -> tuple[date, date]:
    """The days that can be changed: the school year, and what is left of the one before where it was begun early."""
    begins, ends = school_year(year)
    return min(begins, turn.today), ends


@calendar.do
async def turn_over(turn: Turn, day: date) -> Link:
    """Lessons or none, the other way round."""
    id_, year = await own_year(turn)
    begins, ends = _bounds(turn, year)
    if not begins <= day <= ends or day.weekday() == SUNDAY:
        return month(min(max(day, begins), ends), None)
    try:
        lessons = await turn_day(turn.db, id_, day)
    except TooManyFree as error:
        raise too_many(month(day, None)) from error
    if lessons:
        await lessons_again(turn, id_, [day])
    await note_change(turn, id_, 1)
    return month(day, day)


@calendar.hear
async def call_it(turn: Turn, text: str, day: date) -> Link:
    """What a day is called."""
    id_, _year = await own_year(turn)
    await name_days(turn.db, id_, [day], _line(text))
    await note_change(turn, id_, 1)
    return month(day, None)


def _line(text: str) -> str:
    return " ".join(text.split())[:NAME_LENGTH]


@calendar.ask
async def one_break(turn: Turn, first: date) -> Screen | Link:
    """One break: its days and its name, which can be typed anew."""
    one = await _break(turn, first)
    if one is None:
        return show(0)
    text = "\n".join(
        (
            no_lessons(one.first, one.last, one.name, turn.today),
            _("To call it something else, just write it."),
        )
    )
    rows = [
        [Button(_("Remove: lessons again"), remove(first), Look.DANGER)],
        [Button(_("Month by month"), month(first, None)), Button(_("Back"), show(0))],
    ]
    return Screen(text, rows, title=_name(one), hears=rename(first))


@calendar.hear
async def rename(turn: Turn, text: str, first: date) -> Link:
    """Another name for a break."""
    id_, _year = await own_year(turn)
    one = await _break(turn, first)
    if one is not None:
        days = list(each_day(one.first, one.last))
        await name_days(turn.db, id_, days, _line(text))
        await note_change(turn, id_, len(days))
    return one_break(first)


@calendar.do
async def remove(turn: Turn, first: date) -> Link:
    """Take a break back: its days are as in any week."""
    id_, _year = await own_year(turn)
    one = await _break(turn, first)
    if one is None:
        return show(0)
    days = list(each_day(one.first, one.last))
    gone = await forget_days(turn.db, id_, days)
    turn.calendar_changed()
    await lessons_again(turn, id_, (await turn.calendar()).days_between(one.first, one.last))
    await note_change(turn, id_, gone)
    return show(0).saying(_("✅ Removed: {name}.").format(name=_name(one)))


async def lessons_again(turn: Turn, id_: int, days: Iterable[date]) -> None:
    """Days have become school days: absences that span them count there too."""
    await spread(turn.db, id_, [day for day in days if day >= turn.today])


async def _break(turn: Turn, first: date) -> Break | None:
    """The administrator's break that begins on this day, as the school year has it; NotYours for others."""
    _id, year = await own_year(turn)
    found = (await turn.calendar()).breaks(*school_year(year))
    return next((one for one in found if one.first == first), None)
