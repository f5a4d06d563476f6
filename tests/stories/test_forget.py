"""Being forgotten: asked first, done at once, with a last word; others keep what is theirs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers import children, forgetting, privacy
from models.announcement import Ask, Copy
from models.audit import Audit, Deed
from models.base import Base
from models.chat import Chat
from models.database import Db
from models.erasure import Tombstone
from models.invite import Offer, issue
from models.people import Child, Guardian, Person, Right, Role
from models.question import Question
from tests.databases import both_databases
from tests.house import Friend, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
NAME, WORDS = "Канарко Ігор", "Канарка: сильний кашель"


async def everything(db: Db) -> str:
    """All texts of all tables but the strangers' addresses."""
    rows = [row for table in Base.metadata.sorted_tables for row in await db.all(select(table))]
    return json.dumps([list(row) for row in rows], ensure_ascii=False, default=str)


async def asks_to_be_forgotten(friend: Friend) -> None:
    await friend.says("/mydata")
    await friend.presses("Забути мене")
    await friend.presses("Так, забути мене")


async def gone(house: House, *parts: str) -> None:
    """None of this is anywhere in the database."""
    left = await house.facts(everything)
    assert [part for part in parts if part in left] == []


async def deeds(house: House) -> list[Deed]:
    rows = await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))
    return [deed for (deed,) in rows]


async def count(house: House, table: Any) -> int:
    found: int = (await house.facts(lambda db: db.first(select(func.count()).select_from(table))))[0]
    return found


@BOTH
async def test_a_guardian_is_forgotten_and_told_so(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, NAME, "Оля Коваль")
    hanna = await house.guardian(platform, "Ганна", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says(WORDS)
    await house.later(minutes=6)
    assert WORDS in teacher.last
    await ihor.says("/mydata")
    await ihor.presses("Забути мене")
    assert "безповоротно" in ihor.last
    assert "Лишається:" in ihor.last
    assert "1 день – адреса й мова цього чату" in ihor.last
    await ihor.presses("Так, забути мене")
    assert "✅ Готово: вас тут забуто." in ihor.last
    await house.later(minutes=6)
    left = await house.facts(everything)
    assert NAME not in left
    assert WORDS not in left
    if platform == "telegram":  # where a message can be changed, it is
        assert not [text for text in teacher.texts if NAME in text or WORDS in text]
    await teacher.says("/class")
    assert "Оля Коваль: хвороба" in teacher.last
    assert NAME not in teacher.last
    await hanna.says("/menu")
    assert "не буде в школі (причина: хвороба)" in hanna.last
    assert (await deeds(house))[-1] is Deed.ERASED
    await ihor.says("/menu")
    assert "Вхід за запрошенням" in ihor.last
    await house.later(hours=26)
    addresses = [row[0] for row in await house.facts(lambda db: db.all(select(Chat.address)))]
    assert ihor.phone.address not in addresses


@BOTH
async def test_letters_that_wait_for_them_stop(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, NAME, "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Змінити дати")
    await house.later(hours=13)
    await teacher.presses("Враховано")
    await asks_to_be_forgotten(ihor)
    before = ihor.texts
    await house.later(hours=12)
    assert ihor.texts == before


@BOTH
async def test_the_other_messenger_is_a_strangers_too(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, NAME, "Оля Коваль")
    other = house.stranger("viber" if platform == "telegram" else "telegram")
    person = (await house.chat(ihor)).person_id
    offer = Offer(1, Role.GUARDIAN, person_id=person)
    await house.joins(other, await house.app.database.write(lambda db: issue(db, offer, house.clock.now())))
    await other.says("/menu")
    assert "Оля Коваль" in other.last
    await asks_to_be_forgotten(ihor)
    await other.says("/menu")
    assert "Вхід за запрошенням" in other.last


@BOTH
async def test_the_last_administrator_is_refused_plainly(house: House, platform: str) -> None:
    only = await house.administrator(platform)
    await only.says("/mydata")
    await only.presses("Забути мене")
    assert "Інших адміністраторів у школі немає." in only.last
    await only.forges(forgetting.forget())
    assert "Інших адміністраторів у школі немає." in only.last
    assert await count(house, Person) == 1
    await house.administrator(platform, "Друга Адміністраторка")
    await asks_to_be_forgotten(only)
    assert "✅ Готово" in only.last
    assert await count(house, Person) == 1


@BOTH
async def test_a_class_that_loses_its_only_teacher_is_the_administrators_to_see(
    house: House, platform: str
) -> None:
    olena = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    await house.teacher(platform, "Ірина Львівна", "4-А")
    boss = await house.administrator(platform)
    await olena.says("/mydata")
    await olena.presses("Забути мене")
    assert "⚠️ Без класного керівника залишиться: 3-Б. Адміністратори про це дізнаються." in olena.last
    await olena.presses("Так, забути мене")
    assert "✅ Готово" in olena.last
    assert "3-Б\n⚠️ У цього класу немає класного керівника." in boss.last.replace("\n\n", "\n")
    assert "Ще один керівник" in boss.labels
    await boss.says("/school")
    await boss.presses("Класи")
    assert "⚠️ Без класного керівника: 3-Б" in boss.last
    assert "4-А" not in boss.last
    await boss.presses("3-Б")
    assert "⚠️ У цього класу немає класного керівника." in boss.last
    await boss.presses("Усі класи")
    assert "4-А" in boss.labels


@BOTH
async def test_a_guardian_asks_and_the_teacher_has_the_child_forgotten(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    second = await house.teacher(platform, "Ірина Львівна")
    ihor = await house.guardian(platform, "Ігор", "Канарка Оля")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await ihor.says("/mydata")
    await ihor.presses("Про дитину: Канарка Оля", "Стерти дані дитини")
    assert "вирішує класний керівник" in ihor.last
    await ihor.presses("Попросити стерти дані")
    assert "Передано класному керівнику." in ihor.last
    assert await count(house, Child) == 1
    await house.later(minutes=6)
    assert "Ігор: прохання стерти дані дитини. Канарка Оля, 3-Б." in teacher.last
    assert teacher.last == second.last
    await teacher.presses("Що буде стерто", "Так, стерти дані")
    assert "✅ Дані дитини тут стерто." in teacher.last
    await house.later(minutes=6)
    assert "дані вашої дитини тут стерто назавжди" in ihor.last
    assert "3-Б: дані однієї дитини стерто назавжди. Зараз у списку: 0." in second.last
    for friend in (ihor, teacher):
        await friend.says("/menu")
        assert "Канарка" not in friend.last
    assert "Канарка" not in await house.facts(everything)
    assert await count(house, Child) == 0
    assert await count(house, Tombstone) == 1


@BOTH
async def test_the_teacher_keeps_a_child_and_the_guardian_is_told(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    hanna = await house.guardian(platform, "Ганна", "Оля Коваль")
    before = hanna.texts
    await ihor.says("/mydata")
    await ihor.presses("Про дитину: Оля Коваль", "Стерти дані дитини", "Попросити стерти дані")
    await house.later(minutes=6)
    await teacher.presses("Дитина лишається")
    assert "✅ Дитина лишається. Відповідь надіслано: Ігор." in teacher.last
    await house.later(minutes=6)
    assert "Оля Коваль: лишається в списку класу." in ihor.last
    assert hanna.texts == before, "what one home asks for is not told to the other"
    await ihor.presses("Від’єднатися", "Так, від’єднатися")
    assert await count(house, Guardian) == 1


@BOTH
async def test_a_guardian_can_leave_a_child_and_never_erase_it(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    hanna = await house.guardian(platform, "Ганна", "Оля Коваль")
    limited = await house.guardian(platform, "Тарас", "Оля Коваль")
    await house.limited(limited, Right.REPORT)
    child = (await house.facts(lambda db: db.first(select(Child.id))))[0]
    await limited.forges(forgetting.surely_child(child))
    assert "Попросити стерти дані" not in limited.labels
    for link in (forgetting.forget_child(child), forgetting.wish(child), forgetting.keep(child, 2)):
        await limited.forges(link)
    await ihor.forges(forgetting.forget_child(child))
    assert await count(house, Child) == 1
    await ihor.says("/mydata")
    await ihor.presses("Про дитину: Оля Коваль", "Стерти дані дитини", "Так, від’єднатися")
    assert "більше не у вашому списку" in ihor.last
    assert await count(house, Guardian) == 2
    await hanna.says("/menu")
    assert "Оля Коваль" in hanna.last


@BOTH
async def test_with_nobody_at_the_school_to_ask_one_is_told_so(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.forges(forgetting.wish(1))
    assert "Скажіть їм, будь ласка, особисто." in ihor.last


@BOTH
async def test_the_teacher_can_have_a_child_forgotten_and_others_cannot(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    far = await house.teacher(platform, "Чужа Вчителька", "11-Ю")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    stranger = await house.stranger(platform).opens()
    child = (await house.facts(lambda db: db.first(select(Child.id))))[0]
    for other in (far, stranger):
        for link in (forgetting.forget_child(child), forgetting.surely_child(child), privacy.child(child)):
            await other.forges(link)
            assert "Оля" not in other.last
        await other.forges(forgetting.leave_child(child))
    assert await count(house, Guardian) == 1
    await teacher.forges(privacy.child(child))
    await teacher.presses("Стерти дані дитини", "Так, стерти дані")
    assert await count(house, Child) == 0
    await ihor.says("/menu")
    assert "Оля" not in ihor.last


@both_databases
async def test_between_the_walls_of_postgresql_too(house: House) -> None:
    await house.teacher("telegram")
    ihor = await house.guardian("telegram", NAME, "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await asks_to_be_forgotten(ihor)
    assert "✅ Готово" in ihor.last
    assert NAME not in await house.facts(everything)


@BOTH
async def test_a_childs_former_name_and_how_others_wrote_it_go_with_it(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Канарка Ольга")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await teacher.says("/class")
    await house.waits(platform, "Хтось", "ольга перепілка", await house.class_link())
    await teacher.forges(children.naming(1))
    await teacher.says("Перепілка Ольга")
    assert "Перепілка Ольга" in await house.facts(everything)
    await teacher.forges(forgetting.forget_child(1))
    await house.later(minutes=6)
    await gone(house, "Канарка", "ерепілка")


@BOTH
async def test_a_former_name_that_came_back_by_undoing_goes_too(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Канарка Ольга")
    await teacher.forges(children.naming(1))
    await teacher.says("Перепілка Ольга")
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Список дітей", "↩ Скасувати: нове ім’я", "Так, скасувати")
    await teacher.forges(forgetting.forget_child(1))
    await gone(house, "Канарка", "ерепілка")


@BOTH
async def test_what_was_said_while_waiting_goes_too(house: House, platform: str) -> None:
    """Also the name that was given before another invitation let them in under theirs."""
    teacher = await house.teacher(platform)
    await house.invite(Role.GUARDIAN, "", child="Оля Коваль")
    ihor = await house.waits(platform, "Канарка", "Оля Коваль", await house.class_link())
    await teacher.presses("Хто це?")
    await ihor.says("Перепілка, тато Олі")
    await house.later(minutes=6)
    assert "Перепілка" in teacher.last
    await house.joins(ihor, await house.invite(Role.GUARDIAN, "Ігор", child="Іван Сич"))
    await asks_to_be_forgotten(ihor)
    await gone(house, "Канарка", "Перепілка")


@BOTH
@pytest.mark.parametrize("name", ["е", "text", "home", "main"])
async def test_whose_name_is_a_part_of_everything_takes_nothing_of_others_along(
    house: House, platform: str, name: str
) -> None:
    await house.teacher(platform)
    hanna = await house.guardian(platform, "Ганна", "Оля Коваль")
    called = await house.guardian(platform, name, "Іван Бондар")
    await asks_to_be_forgotten(called)
    await hanna.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "✅ Записано" in hanna.last


@BOTH
async def test_questions_and_answers_go_with_who_gave_them(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, NAME, "Оля Коваль")
    iryna = await house.guardian(platform, "Ірина", "Оля Коваль")
    await announced(teacher, "Завтра екскурсія", asks=Ask.READ)
    await ihor.presses("Прочитано")
    await ihor.says(WORDS)
    assert WORDS in teacher.last
    await iryna.presses("Прочитано")
    assert NAME not in iryna.last  # one home's answer is not the other's to read
    await asks_to_be_forgotten(ihor)
    await gone(house, NAME, WORDS)
    assert await count(house, Question) == 0
    assert await count(house, Copy) == 1
    await teacher.says("/menu")
    assert not [label for label in teacher.labels if "✉️" in label]
    if platform == "telegram":
        assert WORDS not in "".join(teacher.texts)
        assert NAME not in "".join(iryna.texts)
