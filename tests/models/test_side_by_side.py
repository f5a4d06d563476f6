"""Many people at the same moment: one fact a fact, no news lost, and nobody is shown an error."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from bot.core.events import Event, Pressed
from models.absence import Absence, AbsenceDay
from models.chat import Chat, Parked
from models.database import Db
from models.letter import Letter
from tests.databases import both_databases
from tests.house import Friend, House

pytestmark = both_databases


async def pressing(house: House, friend: Friend, label: str, key: str) -> Event:
    """The press of a button that the friend's newest letter shows."""

    async def read(db: Db) -> Pressed:
        shown = await db.first(
            select(Letter.id, Letter.words)
            .join(Chat, Chat.id == Letter.chat_id)
            .where(Chat.address == friend.phone.address, Letter.words["rows"].is_not(None))
            .order_by(Letter.id.desc())
            .limit(1)
        )
        assert shown is not None
        for row in shown[1]["rows"]:
            for text, place, _look in row:
                if text == label:
                    return Pressed(shown[0], place)
        raise LookupError(label)

    what: Pressed = await house.facts(read)
    return Event(key, friend.platform, friend.phone.address, house.clock.now(), what)


async def count(house: House, what: type[Absence] | type[AbsenceDay] | type[Parked]) -> int:
    async def read(db: Db) -> int:
        row = await db.first(select(func.count()).select_from(what))
        assert row is not None
        return row[0]

    number: int = await house.facts(read)
    return number


async def test_forty_presses_at_once_are_one_absence(house: House) -> None:
    teacher = await house.teacher("telegram")
    parents = [
        await house.guardian(("telegram", "viber")[number % 2], f"Рідня {number}", "Оля Коваль")
        for number in range(8)
    ]
    for parent in parents:
        await parent.presses("🤒 Не буде сьогодні")
    presses = [
        await pressing(house, parent, "Хвороба", f"{name}{number}")
        for number in range(5)
        for name, parent in enumerate(parents)
    ]
    await asyncio.gather(*(house.app.handle(press) for press in presses))
    await house.settled()
    assert await count(house, Absence) == await count(house, AbsenceDay) == 1
    assert await count(house, Parked) == 0
    assert "Немає: 1 з 1" in teacher.last
    assert all("Записано" in parent.last or "вже" in parent.last for parent in parents)


async def test_a_whole_class_reports_at_once_while_two_teachers_notice(house: House) -> None:
    teachers = [await house.teacher("telegram"), await house.teacher("viber", "Марія Іванівна")]
    families = [
        await house.guardian(("telegram", "viber")[number % 2], f"Мама {number}", f"Дитина {number:02}")
        for number in range(12)
    ]
    await families[0].presses("🤒 Не буде сьогодні", "Хвороба")
    presses = [await pressing(house, teacher, "Враховано", f"n{teacher.platform}") for teacher in teachers]
    for number, family in enumerate(families[1:]):
        await family.presses("🤒 Не буде сьогодні")
        presses.insert(number // 2, await pressing(house, family, "Хвороба", f"f{number}"))
    await asyncio.gather(*(house.app.handle(press) for press in presses))
    await house.settled()
    await house.later(minutes=6)
    assert await count(house, Absence) == len(families)
    assert await count(house, Parked) == 0
    for teacher in teachers:
        card = next(text for text in reversed(teacher.texts) if "· Дитина" in text)
        assert "Немає: 12 з 12" in card
        assert [name for name in (f"Дитина {number:02}" for number in range(12)) if name not in card] == []
