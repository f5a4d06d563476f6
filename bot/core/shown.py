"""What a message of ours shows: found by the messenger's id of it, or as the newest of a chat."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, or_, select

from bot.core import people
from bot.core.flows import Link
from bot.core.turn import Turn
from models.letter import Card, Letter

_MESSAGE = (
    select(Letter.id, Letter.about, Card.key)
    .outerjoin(Card, Card.letter_id == Letter.id)
    .where(Letter.message == bindparam("of_message"), Letter.chat_id == bindparam("chat"))
    .order_by(Letter.id.desc())
)
_STANDING = (
    select(Letter.id, Letter.message, Letter.sent_at, Card.key)
    .outerjoin(Card, Card.letter_id == Letter.id)
    .where(
        Letter.message.is_not(None),
        or_(
            Letter.id == bindparam("screen"),
            Letter.id.in_(select(Card.letter_id).where(Card.chat_id == bindparam("chat"))),
        ),
    )
)


async def of_message(turn: Turn, message: str) -> Link | None:
    """What a message of this chat shows, a card or the screen that stands; None if it is neither."""
    for letter, about, key in await turn.db.all(_MESSAGE, {"of_message": message, "chat": turn.speaker.chat}):
        if shown := _link(turn, letter, about or key):
            return shown
    return None


async def newest(turn: Turn) -> Link | None:
    """What the newest message of this chat shows that is a card or the screen that stands."""
    speaker = turn.speaker
    found = await turn.db.all(_STANDING, {"screen": speaker.screen, "chat": speaker.chat})
    if not found:
        return None
    if turn.traits[speaker.platform].edits:  # a card is as new as the message that it was changed in
        letter, _message, _at, key = max(found, key=lambda row: int(row[1] or 0))
    else:
        letter, _message, _at, key = max(found, key=lambda row: (row[2] or turn.now, row[0]))
    return _link(turn, letter, key)


def _link(turn: Turn, letter: int, key: str | None) -> Link | None:
    rest = turn.speaker.rest
    if letter == turn.speaker.screen and rest is not None:
        return Link.unpacked(rest)
    packed: list[Any] | None = people.unkeyed(key)
    return Link.unpacked(packed) if packed else None
