from tests.databases import both_databases
from tests.house import House
import pytest
@both_databases
@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_one(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    assert "Оля Коваль: хвороба (повідомлення: Ігор)" in teacher.last
