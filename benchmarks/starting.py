"""How soon Klasno answers after its process is started, and how much memory it keeps."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import ours
from benchmarks.stage import FIRST, stand_in
from benchmarks.taps import calm, home, report

TURNS = 1_000


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MB (10^6 bytes): after the first answer, and after TURNS turns more."""

    rested: float
    worked: float


async def first_answer(*, ready: bool) -> float:
    """Seconds from the start of the process until its answer to a waiting /start is accepted.

    ready: whether the database is there already, or has yet to be made.
    """
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if ready:
            await ours.fill(folder, 100)
        async with stand_in() as server:
            phone = server.person(FIRST, "Ігор")
            await phone.opens()
            begun = time.monotonic()
            async with ours.start(folder, server):
                await phone.changes.until(lambda: bool(phone.labels), 20, "the first answer")
                return time.monotonic() - begun


async def memory() -> Memory:
    """What a process keeps that has answered once, and one that has answered much."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await ours.fill(folder, TURNS)
        async with stand_in() as server, ours.start(folder, server) as bot:
            await home(bot)
            await calm(bot)
            rested = bot.resident
            for _ in range(TURNS // 3):
                await report(await home(bot))
            await calm(bot)
            return Memory(rested, bot.resident)
