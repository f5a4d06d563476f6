"""The second hand: looks at the clock each second, since a timer does not notice that the clock was set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import Clock, day_of
from bot.core.turn import Turn
from bot.core.turns import Turns
from handlers import class_day
from models.database import Busy, Database
from models.retention import Days, forget
from scheduler import ticks

log = structlog.get_logger()

FORGET_EVERY = timedelta(hours=1)


class Clockwork:
    """Ticks once a second; what it has done already it reads from the facts, so nothing is lost in a restart."""

    def __init__(
        self, database: Database, clock: Clock, turns: Turns, wake: Callable[[], None], days: Days
    ) -> None:
        """wake: tells the senders that letters may have come due. days: how long things are kept."""
        self._database = database
        self._clock = clock
        self._turns = turns
        self._wake = wake
        self._days = days
        self._forgotten: datetime | None = None
        self._begun: dict[int, date] = {}
        self._scheduler = AsyncIOScheduler()
        self._scheduler.add_job(
            self.tick, "interval", seconds=1, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """End, if it ticks."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """One look at the clock: each part by itself, so that one that fails does not hold up the others."""
        for part in (self._mornings, self._forget):
            await self._guard(part)
        self._wake()

    async def _guard(self, part: Callable[[datetime], Awaitable[None]]) -> None:
        try:
            await part(self._clock.now())
        except Busy:
            log.warning("tick.busy", part=part.__name__)
        except Exception as error:  # noqa: BLE001 (the clock goes on whatever one part meets)
            log.error("tick.broken", part=part.__name__, error=type(error).__name__)

    async def _mornings(self, now: datetime) -> None:
        """The day's card of every class in which somebody is absent, once its morning has come."""
        for school, zone in await self._database.read(ticks.schools):
            today = day_of(now, zone)
            if self._begun.get(school) == today or not ticks.is_morning(now, zone):
                continue
            await self._turns.unasked(partial(_post_cards, school, today))
            self._begun[school] = today

    async def _forget(self, now: datetime) -> None:
        if self._forgotten is None or not timedelta() <= now - self._forgotten < FORGET_EVERY:
            await self._turns.unasked(partial(_forget_what_is_due, self._days))
            self._forgotten = now


async def _post_cards(school: int, today: date, turn: Turn) -> None:
    for school_class in await ticks.cards_due(turn.db, school, today):
        await class_day.tell_teachers(turn, school_class, today, only_new=True)


async def _forget_what_is_due(days: Days, turn: Turn) -> None:
    await forget(turn.db, turn.now, days)
