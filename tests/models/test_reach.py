"""How far an announcement has come to a thousand families, and who is passed over: few statements, by their indexes."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, update

from models.announcement import Announcement, AnnouncementChild, AnnouncementClass, Copy
from models.chat import Chat
from models.database import Database, Db
from models.errors import NotYours
from models.letter import Card, Letter, State
from models.people import Child, Guardian, Person, Staff
from models.reach import Reach, report_of
from models.school import School, SchoolClass
from models.spared import passed_over
from tests.databases import both_databases

pytestmark = both_databases

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FAMILIES = 1000
TEACHER = 1
KEY = '["announcements.show",1]'
DIGEST = '["digest.show","2026-11-23"]'


def mother(family: int) -> int:
    return 10_000 + family


def father(family: int) -> int:
    return 20_000 + family


async def fill(db: Db) -> None:
    """A class of a thousand families, each with two guardians, of whom every tenth father is spared it."""
    names = {"school_id": 1, "name": "Хтось"}
    await db.run(
        insert(School),
        {"id": 1, "name": "Ліцей", "timezone": "Europe/Kyiv", "language": "uk", "year": 2026},
    )
    await db.run(insert(SchoolClass), {"id": 1, "school_id": 1, "name": "3-Б", "year": 2026})
    every = range(1, FAMILIES + 1)
    parents = [whose(family) for family in every for whose in (mother, father)]
    await db.run(insert(Person), [{"id": id_, **names} for id_ in (TEACHER, *parents)])
    staff = {"school_id": 1, "person_id": TEACHER, "role": "class_teacher", "class_id": 1}
    await db.run(insert(Staff), staff)
    await db.run(insert(Child), [{"id": family, "class_id": 1, **names} for family in every])
    guards = [
        {"school_id": 1, "child_id": family, "person_id": whose(family)}
        for family in every
        for whose in (mother, father)
    ]
    await db.run(insert(Guardian), guards)
    chats = [
        {
            "id": id_,
            "platform": ("telegram", "viber")[id_ % 2],
            "address": str(id_),
            "person_id": id_,
            "language": "uk",
        }
        for id_ in parents
    ]
    await db.run(insert(Chat), chats)
    post = {
        "id": 1, "school_id": 1, "author_id": TEACHER, "stage": "sent", "kind": 2, "asks": "read", "text": "Екскурсія",
        "audience": {"classes": [1]}, "made_at": NOW, "sent_at": NOW,
    }  # fmt: skip
    await db.run(insert(Announcement), post)
    await db.run(insert(AnnouncementClass), {"announcement_id": 1, "class_id": 1})
    await db.run(insert(AnnouncementChild), [{"announcement_id": 1, "child_id": one} for one in every])
    copies = [{"announcement_id": 1, "person_id": id_, "key": _key(id_)} for id_ in parents]
    await db.run(insert(Copy), copies)
    have = [id_ for id_ in parents if _key(id_)]
    await db.run(insert(Letter), [_letter(id_, _key(id_)) for id_ in have])
    await db.run(insert(Card), [{"chat_id": id_, "key": _key(id_), "letter_id": id_} for id_ in have])


def _key(id_: int) -> str | None:
    """Every tenth father is spared it; every seventh mother has it in her digest."""
    if id_ > 20_000:
        return None if id_ % 10 == 0 else KEY
    return DIGEST if id_ % 7 == 0 else KEY


def _letter(id_: int, about: str | None) -> dict[str, Any]:
    return {
        "id": id_, "chat_id": id_, "kind": 2, "state": "sent", "words": {}, "links": [], "about": about, "turn": "t",
        "created_at": NOW, "sent_at": NOW, "delivered_at": NOW if id_ % 2 else None, "message": str(id_),
    }  # fmt: skip


class _Back(Exception):
    """Rolls everything back."""


async def within(database: Database, work: Any) -> None:
    async def whole(db: Db) -> None:
        await fill(db)
        await work(db)
        raise _Back

    with pytest.raises(_Back):
        await database.write(whole)


class Counted:
    """The statements within: how many, how long all took, and in SQLite the way that each went."""

    def __enter__(self) -> Counted:
        self.statements: list[str] = []
        self.ways: list[str] = []
        event.listen(Engine, "before_cursor_execute", self._note)
        self.began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self.began
        event.remove(Engine, "before_cursor_execute", self._note)

    def _note(self, on: Connection, _cursor: object, statement: str, given: Any, *_: object) -> None:
        self.statements.append(statement)
        if on.dialect.name == "sqlite":
            driver = on.connection.driver_connection
            assert driver is not None
            self.ways += [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", given)]

    @property
    def scans(self) -> list[str]:
        """Tables that were gone through from one end to the other."""
        return [way for way in self.ways if way.startswith("SCAN ")]


async def test_a_thousand_families_take_ten_statements(database: Database) -> None:
    async def work(db: Db) -> None:
        with Counted() as counted:
            mine = await report_of(db, TEACHER, 1, TODAY, KEY)
        print(f"{len(counted.statements)} statements, {counted.seconds * 1000:.0f} ms")
        assert len(mine.families) == FAMILIES
        assert Counter(one.reach for one in mine.families) == {Reach.SENT: 500, Reach.DELIVERED: 500}
        assert sum(one.reach is Reach.SPARED for family in mine.families for one in family.readers) == 100
        assert len(counted.statements) <= 10
        assert counted.seconds < 2
        assert counted.scans == []
        assert database.dialect != "sqlite" or any("ix_letter_about" in way for way in counted.ways)

    await within(database, work)


async def test_passed_over_is_only_whom_another_failed(database: Database) -> None:
    async def work(db: Db) -> None:
        week = NOW - timedelta(days=7)
        with Counted() as counted:
            assert await passed_over(db, week) == {}
        print(f"{len(counted.statements)} statement, {counted.seconds * 1000:.1f} ms")
        assert len(counted.statements) == 1
        assert counted.scans == []
        assert database.dialect != "sqlite" or any(
            "ix_announcement_copy_spared" in way for way in counted.ways
        )
        lost, fails = [10, 70, 80], update(Letter).where(Letter.id.in_([mother(10), mother(70), mother(80)]))
        await db.run(fails.values(state=State.GONE, delivered_at=None))
        assert await passed_over(db, week) == {1: {father(one) for one in lost}}
        answered = update(Copy).where(Copy.person_id == mother(80)).values(answer=["read"], answered_at=NOW)
        await db.run(answered)
        assert await passed_over(db, week) == {1: {father(10), father(70)}}
        assert await passed_over(db, NOW) == {}
        await db.run(update(Announcement).values(stage="recalled"))
        assert await passed_over(db, week) == {}

    await within(database, work)


async def test_nobody_else_gets_a_report(database: Database) -> None:
    async def work(db: Db) -> None:
        for person in (mother(1), None, 4711):
            with pytest.raises(NotYours):
                await report_of(db, person, 1, TODAY, KEY)

    await within(database, work)
