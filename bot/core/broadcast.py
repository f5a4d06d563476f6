"""Broadcasts: one card to many chats at once, in one transaction; each letter gets its words when it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import aliased

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
_SHOWING, _THEIRS = aliased(Letter), aliased(Chat)
_STOP_AWAY = (
    update(Letter)
    .where(
        Letter.state == State.QUEUED,
        Letter.kind != int(Kind.REPLY),
        Letter.over_id.in_(select(_SHOWING.id).where(_SHOWING.about == bindparam("of_key"))),
    )
    .values(state=State.REPLACED)
)
"""Of what is taken away only as a newer one comes (anew.py)."""
_STANDING = (
    select(Letter.chat_id, func.max(Letter.id), Letter.state, Chat.platform, Chat.reachable, Chat.person_id)
    .add_columns(func.max(Letter.created_at), Letter.unsure)
    .join(Chat, Chat.id == Letter.chat_id)
    .where(
        Letter.about == bindparam("of_key"),
        Letter.ahead.is_(None),
        Letter.state.not_in([State.REPLACED, State.DROPPED]),
    )
    .group_by(Letter.chat_id, Letter.state, Letter.unsure, Chat.platform, Chat.reachable, Chat.person_id)
    .order_by(Letter.chat_id)
)


_WITH = (
    select(Card.chat_id, Letter.id, Letter.state, Chat.platform, Chat.reachable, Chat.person_id)
    .add_columns(Letter.created_at, Letter.unsure)
    .join(Letter, Letter.id == Card.letter_id)
    .join(Chat, Chat.id == Card.chat_id)
    .where(
        Card.key == bindparam("of_key"),
        Card.chat_id.in_(
            select(_THEIRS.id).where(_THEIRS.person_id.in_(bindparam("people", expanding=True)))
        ),
    )
    .order_by(Card.chat_id)
)
_COUNTS = {State.SENT: 2, State.QUEUED: 1}
"""Which of a chat's letters tells how a card stands there."""


class Shown(NamedTuple):
    """A broadcast card as it stands in a chat.

    state: SENT where it has come, by whichever letter; else QUEUED where one waits; else what became of the last.
    letter: the last letter that is there or may be; else the last in that state. going: whether it may be on its way
    just now, with what the card showed when it set out. waits: whether one waits that will show the card as it is
    then, be it the first or a newer one. written: when the last of all was.
    """

    chat: int
    letter: int
    state: State
    platform: str
    reachable: bool
    person: int | None
    written: datetime
    waits: bool
    going: bool = False


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


async def standing(turn: Turn, link: Link) -> list[Shown]:
    """Every chat in which a broadcast card stands, is on its way or could not come."""
    found: dict[int, Shown] = {}
    rows = await turn.db.all(_STANDING, {"of_key": people.keyed(link.packed())})
    for row in rows:
        one = _shown(*row)
        other = found.get(one.chat, one)
        there = max(one, other, key=_there)
        found[one.chat] = there._replace(
            state=max(one, other, key=_rank).state,
            waits=one.waits or other.waits,
            written=max(one.written, other.written),
        )
    return list(found.values())


def _shown(
    chat: int,
    letter: int,
    state: State,
    platform: str,
    reachable: bool,
    person: int | None,
    written: datetime,
    unsure: bool,
) -> Shown:
    queued = state is State.QUEUED
    return Shown(
        chat, letter, state, platform, reachable, person, written, queued and not unsure, queued and unsure
    )


def _there(one: Shown) -> tuple[bool, tuple[int, int]]:
    """What is in the chat or may be comes before what is not, and of that the newest."""
    there = one.state is State.SENT or one.going
    return there, (one.letter, 0) if there else _rank(one)


def _rank(one: Shown) -> tuple[int, int]:
    return _COUNTS.get(one.state, 0), one.letter


async def standing_with(turn: Turn, link: Link, whose: Iterable[int]) -> list[Shown]:
    """Where these few people have a card, by its newest letter alone."""
    rows = await turn.db.all(_WITH, {"of_key": people.keyed(link.packed()), "people": list(whose)})
    return [_shown(*row) for row in rows]


async def stop(turn: Turn, link: Link) -> None:
    """Take back every letter of a card that has not gone, and take it out of the digests that have not gone."""
    key = {"of_key": people.keyed(link.packed())}
    await turn.db.run(_STOP, key)
    await turn.db.run(_STOP_AWAY, key)
    await turn.db.run(_UNSENT_CARDS, key)
    await digest.take_out(turn, link)
    turn.outcome.doubt = True
