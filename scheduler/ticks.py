"""What is due by now, and what has served its time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select

from models.absence import AbsenceDay
from models.calendar import calendar_of
from models.chat import Chat, Parked, Seen
from models.database import Db
from models.errand import Errand
from models.invite import Invite
from models.letter import Letter, State
from models.people import Child
from models.school import School

MORNING = 7
"""The hour of a school's clock at which the day's cards go out."""
SEEN_FOR = timedelta(days=8)
"""Telegram brings an update again for a day at most, Viber for an hour."""
LETTERS_FOR = timedelta(days=30)
STRANGERS_FOR = timedelta(days=1)
"""Letters to those who have not joined: nobody asks for them, and anybody can cause them."""
PARKED_FOR = timedelta(days=30)
ERRANDS_FOR = timedelta(days=1)
"""Nobody waits for a file that long; tried for ten minutes, they are left only by an app that did not run."""
INVITES_FOR = timedelta(days=14)
"""After an invitation has ended."""


async def schools(db: Db) -> Sequence[tuple[int, str]]:
    """Each school and its time zone."""
    return [(id_, zone) for id_, zone in await db.all(select(School.id, School.timezone))]


def is_morning(now: datetime, zone: str) -> bool:
    """Whether the school's day has begun, be it one with lessons or not."""
    return now.astimezone(ZoneInfo(zone)).hour >= MORNING


async def cards_due(db: Db, school: int, today: date) -> list[int]:
    """The classes of a school in which somebody is absent today, if today has lessons."""
    if not (await calendar_of(db, school)).is_school_day(today):
        return []
    rows = await db.all(
        select(Child.class_id)
        .join(AbsenceDay, AbsenceDay.child_id == Child.id)
        .where(AbsenceDay.day == today, Child.school_id == school, Child.left_at.is_(None))
        .distinct()
    )
    return [school_class for (school_class,) in rows]


async def forget(db: Db, now: datetime) -> None:
    """Delete what has served its time."""
    await db.run(delete(Seen).where(Seen.at < now - SEEN_FOR))
    await db.run(delete(Parked).where(Parked.at < now - PARKED_FOR))
    await db.run(delete(Errand).where(Errand.at < now - ERRANDS_FOR))
    await db.run(delete(Letter).where(Letter.created_at < now - LETTERS_FOR, Letter.state != State.QUEUED))
    strangers = select(Chat.id).where(Chat.person_id.is_(None))
    await db.run(
        delete(Letter).where(
            Letter.created_at < now - STRANGERS_FOR,
            Letter.chat_id.in_(strangers),
            Letter.state != State.QUEUED,
        )
    )
    old = now - INVITES_FOR
    await db.run(delete(Invite).where(or_(Invite.expires_at < old, Invite.used_at < old)))
