"""Every tenth of those whom an announcement is for cannot be reached: each is tried once, and named to the teacher."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from models.chat import Chat
from models.database import Db
from models.people import Guardian, Person
from models.wishes import News, Wish
from sandbox.telegram.phone import TelegramPhone
from tests.faults.announced import QUEUED, TEXT, received
from tests.faults.conftest import Settling
from tests.faults.families import Family, teachers
from tests.faults.rows import number, row, sizes, sound, until
from tests.house import Friend, House

pytestmark = pytest.mark.faults
AGAIN, BACK = "Збір о 8:30, не о 9:00.", "Дякуємо всім, хто був."


def leaves(family: Family, place: int) -> None:
    """So quietly that the bot is not told: blocked or deactivated on Telegram, unsubscribed from on Viber."""
    phone = family.phone
    if not isinstance(phone, TelegramPhone):
        phone.user.subscribed = False
    elif place % 2:
        phone.deactivated = True
    else:
        phone._blocked = True


async def second_guardian(house: House, family: Family, place: int) -> str:
    """Somebody of the family who leaves announcements to the other one; returns their address on Telegram."""
    phone = house.telegram.person(3_000_000_000 + place, f"Друга {place}", started=True)

    async def write(db: Db) -> None:
        wishes = {News.ANNOUNCEMENTS: Wish.NEVER}
        named = {"school_id": 1, "name": phone.name, "wishes": wishes}
        person = (await db.new(insert(Person).returning(Person.id), named))[0]
        held = {"school_id": 1, "person_id": person, "child_id": family.child}
        await db.run(insert(Guardian), held)
        where = {"platform": "telegram", "address": phone.address, "language": "uk"}
        await db.run(insert(Chat), {**where, "person_id": person})

    await house.app.database.write(write)
    return phone.address


async def announces(house: House, file: Path, teacher: Friend, text: str) -> None:
    """Announce it, and wait until it has gone to everybody, and instead to those who were spared it."""
    await teacher.says(text)
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати")
    await teacher.presses(next(label for label in teacher.labels if label.startswith("Надіслати")))
    house.telegram.journal.clear()
    house.viber.journal.clear()
    for _look in range(3):
        house.clock.wind(timedelta(seconds=12))
        await house.app.clockwork.tick()
        await until(lambda: number(file, QUEUED) == 0, 120)
        await house.settled(60)


def tries(house: House, text: str) -> Counter[str]:
    """How often each address was called with it, whatever came of it."""
    found: Counter[str] = Counter()
    for call in (*house.telegram.journal, *house.viber.journal):
        if text in str(call.params.get("text", "")):
            to = call.params.get("broadcast_list") or [
                call.params.get("chat_id") or call.params.get("receiver")
            ]
            found.update(map(str, to))
    return found


@sizes(100, 2000)
async def test_a_tenth_cannot_be_reached(house: House, families: Settling, file: Path, many: int) -> None:
    them = await families(many)
    teacher = Friend(house, (await teachers(house.app.database, house.telegram, house.viber))[0])
    gone = [them[10 * place + place % 2] for place in range(many // 10)]
    alone, paired = gone[::2], gone[1::2]
    seconds = [await second_guardian(house, family, place) for place, family in enumerate(paired)]
    for place, family in enumerate(gone):
        leaves(family, place // 2)
    addresses = {family.phone.address for family in gone}
    await announces(house, file, teacher, TEXT)
    first, came = tries(house, TEXT), received(house, but=teacher)
    reached = {family.phone.address for family in them if family not in gone} | set(seconds)
    await teacher.presses("Оновити", f"Кому зателефонувати: {len(alone)}")
    named = set()
    for _page in range(len(alone) // 12 + 1):
        named |= set(re.findall(r"· (Дитина \d+): Родина \d+ \((?:бот заблоковано|відписка)", teacher.last))
        if "›" in teacher.labels:
            await teacher.presses("›")
    exact = named == {f"Дитина {them.index(family)}" for family in alone}
    await announces(house, file, teacher, AGAIN)
    further = sum(tries(house, AGAIN)[address] for address in addresses)
    instead = sum(received(house, AGAIN)[address] for address in seconds)
    for family in gone:
        if isinstance(family.phone, TelegramPhone):
            family.phone.deactivated = False
        await family.phone.unblocks()
        await family.comes()
    await house.settled(60)
    await announces(house, file, teacher, BACK)
    back = len(addresses & received(house, BACK).keys())
    row(
        "R28+T18 a tenth cannot be reached",
        set(came) == reached
        and set(came.values()) == {1}
        and max(first[address] for address in addresses) == 1
        and exact
        and not further
        and instead == len(paired)
        and back == len(gone)
        and sound(file),
        recipients=many,
        gone=len(gone),
        calls_to_one_of_them=max(first[address] for address in addresses),
        named=len(named),
        named_rightly=int(exact),
        second_guardians_reached=len(set(came) & set(seconds)),
        further_calls=further,
        second_guardians_next_time=instead,
        back=back,
    )
