"""Families by the dozen: put into the database at once, each with a phone, and telling absences as people do."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from models.chat import Chat
from models.database import Database, Db
from models.people import Child, Guardian, Person, Role, Staff
from models.school import class_named, school_named
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from sandbox.viber import ViberServer
from sandbox.viber.phone import ViberPhone
from sandbox.wire import Call
from tests.house import MONDAY, SCHOOL

OTHER_DATE, ILLNESS, WITHDRAW, SURELY, REPORT, HOME = (
    "Інша дата",
    "Хвороба",
    "Скасувати запис",
    "Так, скасувати",
    "Не буде в школі",
    "Головна",
)
TODAY = "Сьогодні"
PATIENCE = 60.0
"""Seconds that a person waits for a screen."""
PRESSES_AGAIN = 15.0
"""Seconds after which a person presses once more."""


@dataclass
class Family:
    """A guardian of one child.

    pressed: absences they asked for. stands: whether the last one does. waits: seconds from presses to screens.
    again: presses that had to be repeated.
    """

    phone: TelegramPhone | ViberPhone
    child: int
    chat: int
    pressed: int = 0
    stands: bool = False
    waits: list[float] = field(default_factory=list)
    again: int = 0

    async def sees(self, label: str, patience: float = PATIENCE) -> None:
        """Wait for a screen with that button."""
        await self.phone.changes.until(
            lambda: label in self.phone.labels,
            patience,
            f"{label} on {self.phone.address}: {self.phone.labels}",
        )

    async def goes(self, label: str, then: str) -> None:
        """Press a button, and wait for a screen with another."""
        await self.sees(label)
        pressed = time.monotonic()
        await self.phone.presses(label)
        try:
            await self.sees(then, PRESSES_AGAIN)
        except (
            TimeoutError
        ):  # a copy of an older screen, sent again after a kill, hides the answer: press that
            self.again += 1
            await self.phone.presses(label)
            await self.sees(then)
        self.waits.append(time.monotonic() - pressed)

    async def comes(self) -> None:
        """Say something, and be shown home."""
        await self.phone.says("/menu")
        await self.sees(OTHER_DATE)

    async def tells(self, day: str = TODAY) -> None:
        """From home: report an absence of one day."""
        await self.goes(OTHER_DATE, day)
        await self.goes(day, ILLNESS)
        self.pressed += 1
        await self.goes(ILLNESS, WITHDRAW)
        self.stands = True

    async def withdraws(self) -> None:
        """From the absence: withdraw it and go home."""
        await self.goes(WITHDRAW, SURELY)
        await self.goes(SURELY, REPORT)
        self.stands = False
        await self.goes(HOME, OTHER_DATE)


async def settle_in(
    database: Database, telegram: TelegramServer, viber: ViberServer, many: int, school_class: str = "3-Б"
) -> list[Family]:
    """Put `many` families of one class into the database, every second one on Viber."""

    async def write(db: Db) -> list[tuple[int, int]]:
        school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", MONDAY.date())
        of_class = await class_named(db, school, school_class)
        made = []
        for place in range(many):
            named = {"school_id": school, "name": f"Дитина {place}", "class_id": of_class}
            child = (await db.new(insert(Child).returning(Child.id), named))[0]
            person = await _person(db, school, f"Родина {place}")
            await db.run(insert(Guardian), {"school_id": school, "person_id": person, "child_id": child})
            made.append((child, await _chat(db, person, *_address(place, school_class))))
        return made

    made = await database.write(write)
    phones = [_phone(telegram, viber, place, school_class) for place in range(many)]
    return [Family(phone, child, chat) for phone, (child, chat) in zip(phones, made, strict=True)]


async def teachers(
    database: Database, telegram: TelegramServer, viber: ViberServer, school_class: str = "3-Б"
) -> list[TelegramPhone | ViberPhone]:
    """A class teacher on each messenger, who only read."""

    async def write(db: Db) -> None:
        school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", MONDAY.date())
        of_class = await class_named(db, school, school_class)
        for place in (0, 1):
            person = await _person(db, school, f"Вчителька {place}")
            held = {"person_id": person, "role": Role.CLASS_TEACHER, "class_id": of_class}
            await db.run(insert(Staff), {"school_id": school, **held})
            await _chat(db, person, *_address(place, f"{school_class} teacher"))

    await database.write(write)
    return [_phone(telegram, viber, place, f"{school_class} teacher") for place in (0, 1)]


async def _person(db: Db, school: int, name: str) -> int:
    return (await db.new(insert(Person).returning(Person.id), {"school_id": school, "name": name}))[0]


async def _chat(db: Db, person: int, platform: str, address: str) -> int:
    where = {"platform": platform, "address": address, "person_id": person, "language": "uk"}
    return (await db.new(insert(Chat).returning(Chat.id), where))[0]


def _address(place: int, group: str) -> tuple[str, str]:
    number = 1_000_000_000 + zlib.crc32(group.encode()) // 1000 * 1000 + place
    return ("telegram", str(number)) if place % 2 == 0 else ("viber", f"f{number}=")


def _phone(
    telegram: TelegramServer, viber: ViberServer, place: int, group: str
) -> TelegramPhone | ViberPhone:
    platform, address = _address(place, group)
    if platform == "telegram":
        return telegram.person(int(address), f"Родина {place}", started=True)
    phone = viber.person(address, f"Родина {place}")
    phone.user.subscribed = True
    return phone


def have_written(families: Iterable[Family], now: float) -> None:
    """Let Viber know that these people have just written, where a test brings their events past it.

    Otherwise it would hold back what goes to them after a hundred messages.
    """
    for family in families:
        if isinstance(family.phone, ViberPhone):
            family.phone.user.writes(now)


def letter_of(call: Call) -> int | None:
    """The letter that a call sends as a new message, as its buttons tell; None for anything else."""
    if call.method == "sendMessage":
        rows: Sequence[Any] = call.params.get("reply_markup", {}).get("inline_keyboard", [])
        payloads: Iterator[str] = (button["callback_data"] for line in rows for button in line)
    elif call.method == "send_message":
        payloads = (button["ActionBody"] for button in call.params.get("keyboard", {}).get("Buttons", []))
    else:
        return None
    return next(
        (int(one[1:].partition(".")[0]) for one in payloads if one.startswith("#") and "." in one), None
    )


def copies(*servers: TelegramServer | ViberServer) -> Counter[int]:
    """How many messages the messengers took of each letter, by their own record."""
    found = (letter_of(call) for server in servers for call in server.journal if call.ok)
    return Counter(letter for letter in found if letter is not None)
