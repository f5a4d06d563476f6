"""Broadcasts: one card to many chats at once, in one transaction; each letter gets its words when it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, exists, insert, select, update

from bot.core import digest, outbox, people
from bot.core.flows import Link
from bot.core.hours import goes_at
from bot.core.turn import Turn
from models.chat import Chat
from models.letter import Card, Kind, Letter, State

_NO_TAIL = (
    update(Chat)
    .where(Chat.id.in_(select(Card.chat_id).where(Card.key == bindparam("of_key"))))
    .values(tail_id=None)
)
_STOP = (
    update(Letter)
    .where(Letter.about == bindparam("of_key"), Letter.state == State.QUEUED)
    .values(state=State.REPLACED)
)
_UNSENT_CARDS = delete(Card).where(
    Card.key == bindparam("of_key"),
    exists().where(Letter.id == Card.letter_id, Letter.state == State.REPLACED),
)
_STANDING = (
    select(Card.chat_id, Letter.id, Letter.state, Chat.platform, Chat.reachable, Chat.person_id)
    .join(Letter, Letter.id == Card.letter_id)
    .join(Chat, Chat.id == Card.chat_id)
    .where(Card.key == bindparam("of_key"))
    .order_by(Card.chat_id)
)
_MOVED = (
    update(Card)
    .where(Card.chat_id == bindparam("chat"), Card.key == bindparam("of_key"))
    .values(letter_id=bindparam("letter"))
)


class Shown(NamedTuple):
    """A card as it stands in a chat: the letter that shows it now, and what became of that."""

    chat: int
    letter: int
    state: State
    platform: str
    reachable: bool
    person: int | None


async def broadcast(
    turn: Turn,
    chats: Sequence[people.Speaker],
    link: Link,
    kind: Kind,
    *,
    ahead: int = 0,
    held_until: datetime | None = None,
) -> None:
    """Write the letters that bring a card to these chats, in which it does not stand yet.

    ahead: how many messages go before it (see `Screen.ahead`). held_until: before that none goes, so that it can
    still be stopped. What can wait for people's digests is put there instead (digest.py).
    """
    turn.outcome.mail = True
    key = people.keyed(link.packed())
    rows = []
    for one in chats:
        later = max((at for at in (goes_at(turn.beside(one), kind), held_until) if at), default=None)
        rows += [
            outbox.row(one.chat, kind, {}, [], turn.id, turn.now, not_before=later, about=key, ahead=place)
            for place in (*range(ahead), None)
        ]
    if rows:
        letters = await outbox.write(turn.db, rows)
        cards = letters[ahead :: ahead + 1]
        await turn.db.run(
            insert(Card),
            [
                {"chat_id": one.chat, "key": key, "letter_id": letter}
                for one, letter in zip(chats, cards, strict=True)
            ],
        )
        await turn.db.run(_NO_TAIL, {"of_key": key})


async def standing(turn: Turn, link: Link, whose: Sequence[int] | None = None) -> list[Shown]:
    """Every chat in which a card stands or is on its way. whose: of these people only."""
    asked = _STANDING if whose is None else _STANDING.where(Chat.person_id.in_(whose))
    rows = await turn.db.all(asked, {"of_key": people.keyed(link.packed())})
    return [Shown(*row) for row in rows]


async def stop(turn: Turn, link: Link) -> None:
    """Take back every letter of a card that has not gone."""
    key = {"of_key": people.keyed(link.packed())}
    await turn.db.run(_STOP, key)
    await turn.db.run(_UNSENT_CARDS, key)
    await digest.take_out(turn, link)
    turn.outcome.doubt = True


async def show_anew(
    turn: Turn, cards: Sequence[Shown], link: Link, kind: Kind, *, ring: bool = False
) -> None:
    """Show a card anew that has changed, where it has been sent: in its place, where the messenger can change it.

    What waits is left alone: it gets its words when it goes. ring: it must not pass unheard; where messages can be
    taken away, the old one is, and a new one comes.
    """
    key = people.keyed(link.packed())
    again = [one for one in cards if one.state is State.SENT and one.reachable]
    who = {one.chat: one for one in await people.chats_of(turn.db, {one.person or 0 for one in again})}
    aways, rows, chats = [], [], []
    for one in again:
        if one.chat not in who:
            continue
        edits = turn.traits[one.platform].edits
        later = goes_at(turn.beside(who[one.chat]), kind) if ring or not edits else None
        mail = (one.chat, kind)
        if ring and edits:
            away = {"take_away": True, "title": "", "text": "", "rows": []}
            aways.append(outbox.row(*mail, away, [], turn.id, turn.now, over=one.letter, not_before=later))
        over = one.letter if edits and not ring else None
        rows.append(outbox.row(*mail, {}, [], turn.id, turn.now, over=over, not_before=later, about=key))
        chats.append(one.chat)
    if rows:
        if aways:
            await outbox.write(turn.db, aways)
        letters = await outbox.write(turn.db, rows)
        places = zip(chats, letters, strict=True)
        moved = [{"chat": chat, "of_key": key, "letter": letter} for chat, letter in places]
        await turn.db.run(_MOVED, moved)
        turn.outcome.mail = True
        turn.outcome.doubt = True  # what has got its words already and has not gone gets them anew
