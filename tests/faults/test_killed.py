"""The bot's process is killed, stopped and started twice while parents report absences and letters go out."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import pytest

from bot.core.sender import IN_FLIGHT, REPLIES_IN_FLIGHT
from sandbox.wire import free_port
from tests.faults.families import HOME, OTHER_DATE, Family, copies
from tests.faults.rows import SEED, number, row, sizes, sound, sql, until
from tests.faults.town import Town

pytestmark = pytest.mark.faults
PARENTS, READERS = 12, 150
LETTERS = 40
"""Letters that join the outbox before each start."""


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = await Town(tmp_path).open(PARENTS + READERS)
    for messenger in (town.telegram, town.viber):
        messenger.faults.delay = 0.02  # so that there is something in flight when the bot dies
    yield town
    if town.running:
        await town.kill()
    await town.close()


async def _reports(family: Family, dice: random.Random, enough: Callable[[], bool]) -> None:
    """Report an absence and withdraw it, over and over, at a person's pace; end with one that stands."""
    await family.comes()
    while not enough():
        await family.tells()
        await asyncio.sleep(dice.uniform(0.1, 0.6))
        if not enough():
            await family.withdraws()
            await asyncio.sleep(dice.uniform(0.1, 0.6))
    if not family.stands:
        await family.tells()


@asynccontextmanager
async def _busy_parents(town: Town, dice: random.Random) -> AsyncIterator[None]:
    """Parents go on reporting until the block ends, and come to an end of what they were doing."""
    enough = asyncio.Event()
    reports = [
        asyncio.create_task(_reports(family, random.Random(dice.random()), enough.is_set))
        for family in town.families[:PARENTS]
    ]
    yield
    enough.set()
    if not town.running:
        town.start()
    await asyncio.gather(*reports)


def _absences(town: Town) -> dict[str, int]:
    """What was lost and doubled of what the parents told, by their phones and by SQL."""
    rows = sql(
        town.file, "SELECT child_id, count(*), sum(withdrawn_at IS NULL) FROM absence GROUP BY child_id"
    )
    told = {child: (count, standing) for child, count, standing in rows}
    parents = town.families[:PARENTS]
    found = [(family.pressed, *told.get(family.child, (0, 0))) for family in parents]
    days = number(town.file, "SELECT count(*) FROM absence_day")
    return {
        "absences": sum(family.pressed for family in parents),
        "absences_lost": sum(max(0, pressed - int(str(count))) for pressed, count, _standing in found),
        "absences_doubled": sum(max(0, int(str(count)) - pressed) for pressed, count, _standing in found),
        "wrongly_standing": sum(standing != 1 for *_rest, standing in found) + abs(days - PARENTS),
    }


async def _drained(town: Town) -> int:
    """Wait until the outbox is empty; returns what is left."""
    ask = "SELECT count(*) FROM letter WHERE state = 'queued'"
    await until(lambda: number(town.file, ask) == 0, 240)
    return number(town.file, ask)


def _lost_letters(town: Town, taken: Counter[int]) -> int:
    """Letters that were committed, and that no messenger took although nothing took their place."""
    shown = sql(town.file, "SELECT id FROM letter WHERE state = 'sent' AND over_id IS NULL AND links != '[]'")
    lost = sum(letter not in taken for (letter,) in shown if isinstance(letter, int))
    return lost + number(town.file, "SELECT count(*) FROM letter WHERE state IN ('refused', 'gone')")


def _without_last_screen(town: Town) -> int:
    """Parents whose phone does not end with the screen where the database says that they rest."""
    asked = "SELECT chat.id, letter.words FROM chat JOIN letter ON letter.id = chat.screen_id"
    rests = {chat: json.loads(str(words))["text"] for chat, words in sql(town.file, asked)}
    parents = town.families[:PARENTS]
    return sum(family.phone.texts[-1].removeprefix("↻ ") != rests[family.chat] for family in parents)


def _extra(taken: Counter[int]) -> int:
    return sum(count - 1 for count in taken.values())


@sizes(12, 100)
async def test_killed_anywhere_nothing_is_lost(town: Town, many: int) -> None:
    dice = random.Random(SEED)
    first, doubled, before = [], [], 0
    async with _busy_parents(town, dice):
        for _kill in range(many):
            await town.write_letters(town.families[PARENTS:], LETTERS)
            town.configure(dice.choice(["webhook", "polling"]))
            town.start()
            first.append(await town.first_call())
            await asyncio.sleep(dice.uniform(0.0, 0.7))
            await town.kill()
            extra = _extra(copies(town.telegram, town.viber))
            doubled.append(extra - before)
            before = extra
        town.start()
    town.wind(600)  # the teacher's card on Viber gathers its news for five minutes
    left = await _drained(town)
    code, seconds = await town.terminate()
    taken = copies(town.telegram, town.viber)
    absences = _absences(town)
    extra = _extra(taken)
    figures = {
        "kills": many,
        **absences,
        "letters": len(taken),
        "letters_lost": _lost_letters(town, taken) + left,
        "without_last_screen": _without_last_screen(town),
        "doubled": extra,
        "doubled_mean": round(extra / many, 2),
        "doubled_most": max([*doubled, extra - before]),
        "pressed_again": sum(family.again for family in town.families),
        "first_letter_s": round(median(first), 2),
        "first_letter_s_most": round(max(first), 2),
        "term_s": round(seconds, 2),
    }
    nothing = ("absences_lost", "absences_doubled", "wrongly_standing", "letters_lost", "without_last_screen")
    most = 2 * (IN_FLIGHT + REPLIES_IN_FLIGHT)  # of two messengers
    passed = not any(figures[key] for key in nothing) and code == 0 and sound(town.file)
    row(
        "R1+R7 kill -9",
        passed and figures["doubled_most"] <= most and figures["first_letter_s"] <= 5,
        **figures,
    )


@sizes(3, 20)
async def test_stopped_with_sigterm_nothing_is_lost_or_doubled(town: Town, many: int) -> None:
    dice = random.Random(SEED)
    codes, took = [], []
    async with _busy_parents(town, dice):
        for _stop in range(many):
            await town.write_letters(town.families[PARENTS:], LETTERS)
            town.configure(dice.choice(["webhook", "polling"]))
            town.start()
            await town.first_call()
            await asyncio.sleep(dice.uniform(0.0, 0.7))
            code, seconds = await town.terminate()
            codes.append(code)
            took.append(seconds)
        town.start()
    town.wind(600)
    left = await _drained(town)
    code, seconds = await town.terminate()
    taken = copies(town.telegram, town.viber)
    figures = {
        "stops": many,
        **_absences(town),
        "letters": len(taken),
        "letters_lost": _lost_letters(town, taken) + left,
        "without_last_screen": _without_last_screen(town),
        "doubled": _extra(taken),
        "wrong_exit_codes": sum(one != 0 for one in [*codes, code]),
        "exit_s_most": round(max([*took, seconds]), 2),
    }
    nothing = [key for key in figures if key not in ("stops", "absences", "letters", "exit_s_most")]
    passed = not any(figures[key] for key in nothing) and figures["exit_s_most"] <= 5 and sound(town.file)
    row("R2 SIGTERM", passed, **figures)


async def test_a_second_bot_on_the_same_database_refuses(town: Town) -> None:
    town.start()
    family = town.families[0]
    await family.comes()
    town.configure("webhook", free_port())
    command = [sys.executable, "-m", "bot", "run", "--config", str(town.config)]
    asked = time.monotonic()
    second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
    await family.goes(OTHER_DATE, HOME)  # the first one works on
    taken = copies(town.telegram, town.viber)
    sentence = second.stderr.strip().splitlines()[-1]
    plain = sentence.startswith("Another Klasno is running") and "Traceback" not in second.stderr
    row(
        "R19 two processes",
        plain and second.returncode == 1 and not _extra(taken),
        exit_code=second.returncode,
        refused_s=round(time.monotonic() - asked, 2),
        said=sentence,
        doubled=_extra(taken),
    )
