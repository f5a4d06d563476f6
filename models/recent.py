"""The announcements that a guardian can read, the newest first, and which of them wait for an answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from models.announcement import (
    Announcement,
    AnnouncementChild,
    AnnouncementClass,
    AnnouncementMedium,
    Ask,
    Copy,
    Stage,
)
from models.copies import still_for
from models.database import Db
from models.media import Medium, MediumSort
from models.people import Child, Guardian

MOST = 200
"""Announcements that are listed and searched."""
WAITS = timedelta(days=30)
"""How long an answer is waited for that has no closing time."""


class Headline(NamedTuple):
    """An announcement as one line of a list."""

    id: int
    text: str
    options: tuple[str, ...]
    sent_at: datetime


# As in `models.copies.concerns`, but found from the child's side: a school has many more announcements than one reads.
_MINE = (Guardian.person_id == bindparam("person"), Guardian.sees, Child.left_at.is_(None))
_THEIRS = union(
    select(AnnouncementClass.announcement_id)
    .join(Child, Child.class_id == AnnouncementClass.class_id)
    .join(Guardian, Guardian.child_id == Child.id)
    .where(*_MINE),
    select(AnnouncementChild.announcement_id)
    .join(Child, Child.id == AnnouncementChild.child_id)
    .join(Guardian, Guardian.child_id == Child.id)
    .join(
        Copy,
        (Copy.announcement_id == AnnouncementChild.announcement_id) & (Copy.person_id == Guardian.person_id),
    )
    .where(*_MINE, still_for(bindparam("person"))),
).subquery()
_SENT = (
    Announcement.id.in_(select(_THEIRS.c.announcement_id)),
    Announcement.stage == Stage.SENT,
    Announcement.sent_at <= bindparam("before"),
)
_RECENT = (
    select(Announcement.id, Announcement.text, Announcement.options, Announcement.sent_at)
    .where(*_SENT)
    .order_by(Announcement.sent_at.desc(), Announcement.id.desc())
    .limit(MOST)
)
_own, _other = aliased(Guardian), aliased(Guardian)
_ANSWERED = exists().where(
    _own.person_id == bindparam("person"),
    _other.child_id == _own.child_id,
    Copy.person_id == _other.person_id,
    Copy.announcement_id == Announcement.id,
    Copy.answered_at.is_not(None),
)
_UNANSWERED = select(Announcement.id).where(
    *_SENT,
    Announcement.asks != Ask.NOTHING,
    Announcement.sent_at > bindparam("since"),
    or_(Announcement.closes_at.is_(None), Announcement.closes_at > bindparam("now")),
    ~_ANSWERED,
)


async def recent(db: Db, person: int | None, before: datetime) -> list[Headline]:
    """The newest announcements that this guardian can read, of those sent before a moment; at most MOST."""
    rows = await db.all(_RECENT, {"person": person, "before": before})
    return [Headline(id_, text, tuple(options or ()), sent_at) for id_, text, options, sent_at in rows]


async def unanswered(db: Db, person: int | None, before: datetime, now: datetime) -> set[int]:
    """The announcements that wait for an answer of this guardian, as nobody of the family has given one."""
    given = {"person": person, "before": before, "since": now - WAITS, "now": now}
    return {id_ for (id_,) in await db.all(_UNANSWERED, given)}


async def photos_of(db: Db, announcements: Iterable[int]) -> dict[int, int]:
    """How many photos each of these has, of those that have any. Who asks can read them."""
    rows = await db.all(
        select(AnnouncementMedium.announcement_id, func.count())
        .join(Medium, Medium.id == AnnouncementMedium.medium_id)
        .where(AnnouncementMedium.announcement_id.in_(list(announcements)), Medium.sort == MediumSort.PHOTO)
        .group_by(AnnouncementMedium.announcement_id)
    )
    return dict(rows)
