"""A guardian reports an absence: who, when, why; two taps for one child who is ill today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import islice

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import N_, _, listed, short_day, span
from bot.core.pickers import month_of_days
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import class_day, told
from handlers.wording import capital, impossible, reason_name, too_long
from models.absence import (
    AHEAD,
    COMMENT_LENGTH,
    LONGEST,
    AlreadyTold,
    Impossible,
    Reason,
    Told,
    add_words,
    free_days,
    report,
)
from models.absence import coming as coming_absences
from models.calendar import Calendar
from models.people import Pupil, Right, children_of, own_child, roles_of

absence = Flow("absence", command="absent", title=N_("Report an absence"))


@absence.ask
async def who(turn: Turn) -> Screen | Link:
    """Whose absence it is; skipped by whoever has one child."""
    children = await reporting(turn)
    if not children:
        mine = await children_of(turn.db, turn.person)
        if mine or not await roles_of(turn.db, turn.person, turn.today):
            return turn.home  # whoever lost a right is told there whom to ask
        return turn.home.saying(
            _("No child is linked to you here. The class teacher can invite you as a guardian.")
        )
    if len(children) == 1:
        return when((children[0].id,))
    rows = [[Button(child.name, when((child.id,)))] for child in children[:8]]
    everyone = tuple(child.id for child in children)
    rows.append([Button(_("All of them: {n}").format(n=len(children)), when(everyone))])
    if len(children) > 2:
        rows.append([Button(_("Several of them"), several(()))])
    return Screen(_("Who will be absent?"), rows)


@absence.ask
async def several(turn: Turn, chosen: tuple[int, ...]) -> Screen:
    """Some of the children, ticked one by one."""
    rows = []
    for child in (await reporting(turn))[:8]:
        ticked = child.id in chosen
        others = tuple(one for one in chosen if one != child.id)
        mark = "☑" if ticked else "☐"
        rows.append([Button(f"{mark} {child.name}", several(others if ticked else (*chosen, child.id)))])
    if chosen:
        rows.append([Button(_("Next, {n} chosen").format(n=len(chosen)), when(chosen), Look.MAIN)])
    rows.append([Button(_("Back"), who())])
    return Screen(_("Who will be absent?"), rows)


@absence.ask
async def when(turn: Turn, children: tuple[int, ...]) -> Screen:
    """Which day: the next school days, or another."""
    names = await _names(turn, children)
    days = list(islice((await turn.calendar()).days_from(turn.today), 4))
    buttons = [Button(_day_label(day, turn.today), reason(children, day, day)) for day in days]
    rows = [
        buttons[:2],
        buttons[2:],
        [Button(_("Choose dates"), first_day(children, turn.today))],
    ]
    return Screen(_("{names}: when?").format(names=names), rows)


async def reporting(turn: Turn) -> list[Pupil]:
    """The children whose absences this guardian may report."""
    return [child for child in await children_of(turn.db, turn.person) if Right.REPORT in child.rights]


async def soonest_button(turn: Turn, child: int, coming: list[Told]) -> Button:
    """The first button of home: for the day that an absence is most likely told for, or to what is told for it."""
    day = next((await turn.calendar()).days_from(turn.today))
    for one in coming:
        if one.child_id == child and one.first <= day <= one.last:
            return Button(_("🤒 Change the record"), told.show((one.id,)), Look.MAIN)
    label = _("🤒 Absent today") if day == turn.today else _("🤒 Absent on {day}").format(day=short_day(day))
    return Button(label, soonest((child,)), Look.MAIN)


@absence.ask
async def soonest(turn: Turn, children: tuple[int, ...]) -> Screen | Link:
    """Today, or the next school day: decided when the button is pressed, since it may have stood for days."""
    day = next((await turn.calendar()).days_from(turn.today))
    return reason(children, day, day)


@absence.ask
async def first_day(turn: Turn, children: tuple[int, ...], month: date) -> Screen:
    """The first day of the absence, on a calendar."""
    rows = choose_day(
        await turn.calendar(),
        month,
        turn.today,
        turn.today + AHEAD,
        lambda day: last_day(children, day, day),
        lambda other: first_day(children, other),
    )
    names = await _names(turn, children)
    return Screen(
        _("{names}: from which day?").format(names=names), [*rows, [Button(_("Back"), when(children))]]
    )


@absence.ask
async def last_day(turn: Turn, children: tuple[int, ...], first: date, month: date) -> Screen:
    """The last day of the absence, on a calendar; that one day alone is one tap."""
    rows = choose_day(
        await turn.calendar(),
        month,
        first,
        first + LONGEST,
        lambda day: reason(children, first, day),
        lambda other: last_day(children, first, other),
    )
    names = await _names(turn, children)
    only = Button(_("Only {day}").format(day=short_day(first)), reason(children, first, first), Look.MAIN)
    back = Button(_("Back"), first_day(children, month))
    return Screen(
        _("{names}: {day} – until which day?").format(names=names, day=short_day(first)),
        [[only], *rows, [back]],
    )


@absence.ask
async def reason(turn: Turn, children: tuple[int, ...], first: date, last: date, words: str = "") -> Screen:
    """Why. words: what was typed instead of tapping; it goes along with the reason that is tapped."""
    pupils = await _pupils(turn, children)
    for pupil in pupils:
        try:
            await free_days(turn.db, pupil.id, pupil.school_id, first, last, turn.today)
        except (AlreadyTold, Impossible) as refused:
            raise _refusal(turn, pupil, children, refused) from refused
    reasons = [Button(capital(reason_name(one)), save(children, first, last, one, words)) for one in Reason]
    text = _("{names}: {days}.\nWhat is the reason?").format(
        names=listed([pupil.name for pupil in pupils]), days=span(first, last, turn.today)
    )
    if words:
        goes = _("«{words}» goes to the class teacher with the reason that you tap.").format(words=words)
        text = "\n".join((text, goes))
    rows = [reasons[:2], reasons[2:4], reasons[4:], [Button(_("Another day"), when(children))]]
    return Screen(text, rows, hears=take_words(children, first, last))


@absence.hear
async def take_words(_turn: Turn, text: str, children: tuple[int, ...], first: date, last: date) -> Link:
    """The reason in a guardian's own words: shown once more, so that nothing goes before a tap."""
    if len(text) > COMMENT_LENGTH:
        raise Sorry(too_long(COMMENT_LENGTH), reason(children, first, last))
    return reason(children, first, last, text)


@absence.do
async def save(
    turn: Turn, children: tuple[int, ...], first: date, last: date, why: Reason, words: str = ""
) -> Link:
    """Write it down for each child, and tell the teachers of today's classes."""
    written: list[int] = []
    pupils = await _pupils(turn, children)
    classes = {pupil.class_id: await class_day.all_noticed(turn, pupil.class_id) for pupil in pupils}
    assert turn.person is not None  # noqa: S101 (told to the type checker; `own_child` found a guardian)
    for pupil in pupils:
        try:
            made = await report(
                turn.db, pupil.id, pupil.school_id, first, last, why, turn.person, turn.today, turn.now
            )
        except (AlreadyTold, Impossible) as refused:
            raise _refusal(turn, pupil, children, refused) from refused
        if words:
            await add_words(turn.db, made, turn.person, words, turn.now)
        written.append(made)
    if await class_day.concerns_today(turn, first, last):
        for school_class, ring in classes.items():
            await class_day.tell_teachers(turn, school_class, ring=ring)
    return told.show(tuple(written))


@absence.ask
async def all_coming(turn: Turn) -> Screen | Link:
    """The absences that stand today and later, each to be opened."""
    children = [child.id for child in await children_of(turn.db, turn.person)]
    found = await coming_absences(turn.db, children, turn.today, turn.person)
    if not found:
        return turn.home.saying(_("No absence is reported for today or later."))
    rows = [
        [Button(f"{_days_label(one.first, one.last, turn.today)} · {one.child_name}", told.show((one.id,)))]
        for one in found[:9]
    ]
    return Screen(_("Reported absences. Tap one to change or withdraw it."), rows)


async def _names(turn: Turn, children: tuple[int, ...]) -> str:
    return listed([pupil.name for pupil in await _pupils(turn, children)])


async def _pupils(turn: Turn, children: tuple[int, ...]) -> list[Pupil]:
    return [await own_child(turn.db, turn.person, child, Right.REPORT) for child in children]


def _refusal(turn: Turn, pupil: Pupil, children: tuple[int, ...], refused: AlreadyTold | Impossible) -> Sorry:
    if isinstance(refused, Impossible):
        return Sorry(impossible(refused, turn.today), when(children))
    sentence = _("{name}: an absence is already reported for these days. It can be changed here.")
    return Sorry(sentence.format(name=pupil.name), told.show((refused.absence,)))


def choose_day(
    calendar: Calendar,
    month: date,
    first: date,
    last: date,
    pick: Callable[[date], Link],
    page: Callable[[date], Link],
) -> list[list[Button]]:
    """A month on which a school day from `first` to `last` is chosen, and the way to the other months with one.

    pick: where a day leads. page: where another month, by its first day, leads.
    """
    return month_of_days(
        month,
        lambda day: pick(day) if calendar.is_school_day(day) and first <= day <= last else None,
        lambda other: page(other) if first.replace(day=1) <= other <= last else None,
    )


def _days_label(first: date, last: date, today: date) -> str:
    return _day_label(first, today) if first == last else capital(span(first, last, today))


def _day_label(day: date, today: date) -> str:
    match (day - today).days:
        case 0:
            return _("Today")
        case 1:
            return _("Tomorrow")
        case _other:
            return capital(short_day(day))
