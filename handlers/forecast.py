"""What would come of an announcement: how many get it, by which messenger and when, and whom it does not reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.core import people
from bot.core.hours import after_quiet_hours
from bot.core.i18n import _, n_
from bot.core.turn import Turn
from handlers import announcements, announcing, audience
from models.announcement import Post
from models.audience import Addressees
from models.letter import Kind

MESSENGERS = {"telegram": "Telegram", "viber": "Viber"}
HOURS = 3
"""Hours that are told at which quiet hours end; whoever has others still is told as a number."""


async def told(turn: Turn, post: Post) -> tuple[list[str], int]:
    """What a teacher is told before it goes; and how many people it would go to."""
    await audience.look_over(turn, post)
    who = await announcing.whom(turn, post)
    chats = await people.chats_of(turn.db, who.people.keys() - who.spared)
    by = Counter(one.platform for one in chats)
    lines = [
        n_("It goes to {n} person.", "It goes to {n} people.", len(chats)),
        *(f"· {MESSENGERS[name]}: {number}" for name, number in sorted(by.items())),
        *_missed(who, chats),
        *_later(turn, post, chats),
    ]
    return lines, len(chats)


def _missed(who: Addressees, chats: Sequence[people.Speaker]) -> list[str]:
    """How many families nobody of whom can be reached, by why."""
    reached = {child for one in chats for child in who.people[one.person or 0]}
    joined = {child for theirs in who.people.values() for child in theirs}
    never = len(who.children - joined)
    blocked = len(who.children - reached) - never
    lines = []
    if never:
        lines.append(n_("Not in yet: {n} family.", "Not in yet: {n} families.", never))
    if blocked:
        lines.append(n_("The bot is blocked: {n} family.", "The bot is blocked: {n} families.", blocked))
    return lines


def _later(turn: Turn, post: Post, chats: Sequence[people.Speaker]) -> list[str]:
    """Who gets it later than it goes: after quiet hours, or with the digest."""
    at = post.send_at or turn.now
    waiting = [one for one in chats if announcing.waits_for_digest(post, one)]
    lines = []
    if post.kind is Kind.TODAY:
        ends = Counter(
            after_quiet_hours(turn.beside(one), at)
            for one in chats
            if not announcing.waits_for_digest(post, one)
        )
        lines += _after_quiet(turn, {end: number for end, number in ends.items() if end is not None})
    if waiting:
        lines.append(
            n_("With the day's digest: {n} person.", "With the day's digest: {n} people.", len(waiting))
        )
    return lines


def _after_quiet(turn: Turn, ends: dict[datetime, int]) -> list[str]:
    soonest = sorted(ends)
    lines = [
        _("Later, because of quiet hours: {n} ({when})").format(
            n=ends[end], when=announcements.moment(turn, end)
        )
        for end in soonest[:HOURS]
    ]
    if rest := sum(ends[end] for end in soonest[HOURS:]):
        lines.append(n_("Later still: {n} person.", "Later still: {n} people.", rest))
    return lines
