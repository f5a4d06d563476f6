"""Hours: when a letter may go to somebody, by their own quiet hours and their school's, and their digest's hour."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.clock import next_hour
from bot.core.turn import Turn
from models.letter import Kind


def goes_at(there: Turn, kind: Kind) -> datetime | None:
    """When a new letter of this kind may go to whoever is there, or None for at once."""
    match kind:
        case Kind.DIGEST:
            return next_digest(there, there.now)
        case Kind.TODAY:
            return after_quiet_hours(there)
        case _:
            return None


def next_digest(there: Turn, after: datetime) -> datetime:
    """The first digest of whoever is there after this moment."""
    hour = next_hour(after, there.speaker.timezone, there.speaker.digest_at)
    return after_quiet_hours(there, hour) or hour


def after_quiet_hours(there: Turn, moment: datetime | None = None) -> datetime | None:
    """When a letter that is neither a reply nor urgent may go, by the person's hours and the school's; None: at once.

    moment: now, unless told. The hours are those of the school's clock. Where the two leave no hour of the day
    between them, the person's own are kept.
    """
    moment, speaker = moment or there.now, there.speaker
    own, school = (speaker.quiet_from, speaker.quiet_to), (speaker.school_quiet_from, speaker.school_quiet_to)
    return quiet_until(moment, speaker.timezone, own, school)


def quiet_until(
    moment: datetime, timezone: str, own: tuple[int, int], school: tuple[int, int]
) -> datetime | None:
    """The first moment outside of both spans of hours, if this one is within either; hours: from full to full hour."""
    first = _after(moment, timezone, own)
    later, at = first, first or moment
    for hours in (
        school,
        own,
        school,
    ):  # the end of one may lie in the other, and the end of that in the first again
        if then := _after(at, timezone, hours):
            later = at = then
    return first if _after(at, timezone, own) or _after(at, timezone, school) else later


def _after(moment: datetime, timezone: str, hours: tuple[int, int]) -> datetime | None:
    """The end of these hours, if the moment is within them."""
    begins, ends = hours
    hour = moment.astimezone(ZoneInfo(timezone)).hour
    quiet = begins <= hour < ends if begins < ends else begins != ends and not ends <= hour < begins
    return next_hour(moment, timezone, ends) if quiet else None
