"""A parent changes their mind: words, reason, dates, or the whole absence taken back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from handlers import told
from models.absence import COMMENT_LENGTH, AbsenceDay, Reason
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def reported(house: House, platform: str) -> tuple[Friend, Friend]:
    """A teacher, and Ігор who has just told that Оля is ill today."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    return teacher, ihor


@BOTH
async def test_words_are_added_and_changed(house: House, platform: str) -> None:
    teacher, ihor = await reported(house, platform)
    await ihor.presses("Додати кілька слів")
    assert "Оля Коваль: напишіть кілька слів" in ihor.last
    await ihor.says("Температура 38, зошит у Марка")
    assert "«Температура 38, зошит у Марка»" in ihor.last
    await house.later(minutes=6)
    assert "«Температура 38, зошит у Марка»" in teacher.last
    await ihor.presses("Змінити свої слова")
    await ihor.says("Уже краще")
    await house.later(minutes=6)
    assert "«Уже краще»" in teacher.last
    assert "Температура" not in teacher.last
    assert [one[4] for one in await house.absences()] == ["Уже краще"]


@BOTH
async def test_words_that_are_too_long_are_asked_for_again(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await ihor.presses("Додати кілька слів")
    await ihor.says("а" * (COMMENT_LENGTH + 1))
    assert "Задовгий текст: вміститься до 500 знаків." in ihor.last
    assert "напишіть кілька слів" in ihor.last
    await ihor.says("б" * COMMENT_LENGTH)
    assert [one[4] for one in await house.absences()] == ["б" * COMMENT_LENGTH]


@BOTH
async def test_going_back_from_the_words_ends_the_listening(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await ihor.presses("Додати кілька слів", "Назад")
    await ihor.says("дякую")
    assert [one[4] for one in await house.absences()] == [None]
    assert "не розуміє" in ihor.last
    assert "✅ Записано: Оля Коваль" in ihor.last


@BOTH
async def test_another_reason(house: House, platform: str) -> None:
    teacher, ihor = await reported(house, platform)
    await ihor.presses("Змінити причину")
    assert "Хвороба" not in ihor.labels
    await ihor.presses("Лікар")
    assert "Причина: лікар." in ihor.last
    await house.later(minutes=6)
    assert "Оля Коваль: лікар" in teacher.last
    assert [one[3] for one in await house.absences()] == [Reason.DOCTOR]


@BOTH
async def test_other_dates(house: House, platform: str) -> None:
    teacher, ihor = await reported(house, platform)
    await ihor.presses("Змінити дати", "24", "26")
    assert "✅ Записано: Оля Коваль, вт 24 – чт 26 листопада." in ihor.last
    assert [one[1:3] for one in await house.absences()] == [(date(2026, 11, 24), date(2026, 11, 26))]
    await house.later(minutes=6)
    assert "Повідомлень про відсутність немає." in teacher.last
    await ihor.presses("Змінити дати", "23", "Лише пн 23 лист.")
    await house.later(minutes=6)
    assert "Немає: 1 з 1" in teacher.last


@BOTH
async def test_dates_of_another_absence_are_not_taken(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await ihor.presses("Головна", "Інша дата", "Завтра", "Лікар", "Змінити дати", "23", "24")
    assert "Оля Коваль: на ці дні вже є інший запис." in ihor.last
    assert "сьогодні, понеділок, 23 листопада" in ihor.last
    assert [one[1].day for one in await house.absences()] == [23, 24]


@BOTH
async def test_withdrawn_after_a_question(house: House, platform: str) -> None:
    teacher, ihor = await reported(house, platform)
    await ihor.presses("Скасувати запис")
    assert "Скасувати запис? Оля Коваль: сьогодні" in ihor.last
    await ihor.presses("Так, скасувати")
    assert "Скасовано: Оля Коваль, сьогодні" in ihor.last
    await house.later(minutes=6)
    assert "Повідомлень про відсутність немає.\nСкасовано: Оля Коваль" in teacher.last
    assert [one[6] for one in await house.absences()] == [True]
    await ihor.presses("Не буде в школі", "Сьогодні", "Лікар")
    await house.later(minutes=6)
    assert "Скасовано" not in teacher.last
    assert [one[6] for one in await house.absences()] == [True, False]


@BOTH
async def test_a_withdrawn_absence_is_not_changed_by_its_old_buttons(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await ihor.presses("Головна", "Записи про відсутність", "Сьогодні · Оля Коваль")
    old = {key.label: key.payload for key in ihor.keys}
    await house.later(seconds=31)
    await ihor.presses("Скасувати запис", "Так, скасувати")
    await house.later(minutes=1)
    assert "Скасовано" in ihor.last
    for label in ("Скасувати запис", "Змінити причину", "Змінити дати", "Додати кілька слів"):
        await ihor.presses_raw(old[label])
        assert "Цей запис уже скасовано." in ihor.last, label
        assert "Скасовано: Оля Коваль" in ihor.last
        await house.later(minutes=1)
    assert len(await house.absences()) == 1


@BOTH
async def test_going_back_from_the_question_withdraws_nothing(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await ihor.presses("Скасувати запис", "Назад")
    assert "✅ Записано: Оля Коваль" in ihor.last
    assert [one[6] for one in await house.absences()] == [False]


@BOTH
async def test_the_coming_absences_are_listed(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Іван Коваль")
    assert "Записи про відсутність" not in ihor.labels
    await ihor.presses("🤒 Не буде в школі", "Оля Коваль", "Сьогодні", "Хвороба", "Головна")
    await ihor.presses("🤒 Не буде в школі", "Іван Коваль", "Ср 25 лист.", "Лікар", "Головна")
    await ihor.presses("🤒 Не буде в школі", "Іван Коваль", "Чт 26 лист.", "Лікар")
    await ihor.presses("Скасувати запис", "Так, скасувати", "Головна")
    await house.later(seconds=31)
    await ihor.presses("Записи про відсутність")
    listed = [label for label in ihor.labels if "Коваль" in label]
    assert listed == ["Сьогодні · Оля Коваль", "Ср 25 лист. · Іван Коваль"]
    await ihor.presses("Ср 25 лист. · Іван Коваль")
    assert "✅ Записано: Іван Коваль, середа, 25 листопада." in ihor.last
    await house.later(days=1)
    await ihor.says("/menu")
    await ihor.presses("Записи про відсутність")
    assert [label for label in ihor.labels if "Коваль" in label] == ["Завтра · Іван Коваль"]


@BOTH
async def test_an_absence_that_is_over_cannot_be_changed(house: House, platform: str) -> None:
    _teacher, ihor = await reported(house, platform)
    await house.later(days=1)
    await ihor.presses("Змінити причину")
    assert "Ця відсутність уже минула" in ihor.last
    assert "Оля Коваль, 3-Б\nСьогодні: у школі" in ihor.last
    assert [one[3] for one in await house.absences()] == [Reason.ILLNESS]


@BOTH
async def test_of_an_absence_that_has_begun_only_the_end_is_changed(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "23", "25", "Хвороба")
    await house.later(days=1)
    await ihor.presses("Змінити дати")
    assert ": пн 23 лист. – по який день?" in ihor.last
    assert not [label for label in ihor.labels if label.startswith("Лише")]
    assert next(label for label in ihor.labels if label.isdigit()) == "24"
    await ihor.presses("27")
    assert "✅ Записано: Оля Коваль, пн 23 – пт 27 листопада." in ihor.last
    await ihor.presses("Змінити дати", "24")
    assert "✅ Записано: Оля Коваль, пн 23 – вт 24 листопада." in ihor.last
    days = await house.facts(lambda db: db.all(select(AbsenceDay.day).order_by(AbsenceDay.day)))
    assert [day.day for (day,) in days] == [23, 24]
    for first, last in ((24, 24), (23, 23)):
        await ihor.forges(told.set_days(1, date(2026, 11, first), date(2026, 11, last)))
        assert "Цей день уже минув." in ihor.last
    assert [one[1:3] for one in await house.absences()] == [(date(2026, 11, 23), date(2026, 11, 24))]
