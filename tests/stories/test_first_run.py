"""The first run: from an empty database to a class, by a teacher alone, counted tap by tap."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.invitations import first_lines
from models.people import Role, Staff
from models.school import School, SchoolClass
from tests.house import House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
CODE = re.compile(r"Code: +(\S+)")
THIRTY = [f"{surname} {name}" for surname in ("Бондар", "Коваль", "Лис", "Мороз", "Ткач", "Шевчук")
          for name in ("Аліна", "Лев", "Оля", "Яна", "Юрій")]  # fmt: skip


async def printed(house: House) -> str:
    """What `klasno run` prints."""
    return "\n".join(await first_lines(house.app.database, house.clock, house.app.platforms))


@BOTH
async def test_from_an_empty_database_to_a_class_with_its_letters(house: House, platform: str) -> None:
    lines = await printed(house)
    assert "Telegram: https://t.me/" in lines
    assert "Viber:    viber://pa?" in lines
    code = CODE.findall(lines)[0]
    olena = house.stranger(platform, "Олена Петрівна")
    await olena.opens()
    acts = 1

    async def says(text: str) -> None:
        nonlocal acts
        acts += 1
        await olena.says(text)

    async def taps(*labels: str) -> None:
        nonlocal acts
        acts += len(labels)
        await olena.presses(*labels)

    await says(code)
    await taps("Олена Петрівна") if "Олена Петрівна" in olena.labels else await says("Олена Петрівна")
    await taps("🏫 Налаштувати школу")
    await says("Ліцей «Промінь»")
    assert "Київ · " in olena.labels[0]
    await taps("Інше місце")
    await says("Польша")
    await taps(next(label for label in olena.labels if label.startswith("Варшава")), "Далі", "Мій клас")
    await says("3-Б")
    assert "✅ Клас створено: 3-Б. Школу налаштовано, далі – список дітей." in olena.last
    to_the_class = acts
    await taps(next(label for label in olena.labels if "одати дітей" in label))
    await says("\n".join(f"{place}. {name}" for place, name in enumerate(THIRTY, 1)))
    await taps("Зберегти 30")
    await taps("✉️ Надрукувати листи", "Один на сторінці")
    await taps("Надіслати сюди файлом")
    _name, data = olena.files[-1]
    pages = PdfReader(io.BytesIO(data)).pages
    assert len(pages) == 30
    assert all(
        child.split()[0] in page.extract_text() for child, page in zip(sorted(THIRTY), pages, strict=True)
    )
    print(
        f"{platform}: {to_the_class} taps and messages from the empty database to a class, {acts} to its 30 letters"
    )
    assert acts <= 22
    school = await house.facts(
        lambda db: db.first(select(School.name, School.timezone, School.language, School.ready))
    )
    assert school == ("Ліцей «Промінь»", "Europe/Warsaw", "uk", True)
    roles = await house.facts(lambda db: db.all(select(Staff.role).order_by(Staff.id)))
    assert roles == [(Role.ADMINISTRATOR,), (Role.CLASS_TEACHER,)]
    assert await house.facts(lambda db: db.all(select(SchoolClass.name))) == [("3-Б",)]
    assert await printed(house) == ""  # there is an administrator now


@BOTH
async def test_only_the_newest_print_holds(house: House, platform: str) -> None:
    old = CODE.findall(await printed(house))[0]
    new = CODE.findall(await printed(house))[0]
    friend = await house.stranger(platform).opens()
    await friend.says(old)
    assert "Це запрошення не діє" in friend.last
    await friend.says(new)
    assert "Це запрошення не діє" not in friend.last


@BOTH
async def test_the_set_up_is_left_and_gone_on_with(house: House, platform: str) -> None:
    boss = await house.administrator(platform, ready=False)
    await boss.presses("🏫 Налаштувати школу")
    await boss.says("Ліцей <1>")
    assert "У назві бувають лише літери" in boss.last
    await boss.says("Ліцей 1")
    await boss.presses("Інше місце")
    await boss.says("Хтозна")
    assert "Такого місця тут не знайшлося." in boss.last
    await boss.presses("Головна", "🏫 Налаштувати школу", "Лишити: Ліцей 1")
    await boss.presses(boss.labels[0])
    await boss.presses("☑ Українська", "Зробити основною")  # English comes first then
    assert "Основна мова: English." in boss.last
    await boss.presses("Далі", "Кілька класів")
    assert "✅ Школу налаштовано." in boss.last
    await boss.says("1-А, 1-Б")
    await boss.presses("Головна")
    assert "🏫 Налаштувати школу" not in boss.labels
    row = await house.facts(lambda db: db.first(select(School.language, School.languages)))
    assert row == ("en", "en,ru")


@BOTH
async def test_newcomers_are_spoken_to_in_a_language_of_the_school(house: House, platform: str) -> None:
    boss = await house.administrator(platform)
    await boss.presses("🏫 Школа", "Мови", "☑ English", "Зберегти")
    newcomer = await house.stranger(platform, "James", "en").opens()
    assert "Вхід за запрошенням" in newcomer.last
