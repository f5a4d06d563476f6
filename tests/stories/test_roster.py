"""Children are added: by a list that is pasted, by a file, for a class and for the whole school."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from sqlalchemy import delete, func, select

from handlers import roster
from models.audit import Audit, Deed
from models.children import ListDraft
from models.people import Child, Staff
from models.school import SchoolClass
from papers.sheets import sheet
from tests.databases import both_databases
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
LIST = "1. Бондар Іван\n2) Лис Яна\n• МЕЛЬНИК МАР'ЯНА\n"
FAMILIES = "👥 3-Б: клас"


async def children(house: House) -> list[tuple[str, str]]:
    """Class and name of every child."""
    asked = (
        select(SchoolClass.name, Child.name).join(Child, Child.class_id == SchoolClass.id).order_by(Child.id)
    )
    return [(one, name) for one, name in await house.facts(lambda db: db.all(asked))]


async def adding(house: House, platform: str) -> Friend:
    """A teacher where a list is asked for."""
    teacher = await house.teacher(platform)
    return await teacher.presses(FAMILIES, "Додати дітей")


def csv(*rows: Sequence[str]) -> bytes:
    return "\r\n".join(";".join(row) for row in rows).encode("cp1251")


@BOTH
async def test_a_list_is_pasted_looked_over_and_saved(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    assert "одна дитина – один рядок" in teacher.last
    await teacher.says(LIST)
    assert "Буде додано: 3 дитини." in teacher.last
    assert "· Мельник Мар’яна" in teacher.last
    assert await children(house) == []
    await teacher.presses("Зберегти 3")
    assert "✅ Збережено: 3 дитини." in teacher.last
    assert await children(house) == [("3-Б", "Бондар Іван"), ("3-Б", "Лис Яна"), ("3-Б", "Мельник Мар’яна")]
    assert {"Бондар Іван", "Лис Яна", "Мельник Мар’яна"} <= set(teacher.labels)
    deeds = await house.facts(
        lambda db: db.all(select(Audit.detail).where(Audit.deed == Deed.CHILDREN_ADDED))
    )
    assert [tuple(row) for row in deeds] == [("3",)]


@BOTH
async def test_what_is_twice_or_wrong_is_told_and_left_out(house: House, platform: str) -> None:
    await house.guardian(platform, "Ігор", "Лис Яна")
    teacher = await adding(house, platform)
    await teacher.says(f"{LIST}Бондар Іван\nОля\nabc@ukr.net\n+380 50 123 45 67\nТкач Ян 2016")
    for told in (
        "Буде додано: 3 дитини.",
        "· Бондар Іван: двічі у списку",
        "· Лис Яна: уже є в класі",
        "· abc@ukr.net: електронна пошта",
        "· 380 50 123 45 67: номер телефону",
        "· Ткач Ян 2016: цифри в імені",
        "Лише одне слово. Ім’я повне?\n· Оля",
    ):
        assert told in teacher.last
    await teacher.says("Ткач Ян")
    assert "Буде додано: 4 дитини." in teacher.last
    await teacher.presses("Зберегти 4")
    names = [name for _class, name in await children(house)]
    assert names == ["Лис Яна", "Бондар Іван", "Мельник Мар’яна", "Оля", "Ткач Ян"]


@BOTH
async def test_a_class_of_thirty_goes_in_one_message_and_more_in_several(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    words = [f"{a}{b}енко" for a in "бвгджзклмнпрст" for b in ("орис", "асил", "аври")]
    thirty = [f"{word.capitalize()} Олександра Володимирівна" for word in words[:30]]
    await teacher.says("\n".join(f"{number}. {name}" for number, name in enumerate(thirty, 1)))
    assert "Буде додано: 30 дітей." in teacher.last
    await teacher.presses("Скасувати")
    await teacher.presses("Додати дітей")
    long = [f"{word.capitalize()} Олександра-Анастасія Володимирівна-Станіславівна" for word in words]
    await teacher.says("\n".join(long))
    assert "Повідомлення задовге, його прочитано до рядка" in teacher.last
    last = next(name for name in long if f"«{name}»" in teacher.last or f"«{name[:50]}" in teacher.last)
    await teacher.says("\n".join(long[long.index(last) + 1 :]))
    assert "Буде додано: 42 дитини." in teacher.last
    await teacher.presses("›")
    assert long[-1] in teacher.last
    await teacher.presses("Зберегти 42")
    assert [name for _class, name in await children(house)] == long


@BOTH
@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_a_file_is_read_and_saved(house: House, platform: str, form: str) -> None:
    teacher = await adding(house, platform)
    head, rows = ["№", "Прізвище", "Ім'я", "Клас"], [["1", "Лис", "Яна", "3 - б"], ["2", "Ткач", "Ян", "4-А"]]
    await teacher.sends_file(f"діти.{form}", sheet("3-Б", head, rows) if form == "xlsx" else csv(head, *rows))
    assert "Буде додано: 1 дитина." in teacher.last
    assert "4-А, Ткач Ян: з іншого класу" in teacher.last
    await teacher.presses("Зберегти 1")
    assert await children(house) == [("3-Б", "Лис Яна")]


@BOTH
async def test_a_bad_file_gets_a_sentence_and_changes_nothing(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    for data, told in (
        (b"PK\x03\x04" + bytes(50), "схоже, його пошкоджено"),
        (csv(["Лис Яна", "=1+1"]), "У клітинці B1 формула."),
        (b"%PDF-1.7", "Це не список."),
        (b"\x89PNG of a list", "Це не список."),
        (b"\x8bk\xe5\xf4, half of a sheet", "схоже, його пошкоджено"),
    ):
        await teacher.sends_file("діти.xlsx", data)
        assert told in teacher.last
        await teacher.presses("Назад")
        await teacher.presses("Додати дітей")
    assert await children(house) == []
    await teacher.says("Лис Яна")
    assert "Буде додано: 1 дитина." in teacher.last


@BOTH
async def test_nothing_to_read_is_told(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    await teacher.says("1.\n2.\n—")
    assert "Імен тут не знайдено." in teacher.last
    await teacher.says("Лис 7Яна")
    assert not [label for label in teacher.labels if label.startswith("Зберегти")]


@BOTH
async def test_a_wrong_list_is_begun_anew_or_replaced_by_a_file(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    await teacher.says("Новак Олег")
    await teacher.presses("Почати знову")
    assert "одна дитина – один рядок" in teacher.last
    await teacher.says("Новак Олег\nНовак Олесь\nОлег Новак")
    assert "· Олег Новак: двічі у списку" in teacher.last
    await teacher.sends_file("не той.xlsx", b"\x89PNG")
    assert "Це не список." in teacher.last
    assert "Новак Олесь" in teacher.last
    await teacher.sends_file("діти.csv", csv(["Новак Олесь"], ["Лис Яна"]))
    await teacher.presses("Зберегти 2")
    assert [name for _class, name in await children(house)] == ["Новак Олесь", "Лис Яна"]
    await teacher.presses("Додати дітей")
    await teacher.says("Яна Лис")
    assert "· Яна Лис: уже є в класі" in teacher.last


@BOTH
async def test_names_stand_in_the_order_of_the_alphabet(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    right = ["Clark Emma", "Гук Іван", "Ґудзь Іван", "Дуб Ян", "Єременко Ян", "Ёлкин Ян", "Жук Ян", "Зима Ян",
             "Іваненко Ян", "Їжак Ян", "Йосипенко Ян", "Кіт Ян", "Лис-Бо Ян",
             "Лисяк Ян", "Щербак Яна", "Юрко Ян"]  # fmt: skip
    await teacher.says("\n".join(sorted(right, reverse=True)))
    await teacher.presses("Зберегти 16")
    first = [label for label in teacher.labels if label in right]
    await teacher.presses("›")
    assert first + [label for label in teacher.labels if label in right] == right
    await house.guardian(platform, "Ігор", *right)
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 16")
    assert [label for label in teacher.labels if label.startswith("✅")] == [
        f"✅ {name}" for name in right[:8]
    ]


@BOTH
async def test_a_draft_is_kept_for_a_day_and_can_be_dropped(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    await teacher.says(LIST)
    await teacher.presses("Скасувати")
    assert "Список не збережено: дітей не додано." in teacher.last
    await teacher.presses("Додати дітей")
    await teacher.says(LIST)
    await house.later(hours=25)
    await teacher.presses("Зберегти 3")
    assert await children(house) == []
    assert "Це вже недоступно." in teacher.last
    await house.later(days=3)
    assert await house.facts(lambda db: db.all(select(ListDraft.id))) == []


@BOTH
async def test_pressed_twice_it_is_saved_once(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    await teacher.says(LIST)
    await teacher.presses_at_once("Зберегти 3", 3)
    assert len(await children(house)) == 3


@BOTH
async def test_the_whole_school_from_one_file(house: House, platform: str) -> None:
    await house.guardian(platform, "Ігор", "Лис Яна")
    office = await house.administrator(platform)
    await office.presses("🏫 Школа", "Діти з файлу")
    rows = [
        ["3-Б", "Лис Яна"],
        ["3б", "Ткач Ян"],
        ["4-А", "Коваль Оля"],
        ["", "Бондар Ян"],
        ["4 А", "Гай Ія"],
    ]
    await office.sends_file("школа.csv", csv(["Клас", "ПІБ"], *rows))
    for told in (
        "Буде додано: 3 дитини.",
        "· 3-Б, Лис Яна: уже є в класі",
        "· Бондар Ян: не вказано клас",
        "· 3-Б: 1 дитина",
        "· 4-А: 2 дитини · новий клас",
    ):
        assert told in office.last
    await office.presses("Зберегти 3")
    assert await children(house) == [
        ("3-Б", "Лис Яна"),
        ("3-Б", "Ткач Ян"),
        ("4-А", "Коваль Оля"),
        ("4-А", "Гай Ія"),
    ]
    deeds = await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))
    assert [deed for (deed,) in deeds if deed in (Deed.CLASS_MADE, Deed.CHILDREN_ADDED)] == [
        Deed.CLASS_MADE,
        Deed.CHILDREN_ADDED,
        Deed.CHILDREN_ADDED,
    ]


@both_databases
async def test_a_school_of_a_thousand_is_there_in_five_seconds(house: House) -> None:
    office = await house.administrator("telegram")
    await office.presses("🏫 Школа", "Діти з файлу")
    first, second = "абвгдежзиклмнопрстуфхцчшщ", "абвгдежзик"
    rows = [
        [
            f"{number % 11 + 1}-{'АБВ'[number % 3]}",
            f"{first[number // 40 % 25]}{second[number % 10]}ць".title(),
            "Ян" + first[number // 10 % 4] * (number // 250 + 1),
        ]
        for number in range(1000)
    ]
    data = sheet("Школа", ["Клас", "Прізвище", "Ім'я"], rows)
    begun = time.perf_counter()
    await office.sends_file("школа.xlsx", data)
    looked = time.perf_counter()
    save = next(label for label in office.labels if label.startswith("Зберегти"))
    await office.presses(save)
    done = time.perf_counter()
    count: int = (await house.facts(lambda db: db.first(select(func.count()).select_from(Child))))[0]
    print(
        f"{house.app.database.dialect}: {count} children, file to preview {looked - begun:.2f} s, "
        f"saved {done - looked:.2f} s"
    )
    assert save == f"Зберегти {count}"
    assert count > 900
    assert done - begun < 5


@BOTH
async def test_only_who_manages_the_class_may(house: House, platform: str) -> None:
    """Another class's teacher, a guardian, a stranger, and who is no administrator, are told the same."""
    teacher = await adding(house, platform)
    await teacher.says(LIST)
    class_id = (await house.facts(lambda db: db.first(select(SchoolClass.id))))[0]
    draft = (await house.facts(lambda db: db.first(select(ListDraft.id))))[0]
    others = [
        await house.teacher(platform, "Ірина Львівна", "4-А"),
        await house.teacher(platform, "Дальня Вчителька", "3-Б", school="Гімназія №1"),
        await house.guardian(platform, "Ігор", "Коваль Оля"),
        await house.stranger(platform).opens(),
    ]
    for friend in others:
        for link in (
            roster.paste(class_id),
            roster.whole_school(),
            roster.preview(draft, 0),
            roster.save(draft),
        ):
            await friend.forges(link)
            assert "Бондар" not in friend.last
            assert "Вставте" not in friend.last
            await house.later(seconds=7)
    office = await house.administrator(platform)
    await office.forges(roster.save(draft))
    assert "Збережено" not in office.last
    assert [name for _class, name in await children(house)] == ["Коваль Оля"]
    await office.forges(roster.paste(class_id))
    assert "Вставте" in office.last


@BOTH
async def test_who_is_no_teacher_any_more_cannot_save_what_waits(house: House, platform: str) -> None:
    teacher = await adding(house, platform)
    await teacher.says(LIST)
    await house.app.database.write(lambda db: db.run(delete(Staff)))
    await teacher.presses("Зберегти 3")
    assert await children(house) == []
