"""Fixtures for all tests: a house of one's own, and the database under it.

A test runs on SQLite. One marked with `@both_databases` (tests/databases.py) runs on PostgreSQL as well, on a server
that the tests start for themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from models import schema
from models.database import Database
from tests import postgres
from tests.house import House
from tests.needs import need


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests that want one."""
    binaries = postgres.binaries()
    need("postgresql", binaries, postgres.HINT)
    assert binaries is not None
    with postgres.running(binaries) as cluster:
        yield cluster


@pytest.fixture
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a new database; `both_databases` says of which kind."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite:///{tmp_path}/klasno.db"
        return
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    url = await cluster.new()
    yield url
    await cluster.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with all tables and nothing in them."""
    opened = Database(database_url)
    if await schema.standing(opened) is schema.Standing.EMPTY:
        await schema.upgrade(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """The app with both stand-ins, on a Monday morning in Kyiv."""
    built = await House(tmp_path, database_url).open()
    yield built
    await built.close()
