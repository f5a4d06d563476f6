"""The day's digest: everything that could wait, as one message at a person's hour."""

from __future__ import annotations

from datetime import date

from bot.core.digest import items_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link, StaleLink
from bot.core.i18n import _, long_day
from bot.core.screens import ROWS, TEXT_LENGTH, Button, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from models.errors import NotYours

digest = Flow("digest")

LABEL = 36
"""Signs of a title on a button."""


@digest.ask
async def show(turn: Turn, day: date) -> Screen:
    """What waited for this day's hour and is still this person's; NotYours if there is nothing."""
    shown = [(link, screen) for link in await items_of(turn, day) if (screen := await _seen(turn, link))]
    if not shown:
        raise NotYours
    title = _("The day's digest: {day}").format(day=long_day(day, turn.today))
    if len(shown) == 1:  # what can be done about it stands here at once
        _link, only = shown[0]
        return Screen(_whole(only, TEXT_LENGTH), only.rows, title=title)
    each = TEXT_LENGTH // len(shown) - 2
    rows = [[Button(shorten(screen.title or screen.text, LABEL), link)] for link, screen in shown]
    return Screen("\n\n".join(_whole(screen, each) for _link, screen in shown), rows[: ROWS - 1], title=title)


async def _seen(turn: Turn, link: Link) -> Screen | None:
    """What a link shows, or None if it is not theirs any more."""
    try:
        where, screen, _note = await turn.follow(link)
    except (NotYours, StaleLink, Sorry):
        return None
    return screen if where.packed() == link.packed() else None


def _whole(screen: Screen, units: int) -> str:
    return shorten("\n".join(part for part in (screen.title, screen.text) if part), units)
