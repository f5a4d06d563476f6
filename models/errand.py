"""Errands: what a turn must leave to be done outside of it, such as fetching a file; kept until it is done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


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
