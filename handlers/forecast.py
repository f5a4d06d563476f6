"""What would come of an announcement: how many get it, by which messenger and when, and whom it does not reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core import people
from bot.core.hours import after_quiet_hours, goes_at
from bot.core.i18n import _, euros, n_
from bot.core.turn import Turn
from handlers import announcements, announcing, audience, no_photos
from models.announcement import Post
from models.audience import Addressees
from models.billing import billed, is_free, month_of, will_be_paid
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
        *await no_photos.reminder(turn, post),
        n_("It goes to {n} person.", "It goes to {n} people.", len(chats)),
        *(f"· {MESSENGERS[name]}: {number}" for name, number in sorted(by.items())),
        *_missed(who, chats),
        *_later(turn, post, chats),
        *await _costs(turn, post, chats),
    ]
    return lines, len(chats)


async def _costs(turn: Turn, post: Post, chats: Sequence[people.Speaker]) -> list[str]:
    """What it costs outside of sessions, and how many do not get it as the month's cap is reached."""
    paying = [
        one
        for one in chats
        if turn.traits[one.platform].paid and not is_free(one.heard_at, _comes_at(turn, post, one))
    ]
    if not paying:
        return []
    face = announcements.face(turn, await announcements.beforehand(turn, post))
    each = 1 if post.kind is Kind.DIGEST else 1 + len(face.ahead)
    number = each * len(paying)
    line = n_(
        "Viber: {n} paid message",
        "Viber: {n} paid messages",
        number,
    )
    lines = [f"{line} ≈ {euros(number * turn.costs.price)}" if turn.costs.price else line]
    if turn.costs.cap and post.kind is not Kind.URGENT:
        left = max(0, turn.costs.cap - await _spent(turn))
        beyond = len(paying) - left // each
        if beyond > 0:
            lines += await _beyond(turn, paying[-beyond:])
    return lines


async def _beyond(turn: Turn, chats: Sequence[people.Speaker]) -> list[str]:
    """What is told of those who would cost too much: it goes to their other messenger, or not at all."""
    theirs = await people.all_chats_of(turn.db, [one.person for one in chats if one.person is not None])
    elsewhere = {one.person for one in theirs if one.reachable and not turn.traits[one.platform].paid}
    lost = len(chats) - len(elsewhere)
    lines = [
        n_(
            "⚠️ The month's cap is reached: {n} person on Viber would not get it.",
            "⚠️ The month's cap is reached: {n} people on Viber would not get it.",
            lost,
        ),
        n_(
            "The month's cap on Viber is reached: {n} person gets it on Telegram.",
            "The month's cap on Viber is reached: {n} people get it on Telegram.",
            len(elsewhere),
        ),
    ]
    return [line for line, number in zip(lines, (lost, len(elsewhere)), strict=True) if number]


async def _spent(turn: Turn) -> int:
    """How many messages of this month are paid for, or will be: they wait already."""
    platforms = [name for name, traits in turn.traits.items() if traits.paid]
    waiting = await will_be_paid(turn.db, platforms, turn.now)
    return waiting + await billed(turn.db, month_of(turn.now))


def _comes_at(turn: Turn, post: Post, one: people.Speaker) -> datetime:
    """When it comes to somebody, by their hours."""
    at = post.send_at or turn.now
    kind = Kind.DIGEST if announcing.waits_for_digest(post, one) else post.kind
    return goes_at(replace(turn.beside(one), now=at), kind) or at


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
