"""Every story ends well: nothing was refused, nothing broke, and the database is sound."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import app
from handlers import compose
from tests.house import House
from tests.stories import shelf
from tests.stories.sheets import sheets, taken


@pytest.fixture
async def house(house: House) -> AsyncIterator[House]:
    """The house of all tests, looked over when the story is told."""
    yield house
    assert await house.wrongs() == []


@pytest.fixture
def with_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the house that is built after it: the app also has the tests' own flow, which asks for a file."""
    monkeypatch.setattr(app, "FLOWS", (*app.FLOWS, sheets))
    taken.clear()


@pytest.fixture
def with_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the house that is built after it: the app also has the tests' own flow of photos and files."""
    monkeypatch.setattr(app, "FLOWS", (*app.FLOWS, shelf.shelf))
    monkeypatch.setattr(compose, "offered", shelf.offered)
    shelf.kept.clear()
