"""Media: photos, videos, voice messages and documents that lie in the store, and what they are."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice
from models.database import Db
from models.errors import NotYours

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


class About(NamedTuple):
    """What a medium is; see `Medium`."""

    sort: MediumSort
    digest: str | None
    thumb: str | None
    mime: str
    name: str
    size: int
    width: int | None = None
    height: int | None = None
    seconds: int | None = None
    refs: Mapping[str, str] = {}


_COLUMNS = (
    Medium.sort,
    Medium.digest,
    Medium.thumb,
    Medium.mime,
    Medium.name,
    Medium.size,
    Medium.width,
    Medium.height,
    Medium.seconds,
    Medium.refs,
)
_THE_SAME = select(Medium.id, Medium.refs).where(
    Medium.school_id == bindparam("school"), Medium.digest == bindparam("content")
)
_NEW = insert(Medium).returning(Medium.id)
_REFS = select(Medium.refs).where(Medium.id == bindparam("medium"))
_REFERRED = update(Medium).where(Medium.id == bindparam("medium")).values(refs=bindparam("new_refs"))


async def keep(db: Db, school: int, about: About, now: datetime) -> int:
    """Write down what lies in the store, or with a messenger alone; returns its id.

    The same content of one school is one medium, which from then on is of today and has the name that it came by last.
    """
    row = {**about._asdict(), "name": about.name[-FILE_NAME:], "refs": dict(about.refs) or None}
    same = await db.first(_THE_SAME, {"school": school, "content": about.digest}) if about.digest else None
    if same is None:
        return (await db.new(_NEW, [{"school_id": school, "at": now, **row}]))[0]
    row["refs"] = {**(same[1] or {}), **about.refs} or None
    medium: int = same[0]
    await db.run(update(Medium).where(Medium.id == medium).values(at=now, **row))
    return medium


async def stored(db: Db, school: int, medium: int) -> About:
    """What a medium of this school is; NotYours if there is none, such as one that has served its time."""
    found = await db.first(select(*_COLUMNS).where(Medium.id == medium, Medium.school_id == school))
    if found is None:
        raise NotYours
    return About(*found)._replace(refs=found.refs or {})


async def remember_ref(db: Db, medium: int, platform: str, ref: str) -> None:
    """From now on this medium is called so on that messenger."""
    found = await db.first(_REFS, {"medium": medium})
    if found is not None:
        await db.run(_REFERRED, {"medium": medium, "new_refs": {**(found[0] or {}), platform: ref}})


async def in_use(db: Db) -> set[str]:
    """Everything in the store that some medium names, of all schools."""
    rows = await db.all(select(Medium.digest, Medium.thumb))
    return {digest for row in rows for digest in row if digest is not None}
