"""T3: a file that goes out, and the address that it has, are of no use to anybody else."""

from __future__ import annotations

import pytest

from bot.core.paper import SORTS, Paper
from bot.core.turn import Turn
from tests import makers
from tests.crawl.replay import replay
from tests.house import House
from tests.stories.test_files_out import drawing, trips, with_trip

__all__ = ["trips"]  # the flow with files, which pytest puts into the app of each test here


@pytest.mark.parametrize("platform", ["telegram", pytest.param("viber", marks=pytest.mark.slow)])
async def test_a_file_is_of_no_use_to_anybody_else(house: House, platform: str) -> None:
    """T3: nobody else gets a byte, by the step itself, by an address of their own, or by one that was copied."""
    ihor = await with_trip(house, platform)
    await ihor.presses("лист", "малюнок", "адреса")
    tally = await replay(house, platform)
    assert tally.files >= 8
    assert tally.successes == []


async def test_the_replay_finds_a_file_with_a_hole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ihor = await with_trip(house, "telegram")
    await ihor.presses("малюнок")

    async def anybodys(_turn: Turn, child: int) -> Paper:
        return Paper("малюнок.png", SORTS[".png"], makers.picture, (child,))

    monkeypatch.setattr(drawing, "run", anybodys)
    tally = await replay(house, "telegram")
    assert any("trip.drawing" in success for success in tally.successes)
