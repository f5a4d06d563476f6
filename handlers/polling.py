"""The poll of an announcement, as its author makes it: what can be chosen, how many of it, until when."""

from __future__ import annotations

import re
import unicodedata

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import announcements, compose, timing
from handlers.wording import too_long
from models.announcement import Ask, Post, change

polling = Flow("polling")

FEWEST, MOST = 2, 10
"""Options of a poll: a screen has room for eleven rows."""
LONGEST = 40
"""Signs of an option: what fits on a button."""
_BULLET = re.compile(r"^(?:[-–—•·*☐☑]|\d{1,2}[.)])\s+")
JOINER = "\u200d"
"""Holds the parts of an emoji together."""


@polling.ask
async def show(turn: Turn, post: int) -> Screen | Link:
    """The poll as it is."""
    mine = await compose.drafted(turn, post)
    if not mine.options:
        return options(post)
    several = _("One answer only") if mine.several else _("Allow several answers")
    hidden = _("Show results at once") if mine.hidden else _("Results when it closes")
    until = announcements.moment(turn, mine.closes_at) if mine.closes_at else _("not set")
    lines = [
        *(f"· {one}" for one in mine.options),
        "",
        _("Several can be chosen.") if mine.several else _("One can be chosen."),
        _("It closes: {when}").format(when=until),
        _("Results: each family sees the numbers, nobody's name.")
        if not mine.hidden
        else _("Results: families see the numbers once it is closed; you see them at any time."),
    ]
    rows = [
        [Button(_("Done"), compose.hub(post), Look.MAIN)],
        [Button(several, turn_several(post)), Button(hidden, turn_hidden(post))],
        [Button(_("Closing time"), closing(post))],
        [Button(_("Write the options anew"), options(post)), Button(_("Back"), compose.asks(post))],
    ]
    return Screen("\n".join(lines), rows, title=_("The poll"))


@polling.ask
async def options(turn: Turn, post: int) -> Screen:
    """What can be chosen, to be typed."""
    mine = await compose.drafted(turn, post)
    text = "\n".join([_("Write the options, one a line, such as:"), "", _("Museum\nTheatre\nStay at school")])
    back = show(post) if mine.options else compose.asks(post)
    return Screen(text, [[Button(_("Back"), back)]], title=_("The poll"), hears=write(post))


@polling.hear
async def write(turn: Turn, text: str, post: int) -> Link:
    """Keep the options: tidied, none twice."""
    await compose.drafted(turn, post)
    found = [line for line in map(_tidied, text.splitlines()) if line]
    twice = next(
        (one for one in found if [each.casefold() for each in found].count(one.casefold()) > 1), None
    )
    if twice is not None:
        raise Sorry(
            _("«{option}» stands there twice. Please write the options anew.").format(option=twice),
            options(post),
        )
    if not FEWEST <= len(found) <= MOST:
        raise Sorry(_("A poll has 2 to 10 options, one a line. Please write them anew."), options(post))
    if any(len(one) > LONGEST for one in found):
        raise Sorry(too_long(LONGEST), options(post))
    await change(turn.db, post, options=found, asks=Ask.POLL)
    return show(post)


def _tidied(line: str) -> str:
    """An option without a bullet, without signs that nobody sees, with single spaces."""
    plain = unicodedata.normalize("NFC", line)
    seen = (one for one in plain if one.isspace() or one == JOINER or unicodedata.category(one)[0] != "C")
    return _BULLET.sub("", " ".join("".join(seen).split()))


@polling.do
async def turn_several(turn: Turn, post: int) -> Link:
    """One answer or several, the other way round."""
    mine = await compose.drafted(turn, post)
    await change(turn.db, post, several=not mine.several)
    return show(post)


@polling.do
async def turn_hidden(turn: Turn, post: int) -> Link:
    """Results at once or when it closes, the other way round; what never closes would hide them for good."""
    mine = await compose.drafted(turn, post)
    await change(turn.db, post, hidden=not mine.hidden)
    return closing(post) if not mine.hidden and mine.closes_at is None else show(post)


@polling.ask
async def closing(turn: Turn, post: int) -> Screen:
    """When it closes."""
    mine = await compose.drafted(turn, post)
    rows = [
        [Button(_("Tomorrow at 20:00"), timing.tomorrow(post, timing.What.CLOSE, 20))],
        [Button(_("Another day and hour"), timing.day(post, timing.What.CLOSE, turn.today))],
        [Button(_("It does not close"), never(post)), Button(_("Back"), show(post))],
    ]
    lines = [_("Until when can families answer?"), timing.how_to_type()]
    if mine.hidden:
        lines.append(_("The results are shown when it closes, so please choose when that is."))
    typed = timing.typed(post, timing.What.CLOSE)
    return Screen("\n".join(lines), rows, title=_("Closing time"), hears=typed)


@polling.do
async def never(turn: Turn, post: int) -> Link:
    """It does not close, and so its results are there at once."""
    await compose.drafted(turn, post)
    await change(turn.db, post, closes_at=None, hidden=False)
    return show(post)


def look_over(turn: Turn, mine: Post) -> None:
    """Sorry, if a poll cannot go like this."""
    if mine.asks is not Ask.POLL:
        return
    if len(mine.options) < FEWEST:
        raise Sorry(_("The poll has no options yet."), options(mine.id))
    if mine.closes_at is not None and mine.closes_at <= (mine.send_at or turn.now):
        raise Sorry(_("The poll would be closed before it goes."), closing(mine.id))
    if mine.hidden and mine.closes_at is None:
        raise Sorry(
            _("The results are shown when it closes, so please choose when that is."), closing(mine.id)
        )
