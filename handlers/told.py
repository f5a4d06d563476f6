"""An absence that was told: what was understood, and changing or withdrawing it."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_, short_day, span
from bot.core.posting import comes_at
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import absence, class_day
from handlers.wording import capital, impossible, no_lessons, reason_name
from models.absence import (
    AHEAD,
    COMMENT_LENGTH,
    LONGEST,
    AlreadyTold,
    Impossible,
    Reason,
    Told,
    add_words,
    explain,
    move,
    withdraw,
)
from models.absence import told as find
from models.errors import NotYours
from models.people import own_child, reachable_teachers
from models.wishes import News

told = Flow("told")


async def own(turn: Turn, id_: int) -> Told:
    """The absence, if the child is this person's; NotYours otherwise."""
    found = await find(turn.db, id_, turn.person)
    if found is None:
        raise NotYours
    await own_child(turn.db, turn.person, found.child_id)
    return found


@told.ask
async def show(turn: Turn, absences: tuple[int, ...]) -> Screen:
    """What was understood, whether the teacher has it, and what can still be changed."""
    all_ = [await own(turn, id_) for id_ in absences]
    if len(all_) > 1:
        known = [(_summary(one, turn), await _who_knows(turn, one)) for one in all_]
        lines = [line for pair in known for line in pair]
        if len({knows for _line, knows in known}) == 1:
            lines = [*(line for line, _knows in known), known[0][1]]
        rows = [
            [Button(_("Change: {name}").format(name=one.child_name), show((one.id,)))] for one in all_[:9]
        ]
        return Screen("\n".join(lines), rows)
    one = all_[0]
    if one.withdrawn:
        text = _("Withdrawn: {name}, {days}.").format(
            name=one.child_name, days=span(one.first, one.last, turn.today)
        )
        again = Button(_("Report an absence"), absence.when((one.child_id,)))
        return Screen(text, [[again]] if one.may_report else [])
    lines = [_summary(one, turn), _("Reason: {reason}.").format(reason=reason_name(one.reason))]
    if one.comment:
        lines.append(f"«{one.comment}»")
    lines.append(await _who_knows(turn, one))
    return Screen("\n".join(lines), _ways_on(one, turn))


def _summary(one: Told, turn: Turn) -> str:
    days = span(one.first, one.last, turn.today)
    return _("✅ Written down: {name}, {days}.").format(name=one.child_name, days=days)


def _ways_on(one: Told, turn: Turn) -> list[list[Button]]:
    if one.last < turn.today or not one.may_report:
        return []
    words = _("Change the words") if one.comment else _("Add a few words")
    return [
        [Button(words, words_for(one.id))],
        [
            Button(_("Change the reason"), other_reason(one.id)),
            Button(_("Change the dates"), other_first_day(one.id, max(one.first, turn.today))),
        ],
        [Button(_("Withdraw"), surely_withdraw(one.id), Look.DANGER)],
    ]


async def _who_knows(turn: Turn, one: Told) -> str:
    """The truth about who has it: noticed, passed on, to be passed on that morning, or nobody there to tell."""
    if one.noticed:
        return _("Noticed by the class teacher.")
    teachers = await reachable_teachers(turn.db, one.class_id, turn.today)
    if not teachers:
        return _("No class teacher can be reached here. Please phone the school.")
    calendar, ahead = await turn.calendar(), max(one.first, turn.today)
    if one.last >= turn.today and not calendar.days_between(ahead, one.last):  # since it was told
        return no_lessons(ahead, one.last, calendar.name_between(ahead, one.last), turn.today)
    if not await class_day.concerns_today(turn, one.first, one.last):
        return _("To be passed on that morning: {teacher}.").format(teacher=listed(list(teachers.values())))
    hours = await comes_at(turn, teachers, News.ABSENCES)
    first = min(hours.values(), key=lambda hour: hour or turn.now)
    names = listed([teachers[id_] for id_, hour in hours.items() if hour == first])
    if first is None:
        return _("Passed on: {teacher}.").format(teacher=names)
    here = first.astimezone(ZoneInfo(turn.speaker.timezone))
    return _("To be passed on at {time}: {teacher}.").format(time=f"{here:%-H:%M}", teacher=names)


@told.ask
async def words_for(turn: Turn, id_: int) -> Screen:
    """A few words for the teacher, typed."""
    one = await _standing(turn, id_)
    text = _("{name}: write a few words for the class teacher, in one message.").format(name=one.child_name)
    return Screen(text, [[Button(_("Back"), show((id_,)))]], hears=take_words(id_))


@told.hear
async def take_words(turn: Turn, text: str, id_: int) -> Link:
    """Keep the words."""
    one = await _standing(turn, id_)
    if len(text) > COMMENT_LENGTH:
        sentence = n_(
            "Too long: up to {n} character, please.",
            "Too long: up to {n} characters, please.",
            COMMENT_LENGTH,
        )
        raise Sorry(sentence, words_for(id_))
    ring = await class_day.all_noticed(turn, one.class_id)
    assert turn.person is not None  # noqa: S101 (told to the type checker; `own` found a guardian)
    await add_words(turn.db, id_, turn.person, text, turn.now)
    await _tell(turn, one, ring)
    return show((id_,))


@told.ask
async def other_reason(turn: Turn, id_: int) -> Screen:
    """Another reason."""
    one = await _standing(turn, id_)
    reasons = [
        Button(capital(reason_name(why)), set_reason(id_, why)) for why in Reason if why is not one.reason
    ]
    rows = [reasons[:2], reasons[2:], [Button(_("Back"), show((id_,)))]]
    return Screen(_("{name}: what is the reason?").format(name=one.child_name), rows)


@told.do
async def set_reason(turn: Turn, id_: int, why: Reason) -> Link:
    """Change the reason."""
    one = await _standing(turn, id_)
    ring = await class_day.all_noticed(turn, one.class_id)
    await explain(turn.db, id_, why)
    await _tell(turn, one, ring)
    return show((id_,))


@told.ask
async def other_first_day(turn: Turn, id_: int, month: date) -> Screen | Link:
    """Another first day; of an absence that has begun only the last day can be another."""
    one = await _standing(turn, id_)
    if one.first < turn.today:
        return other_last_day(id_, one.first, turn.today)
    rows = absence.choose_day(
        await turn.calendar(),
        month,
        turn.today,
        turn.today + AHEAD,
        lambda day: other_last_day(id_, day, day),
        lambda other: other_first_day(id_, other),
    )
    text = _("{names}: from which day?").format(names=one.child_name)
    return Screen(text, [*rows, [Button(_("Back"), show((id_,)))]])


@told.ask
async def other_last_day(turn: Turn, id_: int, first: date, month: date) -> Screen:
    """Another last day."""
    one = await _standing(turn, id_)
    rows = absence.choose_day(
        await turn.calendar(),
        month,
        max(first, turn.today),
        first + LONGEST,
        lambda day: set_days(id_, first, day),
        lambda other: other_last_day(id_, first, other),
    )
    text = _("{names}: {day} – until which day?").format(names=one.child_name, day=short_day(first))
    if one.first < turn.today:
        return Screen(text, [*rows, [Button(_("Back"), show((id_,)))]])
    only = Button(_("Only {day}").format(day=short_day(first)), set_days(id_, first, first), Look.MAIN)
    return Screen(text, [[only], *rows, [Button(_("Back"), other_first_day(id_, first))]])


@told.do
async def set_days(turn: Turn, id_: int, first: date, last: date) -> Link:
    """Change the days."""
    one = await _standing(turn, id_)
    ring = await class_day.all_noticed(turn, one.class_id)
    try:
        await move(turn.db, one, first, last, turn.today)
    except AlreadyTold as already:
        raise Sorry(
            _("{name}: another absence is reported for these days already.").format(name=one.child_name),
            show((already.absence,)),
        ) from already
    except Impossible as why:
        raise Sorry(impossible(why, turn.today), show((id_,))) from why
    if await class_day.concerns_today(turn, min(one.first, first), max(one.last, last)):
        await class_day.tell_teachers(turn, one.class_id, ring=ring)
    return show((id_,))


@told.ask
async def surely_withdraw(turn: Turn, id_: int) -> Screen:
    """A question before it is gone."""
    one = await _standing(turn, id_)
    text = _("Withdraw the absence? {name}: {days}.").format(
        name=one.child_name, days=span(one.first, one.last, turn.today)
    )
    yes = Button(_("Yes, withdraw"), take_back(id_), Look.DANGER)
    return Screen(text, [[yes, Button(_("Back"), show((id_,)))]])


@told.do
async def take_back(turn: Turn, id_: int) -> Link:
    """Withdraw it."""
    one = await _standing(turn, id_)
    ring = await class_day.all_noticed(turn, one.class_id)
    await withdraw(turn.db, id_, turn.now, known=one.noticed or one.first <= turn.today)
    await _tell(turn, one, ring)
    return show((id_,))


async def _standing(turn: Turn, id_: int) -> Told:
    """The absence, while it can still be changed."""
    one = await own(turn, id_)
    if not one.may_report:
        raise NotYours
    if one.withdrawn:
        raise Sorry(_("This absence has been withdrawn already."), show((id_,)))
    if one.last < turn.today:
        raise Sorry(_("This absence is over."), turn.home)
    return one


async def _tell(turn: Turn, one: Told, ring: bool) -> None:
    if await class_day.concerns_today(turn, one.first, one.last):
        await class_day.tell_teachers(turn, one.class_id, ring=ring)
