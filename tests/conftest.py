"""Fixtures for all tests: a house of one's own, and the database under it.

A test runs on SQLite. One marked with `@both_databases` (tests/databases.py) runs on PostgreSQL as well, on a server
that the tests start for themselves.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from models import schema
from models.database import Database
from tests import postgres
from tests.house import House
from tests.needs import need

settings.register_profile("same", derandomize=True)  # what passes once passes on the next machine
settings.register_profile("search", derandomize=False)
settings.load_profile("same")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for all tests that want one."""
    binaries = postgres.binaries()
    need("postgresql", binaries, postgres.HINT)
    assert binaries is not None
    with postgres.running(binaries) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables: every test gets a copy, which costs a hundredth of making them."""
    file = tmp_path_factory.mktemp("migrated") / "klasno.db"

    async def make() -> None:
        database = Database(f"sqlite:///{file}")
        await schema.upgrade(database)
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
async def database_url(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> AsyncIterator[str]:
    """The address of a new database with all tables; `both_databases` says of which kind."""
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copy(migrated, tmp_path / "klasno.db")
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
    yield opened
    await opened.close()


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """The app with both stand-ins, on a Monday morning in Kyiv."""
    built = await House(tmp_path, database_url).open()
    yield built
    await built.close()
