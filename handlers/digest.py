"""The day's digest: everything that could wait, as one message at a person's hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.core.digest import items_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link, StaleLink
from bot.core.i18n import _, long_day
from bot.core.laying import send_ahead
from bot.core.marks import Mark, Marked, Style
from bot.core.people import keyed
from bot.core.screens import ROWS, TEXT_LENGTH, Button, Screen, Words
from bot.core.signs import shorten
from bot.core.turn import Turn
from models.errors import NotYours

digest = Flow("digest")

LABEL = 36
"""Signs of a title on a button."""


@digest.ask
async def show(turn: Turn, day: date) -> Screen:
    """What waited for this day's hour and is still this person's; NotYours if there is nothing."""
    shown = await _shown(turn, day)
    if not shown:
        raise NotYours
    title = _("The day's digest: {day}").format(day=long_day(day, turn.today))
    each = TEXT_LENGTH // len(shown) - 2
    text = Marked("")
    for _link, screen in shown:
        text += Marked("\n\n" if text.text else "") + _whole(screen).shortened(each)
    rows: Sequence[Sequence[Button]] = [[_to(day, link, screen, shown)] for link, screen in shown][: ROWS - 1]
    if len(shown) == 1 and not shown[0][1].ahead:  # what can be done about it stands here at once
        rows = shown[0][1].rows
    return Screen(text.text, rows, title=title, marks=text.marks)


def _to(day: date, link: Link, screen: Screen, among: Sequence[tuple[Link, Screen]]) -> Button:
    label = shorten(_called(screen, among), LABEL)
    return Button(label, unfold(day, keyed(link.packed())) if screen.ahead else link)


@digest.do
async def unfold(turn: Turn, day: date, key: str) -> Link:
    """Show one of them with all that goes before it."""
    for link, screen in await _shown(turn, day):
        if keyed(link.packed()) == key:
            await send_ahead(turn, screen.ahead)
            return link
    raise NotYours


async def _shown(turn: Turn, day: date) -> list[tuple[Link, Screen]]:
    found = [(link, await _seen(turn, link)) for link in await items_of(turn, day)]
    return [(link, screen) for link, screen in found if screen is not None]


async def _seen(turn: Turn, link: Link) -> Screen | None:
    """What a link shows, or None if it is not theirs any more."""
    try:
        where, screen, _note = await turn.follow(link)
    except (NotYours, StaleLink, Sorry):
        return None
    return screen if where.packed() == link.packed() else None


def _called(screen: Screen, among: Sequence[tuple[Link, Screen]]) -> str:
    """By what one thing is known among the others: its title; how it begins, where others have the same title."""
    first_line = screen.text.partition("\n")[0]
    alike = [one for _link, one in among if one.title == screen.title]
    return first_line if first_line and (len(alike) > 1 or not screen.title) else screen.title


def _whole(screen: Screen) -> Marked:
    """A screen with all that goes before it, as one text."""
    title = Marked(screen.title, (Mark(Style.BOLD, 0, len(screen.title)),))
    before = [Marked(one.text, tuple(one.marks)) for one in screen.ahead if isinstance(one, Words)]
    whole = Marked("")
    for part in (title, *before, Marked(screen.text, tuple(screen.marks))):
        whole += Marked("\n" if whole.text and part.text else "") + part
    return whole
