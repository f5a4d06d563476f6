"""A file comes in: asked for by a screen, fetched and read outside of any turn, and its effect is there once."""

from __future__ import annotations

import pytest

from bot import app
from tests.house import House
from tests.stories.sheets import sheets, taken

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
READING = "Читаємо файл. Хвилинку."
NAMES = "Леся Шевченко\nПетро Ющенко\n".encode()


@pytest.fixture(autouse=True)
def with_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app has that flow too."""
    monkeypatch.setattr(app, "FLOWS", (*app.FLOWS, sheets))
    taken.clear()


@BOTH
async def test_a_file_is_read_and_its_effect_is_there(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.says("/sheet")
    await teacher.sends_file("діти.txt", NAMES)
    assert teacher.last == "3-Б: 2"
    assert taken == [["діти.txt", "Леся Шевченко", "Петро Ющенко"]]
