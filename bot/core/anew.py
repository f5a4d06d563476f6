"""Broadcasts anew: what went out to many is changed where it stands, comes once more, or is taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.core import outbox, people
from bot.core.broadcast import Shown
from bot.core.flows import Link
from bot.core.hours import goes_at
from bot.core.people import Speaker
from bot.core.turn import Turn
from models.chat import Chat
from models.letter import Card, Kind, Letter, State

_NO_CARDS = delete(Card).where(
    Card.key == bindparam("of_key"), Card.chat_id.in_(bindparam("chats", expanding=True))
)
_NO_TAILS = update(Chat).where(Chat.id.in_(bindparam("chats", expanding=True))).values(tail_id=None)
_AHEAD = (
    select(Letter.id, Letter.chat_id, Letter.ahead, Letter.kind)
    .where(Letter.about == bindparam("of_key"), Letter.ahead.is_not(None), Letter.state == State.SENT)
    .order_by(Letter.id)
)


async def show_anew(
    turn: Turn,
    cards: Sequence[Shown],
    link: Link,
    kind: Kind,
    *,
    ring: bool = False,
    texts: Collection[int] = (),
) -> None:
    """Show a card anew that has changed, where it has been sent: in its place, where the messenger can change it.

    What waits is left alone: it gets its words when it goes. ring: it must not pass unheard; where messages can be
    taken away, the old one is, and a new one comes. texts: the places of what goes ahead of it that has changed as
    well (see `Screen.ahead`); where it cannot be changed it comes once more.
    """
    there = await speakers(turn, cards)
    again = [one for one in cards if one.chat in there and not (ring and one.waits)]
    before = {(chat, place): letter for letter, chat, place, _kind in await _ahead_of(turn, link, texts)}
    rows: list[dict[str, Any]] = []
    for one in again:
        mail, changes = (turn, one.chat, kind, link), turn.traits[one.platform].edits
        if changes and not ring:
            texts_there = [place for place in sorted(texts) if (one.chat, place) in before]
            rows += [_row(*mail, ahead=place, over=before[one.chat, place]) for place in texts_there]
            rows.append(_row(*mail, over=one.letter))
            continue
        later = goes_at(turn.beside(there[one.chat]), kind)
        if changes:
            rows.append(_away(turn, one.chat, kind, one.letter, not_before=later))
        rows += [_row(*mail, ahead=place, not_before=later) for place in sorted(texts)]
        rows.append(_row(*mail, not_before=later))
    letters = await _write(turn, rows)
    # Where a newer one waits, which will take this one away, that is the card.
    stays = {one.chat for one in again if one.waits}
    await _stand(turn, link, {chat: letter for chat, letter in letters.items() if chat not in stays})
    if ring:
        await turn.db.run(_NO_TAILS, {"chats": list(letters)})
    turn.outcome.doubt = True  # what has got its words already and has not gone gets them anew


async def bring(turn: Turn, chats: Sequence[Speaker], link: Link, kind: Kind, ahead: int = 0) -> None:
    """Write the letters that bring a card to chats in which it does not stand, whatever became of earlier ones.

    ahead: how many messages go before it (see `Screen.ahead`).
    """
    rows = [
        _row(turn, one.chat, kind, link, ahead=place, not_before=goes_at(turn.beside(one), kind))
        for one in chats
        for place in (*range(ahead), None)
    ]
    letters = await _write(turn, rows)
    await _stand(turn, link, letters)
    await turn.db.run(_NO_TAILS, {"chats": list(letters)})


async def take_ahead_away(
    turn: Turn,
    cards: Sequence[Shown],
    link: Link,
    places: Collection[int],
    says: Mapping[int, str],
) -> None:
    """Take away what went ahead of a card, in these places of it, where the messenger can.

    says: for each place of a text among it, the sentence, marked with N_, that it becomes once it is too old to be
    taken away; files stay then.
    """
    there = await speakers(turn, cards)
    rows = []
    for letter, chat, place, kind in await _ahead_of(turn, link, places):
        if chat in there and turn.traits[there[chat].platform].edits:
            said = turn.beside(there[chat]).say(says[place]) if place in says else ""
            rows.append(_away(turn, chat, Kind(kind), letter, says=said))
    await _write(turn, rows)


async def has_ahead(turn: Turn, link: Link) -> bool:
    """Whether anything has gone ahead of a card."""
    return bool(await _ahead_of(turn, link))


async def speakers(turn: Turn, cards: Sequence[Shown]) -> dict[int, Speaker]:
    """Who is in the chats in which a card has come and can be shown anew, by the chat."""
    sent = {one.chat: one.person for one in cards if one.state is State.SENT and one.reachable}
    whose = {person for person in sent.values() if person is not None}
    return {one.chat: one for one in await people.all_chats_of(turn.db, whose) if one.chat in sent}


async def _ahead_of(
    turn: Turn, link: Link, places: Collection[int] | None = None
) -> list[tuple[int, int, int, int]]:
    """Letter, chat, place and kind of all that has gone ahead of a card; the newest, where it was changed."""
    if places is not None and not places:
        return []
    rows = await turn.db.all(_AHEAD, {"of_key": people.keyed(link.packed())})
    found = {(chat, place): (letter, chat, place or 0, kind) for letter, chat, place, kind in rows}
    return [one for one in found.values() if places is None or one[2] in places]


def _row(
    turn: Turn,
    chat: int,
    kind: Kind,
    link: Link,
    *,
    ahead: int | None = None,
    over: int | None = None,
    not_before: datetime | None = None,
) -> dict[str, Any]:
    return outbox.row(
        chat,
        kind,
        {},
        [],
        turn.id,
        turn.now,
        over=over,
        not_before=not_before,
        about=people.keyed(link.packed()),
        ahead=ahead,
    )


def _away(
    turn: Turn, chat: int, kind: Kind, over: int, *, says: str = "", not_before: datetime | None = None
) -> dict[str, Any]:
    words = {"take_away": True, "title": "", "text": says, "rows": []}
    return outbox.row(chat, kind, words, [], turn.id, turn.now, over=over, not_before=not_before)


async def _write(turn: Turn, rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Put letters into the outbox; returns for each chat the one that shows the card."""
    if not rows:
        return {}
    turn.outcome.mail = True
    letters = await outbox.write(turn.db, rows)
    return {
        row["chat_id"]: letter
        for row, letter in zip(rows, letters, strict=True)
        if row["about"] is not None and row["ahead"] is None
    }


async def _stand(turn: Turn, link: Link, letters: Mapping[int, int]) -> None:
    """From now on these letters show the card in these chats."""
    key = people.keyed(link.packed())
    if letters:
        await turn.db.run(_NO_CARDS, {"of_key": key, "chats": list(letters)})
        cards = [{"chat_id": chat, "key": key, "letter_id": letter} for chat, letter in letters.items()]
        await turn.db.run(insert(Card), cards)
