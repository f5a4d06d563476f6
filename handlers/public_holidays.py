"""Public holidays from a ready list: a country, its days of this school year with ticks, and into the calendar."""

from __future__ import annotations

from datetime import date

from bot.core.flows import Flow, Link
from bot.core.i18n import LANGUAGES, _, language, n_, short_day
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import breaks, calendar
from models.calendar import Break, TooManyFree, free_days
from models.errors import NotYours
from models.public_holidays import (
    Holidays,
    countries_named,
    country_name,
    holidays_of,
    is_country,
    likely_countries,
)
from models.school import school_of

public_holidays = Flow("public_holidays")

PAGE = 6
FOUND = 8
"""Countries that a search offers."""


@public_holidays.ask
async def countries(turn: Turn) -> Screen:
    """Which country; the likely ones, or one that is typed."""
    id_, _year = await calendar.own_year(turn)
    likely = likely_countries((await school_of(turn.db, id_)).timezone)
    text = _("Which country's public holidays? If it is not here, write its name.")
    return Screen(text, [*_offered(likely), [Button(_("Back"), calendar.show(0))]], hears=search())


@public_holidays.hear
async def search(turn: Turn, text: str) -> Link:
    """A country by its name."""
    await calendar.own_year(turn)
    return named(text[:40])


@public_holidays.ask
async def named(turn: Turn, text: str) -> Screen:
    """The countries that are called like this."""
    await calendar.own_year(turn)
    found = countries_named(text, list(LANGUAGES))
    say = (
        _("Which of these?")
        if found
        else _("No country of this name was found. Please write it another way.")
    )
    rows = [*_offered(found[:FOUND]), [Button(_("Back"), countries())]]
    return Screen(say, rows, hears=search())


def _offered(codes: list[str]) -> list[list[Button]]:
    buttons = [Button(country_name(code, language()), days(code, None, 0)) for code in codes]
    return [buttons[start : start + 2] for start in range(0, len(buttons), 2)]


@public_holidays.ask
async def days(turn: Turn, country: str, ticked: tuple[date, ...] | None, page: int) -> Screen:
    """A country's holidays on school days of this year. ticked: those that are taken, None for all that are free."""
    known = await _known(turn, country)
    on = set(known.free) if ticked is None else {day for day in ticked if day in known.free | known.working}
    every = sorted(known.free | known.working)
    name = country_name(country, language())
    if not every:
        text = _("{country}: no public holiday falls on another school day of this year.").format(
            country=name
        )
        if country == "UA":
            text = "\n".join((text, _martial_law()))
        return Screen(
            text, [[Button(_("Another country"), countries()), Button(_("Back"), calendar.show(0))]]
        )
    lines = [name]
    if known.working:
        lines.append(_martial_law() if country == "UA" else _("Some of these are working days by law."))
        lines.append(_("Tick only those on which your school has no lessons."))
    rows = []
    shown, pages = page_of(every, page, PAGE, lambda other: days(country, ticked, other))
    for day in shown:
        others = tuple(sorted(on ^ {day}))
        mark = "☑" if day in on else "☐"
        called = {**known.free, **known.working}[day]
        rows.append([Button(f"{mark} {short_day(day)} {called}", days(country, others, page))])
    rows += pages
    chosen = tuple(sorted(on))
    if chosen:
        label = n_("Add {n} day", "Add {n} days", len(chosen))
        rows.append([Button(label, add(country, chosen), Look.MAIN)])
    rows.append([Button(_("Type or paste breaks"), breaks.paste()), Button(_("Back"), countries())])
    return Screen("\n".join(lines), rows)


def _martial_law() -> str:
    return _(
        "In Ukraine, while martial law holds, public holidays are working days: the law gives no day off."
    )


@public_holidays.do
async def add(turn: Turn, country: str, chosen: tuple[date, ...]) -> Link:
    """Write the ticked ones into the calendar."""
    id_, _year = await calendar.own_year(turn)
    known = await _known(turn, country)
    called = {**known.free, **known.working}
    wanted = [Break(day, day, called[day]) for day in chosen if day in called]
    try:
        lost = await free_days(turn.db, id_, wanted)
    except TooManyFree as error:
        raise calendar.too_many(days(country, chosen, 0)) from error
    await calendar.note_change(turn, id_, lost)
    return calendar.show(0).saying(
        n_("✅ Saved: {n} fewer school day.", "✅ Saved: {n} fewer school days.", lost)
    )


async def _known(turn: Turn, country: str) -> Holidays:
    """What falls on a day that has lessons now; named in the school's language, as its calendar is."""
    id_, year = await calendar.own_year(turn)
    if not is_country(country):
        raise NotYours
    mine, school_days = await school_of(turn.db, id_), await turn.calendar()
    known = holidays_of(country, year, list(dict.fromkeys([mine.language, *mine.languages])))
    free, working = (
        {day: name for day, name in part.items() if school_days.is_school_day(day)} for part in known
    )
    return Holidays(free, working)
