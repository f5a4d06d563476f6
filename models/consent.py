"""Consent: the school's text on what becomes of the data, its versions, and who agreed to which, when and where."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.database import Db

TEXT_LENGTH = 2000
BUILT_IN = 1
"""The version of the text that comes with Klasno, in every language; raise it when its meaning changes."""


class ConsentText(Base):
    """A school's own text, in its own language; the newest is the one that is asked for.

    An empty one: from then on the text that comes with Klasno was asked for again.
    """

    __tablename__ = "consent_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(String(TEXT_LENGTH))
    at: Mapped[datetime]


class Consent(Base):
    """That a person agreed: to which text, in which language, on which messenger, when, and when they took it back.

    version: "klasno 1" for the text that comes with Klasno, "school 7" for the row 7 of `consent_text`.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_person", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    version: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    platform: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Wanted(NamedTuple):
    """What is to be agreed to: the version, and the school's own text (None: the one that comes with Klasno)."""

    version: str
    text: str | None


class Given(NamedTuple):
    """A consent as it was given."""

    version: str
    language: str
    platform: str
    at: datetime


async def wanted(db: Db, school: int) -> Wanted:
    """The text that this school asks for now."""
    row = await db.first(
        select(ConsentText.id, ConsentText.text)
        .where(ConsentText.school_id == school)
        .order_by(ConsentText.id.desc())
        .limit(1)
    )
    return Wanted(f"school {row[0]}", row[1]) if row and row[1] else Wanted(f"klasno {BUILT_IN}", None)


async def versions(db: Db, school: int) -> list[tuple[int, datetime, str]]:
    """Every text (id, since when, words) that the school has asked for, the newest first; empty: the built-in one."""
    asked = select(ConsentText.id, ConsentText.at, ConsentText.text).where(ConsentText.school_id == school)
    return [(id_, at, text) for id_, at, text in await db.all(asked.order_by(ConsentText.id.desc()))]


async def write_text(db: Db, school: int, text: str, now: datetime) -> None:
    """The school's own text from now on, or, where it is empty, the one that comes with Klasno again.

    Who agreed to an earlier one is not asked again, but it is known to which.
    """
    await db.run(insert(ConsentText), {"school_id": school, "text": text[:TEXT_LENGTH], "at": now})


async def agree(db: Db, school: int, person: int, given: Given) -> None:
    """Write a consent down."""
    await db.run(insert(Consent), {"school_id": school, "person_id": person, **given._asdict()})


async def has_agreed(db: Db, school: int, person: int) -> bool:
    """Whether this person has agreed to the text that the school asks for now."""
    version = (await wanted(db, school)).version
    return any(given.version == version for given in await given_by(db, person))


async def given_by(db: Db, person: int) -> list[Given]:
    """What this person agreed to and has not taken back, the oldest first."""
    rows = await db.all(
        select(Consent.version, Consent.language, Consent.platform, Consent.at)
        .where(Consent.person_id == person, Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    return [Given(*row) for row in rows]


async def take_back(db: Db, person: int, now: datetime) -> None:
    """The person takes back whatever they agreed to."""
    standing = (Consent.person_id == person, Consent.withdrawn_at.is_(None))
    await db.run(update(Consent).where(*standing).values(withdrawn_at=now))
