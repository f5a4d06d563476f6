"""Announcements: what a teacher says once, whom it is for, and what each of them answered."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice


class Stage(enum.StrEnum):
    """How far an announcement has come."""

    DRAFT = "draft"
    PLANNED = "planned"
    """Waits for its time (`send_at`)."""
    SENT = "sent"
    """Its letters are written; each goes at its person's hour."""
    RECALLED = "recalled"


class Ask(enum.StrEnum):
    """What an announcement asks of families."""

    NOTHING = "nothing"
    READ = "read"
    """To say that they have read it."""
    COMING = "coming"
    """Whether they come, and how many."""
    POLL = "poll"


class Announcement(Base):
    """What is said, to whom and how.

    kind: see `Kind`; urgent, today or in the digest. text, marks: with its styles (see bot/core/marks.py).
    audience: whom it is for while it is a draft: see models/audience.py; once it is sent, rows of `Copy`,
    `AnnouncementClass` and `AnnouncementChild` say so.
    options, several, hidden, closes_at: of a poll: what can be chosen, whether several can, whether results stay
    hidden until it closes, and when it does.
    """

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_author", "author_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    stage: Mapped[Stage] = mapped_column(choice(Stage))
    kind: Mapped[int] = mapped_column(SmallInteger)
    asks: Mapped[Ask] = mapped_column(choice(Ask), default=Ask.NOTHING)
    text: Mapped[str] = mapped_column(Text)
    marks: Mapped[list[Any] | None]
    audience: Mapped[dict[str, Any]]
    options: Mapped[list[Any] | None]
    several: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[datetime | None]
    send_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    corrected_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]


class AnnouncementMedium(Base):
    """A photo, a video or another file of an announcement, in its place."""

    __tablename__ = "announcement_medium"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True)
    medium_id: Mapped[int] = mapped_column(ForeignKey("medium.id", ondelete="CASCADE"), index=True)


class AnnouncementClass(Base):
    """A class to all of which an announcement was sent: those who join it later may read it too."""

    __tablename__ = "announcement_class"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    class_id: Mapped[int] = mapped_column(
        ForeignKey("school_class.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AnnouncementChild(Base):
    """A child whose family an announcement was sent to, whether anybody of it could be reached or not."""

    __tablename__ = "announcement_child"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    child_id: Mapped[int] = mapped_column(
        ForeignKey("child.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Copy(Base):
    """That a person is to have an announcement, and what they answered.

    key: the card that shows it to them, their own or the digest's: its letters tell how far it has come. None: kept
    for them alone that the other guardian is to have it first (see models/wishes.py).
    answer: ["read"], ["yes", 2], ["no"], ["maybe"], or the places of a poll's options.
    """

    __tablename__ = "announcement_copy"
    __table_args__ = (Index("ix_announcement_copy_person", "person_id"),)
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str | None] = mapped_column(String(200))
    answer: Mapped[list[Any] | None]
    answered_at: Mapped[datetime | None]


class Question(Base):
    """What somebody asked about an announcement, for its author and the class's teachers alone, and the answer."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_announcement", "announcement_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    answered_at: Mapped[datetime | None]
