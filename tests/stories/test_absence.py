"""A parent reports an absence, and the class teacher sees it."""

from __future__ import annotations

from datetime import date

import pytest

from models.absence import Reason
from models.people import Role
from tests.databases import both_databases
from tests.house import House

pytestmark = both_databases  # the stories that stand for all others there

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
MONDAY, TUESDAY, WEDNESDAY, FRIDAY = (date(2026, 11, day) for day in (23, 24, 25, 27))


@BOTH
async def test_one_child_ill_today_is_two_taps(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    assert "Передано: Олена Петрівна." in ihor.last
    assert "Оля Коваль: хвороба (пише Ігор)" in teacher.last
    assert "Немає: 1 з 1" in teacher.last


@BOTH
@pytest.mark.parametrize(
    ("label", "said", "reason"),
    [
        ("Хвороба", "хвороба", Reason.ILLNESS),
        ("Лікар", "лікар", Reason.DOCTOR),
        ("Сімейна", "сімейна", Reason.FAMILY),
        ("Транспорт", "транспорт", Reason.TRANSPORT),
        ("Інша", "інша", Reason.OTHER),
    ],
)
async def test_each_reason_is_a_tap(
    house: House, platform: str, label: str, said: str, reason: Reason
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", label)
    assert f"Причина: {said}." in ihor.last
    assert f"· Оля Коваль: {said}" in teacher.last
    assert [told.reason for told in await house.absences()] == [reason]


@BOTH
async def test_one_of_three_children(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Іван Коваль", "Яна Коваль")
    await ihor.presses("🤒 Не буде в школі", "Іван Коваль", "Сьогодні", "Хвороба")
    assert "✅ Записано: Іван Коваль, сьогодні" in ihor.last
    assert [told[0] for told in await house.absences()] == ["Іван Коваль"]
    await ihor.presses("Головна")
    assert "Оля Коваль, 3-Б\nСьогодні: у школі" in ihor.last


@BOTH
async def test_two_of_three_children_are_ticked(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Іван Коваль", "Яна Коваль")
    await ihor.presses("🤒 Не буде в школі", "Вибрати кількох")
    assert not [label for label in ihor.labels if label.startswith("Далі")]
    await ihor.presses("☐ Яна Коваль", "☐ Оля Коваль", "☐ Іван Коваль", "☑ Яна Коваль", "Далі, вибрано: 2")
    assert "Оля Коваль і Іван Коваль: коли не буде в школі?" in ihor.last
    await ihor.presses("Сьогодні", "Сімейна")
    assert "Оля Коваль" in ihor.last
    assert "Іван Коваль" in ihor.last
    assert "Немає: 2 з 3" in teacher.last
    assert {told[0] for told in await house.absences()} == {"Оля Коваль", "Іван Коваль"}


@BOTH
async def test_all_three_children_of_two_classes(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    iryna = await house.teacher(platform, "Ірина Львівна", "1-А")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Яна Коваль")
    await house.joins(ihor, await house.invite(Role.GUARDIAN, "Ігор", "1-А", "Іван Коваль"))
    await ihor.presses("🤒 Не буде в школі", "Усі: 3", "Сьогодні", "Інша")
    assert "Немає: 2 з 2" in olena.last
    assert "Іван" not in olena.last
    assert "Немає: 1 з 1" in iryna.last
    assert "Передано: Олена Петрівна." in ihor.last
    assert "Передано: Ірина Львівна." in ihor.last


@BOTH
async def test_tomorrow_is_told_today_and_the_card_comes_in_the_morning(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    before = len(teacher.texts)
    await ihor.presses("Інша дата", "Завтра", "Лікар")
    assert "Записано: Оля Коваль, завтра, вівторок, 24 листопада." in ihor.last
    assert "вранці того дня: Олена Петрівна." in ihor.last
    assert [told[1:3] for told in await house.absences()] == [(TUESDAY, TUESDAY)]
    assert len(teacher.texts) == before


@BOTH
async def test_another_day_is_a_button(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Ср 25 лист.", "Лікар")
    assert [told[1:3] for told in await house.absences()] == [(WEDNESDAY, WEDNESDAY)]


@BOTH
async def test_a_day_of_next_month_by_calendar(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "›", "14", "Лише пн 14 груд.")
    await ihor.presses("Лікар")
    assert "понеділок, 14 грудня" in ihor.last
    assert [told[1:3] for told in await house.absences()] == [(date(2026, 12, 14), date(2026, 12, 14))]


@BOTH
async def test_a_range_by_calendar(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "23")
    assert ": пн 23 лист. – по який день?" in ihor.last
    await ihor.presses("27", "Сімейна")
    assert "Записано: Оля Коваль, пн 23 – пт 27 листопада." in ihor.last
    assert [told[1:3] for told in await house.absences()] == [(MONDAY, FRIDAY)]
    assert "Оля Коваль: сімейна, пн 23 – пт 27 листопада" in teacher.last


@BOTH
async def test_a_range_over_two_months_by_calendar(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "30", "›", "2", "Сімейна")
    assert "Записано: Оля Коваль, пн 30 листопада – ср 2 грудня." in ihor.last


@BOTH
async def test_in_english_and_in_russian_it_is_two_taps_too(house: House, platform: str) -> None:
    await house.teacher(platform)
    mary = await house.guardian(platform, "Мері", "Оля Коваль", language="en")
    await mary.presses("🤒 Absent today", "Illness")
    assert "✅ Written down: Оля Коваль, today, Monday, 23 November." in mary.last
    anna = await house.guardian(platform, "Анна", "Яна Коваль", language="ru")
    await anna.presses("🤒 Не будет сегодня", "Болезнь")
    assert "✅ Записано: Яна Коваль, сегодня, понедельник, 23 ноября." in anna.last


@BOTH
async def test_on_saturday_the_first_button_is_for_monday(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.later(days=5)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде: пн 30 лист.", "Хвороба")
    assert [told[1:3] for told in await house.absences()] == [(date(2026, 11, 30), date(2026, 11, 30))]


@BOTH
async def test_a_reason_in_ones_own_words_goes_with_the_one_that_is_tapped(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    before = teacher.texts
    await ihor.presses("🤒 Не буде сьогодні")
    await ihor.says("а" * 501)
    assert "вміститься до 500 знаків" in ihor.last
    await ihor.says("температура 38")
    assert "Яка причина?\n«температура 38»: класний керівник побачить це разом із причиною." in ihor.last
    assert (await house.absences(), teacher.texts) == ([], before)
    await ihor.presses("Хвороба")
    assert "Причина: хвороба.\n«температура 38»" in ihor.last
    assert "· Оля Коваль: хвороба (пише Ігор)\n  «температура 38»" in teacher.last
    assert [one[3:5] for one in await house.absences()] == [(Reason.ILLNESS, "температура 38")]


@BOTH
async def test_who_is_absent_already_has_the_record_at_home(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Головна")
    assert "🤒 Не буде сьогодні" not in ihor.labels
    await ihor.presses("🤒 Змінити запис")
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    await ihor.presses("Скасувати запис", "Так, скасувати", "Головна")
    assert "🤒 Не буде сьогодні" in ihor.labels
