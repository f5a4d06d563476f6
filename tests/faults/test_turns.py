"""What people and messengers do to one chat: ids that jump, steps that break, many presses at once, floods."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.core.flows import Flow, Link
from bot.core.screens import Screen
from bot.core.turn import Turn
from bot.core.turns import FLOOD_SPAN
from bot.settings import Settings
from sandbox.telegram.phone import TelegramPhone
from tests.faults.conftest import Settling
from tests.faults.families import HOME, OTHER_DATE, TODAY, WITHDRAW, Family, settle_in
from tests.faults.rows import SEED, number, percentile, row, sizes, sound, until
from tests.house import House

pytestmark = pytest.mark.faults
APOLOGY = "не спрацювало"


class PollingHouse(House):
    """Telegram's updates are fetched."""

    def settings(self) -> Settings:
        settings = super().settings()
        settings.telegram.mode = "polling"
        return settings


@pytest.mark.parametrize("kind", [House, PollingHouse])
async def test_update_ids_jump(kind: type[House], tmp_path: Path) -> None:
    house = await kind(tmp_path).open()
    dice = random.Random(SEED)
    families = (await settle_in(house.app.database, house.telegram, house.viber, 20))[::2]
    jumped = 0

    async def ids_jump(told: asyncio.Future[list[None]]) -> int:
        """Before every update the next id is another one, upwards or down, as after a week of silence."""
        jumps = 0
        while not told.done():
            house.telegram.delivery.next_id = dice.randrange(1, 2**31)
            jumps += 1
            await asyncio.sleep(0.003)
        return jumps

    told = asyncio.gather(*(one.comes() for one in families))
    jumped += await ids_jump(told)
    told = asyncio.gather(*(one.tells() for one in families))
    jumped += await ids_jump(told)
    await house.settled()
    file = tmp_path / "klasno.db"
    absences = number(file, "SELECT count(*) FROM absence")
    skipped = len(house.telegram.delivery.pending) + len(house.telegram.delivery.dropped)
    await house.close()
    row(
        f"R8 update_id jumps, {'polling' if kind is PollingHouse else 'webhook'}",
        absences == len(families) and not skipped and jumped > 10,
        jumps=jumped,
        updates=number(file, "SELECT count(*) FROM seen"),
        skipped=skipped,
        absences_lost=len(families) - absences,
    )


class OfItsOwn(Exception):
    """A kind of error that nobody has thought of."""


BREAKAGES = (
    TypeError("a name that must not be kept"),
    OfItsOwn("a name that must not be kept"),
    OSError(5, "a name that must not be kept"),
    IntegrityError("INSERT", {"name": "a name that must not be kept"}, sqlite3.IntegrityError("UNIQUE")),
    RecursionError("a name that must not be kept"),
)


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_a_step_that_breaks_is_parked(
    house: House, families: Settling, file: Path, platform: str
) -> None:
    poison = Flow("poison")

    @poison.do
    async def drink(turn: Turn, place: int) -> Link:
        """Break in one of the ways."""
        raise BREAKAGES[place]

    @poison.ask
    async def look(turn: Turn) -> Screen:
        """Return what is no screen."""
        return None  # type: ignore[return-value]  # this is the mistake

    house.app.book.steps.update(poison.steps)
    friend = await house.guardian(platform, "Ігор", "Оля Коваль")
    others = await families(10)
    await asyncio.gather(*(other.comes() for other in others))
    apologies, waits = 0, []
    broken = [drink(place) for place in range(len(BREAKAGES))] + [look()]
    for link in broken:
        letter = await house.plant(friend, [link.packed()])
        asked = time.monotonic()
        if isinstance(friend.phone, TelegramPhone):
            friend.phone.press_raw(f"#{letter}.0", 1)
        else:
            await friend.phone.type_raw(f"#{letter}.0")
        await friend.says("/menu")
        apologies += any(APOLOGY in text for text in friend.texts[-3:])
        for other in others[:4]:
            await other.comes()
        waits.append(time.monotonic() - asked)
    parked = number(file, "SELECT count(*) FROM parked")
    names_kept = number(file, "SELECT count(*) FROM parked WHERE error LIKE '%name that must%'")
    hook = house.telegram.delivery.webhook
    assert hook is not None
    row(
        f"R9 a step breaks, {platform}",
        parked == apologies == len(broken) and not names_kept and max(waits) <= 1.0 and not hook.error
        and not house.viber.callbacks.failures,
        broken=len(broken),
        parked=parked,
        apologies=apologies,
        names_kept=names_kept,
        webhook_failures=house.viber.callbacks.failures + bool(hook.error),
        others_answered_s_most=round(max(waits), 2),
    )  # fmt: skip


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_presses_and_messages_at_once(house: House, file: Path, platform: str) -> None:
    friend = await house.guardian(platform, "Ігор", "Оля Коваль")
    await friend.presses("🤒 Не буде сьогодні")
    ill = next(key.token for key in friend.keys if key.label == "Хвороба")
    await friend.phone.presses(ill)
    await friend.phone.presses(ill)
    await friend.says("не прийде")
    told = number(file, "SELECT count(*) FROM absence")
    shown = WITHDRAW in friend.labels
    house.clock.wind(FLOOD_SPAN)
    await friend.presses(WITHDRAW, "Так, скасувати", HOME)
    await friend.presses("🤒 Не буде сьогодні")
    await friend.presses_at_once("Хвороба", 40)
    after = number(file, "SELECT count(*) FROM absence")
    standing = number(file, "SELECT count(*) FROM absence WHERE withdrawn_at IS NULL")
    row(
        f"R11 at once, {platform}",
        told == 1 and shown and after == 2 and standing == 1 and APOLOGY not in " ".join(friend.texts)
        and not number(file, "SELECT count(*) FROM parked"),
        after_double_tap_and_message=told,
        shows_what_was_told=int(shown),
        after_forty_presses=after - told,
        messages_shown=len(friend.texts),
        parked=number(file, "SELECT count(*) FROM parked"),
    )  # fmt: skip


def _memory() -> float:
    """What this process holds in memory, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@sizes(300, 5_000)
async def test_one_floods_and_fifty_talk(house: House, families: Settling, file: Path, many: int) -> None:
    town = await families(52)
    flooders, others = town[:2], town[2:]
    await asyncio.gather(*(other.comes() for other in others))
    calm = await _talk(others, asyncio.create_task(asyncio.sleep(3)))
    before = _memory()
    begun = time.monotonic()
    for flooder in flooders:
        for place in range(many):
            await flooder.phone.says(f"повінь {place}")

    def flowing() -> int:
        return len(house.telegram.delivery.pending) + house.viber.callbacks.pending

    ebb = asyncio.create_task(until(lambda: flowing() < 20, 300))
    flooded = await _talk(others, ebb)
    seconds = await ebb
    await house.settled(60)
    answered = sum(len(flooder.phone.texts) for flooder in flooders)
    grown = _memory() - before
    row(
        "T10 flood",
        percentile(flooded, 0.95) < 1000
        and grown < 50
        and answered <= 25 * len(flooders) * (2 + seconds / FLOOD_SPAN.total_seconds())
        and number(file, "SELECT count(*) FROM seen WHERE key LIKE 'telegram:%'") >= many
        and sound(file),
        floods=len(flooders),
        updates=2 * many,
        updates_a_second=round(2 * many / (time.monotonic() - begun)),
        answered=answered,
        others=len(others),
        others_presses=len(flooded),
        calm_p95_ms=percentile(calm, 0.95),
        others_p50_ms=percentile(flooded, 0.5),
        others_p95_ms=percentile(flooded, 0.95),
        grown_mb=round(grown, 1),
    )


async def _talk(people: list[Family], until_done: asyncio.Task[Any]) -> list[float]:
    """People go back and forth between two screens, a press every two seconds or so; how long each press took."""
    took: list[float] = []

    async def talks(one: Family, dice: random.Random) -> None:
        await asyncio.sleep(dice.uniform(0, 2))
        while not until_done.done():
            for label, then in ((OTHER_DATE, TODAY), (HOME, OTHER_DATE)):
                await one.goes(label, then)
                took.append(one.waits[-1])
                await asyncio.sleep(dice.uniform(1, 3))

    await asyncio.gather(*(talks(one, random.Random(SEED + place)) for place, one in enumerate(people)))
    return took
