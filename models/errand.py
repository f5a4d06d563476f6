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

    link: the step that gets what is read from it. file: how the messenger finds it (see bot/core/events.py); of what
    is to be kept also its `sort`, and in `so_far` what became of those of the chat before it.
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

    @property
    def keeps(self) -> bool:
        """Whether it is to be kept, rather than read."""
        return _keeps(self.file)


def _keeps(file: dict[str, Any]) -> bool:
    return "sort" in file


_WAITING = (
    select(Errand.id, Errand.chat_id, Chat.platform, Errand.link, Errand.file, Errand.attempts, Errand.at)
    .join(Chat, Chat.id == Errand.chat_id)
    .order_by(Errand.id)
)
_BEGIN = update(Errand).where(Errand.id == bindparam("errand")).values(attempts=Errand.attempts + 1)


_OF_CHAT = select(Errand.id, Errand.file).where(Errand.chat_id == bindparam("chat")).order_by(Errand.id)
_PASS_ON = update(Errand).where(Errand.id == bindparam("errand")).values(file=bindparam("new_file"))


async def awaited(db: Db, chat: int) -> list[list[Any]]:
    """The steps that wait for something of a chat to be fetched, the oldest first."""
    links = select(Errand.link).where(Errand.chat_id == chat).order_by(Errand.id)
    return [link for (link,) in await db.all(links)]


async def send(db: Db, chat: int, link: list[Any], file: dict[str, Any], now: datetime) -> bool:
    """Write an errand down; returns whether it is the only one of its kind in the chat.

    What is to be read takes the place of what was to be read before; what is to be kept waits behind the others.
    """
    alike = [id_ for id_, other in await db.all(_OF_CHAT, {"chat": chat}) if _keeps(other) == _keeps(file)]
    if not _keeps(file):
        await db.run(delete(Errand).where(Errand.id.in_(alike)))
    await db.run(insert(Errand), {"chat_id": chat, "link": link, "file": file, "at": now})
    return not alike


async def pass_on(db: Db, chat: int, so_far: dict[str, Any]) -> bool:
    """Tell the next of what is to be kept in a chat what became of those before it; False if none waits."""
    for id_, file in await db.all(_OF_CHAT, {"chat": chat}):
        if _keeps(file):
            await db.run(_PASS_ON, {"errand": id_, "new_file": {**file, "so_far": so_far}})
            return True
    return False


async def waiting(db: Db) -> Sequence[Waiting]:
    """The errands that are not done, the oldest first."""
    return [Waiting(*row) for row in await db.all(_WAITING)]


async def begin(db: Db, errand: int) -> bool:
    """Count one more try, before it is made: what kills us must not do so for ever. False if it is gone."""
    return bool(await db.run(_BEGIN, {"errand": errand}))


async def end(db: Db, errand: int) -> bool:
    """Take an errand away, in the transaction of what comes of it; False if it is gone already."""
    return bool(await db.run(delete(Errand).where(Errand.id == errand)))
