"""Posting: a standing card that others are shown, changed in place as news come instead of multiplying."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.core import digest, outbox, people
from bot.core.flows import Link
from bot.core.hours import after_quiet_hours, goes_at
from bot.core.laying import keep, move_card, way_out
from bot.core.screens import Screen, lay_out
from bot.core.turn import Turn
from models.chat import Chat
from models.errors import NotYours
from models.letter import Card, Kind, Letter, State
from models.school import school_of
from models.wishes import News, Wish, wished

GATHERED = timedelta(minutes=5)
"""Where a message cannot be changed, news of a card wait this long after the last, to come as one."""

_CARDS = (
    select(Card.chat_id, Letter.id, Letter.state, Letter.sent_at, Letter.not_before)
    .join(Letter, Letter.id == Card.letter_id)
    .where(Card.key == bindparam("key"), Card.chat_id.in_(bindparam("chats", expanding=True)))
)
_TAIL = update(Chat).where(Chat.id == bindparam("chat")).values(tail_id=bindparam("tail"))
_SCREEN = (
    update(Chat)
    .where(Chat.id == bindparam("chat"))
    .values(screen_id=bindparam("screen"), tail_id=bindparam("tail"))
)
_WORDS = select(Letter.words, Letter.state).where(Letter.id == bindparam("letter"))


@dataclass(frozen=True, slots=True)
class Standing:
    """A card as it stands in a chat: the letter that shows it, and what became of that."""

    letter: int
    state: State
    sent_at: datetime | None
    not_before: datetime | None


async def post(
    turn: Turn,
    to: Iterable[int],
    link: Link,
    kind: Kind = Kind.TODAY,
    *,
    news: News | None = None,
    quiet: bool = False,
    ring: bool = False,
    only_new: bool = False,
) -> int:
    """Show the `ask` of a link to other people as a standing card, each in their own language and with their rights.

    A card that is there already is changed where the messenger can, without a sound; where it cannot, news are
    gathered for GATHERED. news: the sort of it, for which each may have a wish: a card that is wished for in the
    digest comes with it, and one that is not wished for does not come.
    quiet: if the news show on the screen where the person rests, that screen is changed and nothing is sent.
    ring: news that must not pass unheard; the old card is taken away and a new one comes.
    only_new: whoever has the card already is left alone.
    Returns how many chats are reached.
    """
    packed = link.packed()
    key = people.keyed(packed)
    chats = [
        turn.speaker if one.chat == turn.speaker.chat else one for one in await people.chats_of(turn.db, to)
    ]
    if not chats:
        return 0
    found = await turn.db.all(_CARDS, {"key": key, "chats": [one.chat for one in chats]})
    cards = {chat: Standing(letter, state, sent, later) for chat, letter, state, sent, later in found}
    for one in chats:
        if only_new and one.chat in cards:
            continue
        there, card = turn.beside(one), cards.get(one.chat)
        how = wished(one.wishes, news) if news and kind is Kind.TODAY else Wish.AT_ONCE
        try:
            if quiet and await _shown_on_screen(there, packed, kind):
                continue
            if how is Wish.NEVER and not _changes_silently(there, card):
                continue
            where, screen, note = await there.follow(link)
        except NotYours:  # any more; whoever posts must not be stopped by it
            continue
        if where.packed() == packed:  # else it would lead this person elsewhere: it is not theirs to see
            if how is Wish.DIGEST and not _changes_silently(there, card):
                await digest.put(turn, [one], link)
            else:
                await lay_card(there, where, screen, note, kind, card, ring=ring and how is Wish.AT_ONCE)
    turn.outcome.mail = True
    return len(chats)


def _changes_silently(there: Turn, card: Standing | None) -> bool:
    return card is not None and (card.state is State.QUEUED or there.traits[there.speaker.platform].edits)


async def touch(turn: Turn, to: Iterable[int], link: Link, kind: Kind = Kind.TODAY) -> None:
    """Change the screen of whoever of these people rests on this very link, where the messenger can.

    Nobody is sent anything.
    """
    packed = link.packed()
    for one in await people.all_chats_of(turn.db, to):
        if one.rest == packed and one.reachable and one.chat != turn.speaker.chat:
            try:
                await _shown_on_screen(turn.beside(one), packed, kind)
            except NotYours:  # any more
                continue
            turn.outcome.mail = True


async def lead(turn: Turn, chat: int, link: Link, school: int) -> None:
    """Bring another chat to where a link leads, so that it rests there and can answer: a stranger's, who waits.

    What they were at is left for it; somebody who has joined is posted to instead. In quiet hours it waits.
    school: whose clock these go by.
    """
    found = await people.chat(turn.db, chat)
    if found is None or not found.reachable:
        return
    found.timezone = (await school_of(turn.db, school)).timezone
    there = turn.beside(found)
    where, screen, note = await there.follow(link)
    words, links = lay_out(screen, note, way_out(there, where))
    later = after_quiet_hours(there)
    row = outbox.row(found.chat, Kind.TODAY, words, links, turn.id, turn.now, not_before=later)
    letter = (await outbox.write(turn.db, [row]))[0]
    found.rest, found.screen, found.tail, found.rested_at = where.packed(), letter, letter, turn.now
    found.hears = screen.hears.packed() if screen.hears else None
    found.takes = None
    await keep(there)
    turn.outcome.mail = True


async def _shown_on_screen(there: Turn, packed: list[Any], kind: Kind) -> bool:
    """Change the screen on which the person rests, if it is home or the card itself, and the news change it."""
    speaker = there.speaker
    if not there.traits[speaker.platform].edits or speaker.screen is None or speaker.rest is None:
        return False
    if speaker.rest not in (there.home.packed(), packed):
        return False
    where, screen, note = await there.follow(Link.unpacked(speaker.rest))
    words, links = lay_out(screen, note, way_out(there, where))
    shown = await there.db.first(_WORDS, {"letter": speaker.screen})
    if shown is None or shown[0] == words:
        return False
    row = outbox.row(speaker.chat, kind, words, links, there.id, there.now, over=speaker.screen)
    letter = (await outbox.write(there.db, [row]))[0]
    await outbox.replace(there.db, speaker.screen)
    if speaker.tail == speaker.screen:
        speaker.tail = letter
    speaker.screen = letter
    if where.packed() == speaker.rest:
        await there.db.run(_SCREEN, {"chat": speaker.chat, "screen": letter, "tail": speaker.tail})
    else:  # where they rested leads elsewhere now
        speaker.rest, speaker.takes = where.packed(), screen.takes.packed() if screen.takes else None
        speaker.hears = screen.hears.packed() if screen.hears else None
        await keep(there)
    return True


async def lay_card(
    there: Turn,
    where: Link,
    screen: Screen,
    note: str,
    kind: Kind,
    card: Standing | None,
    *,
    ring: bool = False,
) -> int:
    """Lay a card into a chat, in the place of the one that stands there; returns the letter that shows it now."""
    speaker = there.speaker
    edits = there.traits[speaker.platform].edits
    waits = card is not None and card.state is State.QUEUED and await outbox.replace(there.db, card.letter)
    over, not_before = None, goes_at(there, kind)
    if card is not None and waits:
        over, not_before = card.letter, card.not_before
    elif card is not None and ring and edits:
        away = {"take_away": True}
        row = outbox.row(
            speaker.chat, kind, away, [], there.id, there.now, over=card.letter, not_before=not_before
        )
        await outbox.write(there.db, [row])
    elif card is not None and edits:
        over, not_before = card.letter, None
    elif card is not None and card.sent_at is not None:
        not_before = max(not_before or there.now, card.sent_at + GATHERED)
    words, links = lay_out(screen, note, way_out(there, where, standing=True))
    row = outbox.row(speaker.chat, kind, words, links, there.id, there.now, over=over, not_before=not_before)
    letter = (await outbox.write(there.db, [row]))[0]
    if card is None:
        key = people.keyed(where.packed())
        await there.db.run(insert(Card), {"chat_id": speaker.chat, "key": key, "letter_id": letter})
    else:
        await move_card(there, where, letter)
    if over is None or (card is not None and speaker.tail == card.letter):
        speaker.tail = letter
        await there.db.run(_TAIL, {"chat": speaker.chat, "tail": letter})
    return letter


async def comes_at(turn: Turn, to: Iterable[int], news: News | None = None) -> dict[int, datetime | None]:
    """When a new card with this sort of news goes to each of these people who can be reached; None: at once."""
    hours: dict[int, datetime | None] = {}
    for one in await people.chats_of(turn.db, to):
        kind = Kind.DIGEST if news and wished(one.wishes, news) is Wish.DIGEST else Kind.TODAY
        hours[one.person or 0] = goes_at(turn.beside(one), kind)
    return hours


async def set_hours_anew(turn: Turn) -> None:
    """After whoever speaks has changed their hours: what waits for the former ones waits for the new ones."""
    for one in await people.chats_of(turn.db, [turn.person or 0]):
        there = turn.beside(one)
        for kind in (Kind.TODAY, Kind.DIGEST):
            waits = (Letter.chat_id == one.chat, Letter.kind == int(kind), Letter.state == State.QUEUED)
            later = goes_at(there, kind)
            await turn.db.run(
                update(Letter).where(*waits, Letter.not_before > turn.now).values(not_before=later)
            )
    turn.outcome.mail = True
