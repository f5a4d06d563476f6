"""Errands: files that people sent are fetched and read after their turn, and what comes of it is a turn again.

A kill at any point repeats the fetching and never the effect: the row goes in the transaction in which the step runs.
A person who meanwhile went elsewhere gets the result below, as the newest screen; their rights are the step's affair,
as always. Nothing of a file, neither name nor content, is logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from bot.core.bench import Unreadable
from bot.core.clock import Background, Clock
from bot.core.errors import Later, Lost, Misconfigured, Sorry, TooLarge
from bot.core.flows import Book, Link, Reading, StaleLink
from bot.core.i18n import N_
from bot.core.meaning import FILE_BYTES, TOO_LARGE
from bot.core.sender import DATABASE_PAUSE, PAUSES
from bot.core.turn import Outcome, Turn
from bot.core.turns import Turns
from bot.core.workshop import WorkshopFailed, apart
from models import errand as errands
from models.database import Busy, Database
from models.errand import Waiting

log = structlog.get_logger()

AT_ONCE = 2
"""Errands under way at one moment; one a chat."""
PATIENCE = timedelta(minutes=10)
"""How long a messenger that is away is asked again; then the person is told, who may have gone on without it."""
TRIES = 20
"""Of one errand, kills included: more than fit into PATIENCE."""

_LOST = N_("The file cannot be fetched any more. Please send it once more.")
_AWAY = N_(
    "The file could not be fetched: the messenger does not hand it over just now. Please send it later."
)
_UNREADABLE = N_("This file cannot be read. Please save it anew and send it once more, or try another one.")


class Fetches(Protocol):
    """What an errand needs of a messenger."""

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file of that reference, at most `most` bytes.

        Raises Lost or TooLarge, or Later or Misconfigured if it is to be tried again.
        """


class Errands:
    """Does what waits in the table of errands until it is stopped."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        book: Book,
        messengers: Mapping[str, Fetches],
        hand_over: Callable[[str, Outcome], None],
    ) -> None:
        """hand_over: gives the letters of a turn to the sender of that messenger."""
        self._database = database
        self._clock = clock
        self._turns = turns
        self._book = book
        self._messengers = messengers
        self._hand_over = hand_over
        self._under_way: dict[int, int] = {}
        """Chat and errand."""
        self._not_before: dict[int, datetime] = {}
        self._news = asyncio.Event()
        self._news.set()
        self._looking = False
        self._background = Background()

    def start(self) -> None:
        """Take up what is left from before, and whatever comes."""
        self._background.start(self._do_all(), "errands")

    async def stop(self) -> None:
        """Leave everything as it is; it is taken up again at the next start."""
        await self._background.close()

    def wake(self) -> None:
        """There may be errands, or some that may be tried again."""
        self._news.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or yet to be looked for; what waits for another try does not count."""
        return not (self._under_way or self._looking or self._news.is_set())

    async def _do_all(self) -> None:
        while True:
            await self._news.wait()
            self._looking = True
            self._news.clear()
            try:
                await self._look()
            except (Busy, DBAPIError) as error:
                log.error("errands.unavailable", error=type(error).__name__)
                await asyncio.sleep(DATABASE_PAUSE)
                self._news.set()
            finally:
                self._looking = False

    async def _look(self) -> None:
        """Begin what may begin."""
        found = await self._database.read(errands.waiting)
        ids = {one.id for one in found}
        self._not_before = {id_: when for id_, when in self._not_before.items() if id_ in ids}
        now = self._clock.now()
        for one in found:
            if len(self._under_way) >= AT_ONCE:
                return
            free = one.chat not in self._under_way and one.platform in self._messengers
            if free and self._not_before.get(one.id, now) <= now:
                self._under_way[one.chat] = one.id
                self._background.start(self._do(one), f"errand {one.id}")

    async def _do(self, errand: Waiting) -> None:
        """One try, whatever comes of it."""
        try:
            if await self._database.write(partial(errands.begin, errand=errand.id), lasting=False):
                await self._try(errand)
        except (Busy, DBAPIError) as error:
            self._put_off(errand, type(error).__name__)
        except Exception as error:  # noqa: BLE001 (whatever one errand breaks on must not stop the others)
            log.error("errand.broken", errand=errand.id, error=type(error).__name__)
            self._put_off(errand, type(error).__name__)
        finally:
            del self._under_way[errand.chat]
            self._news.set()

    async def _try(self, errand: Waiting) -> None:
        try:
            work = await self._read(errand) if errand.attempts < TRIES else _refusing(_UNREADABLE)
        except (Later, Misconfigured) as passing:
            if self._has_time(errand):
                self._put_off(errand, passing.why)
                return
            work = _refusing(_AWAY)
        self._hand_over(errand.platform, await self._turns.resume(errand, work))

    async def _read(self, errand: Waiting) -> Callable[[Turn], Awaitable[Link]]:
        """Fetch and read the file; returns what is to be done in the turn, be it to say why there is nothing to do."""
        try:
            reading = self._reading(errand)
            file = await self._messengers[errand.platform].fetch(errand.file["ref"], FILE_BYTES)
            read = await apart(reading, errand.file["name"], file)
        except StaleLink:
            return lambda turn: turn.hear(errand.link, None)  # which says so
        except TooLarge:
            return _refusing(TOO_LARGE, most=FILE_BYTES // 2**20)
        except Lost as lost:
            log.info("errand.lost", errand=errand.id, why=lost.why)
            return _refusing(_LOST)
        except Unreadable as refusal:
            return _refusing(refusal.sentence, **refusal.values)
        except WorkshopFailed as failed:
            log.warning("errand.unreadable", errand=errand.id, why=failed.why)
            return _refusing(_UNREADABLE)
        return lambda turn: turn.hear(errand.link, read)

    def _reading(self, errand: Waiting) -> Reading[Any]:
        """What reads the file for the step that waits for it; StaleLink if there is no such step any more."""
        step, _answers = self._book.find(errand.link)
        if step.reading is None:
            raise StaleLink(step.name)
        return step.reading

    def _has_time(self, errand: Waiting) -> bool:
        return self._clock.now() - errand.at < PATIENCE

    def _put_off(self, errand: Waiting, why: str) -> None:
        pause = PAUSES[min(errand.attempts, len(PAUSES) - 1)]
        self._not_before[errand.id] = self._clock.now() + timedelta(seconds=pause)
        log.info("errand.later", errand=errand.id, why=why, pause=pause)


def _refusing(sentence: str, **values: str | int) -> Callable[[Turn], Awaitable[Link]]:
    """The turn of a file that comes to nothing: a sentence marked with N_, above the screen that stands."""

    async def refuse(turn: Turn) -> Link:
        raise Sorry(turn.say(sentence).format(**values))

    return refuse
