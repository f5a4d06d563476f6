"""The database itself: whole transactions, one claim, patience with others, and the same values in and out."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot.core import outbox
from bot.core.events import Fate, Receipt
from models import database as rules
from models import schema
from models.chat import Chat, Seen
from models.database import Busy, Database, Db
from models.letter import Kind, Letter, State
from tests.databases import both_databases
from tests.postgres import Cluster

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=ZoneInfo("Europe/Kyiv"))


async def chat(db: Db, address: str = "1") -> int:
    made = await db.new(
        insert(Chat).returning(Chat.id),
        {"platform": "telegram", "address": address, "language": "uk", "reachable": True},
    )
    return made[0]


async def seen(db: Db) -> int:
    row = await db.first(select(func.count()).select_from(Seen))
    assert row is not None
    return row[0]


@both_databases
async def test_what_raises_leaves_nothing_and_what_returns_is_there(database: Database) -> None:
    async def half(db: Db) -> None:
        await db.run(insert(Seen), {"key": "half", "at": NOON})
        raise LookupError("half")

    async def whole(db: Db) -> int:
        return await db.run(insert(Seen), [{"key": key, "at": NOON} for key in "ab"])

    with pytest.raises(LookupError):
        await database.write(half)
    await database.write(whole)
    assert await database.read(seen) == 2


@both_databases
async def test_values_come_back_as_they_went_in(database: Database) -> None:
    words = {"title": "", "text": "Оля 🤒 \u0000 «так»", "rows": [[["Так", 0, None]]]}

    async def write(db: Db) -> int:
        row = outbox.row(await chat(db), Kind.REPLY, words, [["home.show"]], "t", NOON, not_before=NOON)
        return (await outbox.write(db, [row]))[0]

    async def read(db: Db) -> object:
        return tuple(
            await db.first(
                select(Letter.words, Letter.links, Letter.state, Letter.not_before, Letter.over_id)
            )
            or ()
        )

    await database.write(write)
    assert await database.read(read) == (words, [["home.show"]], State.QUEUED, NOON.astimezone(UTC), None)


@both_databases
async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    async def write(db: Db) -> int:
        return await db.run(insert(Seen), {"key": "x", "at": NOON.replace(tzinfo=None)})

    with pytest.raises(StatementError, match="time zone"):
        await database.write(write)


@both_databases
async def test_many_letters_written_at_once_get_their_ids_in_order(database: Database) -> None:
    async def write(db: Db) -> list[int]:
        where = await chat(db)
        rows = [outbox.row(where, Kind.TODAY, {"n": n}, [], "t", NOON) for n in range(1500)]
        ids = await outbox.write(db, rows)
        found = {id_: words["n"] for id_, words in await db.all(select(Letter.id, Letter.words))}
        return [found[id_] for id_ in ids]

    assert await database.write(write) == list(range(1500))


@both_databases
async def test_receipts_keep_the_first_moment_whatever_the_order(database: Database) -> None:
    async def write(db: Db) -> None:
        await outbox.write(db, [outbox.row(await chat(db), Kind.REPLY, {}, [], "t", NOON)])
        await db.run(update(Letter).values(message="77"))
        platform, address = await db.first(select(Chat.platform, Chat.address)) or ("", "")
        for minutes, fate in ((2, Fate.SEEN), (1, Fate.DELIVERED), (3, Fate.SEEN)):
            at = NOON + timedelta(minutes=minutes)
            await outbox.receive(db, Receipt(platform, "77", address, fate, at))

    async def read(db: Db) -> object:
        return tuple(await db.first(select(Letter.delivered_at, Letter.seen_at)) or ())

    await database.write(write)
    at = NOON.astimezone(UTC) + timedelta(minutes=2)
    assert await database.read(read) == (at, at)


@both_databases
async def test_the_same_address_twice_is_refused_by_the_database(database: Database) -> None:
    await database.write(chat)
    with pytest.raises(IntegrityError):
        await database.write(chat)
    assert len(await database.read(lambda db: db.all(select(Chat.id)))) == 1


@both_databases
async def test_one_process_alone_has_the_claim_until_it_lets_go(database_url: str) -> None:
    first, second = Database(database_url), Database(database_url)
    assert await first.claim()
    assert not await second.claim()
    await first.write(_nothing)
    await first.close()
    third = Database(database_url)
    assert await third.claim()
    await second.close()
    await third.close()


async def _nothing(db: Db) -> None:
    await db.first(select(1))


@both_databases
async def test_writers_of_two_processes_take_turns(database: Database, database_url: str) -> None:
    other = Database(database_url)

    async def add(db: Db) -> None:
        await db.run(insert(Seen), {"key": str(await seen(db)), "at": NOON})

    await asyncio.gather(*(one.write(add) for one in (database, other) for _ in range(20)))
    assert await database.read(seen) == 40
    await other.close()


@pytest.fixture
async def rival(database: Database, database_url: str) -> AsyncIterator[Database]:
    """Another process on the same database."""
    other = Database(database_url)
    yield other
    await other.close()


@both_databases
async def test_whoever_cannot_write_in_time_is_told_so_and_readers_go_on(
    database: Database, rival: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding, release = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_connection: object) -> None:
        loop.call_soon_threadsafe(holding.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    if rival.dialect == "sqlite":
        held = asyncio.create_task(rival.on_connection(hold))
    else:
        held = asyncio.create_task(_hold_turn(rival, holding, release))
    await holding.wait()
    monkeypatch.setattr(rules, "PATIENCE", 0.1)
    impatient = Database(database.plain.render_as_string(hide_password=False))
    with pytest.raises(Busy):
        await impatient.write(_nothing)
    assert impatient.trouble
    assert await impatient.read(seen) == 0
    release.set()
    await held
    await impatient.write(_nothing)
    assert not impatient.trouble
    await impatient.close()


async def _hold_turn(database: Database, holding: asyncio.Event, release: asyncio.Event) -> None:
    async with database.reader.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(rules.TURN)))
        holding.set()
        await release.wait()


async def test_a_turn_that_waits_for_anything_else_is_a_mistake_that_is_said(database: Database) -> None:
    async def write(_db: Db) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited"):
        await database.write(write)
    await database.write(_nothing)


async def test_a_deadlock_or_a_lost_connection_is_tried_again(cluster: Cluster) -> None:
    url = await cluster.new()
    database = Database(url)
    tries = 0

    async def ended_twice(db: Db) -> int:
        nonlocal tries
        tries += 1
        await db.run(insert(Seen), {"key": "once", "at": NOON})
        match tries:
            case 1:
                await db.all(select(text("pg_terminate_backend(pg_backend_pid())")))
            case 2:
                await _raise_in_database(db, "40P01")
            case 3:
                await _raise_in_database(db, "40001")
        return tries

    assert await database.write(ended_twice) == 4
    assert await database.read(seen) == 1
    with pytest.raises(DBAPIError):
        await database.write(lambda db: _raise_in_database(db, "22023"))
    await database.close()
    await cluster.drop(url)


async def _raise_in_database(db: Db, state: str) -> None:
    raising = text(f"DO $$ BEGIN RAISE EXCEPTION SQLSTATE '{state}'; END $$")
    await db.run(raising)  # type: ignore[arg-type]  # plain SQL, which nothing but this test has a use for


async def test_a_server_that_is_away_is_waited_for(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PATIENCE", 0.2)
    nobody = Database(f"postgresql://klasno@/klasno?host={tmp_path}")
    with pytest.raises(Busy):
        await nobody.write(_nothing)
    with pytest.raises(Busy):
        await nobody.read(_nothing)
    await nobody.close()


async def test_the_standing_of_a_new_database_is_empty(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.db")
    assert await schema.standing(database) is schema.Standing.EMPTY
    await database.close()


async def test_closing_does_not_wait_for_another_process(tmp_path: object) -> None:
    """A stop takes seconds, not the twenty that a transaction is patient for."""
    other = sqlite3.connect(f"{tmp_path}/held.db", isolation_level=None)
    database = Database(f"sqlite:///{tmp_path}/held.db")
    await schema.upgrade(database)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(database.write(seen))
    await asyncio.sleep(0)  # it is handed to the database's thread, where it cannot have its turn
    await asyncio.wait_for(database.close(), 2)
    with pytest.raises(Busy):
        await waiting
    other.close()
