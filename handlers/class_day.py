"""The class teacher's day: one card that says who is away and why, changed as news come."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core.flows import Flow, Link
from bot.core.i18n import N_, _, long_day, short_day, span
from bot.core.posting import post
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import told
from handlers.wording import no_lessons, reason_name
from models.absence import Away, Withdrawn, away_on, notice, withdrawn_on
from models.people import class_size, classes_of, own_class, teachers_of
from models.wishes import News

class_day = Flow("class_day", command="class", title=N_("Who is absent today"))

SHOWN = 40
"""Children on a card; a class has fewer, but a text has its limit."""


@class_day.ask
async def today(turn: Turn) -> Screen | Link:
    """Today's card; whoever has several classes chooses one."""
    classes = await classes_of(turn.db, turn.person, turn.today)
    if not classes:
        return turn.home.saying(_("You are not the class teacher of a class here."))
    if len(classes) == 1:
        return card(classes[0][0], turn.today)
    return Screen(_("Which class?"), [[Button(name, card(id_, turn.today))] for id_, name in classes[:10]])


@class_day.ask
async def card(turn: Turn, school_class: int, day: date) -> Screen:
    """Who is away, since when, why, by whom it was told, and who was to be and is not: the last until it is noticed."""
    _id, name = await own_class(turn.db, turn.person, school_class, turn.today)
    calendar = await turn.calendar()
    away, back = await _news(turn, school_class, day) if calendar.is_school_day(day) else ([], [])
    back = [one for one in back if not one.noticed]
    lines = [await standing(turn, school_class, day, len(away)), *(_line(one, day) for one in away[:SHOWN])]
    lines += [_("Withdrawn: {name}").format(name=one.child_name) for one in back[:SHOWN]]
    rows: list[list[Button]] = []
    if back or any(not one.noticed for one in away):
        rows.append([Button(_("Noticed"), noticed(school_class, day), Look.MAIN)])
    elif away:
        lines.append(_("All noticed."))
    before, after = calendar.day_before(day), next(calendar.days_from(day + timedelta(days=1)))
    rows.append(
        [
            Button(f"‹ {short_day(before)}", card(school_class, before)),
            Button(f"{short_day(after)} ›", card(school_class, after)),
        ]
    )
    return Screen("\n".join(lines), rows, title=f"{name} · {long_day(day, turn.today)}")


@class_day.do
async def noticed(turn: Turn, school_class: int, day: date) -> Link:
    """Tell the families that the teacher has it: each once, as a change of what they have."""
    await own_class(turn.db, turn.person, school_class, turn.today)
    by_person: dict[int, list[int]] = {}
    for absence, person in await notice(turn.db, school_class, day, turn.now):
        if person is not None:
            by_person.setdefault(person, []).append(absence)
    for person, absences in by_person.items():
        await post(turn, [person], told.show(tuple(absences)), news=News.NOTICED, quiet=True)
    others = [
        id_ for id_, _name in await teachers_of(turn.db, school_class, turn.today) if id_ != turn.person
    ]
    await post(turn, others, card(school_class, day), news=News.ABSENCES)
    return card(school_class, day)


async def concerns_today(turn: Turn, first: date, last: date) -> bool:
    """Whether an absence of these days is news for today's cards: there are none on a day without lessons."""
    return first <= turn.today <= last and (await turn.calendar()).is_school_day(turn.today)


async def standing(turn: Turn, school_class: int, day: date, away: int) -> str:
    """How many of a class are away on a day, or that it has no lessons."""
    calendar = await turn.calendar()
    if not calendar.is_school_day(day):
        return no_lessons(day, day, calendar.names.get(day, ""), turn.today)
    return how_many(away, await class_size(turn.db, school_class))


async def all_noticed(turn: Turn, school_class: int) -> bool:
    """Whether today's card of a class has news that are all noticed, so that whatever is new must ring."""
    away, back = await _news(turn, school_class, turn.today)
    return bool(away or back) and all(one.noticed for one in away) and all(one.noticed for one in back)


async def _news(turn: Turn, school_class: int, day: date) -> tuple[list[Away], list[Withdrawn]]:
    return await away_on(turn.db, school_class, day), await withdrawn_on(turn.db, school_class, day)


async def tell_teachers(
    turn: Turn, school_class: int, day: date | None = None, *, ring: bool = False, only_new: bool = False
) -> None:
    """Bring a day's card of a class (today's) up to date.

    ring: a new card comes instead, with a sound; ask `all_noticed` for it before the news are written down.
    only_new: leave cards alone that are there already.
    """
    day = day or turn.today
    teachers = [id_ for id_, _name in await teachers_of(turn.db, school_class, turn.today)]
    shown = card(school_class, day)
    await post(turn, teachers, shown, news=News.ABSENCES, ring=ring, only_new=only_new)


def how_many(away: int, size: int) -> str:
    """ "Absent: 2 of 28"."""
    return (
        _("Absent: {away} of {size}").format(away=away, size=size) if away else _("No absence is reported.")
    )


def _line(one: Away, day: date) -> str:
    parts = [reason_name(one.reason)]
    if one.first < one.last:
        parts.append(span(one.first, one.last, day))
    line = f"· {one.child_name}: {', '.join(parts)}"
    if one.told_by:
        source = _("reported by {name}").format(name=one.told_by)
        line = f"{line} ({source})"
    return "\n".join([line, *(f"  «{words}»" for _who, words in one.comments)])
