"""What is due by now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models import spared
from models.absence import AbsenceDay
from models.calendar import calendar_of
from models.database import Db
from models.people import Child
from models.school import School

PASSED_OVER = timedelta(days=7)
"""For how long it is looked whether an announcement could not come to somebody; what waits, waits for less."""
MORNING = 7
"""The hour of a school's clock at which the day's cards go out."""


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


async def passed_over(db: Db, now: datetime) -> dict[int, set[int]]:
    """By announcement, who was spared it and is to have it now; see models/spared.py."""
    return await spared.passed_over(db, now - PASSED_OVER)
