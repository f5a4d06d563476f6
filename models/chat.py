"""A chat: one person on one messenger, the language they are spoken to in, and where the conversation rests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.database import Db


class Chat(Base):
    """One conversation.

    rest, hears, takes: the links (step and answers) of the screen that stands, of what a typed answer goes to, and
    of what a file goes to.
    screen_id: the letter that shows it. tail_id: the last letter, if nothing came after it, so that it may be
    edited in place. rested_at: when the screen was laid; a double tap is told from an old press by it. heard_at:
    when the person last wrote or pressed something, where that was written down (models/billing.py).
    """

    __tablename__ = "chat"
    __table_args__ = (UniqueConstraint("platform", "address"), Index("ix_chat_person", "person_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(8))
    reachable: Mapped[bool] = mapped_column(default=True)
    rest: Mapped[list[Any] | None]
    hears: Mapped[list[Any] | None]
    takes: Mapped[list[Any] | None]
    screen_id: Mapped[int | None]
    tail_id: Mapped[int | None]
    rested_at: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    invited: Mapped[str | None] = mapped_column(String(64))
    """The hash of the invitation that was shown here and is not taken up yet; on Viber before anything was said."""
    wrong_codes: Mapped[int] = mapped_column(default=0)
    wrong_until: Mapped[datetime | None]


class Seen(Base):
    """An event that has been handled; a redelivery of it stops here."""

    __tablename__ = "seen"
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Parked(Base):
    """An event that could not be handled: what broke and in which turn, never what the person wrote."""

    __tablename__ = "parked"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    turn: Mapped[str] = mapped_column(String(16))
    error: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(index=True)


async def release(db: Db, person: int, keep: int) -> list[int]:
    """Part a person from all their chats but `keep`; returns those, which are strangers' now."""
    rows = await db.all(select(Chat.id).where(Chat.person_id == person, Chat.id != keep))
    chats = [id_ for (id_,) in rows]
    await db.run(update(Chat).where(Chat.id.in_(chats)).values(person_id=None, invited=None))
    return chats
