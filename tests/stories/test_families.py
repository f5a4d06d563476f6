"""The class's teacher looks at the families: who is in, who may what, and ending it."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select

from handlers import families, messengers
from models.audit import Deed, broken_at, trail
from models.people import Person, Role
from tests.house import SCHOOL, Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
FAMILIES = ("👥 3-Б: клас", "👥 Родини: хто з нами")
NOT_YOURS = "Це вже недоступно"


async def deeds(house: House) -> list[tuple[Deed, str | None]]:
    found = await house.facts(lambda db: trail(db, 1, most=50))
    assert await house.facts(broken_at) is None
    return [(one.deed, one.detail) for one in reversed(found)]


async def opens_families(teacher: Friend) -> None:
    await teacher.says("/menu")
    await teacher.presses(*FAMILIES)


def test_the_bar_begins_with_the_first_family_and_is_full_with_the_last() -> None:
    assert [families.bar(done, 24).count("🟩") for done in (0, 1, 2, 12, 23, 24)] == [0, 1, 1, 5, 9, 10]


@BOTH
async def test_who_is_in_and_who_is_not(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    for place in range(10):
        await house.invite(Role.GUARDIAN, "", child=f"Дитина {place:02}")
    await house.guardian(platform, "Ігор", "Дитина 03")
    await opens_families(teacher)
    assert "🟩⬜⬜⬜⬜⬜⬜⬜⬜⬜ 1/10" in teacher.last
    assert "Дитина 03" not in teacher.labels
    assert [label for label in teacher.labels if label.startswith("Дитина")] == [
        f"Дитина {place:02}" for place in range(10) if place != 3
    ][:8]
    await teacher.presses("›")
    assert [label for label in teacher.labels if label.startswith("Дитина")] == ["Дитина 09"]
    await teacher.presses("‹", "Усі: 10")
    assert "✅ Дитина 03" in teacher.labels
    await teacher.presses("✉️ Листи: 9", "Чотири на сторінці")
    assert "Готово: 9 листів.\nЧотири на сторінці." in teacher.last
    await teacher.presses("👥 Родини: хто з нами")
    await opens_families(teacher)
    await teacher.presses("Усі: 10", "Дитина 00")
    assert "З цієї родини ще нікого немає." in teacher.last


@BOTH
async def test_the_bar_as_a_picture_and_the_list_as_a_sheet(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "=Ігор", "Оля Коваль")
    await house.invite(Role.GUARDIAN, "", child="Іван Сич")
    await opens_families(teacher)
    await teacher.presses("Картинкою")
    await opens_families(teacher)
    await teacher.presses("Таблицею")
    names = [name for name, _bytes in teacher.files]
    assert [name for name in names if name.endswith(".xlsx")] == ["3-Б.xlsx"]
    book = openpyxl.load_workbook(BytesIO(teacher.files[-1][1]))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert rows[1][0] == "Іван Сич"
    assert rows[2][:2] == ["Оля Коваль", "=Ігор"]
    assert book.worksheets[0]["B3"].data_type == "s"
    assert (Deed.EXPORTED, "families") in await deeds(house)


@BOTH
async def test_a_family_shows_messengers_and_no_address(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    anna = await house.guardian("viber", "Анна", "Оля Коваль")
    await ihor.blocks()
    await opens_families(teacher)
    await teacher.presses("Усі: 1", "✅ Оля Коваль")
    assert "· Ігор: немає зв’язку, бота заблоковано (Telegram)" in teacher.last
    assert "· Анна: Viber" in teacher.last
    for one in (ihor, anna):
        assert one.phone.address not in teacher.last
    await anna.blocks()
    await teacher.presses("Назад")
    assert "📵 З нами, але без зв’язку: 1" in teacher.last
    assert "📵 Оля Коваль" in teacher.labels


@BOTH
async def test_a_right_is_taken_and_given_back(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    old = next(key.payload for key in ihor.keys if key.label == "Хвороба")
    await opens_families(teacher)
    await teacher.presses("Усі: 1", "✅ Оля Коваль", "Ігор", "☑ Повідомляє про відсутність")
    assert "не повідомляє про відсутність" in teacher.last
    await ihor.presses_raw(old)
    assert "Хвороба" not in ihor.labels
    assert await house.absences() == []
    await ihor.says("/menu")
    assert "Оля Коваль, 3-Б" in ihor.last
    assert not [label for label in ihor.labels if "🤒" in label]
    await ihor.says("/absent")
    assert "Про відсутність повідомляйте, будь ласка, класного керівника." in ihor.last
    await teacher.presses("☐ Повідомляє про відсутність")
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert len(await house.absences()) == 1
    assert (Deed.RIGHTS_CHANGED, "-reports") in await deeds(house)
    assert (Deed.RIGHTS_CHANGED, "+reports") in await deeds(house)
    boss = await house.administrator(platform)
    await boss.presses("🏫 Школа", "Журнал дій")
    told = "Олена Петрівна: дозволи змінено (забрано: «Повідомляє про відсутність»), Ігор, Оля Коваль, 3-Б"
    assert told in boss.last
    assert told.replace("забрано", "надано") in boss.last


@BOTH
async def test_who_does_not_see_is_shown_nothing(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await opens_families(teacher)
    await teacher.presses("Усі: 1", "✅ Оля Коваль", "Ігор", "☑ Бачить новини дитини")
    assert "☑ Повідомляє про відсутність" not in teacher.labels
    await ihor.says("/menu")
    assert "Оля" not in ihor.last


@BOTH
async def test_who_has_lost_a_right_does_not_get_it_back_by_the_childs_letter(
    house: House, platform: str
) -> None:
    """T5: the letter lies at home, and where nobody is asked another phone would do."""
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Оля Коваль")
    letter = await house.invite(Role.GUARDIAN, "", child="Оля Коваль")
    other = await house.invite(Role.GUARDIAN, "", child="Іван Сич")
    await opens_families(teacher)
    await teacher.presses("Усі: 2", "✅ Оля Коваль", "Ігор")
    assert "видані запрошення для дитини припиняють діяти" in teacher.last
    await teacher.presses("☑ Бачить новини дитини")
    again = house.stranger(platform, "Інший Ігор")
    await again.says(letter.code)
    assert "Це запрошення не діє" in again.last
    assert "Оля" not in again.last
    await house.joins(again, other)
    await again.presses("Інший Ігор")
    assert "Іван Сич" in again.last, "of another child it still works"


@BOTH
async def test_a_link_is_ended_after_a_question(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    unused = await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    before = len(ihor.texts)
    await opens_families(teacher)
    await teacher.presses("Усі: 1", "✅ Оля Коваль", "Ігор", "Від’єднати від дитини")
    assert "З цієї миті" in teacher.last
    await teacher.presses("Так, від’єднати")
    assert "✅ Від’єднано: Ігор – Оля Коваль." in teacher.last
    assert len(ihor.texts) == before, "nobody is told, and nothing is sent"
    if platform == "telegram":
        assert "Оля" not in "".join(ihor.texts[-1:])
    await ihor.says("/menu")
    assert "Оля" not in ihor.last
    await ihor.says(unused.code)
    assert "Оля" not in ihor.last
    idle = await house.facts(lambda db: db.all(select(Person.idle_since).where(Person.name == "Ігор")))
    assert idle[0][0] is not None
    assert (Deed.GUARDIAN_ENDED, None) in await deeds(house)


@BOTH
async def test_the_committee_is_given_and_taken_by_the_class_teacher(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await opens_families(teacher)
    await teacher.presses("Усі: 1", "✅ Оля Коваль", "Ігор", "Додати до комітету")
    await ihor.says("/menu")
    assert "3-Б: ви в батьківському комітеті." in ihor.last
    await ihor.says("/help")
    assert "Ви в батьківському комітеті" in ihor.last
    await teacher.presses("Вивести з комітету")
    await ihor.says("/menu")
    assert "комітет" not in ihor.last
    assert [one for one in await deeds(house) if one[1] == Role.COMMITTEE] == [
        (Deed.ROLE_GIVEN, "committee"),
        (Deed.ROLE_ENDED, "committee"),
    ]
    await teacher.presses("Додати до комітету", "Від’єднати від дитини", "Так, від’єднати")
    assert (await deeds(house))[-1] == (Deed.ROLE_ENDED, "committee"), "no child in the class, no place in it"


@BOTH
async def test_an_administrator_sees_the_families_but_gives_no_committee_and_no_code(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await ihor.presses("Додати кілька слів")
    await ihor.says("Температура")
    head = await house.administrator(platform)
    await head.forges(families.show(1, True, 0))
    assert "1/1" in head.last
    await head.presses("✅ Оля Коваль", "Ігор")
    assert "Додати до комітету" not in head.labels
    assert "Новий телефон чи номер" not in head.labels
    person = (await house.chat(ihor)).person_id
    assert person is not None
    for link in (
        families.join_committee(1, person),
        messengers.renew(person, 1),
        messengers.renew(person, None),
    ):
        await head.forges(link)
        assert NOT_YOURS in head.last or "недоступно" in head.last
    shown = "".join(head.texts)
    assert "Температура" not in shown
    assert "хвороба" not in shown
    assert SCHOOL in shown
