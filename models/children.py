"""The list of a class: adding, renaming, moving, leaving; drafts that wait to be saved, and undoing the last change."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice


class Change(enum.StrEnum):
    """What was done to a list."""

    ADDED = "added"
    RENAMED = "renamed"
    MOVED = "moved"
    LEFT = "left"


class ListChange(Base):
    """The last thing that somebody did to a class's list, so that it can be undone.

    before: what is needed to undo it, ids and former names; undone_at: when it was.
    """

    __tablename__ = "list_change"
    __table_args__ = (Index("ix_list_change_class", "class_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    change: Mapped[Change] = mapped_column(choice(Change))
    before: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]


class ListDraft(Base):
    """A list that was pasted or read from a file and waits for "save"; rows: [class name or "", child's name]…

    class_id: the class whose list it is; None where the rows name their classes.
    """

    __tablename__ = "list_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    rows: Mapped[list[Any]]
    at: Mapped[datetime] = mapped_column(index=True)
