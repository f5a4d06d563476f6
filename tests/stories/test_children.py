"""The children of a class: renamed, moved, leaving, and the last change undone."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from handlers import children
from models.audit import Audit, Deed
from models.invite import Invite
from models.letter import Letter, State
from models.people import Child, Role, Staff
from models.school import SchoolClass
from tests.databases import both_databases
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
FAMILIES = "👥 3-Б: клас"
NAMES = "Бондар Іван\nЛис Яна\nТкач Ян"


async def listed(house: House, platform: str, *classes: str) -> Friend:
    """A teacher before the list of 3-Б, which has three children."""
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", *classes)
    await teacher.presses(FAMILIES, "Додати дітей")
    await teacher.says(NAMES)
    return await teacher.presses("Зберегти 3")


async def there(house: House) -> list[tuple[str, str]]:
    """Class and name of every child that has not left."""
    asked = select(SchoolClass.name, Child.name).join(Child, Child.class_id == SchoolClass.id)
    rows = await house.facts(lambda db: db.all(asked.where(Child.left_at.is_(None)).order_by(Child.id)))
    return [(school_class, name) for school_class, name in rows]


async def deeds(house: House) -> list[Deed]:
    rows = await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))
    mine = {Deed.CHILDREN_ADDED, Deed.CHILD_RENAMED, Deed.CHILD_MOVED, Deed.CHILD_LEFT, Deed.UNDONE}
    return [deed for (deed,) in rows if deed in mine]


async def child_id(house: House, name: str) -> int:
    found: int = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == name))))[0]
    return found


@BOTH
async def test_a_child_is_renamed_and_the_name_comes_back(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await teacher.presses("Лис Яна", "Змінити ім’я")
    await teacher.says("ЛИСЕНКО ЯНА")
    assert "✅ Збережено." in teacher.last
    assert "Лисенко Яна" in teacher.last
    await teacher.presses("Назад", "↩ Скасувати: нове ім’я")
    assert "Лис Яна: тепер ім’я Лисенко Яна" in teacher.last
    await teacher.presses("Так, скасувати")
    assert "✅ Зміну скасовано." in teacher.last
    assert ("3-Б", "Лис Яна") in await there(house)
    assert not [label for label in teacher.labels if label.startswith("↩")]
    assert await deeds(house) == [Deed.CHILDREN_ADDED, Deed.CHILD_RENAMED, Deed.UNDONE]


@BOTH
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Ткач Ян", "уже є в класі"),
        ("Лис 2", "цифри в імені"),
        ("a@b.ua", "електронна пошта"),
        ("—", "це не ім’я"),
    ],
)
async def test_a_name_that_cannot_be_one_is_refused(
    house: House, platform: str, typed: str, told: str
) -> None:
    teacher = await listed(house, platform)
    await teacher.presses("Лис Яна", "Змінити ім’я")
    await teacher.says(typed)
    assert told in teacher.last
    assert ("3-Б", "Лис Яна") in await there(house)


@BOTH
async def test_what_was_added_is_taken_out_again(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await teacher.presses("↩ Скасувати: додано 3")
    assert "Додано: 3 дитини\n· Бондар Іван\n· Лис Яна\n· Ткач Ян" in teacher.last
    await teacher.presses("Так, скасувати")
    assert await there(house) == []
    assert "0 дітей" in teacher.last


@BOTH
async def test_what_a_family_has_joined_stays(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await house.guardian(platform, "Ігор", "Лис Яна")
    await teacher.presses("↩ Скасувати: додано 3", "Так, скасувати")
    assert "Це вже не скасувати" in teacher.last
    assert len(await there(house)) == 3


@BOTH
async def test_after_a_day_it_is_too_late(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await teacher.presses("↩ Скасувати: додано 3")
    await house.later(hours=25)
    await teacher.presses("Так, скасувати")
    assert "Це вже не скасувати" in teacher.last
    assert not [label for label in teacher.labels if label.startswith("↩")]
    assert len(await there(house)) == 3


@BOTH
async def test_only_the_last_change_is_undone(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    other = await house.teacher(platform, "Ірина Львівна", "3-Б")
    if platform == "viber":  # the card that tells of the other teacher has taken the keyboard
        await teacher.presses("Продовжити")
    await teacher.presses("↩ Скасувати: додано 3")
    await other.presses(FAMILIES, "Список дітей", "Лис Яна", "Вибуває з класу", "Так, вибуває")
    class_id = (await house.facts(lambda db: db.first(select(SchoolClass.id))))[0]
    await teacher.forges(children.undone(class_id, 1))
    assert "Це вже не скасувати" in teacher.last
    assert "↩ Скасувати: вибуття" in teacher.labels
    assert len(await there(house)) == 2


@BOTH
async def test_a_child_leaves_and_nobody_sees_it_at_once(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    ihor = await house.guardian(platform, "Ігор", "Лис Яна")
    letter = await house.invite(Role.GUARDIAN, "Анна", child="Лис Яна")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await teacher.says("/menu")
    await teacher.presses(FAMILIES, "Список дітей", "Лис Яна", "Вибуває з класу")
    assert "батьки та опікуни більше не бачать її тут" in teacher.last
    assert len(await there(house)) == 3
    await teacher.presses("Так, вибуває")
    assert "✅ Лис Яна: більше не в класі." in teacher.last
    assert len(await there(house)) == 2
    await ihor.says("/menu")
    assert "Лис Яна" not in ihor.last
    anna = house.stranger(platform, "Анна")
    await house.joins(anna, letter)
    assert "Це запрошення не діє." in anna.last
    open_ones = select(Invite.id).where(Invite.child_id.is_not(None), Invite.used_at.is_(None))
    assert await house.facts(lambda db: db.all(open_ones)) == []
    await teacher.presses("↩ Скасувати: вибуття", "Так, скасувати")
    assert len(await there(house)) == 3
    await ihor.says("/menu")
    assert "Лис Яна" in ihor.last
    assert await deeds(house) == [Deed.CHILDREN_ADDED, Deed.CHILD_LEFT, Deed.UNDONE]


@BOTH
async def test_what_waits_about_a_child_who_left_is_not_sent(house: House, platform: str) -> None:
    """In the quiet hours a card waits for the teacher; the child leaves, and no card says anything of it."""
    teacher = await listed(house, platform)
    ihor = await house.guardian(platform, "Ігор", "Лис Яна")
    await teacher.presses("Лис Яна", "Вибуває з класу")
    await house.later(hours=13)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert await waiting(house, "Лис Яна") == 1
    await teacher.presses("Так, вибуває")
    assert await waiting(house, "Лис Яна") == 0
    await house.later(hours=11)
    assert "Лис Яна: хвороба" not in "".join(teacher.texts)


async def waiting(house: House, name: str) -> int:
    """How many letters that have the name wait to be sent."""
    rows = await house.facts(lambda db: db.all(select(Letter.words).where(Letter.state == State.QUEUED)))
    return sum(name in str(words) for (words,) in rows)


@BOTH
async def test_a_child_moves_and_comes_back(house: House, platform: str) -> None:
    teacher = await listed(house, platform, "4-А")
    ihor = await house.guardian(platform, "Ігор", "Лис Яна")
    await teacher.presses("Лис Яна", "Перевести в інший клас", "4-А")
    assert "✅ Лис Яна: тепер 4-А." in teacher.last
    await ihor.says("/menu")
    assert "Лис Яна, 4-А" in ihor.last
    await teacher.says("/menu")
    await teacher.presses(FAMILIES, "Список дітей", "↩ Скасувати: інший клас", "Так, скасувати")
    assert ("3-Б", "Лис Яна") in await there(house)
    assert await deeds(house) == [Deed.CHILDREN_ADDED, Deed.CHILD_MOVED, Deed.UNDONE]


@BOTH
async def test_a_teacher_of_one_class_moves_nobody(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await house.teacher(platform, "Ірина Львівна", "4-А")
    await teacher.presses("Лис Яна")
    assert "Перевести в інший клас" not in teacher.labels
    other = (await house.facts(lambda db: db.first(select(SchoolClass.id).where(SchoolClass.name == "4-А"))))[
        0
    ]
    await teacher.forges(children.moved(await child_id(house, "Лис Яна"), other))
    assert ("3-Б", "Лис Яна") in await there(house)


@BOTH
async def test_an_administrator_moves_a_child_to_any_class(house: House, platform: str) -> None:
    await listed(house, platform)
    await house.teacher(platform, "Ірина Львівна", "4-А")
    office = await house.administrator(platform)
    await office.forges(children.moving(await child_id(house, "Лис Яна"), 0))
    await office.presses("4-А")
    assert ("4-А", "Лис Яна") in await there(house)


@BOTH
async def test_the_language_of_a_familys_letters(house: House, platform: str) -> None:
    teacher = await listed(house, platform)
    await teacher.presses("Лис Яна")
    assert "Листи родині: мова школи" in teacher.last
    await teacher.presses("Мова", "Русский")
    assert "Листи родині: Русский" in teacher.last
    await teacher.presses("Мова", "Як у школі")
    assert "Листи родині: мова школи" in teacher.last


@BOTH
async def test_a_long_list_has_pages(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.presses(FAMILIES, "Додати дітей")
    await teacher.says("\n".join(f"Лис Я{sign}на" for sign in "абвгдежзиклмнопрст"))
    await teacher.presses("Зберегти 18")
    seen = []
    for _page in range(3):
        seen += [label for label in teacher.labels if label.startswith("Лис")]
        if "›" in teacher.labels:
            await teacher.presses("›")
    assert len(set(seen)) == 18


@BOTH
async def test_nobody_else_touches_a_child(house: House, platform: str) -> None:
    """Another class's teacher, another school's, a guardian of the very child, a stranger, and a former teacher."""
    teacher = await listed(house, platform)
    child = await child_id(house, "Лис Яна")
    class_id = (await house.facts(lambda db: db.first(select(SchoolClass.id))))[0]
    change = 1
    others = [
        await house.teacher(platform, "Ірина Львівна", "4-А"),
        await house.teacher(platform, "Дальня Вчителька", "3-Б", school="Гімназія №1"),
        await house.guardian(platform, "Ігор", "Лис Яна"),
        await house.stranger(platform).opens(),
    ]
    person = (await house.chat(teacher)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == person)))
    for friend in [*others, teacher]:
        for link in (
            children.listed_in(class_id, 0),
            children.one(child),
            children.naming(child),
            children.leaving(child),
            children.left(child),
            children.speak(child, "ru"),
            children.undoing(class_id, change),
            children.undone(class_id, change),
        ):
            await friend.forges(link)
            assert "Ткач" not in friend.last
            assert "✅" not in friend.last
            await house.later(seconds=7)
    assert len(await there(house)) == 3
    assert await deeds(house) == [Deed.CHILDREN_ADDED]


@both_databases
async def test_undoing_on_both_databases(house: House) -> None:
    teacher = await listed(house, "telegram", "4-А")
    await teacher.presses(
        "Лис Яна", "Вибуває з класу", "Так, вибуває", "↩ Скасувати: вибуття", "Так, скасувати"
    )
    await teacher.presses("Лис Яна", "Перевести в інший клас", "4-А")
    await teacher.says("/menu")
    await teacher.presses(FAMILIES, "Список дітей", "↩ Скасувати: інший клас", "Так, скасувати")
    assert len([one for one, _name in await there(house) if one == "3-Б"]) == 3
