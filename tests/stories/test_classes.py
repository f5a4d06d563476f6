"""Classes: made one by one and many at once, in any script; renamed; closed when empty."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from handlers import children, classes
from models.audit import Audit, Deed
from models.people import Role
from models.school import SchoolClass
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def office(house: House, platform: str) -> Friend:
    """An administrator on the page of classes."""
    friend = await house.administrator(platform)
    return await friend.presses("🏫 Школа", "Класи")


async def names(house: House) -> list[str]:
    rows = await house.facts(lambda db: db.all(select(SchoolClass.name).order_by(SchoolClass.id)))
    return [name for (name,) in rows]


@BOTH
async def test_several_at_once_in_any_script_and_in_counting_order(house: House, platform: str) -> None:
    friend = await office(house, platform)
    assert "Класів ще немає." in friend.last
    await friend.presses("Додати класи")
    await friend.says("10-А, 3-Б; 2-А\n «Дельфіни» ,  ५-क\n\n3-б, 2–А")
    assert "✅ Додано: 5 класів." in friend.last
    assert "Уже є: 3-б, 2–А." in friend.last
    assert [one for one in friend.labels if one in {"2-А", "3-Б", "10-А", "«Дельфіни»", "५-क"}][:3] == [
        "५-क", "«Дельфіни»", "2-А",
    ]  # fmt: skip
    assert friend.labels.index("2-А") < friend.labels.index("3-Б") < friend.labels.index("10-А")
    deeds = await house.facts(lambda db: db.all(select(Audit.deed).where(Audit.deed == Deed.CLASS_MADE)))
    assert len(deeds) == 5


@BOTH
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("x" * 41, "Задовгий текст: вміститься до 40 знаків."),
        ("3-Б\u202e", "У назві бувають лише літери"),
        ("3-\u200bБ", "У назві бувають лише літери"),
        ("<b>3</b>", "У назві бувають лише літери"),
        ("*3-Б*", "У назві бувають лише літери"),
        ("-!-", "Тут немає ні літери, ні цифри."),
        (",;,", "Тут немає ні літери, ні цифри."),
        (",".join(f"К{number}" for number in range(61)), "За один раз – до 60 класів."),
    ],
)
async def test_what_is_no_name_is_refused_and_makes_nothing(
    house: House, platform: str, typed: str, says: str
) -> None:
    friend = await office(house, platform)
    await friend.presses("Додати класи")
    await friend.says(f"1-А, {typed}" if typed != ",;," else typed)
    assert says in friend.last
    assert await names(house) == []
    await friend.says("1-А")
    assert await names(house) == ["1-А"]


@BOTH
async def test_a_long_list_is_paged(house: House, platform: str) -> None:
    friend = await office(house, platform)
    await friend.presses("Додати класи")
    await friend.says(", ".join(f"{form}-{letter}" for form in range(1, 12) for letter in "АБ"))
    assert friend.labels.count("1-А") == 1
    assert "8-А" not in friend.labels
    await friend.presses("›")
    assert "8-А" in friend.labels
    assert "11-Б" in friend.labels
    await friend.presses("‹")
    assert "1-А" in friend.labels


@BOTH
async def test_a_class_is_renamed(house: House, platform: str) -> None:
    friend = await office(house, platform)
    await friend.presses("Додати класи")
    await friend.says("3-Б, 4-А")
    await friend.presses("3-Б", "Змінити назву")
    await friend.says("4-а")
    assert "4-а: такий клас уже є." in friend.last
    await friend.says("3-б")  # its own name in another case is free for itself
    assert "✅ Збережено." in friend.last
    assert await names(house) == ["3-б", "4-А"]


@BOTH
async def test_only_an_empty_class_can_be_closed(house: House, platform: str) -> None:
    await house.guardian(platform, "Ігор", "Оля Коваль")
    friend = await office(house, platform)
    await friend.presses("Додати класи")
    await friend.says("4-А")
    await friend.presses("4-А", "Закрити клас", "Так, закрити клас")
    assert "4-А: клас закрито." in friend.last
    assert await names(house) == ["3-Б"]
    await friend.presses("3-Б")
    assert "Закрити клас" not in friend.labels
    group = (await house.facts(lambda db: db.first(select(SchoolClass.id))))[0]
    await friend.forges(classes.close(group))
    assert "у класі є діти" in friend.last
    assert await names(house) == ["3-Б"]


@BOTH
async def test_with_a_class_end_its_teachers_role_and_what_it_let_her_read(
    house: House, platform: str
) -> None:
    """Its children are in another class now: her file must not tell of them."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await teacher.says("/class")
    boss = await house.administrator(platform)
    to, of = await house.class_of("4-А"), await house.class_of("3-Б")
    await boss.forges(children.moved(1, to))
    await boss.forges(classes.close(of))
    assert "закрито" in boss.last
    deeds = await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))
    assert Deed.ROLE_ENDED in {deed for (deed,) in deeds}
    if platform == "telegram":
        assert "3-Б" not in teacher.last, "what stood there has been taken back"
    await teacher.says("/mydata")
    await teacher.presses("Усе файлами")
    await house.settled(60)
    for _name, data in teacher.files:
        assert "Оля" not in data.decode()


@BOTH
async def test_nobody_else_makes_or_renames_or_closes(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.invite(Role.CLASS_TEACHER, "Ірина Львівна", "4-А")
    rows = await house.facts(lambda db: db.all(select(SchoolClass.id)))
    for (group,) in rows:
        for link in (classes.every(), classes.several(), classes.name(group), classes.close(group)):
            await teacher.forges(link)
            assert "Це вже недоступно" in teacher.last
            await house.later(seconds=3)
    assert await names(house) == ["3-Б", "4-А"]
