"""Media: photos, videos, voice messages and documents that lie in the store, and what they are."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice

FILE_NAME = 120
"""Signs of a file's name that are kept."""


class MediumSort(enum.StrEnum):
    """What a medium is shown as."""

    PHOTO = "photo"
    VIDEO = "video"
    VOICE = "voice"
    FILE = "file"


class Medium(Base):
    """One file of a school, kept once however often it is used.

    digest: SHA-256 of what lies in the store, in hexadecimal; None where nothing does, as the messenger that brought
    it hands on more than it hands out (`refs`). thumb: the same of a small picture of it. name: of the file, with its
    ending. size: bytes. width, height: pixels; seconds: how long it lasts, where it does.
    refs: by messenger, how it is named there once it has been uploaded or has come from there.
    """

    __tablename__ = "medium"
    __table_args__ = (UniqueConstraint("school_id", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    sort: Mapped[MediumSort] = mapped_column(choice(MediumSort))
    digest: Mapped[str | None] = mapped_column(String(64))
    thumb: Mapped[str | None] = mapped_column(String(64))
    mime: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(FILE_NAME))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[int | None]
    refs: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]
