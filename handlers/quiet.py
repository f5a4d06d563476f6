"""Quiet hours: when nothing but answers and urgent news comes to a person, by the school's clock."""

from __future__ import annotations

import re

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.posting import set_hours_anew
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import settings
from handlers.wording import hour_name, hours_to_choose, quiet_name
from models.errors import NotYours
from models.wishes import set_quiet

quiet = Flow("quiet")

OFTEN = ((20, 7), (21, 7), (22, 8), (18, 8))
"""What most people want, one tap away."""

_TYPED = re.compile(r"\D*(\d{1,2})(?:[:.]([0-5]\d))?[^\d:.]+(\d{1,2})(?:[:.]([0-5]\d))?\D*")
""" "21-6", "21:00–6:30", "з 21 до 7"."""


@quiet.ask
async def choose(turn: Turn) -> Screen:
    """How they are now, some that are often wanted, one's own, or none."""
    now = turn.speaker.quiet_from, turn.speaker.quiet_to
    text = _(
        "Quiet hours now: {hours}.\n"
        "In quiet hours only answers to what you do yourself come, and what is urgent. The rest comes afterwards."
    ).format(hours=quiet_name(*now))
    often = [Button(quiet_name(*pair), keep(*pair)) for pair in OFTEN if pair != now]
    rows = [often[start : start + 2] for start in range(0, len(often), 2)]
    rows.append([Button(_("Other hours"), begins())])
    if now[0] != now[1]:
        rows.append([Button(_("No quiet hours"), keep(0, 0))])
    return Screen(text, [*rows, [Button(_("Back"), settings.hub())]], hears=typed())


@quiet.ask
async def begins(_turn: Turn) -> Screen:
    """From which hour on."""
    rows = [*hours_to_choose(ends), [Button(_("Back"), choose())]]
    return Screen(_("From what hour should it be quiet?"), rows, hears=typed())


@quiet.ask
async def ends(_turn: Turn, first: int) -> Screen:
    """Until which hour."""
    rows = [*hours_to_choose(lambda last: keep(first, last), but=first % 24), [Button(_("Back"), begins())]]
    return Screen(_("Quiet from {hour}. Until what hour?").format(hour=hour_name(first)), rows)


@quiet.hear
async def typed(_turn: Turn, text: str) -> Link:
    """Hours as they are typed; what is no full hour is quiet as a whole."""
    found = _TYPED.fullmatch(text)
    first, last = (int(found[1]) % 24, int(found[3]) + bool(int(found[4] or 0))) if found else (0, 0)
    if found is None or int(found[1]) > 24 or last > 24 or first == last % 24:
        raise Sorry(_("Please type for example “21–7”, or tap a button."), choose())
    return keep(first, last % 24)


@quiet.do
async def keep(turn: Turn, first: int, last: int) -> Link:
    """Keep them; what waits for the former ones waits for these."""
    if turn.person is None:
        raise NotYours
    if not (0 <= first < 24 and 0 <= last < 24):
        raise Sorry(_("A day has hours from 0 to 23."), choose())
    await set_quiet(turn.db, turn.person, first, last)
    await turn.look_again()
    await set_hours_anew(turn)
    said = _("✅ Quiet hours: {hours}.").format(hours=quiet_name(first, last))
    return settings.hub().saying(said)
