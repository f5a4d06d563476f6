"""An announcement to very many on Viber: calls and seconds, with broadcasts and without."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.rows import number, row, sizes, sound, until
from tests.house import House
from tests.stories.test_broadcasts import announced, calls, families, letters

pytestmark = pytest.mark.faults
DELAY = 0.1
"""Seconds that Viber takes for a call, about as over the internet."""


@pytest.mark.parametrize("opened", [True, False], ids=["broadcasts", "singly"])
@sizes(200, 2000)
async def test_an_announcement_to_very_many_on_viber(
    house: House, file: Path, many: int, opened: bool
) -> None:
    teacher = await house.teacher("telegram")
    await families(house, *["uk"] * many)
    await announced(house, teacher, many, sent=False)
    house.viber.broadcast_allowed, house.viber.faults.delay = opened, DELAY
    await house.later(seconds=0)
    begun = time.monotonic()
    house.clock.wind(timedelta(seconds=11))
    house.app.wake()
    queued = "SELECT count(*) FROM letter WHERE about IS NOT NULL AND state = 'queued'"
    await until(lambda: number(file, queued) == 0, 300)
    seconds = time.monotonic() - begun
    together, singly = len(calls(house, "broadcast_message")), len(calls(house, "send_message"))
    reached = len(await letters(house))
    await house.settled(120)
    row(
        "an announcement on Viber",
        reached == many
        and sound(file)
        and all(len(phone.texts) == 1 for phone in house.viber.people.values())
        and ((together, singly) == (-(-many // 300), 0) if opened else (together, singly) == (1, many)),
        broadcasts="opened" if opened else "not opened",
        recipients=many,
        viber_s=DELAY,
        calls=together + singly,
        seconds=round(seconds, 1),
    )
