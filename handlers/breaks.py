"""Breaks typed or pasted, one a line: read, shown as they were understood, and only then saved."""

from __future__ import annotations

from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_, span
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import calendar
from handlers.wording import capital
from models.breaks import Odd, read_breaks
from models.calendar import TooManyFree, free_days
from models.school import year_label

breaks = Flow("breaks")

SHOWN = 20
"""Lines of each sort that a preview shows."""


@breaks.ask
async def paste(turn: Turn) -> Screen:
    """How it is typed."""
    _id, year = await calendar.own_year(turn)
    lines = [
        _("Write or paste the breaks of {year}, one a line. For example:").format(year=year_label(year)),
        _("Autumn break 26.10–01.11"),
        _("Winter break: from 25 December to 11 January"),
        _("Nothing is saved before you have seen how it was understood."),
    ]
    return Screen("\n".join(lines), [[Button(_("Back"), calendar.show(0))]], hears=understand())


@breaks.hear
async def understand(turn: Turn, text: str) -> Link:
    """Show what was made of it."""
    await calendar.own_year(turn)
    return preview(text)


@breaks.ask
async def preview(turn: Turn, text: str) -> Screen:
    """What was understood, and what was not; another text can be typed."""
    _id, year = await calendar.own_year(turn)
    read = read_breaks(text, year)
    days = await turn.calendar()
    lines: list[str] = []
    if read.breaks:
        lines.append(_("Understood:"))
        for one in read.breaks[:SHOWN]:
            lost = len(days.days_between(one.first, one.last))
            counted = n_("{n} fewer school day", "{n} fewer school days", lost)
            name = one.name or _("no lessons")
            lines.append(f"· {capital(span(one.first, one.last, turn.today))}: {name} ({counted})")
        lines += _more(len(read.breaks))
    if read.odd:
        lines.append(_("⚠️ Not understood, and not saved:"))
        lines += [f"· {line[:60]} – {_why(odd)}" for line, odd in read.odd[:SHOWN]]
        lines += _more(len(read.odd))
    lines.append(_("If something is wrong, write it anew."))
    rows = [[Button(_("Save: {n}").format(n=len(read.breaks)), save(text), Look.MAIN)]] if read.breaks else []
    rows.append([Button(_("Back"), paste())])
    return Screen("\n".join(lines), rows, hears=understand())


def _more(number: int) -> list[str]:
    return [n_("· and {n} more", "· and {n} more", number - SHOWN)] if number > SHOWN else []


def _why(odd: Odd) -> str:
    match odd:
        case Odd.NO_DATE:
            return _("there is no date in it")
        case Odd.SEVERAL:
            return _("several dates: one break a line, please")
        case Odd.NO_SUCH_DAY:
            return _("there is no such day")
        case Odd.BACKWARDS:
            return _("it ends before it begins")
        case Odd.TOO_LONG:
            return _("longer than any break is")
        case Odd.OTHER_YEAR:
            return _("not in this school year")
        case Odd.TOO_MANY:
            return _("too many lines at once")


@breaks.do
async def save(turn: Turn, text: str) -> Link:
    """Write them into the calendar."""
    id_, year = await calendar.own_year(turn)
    read = read_breaks(text, year)
    try:
        lost = await free_days(turn.db, id_, read.breaks)
    except TooManyFree as error:
        raise calendar.too_many(preview(text)) from error
    await calendar.note_change(turn, id_, lost)
    note = n_("✅ Saved: {n} fewer school day.", "✅ Saved: {n} fewer school days.", lost)
    return calendar.show(0).saying(note)
