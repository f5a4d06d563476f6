"""Two homes of one child: nothing that one grown-up wrote or did is shown to the other, but the attendance."""

from __future__ import annotations

import pytest

from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
WORDS = "Температура тридцять дев'ять"


async def homes(house: House, platform: str) -> tuple[Friend, Friend, Friend]:
    """The teacher, and two guardians of one child."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    anna = await house.guardian(platform, "Анна", "Оля Коваль")
    return teacher, ihor, anna


@BOTH
async def test_what_one_wrote_the_other_never_sees(house: House, platform: str) -> None:
    teacher, ihor, anna = await homes(house, platform)
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says(WORDS)
    await teacher.says("/class")
    assert WORDS in teacher.last
    await teacher.presses("Враховано")
    await anna.says("/menu")
    await anna.presses("Записи про відсутність", anna_first(anna))
    seen = "".join(anna.texts)
    assert "хвороба" in seen, "the attendance is both's"
    assert WORDS not in seen
    assert "Ігор" not in seen
    await anna.says("/absent")
    await anna.presses("Сьогодні")
    assert "на ці дні вже є запис" in anna.last
    assert "Ігор" not in anna.last, "also an error does not tell who was first"
    assert WORDS not in anna.last


def anna_first(anna: Friend) -> str:
    return next((label for label in anna.labels if "Оля Коваль" in label), "Сьогодні · Оля Коваль")


@BOTH
async def test_a_change_for_one_is_no_news_for_the_other(house: House, platform: str) -> None:
    teacher, ihor, anna = await homes(house, platform)
    before = anna.texts
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 1", "✅ Оля Коваль", "Ігор")
    await teacher.presses("☑ Повідомляє про відсутність", "Від’єднати від дитини", "Так, від’єднати")
    await house.later(hours=1)
    assert anna.texts == before
    await anna.says("/menu")
    assert "Оля Коваль, 3-Б" in anna.last
    assert "Ігор" not in anna.last
    await ihor.says("/menu")
    assert "Оля" not in ihor.last


@BOTH
async def test_each_has_rights_of_their_own(house: House, platform: str) -> None:
    teacher, ihor, anna = await homes(house, platform)
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 1", "✅ Оля Коваль", "Ігор")
    await teacher.presses("☑ Повідомляє про відсутність")
    await anna.says("/menu")
    await anna.presses("🤒 Не буде сьогодні", "Хвороба")
    assert len(await house.absences()) == 1
    await ihor.says("/menu")
    assert "хвороба" in ihor.last
    await ihor.presses("Записи про відсутність")
    await ihor.presses(next(label for label in ihor.labels if "Оля Коваль" in label))
    assert "Змінити причину" not in ihor.labels
    assert "Анна" not in ihor.last
