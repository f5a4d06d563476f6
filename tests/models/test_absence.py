"""Absences against a plain dictionary: whatever is told, moved and withdrawn, no day is there twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import insert, select

from models import schema
from models.absence import (
    AHEAD,
    LONGEST,
    AbsenceDay,
    AlreadyTold,
    Impossible,
    NoLessons,
    PastDay,
    Reason,
    TooFar,
    TooLong,
    away_on,
    coming,
    days_of,
    move,
    notice,
    report,
    told,
    withdraw,
)
from models.calendar import Calendar
from models.database import Database, Db
from models.people import child_named
from models.school import class_named, school_named
from tests.databases import both_databases

T = TypeVar("T")
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
CHILDREN = 2


async def school(db: Db) -> tuple[int, int, list[int]]:
    """A school, its class, and the children in it."""
    made = await school_named(db, "Ліцей №7", "Europe/Kyiv", "uk", MONDAY)
    school_class = await class_named(db, made, "3-Б")
    return (
        made,
        school_class,
        [await child_named(db, made, school_class, f"Дитина {n}") for n in range(CHILDREN)],
    )


def day(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def said(first: date, last: date) -> type[Impossible] | list[date]:
    """What is to come of such days, said in the plainest way."""
    if first < MONDAY or last < first:
        return PastDay
    if (last - first).days > 60:
        return TooLong
    if (first - MONDAY).days > 365:
        return TooFar
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [one for one in days if one.isoweekday() < 6] or NoLessons


class Year(RuleBasedStateMachine):
    """Guardians and a teacher do what they do, in any order; a dictionary says what must be so."""

    absences: Bundle[int] = Bundle("absences")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.days: dict[tuple[int, date], int] = {}
        self.stands: dict[int, tuple[int, bool]] = {}

    @initialize()
    def open(self) -> None:
        self.database = Database(f"sqlite:///{self.folder.name}/klasno.db")
        self.run(schema.upgrade(self.database))
        self.school, self.school_class, self.children = self.run(self.database.write(school))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def taken(self, child: int, days: list[date], but: int | None = None) -> int | None:
        found = (self.days.get((child, one)) for one in days)
        return next((one for one in found if one is not None and one != but), None)

    @rule(
        target=absences,
        who=st.integers(0, CHILDREN - 1),
        first=st.integers(-3, 20),
        length=st.integers(-1, 12) | st.sampled_from([59, 60, 61]),
    )
    def tells(self, who: int, first: int, length: int) -> Any:
        child, begins, ends = self.children[who], day(first), day(first + length)
        expected = said(begins, ends)

        async def work(db: Db) -> int:
            return await report(db, child, self.school, begins, ends, Reason.ILLNESS, None, MONDAY, NOW)

        if not isinstance(expected, list):
            with pytest.raises(expected):
                self.run(self.database.write(work))
            return multiple()
        if (other := self.taken(child, expected)) is not None:
            with pytest.raises(AlreadyTold) as already:
                self.run(self.database.write(work))
            assert already.value.absence == other
            return multiple()
        made = self.run(self.database.write(work))
        self.days |= {(child, one): made for one in expected}
        self.stands[made] = (child, False)
        return made

    @rule(absence=absences, first=st.integers(-3, 20), length=st.integers(-1, 12))
    def moves(self, absence: int, first: int, length: int) -> None:
        child, _noticed = self.stands.get(absence, (0, False))
        begins, ends = day(first), day(first + length)
        if not child:
            return
        expected = said(begins, ends)

        async def work(db: Db) -> None:
            found = await told(db, absence, None)
            assert found is not None
            await move(db, found, begins, ends, MONDAY)

        if not isinstance(expected, list) or self.taken(child, expected, but=absence) is not None:
            with pytest.raises((Impossible, AlreadyTold)):
                self.run(self.database.write(work))
            return
        self.run(self.database.write(work))
        self.days = {key: one for key, one in self.days.items() if one != absence}
        self.days |= {(child, one): absence for one in expected}
        self.stands[absence] = (child, False)

    @rule(absence=absences)
    def withdraws(self, absence: int) -> None:
        done = self.run(self.database.write(lambda db: withdraw(db, absence, NOW)))
        assert done == (absence in self.stands)
        self.stands.pop(absence, None)
        self.days = {key: one for key, one in self.days.items() if one != absence}

    @rule(offset=st.integers(0, 25))
    def notices(self, offset: int) -> None:
        news = self.run(self.database.write(lambda db: notice(db, self.school_class, day(offset), NOW)))
        there = {one for (_child, when), one in self.days.items() if when == day(offset)}
        assert {one for one, _person in news} == {one for one in there if not self.stands[one][1]}
        for one in there:
            self.stands[one] = (self.stands[one][0], True)

    @invariant()
    def the_days_are_what_they_should_be(self) -> None:
        if not hasattr(self, "school"):
            return
        rows = self.run(
            self.database.read(
                lambda db: db.all(select(AbsenceDay.child_id, AbsenceDay.day, AbsenceDay.absence_id))
            )
        )
        assert {(child, when): one for child, when, one in rows} == self.days
        assert all(Calendar().is_school_day(when) and when >= MONDAY for _child, when in self.days)
        away = self.run(self.database.read(lambda db: away_on(db, self.school_class, MONDAY)))
        assert {one.id for one in away} == {one for (_c, when), one in self.days.items() if when == MONDAY}
        assert all(one.noticed == self.stands[one.id][1] for one in away)
        ahead = self.run(self.database.read(lambda db: coming(db, self.children, MONDAY, None)))
        assert {one.id for one in ahead} == set(self.stands)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()


TestYear = Year.TestCase
TestYear.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@both_databases
async def test_of_twenty_reports_at_once_one_is_written(database: Database) -> None:
    made, _class, children = await database.write(school)

    async def work(db: Db) -> int:
        return await report(db, children[0], made, day(0), day(2), Reason.DOCTOR, None, MONDAY, NOW)

    came = await asyncio.gather(*(database.write(work) for _ in range(20)), return_exceptions=True)
    written = [one for one in came if isinstance(one, int)]
    assert len(written) == 1
    assert {type(one) for one in came} == {int, AlreadyTold}


@both_databases
async def test_a_day_twice_is_refused_by_the_database_itself(database: Database) -> None:
    made, _class, children = await database.write(school)

    async def work(db: Db) -> None:
        absence = await report(db, children[0], made, day(0), day(0), Reason.DOCTOR, None, MONDAY, NOW)
        await db.run(insert(AbsenceDay), {"child_id": children[0], "day": MONDAY, "absence_id": absence})

    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.write(work)
    assert await database.read(lambda db: db.all(select(AbsenceDay.day))) == []


@pytest.mark.parametrize(
    ("first", "last", "refused"),
    [
        (-1, 0, PastDay),
        (1, 0, PastDay),
        (0, LONGEST.days + 1, TooLong),
        (AHEAD.days + 1, AHEAD.days + 1, TooFar),
        (5, 6, NoLessons),
    ],
)
def test_days_that_cannot_be_told(first: int, last: int, refused: type[Impossible]) -> None:
    with pytest.raises(refused):
        days_of(day(first), day(last), MONDAY, Calendar())


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, LONGEST.days), (AHEAD.days, AHEAD.days), (4, 7)])
def test_days_that_just_can(first: int, last: int) -> None:
    assert days_of(day(first), day(last), MONDAY, Calendar())
