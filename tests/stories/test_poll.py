"""A poll in an announcement: how it is made, what families see of it, and what they see once it is closed."""

from __future__ import annotations

import pytest

from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def poll(teacher: Friend, options: str = "- Музей\n2. Театр\n  Залишитися  в школі ") -> None:
    await teacher.says("/announce")
    await teacher.says("Куди їдемо навесні?")
    await teacher.presses("Відповідь", "Опитування")
    await teacher.says(options)


async def sent(teacher: Friend, to: int) -> None:
    await teacher.presses("Готово", "Переглянути й надіслати", f"Надіслати: {to}")
    await teacher.house.later(seconds=15)


@BOTH
async def test_it_is_made_line_by_line_and_families_choose(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    await poll(teacher)
    assert "· Музей\n· Театр\n· Залишитися в школі" in teacher.last
    await sent(teacher, 2)
    await ihor.presses("Театр")
    await iryna.presses("Театр")
    assert "2 · Театр" in iryna.last
    await iryna.presses("Музей")
    assert "1 · Музей" in iryna.last
    assert "Ігор" not in iryna.last


@BOTH
async def test_several_answers_and_results_when_it_closes(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await poll(teacher)
    await teacher.presses("Дозволити кілька")
    assert "Можна обрати кілька." in teacher.last
    assert "Лише одна відповідь" in teacher.labels
    await teacher.presses("Результати наприкінці")
    assert "тож оберіть, будь ласка, коли закрити" in teacher.last
    await teacher.presses("Завтра о 20:00")
    assert "Закриється: завтра, вівторок, 24 листопада, 20:00" in teacher.last
    await sent(teacher, 1)
    assert "можна кілька" in ihor.last
    await ihor.presses("Музей", "Театр")
    assert "Результати буде видно, коли опитування завершиться." in ihor.last
    assert "1 · Музей" not in ihor.last
    count = len(ihor.texts)
    await house.later(hours=36)
    assert len(ihor.texts) == count  # it closes without a message
    await ihor.presses("✓ Музей")
    assert "Опитування завершено." in ihor.last
    assert "1 · Музей" in ihor.last
    assert "1 · Театр" in ihor.last


@BOTH
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Музей", "В опитуванні від 2 до 10 варіантів"),
        ("\n".join(map(str, range(11))), "В опитуванні від 2 до 10 варіантів"),
        ("Музей\nТеатр\nмузей", "«Музей» є двічі."),
        ("Музей\n" + "О" * 41, "вміститься до 40 знаків"),
        ("\u200b\n \nМузей", "В опитуванні від 2 до 10 варіантів"),
    ],
)
async def test_what_can_be_no_options_is_told(house: House, platform: str, typed: str, said: str) -> None:
    teacher = await house.teacher(platform)
    await poll(teacher, typed)
    assert said in teacher.last
    await teacher.says("Музей\nТеатр")
    assert "· Музей\n· Театр" in teacher.last


@BOTH
async def test_ten_options_fit_and_a_poll_without_any_does_not_go(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await poll(teacher, "Музей")
    await teacher.presses("Назад", "Назад")
    await teacher.presses("Відповідь", "Опитування", "Назад", "Назад", "Переглянути й надіслати")
    assert "В опитуванні ще немає варіантів." in teacher.last
    await teacher.says("\n".join(f"Дуже довгий варіант номер {number}" for number in range(10)))
    await sent(teacher, 1)
    await ihor.presses("Дуже довгий варіант номер 9")
    assert "Обрано: Дуже довгий варіант номер 9" in ihor.last
