"""The day's digest: what is not for now waits for a person's hour, and comes as one message."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class DigestItem(Base):
    """One thing in a person's digest of a day. key: the card that it would have been by itself (see `Card`)."""

    __tablename__ = "digest_item"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
