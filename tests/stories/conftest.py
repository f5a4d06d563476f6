"""Every story ends well: nothing was refused, nothing broke, and the database is sound."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.house import House


@pytest.fixture
async def house(house: House) -> AsyncIterator[House]:
    """The house of all tests, looked over when the story is told."""
    yield house
    assert await house.wrongs() == []
