"""The database: one transaction at a time for whoever writes, and a pool beside it for whoever only reads.

On SQLite all writing goes through one connection in one thread, and a whole transaction runs there in one piece:
a turn costs one hop between threads instead of three a statement, and nobody waits for a lock that another
connection of ours holds. On PostgreSQL the same code runs on asyncpg, several transactions side by side.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import sqlite3
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar, TypeVarTuple

from filelock import FileLock, Timeout
from sqlalchemy import (
    Connection,
    Delete,
    Engine,
    Insert,
    Row,
    Select,
    Update,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]

PATIENCE = 20.0
"""Seconds that a transaction waits for another process's lock before it is `Busy`."""
LOOK_AGAIN = 0.02
"""Seconds between two tries for the lock. SQLite's own waiting grows to 100 ms, too slow to answer at once."""
RETRIES = 5
"""Tries of a transaction that PostgreSQL ended for another's sake (SQLSTATE 40001, 40P01)."""


CLAIM = 0x6B6C61736E6F
"""The advisory lock's number: "klasno" in ASCII."""


class Busy(Exception):
    """Another process held the database for too long; nothing was written, the same may be tried again."""


class Db(Protocol):
    """One transaction's hands: the same four verbs on SQLite and on PostgreSQL."""

    async def all(self, ask: Select[*Ts], params: Params | None = None) -> Sequence[Row[*Ts]]:
        """Every row."""

    async def first(self, ask: Select[*Ts], params: Params | None = None) -> Row[*Ts] | None:
        """The first row, or None."""

    async def run(self, change: Insert | Update | Delete, params: Params | None = None) -> int:
        """Change rows; returns how many."""

    async def new(self, add: Insert, params: Params | None = None) -> list[int]:
        """Insert rows with `RETURNING id`; returns their ids in order."""


class _Threaded:
    """A transaction in the writer's thread: nothing here ever really waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self, ask: Select[*Ts], params: Params | None = None) -> Sequence[Row[*Ts]]:
        return self._connection.execute(ask, params).all()

    async def first(self, ask: Select[*Ts], params: Params | None = None) -> Row[*Ts] | None:
        return self._connection.execute(ask, params).first()

    async def run(self, change: Insert | Update | Delete, params: Params | None = None) -> int:
        return self._connection.execute(change, params).rowcount

    async def new(self, add: Insert, params: Params | None = None) -> list[int]:
        return list(self._connection.execute(add, params).scalars())


class _Awaited:
    """A transaction on an asynchronous driver: asyncpg, or aiosqlite for reading."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self, ask: Select[*Ts], params: Params | None = None) -> Sequence[Row[*Ts]]:
        return (await self._connection.execute(ask, params)).all()

    async def first(self, ask: Select[*Ts], params: Params | None = None) -> Row[*Ts] | None:
        return (await self._connection.execute(ask, params)).first()

    async def run(self, change: Insert | Update | Delete, params: Params | None = None) -> int:
        return (await self._connection.execute(change, params)).rowcount

    async def new(self, add: Insert, params: Params | None = None) -> list[int]:
        return list((await self._connection.execute(add, params)).scalars())


Work = Callable[[Db], Coroutine[Any, Any, T]]
"""What is to be done in one transaction. It may run again from the start, so it changes nothing but the database."""


class Database:
    """Opens the database at an SQLAlchemy address: `sqlite:///file` or `postgresql://user@host/name`."""

    def __init__(self, url: str) -> None:
        plain = make_url(url)
        self.dialect = plain.get_backend_name()
        self._claim: AsyncConnection | None = None
        if self.dialect == "sqlite":
            self.plain = plain.set(drivername="sqlite")
            self._lock = FileLock(f"{plain.database}.lock")
            self._writer: Engine | None = _writing_engine(str(self.plain))
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
            self._readers = create_async_engine(plain.set(drivername="sqlite+aiosqlite"), pool_size=2)
            event.listen(self._readers.sync_engine, "connect", _reader_opened)
        else:
            self.plain = plain.set(drivername="postgresql+asyncpg")
            self._writer = None
            self._readers = create_async_engine(self.plain, pool_size=8)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction and commit it; whatever it raises rolls everything back.

        Raises Busy when another process holds the database for longer than PATIENCE.
        """
        if self._writer is not None:
            loop, here = asyncio.get_running_loop(), contextvars.copy_context()
            return await loop.run_in_executor(self._thread, here.run, self._in_thread, work)
        return await self._on_loop(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, on a connection that no writer holds up."""
        async with self._readers.connect() as connection:
            return await work(_Awaited(connection))

    async def on_connection(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a plain connection in one transaction: for migrations."""
        if self._writer is not None:
            writer = self._writer

            def in_thread() -> T:
                with writer.connect() as connection, _begun(connection):
                    return work(connection)

            return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        async with self._readers.begin() as connection:
            return await connection.run_sync(work)

    async def claim(self) -> bool:
        """Become the one process that sends and ticks for this database; False if another one is.

        A file lock beside an SQLite file, an advisory lock in PostgreSQL; both end with the process.
        """
        if self._writer is not None:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                return False
            return True
        self._claim = await self._readers.connect()
        row = (await self._claim.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": CLAIM})).first()
        await self._claim.commit()
        return bool(row and row[0])

    async def close(self) -> None:
        """Let everything go; a transaction under way is finished first."""
        if self._writer is not None:
            self._thread.submit(self._writer.dispose)
            await asyncio.to_thread(self._thread.shutdown)
            self._lock.release()
        if self._claim is not None:
            await self._claim.close()
        await self._readers.dispose()

    @property
    def reader(self) -> AsyncEngine:
        """The engine for what only reads."""
        return self._readers

    def _in_thread(self, work: Work[T]) -> T:
        assert self._writer is not None  # noqa: S101 (told to the type checker)
        with self._writer.connect() as connection, _begun(connection):
            return _finish(work(_Threaded(connection)))

    async def _on_loop(self, work: Work[T]) -> T:
        for attempt in range(RETRIES):
            try:
                async with self._readers.begin() as connection:
                    return await work(_Awaited(connection))
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                if state not in {"40001", "40P01"} or attempt == RETRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.03) * (attempt + 1))
        raise AssertionError("unreachable")


def _finish(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end a coroutine that waits for nothing: a turn touches no network, and this is what holds it."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("a transaction waited for something that is not the database")


class _begun:  # noqa: N801 (used as a verb)
    """`with`: the write lock is taken before anything is read; commit at the end, roll back on any error."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._transaction = self._connection.begin()
                return
            except OperationalError as error:
                if not _is_locked(error):
                    raise
                if time.monotonic() > until:
                    raise Busy("another process holds the database") from error
                time.sleep(LOOK_AGAIN)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._transaction.commit()
        else:
            self._transaction.rollback()


def _is_locked(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _writing_engine(url: str) -> Engine:
    engine = create_engine(
        url, poolclass=None, pool_size=1, max_overflow=0, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def opened(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            "busy_timeout=0",
            "journal_mode=WAL",
            "synchronous=FULL",  # an answer is a promise, also when the power goes
            "foreign_keys=ON",
            "journal_size_limit=67108864",
        ):
            _patiently(connection, f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(LOOK_AGAIN)


def _reader_opened(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
