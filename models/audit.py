"""The audit trail: what was done to people and rights, by whom and when; ids only, and never a text.

Rows are only ever added. Each carries the digest of its school's one before, so that one that was changed or taken out
afterwards is noticed (`broken_at`); what has served its time is taken from the old end.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Index, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice
from models.database import Db
from models.people import Child, Person
from models.school import SchoolClass


class Deed(enum.StrEnum):
    """What was done."""

    JOINED = "joined"
    ASKED_TO_JOIN = "asked_to_join"
    LET_IN = "let_in"
    TURNED_AWAY = "turned_away"
    CONSENTED = "consented"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    INVITED = "invited"
    INVITATION_ENDED = "invitation_ended"
    LETTERS_PRINTED = "letters_printed"
    MESSENGER_ADDED = "messenger_added"
    MESSENGER_MOVED = "messenger_moved"
    MESSENGER_ENDED = "messenger_ended"
    RIGHTS_CHANGED = "rights_changed"
    GUARDIAN_ENDED = "guardian_ended"
    ROLE_GIVEN = "role_given"
    ROLE_ENDED = "role_ended"
    SCHOOL_CHANGED = "school_changed"
    CONSENT_TEXT_CHANGED = "consent_text_changed"
    CLASS_MADE = "class_made"
    CLASS_CHANGED = "class_changed"
    CLASS_LET_GO = "class_let_go"
    CHILDREN_ADDED = "children_added"
    CHILD_RENAMED = "child_renamed"
    CHILD_MOVED = "child_moved"
    CHILD_LEFT = "child_left"
    PHOTOS_REFUSED = "photos_refused"
    PHOTOS_ALLOWED = "photos_allowed"
    UNDONE = "undone"
    YEAR_BEGUN = "year_begun"
    CALENDAR_CHANGED = "calendar_changed"
    ANNOUNCED = "announced"
    ANNOUNCEMENT_CORRECTED = "announcement_corrected"
    ANNOUNCEMENT_RECALLED = "announcement_recalled"
    EXPORTED = "exported"
    ERASED = "erased"


class Audit(Base):
    """One deed. about_*: whom or what it was done to. number: how many, of a role or right: which."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_school", "school_id", "id"), {"sqlite_autoincrement": True})
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    by_id: Mapped[int | None]
    deed: Mapped[Deed] = mapped_column(choice(Deed))
    about_person: Mapped[int | None]
    about_child: Mapped[int | None]
    about_class: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(String(64))


class Entry(NamedTuple):
    """A row of the trail, as the administrator reads it; a person or child who was erased has no name any more."""

    id: int
    at: datetime
    by_id: int | None
    deed: Deed
    about_person: int | None
    about_child: int | None
    about_class: int | None
    detail: str | None


_LAST = select(Audit.digest).where(Audit.school_id == bindparam("school")).order_by(Audit.id.desc()).limit(1)
_ROWS = select(
    Audit.id,
    Audit.at,
    Audit.by_id,
    Audit.deed,
    Audit.about_person,
    Audit.about_child,
    Audit.about_class,
    Audit.detail,
)


async def record(
    db: Db,
    school: int,
    by: int | None,
    deed: Deed,
    now: datetime,
    *,
    person: int | None = None,
    child: int | None = None,
    school_class: int | None = None,
    detail: str | None = None,
) -> None:
    """Add a row. by: the person who did it, None for the clock or the command line.

    detail: a word from code (a role, a right, a number), at most 40 signs; never what somebody wrote.
    """
    last = await db.first(_LAST, {"school": school})
    row = {
        "school_id": school,
        "at": now,
        "by_id": by,
        "deed": deed,
        "about_person": person,
        "about_child": child,
        "about_class": school_class,
        "detail": detail,
    }
    await db.run(insert(Audit), {**row, "digest": _digest(last[0] if last else "", tuple(row.values()))})


async def trail(db: Db, school: int, before: int | None = None, most: int = 10) -> list[Entry]:
    """The newest rows of a school, or those before the row `before`, the newest first."""
    asked = _ROWS.where(Audit.school_id == school, *([Audit.id < before] if before else []))
    return [Entry(*row) for row in await db.all(asked.order_by(Audit.id.desc()).limit(most))]


class Names(NamedTuple):
    """What those are called of whom some entries tell, by id; who was erased is not among them."""

    people: dict[int, str]
    children: dict[int, str]
    classes: dict[int, str]


async def names_in(db: Db, school: int, entries: Sequence[Entry]) -> Names:
    """The names that these entries of the school's trail need to be read."""

    async def of(kind: type[Person | Child | SchoolClass], ids: set[int | None]) -> dict[int, str]:
        asked = select(kind.id, kind.name).where(kind.school_id == school, kind.id.in_(ids - {None}))
        return {row[0]: row[1] for row in await db.all(asked)}

    return Names(
        await of(Person, {one.by_id for one in entries} | {one.about_person for one in entries}),
        await of(Child, {one.about_child for one in entries}),
        await of(SchoolClass, {one.about_class for one in entries}),
    )


async def broken_at(db: Db) -> int | None:
    """The id of the first row that does not fit the one before it, or None if the trail is whole."""
    rows: Sequence[tuple[object, ...]] = [
        tuple(row)
        for row in await db.all(
            select(
                Audit.id,
                Audit.digest,
                Audit.school_id,
                Audit.at,
                Audit.by_id,
                Audit.deed,
                Audit.about_person,
                Audit.about_child,
                Audit.about_class,
                Audit.detail,
            ).order_by(Audit.school_id, Audit.id)
        )
    ]
    for (_id, before, *_before), (id_, digest, *fields) in pairwise(rows):
        if fields[0] == _before[0] and digest != _digest(str(before), tuple(fields)):
            return int(str(id_))
    return None


def _digest(before: str, fields: tuple[object, ...]) -> str:
    told = [one.astimezone(UTC).isoformat() if isinstance(one, datetime) else str(one) for one in fields]
    return hashlib.sha256("\0".join([before, *told]).encode()).hexdigest()
