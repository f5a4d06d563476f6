"""The audit trail: read by the administrator alone, in human lines; and a row that was touched is noticed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from handlers import consent_text, trail
from models.audit import Audit, Deed, broken_at
from models.people import Role
from tests.databases import both_databases
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
GONE = "Це вже недоступно"


async def busy(house: House, platform: str) -> Friend:
    """An administrator who has done this and that."""
    boss = await house.administrator(platform)
    await boss.presses("🏫 Школа", "Класи", "Додати класи")
    await boss.says(", ".join(f"{form}-А" for form in range(1, 10)))
    await boss.presses("1-А", "Хто веде клас", "Ще один керівник", "Запросити нову людину")
    await boss.says("Ганна Таємна")
    await boss.says("/menu")
    return await boss.presses("🏫 Школа", "Журнал дій")


@BOTH
async def test_each_row_is_a_human_line(house: House, platform: str) -> None:
    boss = await busy(house, platform)
    assert "23.11.2026 08:1" in boss.last
    assert "Світлана Іванівна: запрошення (класний керівник), 1-А" in boss.last
    assert "Світлана Іванівна: новий клас, 9-А" in boss.last
    assert "Таємна" not in boss.last
    assert "приєднання" not in boss.last
    await boss.presses("Раніше ›")
    assert "приєднання (адміністратор)" in boss.last
    await boss.presses("‹ Найновіші")
    assert "новий клас, 9-А" in boss.last


@BOTH
async def test_nobody_else_reads_it_nor_another_school(house: House, platform: str) -> None:
    await busy(house, platform)
    teacher = await house.teacher(platform, "Олена Петрівна", "1-А")
    await teacher.forges(trail.show())
    assert GONE in teacher.last
    other = await house.administrator(platform, "Чужа", school="Гімназія №1")
    await other.forges(trail.show(10_000))
    assert "новий клас" not in other.last
    assert "Світлана" not in other.last


@pytest.mark.parametrize("deed", Deed)
def test_every_deed_has_a_name(deed: Deed) -> None:
    assert trail.DEEDS[deed]


@both_databases
@pytest.mark.parametrize("harm", ["changed", "removed"])
async def test_a_row_that_was_touched_is_noticed(house: House, harm: str) -> None:
    await busy(house, "telegram")
    assert await house.facts(broken_at) is None
    ids = [id_ for (id_,) in await house.facts(lambda db: db.all(select(Audit.id).order_by(Audit.id)))]
    middle = Audit.id == ids[4]
    touch = update(Audit).where(middle).values(by_id=99) if harm == "changed" else delete(Audit).where(middle)
    await house.app.database.write(lambda db: db.run(touch))
    assert await house.facts(broken_at) == (ids[4] if harm == "changed" else ids[5])


@BOTH
async def test_the_consent_text_is_written_previewed_and_taken_back(house: House, platform: str) -> None:
    boss = await house.administrator(platform)
    await boss.presses("🏫 Школа", "Текст згоди")
    assert "Вбудований текст:" in boss.last
    await boss.presses("Написати інший текст")
    await boss.says("д" * 2000)
    assert "Задовгий текст" in boss.last
    await boss.says("Зберігаємо лише ім’я.")
    assert "Родини побачать це." in boss.last
    assert "⚠️ Цей текст не перекладається" in boss.last
    assert "Українська, Русский, English" in boss.last
    ihor = house.stranger(platform, "Ігор")
    await house.joins(ihor, await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль"))
    assert "Зберігаємо лише" not in "".join(ihor.texts)
    await boss.presses("Узяти цей текст")
    assert "Зберігаємо лише ім’я." in boss.last
    anna = await house.stranger(platform, "Анна").opens(
        (await house.invite(Role.GUARDIAN, "Анна", child="Яна")).token
    )
    if "Приєднатися" in anna.labels:
        await anna.presses("Приєднатися")
    assert "Зберігаємо лише ім’я." in anna.last
    await boss.presses("Повернути вбудований", "Попередні тексти")
    assert [label.split(" · ")[1] for label in boss.labels if "2026" in label] == [
        "вбудований текст",
        "власний текст",
    ]
    teacher = await house.teacher(platform)
    await teacher.forges(consent_text.save("Моє"))
    assert GONE in teacher.last
