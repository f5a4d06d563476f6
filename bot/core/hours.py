"""Hours: when a letter may go to somebody, by the quiet hours and the digest's hour of their own."""

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
    """When a letter that is neither a reply nor urgent may go, by the person's hours; None if it is no quiet hour.

    moment: now, unless told. The hours are those of the school's clock.
    """
    moment, speaker = moment or there.now, there.speaker
    hour = moment.astimezone(ZoneInfo(speaker.timezone)).hour
    begins, ends = speaker.quiet_from, speaker.quiet_to
    quiet = begins <= hour < ends if begins < ends else begins != ends and not ends <= hour < begins
    return next_hour(moment, speaker.timezone, ends) if quiet else None
