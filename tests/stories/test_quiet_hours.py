"""Evenings and nights, and teachers who cannot be reached: what the parent is told, and when the teacher gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hours import quiet_until
from handlers import quiet
from models.letter import Kind
from tests.house import KYIV, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
PHONE = "Через цей чат класний керівник повідомлення не отримає. Зателефонуйте, будь ласка, до школи."


async def until(house: House, day: int, hour: int, minute: int = 0) -> None:
    await house.later(
        seconds=(datetime(2026, 11, day, hour, minute, tzinfo=KYIV) - house.clock.now()).total_seconds()
    )


@BOTH
async def test_a_report_before_dawn_reaches_the_teacher_at_seven(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await until(house, 24, 5, 30)
    await ihor.says("/menu")
    before = teacher.texts
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    assert teacher.texts == before
    await until(house, 24, 6, 59)
    assert teacher.texts == before
    await until(house, 24, 7, 1)
    assert teacher.texts[:-1] == before
    assert "Оля Коваль: хвороба" in teacher.last


@BOTH
async def test_all_of_a_night_is_one_card(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    families = [await house.guardian(platform, f"Мама {n}", f"Дитина {n}") for n in range(4)]
    await until(house, 24, 0, 30)
    before = teacher.texts
    for family in families:
        await house.later(hours=1)
        await family.says("/menu")
        await family.presses("🤒 Не буде сьогодні", "Хвороба")
    await families[0].presses("Додати кілька слів")
    await families[0].says("Кашель")
    await until(house, 24, 7, 10)
    assert teacher.texts[:-1] == before
    assert "Немає: 4 з 4" in teacher.last
    assert "«Кашель»" in teacher.last


@BOTH
async def test_what_is_withdrawn_in_the_night_is_not_on_the_card(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await until(house, 24, 5, 30)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Скасувати запис", "Так, скасувати")
    await until(house, 24, 7, 10)
    assert not [text for text in teacher.texts if "Немає: 1" in text]


@BOTH
async def test_noticed_late_in_the_evening_reaches_the_parent_in_the_morning(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Змінити дати")
    await until(house, 23, 21)
    before = ihor.texts
    await teacher.presses("Враховано")
    assert ihor.texts == before
    await until(house, 24, 7, 5)
    assert len(ihor.texts) == len(before) + 1
    assert "Враховано: класний керівник знає." in ihor.last


@BOTH
async def test_on_saturday_no_card_comes(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "26", "30", "Хвороба")
    await until(house, 27, 8)
    count = len(teacher.texts)
    await until(house, 28, 9)
    assert len(teacher.texts) == count
    await until(house, 30, 7, 5)
    assert len(teacher.texts) == count + 1


@BOTH
async def test_without_a_teacher_the_parent_is_told_to_phone(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert PHONE in ihor.last
    assert "Передано" not in ihor.last
    teacher = await house.teacher(platform)
    assert "Немає: 1 з 1" in teacher.last
    await teacher.presses("🤒 3-Б: сьогодні", "Враховано")
    await ihor.says("/menu")
    assert "· враховано" in ihor.last


@BOTH
async def test_with_a_teacher_who_blocked_the_bot_the_parent_is_told_to_phone(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Яна Коваль")
    await teacher.blocks()
    await ihor.presses("🤒 Не буде в школі", "Оля Коваль", "Сьогодні", "Хвороба")
    assert PHONE in ihor.last
    await teacher.unblocks()
    await teacher.opens()
    assert "Немає: 1 з 2" in teacher.last
    await ihor.presses("Головна", "🤒 Не буде в школі", "Яна Коваль", "Сьогодні", "Хвороба")
    assert "Передано: Олена Петрівна." in ihor.last
    assert "Немає: 2 з 2" in teacher.last


@BOTH
async def test_a_second_teacher_is_enough(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    iryna = await house.teacher(platform, "Ірина Львівна")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await olena.blocks()
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "Передано: Ірина Львівна." in ihor.last
    assert "Немає: 1 з 1" in iryna.last


@BOTH
async def test_the_schools_own_quiet_hours_hold_besides_everybodys(house: House, platform: str) -> None:
    administrator = await house.administrator(platform)
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await administrator.says("/school")
    await administrator.presses("Тихі години", "Інші години", "18", "8")
    assert "✅ Тихі години: 18:00–8:00." in administrator.last
    await ihor.says("/settings")
    await ihor.presses("Тихі години")
    assert "Тихі години зараз: 20:00–7:00." in ihor.last
    assert "Діють і тихі години школи: 18:00–8:00." in ihor.last
    await until(house, 24, 18, 30)
    await announced(teacher, "Завтра екскурсія")
    before = ihor.texts
    await until(house, 25, 7, 59)
    assert ihor.texts == before
    await until(house, 25, 8, 1)
    assert "Завтра екскурсія" in ihor.last
    await until(house, 25, 18, 30)
    await announced(teacher, "Класу завтра не буде", kind=Kind.URGENT)
    await house.later(seconds=15)
    assert "Класу завтра не буде" in ihor.last
    await teacher.forges(quiet.keep(1, 2, True))
    await ihor.says("/settings")
    await ihor.presses("Тихі години")
    assert "Діють і тихі години школи: 18:00–8:00." in ihor.last


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.tuples(st.integers(0, 23), st.integers(0, 23))


@given(
    moment=st.integers(0, 366 * 24 * 60).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
    own=HOURS,
    school=HOURS,
)
def test_nothing_comes_in_the_hours_of_either(
    moment: datetime, own: tuple[int, int], school: tuple[int, int]
) -> None:
    def within(at: datetime, hours: tuple[int, int]) -> bool:
        return any((hours[0] + n) % 24 == at.astimezone(KYIV).hour for n in range((hours[1] - hours[0]) % 24))

    later = quiet_until(moment, "Europe/Kyiv", own, school)
    every = {(one[0] + n) % 24 for one in (own, school) for n in range((one[1] - one[0]) % 24)}
    at = later or moment
    assert not within(at, own)
    assert not within(at, school) or len(every) == 24
    assert at - moment <= timedelta(hours=25)
