"""Errands: what a turn must leave to be done outside of it, such as fetching a file; kept until it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.chat import Chat
from models.database import Db


class Errand(Base):
    """A file that somebody sent and a step waits for.

    link: the step that gets what is read from it. file: how the messenger finds it (see bot/core/events.py).
    The row goes in the transaction in which the step runs, so that a kill on the way only repeats the fetching.
    """

    __tablename__ = "errand"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id", ondelete="CASCADE"), index=True)
    link: Mapped[list[Any]]
    file: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(index=True)


class Waiting(NamedTuple):
    """An errand that is not done, and the messenger of its chat."""

    id: int
    chat: int
    platform: str
    link: list[Any]
    file: dict[str, Any]
    attempts: int
    at: datetime


_WAITING = (
    select(Errand.id, Errand.chat_id, Chat.platform, Errand.link, Errand.file, Errand.attempts, Errand.at)
    .join(Chat, Chat.id == Errand.chat_id)
    .order_by(Errand.id)
)
_BEGIN = update(Errand).where(Errand.id == bindparam("errand")).values(attempts=Errand.attempts + 1)


async def send(db: Db, chat: int, link: list[Any], file: dict[str, Any], now: datetime) -> None:
    """Write an errand down; it takes the place of an earlier one of the chat."""
    await db.run(delete(Errand).where(Errand.chat_id == chat))
    await db.run(insert(Errand), {"chat_id": chat, "link": link, "file": file, "at": now})


async def waiting(db: Db) -> Sequence[Waiting]:
    """The errands that are not done, at most one a chat, the oldest first."""
    return [Waiting(*row) for row in await db.all(_WAITING)]


async def begin(db: Db, errand: int) -> bool:
    """Count one more try, before it is made: what kills us must not do so for ever. False if it is gone."""
    return bool(await db.run(_BEGIN, {"errand": errand}))


async def end(db: Db, errand: int) -> bool:
    """Take an errand away, in the transaction of what comes of it; False if it is gone already."""
    return bool(await db.run(delete(Errand).where(Errand.id == errand)))
