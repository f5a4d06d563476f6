"""A parent reports an absence, and the class teacher sees it."""

from __future__ import annotations

import pytest

from tests.house import House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


@BOTH
async def test_one_child_ill_today_is_two_taps(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    assert "Передано: Олена Петрівна." in ihor.last
    assert "Оля Коваль: хвороба (повідомлення: Ігор)" in teacher.last
    assert "Немає: 1 з 1" in teacher.last
