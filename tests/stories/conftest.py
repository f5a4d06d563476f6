"""Every story ends well: nothing was refused, nothing broke, and the database is sound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import House


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """The app with both stand-ins, on a Monday morning in Kyiv."""
    built = await House(tmp_path, database_url).open()
    yield built
    wrongs = await built.wrongs()
    await built.close()
    assert wrongs == []
