"""The sender of one messenger: takes letters from the outbox to the messenger, in order and at its pace.

Chosen here: never lose, then double as little as possible. A letter is marked as sent after the messenger took it,
so a kill between the two sends it once more: at most as many as were in flight (IN_FLIGHT, REPLIES_IN_FLIGHT of
replies, and one group of those that go together: together.py) a kill. One process alone sends for a database
(`Database.claim`), so that what is in hand is known without a mark. Which letter is next: lanes.py. What happens to one
on its way: handing.py.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError

from bot.core import outbox
from bot.core.budget import Budget
from bot.core.clock import Background, Clock
from bot.core.doubt import Doubt
from bot.core.errors import Capped, Gone, Later, Misconfigured, Refused, Undelivered
from bot.core.flows import StaleLink
from bot.core.handing import Files, Handing, Platform, Shows
from bot.core.lanes import Lanes
from bot.core.outbox import Parcel, Settled
from bot.core.pace import Pacemaker, now
from bot.core.together import Groups, may_join
from models import media
from models.database import Busy, Database, Db
from models.errors import NotYours
from models.letter import Kind, State

log = structlog.get_logger()

IN_FLIGHT = 8
"""Letters on their way at once and not yet written down as sent, replies not counted; a kill doubles no more."""
REPLIES_IN_FLIGHT = 16
"""The same of replies."""
HAND = 200
"""Letters fetched from the outbox at once; at a pace, a second's: what is urgent may wait behind half of them."""
MOST_IN_HAND = 2_000
"""Replies beyond this wait in the outbox like all others."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds before the next try of a letter, by tries so far."""
LONGEST_PAUSE = 24 * 3600.0
"""Seconds: no messenger is believed that asks for more."""
DATABASE_PAUSE = 0.25
"""Seconds before the outbox is tried again when the database cannot be used."""
ALARM_PAUSE = 15.0
"""Seconds before the next try when the messenger takes nothing from us at all."""


class Sender:
    """Delivers one messenger's letters until it is stopped."""

    def __init__(
        self,
        platform: Platform,
        database: Database,
        clock: Clock,
        doubt: Doubt,
        files: Files,
        cards: Shows,
        budget: Budget | None = None,
    ) -> None:
        """doubt: shared with the turns, which take back what may be in hand here. budget: of a messenger that costs."""
        self.platform = platform
        self._database = database
        self._clock = clock
        self._doubt = doubt
        self._flying = 0
        self._replying = 0
        self._pacemaker = Pacemaker(platform)
        self._lanes = Lanes(self._pacemaker)
        self._handing = Handing(platform, database, doubt, files, cards, budget, self._pacemaker)
        together = platform.together
        self._groups = Groups(together, database, doubt, self) if together else None
        self._grouping = False
        self._group_kind = Kind.TODAY
        self._aside: set[int] = set()
        self._closed_until = 0.0
        self._mail = True
        self._ended: list[Settled] = []
        self._news = asyncio.Event()
        self._unsettled = asyncio.Event()
        self._background = Background()
        self._settling = False
        self._stopping = False
        self.alarm = ""
        """Why the messenger takes nothing from us, or empty."""

    def start(self) -> None:
        """Begin to deliver."""
        self._background.start(self._deliver_all(), f"sender {self.platform.name}")
        self._background.start(self._settle_all(), f"settler {self.platform.name}")

    async def stop(self, within: float = 3.0) -> None:
        """Finish the letters that are on their way, write down what became of them, and take no more."""
        self._stopping = True
        self._news.set()
        end = now() + within
        while self._on_their_way and now() < end:  # noqa: ASYNC110 (five counters; an event for each would say less)
            await asyncio.sleep(0.01)
        await self._background.close()

    def take(self, parcels: Iterable[Parcel]) -> None:
        """Deliver these replies, fresh from a turn, without another look at the outbox."""
        for parcel in parcels:
            if self.in_hand < MOST_IN_HAND:
                self._lanes.put(parcel)
            else:
                self._mail = True
        self._news.set()

    def wake(self) -> None:
        """There may be letters in the outbox that are due."""
        self._mail = True
        self._news.set()

    @property
    def in_hand(self) -> int:
        """How many letters are taken from the outbox and not settled yet."""
        return self._lanes.in_hand

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand, on its way, or yet to be looked for."""
        return not (self.in_hand or self._mail or self._ended or self._settling or self._lanes.looking)

    @property
    def open(self) -> bool:
        """Whether the messenger may be called now."""
        return not self._stopping and self._closed_until <= now()

    @property
    def _on_their_way(self) -> bool:
        return bool(self._flying or self._replying or self._grouping or self._ended or self._settling)

    async def _deliver_all(self) -> None:
        while not self._stopping:
            self._news.clear()
            try:
                await self._refill()
            except (Busy, DBAPIError) as error:
                self._mail = True
                await self._database_is_away(error)
            self._lanes.reopen()
            pause = self._start_what_may_go()
            try:
                await asyncio.wait_for(self._news.wait(), pause)
            except TimeoutError:
                continue

    async def _database_is_away(self, error: Exception) -> None:
        """The letters are safe where they are; a moment's rest, and the same again."""
        log.error("outbox.unavailable", error=type(error).__name__)
        await asyncio.sleep(DATABASE_PAUSE)

    def _start_what_may_go(self) -> float | None:
        """Send off whatever may go now; returns the seconds until something more may, or None."""
        while (parcel := self._lanes.next()) is not None:
            if self._make_ahead(parcel) or self._group_up(parcel):
                continue
            reply = parcel.kind == Kind.REPLY
            if self._replying >= REPLIES_IN_FLIGHT if reply else self._flying >= IN_FLIGHT:
                return None
            wait = max(self._closed_until - now(), self._pacemaker.wait(reply))
            if wait > 0:
                return wait
            self._lanes.take_next()
            self._pacemaker.starts(parcel.id)
            self._replying += reply
            self._flying += not reply
            self._background.start(self._carry(parcel), f"letter {parcel.id}")
        return self._lanes.opens()

    # Files are made ahead: while that lasts, letters to others go.

    def _make_ahead(self, first: Parcel) -> bool:
        """Have the files made that a chat's first letter holds; False if it holds none, or they are made."""
        if first.warm or not outbox.held(first.words):
            return False
        self._lanes.hold(first.chat)
        self._background.start(self._warm(first), f"file {first.id}")
        return True

    async def _warm(self, parcel: Parcel) -> None:
        try:
            await self._handing.warm(parcel)
        finally:
            self._lanes.release(parcel.chat)
            self._news.set()

    # Letters of one card go together, where the messenger can do that.

    def _group_up(self, first: Parcel) -> bool:
        """Send a letter off together with all that may go now and are of the same card; False if it goes by itself.

        While a group is on its way, those that may join the next one stand aside, and let all others pass; so do not
        those that are more pressing than it.
        """
        together = self.platform.together
        if self._groups is None or together is None or together.most < 2 or not may_join(first):
            return False
        if self._grouping and first.kind < self._group_kind:
            return False
        if self._grouping:
            self._aside.add(self._lanes.pass_over())
            return True
        chats = self._lanes.of_the_same_card(first, together.most) if self.open else ()
        if len(chats) < 2:
            return False
        parcels = self._lanes.take_all(chats)
        self._grouping, self._group_kind = True, Kind(first.kind)
        self._background.start(self._carry_together(self._groups, parcels), f"letters of {first.about}")
        return True

    async def _carry_together(self, groups: Groups, parcels: Sequence[Parcel]) -> None:
        try:
            await groups.carry(parcels)
        finally:
            self._grouping = False
            aside, self._aside = self._aside, set()
            for chat in aside:
                self._lanes.offer(chat)
            self._news.set()

    async def shown(self, parcel: Parcel) -> bool:
        """Have a letter of a group show its card as it is now; False if it was taken back."""
        return await self._handing.shown(parcel)

    def put_back(self, parcels: Sequence[Parcel], *, alone: bool) -> None:
        """Let letters that were taken up wait again. alone: from now on each goes by itself."""
        self._lanes.put_back(parcels, alone=alone)
        self._news.set()

    # A letter goes, and something becomes of it.

    async def _carry(self, parcel: Parcel) -> None:
        try:
            outcome = await self._handing.deliver(parcel)
        except Exception as error:  # noqa: BLE001 (a letter we cannot even form must not stop the others)
            outcome = self.judged(parcel, error)
        finally:
            self._pacemaker.ends(parcel.id)
            self._news.set()
        self._ended.append(outcome)
        self._unsettled.set()

    def judged(self, parcel: Parcel, error: Exception) -> Settled:
        """What becomes of a letter that could not be delivered."""
        match error:
            case Later():
                return self._put_off(parcel, error)
            case Gone():
                return Settled(parcel, State.GONE, trouble=error.why)
            case Refused():
                log.error("letter.refused", letter=parcel.id, why=error.why)
                return Settled(parcel, State.REFUSED, trouble=error.why)
            case Capped():
                log.info("letter.capped", letter=parcel.id)
                return Settled(parcel, State.REFUSED, trouble=error.why)
            case Misconfigured():
                return self._raise_alarm(parcel, error)
            case NotYours() | StaleLink():
                log.info("letter.dropped", letter=parcel.id)
                return Settled(parcel, State.DROPPED, trouble="not theirs any more")
            case Busy() | DBAPIError():
                return self._put_off(parcel, Later(type(error).__name__))
            case _:
                log.error("letter.broken", letter=parcel.id, error=type(error).__name__)
                return Settled(parcel, State.REFUSED, trouble=type(error).__name__)

    def _put_off(self, parcel: Parcel, later: Later) -> Settled:
        pause = min(later.after, LONGEST_PAUSE) if later.after is not None else _pause(parcel.attempts)
        self._lanes.close(parcel.chat, now() + pause)
        if later.everyone:
            self._closed_until = max(self._closed_until, now() + pause)
        log.info("letter.later", letter=parcel.id, why=later.why, pause=round(pause, 1))
        return self._again(parcel, later, pause, unsure=later.unsure or parcel.unsure)

    def _raise_alarm(self, parcel: Parcel, wrong: Misconfigured) -> Settled:
        self._closed_until = now() + ALARM_PAUSE
        self._lanes.close(parcel.chat, self._closed_until)
        if self.alarm != wrong.why:
            log.critical("messenger.alarm", messenger=self.platform.name, why=wrong.why)
        self.alarm = wrong.why
        return self._again(parcel, wrong, ALARM_PAUSE, unsure=parcel.unsure)

    def _all_well(self) -> None:
        if self.alarm:
            log.warning("messenger.well_again", messenger=self.platform.name)
            self.alarm = ""

    def _again(self, parcel: Parcel, why: Undelivered, pause: float, *, unsure: bool) -> Settled:
        parcel.attempts += 1
        parcel.unsure = unsure
        parcel.warm, parcel.files = False, []
        when = self._clock.now() + timedelta(seconds=pause)
        return Settled(parcel, State.QUEUED, trouble=why.why, not_before=when, unsure=unsure)

    # What became of letters is written down.

    async def _settle_all(self) -> None:
        """Write down what became of letters; what ends while one batch is written goes into the next."""
        while True:
            await self._unsettled.wait()
            self._unsettled.clear()
            batch, self._ended = self._ended, []
            self._settling = True
            try:
                await self.settle(batch)
            finally:
                self._settling = False
            replies = sum(one.parcel.kind == Kind.REPLY for one in batch)
            self._replying -= replies
            self._flying -= len(batch) - replies
            self._news.set()

    async def settle(self, batch: Sequence[Settled]) -> None:
        """Write down what became of letters, however long that takes, and put them down."""
        if any(one.state is State.SENT for one in batch):
            self._all_well()
        while True:
            try:
                work = partial(self._write_down, batch)
                await self._database.write(work, lasting=False)  # forgotten, letters would only be doubled
            except (Busy, DBAPIError) as error:
                await self._database_is_away(error)
            else:
                break
        self._lanes.put_down(batch)

    async def _write_down(self, batch: Sequence[Settled], db: Db) -> None:
        await outbox.settle(db, batch, self._clock.now())
        learnt = {medium: ref for one in batch for medium, ref in one.parcel.refs.items()}
        for medium, ref in learnt.items():
            await media.remember_ref(db, medium, self.platform.name, ref)

    # Letters come in.

    async def _refill(self) -> None:
        """Fetch letters that are due, when few in hand may go; those whose chat is closed hold up no others."""
        hand = self.platform.pace.per_second or HAND
        if not self._mail or self._lanes.offered > hand // 2 or self.in_hand > MOST_IN_HAND // 2:
            return
        self._mail = False
        time, known = self._clock.now(), self._doubt.count
        together = self.platform.together
        most = max(hand, together.most if together else 0) + self.in_hand
        with self._lanes.look():
            found = await self._database.read(lambda db: outbox.due(db, self.platform.name, time, most))
            for parcel in found:
                parcel.known = known
            self._lanes.put_found(found)
        self._mail = self._mail or len(found) == most


def _pause(attempts: int) -> float:
    pause = PAUSES[min(attempts, len(PAUSES) - 1)]
    return pause * random.uniform(0.8, 1.2)
