"""Whom an announcement is for: classes, families, a committee, or whoever has not answered; nobody twice."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from handlers import audience
from models.announcement import Announcement
from models.people import Child, Person, Role, Staff, give_role
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею."


async def draft(teacher: Friend, text: str = TEXT) -> None:
    await teacher.says("/announce")
    await teacher.says(text)


async def sent(teacher: Friend, to: int) -> None:
    await teacher.presses("Переглянути й надіслати", f"Надіслати: {to}")
    await teacher.house.later(seconds=15)


@BOTH
async def test_chosen_families_alone_get_it_and_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль", "Яна Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    await draft(teacher)
    await teacher.presses("Кому", "☑ 3-Б: усі родини")
    assert "Кому: ще не обрано" in teacher.last
    await teacher.presses("Окремі родини", "☐ Оля Коваль", "☐ Яна Коваль", "Готово")
    assert "Кому: родини: Оля Коваль" in teacher.last
    await teacher.presses("Готово")
    await sent(teacher, 1)
    assert [text for text in ihor.texts if TEXT in text] == [ihor.last]
    assert TEXT not in " ".join(iryna.texts)


@BOTH
async def test_what_is_chosen_adds_up_and_the_administrator_takes_the_whole_school(
    house: House, platform: str
) -> None:
    for number in range(1, 34):
        await house.class_of(f"{number % 11 + 1}-{'АБВ'[number % 3]}")
    administrator = await house.administrator(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    anna = await house.guardian("viber", "Анна", "Марко Лис", school_class="4-А")
    await draft(administrator)
    assert "Кому: ще не обрано" in administrator.last
    await administrator.presses("Кому", "Окремі класи", "›", "›")
    assert "3/3" in " ".join(administrator.labels)
    await administrator.presses("‹", "‹", "☐ 3-Б", "Готово", "Окремі родини", "4-А", "☐ Марко Лис", "Готово")
    assert "Кому: 3-Б; родини: Марко Лис" in administrator.last
    await administrator.presses("☐ Уся школа")
    assert "Кому: усі класи: 33; родини: Марко Лис" in administrator.last
    await administrator.presses("Готово")
    await sent(administrator, 2)
    for guardian in (ihor, anna):
        assert [text for text in guardian.texts if TEXT in text] == [guardian.last]


@BOTH
async def test_the_committee_gets_it(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    person, school_class = (await house.chat(iryna)).person_id, await house.class_of("3-Б")
    assert person is not None
    await house.app.database.write(lambda db: give_role(db, 1, person, Role.COMMITTEE, school_class))
    await draft(teacher)
    await teacher.presses("Кому", "☑ 3-Б: усі родини", "☐ Батьківський комітет", "Готово")
    assert "Кому: батьківський комітет: 3-Б" in teacher.last
    await sent(teacher, 1)
    assert TEXT in iryna.last
    assert TEXT not in " ".join(ihor.texts)


@BOTH
async def test_only_those_who_have_not_answered_an_earlier_one(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    await draft(teacher, "Прошу підтвердити розклад.")
    await teacher.presses("Відповідь", "«Прочитано»")
    await sent(teacher, 2)
    await ihor.presses("Прочитано")
    await draft(teacher)
    await teacher.presses(
        "Кому", "☑ 3-Б: усі родини", "☐ Хто не відповів", "☐ Прошу підтвердити розклад. · 1"
    )
    assert "Кому: хто не відповів на «Прошу підтвердити розклад.»" in teacher.last
    await teacher.presses("Готово")
    await sent(teacher, 1)
    assert TEXT in iryna.last
    assert TEXT not in " ".join(ihor.texts)


@BOTH
async def test_a_class_that_was_taken_is_noticed_before_it_goes(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    anna = await house.guardian("viber", "Анна", "Марко Лис", school_class="4-А")
    await draft(teacher)
    await teacher.presses("Кому", "☐ Усі класи: 2", "Готово", "Переглянути й надіслати")
    assert "Отримають 2 людини." in teacher.last
    gone = await house.class_of("4-А")
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.class_id == gone)))
    await teacher.presses("Надіслати: 2")
    assert "Дехто з вибраних уже не у ваших класах." in teacher.last
    await teacher.presses("Прибрати їх", "Готово")
    await sent(teacher, 1)
    assert TEXT not in " ".join(anna.texts)


@BOTH
async def test_the_silent_of_a_class_that_was_taken_get_nothing(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    anna = await house.guardian("viber", "Анна", "Марко Лис", school_class="4-А")
    await draft(teacher, "Прошу підтвердити розклад.")
    await teacher.presses("Кому", "☐ Усі класи: 2", "Готово", "Відповідь", "«Прочитано»")
    await sent(teacher, 2)
    gone = await house.class_of("4-А")
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.class_id == gone)))
    await draft(teacher)
    await teacher.presses(
        "Кому", "☑ 3-Б: усі родини", "☐ Хто не відповів", "☐ Прошу підтвердити розклад. · 1"
    )
    await teacher.presses("Готово")
    await sent(teacher, 1)
    assert TEXT in ihor.last
    assert TEXT not in " ".join(anna.texts)


@BOTH
async def test_nobody_else_s_class_or_child_can_be_ticked(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian("viber", "Анна", "Марко Лис", school_class="4-А")
    other = await house.class_of("4-А")
    child = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == "Марко Лис"))))[0]
    await draft(teacher)
    post = (await house.facts(lambda db: db.first(select(Announcement.id))))[0]
    before = await house.facts(lambda db: db.first(select(Announcement.audience)))
    for link in (
        audience.tick(post, other, None),
        audience.tick_committee(post, other, None),
        audience.tick_family(post, child, 0),
        audience.families(post, other, 0),
    ):
        await teacher.forges(link)
        assert "Марко Лис" not in teacher.last
    assert await house.facts(lambda db: db.first(select(Announcement.audience))) == before


@BOTH
async def test_it_is_said_whom_it_does_not_reach_and_why(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    blocked = await house.guardian("telegram", "Ганна", "Петро Лис")
    await house.guardian("viber", "Ірина", "Тарас Бондар")
    await house.invite(Role.GUARDIAN, "Марко", "3-Б", "Гнат Мороз")
    night = await house.guardian("viber", "Роман", "Софія Мельник")
    sleeps = update(Person).where(Person.name == "Роман").values(quiet_from=6, quiet_to=15)
    await house.app.database.write(lambda db: db.run(sleeps))
    await blocked.blocks()
    await draft(teacher)
    await teacher.presses("Переглянути й надіслати")
    assert "Отримають 3 людини." in teacher.last
    assert "· Telegram: 1" in teacher.last
    assert "· Viber: 2" in teacher.last
    assert "Ще не з нами: 1 родина." in teacher.last
    assert "Бот заблоковано: 1 родина." in teacher.last
    assert "Пізніше, через тихі години: 1 (сьогодні, понеділок, 23 листопада, 15:00)" in teacher.last
    await teacher.presses("Надіслати: 3")
    await house.later(minutes=5)
    assert TEXT not in night.last
    await house.later(hours=7)
    assert TEXT in night.last
