"""A town: the stand-ins here, and the bot as a process of its own that can be killed and started again."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.core import outbox
from models import schema
from models.database import Database, Db
from models.letter import Kind
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from sandbox.viber import ViberServer
from sandbox.viber.phone import ViberPhone
from sandbox.wire import free_port
from tests.faults.families import Family, settle_in, teachers
from tests.faults.rows import until
from tests.house import MONDAY, SCHOOL, SECRET, TELEGRAM_TOKEN, VIBER_TOKEN

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["bot.__main__", "bot.app"])


def _nothing() -> None:
    """What the first child does, so that the modules are loaded before the stopwatch runs."""


def _run(config: Path, clock: Path, log: Path, timeout: float) -> None:
    """What the child process does: the very command `klasno run`, with its log in a file.

    timeout: seconds after which it gives a call up; 0 leaves that as it is.
    """
    from bot.__main__ import main
    from bot.telegram import client as telegram
    from bot.viber.platform import Viber

    if timeout:
        telegram.TIMEOUT = timeout
        assert Viber.__init__.__kwdefaults__ is not None
        Viber.__init__.__kwdefaults__["timeout"] = timeout
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    sys.argv = ["klasno", "run", "--config", str(config), "--clock", str(clock)]
    main()


@dataclass
class Town:
    """Stand-ins, a database file with families in it, and the bot's process."""

    folder: Path
    per_second: int = 0
    timeout: float = 0.0
    """Seconds after which the bot gives a call up, where that is not to be as it is: for a test that ends."""
    telegram: TelegramServer = field(init=False)
    viber: ViberServer = field(init=False)
    families: list[Family] = field(default_factory=list)
    teachers: list[TelegramPhone | ViberPhone] = field(default_factory=list)
    started: float = 0.0
    """When the bot was started last, seconds (monotonic)."""
    _process: BaseProcess | None = None
    _written: int = 0

    async def open(self, families: int) -> Town:
        """Start the stand-ins and fill the database; the bot does not run yet."""
        self._ahead = MONDAY.timestamp() - time.time()
        self.telegram = TelegramServer(TELEGRAM_TOKEN, clock=self._seconds, webhook_retry=0.01)
        self.viber = ViberServer(VIBER_TOKEN, clock=self._seconds, retry_delays=(0.05, 0.1, 0.2))
        await self.telegram.start()
        await self.viber.start()
        self._port = free_port()
        first = _forks.Process(target=_nothing)
        first.start()
        await asyncio.to_thread(first.join)
        self.wind(0.0)
        self.configure("webhook")
        self.viber.callbacks.url = (
            f"http://127.0.0.1:{self._port}/viber/webhook"  # as the bot's last life left it
        )
        database = Database(f"sqlite:///{self.file}")
        await schema.upgrade(database)
        self.families = await settle_in(database, self.telegram, self.viber, families)
        self.teachers = await teachers(database, self.telegram, self.viber)
        await database.close()
        return self

    async def close(self) -> None:
        """Stop everything."""
        await self.telegram.stop()
        await self.viber.stop()

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "klasno.db"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def wind(self, seconds: float) -> None:
        """Set the bot's clock so far ahead of the town's."""
        (self.folder / "clock").write_text(str(self._ahead + seconds))

    def configure(self, mode: str, port: int = 0) -> None:
        """Write the settings; mode: how Telegram's updates come."""
        address = f"127.0.0.1:{port or self._port}"
        self.config.write_text(
            f'[school]\nname = "{SCHOOL}"\n'
            f'[database]\nurl = "sqlite:///{self.file}"\n'
            f'[telegram]\ntoken = "{TELEGRAM_TOKEN}"\napi_base = "{self.telegram.url}"\nmode = "{mode}"\n'
            f'webhook_secret = "{SECRET}"\nper_second = {self.per_second}\n'
            f'[viber]\ntoken = "{VIBER_TOKEN}"\napi_base = "{self.viber.url}"\n'
            f'[http]\nlisten = "{address}"\npublic_url = "http://{address}"\n'
        )

    def start(self) -> None:
        """Start the bot; the modules are loaded already, as a fork of a process that has them."""
        self.started = time.monotonic()
        how = (self.config, self.folder / "clock", self.log, self.timeout)
        self._process = _forks.Process(target=_run, args=how)
        self._process.start()

    async def kill(self) -> None:
        """End the bot between two instructions, wherever it is."""
        assert self._process is not None
        self._process.kill()
        await asyncio.to_thread(self._process.join)

    async def terminate(self) -> tuple[int | None, float]:
        """Ask the bot to stop; returns its exit code and the seconds it took."""
        asked = time.monotonic()
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        await asyncio.to_thread(self._process.join, 20)
        return self._process.exitcode, time.monotonic() - asked

    async def first_call(self, seconds: float = 20.0) -> float:
        """Seconds from the start of the bot to the first message that a messenger took of it."""

        def taken() -> list[float]:
            calls = [*self.telegram.journal[-200:], *self.viber.journal[-200:]]
            shown = ("sendMessage", "editMessageText", "send_message", "broadcast_message")
            return [call.at for call in calls if call.ok and call.at > self.started and call.method in shown]

        await until(lambda: bool(taken()), seconds)
        return min(taken(), default=time.monotonic()) - self.started

    async def write_letters(self, to: Sequence[Family], many: int) -> None:
        """Put letters of today into the outbox while the bot is down, as a long announcement would be."""

        async def write(db: Db) -> None:
            words = {"title": "", "text": "Оголошення", "rows": [[["Головна", 0, None]]]}
            chats = [to[place % len(to)].chat for place in range(self._written, self._written + many)]
            link = [["home.show"]]
            rows = [outbox.row(chat, Kind.TODAY, words, link, "town", MONDAY) for chat in chats]
            await outbox.write(db, rows)

        database = Database(f"sqlite:///{self.file}")
        await database.write(write)
        await database.close()
        self._written += many

    def _seconds(self) -> float:
        return time.time() + self._ahead
