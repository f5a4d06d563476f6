"""Names and words full of markup are shown as they are, on every screen, and break none (T13, T14)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from models.absence import COMMENT_LENGTH, Absence, add_words
from models.database import Db
from models.people import Child, Person
from tests.house import Friend, House
from tests.stories.hostile import PLAIN, names, seen

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
NAMES = 300


async def renamed(house: House, child: str, guardian: str, comment: str) -> None:
    """Every child, every guardian and every comment get these."""

    async def write(db: Db) -> None:
        await db.run(update(Child).values(name=child))
        await db.run(update(Person).where(Person.name.not_like("Олена%")).values(name=guardian))
        for absence, teller in await db.all(select(Absence.id, Absence.told_by)):
            await add_words(db, absence, teller or 0, comment, house.clock.now())

    await house.app.database.write(write)


async def family(house: House, platform: str) -> tuple[Friend, Friend]:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля", "Яна")
    await ihor.presses("🤒 Не буде в школі", "Оля", "Сьогодні", "Хвороба")
    return teacher, ihor


@BOTH
async def test_three_hundred_names_are_shown_as_they_are(house: House, platform: str) -> None:
    teacher, ihor = await family(house, platform)
    hostile = names(NAMES)
    for number, name in enumerate(hostile):
        guardian, comment = hostile[number - 1], hostile[number - 2]
        await renamed(house, name, guardian, comment)
        house.clock.wind(timedelta(seconds=6))
        for friend, said in ((ihor, "/menu"), (teacher, "/class")):
            await friend.phone.says(said)
        await house.settled()
        assert seen(f"{name}, 3-Б") in seen(ihor.last), ascii(name)
        for shown in (name, guardian, comment):
            assert seen(shown) in seen(teacher.last), ascii(shown)


@BOTH
async def test_a_hostile_name_goes_through_every_screen(house: House, platform: str) -> None:
    teacher, ihor = await family(house, platform)
    for name in PLAIN:
        await house.later(minutes=6)
        await renamed(house, name, name, name)
        await goes_through_every_screen(house, teacher, ihor, name)
        await house.app.database.write(forget_tomorrow)


async def goes_through_every_screen(house: House, teacher: Friend, ihor: Friend, name: str) -> None:
    """One child is absent today, both will be tomorrow; then what is told of today is changed and noticed."""
    told = f"{name!a} on {ihor.platform}"
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде в школі")
    assert seen(name)[:15] in seen(ihor.labels[0]), told
    await ihor.presses("Усі: 2")
    assert seen(f"{name} і {name}: коли") in seen(ihor.last), told
    await ihor.presses("Завтра", "Лікар")
    assert seen(ihor.last).count(seen(f"✅ Записано: {name}, завтра")) == 2, told
    await ihor.presses("Головна", "Записи про відсутність")
    await ihor.presses(next(label for label in ihor.labels if label.startswith("Сьогодні")))
    await ihor.presses("Змінити свої слова")
    assert seen(f"{name}: напишіть") in seen(ihor.last), told
    await house.later(seconds=31)
    await ihor.presses("Назад", "Змінити причину")
    await ihor.presses("Транспорт" if "Транспорт" in ihor.labels else "Хвороба")
    await ihor.presses("Змінити дати", "23", "Лише пн 23 лист.", "Скасувати запис")
    assert seen(f"Скасувати запис? {name}:") in seen(ihor.last), told
    await house.later(minutes=6)
    await teacher.says("/class")
    assert seen(f"· {name}: ") in seen(teacher.last), told
    await teacher.presses("Враховано")


async def forget_tomorrow(db: Db) -> None:
    await db.run(delete(Absence).where(Absence.first_day > date(2026, 11, 23)))


@BOTH
async def test_hostile_words_are_typed_and_shown_as_they_are(house: House, platform: str) -> None:
    teacher, ihor = await family(house, platform)
    await ihor.presses("Додати кілька слів")
    for words in PLAIN:
        if words.startswith(("/", "#12")):  # a command, and on Viber a press
            continue
        await house.later(minutes=6)
        await ihor.says(words)
        assert seen(words) in seen(ihor.last), ascii(words)
        await ihor.presses("Змінити свої слова")
        await house.later(minutes=6)
        assert seen(words) in seen(teacher.last), ascii(words)


@BOTH
@pytest.mark.parametrize("length", [1, COMMENT_LENGTH, COMMENT_LENGTH + 1, 2001, 4096, 7000, 20_000])
async def test_a_text_of_any_length_is_answered(house: House, platform: str, length: int) -> None:
    _teacher, ihor = await family(house, platform)
    await ihor.presses("Додати кілька слів")
    before = len(ihor.texts)
    await ihor.says("я" * length)
    assert len(ihor.texts) > before or "я" in ihor.last
    assert ihor.labels
    comments = [told[4] for told in await house.absences()]
    assert comments == ["я" * length if length <= COMMENT_LENGTH else comments[0]]
    assert len(comments[0] or "") <= COMMENT_LENGTH


@BOTH
async def test_a_class_of_forty_with_long_names_fits_a_card(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    for number in range(40):
        ihor = await house.guardian(platform, "Ю" * 120, f"{number} {'Щ' * 110}")
        await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await renamed(house, "<&>" * 40, "🤒" * 120, "\\" * 500)
    await house.later(minutes=6)
    await teacher.says("/class")
    assert "Немає: 40 з 40" in teacher.last
    assert "Головна" in teacher.labels
    assert "Враховано" in teacher.labels
