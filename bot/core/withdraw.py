"""Withdrawing: after a right, a role or a link was taken, nothing waits for those for whom it is no longer."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select, update

from bot.core import outbox, people
from bot.core.errors import Sorry
from bot.core.flows import Link, StaleLink
from bot.core.i18n import N_
from bot.core.laying import way_out
from bot.core.posting import Standing, lay_card
from bot.core.screens import Screen, lay_out
from bot.core.turn import Turn
from models.chat import Chat
from models.errors import NotYours
from models.letter import Card, Kind, Letter, State

_CARDS = (
    select(Card.key, Letter.id, Letter.state, Letter.sent_at, Letter.not_before, Letter.kind, Letter.words)
    .add_columns(Letter.about)
    .join(Letter, Letter.id == Card.letter_id)
    .where(Card.chat_id == bindparam("chat"))
    .order_by(Letter.id)
)
_NO_CARD = delete(Card).where(Card.chat_id == bindparam("of_chat"), Card.key == bindparam("of_key"))
_SHOWS = select(Letter.words, Letter.state, Letter.kind).where(Letter.id == bindparam("letter"))
_REST = (
    update(Chat)
    .where(Chat.id == bindparam("chat"))
    .values(
        rest=bindparam("new_rest"),
        hears=bindparam("new_hears"),
        takes=bindparam("new_takes"),
        screen_id=bindparam("screen"),
        tail_id=bindparam("tail"),
    )
)
_QUEUED = select(Letter.id, Letter.words).where(
    Letter.chat_id == bindparam("chat"), Letter.state == State.QUEUED, Letter.about.is_(None)
)
_TAKEN = N_("This is not available any more.")


async def withdraw(turn: Turn, whom: Iterable[int], note: str = "") -> None:
    """Look through every chat of these people once more, as they are now.

    A card that is no longer theirs is taken back: unsent, it is not sent; shown, it is taken away where the
    messenger can. A screen that is no longer theirs becomes home, in its place, or silently where nothing can be
    changed. What else waits to be sent is dropped. Whatever is theirs still and shows something else now is
    changed likewise. note: marked with N_, said above the home that takes a screen's place.
    """
    await withdraw_from(turn, await people.all_chats_of(turn.db, whom), note)


async def withdraw_from(turn: Turn, chats: Iterable[people.Speaker], note: str = "") -> None:
    """The same for these chats, such as those that have just been taken from a person."""
    for one in chats:
        own = one.chat == turn.speaker.chat
        there = turn.beside(turn.speaker if own else one)
        good = await _cards(there)
        if not own:  # whoever speaks is about to be shown where the step leads
            good |= await _screen(there, note)
        await _drop(there, good)
    turn.outcome.mail = turn.outcome.doubt = True


async def _cards(there: Turn) -> set[int]:
    """Go through the standing cards of a chat; returns the letters that may go on showing them."""
    good: set[int] = set()
    for key, letter, state, sent_at, not_before, kind, words, about in await there.db.all(
        _CARDS, {"chat": there.speaker.chat}
    ):
        link = Link.unpacked(people.unkeyed(key) or [])
        standing = Standing(letter, state, sent_at, not_before)
        screen = await _theirs(there, link)
        if screen is None:
            await _take_back(there, key, standing)
        elif about is None and _changed(there, link, screen, words, standing):
            good.add(await lay_card(there, link, screen, "", Kind(kind), standing))
        else:
            good.add(letter)
    return good


def _changed(there: Turn, link: Link, screen: Screen, words: object, card: Standing) -> bool:
    """Whether a card shows something else now, and can still be changed."""
    if card.state is not State.QUEUED and not there.traits[there.speaker.platform].edits:
        return False
    return lay_out(screen, "", way_out(there, link, standing=True))[0] != words


async def _take_back(there: Turn, key: str, card: Standing) -> None:
    speaker = there.speaker
    await outbox.replace(there.db, card.letter)
    await there.db.run(_NO_CARD, {"of_chat": speaker.chat, "of_key": key})
    if there.traits[
        speaker.platform
    ].edits:  # even if it was unsent: it may be on its way, or over an older one
        away = {"take_away": True, "title": "", "text": there.say(_TAKEN), "rows": []}
        row = outbox.row(speaker.chat, Kind.URGENT, away, [], there.id, there.now, over=card.letter)
        await outbox.write(there.db, [row])


async def _screen(there: Turn, note: str) -> set[int]:
    """Go through the screen on which a chat rests; returns the letter that may go on showing it."""
    speaker = there.speaker
    if speaker.rest is None:
        return set()
    rest = Link.unpacked(speaker.rest)
    screen, said = await _theirs(there, rest), ""
    gone = screen is None
    if screen is None:
        rest, said = there.home, there.say(note) if note else ""
        screen = (await there.follow(rest))[1]
    words, links = lay_out(screen, said, way_out(there, rest))
    shown = await there.db.first(_SHOWS, {"letter": speaker.screen})
    if not gone and (shown is None or shown[0] == words):
        return {speaker.screen} if speaker.screen else set()
    waits = shown is not None and shown[1] is State.QUEUED
    if shown is not None and (waits or there.traits[speaker.platform].edits):
        assert speaker.screen is not None  # noqa: S101 (told to the type checker; it was found by it)
        await outbox.replace(there.db, speaker.screen)
        kind = Kind(shown[2]) if waits else Kind.TODAY
        row = outbox.row(speaker.chat, kind, words, links, there.id, there.now, over=speaker.screen)
        letter = (await outbox.write(there.db, [row]))[0]
        speaker.tail = letter if speaker.tail == speaker.screen else speaker.tail
        speaker.screen = letter
    elif gone:
        speaker.screen = None  # what stands on the phone still is an older message now
    else:
        return {speaker.screen} if speaker.screen else set()
    await there.db.run(
        _REST,
        {
            "chat": speaker.chat,
            "new_rest": rest.packed(),
            "new_hears": screen.hears.packed() if screen.hears else None,
            "new_takes": screen.takes.packed() if screen.takes else None,
            "screen": speaker.screen,
            "tail": speaker.tail,
        },
    )
    return {speaker.screen} if speaker.screen else set()


async def _drop(there: Turn, good: set[int]) -> None:
    """Take back whatever else waits for this chat.

    What shows nothing (a menu, taking away) may go; a file and a card without words are asked for once more when they
    go.
    """
    for letter, words in await there.db.all(_QUEUED, {"chat": there.speaker.chat}):
        if letter not in good and not words.keys() & {"menu", "take_away", "files", "file"}:
            await outbox.replace(there.db, letter)


async def _theirs(there: Turn, link: Link) -> Screen | None:
    """What the link shows in this chat now; None if it refuses, or leads elsewhere."""
    try:
        where, screen, _note = await there.follow(link)
    except (NotYours, StaleLink, Sorry):
        return None
    return screen if where.packed() == link.packed() else None
