"""The new school year, one question at a time: who leaves, what classes are called, what is new; nothing until the
last button."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, long_day, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import admissions, calendar, classes, rights, school
from models.admission import waiting_in
from models.people import own_school
from models.school import counted, school_of, year_label
from models.year import (
    AlreadyBegun,
    Changed,
    Drawn,
    Now,
    Plan,
    classes_now,
    draw,
    first_plan,
    may_begin,
    next_name,
    window,
)
from models.year import begin as begin_year

year = Flow("year")

PAGE = 6
MOST_NEW = 12
"""New classes that are made at once."""


@year.ask
async def offer(turn: Turn) -> Screen:
    """What will happen, or when it can be begun."""
    id_, _name = await own_school(turn.db, turn.person)
    now = (await school_of(turn.db, id_)).year
    title = _("School year {year}").format(year=year_label(now + 1))
    back = [Button(_("Back"), school.hub())]
    if not may_begin(now, turn.today):
        first, last = (long_day(day, turn.today) for day in window(now, turn.today))
        lines = [
            _("The school year {year} is under way.").format(year=year_label(now)),
            _("The next one can be begun from {first} until {last}.").format(first=first, last=last),
        ]
        return Screen("\n".join(lines), [back], title=title)
    lines = [
        _("Classes move up, new ones are made, and those who leave are let go."),
        _("A few questions first. Nothing changes before the last button; after it there is no way back."),
    ]
    plan = first_plan(now, await classes_now(turn.db, id_))
    rows = [[Button(_("To the questions"), leaving(plan, 0), Look.MAIN)], back]
    return Screen("\n".join(lines), rows, title=title)


async def _drawn(turn: Turn, plan: Plan) -> tuple[int, Drawn]:
    """The administrator's school and what the plan makes of its classes; Sorry if there is nothing to plan."""
    id_, _name = await own_school(turn.db, turn.person)
    now = (await school_of(turn.db, id_)).year
    if plan.year != now or not may_begin(now, turn.today):
        raise _not_now()
    return id_, draw(plan, await classes_now(turn.db, id_))


def _not_now() -> Sorry:
    return Sorry(_("That school year has been begun already, or it is not the time for it."), offer())


@year.ask
async def leaving(turn: Turn, plan: Plan, page: int) -> Screen:
    """Which classes leave the school."""
    _id, drawn = await _drawn(turn, plan)
    rows = []
    shown, pages = page_of(_in_order(drawn), page, PAGE, lambda other: leaving(plan, other))
    for one in shown:
        others = tuple(sorted(set(plan.leaving) ^ {one.id}))
        mark = "☑" if one.id in plan.leaving else "☐"
        rows.append([Button(f"{mark} {one.name}", leaving(plan._replace(leaving=others), page))])
    rows += pages
    rows.append([Button(_("Next"), names(plan, 0), Look.MAIN)])
    rows.append([Button(_("Back"), offer())])
    return Screen(_("Which classes leave the school? The others move up."), rows)


def _in_order(drawn: Drawn) -> list[Now]:
    """All classes as they are now."""
    every = {one.id: one for one in [*drawn.leaves, *(one for one, _name in drawn.moves)]}
    return [every[id_] for id_ in sorted(every, key=lambda id_: counted(every[id_].name))]


@year.ask
async def names(turn: Turn, plan: Plan, page: int) -> Screen:
    """What each class that stays is called from now on; a tap changes it."""
    _id, drawn = await _drawn(turn, plan)
    shown, pages = page_of(drawn.moves, page, PAGE, lambda other: names(plan, other))
    rows = [[Button(f"{one.name} → {new}", name(plan, one.id))] for one, new in shown]
    rows += pages
    rows.append([Button(_("Next"), firsts(plan), Look.MAIN)])
    rows.append([Button(_("Back"), leaving(plan, 0))])
    text = _("What the classes will be called. Tap one to rename it.")
    text = text if drawn.moves else _("No class stays.")
    return Screen("\n".join([text, *_clashes(drawn)]), rows)


def _clashes(drawn: Drawn) -> list[str]:
    sentence = _("⚠️ Two classes would be called {name}. Please change one.")
    return [sentence.format(name=name) for name in drawn.clashes[:6]]


@year.ask
async def name(turn: Turn, plan: Plan, class_: int) -> Screen | Link:
    """Another name for one class."""
    _id, drawn = await _drawn(turn, plan)
    found = next(((one, new) for one, new in drawn.moves if one.id == class_), None)
    if found is None:
        return names(plan, 0)
    one, new = found
    text = _("{name} is to become {new}. Write another name.").format(name=one.name, new=new)
    offered = [called for called in dict.fromkeys([one.name, next_name(one.name)]) if called != new]
    rows = (
        [[Button(called, names(_called(plan, class_, called), 0)) for called in offered]] if offered else []
    )
    return Screen(text, [*rows, [Button(_("Back"), names(plan, 0))]], hears=write_name(plan, class_))


@year.hear
async def write_name(turn: Turn, text: str, plan: Plan, class_: int) -> Link:
    """The name that was typed."""
    await own_school(turn.db, turn.person)
    return names(_called(plan, class_, classes.class_name(text, name(plan, class_))), 0)


def _called(plan: Plan, class_: int, called: str) -> Plan:
    return plan._replace(names=tuple(sorted({**dict(plan.names), class_: called}.items())))


@year.ask
async def firsts(turn: Turn, plan: Plan) -> Screen:
    """New classes, such as the first form."""
    _id, drawn = await _drawn(turn, plan)
    lines = [_("Which classes are new? Write their names, one a line: 1-A")]
    if plan.made:
        lines.append(_("Tap one to leave it out."))
    buttons = [
        Button(f"✕ {called}", firsts(plan._replace(made=plan.made[:place] + plan.made[place + 1 :])))
        for place, called in enumerate(plan.made)
    ]
    rows = [buttons[start : start + 3] for start in range(0, len(buttons), 3)]
    label = _("Next") if plan.made else _("None are new")
    rows.append([Button(label, farewell(plan, 0), Look.MAIN)])
    rows.append([Button(_("Back"), names(plan, 0))])
    return Screen("\n".join([*lines, *_clashes(drawn)]), rows, hears=write_firsts(plan))


@year.hear
async def write_firsts(turn: Turn, text: str, plan: Plan) -> Link:
    """The names that were typed, beside those that are there."""
    await own_school(turn.db, turn.person)
    typed = [
        classes.class_name(line, firsts(plan))
        for line in text.replace(",", "\n").splitlines()
        if line.strip()
    ]
    made = tuple(dict.fromkeys([*plan.made, *typed]))
    if len(made) > MOST_NEW:
        sentence = n_("Up to {n} new class at once.", "Up to {n} new classes at once.", MOST_NEW)
        raise Sorry(sentence, firsts(plan))
    return firsts(plan._replace(made=made))


@year.ask
async def farewell(turn: Turn, plan: Plan, place: int) -> Screen | Link:
    """Each class that leaves, asked for by itself. place: which of them, from 0."""
    _id, drawn = await _drawn(turn, plan)
    if not 0 <= place < len(drawn.leaves):
        return summary(plan)
    one = drawn.leaves[place]
    lines = [
        _("{name} leaves: {children}, {guardians}.").format(
            name=one.name,
            children=n_("{n} child", "{n} children", one.children),
            guardians=n_("{n} guardian", "{n} guardians", one.guardians),
        ),
        _("Within the hour the children's data are erased for good."),
        _("So are those of guardians who have no other child and no role here."),
        _("Whoever has another child or a role here stays, without this class."),
        _("What stays is the audit trail, in numbers without names: it proves what was done."),
    ]
    others = tuple(id_ for id_ in plan.leaving if id_ != one.id)
    rows = [
        [Button(_("Yes, let {name} go").format(name=one.name), farewell(plan, place + 1), Look.DANGER)],
        [Button(_("No, it stays"), names(plan._replace(leaving=others), 0))],
        [Button(_("Back"), farewell(plan, place - 1) if place else firsts(plan))],
    ]
    return Screen("\n".join(lines), rows)


@year.ask
async def summary(turn: Turn, plan: Plan) -> Screen:
    """All that will be done, and the button that does it."""
    _id, drawn = await _drawn(turn, plan)
    label = year_label(plan.year + 1)
    lines = []
    if drawn.moves:
        moved = ", ".join(f"{one.name} → {new}" if one.name != new else one.name for one, new in drawn.moves)
        lines.append(_("Classes that stay: {names}.").format(names=moved))
    if plan.made:
        lines.append(_("New: {names}.").format(names=", ".join(plan.made)))
    if drawn.leaves:
        lines += [
            _("Let go: {names}.").format(names=", ".join(one.name for one in drawn.leaves)),
            n_("{n} child leaves.", "{n} children leave.", sum(one.children for one in drawn.leaves)),
        ]
    lines.append(_("The calendar of school days begins empty."))
    rows: list[list[Button]] = []
    if drawn.clashes:
        lines += _clashes(drawn)
    else:
        lines.append(_("This cannot be undone."))
        done = begin(plan, drawn.digest(plan))
        rows.append([Button(_("Begin {year}").format(year=label), done, Look.DANGER)])
    rows += [
        [Button(_("Who leaves"), leaving(plan, 0)), Button(_("Names"), names(plan, 0))],
        [Button(_("New classes"), firsts(plan)), Button(_("Not now"), school.hub())],
    ]
    return Screen("\n".join(lines), rows, title=_("School year {year}").format(year=label))


@year.do
async def begin(turn: Turn, plan: Plan, seen: str) -> Link:
    """Begin it."""
    id_, drawn = await _drawn(turn, plan)
    over = [request for one in drawn.leaves for request in await waiting_in(turn.db, one.id)]
    try:
        concerned = await begin_year(turn.db, id_, plan, seen, turn.person, turn.now)
    except AlreadyBegun as error:
        raise _not_now() from error
    except Changed as error:
        raise Sorry(_("Something has changed meanwhile. Please look once more."), summary(plan)) from error
    turn.calendar_changed()
    await admissions.end_all(turn, over)
    await rights.recheck(turn, concerned)
    note = _("✅ The school year {year} has begun. Its calendar is still empty.")
    return calendar.show(0).saying(note.format(year=year_label(plan.year + 1)))
