"""Every table obeys what is declared of it: a row goes when its time has come, and not before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from models import schema
from models.admission import JoinRequest, answered
from models.database import Database, Db
from models.erasure import Kin, tombstones
from models.retention import GOES_WITH, RULES, STAYS, Days, erase, first_due, forget
from tests.databases import both_databases
from tests.models.test_migrations import NOW, ROWS

TABLES = schema.metadata.tables
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REMAIN = {
    "school", "school_class", "person", "child", "staff", "guardian", "chat", "consent", "consent_text",
    "calendar_day", "tombstone",
}  # fmt: skip
"""What is left of a living school after 13 months in which nobody did anything; of tombstones until 400 days."""
AT_NOW = [
    ("letter", 30, {}),
    ("card", 30, {}),
    ("join_request", 30, {}),
    ("invite", 14, {"expires_at": NOW}),
    ("invite", 14, {"expires_at": NOW + 300 * DAY, "used_at": NOW}),
    ("errand", 1, {}),
    ("list_draft", 2, {}),
    ("list_change", 2, {}),
    ("seen", 8, {}),
    ("parked", 30, {}),
    ("audit", 365, {}),
    ("tombstone", 400, {}),
    ("child", 30, {"left_at": NOW}),
]
"""Tables whose rows of NOW go after so many days, and what is to be set for it."""


@pytest.fixture
async def filled(database: Database) -> Database:
    async def fill(db: Db) -> None:
        for name, row in ROWS.items():
            numbered = {k: v for k, v in row.items() if (name, k) != ("audit", "id")}  # more rows follow it
            await db.run(insert(TABLES[name]), numbered)

    await database.write(fill)
    return database


async def one_goes(db: Db, at: datetime) -> bool:
    """What goes one at a time goes, as the clock does it but for the words; False if nothing is due."""
    found = await first_due(db, at, Days())
    if found is None:
        return False
    if found[0] is JoinRequest:
        await answered(db, found[1])
    else:
        await erase(db, *found, at)
    return True


async def left(database: Database, at: datetime) -> dict[str, int]:
    """How many rows each table has once the clock has forgotten what was due at this moment."""
    await database.write(lambda db: forget(db, at, Days()))
    while await database.write(lambda db: one_goes(db, at)):
        pass

    async def count(db: Db) -> dict[str, int]:
        return {name: len(await db.all(select(table))) for name, table in TABLES.items()}

    return await database.read(count)


def test_every_table_is_declared() -> None:
    declared = {rule.table.__tablename__ for rule in RULES} | {
        one.__tablename__ for one in (*GOES_WITH, *STAYS)
    }
    assert declared == set(TABLES)
    for table, owners in GOES_WITH.items():
        points = {key.column.table.name for key in TABLES[table.__tablename__].foreign_keys}
        assert {one.__tablename__ for one in owners} <= points


def test_every_figure_is_somebodys() -> None:
    assert {rule.days for rule in RULES} == set(Days.model_fields)


@both_databases
async def test_after_thirteen_months_only_the_school_is_left(filled: Database) -> None:
    found = await left(filled, datetime(2027, 12, 23, 6, 10, tzinfo=UTC))
    assert {name for name, rows in found.items() if rows} == REMAIN
    assert all(rows <= 1 for rows in found.values())
    later = await left(filled, datetime(2028, 1, 23, 6, 10, tzinfo=UTC))
    assert {name for name, rows in later.items() if rows} == REMAIN - {"tombstone"}


@both_databases
@pytest.mark.parametrize(("table", "days", "change"), AT_NOW)
async def test_each_in_its_time(filled: Database, table: str, days: int, change: dict[str, Any]) -> None:
    if change:
        await filled.write(lambda db: db.run(update(TABLES[table]).values(change)))
    assert (await left(filled, NOW + days * DAY - HOUR))[table] == 1
    assert (await left(filled, NOW + days * DAY + HOUR))[table] == 0


@both_databases
async def test_words_go_after_a_month_and_the_absence_after_the_school_year(filled: Database) -> None:
    """It lasts until 24 November; the year ends with June."""
    assert (await left(filled, datetime(2026, 12, 24, 23, tzinfo=UTC)))["absence_words"] == 1
    found = await left(filled, datetime(2026, 12, 25, 1, tzinfo=UTC))
    assert (found["absence_words"], found["absence"], found["absence_day"]) == (0, 1, 1)
    assert (await left(filled, datetime(2027, 7, 31, tzinfo=UTC)))["absence"] == 1
    found = await left(filled, datetime(2027, 8, 2, tzinfo=UTC))
    assert (found["absence"], found["absence_day"], found["child"]) == (0, 0, 1)


@both_databases
async def test_an_absence_of_june_goes_in_august_too(filled: Database) -> None:
    days = {"first_day": date(2027, 6, 30), "last_day": date(2027, 6, 30)}
    await filled.write(lambda db: db.run(update(TABLES["absence"]).values(days)))
    assert (await left(filled, datetime(2027, 7, 31, tzinfo=UTC)))["absence"] == 1
    assert (await left(filled, datetime(2027, 8, 2, tzinfo=UTC)))["absence"] == 0


@both_databases
async def test_a_strangers_chat_goes_after_a_day_unless_they_wait(filled: Database) -> None:
    async def estrange(db: Db) -> None:
        await db.run(update(TABLES["chat"]).values(person_id=None, rested_at=NOW))
        await db.run(update(TABLES["join_request"]).values(at=NOW))

    await filled.write(estrange)
    found = await left(filled, NOW + DAY + HOUR)
    assert (found["chat"], found["letter"]) == (1, 0)
    await filled.write(lambda db: db.run(delete(TABLES["join_request"])))
    assert (await left(filled, NOW + DAY - HOUR))["chat"] == 1
    assert (await left(filled, NOW + DAY + HOUR))["chat"] == 0


@both_databases
async def test_whoever_belongs_nowhere_is_erased_after_sixty_days(filled: Database) -> None:
    """Counted from when it was seen; the child goes first, and who has only left is not erased for it at once."""

    async def let_go(db: Db) -> None:
        await db.run(update(TABLES["child"]).values(left_at=NOW))
        await db.run(update(TABLES["staff"]).values(until=NOW.date()))
        await db.run(delete(TABLES["join_request"]))

    await filled.write(let_go)
    begun = NOW + DAY
    assert (await left(filled, begun))["person"] == 1
    found = await left(filled, begun + 60 * DAY - HOUR)
    assert (found["person"], found["child"], found["staff"]) == (1, 0, 0)
    found = await left(filled, begun + 60 * DAY + HOUR)
    assert (found["person"], found["consent"], found["guardian"]) == (0, 0, 0)
    buried = {(kin, id_) for kin, id_, _at in await filled.read(tombstones)}
    assert buried >= {(Kin.PERSON, 1), (Kin.CHILD, 1)}


@both_databases
async def test_who_came_back_in_time_is_not_idle(filled: Database) -> None:
    await filled.write(lambda db: db.run(update(TABLES["staff"]).values(until=date(2026, 11, 20))))
    await filled.write(lambda db: db.run(update(TABLES["child"]).values(left_at=NOW)))
    await filled.write(lambda db: db.run(delete(TABLES["join_request"])))
    await left(filled, NOW)
    await filled.write(lambda db: db.run(update(TABLES["child"]).values(left_at=None)))
    assert (await left(filled, NOW + 61 * DAY))["person"] == 1
    rows = await filled.read(lambda db: db.all(select(TABLES["person"].c.idle_since)))
    assert [row[0] for row in rows] == [None]


@both_databases
async def test_one_is_erased_at_a_time(filled: Database) -> None:
    """However many are due at once, nobody who wants the database waits for more than one of them."""

    async def three(db: Db) -> None:
        await db.run(delete(TABLES["join_request"]))
        await db.run(update(TABLES["child"]).values(left_at=NOW))
        for number in (2, 3):
            await db.run(insert(TABLES["child"]), {**ROWS["child"], "id": number, "left_at": NOW})

    await filled.write(three)
    late = NOW + 31 * DAY
    await filled.write(lambda db: forget(db, late, Days()))
    counts = []
    for _turn in range(4):
        counts.append(len(await filled.read(lambda db: db.all(select(TABLES["child"])))))
        await filled.write(lambda db: one_goes(db, late))
    assert counts == [3, 2, 1, 0]
    assert await filled.read(lambda db: first_due(db, late, Days())) is None
