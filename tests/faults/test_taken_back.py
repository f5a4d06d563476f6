"""Second thoughts: an announcement is stopped before it goes, or taken back while it goes."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.telegram.phone import TelegramPhone
from tests.faults.announced import LETTERS, QUEUED, TEXT, announces, goes, received
from tests.faults.conftest import Settling
from tests.faults.families import teachers
from tests.faults.rows import SEED, number, row, sizes, sound, until
from tests.house import Friend, House

pytestmark = pytest.mark.faults
FAMILIES = 40


@sizes(6, 60)
async def test_at_any_moment_it_is_stopped_or_taken_back(
    house: House, families: Settling, file: Path, many: int
) -> None:
    """So many announcements, each stopped before its ten seconds are over, or taken back at a random moment later."""
    dice = random.Random(SEED)
    them = await families(FAMILIES)
    teacher = Friend(house, (await teachers(house.app.database, house.telegram, house.viber))[0])
    stopped = sent_though_stopped = sent = cancelled = stands = late = 0
    for place in range(many):
        text = f"{place}-те оголошення. {TEXT}"
        house.telegram.faults.delay = house.viber.faults.delay = 0.03
        before = number(file, LETTERS)
        await announces(teacher.phone, FAMILIES, text=text)
        if place % 3 == 0:
            house.clock.wind(timedelta(seconds=9 * dice.random()))
            house.app.wake()
            await goes(teacher.phone, "Зупинити", "Переглянути й надіслати")
            await house.later(minutes=5)
            stopped += 1
            sent_though_stopped += sum(received(house, text, but=teacher).values())
            await teacher.presses("Видалити чернетку")
            continue
        await goes(teacher.phone, "До кого дійшло", "Відкликати")
        await goes(teacher.phone, "Відкликати", "Так, відкликати")
        house.clock.wind(timedelta(seconds=11))
        house.app.wake()
        await asyncio.sleep(dice.random() * FAMILIES / 2 * 0.03 / 4)
        await goes(teacher.phone, "Так, відкликати", "Оновити")
        then = len(received(house, text, but=teacher))
        await until(lambda: number(file, QUEUED) == 0, 30)
        await house.settled(30)
        came = received(house, text, but=teacher)
        await house.later(minutes=5)
        late += len(received(house, text, but=teacher)) - len(came)
        sent += len(came)
        cancelled += FAMILIES - len(came)
        first = (
            "AND over_id IS NULL AND id IN (SELECT id FROM letter WHERE about IS NOT NULL ORDER BY id LIMIT"
        )
        mine = f"{LETTERS} {first} {FAMILIES} OFFSET {before})"
        counted = [number(file, f"{mine} AND state = '{state}'") for state in ("sent", "replaced")]
        assert counted == [len(came), FAMILIES - len(came)], (counted, len(came), then)
        stands += sum(
            any(text in shown for shown in one.phone.texts)
            for one in them
            if isinstance(one.phone, TelegramPhone)
        )
    total = (many - stopped) * FAMILIES
    row(
        "T19 stopped or taken back",
        not sent_though_stopped and sent + cancelled == total and not stands and not late and sound(file),
        stopped=stopped,
        sent_though_stopped=sent_though_stopped,
        taken_back=many - stopped,
        letters=total,
        sent=sent,
        cancelled=cancelled,
        sent_afterwards=late,
        still_read_on_telegram=stands,
    )
