"""The outbox: letters to chats, written in the transaction that causes them and delivered after it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice


class Kind(enum.IntEnum):
    """How a letter is to be taken; a smaller number goes first."""

    REPLY = 0
    URGENT = 1
    TODAY = 2
    DIGEST = 3
    """Wished for in the day's digest: waits for its hour."""


class State(enum.StrEnum):
    """Where a letter is on its way."""

    QUEUED = "queued"
    SENT = "sent"
    REPLACED = "replaced"
    """A newer letter took its place before it went."""
    GONE = "gone"
    """The person cannot be reached: blocked the bot, unsubscribed, was never there."""
    DROPPED = "dropped"
    """What it tells is not this person's any more: a right ended while it waited."""
    REFUSED = "refused"
    """The messenger will not take it: our mistake, and logged as one."""


class Letter(Base):
    """One letter, never rewritten: what changes is written anew, and says which letter it is laid over.

    words: what is shown (see bot/core/screens.py). links: where each button leads, by its place.
    about: the card (see `Card.key`) that is shown anew when the letter goes, by the rights and in the words of that
    moment; until then the letter has neither words nor links of its own. ahead: the place among the messages that go
    ahead of the card (see `Screen.ahead`); None for the card itself.
    same_as: the letter whose buttons these are, where the messenger took one message for many people.
    over_id: the letter whose message this one changes, where the messenger can. message: the messenger's own id.
    unsure: an earlier try may have arrived. outdated: its card has changed since it got its words. billing: Viber's
    billing_status.
    """

    __tablename__ = "letter"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (SQLAlchemy's own form); an id is never used again: buttons are addressed by it
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id", ondelete="CASCADE"))
    kind: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[State] = mapped_column(choice(State))
    words: Mapped[dict[str, Any]]
    links: Mapped[list[Any]]
    about: Mapped[str | None] = mapped_column(String(200))
    ahead: Mapped[int | None] = mapped_column(SmallInteger)
    same_as: Mapped[int | None]
    over_id: Mapped[int | None]
    message: Mapped[str | None] = mapped_column(String(64))
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[bool] = mapped_column(default=False)
    outdated: Mapped[bool] = mapped_column(default=False, server_default=false())
    turn: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    trouble: Mapped[str | None] = mapped_column(String(120))
    billing: Mapped[int | None] = mapped_column(SmallInteger)


_QUEUED = Letter.state == State.QUEUED
Index("ix_letter_queued", Letter.kind, Letter.id, sqlite_where=_QUEUED, postgresql_where=_QUEUED)
Index("ix_letter_message", Letter.message)
_ABOUT, _SAME = Letter.about.is_not(None), Letter.same_as.is_not(None)
Index("ix_letter_about", Letter.about, sqlite_where=_ABOUT, postgresql_where=_ABOUT)
Index("ix_letter_same_as", Letter.same_as, sqlite_where=_SAME, postgresql_where=_SAME)
Index("ix_letter_created_at", Letter.created_at)
_BILLED = Letter.billing == 5
Index("ix_letter_billed", Letter.sent_at, sqlite_where=_BILLED, postgresql_where=_BILLED)


class Card(Base):
    """A standing letter of a chat, found by what it shows, so that news change it instead of adding to it."""

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_letter", "letter_id"), Index("ix_card_key", "key"))
    chat_id: Mapped[int] = mapped_column(ForeignKey("chat.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"))
