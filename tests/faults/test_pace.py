"""An announcement to very many: how fast it goes, who overtakes it, and whom a slow messenger holds up."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import sender
from bot.core.sender import IN_FLIGHT, MOST_IN_HAND
from bot.telegram.platform import PACE
from sandbox.wire import Call
from tests.faults.announced import QUEUED, announces, received, shown
from tests.faults.conftest import Settling, Writing
from tests.faults.families import Family, settle_in, teachers
from tests.faults.rows import number, row, sizes, sound, until
from tests.house import House

pytestmark = pytest.mark.faults
URGENT = "Сьогодні уроки закінчуються о 12:00, заберіть дітей."
SLOW = 2.0
"""Seconds that each call takes."""


def busiest(times: list[float], seconds: float) -> int:
    """The most calls within so many seconds."""
    ordered = sorted(times)
    first = most = 0
    for last, at in enumerate(ordered):
        while ordered[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def goes_now(house: House) -> None:
    """The seconds in which it could be stopped are over; what was called before counts no more."""
    house.telegram.journal.clear()
    house.viber.journal.clear()
    house.clock.wind(timedelta(seconds=11))
    house.app.wake()


@sizes(150, 2000)
async def test_nobody_is_written_to_too_fast(house: House, families: Settling, file: Path, many: int) -> None:
    await families(many)
    teacher = (await teachers(house.app.database, house.telegram, house.viber))[0]
    await announces(teacher, many)
    house.telegram.limits = house.viber.limits = True
    house.app.platforms["telegram"].pace = PACE
    begun = time.monotonic()
    goes_now(house)
    await until(lambda: number(file, QUEUED) == 0, 200)
    seconds = time.monotonic() - begun
    calls = [call for call in house.telegram.journal if shown(call)]
    refused = [call for call in (*house.telegram.journal, *house.viber.journal) if not call.ok]
    came = received(house)
    most = busiest([call.at for call in calls], 1.0)
    row(
        "R4 the messengers' pace",
        len(came) == sum(came.values()) == many
        and not refused
        and not house.telegram.too_many
        and most <= PACE.per_second
        and seconds <= max(10.0, 80 * many / 2000)
        and sound(file),
        recipients=many,
        on_telegram=len(calls),
        busiest_second=most,
        refused=len(refused),
        seconds=round(seconds, 1),
    )


async def test_a_silent_person_on_viber_gets_a_hundred_an_hour(
    house: House, families: Settling, letters: Writing, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PAUSES", (0.05, 0.1, 0.2))
    silent = (await families(2))[1]
    waits = "SELECT count(*) FROM letter WHERE state = 'queued'"
    await letters([silent], 103)
    await until(lambda: number(file, waits) == 3, 30)
    await until(lambda: any(not call.ok for call in house.viber.journal), 10)
    within = len(silent.phone.texts)
    left = number(file, waits)
    house.clock.wind(timedelta(hours=1))
    house.app.wake()
    await until(lambda: number(file, waits) == 0, 30)
    texts = silent.phone.texts
    row(
        "R4 a silent person on Viber",
        within == 100 and left == 3 and len(texts) == len(set(texts)) == 103,
        letters=103,
        within_the_hour=within,
        waited=left,
        lost=103 - len(set(texts)),
        doubled=len(texts) - len(set(texts)),
    )


@sizes(400, 2000)
async def test_an_urgent_one_overtakes(house: House, families: Settling, file: Path, many: int) -> None:
    await families(many)
    urgent = 30
    await settle_in(house.app.database, house.telegram, house.viber, urgent, "4-А")
    big = (await teachers(house.app.database, house.telegram, house.viber))[0]
    small = (await teachers(house.app.database, house.telegram, house.viber, "4-А"))[1]
    house.app.platforms["telegram"].pace = PACE
    house.viber.faults.delay = 0.1
    await announces(big, many)
    goes_now(house)
    await announces(small, urgent, text=URGENT, kind="Термінове")
    goes_now(house)
    begun = time.monotonic()
    await until(lambda: len(received(house, URGENT)) == urgent, 60)
    waits = number(file, QUEUED)
    last = [
        max(call.at for call in server.journal if shown(call, URGENT)) - begun
        for server in (house.telegram, house.viber)
    ]
    await until(lambda: number(file, QUEUED) == 0, 200)
    before = sum(begun <= call.at < begun + last[0] for call in house.telegram.journal if shown(call))
    row(
        "R5 an urgent one overtakes",
        before <= PACE.per_second
        and (max(last) <= 2.0 or many < 2000)  # a short run shares the machine with other tests
        and waits > 0
        and max(received(house, URGENT).values()) == 1,
        recipients=many,
        urgent=urgent,
        telegram_s=round(last[0], 2),
        viber_s=round(last[1], 2),
        others_before_the_last=before,
        others_still_waiting=waits,
    )


@sizes(60, 300)
async def test_a_slow_messenger_holds_up_nobody_else(
    house: House, families: Settling, file: Path, many: int
) -> None:
    them = await families(many)
    teacher = (await teachers(house.app.database, house.telegram, house.viber))[1]
    await announces(teacher, many)
    house.telegram.faults.delay = SLOW
    goes_now(house)
    on_telegram, on_viber = them[::2], them[1::2]
    viber = await until(lambda: to_all(house.viber.journal) >= len(on_viber), 60)
    held = house.app.senders["telegram"].in_hand
    taps = [await tap(family) for family in (on_telegram[-1], on_viber[-1])]
    await until(lambda: number(file, QUEUED) == 0, 200)
    calls = [call for call in house.telegram.journal if shown(call)]
    together = busiest([call.at for call in calls], SLOW * 0.9)
    came = received(house)
    row(
        "R32 each call takes two seconds",
        together <= IN_FLIGHT
        and held <= MOST_IN_HAND
        and viber <= 2.0
        and taps[0] <= SLOW + 1
        and taps[1] <= 1
        and len(came) == sum(came.values()) == many,
        recipients=many,
        in_flight_most=together,
        in_flight_bound=IN_FLIGHT,
        in_hand=held,
        other_messenger_s=round(viber, 2),
        tap_on_the_slow_one_s=round(taps[0], 2),
        tap_on_the_other_s=round(taps[1], 2),
    )


def to_all(journal: list[Call]) -> int:
    return sum(len(shown(call)) for call in journal)


async def tap(family: Family) -> float:
    """Somebody asks for the menu; returns the seconds until it is there."""
    begun = time.monotonic()
    await family.comes()
    return time.monotonic() - begun
