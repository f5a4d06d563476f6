"""A moment that is chosen or typed: when an announcement goes, or when its poll closes."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, long_day
from bot.core.pickers import month_of_days
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import compose, planning, polling
from handlers.wording import capital, hours_to_choose
from models.announcement import Post, change
from models.moments import Odd, read_moment

timing = Flow("timing")

AHEAD = timedelta(days=365)
"""Nothing is planned farther ahead."""


class What(enum.StrEnum):
    """What happens at that moment."""

    SEND = "send"
    CLOSE = "close"


def how_to_type() -> str:
    """That a moment can be typed, and how."""
    return _("You can also type it: “25.11 14:30” or “tomorrow 9:15”.")


@timing.ask
async def day(turn: Turn, post: int, what: What, month: date) -> Screen:
    """The day, on a calendar; it has no Sundays, but one can be typed."""
    await compose.drafted(turn, post)
    rows = month_of_days(
        month,
        lambda one: hour(post, what, one) if turn.today <= one <= turn.today + AHEAD else None,
        lambda other: day(post, what, other) if _has_days(turn, other) else None,
    )
    text = "\n".join([_("On which day?"), how_to_type()])
    return Screen(text, [*rows, [Button(_("Back"), _back(post, what))]], hears=typed(post, what))


def _has_days(turn: Turn, first: date) -> bool:
    return turn.today.replace(day=1) <= first <= turn.today + AHEAD


@timing.ask
async def hour(turn: Turn, post: int, what: What, day_: date) -> Screen:
    """The hour of a day."""
    await compose.drafted(turn, post)
    rows = hours_to_choose(lambda one: keep(post, what, day_, one, 0))
    text = "\n".join(
        [_("{day}: at what hour?").format(day=capital(long_day(day_, turn.today))), how_to_type()]
    )
    return Screen(text, [*rows, [Button(_("Back"), day(post, what, day_))]], hears=typed(post, what))


@timing.do
async def tomorrow(turn: Turn, post: int, what: What, at: int) -> Link:
    """Tomorrow at that hour, as seen from when it is pressed."""
    return await _kept(turn, post, what, turn.today + timedelta(days=1), at, 0)


@timing.do
async def keep(turn: Turn, post: int, what: What, day_: date, at: int, minute: int) -> Link:
    """That day and hour."""
    return await _kept(turn, post, what, day_, at, minute)


@timing.hear
async def typed(turn: Turn, text: str, post: int, what: What) -> Link:
    """A moment as people write it; where only a day was written, the hour is asked for."""
    await compose.drafted(turn, post)
    found = read_moment(text, turn.now.astimezone(_zone(turn)).replace(tzinfo=None))
    match found:
        case Odd.NO_SUCH_HOUR:
            raise Sorry(_("A day has hours from 0 to 23."), day(post, what, turn.today))
        case Odd.NO_SUCH_DAY:
            raise Sorry(_("There is no such day in the calendar."), day(post, what, turn.today))
        case Odd():
            raise Sorry(
                _("When is that? Please write for example “25.11 14:30”."), day(post, what, turn.today)
            )
    if found.at is None:
        return hour(post, what, found.day)
    return await _kept(turn, post, what, found.day, found.at.hour, found.at.minute)


async def _kept(turn: Turn, post: int, what: What, day_: date, at: int, minute: int) -> Link:
    """Keep the moment; Sorry if it has passed, is too far, or no clock shows it."""
    mine = await compose.drafted(turn, post)
    again = day(post, what, turn.today)
    if not (0 <= at < 24 and 0 <= minute < 60):
        raise Sorry(_("A day has hours from 0 to 23."), again)
    if day_ > turn.today + AHEAD:
        raise Sorry(_("That is more than a year ahead. Please choose a nearer date."), again)
    if day_ < turn.today:
        raise Sorry(_("That day has passed. Please choose today or later."), again)
    moment = datetime(day_.year, day_.month, day_.day, at, minute, tzinfo=_zone(turn)).astimezone(UTC)
    if moment <= turn.now:
        raise Sorry(_("That hour has passed already. Please choose a later one."), hour(post, what, day_))
    return await _write(turn, mine, what, moment)


async def _write(turn: Turn, mine: Post, what: What, moment: datetime) -> Link:
    if what is What.SEND:
        await change(turn.db, mine.id, send_at=moment)
        return compose.hub(mine.id)
    if moment <= (mine.send_at or turn.now):
        raise Sorry(_("The poll would be closed before it goes."), polling.closing(mine.id))
    await change(turn.db, mine.id, closes_at=moment)
    return polling.show(mine.id)


def _zone(turn: Turn) -> ZoneInfo:
    return ZoneInfo(turn.speaker.timezone)


def _back(post: int, what: What) -> Link:
    return planning.when(post) if what is What.SEND else polling.closing(post)
