"""Errands: files that people sent are fetched, and read or kept, after their turn; what comes of it is a turn again.

A kill at any point repeats the fetching and never the effect: the row goes in the transaction in which the step runs.
A person who meanwhile went elsewhere gets the result below, as the newest screen; their rights are the step's affair,
as always. Nothing of a file, neither name nor content, is logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from bot.core.bench import Unreadable
from bot.core.clock import Background, Clock
from bot.core.errors import Later, Lost, Misconfigured, Sorry, TooLarge
from bot.core.flows import Book, Kept, Link, Sort, StaleLink, Step
from bot.core.i18n import N_
from bot.core.keeping import Fetches, Keeping
from bot.core.meaning import FILE_BYTES, TOO_LARGE
from bot.core.sender import DATABASE_PAUSE, PAUSES
from bot.core.store import StoreAway
from bot.core.turn import Outcome, Turn
from bot.core.turns import Turns
from bot.core.workshop import WorkshopFailed, apart
from models import errand as errands
from models.database import Busy, Database
from models.errand import Waiting
from models.errors import NotYours
from models.media import About, keep

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
_NO_ROOM = N_(
    "There is no room for photos and files just now, so this was not kept. Please send it again later."
)
_UNREADABLE = N_("This file cannot be read. Please save it anew and send it once more, or try another one.")


class Errands:
    """Does what waits in the table of errands until it is stopped."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        book: Book,
        messengers: Mapping[str, Fetches],
        keeping: Keeping,
        hand_over: Callable[[str, Outcome], None],
    ) -> None:
        """keeping: what is done with media. hand_over: gives the letters of a turn to the sender of that messenger."""
        self._database = database
        self._clock = clock
        self._turns = turns
        self._book = book
        self._messengers = messengers
        self._keeping = keeping
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
        chats = set(self._under_way)
        for one in found:
            if len(self._under_way) >= AT_ONCE:
                return
            first = one.chat not in chats and one.platform in self._messengers
            chats.add(one.chat)
            if first and self._not_before.get(one.id, now) <= now:
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
        async with AsyncExitStack() as held:
            try:
                work = await self._read(errand, held) if errand.attempts < TRIES else _refusing(_UNREADABLE)
            except (Later, Misconfigured) as passing:
                if self._has_time(errand):
                    self._put_off(errand, passing.why)
                    return
                work = _refusing(_AWAY)
            outcome = await self._turns.resume(errand, work)
        self._hand_over(errand.platform, outcome)

    async def _read(self, errand: Waiting, held: AsyncExitStack) -> Callable[[Turn], Awaitable[Link]]:
        """Fetch and read the file; returns what is to be done in the turn, be it to say why there is nothing to do.

        held: closed after the turn; until then the store keeps what is to be kept.
        """
        messenger = self._messengers[errand.platform]
        most = messenger.hands_out if errand.keeps else FILE_BYTES
        try:
            if errand.keeps:
                self._step(errand, Sort.KEEP)
                about = await self._keeping.kept(errand.file, messenger, held)
                return partial(_keep, errand, about)
            reading = self._step(errand, Sort.TAKE).reading
            assert reading is not None  # noqa: S101 (every such step has one)
            file = await messenger.fetch(errand.file["ref"], FILE_BYTES)
            read = await apart(reading, errand.file["name"], file)
        except StaleLink:
            return _gone
        except TooLarge:
            return _refusing(TOO_LARGE, most=most // 2**20)
        except Lost as lost:
            log.info("errand.lost", errand=errand.id, why=lost.why)
            return _refusing(_LOST)
        except Unreadable as refusal:
            return _refusing(refusal.sentence, **refusal.values)
        except WorkshopFailed as failed:
            log.warning("errand.unreadable", errand=errand.id, why=failed.why)
            return _refusing(_UNREADABLE)
        except StoreAway:
            return _refusing(_NO_ROOM)
        return lambda turn: turn.hear(errand.link, read)

    def _step(self, errand: Waiting, sort: Sort) -> Step[Any]:
        """The step that waits for it; StaleLink if there is no such step any more."""
        step, _answers = self._book.find(errand.link)
        if step.sort is not sort:
            raise StaleLink(step.name)
        return step

    def _has_time(self, errand: Waiting) -> bool:
        return self._clock.now() - errand.at < PATIENCE

    def _put_off(self, errand: Waiting, why: str) -> None:
        pause = PAUSES[min(errand.attempts, len(PAUSES) - 1)]
        self._not_before[errand.id] = self._clock.now() + timedelta(seconds=pause)
        log.info("errand.later", errand=errand.id, why=why, pause=pause)


async def _gone(_turn: Turn) -> Link:
    """The turn of a file that no step waits for any more."""
    raise StaleLink("file")


async def _keep(errand: Waiting, about: About, turn: Turn) -> Link:
    """The turn of what lies in the store now: it is written down, and its step runs."""
    if turn.speaker.school is None:
        raise NotYours
    medium = await keep(turn.db, turn.speaker.school, about, turn.now)
    return await turn.hear(errand.link, Kept(medium, about.sort))


def _refusing(sentence: str, **values: str | int) -> Callable[[Turn], Awaitable[Link]]:
    """The turn of a file that comes to nothing: a sentence marked with N_, above the screen that stands."""

    async def refuse(turn: Turn) -> Link:
        raise Sorry(turn.say(sentence).format(**values))

    return refuse
