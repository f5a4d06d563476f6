"""The demo: both stand-ins, the real bot as a process of its own, and the page of phones, with one class in it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import select

from bot import settings as configuration
from bot.core.i18n import _, speaking
from bot.demo_class import PEOPLE, SCHOOL, Guest, furnish
from bot.demo_table import sheets
from handlers.wording import capital, relation_name
from models.calendar import Calendar
from models.chat import Chat
from models.database import Database, Db
from models.invite import Issued
from models.letter import Kind, Letter, State
from models.people import Person
from sandbox.page.stage import Mischief, Stage, page_app
from sandbox.page.table import Sheet
from sandbox.telegram import TelegramServer
from sandbox.viber import ViberServer
from sandbox.wire import Phone, free_port

ZONE = ZoneInfo("Europe/Kyiv")
BEGINS = time_of_day(7, 40)
"""When the demo begins, on the next school day: a morning, when absences are told."""
TELEGRAM_TOKEN = "700000001:this-token-is-for-the-demo-alone-00"  # noqa: S105 (opens nothing)
VIBER_TOKEN = "de30de30de30de30-de30de30de30de30-de30de30de30de30"  # noqa: S105 (opens nothing)
ROWS = 60
HOLDS_FOR = 10.0
"""Seconds that the messengers answer «too many», or not at all."""
ENDS_WITHIN = 8.0
"""Seconds; the bot asks for 5."""
HINT = {
    "uk": "Спробуйте. Ігор: «Не буде сьогодні», «Хвороба». Олена Петрівна: «Враховано», а тоді «+», кілька фото "
    "і «Оголосити». Тетяна: навести камеру на лист. Потім халепи.",
    "ru": "Попробуйте. Светлана: «Не будет сегодня», «Болезнь». Олена Петрівна: «Враховано», потом «+», пара фото "
    "и «Оголосити». Тетяна: камеру на письмо. Потом неприятности.",
    "en": "Try this. James: “Absent today”, “Illness”. Олена Петрівна: “Враховано”, then “+”, some photos and "
    "“Оголосити”. Тетяна: hold her phone over the letter. Then the trouble.",
}
MESSENGERS = {"telegram": "Telegram", "viber": "Viber"}


class CannotShow(Exception):
    """Why the demo cannot start, in a sentence."""


class DemoClock:
    """The one clock of the demo: a file of seconds to be ahead, which the bot reads too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        real = datetime.now(UTC).astimezone(ZONE)
        day = next(
            Calendar().days_from(real.date() if real.time() < BEGINS else real.date() + timedelta(days=1))
        )
        self._ahead = (datetime.combine(day, BEGINS, ZONE) - real).total_seconds()
        self._write()

    def now(self) -> float:
        """Seconds since the epoch, as the bot believes."""
        return time.time() + self._ahead

    def wind(self, seconds: float) -> None:
        """Set it ahead."""
        self._ahead += seconds
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self._ahead))
        fresh.replace(self.file)


@dataclass
class BotProcess:
    """The real bot, as `klasno run` starts it."""

    command: list[str]
    log: Path
    clock: DemoClock
    process: asyncio.subprocess.Process | None = None
    since: float = 0.0

    async def start(self) -> None:
        """Start it, unless it runs."""
        if self.running:
            return
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KLASNO_")}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,  # it ends when we do, however we end: see --tied
                stdout=log,
                stderr=log,
                env=environment,
                cwd=Path(__file__).parents[1],
                start_new_session=True,
            )
        self.since = self.clock.now()

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.returncode is None

    async def end(self, how: signal.Signals) -> None:
        """End it by this signal and wait until it is gone; one that does not go is killed."""
        if self.process is not None and self.running:
            self.process.send_signal(how)
            try:
                await asyncio.wait_for(self.process.wait(), ENDS_WITHIN)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    def status(self) -> dict[str, object]:
        """For the page."""
        running = self.running
        return {
            "running": running,
            "pid": self.process.pid if running and self.process else 0,
            "since": self.since,
        }


@dataclass
class Demo:
    """Everything that runs in a demo."""

    folder: Path
    clock: DemoClock = field(init=False)
    telegram: TelegramServer = field(init=False)
    viber: ViberServer = field(init=False)
    bot: BotProcess = field(init=False)
    database: Database = field(init=False)
    phones: list[Phone] = field(default_factory=list)
    table: list[Sheet] = field(default_factory=list)

    async def open(self) -> None:
        """Start the stand-ins and the bot, and let everybody join."""
        self.clock = DemoClock(self.folder / "clock")
        self.telegram = TelegramServer(TELEGRAM_TOKEN, clock=self.clock.now)
        self.viber = ViberServer(VIBER_TOKEN, clock=self.clock.now, retry_delays=(1, 1, 2))
        await self.telegram.start()
        await self.viber.start()
        self.database = Database(f"sqlite:///{self.folder}/klasno.db")
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        issued = await furnish(self.database, now)
        self.table = sheets(issued, {guest: self._links(issued[guest][0]) for guest in PEOPLE}, now)
        config = self._write_config()
        command = [
            sys.executable,
            "-m",
            "bot",
            "run",
            "--config",
            str(config),
            "--clock",
            str(self.clock.file),
            "--tied",
        ]
        self.bot = BotProcess(command, self.folder / "bot.log", self.clock)
        try:
            await self._begin(issued)
        except TimeoutError as error:
            raise CannotShow(f"The bot did not start ({error}). {self._last_words()}") from error

    def _links(self, issued: Issued) -> dict[str, str]:
        """An invitation's links, as the messengers would give them."""
        asked = {"chatURI": self.viber.uri, "context": issued.token, "text": issued.code}
        return {
            "telegram": f"https://t.me/{self.telegram.me['username']}?start={issued.token}",
            "viber": f"viber://pa?{urlencode(asked, quote_via=quote)}",
        }

    async def _begin(self, issued: dict[Guest, list[Issued]]) -> None:
        """Start the bot and hand round the invitations to those who are to be in."""
        await self.bot.start()
        await self.telegram.changes.until(
            lambda: self.telegram.delivery.polling, 20, "the bot to begin to listen"
        )
        await self.viber.changes.until(
            lambda: bool(self.viber.accepted("set_webhook")), 20, "the bot to reach Viber"
        )
        for guest in PEOPLE:
            phone = self._phone(guest)
            self.phones.append(phone)
            for one in issued[guest] if guest.is_in else ():
                await _join(phone, guest, one.token)

    def _last_words(self) -> str:
        lines = self.bot.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else ""

    async def close(self) -> None:
        """End everything that was started."""
        await self.bot.end(signal.SIGTERM)
        await self.database.close()
        await self.telegram.stop()
        await self.viber.stop()

    def stage(self) -> Stage:
        """What the page shows."""
        return Stage(
            phones=self.phones,
            captions={phone.address: guest.caption for phone, guest in zip(self.phones, PEOPLE, strict=True)},
            clock=self.clock,
            outbox=self._outbox,
            mischief=[
                Mischief("slow", "slow", self._slow),
                Mischief("offline", "offline", self._offline),
                Mischief("twice", "twice", self._twice),
                Mischief("kill", "kill", self._kill),
                Mischief("start", "start", self._start),
            ],
            status=self.bot.status,
            hint=HINT,
            table=self.table,
        )

    def _write_config(self) -> Path:
        listen = free_port()
        config = self.folder / "config.toml"
        config.write_text(
            f'[school]\nname = "{SCHOOL}"\n'
            f'[database]\nurl = "sqlite:///{self.folder}/klasno.db"\n'
            f'[telegram]\ntoken = "{TELEGRAM_TOKEN}"\napi_base = "{self.telegram.url}"\n'
            f'[viber]\ntoken = "{VIBER_TOKEN}"\napi_base = "{self.viber.url}"\n'
            f'[http]\nlisten = "127.0.0.1:{listen}"\npublic_url = "http://127.0.0.1:{listen}"\n',
            encoding="utf-8",
        )
        return config

    def _phone(self, guest: Guest) -> Phone:
        if guest.platform == "telegram":
            return self.telegram.person(guest.number, guest.name, guest.language)
        return self.viber.person(f"demo{guest.number}=", guest.name, guest.language)

    async def _outbox(self) -> list[dict[str, str | int | float | None]]:
        async def read(db: Db) -> list[dict[str, str | int | float | None]]:
            rows = await db.all(
                select(Letter.id, Person.name, Chat.platform, Letter.kind, Letter.state, Letter.attempts)
                .add_columns(Letter.words, Letter.created_at, Letter.delivered_at, Letter.seen_at)
                .join(Chat, Chat.id == Letter.chat_id)
                .outerjoin(Person, Person.id == Chat.person_id)
                .order_by(Letter.id.desc())
                .limit(ROWS)
            )
            return [
                {
                    "id": id_,
                    "chat": f"{name or '?'} · {MESSENGERS[platform]}",
                    "kind": Kind(kind).name.lower(),
                    "state": _reached(state, delivered, seen),
                    "attempts": attempts,
                    "text": " · ".join(part for part in (words.get("title"), words.get("text")) if part)[
                        :120
                    ],
                    "when": created.timestamp(),
                }
                for id_, name, platform, kind, state, attempts, words, created, delivered, seen in rows
            ]

        return await self.database.read(read)

    async def _slow(self, _phone: Phone | None) -> str | None:
        self.telegram.faults.too_many_for(HOLDS_FOR)
        self.viber.faults.too_many_for(HOLDS_FOR)
        return "slow_done"

    async def _offline(self, _phone: Phone | None) -> str | None:
        self.telegram.lose_connection(HOLDS_FOR)
        self.viber.lose_connection(HOLDS_FOR)
        return "offline_done"

    async def _twice(self, phone: Phone | None) -> str | None:
        try:
            if phone is not None and phone.platform == "viber":
                await self.viber.redeliver_last()
            else:
                self.telegram.redeliver_last()
        except LookupError:
            return "twice_none"
        return "twice_done"

    async def _kill(self, _phone: Phone | None) -> str | None:
        await self.bot.end(signal.SIGKILL)
        return "kill_done"

    async def _start(self, _phone: Phone | None) -> str | None:
        await self.bot.start()
        return "start_done"


async def _join(phone: Phone, guest: Guest, payload: str) -> None:
    """Open the invitation, and answer whatever is asked."""
    shown = _labels(phone)
    await phone.opens(payload)
    await phone.changes.until(partial(_has_changed, phone, shown), 15, "the bot's greeting")
    with speaking(guest.language):
        answers = (_("Join"), _("I agree"), capital(relation_name(guest.relation)))
    for answer in answers:
        shown = _labels(phone)
        if answer in shown:
            await phone.presses(answer)
            await phone.changes.until(partial(_has_changed, phone, shown), 15, "the bot's answer")


def _has_changed(phone: Phone, shown: list[str]) -> bool:
    return _labels(phone) != shown


def _labels(phone: Phone) -> list[str]:
    view = phone.view()
    keyboards = [view["keyboard"] or []] + [message["keys"] for message in view["messages"]]
    return [key["label"] for keyboard in keyboards for row in keyboard for key in row]


def _reached(state: State, delivered: datetime | None, seen: datetime | None) -> str:
    """How far a letter has come, in one word."""
    if state is not State.SENT:
        return state.value
    return "seen" if seen else "delivered" if delivered else "sent"


def refuse_real_tokens() -> None:
    """CannotShow where tokens are configured: a demo must never speak for a school's real bot."""
    try:
        real = configuration.load()
    except configuration.Wrong as wrong:
        raise CannotShow(
            f"The configuration that is here cannot be read, so the demo stays away: {wrong}"
        ) from wrong
    if real.telegram.token.get_secret_value() or real.viber.token.get_secret_value():
        raise CannotShow(
            "Real tokens are configured here, and the demo keeps away from them. Start it in another folder, "
            "without KLASNO_TELEGRAM__TOKEN and KLASNO_VIBER__TOKEN."
        )


async def show(port: int) -> None:
    """Run the demo until Ctrl+C. CannotShow says why it cannot."""
    refuse_real_tokens()
    stop = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(one, stop.set)
    with _taken(port) as door, tempfile.TemporaryDirectory(prefix="klasno-demo-") as folder:
        demo = Demo(Path(folder))
        runner: web.AppRunner | None = None
        try:
            await demo.open()
            runner = web.AppRunner(page_app(demo.stage()), access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            await web.SockSite(runner, door).start()
            sys.stdout.write(f"Klasno: http://127.0.0.1:{door.getsockname()[1]}   (Ctrl+C to end)\n")
            sys.stdout.flush()
            await stop.wait()
        finally:
            if runner is not None:
                await runner.cleanup()
            await demo.close()


def _taken(port: int) -> socket.socket:
    """The page's port, taken before anything else starts; CannotShow if somebody has it. 0 is any free one."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        door.close()
        raise CannotShow(f"Port {port} cannot be used. Try another: make demo PORT=8090") from error
    return door
