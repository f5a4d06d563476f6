"""An announcement to very many, while messengers fail and the bot is killed and started again."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from bot.core.sender import IN_FLIGHT
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from sandbox.viber import ViberServer
from sandbox.viber.phone import ViberPhone
from sandbox.wire import ACCEPTED
from tests.faults.announced import LETTERS, QUEUED, announces, shown
from tests.faults.conftest import Settling
from tests.faults.families import teachers
from tests.faults.rows import SEED, number, row, sizes, sound, until
from tests.faults.town import Town
from tests.house import House

pytestmark = pytest.mark.faults
PER_SECOND = 25
"""Messages a second to Telegram; Viber publishes no such limit."""
SLOW = 1.0
"""Seconds after which the bot gives a call up."""


@pytest.fixture
async def town(tmp_path: Path, many: int) -> AsyncIterator[Town]:
    town = await Town(tmp_path, per_second=PER_SECOND, timeout=SLOW).open(many)
    for messenger in (town.telegram, town.viber):
        messenger.faults.delay = 0.02
    yield town
    if town.running:
        await town.kill()
    await town.close()


@sizes(1000, 10_000)
async def test_the_press_that_sends_to_very_many(
    house: House, families: Settling, file: Path, many: int
) -> None:
    await families(many)
    teacher = (await teachers(house.app.database, house.telegram, house.viber))[0]
    took = await announces(teacher, many)
    letters, cards = number(file, LETTERS), number(file, "SELECT count(*) FROM card WHERE key LIKE '%show%'")
    row(
        "one press, very many letters",
        letters == cards == many and took < 2.0 and sound(file),
        recipients=many,
        letters=letters,
        press_to_answer_s=round(took, 2),
    )


def _last_group(town: Town) -> int:
    """How many the last broadcast of the bot's present life went to: as many may be doubled if it is killed now."""
    groups = [
        call
        for call in town.viber.journal
        if call.method == "broadcast_message" and call.ok and call.at > town.started
    ]
    return len(shown(groups[-1])) if groups else 0


def _received(town: Town, teacher: TelegramPhone | ViberPhone) -> Counter[str]:
    """How often each family was sent it, by the messengers' own record."""
    calls = [*town.telegram.journal, *town.viber.journal]
    return Counter(who for call in calls for who in shown(call) if who != teacher.address)


def _doubled_by_kills(town: Town) -> dict[str, int]:
    """Copies beyond the first of each family, but for those that followed a call whose answer was lost."""
    servers: dict[str, TelegramServer | ViberServer] = {"telegram": town.telegram, "viber": town.viber}
    doubled = {}
    for name, server in servers.items():
        came = [who for call in server.journal for who in shown(call)]
        unanswered = sum(len(shown(call)) for call in server.journal if call.fault in ACCEPTED)
        doubled[name] = len(came) - len(set(came)) - unanswered
    return doubled


@sizes(80, 2000)
async def test_an_announcement_outlives_fifty_kills(town: Town, many: int) -> None:
    dice, kills = random.Random(SEED), 4 if many < 1000 else 50
    teacher = town.teachers[0]
    town.start()
    took = await announces(teacher, many)
    waiting = number(town.file, QUEUED)
    servers: tuple[TelegramServer | ViberServer, ...] = (town.telegram, town.viber)
    for place, messenger in enumerate(servers):
        messenger.faults.seed, messenger.faults.hold = SEED + place, 2 * SLOW
        messenger.faults.__post_init__()
        messenger.faults.rate = 0.2
    town.wind(11)
    begun = time.monotonic()
    length = many / 2 / PER_SECOND
    first: list[float] = []
    together = 0
    for kill in range(kills):
        moment = begun + length * (kill + dice.random()) / kills
        await asyncio.sleep(max(0.3, moment - time.monotonic()))
        await town.kill()
        together += _last_group(town)
        town.start()
        if number(town.file, QUEUED):
            first.append(await town.first_call())
    await until(lambda: number(town.file, QUEUED) == 0, 600)
    for messenger in (town.telegram, town.viber):
        messenger.faults.rate = 0.0
    code, _seconds = await town.terminate()
    taken = _received(town, teacher)
    calls = [*town.telegram.journal, *town.viber.journal]
    unanswered = sum(len(shown(call)) for call in calls if call.ok and call.fault in ACCEPTED)
    extra = sum(taken.values()) - len(taken)
    by_kills = _doubled_by_kills(town)
    figures: dict[str, int | float | dict[str, float]] = {
        "recipients": many,
        "letters": waiting,
        "press_to_answer_s": round(took, 2),
        "kills": kills,
        "lost": many - len(taken),
        "extra_copies": extra,
        "accepted_but_unanswered": unanswered,
        "in_groups_before_kills": together,
        "doubled_by_kills": extra - unanswered,
        "doubled_by_kills_mean": {name: round(number / kills, 2) for name, number in by_kills.items()},
        "most_copies_of_one": max(taken.values(), default=0),
        "first_letter_s": round(median(first), 2) if first else 0.0,
        "first_letter_s_most": round(max(first, default=0.0), 2),
        "seconds": round(time.monotonic() - begun, 1),
    }
    passed = (
        waiting == many == len(taken)
        and extra <= unanswered + together + kills * 2 * IN_FLIGHT
        and max(first, default=0.0) <= 5
        and code == 0
        and sound(town.file)
    )
    row("R1+R3 an announcement", passed, **figures)
