"""A new school year: asked one thing at a time, begun once, and leavers are gone."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, select

from handlers import year
from models.audit import Audit, Deed
from models.people import Child, Person, Role, Staff
from models.school import School, SchoolClass
from models.year import Plan
from tests.house import KYIV, Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
JUNE = datetime(2027, 6, 7, 8, 10, tzinfo=KYIV)
NEXT = 2027


async def in_june(house: House) -> None:
    """The school year 2026/27 is near its end."""
    house.clock.wind(JUNE - house.clock.now())


async def asked(friend: Friend) -> Friend:
    await friend.says("/school")
    return await friend.presses("Новий навчальний рік")


async def classes(house: House) -> list[str]:
    found = select(SchoolClass.name).order_by(SchoolClass.id)
    return [name for (name,) in await house.facts(lambda db: db.all(found))]


async def the_year(house: House) -> int:
    row: int = (await house.facts(lambda db: db.first(select(School.year).order_by(School.id))))[0]
    return row


async def names(house: House, column: type[Person] | type[Child]) -> set[str]:
    return {name for (name,) in await house.facts(lambda db: db.all(select(column.name)))}


async def to_the_end(friend: Friend, *leavers: str) -> Friend:
    """Through all questions as suggested."""
    await friend.presses("До запитань", "Далі", "Далі")
    await friend.presses("Далі" if "Далі" in friend.labels else "Нових немає")
    for one in leavers:
        await friend.presses(f"Так, випустити {one}")
    return friend


@BOTH
async def test_in_autumn_it_is_told_when(house: House, platform: str) -> None:
    friend = await asked(await house.administrator(platform))
    assert "Зараз навчальний рік 2026/27." in friend.last
    assert "субота, 15 травня" in friend.last
    assert "неділя, 31 жовтня 2027" in friend.last
    assert friend.labels == ["Назад", "Головна"]
    await friend.forges(year.summary(Plan(2026, (), (), ())))
    assert "зараз не час" in friend.last


@BOTH
async def test_a_whole_school_moves_up(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "4-А")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", school_class="4-А")
    both = await house.guardian(platform, "Анна", "Іван Бондар", school_class="4-А")
    await house.joins(both, await house.invite(Role.GUARDIAN, "Анна", "1-А", "Яна Бондар"))
    second = await house.teacher(platform, "Ірина Львівна", "1-А", "2-Б")
    await in_june(house)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    friend = await asked(await house.administrator(platform))
    await friend.presses("До запитань")
    assert {"☑ 4-А", "☐ 1-А", "☐ 2-Б"} <= set(friend.labels)
    await friend.presses("Далі")
    assert friend.labels[:2] == ["1-А → 2-А", "2-Б → 3-Б"]
    await friend.presses("2-Б → 3-Б")
    await friend.says("3-В")
    assert "2-Б → 3-В" in friend.labels
    await friend.presses("Далі")
    await friend.says("1-Б\n1-В")
    await friend.presses("✕ 1-В", "Далі")
    assert "4-А, випуск: 2 дитини, 2 дорослі (батьки, опікуни)." in friend.last
    assert "стерто назавжди" in friend.last
    await friend.presses("Так, випустити 4-А")
    assert "Лишаються: 1-А → 2-А, 2-Б → 3-В." in friend.last
    assert "Нові: 1-А, 1-Б." in friend.last
    assert "Випускаються: 4-А." in friend.last
    assert "2 дитини прощаються" in friend.last
    assert await the_year(house) == 2026
    assert sorted(await classes(house)) == ["1-А", "2-Б", "4-А"]
    await friend.presses("Почати 2027/28")
    assert "✅ Навчальний рік 2027/28 почато." in friend.last
    assert "Навчальні дні 2027/28" in friend.last
    assert await the_year(house) == NEXT
    assert {"2-А", "3-В", "1-А", "1-Б"} <= set(await classes(house))
    await both.says("/menu")
    assert "Яна Бондар, 2-А" in both.last
    assert "Іван" not in both.last
    await second.says("/menu")
    assert "2-А ·" in second.last
    await teacher.says("/menu")
    assert "Оля" not in teacher.last
    for _tick in range(4):
        await house.later(seconds=3)
    assert await names(house, Child) == {"Яна Бондар"}
    assert "Ігор" not in await names(house, Person)
    assert {"Анна", "Олена Петрівна", "Ірина Львівна"} <= await names(house, Person)
    assert sorted(await classes(house)) == ["1-А", "1-Б", "2-А", "3-В"]
    await ihor.says("/menu")
    assert "Вхід за запрошенням" in ihor.last
    deeds = [deed for (deed,) in await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))]
    for deed, number in (
        (Deed.YEAR_BEGUN, 1),
        (Deed.CLASS_MADE, 2),
        (Deed.CLASS_CHANGED, 2),
        (Deed.CLASS_LET_GO, 1),
        (Deed.ROLE_ENDED, 1),
        (Deed.ERASED, 3),
    ):
        assert deeds.count(deed) == number
    assert await house.wrongs() == []


@BOTH
async def test_no_leaver_is_let_go_without_a_yes(house: House, platform: str) -> None:
    await house.guardian(platform, "Ігор", "Оля Коваль", school_class="11-А")
    await in_june(house)
    friend = await asked(await house.administrator(platform))
    await friend.presses("До запитань", "Далі", "Далі", "Нових немає", "Ні, клас лишається")
    assert "11-А → 12-А" in friend.labels
    await friend.presses("11-А → 12-А", "11-А", "Далі", "Нових немає")
    assert "Лишаються: 11-А." in friend.last
    await friend.presses("Почати 2027/28")
    for _tick in range(3):
        await house.later(seconds=3)
    assert await names(house, Child) == {"Оля Коваль"}
    assert await classes(house) == ["11-А"]


@BOTH
async def test_a_double_tap_and_a_second_administrator_begin_one_year(house: House, platform: str) -> None:
    await house.teacher(platform, "Олена Петрівна", "2-А", "3-А")
    await in_june(house)
    one = await to_the_end(await asked(await house.administrator(platform)))
    two = await to_the_end(await asked(await house.administrator(platform, "Друга Директорка")))
    await one.presses_at_once("Почати 2027/28", 3)
    await two.presses("Почати 2027/28")
    assert "Цей навчальний рік уже почато" in two.last
    assert await the_year(house) == NEXT
    assert await classes(house) == ["3-А", "4-А"]
    await asked(one)
    assert "понеділок, 15 травня 2028" in one.last
    assert await house.wrongs() == []


@BOTH
async def test_what_changed_meanwhile_is_shown_before(house: House, platform: str) -> None:
    await house.teacher(platform, "Олена Петрівна", "4-А")
    await in_june(house)
    friend = await to_the_end(await asked(await house.administrator(platform)), "4-А")
    await house.guardian(platform, "Ігор", "Оля Коваль", school_class="4-А")
    await friend.presses("Почати 2027/28")
    assert "Тим часом дещо змінилося." in friend.last
    assert "1 дитина прощається зі школою." in friend.last
    assert await the_year(house) == 2026
    await friend.presses("Почати 2027/28")
    assert await the_year(house) == NEXT


@BOTH
async def test_names_that_clash_are_told_and_nothing_begins(house: House, platform: str) -> None:
    await house.teacher(platform, "Олена Петрівна", "2-А", "3-А")
    await in_june(house)
    friend = await asked(await house.administrator(platform))
    await friend.presses("До запитань", "Далі", "2-А → 3-А")
    await friend.says("4-А")
    assert "Два класи мали б назву 4-А" in friend.last
    await friend.presses("Далі", "Нових немає")
    assert "Два класи мали б назву 4-А" in friend.last
    assert "Почати 2027/28" not in friend.labels
    await friend.presses("Назви", "2-А → 4-А")
    await friend.says("х" * 41)
    assert "Задовгий текст: вміститься до 40 знаків." in friend.last
    await friend.says("3-Є")
    await friend.presses("Далі", "Нових немає", "Почати 2027/28")
    assert sorted(await classes(house)) == ["3-Є", "4-А"]


@BOTH
async def test_who_waits_for_a_class_that_leaves_is_told(house: House, platform: str) -> None:
    await house.teacher(platform, "Олена Петрівна", "4-А")
    await in_june(house)
    waits = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link("4-А"))
    friend = await to_the_end(await asked(await house.administrator(platform)), "4-А")
    assert "не підтверджує" not in waits.last
    await friend.presses("Почати 2027/28")
    assert "не підтверджує цей запит" in waits.last


@BOTH
async def test_all_others_are_refused(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "4-А")
    guardian = await house.guardian(platform, "Ігор", "Оля Коваль", school_class="4-А")
    await in_june(house)
    mine = await to_the_end(await asked(await house.administrator(platform)), "4-А")
    chat = await house.chat(mine)
    other = house.stranger(platform, "Інший Директор")
    await house.joins(other, await house.invite(Role.ADMINISTRATOR, "Інший Директор", school="Гімназія №404"))
    former = await house.administrator(platform, "Колишня Директорка")
    gone = (await house.chat(former)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == gone)))
    stranger = await house.stranger(platform).opens()
    found = await house.facts(lambda db: db.all(select(SchoolClass.id)))
    plan = Plan(2026, ((found[0][0], "Чужа"),), (found[0][0],), ("1-Я",))
    before = await classes(house)
    for link in (
        year.offer(),
        year.leaving(plan, 0),
        year.names(plan, 0),
        year.name(plan, found[0][0]),
        year.firsts(plan),
        year.farewell(plan, 0),
        year.summary(plan),
        year.begin(plan, "0" * 12),
    ):
        for one in (teacher, guardian, former, stranger, other):
            await one.forges(link)
            assert "4-А" not in one.last or one in (teacher, guardian)
            assert "Чужа" not in one.last
        await house.later(seconds=3)
    assert await classes(house) == before
    assert await the_year(house) == 2026
    assert chat.person_id is not None
