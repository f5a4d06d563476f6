"""Rights taken between any two steps of anybody, with letters waiting and on their way: what still came after."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Delete, Update, delete, select, update

from bot.core.events import Event, Pressed
from bot.core.outbox import Delivered, Parcel
from bot.core.posting import post
from bot.core.turn import Turn
from handlers import absence, families, messengers
from handlers.rights import recheck
from models.database import Db
from models.letter import Letter, State
from models.people import Guardian, Relation, Role, Staff, become_guardian, give_role
from sandbox.viber.phone import ViberPhone
from tests.house import Friend, House

CHILD = "Оля Коваль"
STEPS = 6
"""Presses of each person around the moment at which a right is taken."""
GUARDIAN = 2
"""The id of the first guardian; the teacher is the first person."""
SLOWLY = 0.01
"""Seconds that a messenger takes at least for a letter."""
NOT_THE_TEACHERS = (
    "families",
    "admissions",
    "messengers",
    "year",
    "roster",
    "children",
    "letters",
    "settings",
)
"""Where a teacher could give a right back, or take a child away, meanwhile."""


@dataclass
class Leaks:
    """What was seen. handed: letters that were given to a messenger. together: those of them that went with others.

    waiting: those that waited when a right was taken.
    closed: the addresses of those who may not know of the child just now.
    """

    rounds: int = 0
    waiting: int = 0
    handed: int = 0
    together: int = 0
    leaks: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)


@asynccontextmanager
async def watched(house: House, monkeypatch: pytest.MonkeyPatch, seen: Leaks) -> AsyncIterator[None]:
    """Every letter that is handed to a messenger is looked at: none names the child to who may not know of it."""

    def look(parcel: Parcel) -> None:
        seen.handed += 1
        if parcel.address in seen.closed and CHILD in json.dumps(parcel.words, ensure_ascii=False):
            seen.leaks.append(f"round {seen.rounds}: letter {parcel.id}")

    for platform in house.app.platforms.values():

        async def deliver(parcel: Parcel, really: Any = platform.deliver) -> Delivered:
            look(parcel)
            await asyncio.sleep(SLOWLY)  # so that others wait behind it, fetched already
            delivered: Delivered = await really(parcel)
            return delivered

        monkeypatch.setattr(platform, "deliver", deliver)
        if platform.together is None:
            continue

        async def together(parcels: Sequence[Parcel], really: Any = platform.together.deliver) -> Any:
            for parcel in parcels:
                look(parcel)
            seen.together += len(parcels)
            await asyncio.sleep(SLOWLY)
            return await really(parcels)

        monkeypatch.setattr(platform.together, "deliver", together)
    yield


async def interleave(
    house: House, platform: str, rounds: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> Leaks:
    """So many times: everybody presses whatever they see, and in the midst of it somebody's rights are taken."""
    dice, seen = random.Random(seed), Leaks()
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", CHILD)
    anna = await house.guardian(platform, "Анна", CHILD)
    async with watched(house, monkeypatch, seen):
        for number in range(rounds):
            seen.rounds = number
            await _round(house, dice, seen, teacher, ihor, anna)
    await house.settled(30)
    return seen


async def _round(
    house: House, dice: random.Random, seen: Leaks, teacher: Friend, ihor: Friend, anna: Friend
) -> None:
    victim = dice.choice([ihor, ihor, teacher])
    change = await _taking(house, dice, victim)
    person = (await house.chat(victim)).person_id
    assert person is not None

    async def take() -> None:
        for _pause in range(dice.randrange(60)):
            await asyncio.sleep(0)
        await asyncio.sleep(dice.random() * 0.03)

        async def work(turn: Turn) -> None:
            queued = select(Letter.id).where(Letter.state == State.QUEUED)
            seen.waiting += len(await turn.db.all(queued))
            await turn.db.run(change)
            await recheck(turn, [person])

        await house.app.turns.unasked(work)
        seen.closed.add(victim.phone.address)
        house.app.wake()

    await _news(house, person, victim is teacher)
    people = [teacher, ihor, anna]
    await asyncio.gather(take(), *(_presses(house, dice.randrange(2**32), one) for one in people))
    await house.settled(30)
    house.clock.wind(timedelta(minutes=6))  # what was gathered meanwhile comes due
    house.app.wake()
    await _presses(house, dice.randrange(2**32), victim)
    await house.settled(30)
    seen.closed.clear()
    await _restore(house, teacher, ihor)


async def _taking(house: House, dice: random.Random, victim: Friend) -> Update | Delete:
    person = (await house.chat(victim)).person_id
    if dice.random() < 0.5:
        return (
            delete(Guardian).where(Guardian.person_id == person)
            if await _guards(house, person)
            else _role(person)
        )
    mine = update(Guardian).where(Guardian.person_id == person)
    return mine.values(sees=False) if await _guards(house, person) else _role(person)


async def _news(house: House, person: int, teaches: bool) -> None:
    """Cards of the child for somebody, new or changed: some go at once, some wait behind them or for later."""

    async def work(turn: Turn) -> None:
        day = house.begins.date()
        of_guardian = [absence.when((1,)), absence.first_day((1,), day), absence.last_day((1,), day, day)]
        of_teacher = [families.family(1), families.surely_end(1, GUARDIAN), messengers.lost(GUARDIAN, 1)]
        for link in of_teacher if teaches else of_guardian:
            await post(turn, [person], link, ring=True)

    await house.app.turns.unasked(work)
    house.app.wake()


async def _guards(house: House, person: int | None) -> bool:
    asked = select(Guardian.child_id).where(Guardian.person_id == person)
    return await house.facts(lambda db: db.first(asked)) is not None


def _role(person: int | None) -> Delete:
    return delete(Staff).where(Staff.person_id == person)


async def _presses(house: House, seed: int, friend: Friend) -> None:
    """A few presses of whatever stands on the person's screen, or of an older message."""
    dice = random.Random(seed)
    for number in range(STEPS):
        house.clock.wind(timedelta(seconds=3))
        chat = await house.chat(friend)
        found = await house.facts(partial(_shown, chat.id))
        pressed = [
            (letter, place)
            for letter, links in found
            for place, link in enumerate(links)
            if not (friend.phone.name == "Олена Петрівна" and link[0].startswith(NOT_THE_TEACHERS))
            and not link[0].startswith(("language", "messengers", "forgetting"))
        ]
        if not pressed:
            continue
        letter, place = dice.choice(pressed)
        if isinstance(friend.phone, ViberPhone):
            friend.phone.user.writes(house.clock.now().timestamp())
        key = f"{friend.phone.address}:{house.clock.now().timestamp()}:{number}:{dice.random()}"
        what = Pressed(letter, place)
        await house.app.handle(Event(key, friend.platform, friend.phone.address, house.clock.now(), what))
        await asyncio.sleep(dice.random() * 0.004)


async def _shown(chat: int, db: Db) -> list[tuple[int, list[Any]]]:
    """The newest letters of a chat that have buttons, and where those lead."""
    newest = select(Letter.id, Letter.links).where(Letter.chat_id == chat).order_by(Letter.id.desc()).limit(4)
    return [(id_, links) for id_, links in await db.all(newest) if links]


async def _restore(house: House, teacher: Friend, ihor: Friend) -> None:
    """Everybody has again what they had."""
    of_teacher, of_ihor = (await house.chat(teacher)).person_id, (await house.chat(ihor)).person_id
    school_class = await house.class_of("3-Б")
    assert of_teacher is not None
    assert of_ihor is not None

    async def write(db: Db) -> None:
        await become_guardian(db, 1, of_ihor, 1, Relation.FATHER)
        await db.run(update(Guardian).values(sees=True, reports=True, books=True))
        await give_role(db, 1, of_teacher, Role.CLASS_TEACHER, school_class)

    await house.app.database.write(write)
    for one in (teacher, ihor):
        await one.says("/menu")
