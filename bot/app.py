"""The app put together: the only page that knows everything."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from aiohttp import web
from sqlalchemy import make_url

from bot.core.addresses import Addresses, key_of
from bot.core.budget import Budget
from bot.core.clock import Background, Clock, day_of
from bot.core.doubt import Doubt
from bot.core.errands import Errands
from bot.core.errors import Undelivered
from bot.core.events import Event, Receipt
from bot.core.flows import Book
from bot.core.i18n import LANGUAGES, _, speaking
from bot.core.keeping import Keeping
from bot.core.outbox import receive
from bot.core.pace import Pace
from bot.core.printer import Printer
from bot.core.sender import Sender
from bot.core.showing import Showing
from bot.core.store import Store
from bot.core.turn import Outcome
from bot.core.turns import Turns
from bot.invitations import first_lines
from bot.settings import Settings
from bot.telegram.platform import PACE, Telegram
from bot.viber.platform import Viber
from bot.web import web_app
from handlers import (
    absence,
    admissions,
    amending,
    announcements,
    asking,
    audience,
    breaks,
    calendar,
    children,
    class_day,
    class_staff,
    classes,
    compose,
    consent,
    consent_text,
    digest,
    families,
    forgetting,
    home,
    inviting,
    joining,
    language,
    letters,
    media,
    messengers,
    newcomer,
    no_photos,
    offered,
    planning,
    polling,
    preview,
    privacy,
    public_holidays,
    questions,
    quiet,
    recent,
    reports,
    results,
    roster,
    school,
    school_class,
    settings,
    setup,
    staff,
    support,
    timing,
    told,
    trail,
    wishes,
    year,
)
from models import schema
from models.billing import Costs
from models.database import Database, Db
from models.forgotten import ForgottenList
from models.invite import looks_like_code
from models.school import first_school
from papers import collage, received
from scheduler.clockwork import Clockwork

log = structlog.get_logger()

FLOWS = (
    home.home,
    absence.absence,
    told.told,
    class_day.class_day,
    families.families,
    messengers.messengers,
    joining.joining,
    consent.consent,
    consent_text.consent_text,
    newcomer.newcomer,
    admissions.admissions,
    letters.letters,
    language.language,
    school.school,
    setup.setup,
    classes.classes,
    staff.staff,
    inviting.inviting,
    class_staff.class_staff,
    trail.audit_trail,
    school_class.school_class,
    calendar.calendar,
    breaks.breaks,
    public_holidays.public_holidays,
    year.year,
    children.children,
    roster.roster,
    settings.settings,
    quiet.quiet,
    privacy.privacy,
    no_photos.no_photos,
    forgetting.forgetting,
    wishes.wishes,
    announcements.announcements,
    media.media,
    recent.recent,
    asking.asking,
    questions.questions,
    compose.compose,
    preview.preview,
    audience.audience,
    planning.planning,
    timing.timing,
    polling.polling,
    reports.reports,
    results.results,
    amending.amending,
    digest.digest,
    support.support,
)


RECEIPT_PAUSES = (0.05, 0.2, 1.0)
"""Seconds between tries to find the letter of a receipt; Viber waits 5 s for its answer."""


class CannotStart(Exception):
    """Why the app cannot start, and what to do: a sentence for the operator."""


class App:
    """A running Klasno: database, messengers, senders, clock and web server, as the settings say."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.database = Database(settings.database.url)
        self.telegram = _telegram(settings, self.clock)
        self.viber = _viber(settings, self.clock)
        self.platforms = {one.name: one for one in (self.telegram, self.viber) if one is not None}
        self.book = Book(
            FLOWS,
            home.show,
            joining.stranger,
            joining.code,
            looks_like_code,
            digest.show,
            offered.offered,
            asking.replied,
        )
        doubt, secret = Doubt(), _secret(settings)
        self.addresses = Addresses(key_of(secret, "addresses"), settings.http.public_url)
        costs = Costs(settings.viber.price, settings.viber.cap)
        budget = Budget(self.database, self.clock, costs.cap)
        self.turns = Turns(
            self.database,
            self.clock,
            self.book,
            self.platforms,
            settings.school.language,
            doubt,
            self.addresses,
            key_of(secret, "turn"),
            settings.retention,
            costs,
        )
        self.store = store_of(settings)
        self.printer = Printer(self.turns, self.clock, self.addresses, self.store, collage.together)
        showing = Showing(self.turns)
        self.senders = {
            name: Sender(
                one, self.database, self.clock, doubt, self.printer, showing, budget if one.paid else None
            )
            for name, one in self.platforms.items()
        }
        self.errands = Errands(
            self.database,
            self.clock,
            self.turns,
            self.book,
            self.platforms,
            Keeping(self.store, received.read),
            self._hand_over,
        )
        self.clockwork = Clockwork(
            self.database,
            self.clock,
            self.turns,
            self.wake,
            settings.retention,
            ForgottenList.of(self.database, settings.backup.forgotten),
            self.store,
        )
        self._background = Background()
        self._web: web.AppRunner | None = None
        self.port = 0
        """The port that the web server listens on, once started."""

    async def handle(self, event: Event) -> Outcome:
        """One event: its turn, and after the commit its letters to the senders."""
        outcome = await self.turns.handle(event)
        self._hand_over(event.platform, outcome)
        if outcome.errand:
            self.errands.wake()
        return outcome

    def _hand_over(self, platform: str, outcome: Outcome) -> None:
        if outcome.parcels:
            self.senders[platform].take(outcome.parcels)
        if outcome.mail:
            self.wake()

    async def receive(self, receipt: Receipt) -> None:
        """What a messenger tells of a letter's fate; it may come before the letter is written down as sent."""
        sender = self.senders[receipt.platform]
        for pause in RECEIPT_PAUSES:
            if await self.database.write(lambda db: receive(db, receipt)) or not sender.in_hand:
                return
            await asyncio.sleep(pause)

    def welcome_first(self, show: Callable[[str], None]) -> None:
        """While the school has no administrator: show how the first one joins, a line at a time.

        It holds secrets, so it goes to whoever started the app and never into a log.
        """

        async def work() -> None:
            for line in await first_lines(self.database, self.clock, self.platforms):
                show(line)

        self._background.start(work(), "first invitation")

    def wake(self) -> None:
        """Letters may wait in the outbox, and errands to be done."""
        for sender in self.senders.values():
            sender.wake()
        self.errands.wake()

    def troubles(self) -> dict[str, str]:
        """What does not work just now: a messenger, or the database."""
        found = {name: sender.alarm for name, sender in self.senders.items() if sender.alarm}
        if self.telegram is not None and self.telegram.trouble:
            found.setdefault("telegram", self.telegram.trouble)
        if self.database.trouble:
            found["database"] = self.database.trouble
        if self.store.trouble:
            found["media"] = self.store.trouble
        return found

    async def start(self) -> None:
        """Bring a new database up, begin to listen, to send and to tick. CannotStart says why not."""
        await self._open_database()
        self.store.tidy()
        if self.viber is not None:
            await self.viber.open()
        for sender in self.senders.values():
            sender.start()
        self.errands.start()
        host, _colon, port = self.settings.http.listen.rpartition(":")
        self._web = web.AppRunner(web_app(self), access_log=None, shutdown_timeout=1.0)
        await self._web.setup()
        site = web.TCPSite(self._web, host, int(port))
        try:
            await site.start()
        except OSError as error:
            raise CannotStart(f"http.listen: {host}:{port} cannot be used: {error.strerror}") from error
        self.port = self._web.addresses[0][1]
        self.clockwork.start()
        if self.telegram is not None:
            self._background.start(self._run_telegram(self.telegram), "telegram")
        if self.viber is not None and self.settings.http.public_url:
            self._background.start(self._run_viber(self.viber), "viber")
        log.info("started", messengers=sorted(self.platforms), port=self.port)

    async def stop(self) -> None:
        """Take nothing new, finish the letters in hand, and leave; within 5 s."""
        self.clockwork.stop()
        await self._background.close()
        if self._web is not None:
            await self._web.cleanup()
        await self.errands.stop()
        await asyncio.gather(*(sender.stop() for sender in self.senders.values()))
        await self.printer.close()
        for platform in self.platforms.values():
            await platform.close()
        await self.database.close()
        log.info("stopped")

    async def _open_database(self) -> None:
        if not await self.database.claim():
            raise CannotStart(
                "Another Klasno is running on this database. Stop it first: two would send twice."
            )
        match await schema.standing(self.database):
            case schema.Standing.EMPTY:
                await schema.upgrade(self.database)
            case schema.Standing.OLDER:
                raise CannotStart("The database is of an older Klasno. Back it up, then run: klasno migrate")
            case schema.Standing.FUTURE:
                raise CannotStart(
                    "The database is of a newer Klasno than this one. Please install the newer one."
                )
            case schema.Standing.CURRENT:
                pass
        await self.database.write(self._first_school)

    async def _first_school(self, db: Db) -> None:
        """The school that a new database begins with; one that is there may have been renamed since."""
        mine = self.settings.school
        today = day_of(self.clock.now(), mine.timezone)
        await first_school(db, mine.name, mine.timezone, mine.language, today)

    async def _run_telegram(self, telegram: Telegram) -> None:
        settings = self.settings
        hook = f"{settings.http.public_url}/telegram/webhook" if settings.telegram.mode == "webhook" else ""
        menus = {"" if tag == "en" else tag: self._menu(tag) for tag in LANGUAGES}
        await _until_done(lambda: telegram.set_up(menus, hook), "telegram")
        if not hook:
            await telegram.poll(self.handle)

    async def _run_viber(self, viber: Viber) -> None:
        await _until_done(lambda: viber.set_up(self.settings.http.public_url), "viber")

    def _menu(self, tag: str) -> list[tuple[str, str]]:
        """What a messenger's menu offers to somebody who has not joined."""
        with speaking(tag):
            return [(flow.command, _(flow.title)) for flow in home.commands(set())]


async def _until_done(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Try until it works: a messenger that is away at our start must not keep the other one waiting."""
    pause = 0.5
    while True:
        try:
            await work()
            return
        except Undelivered as error:
            log.error("not_set_up", messenger=name, why=error.why)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60.0)


def _secret(settings: Settings) -> bytes:
    """What is known to us and not to our database; another one makes old addresses void.

    Telegram's token where there is one, so that Viber can be added without changing it; where there is no messenger
    at all, nobody is given anything.
    """
    token = settings.telegram.token.get_secret_value() or settings.viber.token.get_secret_value()
    return token.encode() or secrets.token_bytes(32)


def media_folder(settings: Settings) -> Path:
    """Where media lie that go into no bucket: where the settings say, or beside an SQLite file."""
    database = make_url(settings.database.url)
    beside = database.database if database.get_backend_name() == "sqlite" else "klasno"
    return Path(settings.media.folder or f"{beside}.media")


def store_of(settings: Settings) -> Store:
    """Where media lie; CannotStart if the folder cannot be made."""
    mine, folder = settings.media, media_folder(settings)
    if mine.bucket:
        secret = mine.secret.get_secret_value()
        return Store.in_bucket(mine.bucket, mine.endpoint, mine.region, mine.key_id, secret)
    try:
        return Store.in_folder(folder)
    except OSError as error:
        raise CannotStart(f"media.folder: {folder} cannot be used: {error.strerror}") from error


def _telegram(settings: Settings, clock: Clock) -> Telegram | None:
    mine = settings.telegram
    if not mine.token.get_secret_value():
        return None
    pace = Pace(mine.per_second, PACE.per_chat, PACE.burst) if mine.per_second else Pace()
    secret = mine.webhook_secret.get_secret_value() if mine.mode == "webhook" else ""
    return Telegram(mine.token.get_secret_value(), mine.api_base, clock, secret=secret, pace=pace)


def _viber(settings: Settings, clock: Clock) -> Viber | None:
    mine = settings.viber
    if not mine.token.get_secret_value():
        return None
    return Viber(
        mine.token.get_secret_value(),
        mine.api_base,
        clock,
        sender=mine.name,
        avatar=mine.avatar,
        pages=settings.http.public_url,
        broadcast=mine.broadcast,
    )
