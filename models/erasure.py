"""Erasing people and children for good, and the list of who was erased, which is replayed after a restore."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice


class Kin(enum.StrEnum):
    """What was erased."""

    PERSON = "person"
    CHILD = "child"


class Tombstone(Base):
    """That somebody was erased. Ids are never used again, so a backup from before can be purged of them."""

    __tablename__ = "tombstone"
    kin: Mapped[Kin] = mapped_column(choice(Kin), primary_key=True)
    of_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
