"""Absences: which days a child is away and why. A day belongs to one absence at most: the database holds that."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, and_, bindparam, case, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice
from models.calendar import Calendar, calendar_of
from models.database import Db
from models.naming import in_order
from models.people import Child, Guardian, Person

LONGEST = timedelta(days=60)
"""An absence told at once spans no more than this, first day to last."""
AHEAD = timedelta(days=365)
"""How far ahead an absence can begin."""
COMMENT_LENGTH = 500


class Reason(enum.StrEnum):
    """Why a child is away: a category, and no more is asked."""

    ILLNESS = "illness"
    DOCTOR = "doctor"
    FAMILY = "family"
    TRANSPORT = "transport"
    OTHER = "other"


class Absence(Base):
    """That a child is away from one day to another, who said so, and whether the teacher has noticed."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_child", "child_id", "last_day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[Reason] = mapped_column(choice(Reason))
    told_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    told_at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class AbsenceWords(Base):
    """A few words of one guardian on an absence, for the class teacher; the other guardians do not see them."""

    __tablename__ = "absence_words"
    absence_id: Mapped[int] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    words: Mapped[str] = mapped_column(String(COMMENT_LENGTH))
    at: Mapped[datetime]


class AbsenceDay(Base):
    """A day of an absence that stands; a withdrawn absence has none."""

    __tablename__ = "absence_day"
    __table_args__ = (Index("ix_absence_day_day", "day"), Index("ix_absence_day_absence", "absence_id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(ForeignKey("absence.id", ondelete="CASCADE"))


class Impossible(Exception):
    """An absence of these days cannot be told."""


class PastDay(Impossible):
    """The first day has passed, or the last one comes before it."""


class TooLong(Impossible):
    """From the first day to the last it is more than LONGEST."""


class TooFar(Impossible):
    """It begins later than AHEAD from now."""


class NoLessons(Impossible):
    """There is not one school day in it. name: what its days are called in the school's calendar, or nothing."""

    def __init__(self, first: date, last: date, name: str) -> None:
        super().__init__(first, last)
        self.first, self.last, self.name = first, last, name


class AlreadyTold(Exception):
    """The child is away on one of these days already; `absence` says by which."""

    def __init__(self, absence: int) -> None:
        super().__init__(absence)
        self.absence = absence


class Told(NamedTuple):
    """An absence as one of the child's guardians sees it.

    comment: what they wrote themselves. may_report: whether they may change it.
    """

    id: int
    child_id: int
    child_name: str
    class_id: int
    school_id: int
    first: date
    last: date
    reason: Reason
    comment: str | None
    noticed: bool
    withdrawn: bool
    may_report: bool


class Away(NamedTuple):
    """An absence as the class teacher's card shows it; `told_by` is a guardian's name, if they are still here.

    comments: what guardians wrote, each as (who, words).
    """

    id: int
    child_name: str
    first: date
    last: date
    reason: Reason
    told_by: str | None
    noticed: bool
    comments: tuple[tuple[str, str], ...] = ()


class Withdrawn(NamedTuple):
    """A child that was said to be away on a day, and is not any more. noticed: by the teacher."""

    child_name: str
    noticed: bool


_TOLD = select(
    Absence.id,
    Absence.child_id,
    Child.name,
    Child.class_id,
    Absence.school_id,
    Absence.first_day,
    Absence.last_day,
    Absence.reason,
    AbsenceWords.words,
    Absence.noticed_at.is_not(None),
    Absence.withdrawn_at.is_not(None),
    func.coalesce(Guardian.reports, False),
)
_TOLD = _TOLD.outerjoin(
    Guardian, and_(Guardian.child_id == Absence.child_id, Guardian.person_id == bindparam("reader"))
)
_TOLD = _TOLD.join(Child, Child.id == Absence.child_id).outerjoin(
    AbsenceWords,
    and_(AbsenceWords.absence_id == Absence.id, AbsenceWords.person_id == bindparam("reader")),
)
_ONE = _TOLD.where(Absence.id == bindparam("absence"))
_COMING = _TOLD.where(
    Absence.child_id.in_(bindparam("children", expanding=True)),
    Absence.last_day >= bindparam("today"),
    Absence.withdrawn_at.is_(None),
).order_by(Absence.id)
_AWAY = (
    select(
        Absence.id,
        Child.name,
        Absence.first_day,
        Absence.last_day,
        Absence.reason,
        Person.name,
        Absence.noticed_at.is_not(None),
    )
    .join(AbsenceDay, AbsenceDay.absence_id == Absence.id)
    .join(Child, Child.id == Absence.child_id)
    .outerjoin(Person, Person.id == Absence.told_by)
    .where(
        AbsenceDay.day == bindparam("day"),
        Child.class_id == bindparam("school_class"),
        Child.left_at.is_(None),
    )
    .order_by(Absence.id)
)
_WITHDRAWN = (
    select(Child.name, func.max(case((Absence.noticed_at.is_(None), 1), else_=0)))
    .join(Child, Child.id == Absence.child_id)
    .where(
        Absence.withdrawn_at.is_not(None),
        Absence.first_day <= bindparam("day"),
        Absence.last_day >= bindparam("day"),
        Child.class_id == bindparam("school_class"),
        Child.left_at.is_(None),
        Absence.child_id.not_in(select(AbsenceDay.child_id).where(AbsenceDay.day == bindparam("day"))),
    )
    .group_by(Child.id, Child.name)
    .order_by(Child.name)
)
_WORDS = (
    select(AbsenceWords.absence_id, Person.name, AbsenceWords.words)
    .join(Person, Person.id == AbsenceWords.person_id)
    .where(AbsenceWords.absence_id.in_(bindparam("absences", expanding=True)))
    .order_by(AbsenceWords.at)
)
_TAKEN = (
    select(AbsenceDay.absence_id)
    .where(
        AbsenceDay.child_id == bindparam("child"),
        AbsenceDay.day.in_(bindparam("days", expanding=True)),
        AbsenceDay.absence_id != bindparam("but"),
    )
    .order_by(AbsenceDay.day)
    .limit(1)
)
_NEW = insert(Absence).returning(Absence.id)
_NEW_DAY = insert(AbsenceDay)


async def told(db: Db, absence: int, reader: int | None) -> Told | None:
    """One absence, with the words of whoever reads it. They check whose child it is, with `own_child`."""
    row = await db.first(_ONE, {"absence": absence, "reader": reader})
    return Told._make(row) if row else None


async def coming(db: Db, children: Sequence[int], today: date, reader: int | None) -> list[Told]:
    """The absences of these children that stand today or later, in order of their days."""
    asked = {"children": children, "today": today, "reader": reader}
    told = [Told._make(row) for row in await db.all(_COMING, asked)]
    return sorted(told, key=lambda one: (one.first, in_order(one.child_name)))


async def away_on(db: Db, school_class: int, day: date) -> list[Away]:
    """Who of a class is away on a day, by name."""
    rows = await db.all(_AWAY, {"school_class": school_class, "day": day})
    away = sorted((Away(*row) for row in rows), key=lambda one: in_order(one.child_name))
    if not away:
        return away
    written: dict[int, list[tuple[str, str]]] = {}
    for absence, who, words in await db.all(_WORDS, {"absences": [one.id for one in away]}):
        written.setdefault(absence, []).append((who, words))
    return [one._replace(comments=tuple(written.get(one.id, ()))) for one in away]


async def withdrawn_on(db: Db, school_class: int, day: date) -> list[Withdrawn]:
    """Who of a class was to be away on a day until it was withdrawn, by name; not who is away after all."""
    rows = await db.all(_WITHDRAWN, {"school_class": school_class, "day": day})
    return [Withdrawn(name, not unnoticed) for name, unnoticed in rows]


async def report(
    db: Db,
    child: int,
    school: int,
    first: date,
    last: date,
    reason: Reason,
    by: int | None,
    today: date,
    now: datetime,
) -> int:
    """Write an absence down and return its id; Impossible or AlreadyTold if it cannot be."""
    days = await free_days(db, child, school, first, last, today)
    made = await db.new(
        _NEW,
        {
            "school_id": school,
            "child_id": child,
            "first_day": first,
            "last_day": last,
            "reason": reason,
            "told_by": by,
            "told_at": now,
        },
    )
    await _write_days(db, made[0], child, days)
    return made[0]


async def move(db: Db, absence: Told, first: date, last: date, today: date) -> None:
    """Change the days of an absence; what the teacher noticed is to be noticed anew. Raises as `report` does.

    Of an absence that has begun the days gone by remain: its first day must stay, and its last is today or later.
    """
    begun = first == absence.first < today <= last
    earliest = absence.first if begun else today
    if absence.first < today and not begun:
        raise PastDay
    days = await free_days(db, absence.child_id, absence.school_id, first, last, earliest, but=absence.id)
    await db.run(delete(AbsenceDay).where(AbsenceDay.absence_id == absence.id))
    await db.run(
        update(Absence)
        .where(Absence.id == absence.id)
        .values(first_day=first, last_day=last, noticed_at=None)
    )
    await _write_days(db, absence.id, absence.child_id, days)


async def explain(db: Db, absence: int, reason: Reason) -> None:
    """Change an absence's reason; what the teacher noticed is to be noticed anew."""
    await db.run(update(Absence).where(Absence.id == absence).values(reason=reason, noticed_at=None))


async def add_words(db: Db, absence: int, person: int, words: str, now: datetime) -> None:
    """Write down a few words of a guardian on an absence, in the place of what they wrote before."""
    mine = (AbsenceWords.absence_id == absence, AbsenceWords.person_id == person)
    kept = words[:COMMENT_LENGTH]
    if not await db.run(update(AbsenceWords).where(*mine).values(words=kept, at=now)):
        row = {"absence_id": absence, "person_id": person, "words": kept, "at": now}
        await db.run(insert(AbsenceWords), row)
    await db.run(update(Absence).where(Absence.id == absence).values(noticed_at=None))


async def withdraw(db: Db, absence: int, now: datetime, *, known: bool = True) -> bool:
    """Take an absence back; False if it has been already. known: to the teacher, who is to notice that too."""
    done = await db.run(
        update(Absence)
        .where(Absence.id == absence, Absence.withdrawn_at.is_(None))
        .values(withdrawn_at=now, noticed_at=None if known else now)
    )
    await db.run(delete(AbsenceDay).where(AbsenceDay.absence_id == absence))
    return bool(done)


async def notice(db: Db, school_class: int, day: date, now: datetime) -> list[tuple[int, int | None]]:
    """Mark all that is not noticed yet of a class and day, also what was withdrawn.

    Returns (absence id, who told it) of each absence that stands.
    """
    of_class = select(Child.id).where(Child.class_id == school_class)
    await db.run(
        update(Absence)
        .where(
            Absence.child_id.in_(of_class),
            Absence.first_day <= day,
            Absence.last_day >= day,
            Absence.withdrawn_at.is_not(None),
            Absence.noticed_at.is_(None),
        )
        .values(noticed_at=now)
    )
    rows = await db.all(
        select(Absence.id, Absence.told_by)
        .join(AbsenceDay, AbsenceDay.absence_id == Absence.id)
        .join(Child, Child.id == Absence.child_id)
        .where(AbsenceDay.day == day, Child.class_id == school_class, Absence.noticed_at.is_(None))
        .order_by(Absence.id)
    )
    news = [(absence, person) for absence, person in rows]
    if news:
        await db.run(update(Absence).where(Absence.id.in_([id_ for id_, _ in news])).values(noticed_at=now))
    return news


def days_of(first: date, last: date, today: date, calendar: Calendar) -> list[date]:
    """The school days of an absence, first day to last; one of the `Impossible` errors if it cannot be told."""
    if first < today or last < first:
        raise PastDay
    if last - first > LONGEST:
        raise TooLong
    if first > today + AHEAD:
        raise TooFar
    days = calendar.days_between(first, last)
    if not days:
        raise NoLessons(first, last, calendar.name_between(first, last))
    return days


async def spread(db: Db, school: int, days: Sequence[date]) -> None:
    """Days have become school days: whoever is away from before to after them is away on them too."""
    for day in days:
        spans = await db.all(
            select(Absence.child_id, func.min(Absence.id))
            .where(
                Absence.school_id == school,
                Absence.first_day <= day,
                Absence.last_day >= day,
                Absence.withdrawn_at.is_(None),
                Absence.child_id.not_in(select(AbsenceDay.child_id).where(AbsenceDay.day == day)),
            )
            .group_by(Absence.child_id)
        )
        rows = [{"child_id": child, "day": day, "absence_id": absence} for child, absence in spans]
        if rows:
            await db.run(_NEW_DAY, rows)


async def free_days(
    db: Db, child: int, school: int, first: date, last: date, today: date, but: int = 0
) -> list[date]:
    """The school days of an absence that can be told; Impossible or AlreadyTold if it cannot.

    but: the absence that may lie there already.
    """
    days = days_of(first, last, today, await calendar_of(db, school))
    other = await db.first(_TAKEN, {"child": child, "days": days, "but": but})
    if other:
        raise AlreadyTold(other[0])
    return days


async def _write_days(db: Db, absence: int, child: int, days: Sequence[date]) -> None:
    await db.run(_NEW_DAY, [{"child_id": child, "day": day, "absence_id": absence} for day in days])
