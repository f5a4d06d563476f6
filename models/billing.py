"""What messages cost: the sessions in which they are free, the price outside of them, and how many were paid for.

A messenger that wants money takes it for what the bot begins; for a day after a person has written or pressed
something, all is free (a session).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from models.chat import Chat
from models.database import Db
from models.letter import Kind, Letter, State
from models.people import Person

SESSION = timedelta(hours=24)
"""How long messages are free after the person last wrote or pressed something."""
BILLED = 5
"""`Letter.billing` of a message that was paid for."""

CAPPED = "cap"
"""`Letter.trouble` of a message that was not sent as the month's cap was reached."""


class Costs(NamedTuple):
    """price: euros for a message outside of sessions. cap: such messages a month, of the whole bot; 0 is no limit."""

    price: float = 0.0
    cap: int = 0


def is_free(heard_at: datetime | None, at: datetime) -> bool:
    """Whether a message at this moment falls into the session of somebody who was last heard of then."""
    return heard_at is not None and at - heard_at < SESSION


def month_of(now: datetime) -> datetime:
    """When the month began that is counted: in UTC, as the bill knows no school's clock."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def billed(db: Db, since: datetime, school: int | None = None, but: Collection[int] = ()) -> int:
    """How many messages were paid for since then, of one school's people or of all; without these letters."""
    paid = (Letter.billing == BILLED, Letter.sent_at >= since, Letter.id.not_in(but))
    return await _number(db, _of_school(select(func.count()).select_from(Letter).where(*paid), school))


async def still_queued(db: Db, letters: Sequence[int]) -> set[int]:
    """Which of these letters are not settled yet."""
    rows = await db.all(select(Letter.id).where(Letter.id.in_(letters), Letter.state == State.QUEUED))
    return {id_ for (id_,) in rows}


async def will_be_paid(db: Db, platforms: Collection[str], now: datetime) -> int:
    """How many letters wait, on messengers that want money, and will be outside of a session when they go."""
    waits = (Letter.state == State.QUEUED, Letter.kind > int(Kind.REPLY), Chat.platform.in_(platforms))
    asked = select(Letter.not_before, Chat.heard_at).join(Chat, Chat.id == Letter.chat_id).where(*waits)
    return sum(not is_free(heard_at, max(later or now, now)) for later, heard_at in await db.all(asked))


def _of_school(asked: Select[int], school: int | None) -> Select[int]:
    if school is None:
        return asked
    mine: ColumnElement[bool] = Letter.chat_id.in_(
        select(Chat.id).join(Person, Person.id == Chat.person_id).where(Person.school_id == school)
    )
    return asked.where(mine)


async def _number(db: Db, asked: Select[int]) -> int:
    row = await db.first(asked)
    return row[0] if row else 0
