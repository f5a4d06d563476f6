"""A substitute: in for a time, by appointment or by invitation, and out by the clock at the end of the last day."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from handlers import class_day, class_staff, staff
from models.audit import Audit, Deed
from models.people import Person, Role, Staff
from models.staff import Place
from tests.house import Friend, House
from tests.stories.test_staff import code_in, person

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
GONE = "Це вже недоступно"


async def stand_in(house: House, platform: str, day: str = "24") -> tuple[Friend, Friend]:
    """The class teacher of 3-Б, and who stands in for her until this day of November."""
    olena = await house.teacher(platform)
    iryna = await house.teacher(platform, "Ірина Львівна", "4-А")
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Тимчасова заміна", day)
    await olena.presses("Ірина Львівна", "Так, усе правильно")
    return olena, iryna


@BOTH
async def test_a_substitute_sees_the_class_until_the_day_is_over(house: House, platform: str) -> None:
    olena, iryna = await stand_in(house, platform)
    assert "останній день: завтра, вівторок, 24 листопада" in iryna.last
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await house.later(minutes=6)
    assert "Оля Коваль: хвороба" in iryna.last
    await house.later(hours=39)  # Tuesday, 23:30
    await iryna.says("/menu")
    assert "🤒 3-Б: сьогодні" in iryna.labels
    await house.later(minutes=45)
    rows = await house.facts(lambda db: db.all(select(Staff.until)))
    assert [until for (until,) in rows] == [None, None]
    await iryna.says("/menu")
    assert "🤒 3-Б: сьогодні" not in iryna.labels
    await iryna.forges(class_day.card(1, house.begins.date()))
    assert GONE in iryna.last
    await olena.says("/menu")
    assert "🤒 3-Б: сьогодні" in olena.labels
    ended = select(Audit.by_id).where(Audit.deed == Deed.ROLE_ENDED)
    assert await house.facts(lambda db: db.all(ended)) == [(None,)]


@BOTH
async def test_a_substitute_decides_nothing_about_the_class(house: House, platform: str) -> None:
    _olena, iryna = await stand_in(house, platform)
    await iryna.says("/menu")
    await iryna.presses("👥 3-Б: клас", "Хто веде клас")
    assert set(iryna.labels) == {"Назад", "Головна"}
    me = await person(house, iryna)
    place = Place(Role.CLASS_TEACHER, 1)
    for link in (
        class_staff.whom(place),
        class_staff.last_day(1, house.begins.date()),
        staff.give(me, place),
    ):
        await iryna.forges(link)
        assert GONE in iryna.last
        await house.later(seconds=3)


@BOTH
async def test_a_substitute_is_ended_early(house: House, platform: str) -> None:
    olena, iryna = await stand_in(house, platform, "27")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Завершити роль: Ірина Львівна", "Так, завершити")
    await iryna.says("/menu")
    assert "🤒 3-Б: сьогодні" not in iryna.labels


@BOTH
async def test_a_substitute_is_invited_for_as_long_as_it_makes_sense(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Тимчасова заміна", "24", "Запросити нову людину")
    await olena.says("Ганна")
    assert "Діє один раз, 1 день." in "\n".join(olena.texts)
    late, code = await house.stranger(platform).opens(), code_in(olena)
    await house.later(days=2)
    await late.says(code)
    assert "Це запрошення не діє" in late.last
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Тимчасова заміна", "27", "Запросити нову людину")
    await olena.says("Ганна")
    hanna = await house.stranger(platform).opens()
    await hanna.says(code_in(olena))
    asked = select(Person.name, Staff.until).join(Staff, Staff.person_id == Person.id)
    rows = dict(await house.facts(lambda db: db.all(asked)))
    assert rows["Олена Петрівна"] is None
    assert str(rows["Ганна"]) == "2026-11-27"


@BOTH
async def test_who_teaches_the_class_for_good_is_not_made_a_substitute(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    day = house.begins.date()
    await olena.forges(staff.give(await person(house, olena), Place(Role.CLASS_TEACHER, 1, until=day)))
    await house.later(days=2)
    await olena.says("/menu")
    assert "🤒 3-Б: сьогодні" in olena.labels
