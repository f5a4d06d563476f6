"""Staff: invited with a message to pass on, listed, given roles and relieved of them; never the last administrator."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from handlers import class_staff, inviting, school, staff
from models.audit import Audit, Deed
from models.people import Person, Role, Staff
from models.school import SchoolClass
from models.staff import LastAdministrator, Place, end_post, is_last_administrator
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
GONE = "Це вже недоступно"
CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}")


async def office(house: House, platform: str, name: str = "Світлана Іванівна") -> Friend:
    friend = await house.administrator(platform, name)
    return await friend.presses("🏫 Школа", "Працівники")


def code_in(friend: Friend) -> str:
    """The code of the newest invitation that was shown."""
    return str(CODE.findall("\n".join(friend.texts))[-1])


async def roles(house: House) -> set[tuple[str, Role, str | None]]:
    asked = (
        select(Person.name, Staff.role, SchoolClass.name)
        .join(Staff, Staff.person_id == Person.id)
        .outerjoin(SchoolClass, SchoolClass.id == Staff.class_id)
    )
    return {tuple(row) for row in await house.facts(lambda db: db.all(asked))}


async def person(house: House, friend: Friend) -> int:
    found = (await house.chat(friend)).person_id
    assert found is not None
    return found


async def deeds(house: House) -> list[Deed]:
    return [deed for (deed,) in await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))]


@BOTH
async def test_a_class_teacher_is_invited(house: House, platform: str) -> None:
    await house.invite(Role.CLASS_TEACHER, "Хтось", "3-Б")
    boss = await office(house, platform)
    await boss.presses("Запросити", "Класний керівник", "3-Б")
    await boss.says("12")
    assert "Це не ім’я" in boss.last
    await boss.says("Олена Петрівна")
    letter = next(text for text in reversed(boss.texts) if "запрошення до бота" in text)
    assert "Олена Петрівна: класний керівник, 3-Б." in letter
    assert "Telegram: https://t.me/" in letter
    assert f"Viber: http://127.0.0.1:{house.port}/open/" in letter  # Telegram makes no link of viber://
    assert "Діє один раз, 14 днів." in letter
    assert "запрошення в повідомленні вище" in boss.last
    olena = await house.stranger(platform).opens()
    await olena.says(code_in(boss))
    assert "3-Б" in olena.last
    assert ("Олена Петрівна", Role.CLASS_TEACHER, "3-Б") in await roles(house)
    assert Deed.INVITED in await deeds(house)


@BOTH
async def test_a_specialist_by_a_title_of_ones_own(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await boss.presses("Запросити", "Спеціаліст")
    await boss.says("Керівниця гуртка «Бджілка» " * 4)
    assert "Задовгий текст: вміститься до 60 знаків." in boss.last
    await boss.says("Керівниця гуртка «Бджілка»")
    await boss.says("Ганна")
    hanna = await house.stranger(platform).opens()
    await hanna.says(code_in(boss))
    assert "Ваша роль тут: Керівниця гуртка «Бджілка»." in hanna.last
    assert set(hanna.labels) == {"⚙️ Налаштування", "Допомога"}
    for link in (school.hub(), staff.people(), class_staff.of_class(1), inviting.every()):
        await hanna.forges(link)
        assert GONE in hanna.last
        await house.later(seconds=3)
    await boss.says("/menu")
    await boss.presses("🏫 Школа", "Працівники", "Ганна", "Завершити: Керівниця гуртка «Бджілка»")
    await boss.presses("Так, завершити")
    await hanna.says("/menu")
    assert "Бджілка" not in hanna.last
    assert Deed.ROLE_ENDED in await deeds(house)


@BOTH
async def test_an_offered_title_is_read_in_ones_own_language(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await boss.presses("Запросити", "Спеціаліст", "Соціальний педагог")
    await boss.says("Ганна")
    hanna = house.stranger(platform, "Ганна", "en")
    await hanna.opens()
    await hanna.says(code_in(boss))
    assert "Social worker" in hanna.last
    await boss.says("/menu")
    await boss.presses("🏫 Школа", "Працівники")
    assert "· Ганна: Соціальний педагог" in boss.last


@BOTH
async def test_an_invitation_is_taken_back_or_made_anew(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await boss.presses("Запросити", "Адміністратор")
    await boss.says("Ганна")
    first = code_in(boss)
    await boss.presses("Назад")
    await boss.presses(next(label for label in boss.labels if label.startswith("Ганна")), "Створити нове")
    second = code_in(boss)
    assert first != second
    hanna = await house.stranger(platform).opens()
    await hanna.says(first)
    assert "Це запрошення не діє" in hanna.last
    await boss.presses("Назад")
    await boss.presses(
        next(label for label in boss.labels if label.startswith("Ганна")), "Скасувати запрошення"
    )
    assert "більше не діє" in boss.last
    await hanna.says(second)
    assert "Це запрошення не діє" in hanna.last
    assert (await deeds(house)).count(Deed.INVITATION_ENDED) == 2


@BOTH
async def test_the_last_administrator_stays(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await boss.presses("Світлана Іванівна", "Завершити: адміністратор", "Так, завершити")
    assert "це єдиний адміністратор" in boss.last
    assert ("Світлана Іванівна", Role.ADMINISTRATOR, None) in await roles(house)
    who = await person(house, boss)
    assert await house.facts(lambda db: is_last_administrator(db, who))
    other = await house.administrator(platform, "Ганна")
    assert not await house.facts(lambda db: is_last_administrator(db, who))
    await boss.says("/menu")
    await boss.presses("🏫 Школа", "Працівники", "Ганна", "Завершити: адміністратор", "Так, завершити")
    assert "Ганна: більше не адміністратор." in boss.last
    await other.says("/menu")
    assert "🏫 Школа" not in other.labels


@BOTH
async def test_two_who_end_each_other_cannot_both(house: House, platform: str) -> None:
    boss, other = await office(house, platform), await house.administrator(platform, "Ганна")
    await boss.says("/menu")
    await boss.presses("🏫 Школа", "Працівники", "Ганна", "Завершити: адміністратор")
    await other.presses("🏫 Школа", "Працівники", "Світлана Іванівна", "Завершити: адміністратор")
    await boss.presses("Так, завершити")
    before = await roles(house)
    await other.says("/menu")
    asked = select(Staff.id).where(Staff.role == Role.ADMINISTRATOR)
    ((post,),) = await house.facts(lambda db: db.all(asked))
    await other.forges(staff.end(post))
    assert GONE in other.last
    assert await roles(house) == before
    with pytest.raises(LastAdministrator):
        await house.app.database.write(lambda db: end_post(db, 1, post))


@BOTH
async def test_a_class_is_handed_over_to_one_of_the_staff(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    iryna = await house.teacher(platform, "Ірина Львівна", "4-А")
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Передати клас", "Ірина Львівна")
    assert "Олена Петрівна: більше не класний керівник" in olena.last
    await olena.presses("Так, передати")
    assert "3-Б" not in " ".join(olena.labels)
    assert await roles(house) == {
        ("Ірина Львівна", Role.CLASS_TEACHER, "3-Б"),
        ("Ірина Львівна", Role.CLASS_TEACHER, "4-А"),
    }
    assert "Ваша роль тут: класний керівник, 3-Б." in iryna.last
    for link in (class_staff.of_class(1), class_staff.whom(Place(Role.CLASS_TEACHER, 1))):
        await olena.forges(link)
        assert GONE in olena.last
        await house.later(seconds=3)


@BOTH
async def test_the_old_teacher_stays_until_the_invited_one_has_joined(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Передати клас", "Запросити нову людину")
    await olena.says("Ганна")
    assert ("Олена Петрівна", Role.CLASS_TEACHER, "3-Б") in await roles(house)
    hanna = await house.stranger(platform).opens()
    await hanna.says(code_in(olena))
    await house.later(minutes=6)
    assert "Ганна: уже тут. Роль: класний керівник, 3-Б." in olena.last
    await olena.presses("Передати клас", "Так, передати")
    assert await roles(house) == {("Ганна", Role.CLASS_TEACHER, "3-Б")}


@BOTH
async def test_a_teacher_does_not_end_another_and_does_not_leave_the_class_alone(
    house: House, platform: str
) -> None:
    olena = await house.teacher(platform)
    other = await house.teacher(platform, "Ірина Львівна")
    ids = dict(
        await house.facts(
            lambda db: db.all(select(Person.name, Staff.id).join(Staff, Staff.person_id == Person.id))
        )
    )
    await olena.forges(staff.end(ids["Ірина Львівна"]))
    assert GONE in olena.last
    await house.later(seconds=3)
    await olena.forges(staff.end(ids["Олена Петрівна"]))
    assert ("Олена Петрівна", Role.CLASS_TEACHER, "3-Б") not in await roles(house)
    await other.forges(staff.end(ids["Ірина Львівна"]))
    assert "Спершу передайте його" in other.last
    for place in (
        Place(Role.ADMINISTRATOR),
        Place(Role.SPECIALIST, title="Я"),
        Place(Role.CLASS_TEACHER, 99),
    ):
        await house.later(seconds=3)
        await other.forges(staff.give(await person(house, other), place))
        assert GONE in other.last
    assert await roles(house) == {("Ірина Львівна", Role.CLASS_TEACHER, "3-Б")}


@BOTH
async def test_another_schools_administrator_reaches_nobody(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await boss.presses("Запросити", "Адміністратор")
    await boss.says("Ганна")
    stranger = await house.administrator(platform, "Чужа", school="Гімназія №1")
    who = await person(house, boss)
    for link in (
        staff.person(who), staff.ending(1), staff.end(1), staff.certain(who, Place(Role.SPECIALIST, title="Я")),
        staff.give(who, Place(Role.SPECIALIST, title="Я")), inviting.one_of(2), inviting.end(2), inviting.renew(2),
    ):  # fmt: skip
        await stranger.forges(link)
        assert "Світлана" not in stranger.last
        assert "Ганна" not in stranger.last
        await house.later(seconds=3)
    assert (await deeds(house)).count(Deed.INVITATION_ENDED) == 0
    assert len(await roles(house)) == 2


@BOTH
async def test_whoever_has_lost_a_role_has_left_no_door_open(house: House, platform: str) -> None:
    """What a teacher could invite to, she cannot come back by, nor take over a guardian's messenger."""
    olena = await house.teacher(platform)
    await house.teacher(platform, "Ірина Львівна")
    await house.guardian(platform, "Ігор", "Оля Коваль")
    boss = await house.administrator(platform)
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Ще один керівник", "Запросити нову людину")
    await olena.says("Хтось")
    back = code_in(olena)
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 1", "✅ Оля Коваль", "Ігор")
    await olena.presses("Новий телефон чи номер", "Створити нове посилання")
    phone = code_in(olena)
    await boss.presses("🏫 Школа", "Працівники", "Олена Петрівна")
    await boss.presses("Завершити: класний керівник, 3-Б", "Так, завершити")
    await olena.says("/menu")
    await olena.says(back)
    assert "Це запрошення не діє" in olena.last
    other = await house.stranger(platform).opens()
    for code in (back, phone):
        await other.says(code)
        assert "Це запрошення не діє" in other.last
    assert (await deeds(house)).count(Deed.INVITATION_ENDED) == 2


@BOTH
async def test_what_is_still_hers_to_give_stays(house: House, platform: str) -> None:
    boss = await office(house, platform)
    await house.invite(Role.CLASS_TEACHER, "", "3-Б")
    me = await person(house, boss)
    await boss.forges(staff.give(me, Place(Role.CLASS_TEACHER, 1)))
    await boss.forges(inviting.invitee(Place(Role.SPECIALIST, title="Психолог")))
    await boss.says("Ганна")
    code = code_in(boss)
    asked = select(Staff.id).where(Staff.role == Role.CLASS_TEACHER)
    ((post,),) = await house.facts(lambda db: db.all(asked))
    await boss.forges(staff.end(post))
    hanna = await house.stranger(platform).opens()
    await hanna.says(code)
    assert "Психолог" in hanna.last


@BOTH
async def test_whoever_is_forgotten_has_left_no_door_open(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    await house.teacher(platform, "Ірина Львівна")
    await olena.says("/menu")
    await olena.presses("👥 3-Б: клас", "Хто веде клас", "Ще один керівник", "Запросити нову людину")
    await olena.says("Хтось")
    back = code_in(olena)
    await olena.says("/mydata")
    await olena.presses("Забути мене", "Так, забути мене")
    await olena.says(back)
    assert "Це запрошення не діє" in olena.last
