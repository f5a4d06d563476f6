"""Fixtures of the fault tests: a house with many families in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.core import outbox
from models.database import Db
from models.letter import Kind
from tests.faults.families import Family, settle_in
from tests.house import House

Settling = Callable[[int], Awaitable[list[Family]]]
Writing = Callable[[list[Family], int], Awaitable[None]]


def _drop(_logger: WrappedLogger, _method: str, _fields: EventDict) -> EventDict:
    raise structlog.DropEvent


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    """No log lines between the rows."""
    before = structlog.get_config()
    structlog.configure(processors=[_drop])
    yield
    structlog.configure(**before)


@pytest.fixture
def families(house: House) -> Settling:
    """Families who have joined, every second one on Viber: `await families(20)`."""

    async def settle(many: int) -> list[Family]:
        return await settle_in(house.app.database, house.telegram, house.viber, many)

    return settle


@pytest.fixture
def letters(house: House) -> Writing:
    """Letters of today to these families, one after the other, each to be told by its number."""

    async def write(to: list[Family], many: int) -> None:
        async def rows(db: Db) -> None:
            made = [
                outbox.row(
                    to[place % len(to)].chat,
                    Kind.TODAY,
                    {"title": "", "text": f"Оголошення {place}", "rows": [[["Головна", 0, None]]]},
                    [["home.show"]],
                    "letters",
                    house.clock.now(),
                )
                for place in range(many)
            ]
            await outbox.write(db, made)

        await house.app.database.write(rows)
        house.app.wake()

    return write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The house's database as a file."""
    return tmp_path / "klasno.db"
