"""The second hand: looks at the clock each second, since a timer does not notice that the clock was set."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.core.clock import Clock, day_of
from bot.core.store import Store, StoreAway
from bot.core.turn import Turn
from bot.core.turns import Turns
from bot.core.withdraw import withdraw
from handlers import admissions, announcing, class_day, planning, preview, staff
from handlers.rights import recheck
from models import media
from models.admission import JoinRequest
from models.announcement import due_posts, sent_between
from models.database import Busy, Database
from models.erasure import tombstones
from models.forgotten import Buried, ForgottenList
from models.retention import Days, erase, first_due, forget
from models.year import leavers, let_go
from scheduler import ticks

log = structlog.get_logger()

T = TypeVar("T")

FORGET_EVERY = timedelta(hours=1)
GONE_AFTER = announcing.STOPPABLE + timedelta(seconds=3)
"""After the press, when its author is shown what became of it: a class has it by then."""
INSTEAD_EVERY = timedelta(seconds=10)
"""Between two looks for announcements that could not come to whoever was to have them."""
ERASE_EVERY = timedelta(seconds=3)
"""Between two who are erased: each is looked for in every letter, and others want the database."""
TRY_EVERY = timedelta(minutes=1)
"""Between two looks whether a store that was away is there again."""


class Clockwork:
    """Ticks once a second; what it has done already it reads from the facts, so nothing is lost in a restart."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        wake: Callable[[], None],
        days: Days,
        erased: ForgottenList | None,
        store: Store,
    ) -> None:
        """wake: tells the senders that letters may have come due. days: how long things are kept.

        erased: where it is noted beside the database who was erased. store: where media lie.
        """
        self._database = database
        self._clock = clock
        self._turns = turns
        self._wake = wake
        self._days = days
        self._list = erased
        self._store = store
        self._buried: list[Buried] = []
        self._wiped: datetime | None = None
        self._swept = clock.now()
        """Not at once after a start: whoever began with a wrong database has an hour to notice."""
        self._store_tried: datetime | None = None
        self._gone_until = clock.now() - GONE_AFTER
        self._forgotten: datetime | None = None
        self._erased_at: datetime | None = None
        self._due = False
        self._looked: datetime | None = None
        self._begun: dict[int, date] = {}
        self._ended: dict[int, date] = {}
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
        for part in (
            self._planned,
            self._gone,
            self._mornings,
            self._substitutes,
            self._instead,
            self._forget,
            self._one_by_one,
            self._note_erased,
            self._wipe,
            self._sweep,
            self._try_store,
        ):
            await self._guard(part, self._clock.now())
        self._wake()

    async def _guard(self, part: Callable[[T], Awaitable[None]], given: T) -> None:
        try:
            await part(given)
        except Busy:
            log.warning("tick.busy", part=part.__name__)
        except StoreAway as away:
            log.warning("tick.store_away", part=part.__name__, why=away.why)
        except Exception as error:  # noqa: BLE001 (the clock goes on whatever one part meets)
            log.error("tick.broken", part=part.__name__, error=type(error).__name__)

    async def _planned(self, now: datetime) -> None:
        """The announcements whose time has come, each by itself: one that breaks holds up no other."""
        for post in await self._database.read(lambda db: due_posts(db, now)):
            await self._guard(self._goes, post.id)

    async def _goes(self, announcement: int) -> None:
        await self._turns.unasked(partial(_send_planned, announcement))

    async def _gone(self, now: datetime) -> None:
        """Those who have just sent something no longer look at a button that stops nothing."""
        after, self._gone_until = self._gone_until, now - GONE_AFTER
        for post, author in await self._database.read(lambda db: sent_between(db, after, now - GONE_AFTER)):
            await self._turns.unasked(partial(_show_gone, post, author))

    async def _mornings(self, now: datetime) -> None:
        """The day's card of every class in which somebody is absent, once its morning has come."""
        for school, zone in await self._database.read(ticks.schools):
            today = day_of(now, zone)
            if self._begun.get(school) == today or not ticks.is_morning(now, zone):
                continue
            await self._turns.unasked(partial(_post_cards, school, today))
            self._begun[school] = today

    async def _one_by_one(self, now: datetime) -> None:
        """Erase those of a class that has left the school and those whose time has come; end requests to join."""
        if self._erased_at is not None and timedelta() <= now - self._erased_at < ERASE_EVERY:
            return
        self._erased_at = now
        school_class = await self._database.read(leavers)
        if school_class is not None:
            await self._turns.unasked(partial(_erase_leaver, school_class))
        elif self._due:
            self._due = await self._database.read(lambda db: first_due(db, now, self._days)) is not None
            if self._due:
                await self._turns.unasked(partial(_end_due, self._days))

    async def _substitutes(self, now: datetime) -> None:
        """The roles of substitutes whose last day is over end, once a day of the school's clock."""
        for school, zone in await self._database.read(ticks.schools):
            today = day_of(now, zone)
            if self._ended.get(school) != today:
                await self._turns.unasked(partial(_end_substitutes, school, today))
                self._ended[school] = today

    async def _instead(self, now: datetime) -> None:
        """Whoever was spared an announcement gets it, where it could not come to the family's other one."""
        if self._looked is not None and timedelta() <= now - self._looked < INSTEAD_EVERY:
            return
        if await self._database.read(lambda db: ticks.passed_over(db, now)):
            await self._turns.unasked(partial(_give_instead, now))
        self._looked = now

    async def _forget(self, now: datetime) -> None:
        """What has served its time, once in FORGET_EVERY; what goes one at a time is the affair of `_one_by_one`."""
        if self._forgotten is None or not timedelta() <= now - self._forgotten < FORGET_EVERY:
            await self._turns.unasked(partial(_forget_what_is_due, self._days))
            self._forgotten, self._due = now, True

    async def _note_erased(self, now: datetime) -> None:
        """Whoever was erased stands on the list beside the database, before a backup can bring them back."""
        buried = await self._database.read(tombstones)
        if self._list is not None and buried != self._buried:
            since = now - timedelta(days=self._days.tombstones)
            await asyncio.to_thread(self._list.keep, buried, since)
        self._buried = buried

    async def _wipe(self, now: datetime) -> None:
        """Nothing of whoever was erased is left in the files, within FORGET_EVERY; after a start once more."""
        last = max((at for _kin, _id, at in self._buried), default=None)
        if last is None or (
            self._wiped is not None and (last < self._wiped or now - self._wiped < FORGET_EVERY)
        ):
            return
        if self._wiped is not None or now - last < 2 * FORGET_EVERY:
            await self._database.wipe()
        self._wiped = now

    async def _sweep(self, now: datetime) -> None:
        """Of photos and files that no row names any more nothing is left, within FORGET_EVERY."""
        if not timedelta() <= now - self._swept < FORGET_EVERY:
            self._swept = now
            if swept := await self._store.sweep(lambda: self._database.read(media.in_use)):
                log.info("store.swept", files=swept)

    async def _try_store(self, now: datetime) -> None:
        """After a full disk: whether the store takes something again."""
        due = self._store_tried is None or not timedelta() <= now - self._store_tried < TRY_EVERY
        if self._store.trouble and due:
            self._store_tried = now
            await self._store.check()


async def _send_planned(announcement: int, turn: Turn) -> None:
    await planning.goes(turn, announcement)


async def _show_gone(announcement: int, author: int, turn: Turn) -> None:
    await preview.has_gone(turn, announcement, author)


async def _give_instead(now: datetime, turn: Turn) -> None:
    for announcement, whom in (await ticks.passed_over(turn.db, now)).items():
        await announcing.give_instead(turn, announcement, whom)


async def _end_substitutes(school: int, today: date, turn: Turn) -> None:
    await staff.substitutes_end(turn, school, today)


async def _post_cards(school: int, today: date, turn: Turn) -> None:
    for school_class in await ticks.cards_due(turn.db, school, today):
        await class_day.tell_teachers(turn, school_class, today, only_new=True)


async def _erase_leaver(school_class: int, turn: Turn) -> None:
    await withdraw(turn, await let_go(turn.db, school_class, turn.now))


async def _forget_what_is_due(days: Days, turn: Turn) -> None:
    await forget(turn.db, turn.now, days)


async def _end_due(days: Days, turn: Turn) -> None:
    found = await first_due(turn.db, turn.now, days)
    if found is None:
        return
    table, id_ = found
    if table is JoinRequest:
        await admissions.ends_unanswered(turn, id_)
    elif shown := await erase(turn.db, table, id_, turn.now):
        await recheck(turn, shown)
