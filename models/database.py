"""The database: one transaction at a time for whoever writes, and a pool beside it for whoever only reads.

On SQLite all writing goes through one connection in one thread, and a whole transaction runs there in one piece:
a turn costs one hop between threads instead of three a statement, and nobody waits for a lock that another
connection of ours holds. On PostgreSQL the same code runs on asyncpg, and there too one transaction writes at a
time: a turn changes other people's chats as well as its own, so that side by side two of them would wait for each
other, or write a card from facts that the other is just changing.
"""

from __future__ import annotations

import asyncio
import contextvars
import random
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
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
    func,
    make_url,
    select,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]

PATIENCE = 20.0
"""Seconds that a transaction waits for another process's lock, or for a server that is away, until it is `Busy`."""
LOOK_AGAIN = 0.02
"""Seconds between two tries for the lock. SQLite's own waiting grows to 100 ms, too slow to answer at once."""
CLAIM = 0x6B6C61736E6F
"""The number of the advisory lock that the one app holds in PostgreSQL: "klasno" in ASCII."""
TURN = CLAIM + 1
"""The number of the one that each writing transaction holds."""


class Busy(Exception):
    """The database takes nothing just now: another process holds it, the disk is full, or the server is away.

    Nothing was written; the same may be tried again.
    """


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

    def __init__(self, url: str, *, beside: bool = False) -> None:
        """beside: for a short command while the app may run: on SQLite only the app then moves the WAL into the file,

        which is what makes the WAL-reset bug of SQLite before 3.51.3 impossible (sqlite.org/wal.html#walreset).
        """
        plain = make_url(url)
        self.dialect = plain.get_backend_name()
        self._claim: AsyncConnection | None = None
        self._closing = threading.Event()
        self.trouble = ""
        """Why nothing can be written just now, or empty."""
        if self.dialect == "sqlite":
            self.plain = plain.set(drivername="sqlite")
            self._lock = FileLock(f"{plain.database}.lock")
            self._writer: Engine | None = _writing_engine(str(self.plain), beside)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
            self._readers = create_async_engine(plain.set(drivername="sqlite+aiosqlite"), pool_size=2)
            event.listen(self._readers.sync_engine, "connect", _reader_opened)
        else:
            self.plain = plain.set(drivername="postgresql+asyncpg")
            self._writer = None
            self._turn = asyncio.Lock()
            waits = {"timeout": 5, "server_settings": {"lock_timeout": str(int(PATIENCE * 1000))}}
            self._readers = create_async_engine(self.plain, pool_size=8, connect_args=waits)

    async def write(self, work: Work[T], *, lasting: bool = True) -> T:
        """Run `work` in one transaction and commit it; whatever it raises rolls everything back.

        lasting: False for what may be forgotten when the power goes, and so need not wait for the disk; a kill of
        the process forgets nothing, and the next lasting transaction takes it to the disk along with its own.
        Raises Busy when the database cannot be had for longer than PATIENCE, or the disk is full.
        """
        if self._writer is not None:
            loop, here = asyncio.get_running_loop(), contextvars.copy_context()
            return await loop.run_in_executor(self._thread, here.run, self._in_thread, work, lasting)

        async def once() -> T:
            async with self._my_turn() as connection:
                if not lasting:
                    await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                return await work(_Awaited(connection))

        try:
            done = await _until_it_goes(once)
        except Busy as busy:
            self.trouble = str(busy)
            raise
        self.trouble = ""
        return done

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, on a connection that no writer holds up; Busy as in `write`, but rarely."""

        async def once() -> T:
            async with self._readers.connect() as connection:
                return await work(_Awaited(connection))

        return await _until_it_goes(once)

    async def on_connection(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a plain connection in one transaction: for migrations."""
        if self._writer is not None:
            writer = self._writer

            def in_thread() -> T:
                with (
                    writer.connect() as connection,
                    _unguarded(connection),
                    _begun(connection, self._closing),
                ):
                    done = work(connection)
                    if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                        raise RuntimeError(f"{len(lost)} rows of {lost[0][0]} would point nowhere")
                    return done

            return await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)
        async with self._my_turn() as connection:
            return await connection.run_sync(work)

    async def wipe(self) -> None:
        """See to it that of what was deleted not a byte is left in the files of SQLite.

        `secure_delete` overwrites deleted rows, but copies that were left behind when pages were split, and the WAL,
        which is only written over in the course of time, it does not reach: the file is made anew, and the WAL is
        emptied. PostgreSQL does the like by itself: its autovacuum. Raises Busy if it cannot be done just now.
        """
        if self._writer is None:
            return
        writer = self._writer

        def in_thread() -> None:
            with writer.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None  # noqa: S101 (told to the type checker)
                try:
                    raw.execute("VACUUM")
                except sqlite3.OperationalError as error:
                    raise Busy(str(error)) from error
                busy, _pages, _moved = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Busy("another reads what was deleted")

        await asyncio.get_running_loop().run_in_executor(self._thread, in_thread)

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
        held = await self._claim.scalar(select(func.pg_try_advisory_lock(CLAIM)))
        await self._claim.commit()
        return bool(held)

    async def close(self) -> None:
        """Let everything go; a transaction under way is finished first, one that waits for its turn is not begun."""
        self._closing.set()
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

    def _in_thread(self, work: Work[T], lasting: bool) -> T:
        assert self._writer is not None  # noqa: S101 (told to the type checker)
        try:
            with (
                self._writer.connect() as connection,
                _on_disk(connection, lasting),
                _begun(connection, self._closing),
            ):
                done = _finish(work(_Threaded(connection)))
        except Busy as busy:
            self.trouble = str(busy)
            raise
        except OperationalError as error:
            if _code(error) not in _PASSING:
                raise
            self.trouble = str(error.orig)
            raise Busy(self.trouble) from error
        self.trouble = ""
        return done

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in PostgreSQL that alone writes: alone in this process, then among all processes."""
        async with self._turn, self._readers.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(TURN)))
            yield connection


async def _until_it_goes(once: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do it; what ends by something that passes is done again, for PATIENCE at most, and then it is Busy."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await once()
        except Exception as error:
            if not _passes(error):
                raise
            if time.monotonic() > until:
                raise Busy(f"the database cannot be had: {type(error).__name__}") from error
        await asyncio.sleep(random.uniform(1, 5) * LOOK_AGAIN)


def _passes(error: Exception) -> bool:
    """Whether the same may go well in a moment. asyncpg's errors come bare where a connection is opened."""
    if isinstance(error, OperationalError) and _code(error) in _PASSING:
        return True
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return (
        state in _PASSING_STATES
        or getattr(error, "connection_invalidated", False)
        or isinstance(error, OSError | PoolTimeout)
    )


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

    def __init__(self, connection: Connection, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing

    def __enter__(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._transaction = self._connection.begin()
                return
            except OperationalError as error:
                if _code(error) not in _LOCKED:
                    raise
                if time.monotonic() > until or self._closing.wait(LOOK_AGAIN):
                    raise Busy("another process holds the database") from error

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._transaction.commit()
        else:
            self._transaction.rollback()


@contextmanager
def _on_disk(connection: Connection, lasting: bool) -> Iterator[None]:
    """Whether the commit waits for the disk: https://www.sqlite.org/pragma.html#pragma_synchronous."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 (told to the type checker)
    raw.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
    yield


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """Without foreign keys: SQLite changes a table by making it anew, and dropping the old one would take along
    every row that points to it. Said outside of a transaction, since inside it is not heard:
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 (told to the type checker)
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PASSING = _LOCKED | {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
"""What is the disk's or another process's doing, and passes without a change of ours."""
_PASSING_STATES = {"40001", "40P01", "53100", "53300", "55P03", "57P01", "57P02", "57P03"}
"""The same in PostgreSQL: ended for another's sake, disk full, too many connections, lock_timeout, restarting.

https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def _code(error: OperationalError) -> int:
    """SQLite's primary code: https://www.sqlite.org/rescode.html."""
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF


def _writing_engine(url: str, beside: bool) -> Engine:
    engine = create_engine(url, pool_size=1, max_overflow=0)

    @event.listens_for(engine, "connect")
    def opened(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            "busy_timeout=0",
            "journal_mode=WAL",
            "synchronous=FULL",  # an answer is a promise, also when the power goes
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is overwritten
            "journal_size_limit=67108864",
            f"wal_autocheckpoint={0 if beside else 1000}",  # pages
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
