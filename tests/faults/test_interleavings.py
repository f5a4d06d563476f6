"""T5, T6: a right is taken at any moment, and nothing comes to whom it is no longer for."""

from __future__ import annotations

import pytest

from tests.faults.interleavings import interleave
from tests.faults.rows import SEED, row, sizes
from tests.house import House

pytestmark = pytest.mark.faults


@sizes(12, 500)
@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_a_right_is_taken_at_any_moment(
    house: House, platform: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await interleave(house, platform, many, SEED, monkeypatch)
    wrongs = await house.wrongs()
    figures = {"rounds": many, "letters_handed": seen.handed, "letters_that_waited": seen.waiting}
    assert seen.leaks[:5] == []
    assert wrongs == []
    row(f"T5 T6 {platform}", seen.waiting > 0, leaks=len(seen.leaks), **figures)
