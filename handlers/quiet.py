"""Quiet hours: when nothing but answers and urgent news comes, to a person or to a whole school, by its clock."""

from __future__ import annotations

import re

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.posting import set_hours_anew
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import school, settings
from handlers.wording import hour_name, hours_to_choose, quiet_name
from models.audit import Deed, record
from models.errors import NotYours
from models.people import own_school
from models.school import set_school_quiet
from models.wishes import set_quiet

quiet = Flow("quiet")

OFTEN = ((20, 7), (21, 7), (22, 8), (18, 8))
"""What most people want, one tap away."""

_TYPED = re.compile(r"\D*(\d{1,2})(?:[:.]([0-5]\d))?[^\d:.]+(\d{1,2})(?:[:.]([0-5]\d))?\D*")
""" "21-6", "21:00–6:30", "з 21 до 7"."""


@quiet.ask
async def choose(turn: Turn, whole_school: bool = False) -> Screen:
    """How they are now, some that are often wanted, one's own, or none.

    whole_school: here and in each step: not the speaker's own, but those that hold for everybody of their school.
    """
    now, text = await (_of_school(turn) if whole_school else _of_person(turn))
    often = [Button(quiet_name(*pair), keep(*pair, whole_school)) for pair in OFTEN if pair != now]
    rows = [often[start : start + 2] for start in range(0, len(often), 2)]
    rows.append([Button(_("Other hours"), begins(whole_school))])
    if now[0] != now[1]:
        rows.append([Button(_("No quiet hours"), keep(0, 0, whole_school))])
    return Screen(text, [*rows, [Button(_("Back"), _from(whole_school))]], hears=typed(whole_school))


async def _of_person(turn: Turn) -> tuple[tuple[int, int], str]:
    """The speaker's own hours, and what is said of them."""
    now = turn.speaker.quiet_from, turn.speaker.quiet_to
    text = _(
        "Quiet hours now: {hours}.\n"
        "In quiet hours only answers to what you do yourself come, and what is urgent. The rest comes afterwards."
    ).format(hours=quiet_name(*now))
    school_hours = turn.speaker.school_quiet_from, turn.speaker.school_quiet_to
    if school_hours[0] != school_hours[1]:
        besides = _("The school's own hold too: {hours}.").format(hours=quiet_name(*school_hours))
        text = f"{text}\n{besides}"
    return now, text


async def _of_school(turn: Turn) -> tuple[tuple[int, int], str]:
    """The school's hours, and what is said of them; NotYours for whoever does not run it."""
    await own_school(turn.db, turn.person)
    now = turn.speaker.school_quiet_from, turn.speaker.school_quiet_to
    text = _(
        "Quiet hours of the whole school now: {hours}.\n"
        "In them families and colleagues get only answers to what they do themselves, and what is urgent. "
        "Everybody's own quiet hours are kept besides."
    ).format(hours=quiet_name(*now))
    return now, text


def _from(whole_school: bool) -> Link:
    """Where the way back leads."""
    return school.hub() if whole_school else settings.hub()


@quiet.ask
async def begins(_turn: Turn, whole_school: bool = False) -> Screen:
    """From which hour on."""
    rows = hours_to_choose(lambda first: ends(first, whole_school))
    rows.append([Button(_("Back"), choose(whole_school))])
    return Screen(_("From what hour should it be quiet?"), rows, hears=typed(whole_school))


@quiet.ask
async def ends(_turn: Turn, first: int, whole_school: bool = False) -> Screen:
    """Until which hour."""
    rows = hours_to_choose(lambda last: keep(first, last, whole_school), but=first % 24)
    rows.append([Button(_("Back"), begins(whole_school))])
    return Screen(_("Quiet from {hour}. Until what hour?").format(hour=hour_name(first)), rows)


@quiet.hear
async def typed(_turn: Turn, text: str, whole_school: bool = False) -> Link:
    """Hours as they are typed; what is no full hour is quiet as a whole."""
    found = _TYPED.fullmatch(text)
    first, last = (int(found[1]) % 24, int(found[3]) + bool(int(found[4] or 0))) if found else (0, 0)
    if found is None or int(found[1]) > 24 or last > 24 or first == last % 24:
        raise Sorry(_("Please type for example “21–7”, or tap a button."), choose(whole_school))
    return keep(first, last % 24, whole_school)


@quiet.do
async def keep(turn: Turn, first: int, last: int, whole_school: bool = False) -> Link:
    """Keep them. What waits for a person's former ones waits for the new; the school's hold for what is yet to come."""
    if turn.person is None:
        raise NotYours
    if not (0 <= first < 24 and 0 <= last < 24):
        raise Sorry(_("A day has hours from 0 to 23."), choose(whole_school))
    if whole_school:
        id_, _name = await own_school(turn.db, turn.person)
        await set_school_quiet(turn.db, id_, first, last)
        await record(turn.db, id_, turn.person, Deed.SCHOOL_CHANGED, turn.now, detail="quiet_hours")
    else:
        await set_quiet(turn.db, turn.person, first, last)
    await turn.look_again()
    if not whole_school:
        await set_hours_anew(turn)
    said = _("✅ Quiet hours: {hours}.").format(hours=quiet_name(first, last))
    return _from(whole_school).saying(said)
