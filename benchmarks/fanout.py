"""An announcement to many chats: how fast, how evenly, and whether anybody else has to wait for it."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import ours
from benchmarks.stage import FIRST, TOKEN, Bot, pin, stand_in
from benchmarks.taps import home, tap
from sandbox.wire import Call

LIMIT = 30
"""Messages in any second: https://core.telegram.org/bots/faq."""


@dataclass(frozen=True, slots=True)
class Paced:
    """An announcement at Telegram's pace. floor: seconds at best; refused: calls; busiest: in a second."""

    letters: int
    answers: int
    seconds: float
    floor: float
    refused: int
    busiest: int
    taps: list[float]


@dataclass
class Announcing:
    """Klasno, of which a teacher has just asked to announce something to very many. pressed: seconds of that press."""

    bot: Bot
    database: Path
    teacher: int
    pressed: float = 0.0

    def sent(self) -> list[Call]:
        """The messages with the announcement that the stand-in took from us, in order, without the teacher's own."""
        return [
            call
            for call in self.bot.server.journal
            if call.ok and call.method == "sendMessage" and call.params["chat_id"] != self.teacher
            if ours.TEXT in call.params["text"]
        ]

    async def press(self, letters: int) -> None:
        """Write it, look at it, send it."""
        phone = self.bot.server.people[self.teacher]

        async def goes(label: str, then: str) -> None:
            await phone.changes.until(lambda: label in phone.labels, 20, label)
            await phone.presses(label)
            await phone.changes.until(lambda: then in phone.labels, 20, then)

        await phone.says(ours.TEXT)
        await goes("📣 Оголосити", "Переглянути й надіслати")
        await goes("Переглянути й надіслати", f"Надіслати: {letters}")
        begun = time.monotonic()
        await goes(f"Надіслати: {letters}", "Зупинити")
        self.pressed = time.monotonic() - begun


@asynccontextmanager
async def announcing(
    parents: int, letters: int, per_second: int, *, limits: bool
) -> AsyncIterator[Announcing]:
    """Klasno started, and an announcement to the last so many of its parents pressed: in ten seconds it goes."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await ours.fill(folder, parents, letters)
        async with stand_in(limits=limits) as server:
            for number in range(FIRST, FIRST + parents + 1):
                server.person(number, "Ігор", started=True)
            async with ours.start(folder, server, per_second=per_second) as bot:
                started = Announcing(bot, folder / "ours.db", FIRST + parents)
                await started.press(letters)
                yield started


async def settled(database: Path) -> float:
    """Wait until no letter waits in the outbox any more; returns when: seconds, monotonic."""
    reader = sqlite3.connect(database)
    try:
        while reader.execute("SELECT 1 FROM letter WHERE state = 'queued' LIMIT 1").fetchone():  # noqa: ASYNC110 (another process's database)
            await asyncio.sleep(0.05)
        return time.monotonic()
    finally:
        reader.close()


async def klasno(chats: int) -> tuple[float, float]:
    """Letters a second, from the first that is accepted until the last is settled; and the seconds of the press."""
    async with announcing(chats, chats, 0, limits=False) as under_way:
        end = await settled(under_way.database)
        calls = under_way.sent()
        assert len(calls) == chats
        return chats / (end - calls[0].at), under_way.pressed


async def bare(chats: int, flight: int) -> float:
    """Letters a second of the bare client."""
    async with stand_in() as server:
        for number in range(FIRST, FIRST + chats):
            server.person(number, "Ігор", started=True)
        url = f"{server.url}/bot{TOKEN}/sendMessage"
        command = ("benchmarks.bare", url, str(FIRST), str(chats), str(flight))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, stdout=asyncio.subprocess.PIPE
        )
        pin(process.pid, 0)
        printed, _ = await process.communicate()
        assert sum(call.ok and call.method == "sendMessage" for call in server.journal) == chats
        return chats / float(printed)


async def paced(letters: int, tapping: int) -> Paced:
    """An announcement with Telegram's limits kept on both sides, while other parents tap, one after the other."""
    async with announcing(letters + tapping, letters, LIMIT, limits=True) as under_way:
        bot = under_way.bot
        taps: list[float] = []
        over = asyncio.ensure_future(settled(under_way.database))
        await bot.server.changes.until(lambda: bool(under_way.sent()), 30, "the first letter")
        while not over.done() and len(taps) < tapping:
            phone = await home(bot)
            taps.append(await tap(phone))
            await asyncio.sleep(0.25)
        end = await over
        first = under_way.sent()[0].at
        calls = [
            call
            for call in bot.server.journal
            if call.ok and first <= call.at <= end and call.method in ("sendMessage", "editMessageText")
        ]
        assert len(under_way.sent()) == letters
        answers = len(calls) - letters
        return Paced(
            letters,
            answers,
            calls[-1].at - calls[0].at,
            len(calls) / LIMIT,
            sum(not call.ok and first <= call.at for call in bot.server.journal),
            _busiest([call.at for call in calls]),
            taps,
        )


def _busiest(times: list[float]) -> int:
    """The most calls within any second."""
    most, first = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1:
            first += 1
        most = max(most, last - first + 1)
    return most
