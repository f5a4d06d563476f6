"""The stage of every measurement: stand-in servers in this process, and each bot in a process of its own.

Where the machine has two cores or more, the bots share the first and the stand-in with whoever drives it has the
second, so that all bots have the same and none pays for the measuring.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone

TOKEN = "710000001:a-token-of-nobody-for-measuring-only"
SECRET = "a-secret-that-only-telegram-knows"
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
FIRST = 1_000
"""The Telegram id of the first parent; the others follow."""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin(process: int, core: int) -> None:
    """Keep a process (0: this one) on one of the cores that we were given, where the system can do that.

    Where it is allowed, other work on the machine is also made to wait for it: it is none of what is measured.
    """
    if CORES:
        os.sched_setaffinity(process, {CORES[core % len(CORES)]})
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, -15)


@dataclass
class Bot:
    """A bot's process, and the stand-in that it talks to."""

    name: str
    server: TelegramServer
    process: asyncio.subprocess.Process
    database: Path
    started_at: float
    """When its process was started: seconds, monotonic."""
    next_parent: int = field(default=FIRST)

    def parent(self) -> TelegramPhone:
        """A parent's phone that has not been used yet."""
        phone = self.server.people.get(self.next_parent) or self.server.person(self.next_parent, "Ігор")
        self.next_parent += 1
        return phone

    @property
    def resident(self) -> float:
        """Its resident memory in MB (10^6 bytes), as Linux tells it; nan elsewhere."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return float("nan")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


@asynccontextmanager
async def stand_in(*, limits: bool = False) -> AsyncIterator[TelegramServer]:
    """A stand-in of Telegram of its own."""
    server = TelegramServer(TOKEN, limits=limits)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def running(name: str, server: TelegramServer, database: Path, *command: str) -> AsyncIterator[Bot]:
    """A bot's process, from its start until it has set its webhook; ended on leaving."""
    started_at = time.monotonic()
    with database.with_suffix(".log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, stdout=log, stderr=log)
    pin(process.pid, 0)
    try:
        await server.changes.until(lambda: server.delivery.webhook is not None, 20, f"{name}'s webhook")
        yield Bot(name, server, process, database, started_at)
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()
