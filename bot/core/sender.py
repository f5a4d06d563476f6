"""The sender of one messenger: takes letters from the outbox to the messenger, in order and at its pace.

Chosen here: never lose, then double as little as possible. A letter is marked as sent after the messenger took it,
so a kill between the two sends it once more: at most as many as were in flight (IN_FLIGHT, and REPLIES_IN_FLIGHT
of replies) a kill. One process alone sends for a database (`Database.claim`), so that what is in hand is known
without a mark.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from bot.core import outbox
from bot.core.clock import Background, Clock
from bot.core.doubt import Doubt
from bot.core.errors import Forgotten, Gone, Later, Misconfigured, Refused, Undelivered
from bot.core.flows import StaleLink
from bot.core.outbox import Parcel, Settled
from models import media
from models.database import Busy, Database, Db
from models.errors import NotYours
from models.letter import Kind, State

log = structlog.get_logger()

IN_FLIGHT = 8
"""Letters on their way at once and not yet written down as sent, replies not counted; a kill doubles no more."""
REPLIES_IN_FLIGHT = 16
"""The same of replies."""
LATENESS = 0.05
"""Seconds by which a message may start late without those behind it starting later too."""
HAND = 200
"""Letters fetched from the outbox at once."""
MOST_IN_HAND = 2_000
"""Replies beyond this wait in the outbox like all others."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
"""Seconds before the next try of a letter, by tries so far."""
LONGEST_PAUSE = 24 * 3600.0
"""Seconds: no messenger is believed that asks for more."""
LOOK_AFTER = 1.0
"""Seconds in hand after which a letter is looked at once more before it goes: it may have been taken back."""
DATABASE_PAUSE = 0.25
"""Seconds before the outbox is tried again when the database cannot be used."""
ALARM_PAUSE = 15.0
"""Seconds before the next try when the messenger takes nothing from us at all."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a messenger may be written to; 0 is no limit.

    per_second: messages in any second, to everybody. per_chat: messages a second to one chat, after `burst`.
    """

    per_second: int = 0
    per_chat: float = 0.0
    burst: int = 5


@dataclass(frozen=True, slots=True)
class Delivered:
    """The messenger took it. message: its own id; billing: Viber's billing_status."""

    message: str | None = None
    billing: int | None = None


class Platform(Protocol):
    """What the sender needs of a messenger."""

    name: str
    pace: Pace

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Hand a letter to the messenger; raises one of the `Undelivered` errors, named once at this edge.

        Of a letter that holds files, it notes in the parcel what it took, message by message.
        """


class Files(Protocol):
    """What the sender needs of the printer, for letters that hold files."""

    async def warm(self, parcel: Parcel) -> None:
        """Make them ahead."""

    async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
        """Put them into the letter; NotYours or StaleLink if this person may not have them any more.

        anew: media that the messenger has forgotten.
        """


class Shows(Protocol):
    """What the sender needs for letters that have no words before they go."""

    async def show(self, parcel: Parcel) -> bool:
        """Put into it what its card shows now; False if it is not to go any more.

        NotYours or StaleLink if it is not this person's (any more).
        """


@dataclass(slots=True)
class _Lane:
    """The letters of one chat that are in hand: one on its way at a time, the most pressing first."""

    waiting: list[tuple[int, int, Parcel]] = field(default_factory=list)
    busy: bool = False
    closed_until: float = 0.0
    sent: deque[float] = field(default_factory=deque)


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
    ) -> None:
        """doubt: shared with the turns, which take back what may be in hand here."""
        self.platform = platform
        self._files = files
        self._cards = cards
        self._database = database
        self._clock = clock
        self._doubt = doubt
        self._lanes: dict[int, _Lane] = {}
        self._hand: dict[int, Parcel] = {}
        self._ready: list[tuple[int, int, int]] = []
        self._later: list[tuple[float, int]] = []
        self._flying = 0
        self._replying = 0
        self._calling = 0
        self._answered: deque[float] = deque()
        self._next = 0.0
        self._closed_until = 0.0
        self._mail = True
        self._ended: list[Settled] = []
        self._news = asyncio.Event()
        self._unsettled = asyncio.Event()
        self._background = Background()
        self._settling = False
        self._looking = False
        self._put_down_meanwhile: set[int] = set()
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
        end = self._time() + within
        while (self._flying or self._replying or self._ended or self._settling) and self._time() < end:  # noqa: ASYNC110 (four counters; an event for each would say less)
            await asyncio.sleep(0.01)
        await self._background.close()

    def take(self, parcels: Iterable[Parcel]) -> None:
        """Deliver these replies, fresh from a turn, without another look at the outbox."""
        for parcel in parcels:
            if len(self._hand) < MOST_IN_HAND:
                self._put(parcel)
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
        return len(self._hand)

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand, on its way, or yet to be looked for."""
        return not (self._hand or self._mail or self._ended or self._settling or self._looking)

    def _put(self, parcel: Parcel) -> None:
        if parcel.id in self._hand:
            return
        self._hand[parcel.id] = parcel
        parcel.taken_up = self._time()
        lane = self._lanes.setdefault(parcel.chat, _Lane())
        heapq.heappush(lane.waiting, (parcel.kind, parcel.id, parcel))
        self._offer(parcel.chat, lane)

    def _offer(self, chat: int, lane: _Lane) -> None:
        """Put a chat's first letter up for delivery, now or when its lane opens."""
        if lane.busy or not lane.waiting:
            return
        kind, id_, _parcel = lane.waiting[0]
        opens = max(lane.closed_until, self._lane_pace(lane))
        if opens > self._time():
            heapq.heappush(self._later, (opens, chat))
        else:
            heapq.heappush(self._ready, (kind, id_, chat))

    def _lane_pace(self, lane: _Lane) -> float:
        """When the messenger's limit for one chat lets the next message through."""
        pace = self.platform.pace
        if not pace.per_chat:
            return 0.0
        now = self._time()
        while lane.sent and lane.sent[0] < now - pace.burst / pace.per_chat:
            lane.sent.popleft()
        return lane.sent[0] + pace.burst / pace.per_chat if len(lane.sent) >= pace.burst else 0.0

    async def _deliver_all(self) -> None:
        while not self._stopping:
            self._news.clear()
            try:
                await self._refill()
            except (Busy, DBAPIError) as error:
                self._mail = True
                await self._database_is_away(error)
            self._reopen()
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
        while True:
            self._skip_taken()
            if not self._ready:
                return self._later[0][0] - self._time() if self._later else None
            kind, _id, chat = self._ready[0]
            if self._make_ahead(self._lanes[chat]):
                continue
            reply = kind == Kind.REPLY
            if self._replying >= REPLIES_IN_FLIGHT if reply else self._flying >= IN_FLIGHT:
                return None
            wait = max(self._closed_until - self._time(), self._overall_pace(reply))
            if wait > 0:
                return wait
            heapq.heappop(self._ready)
            lane = self._lanes[chat]
            lane.busy = True
            parcel = heapq.heappop(lane.waiting)[2]
            self._count(parcel, lane)
            self._replying += reply
            self._flying += not reply
            self._background.start(self._carry(parcel, lane), f"letter {parcel.id}")

    def _make_ahead(self, lane: _Lane) -> bool:
        """Have the files made that a chat's first letter holds: while that lasts, letters to others go."""
        first = lane.waiting[0][2]
        if first.warm or not outbox.held(first.words):
            return False
        lane.busy = True
        self._background.start(self._warm(first, lane), f"file {first.id}")
        return True

    async def _warm(self, parcel: Parcel, lane: _Lane) -> None:
        try:
            await self._files.warm(parcel)
        except (NotYours, StaleLink, Busy, DBAPIError):
            pass  # it is asked once more when it goes, and counts then
        finally:
            parcel.warm = True
            lane.busy = False
            self._offer(parcel.chat, lane)
            self._news.set()

    def _skip_taken(self) -> None:
        """Drop offers that are out of date: another letter of the chat went first, or the lane is closed."""
        while self._ready:
            _kind, id_, chat = self._ready[0]
            lane = self._lanes.get(chat)
            if (
                lane
                and not lane.busy
                and lane.waiting
                and lane.waiting[0][1] == id_
                and lane.closed_until <= self._time()
            ):
                return
            heapq.heappop(self._ready)

    def _overall_pace(self, reply: bool) -> float:
        """Seconds until the messenger's overall limit lets a message through. Replies may use what the rest leave.

        A message counts from its start until a second after its answer: when in between the messenger counted it,
        nobody can know. All but replies are spread evenly over the second, so that no reply meets a full one.
        """
        limit = self.platform.pace.per_second
        if not limit:
            return 0.0
        now = self._time()
        while self._answered and self._answered[0] <= now - 1:
            self._answered.popleft()
        if self._calling + len(self._answered) >= limit:
            return self._answered[0] + 1 - now if self._answered else 1.0
        return 0.0 if reply else self._next - now

    def _count(self, parcel: Parcel, lane: _Lane) -> None:
        """Count a message for the limits. One that starts late does not put off those behind it."""
        now = self._time()
        if "menu" not in parcel.words:  # which is no message to the chat
            lane.sent.append(now)
        self._calling += 1
        if limit := self.platform.pace.per_second:
            self._next = max(self._next, now - LATENESS) + 1 / limit

    def _count_more(self, parcel: Parcel) -> None:
        """Several files are as many messages (unsure: no document says how an album counts), so those behind it wait.

        To its own chat it is one of the bursts that are allowed.
        """
        if (limit := self.platform.pace.per_second) and len(parcel.files) > 1:
            self._next = max(self._next, self._time()) + (len(parcel.files) - 1) / limit

    def _count_answer(self) -> None:
        self._calling -= 1
        if self.platform.pace.per_second:
            self._answered.append(self._time())
            self._news.set()

    async def _carry(self, parcel: Parcel, lane: _Lane) -> None:
        try:
            outcome = await self._deliver(parcel)
        except Later as later:
            outcome = self._put_off(parcel, lane, later)
        except Gone as gone:
            outcome = Settled(parcel, State.GONE, trouble=gone.why)
        except Refused as refused:
            log.error("letter.refused", letter=parcel.id, why=refused.why)
            outcome = Settled(parcel, State.REFUSED, trouble=refused.why)
        except Misconfigured as wrong:
            outcome = self._raise_alarm(parcel, lane, wrong)
        except (NotYours, StaleLink):
            log.info("letter.dropped", letter=parcel.id)
            outcome = Settled(parcel, State.DROPPED, trouble="not theirs any more")
        except (Busy, DBAPIError) as error:
            outcome = self._put_off(parcel, lane, Later(type(error).__name__))
        except Exception as error:  # noqa: BLE001 (a letter we cannot even form must not stop the others)
            log.error("letter.broken", letter=parcel.id, error=type(error).__name__)
            outcome = Settled(parcel, State.REFUSED, trouble=type(error).__name__)
        finally:
            self._count_answer()
        self._ended.append(outcome)
        self._unsettled.set()

    async def _deliver(self, parcel: Parcel) -> Settled:
        if parcel.over is None and parcel.over_id is not None:
            over_id = parcel.over_id
            parcel.over = await self._database.read(lambda db: outbox.message_under(db, over_id))
        if parcel.about is not None and not await self._shown(parcel):
            return Settled(parcel, State.REPLACED)
        if outbox.held(parcel.words):
            await self._files.fill(parcel)
            self._count_more(parcel)
        if not await self._still_waits(parcel):
            return Settled(parcel, State.REPLACED)  # a newer one says it better by now, or it was taken back
        delivered = await self._hand_over(parcel)
        self._all_well()
        return Settled(parcel, State.SENT, delivered.message, billing=delivered.billing)

    async def _shown(self, parcel: Parcel) -> bool:
        """Have the letter's card shown as it is now; once more, if something was taken back meanwhile."""
        while True:
            await self._doubt.over()
            parcel.known, parcel.taken_up = self._doubt.count, self._time()
            if not await self._cards.show(parcel):
                return False
            if self._doubt.holds(parcel.known):
                return True

    async def _hand_over(self, parcel: Parcel) -> Delivered:
        forgotten: set[int] = set()
        while True:
            try:
                return await self.platform.deliver(parcel)
            except Forgotten as error:
                if forgotten.issuperset(error.media):
                    raise Refused(error.why) from error
                forgotten.update(error.media)
            await self._files.fill(parcel, forgotten)

    async def _still_waits(self, parcel: Parcel) -> bool:
        """Whether the letter is still to go: looked up where it was long in hand, or something was taken back."""
        fresh = self._time() - parcel.taken_up <= LOOK_AFTER
        while not (fresh and self._doubt.holds(parcel.known)):
            await self._doubt.over()
            parcel.known, fresh = self._doubt.count, True
            if not await self._database.read(lambda db: outbox.waits(db, parcel.id)):
                return False
        return True

    def _put_off(self, parcel: Parcel, lane: _Lane, later: Later) -> Settled:
        pause = min(later.after, LONGEST_PAUSE) if later.after is not None else _pause(parcel.attempts)
        lane.closed_until = self._time() + pause
        if later.everyone:
            self._closed_until = max(self._closed_until, self._time() + pause)
        log.info("letter.later", letter=parcel.id, why=later.why, pause=round(pause, 1))
        return self._again(parcel, later, pause, unsure=later.unsure or parcel.unsure)

    def _raise_alarm(self, parcel: Parcel, lane: _Lane, wrong: Misconfigured) -> Settled:
        self._closed_until = lane.closed_until = self._time() + ALARM_PAUSE
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

    async def _settle_all(self) -> None:
        """Write down what became of letters; what ends while one batch is written goes into the next."""
        while True:
            await self._unsettled.wait()
            self._unsettled.clear()
            batch, self._ended = self._ended, []
            self._settling = True
            try:
                work = partial(self._write_down, batch)
                await self._database.write(work, lasting=False)  # forgotten, letters would only be doubled
            except (Busy, DBAPIError) as error:
                self._ended = batch + self._ended
                self._unsettled.set()
                await self._database_is_away(error)
                continue
            finally:
                self._settling = False
            self._put_down(batch)
            self._news.set()

    async def _write_down(self, batch: Sequence[Settled], db: Db) -> None:
        await outbox.settle(db, batch, self._clock.now())
        learnt = {medium: ref for one in batch for medium, ref in one.parcel.refs.items()}
        for medium, ref in learnt.items():
            await media.remember_ref(db, medium, self.platform.name, ref)

    def _put_down(self, batch: Sequence[Settled]) -> None:
        for one in batch:
            one.parcel.refs.clear()
            lane = self._lanes[one.parcel.chat]
            lane.busy = False
            reply = one.parcel.kind == Kind.REPLY
            self._replying -= reply
            self._flying -= not reply
            if one.state is State.QUEUED:
                heapq.heappush(lane.waiting, (one.parcel.kind, one.parcel.id, one.parcel))
            else:
                self._let_go(one.parcel.id)
            if one.state is State.GONE:
                self._drop_mail(lane)
            if lane.waiting or lane.closed_until > self._time() or self._lane_pace(lane):
                self._offer(one.parcel.chat, lane)
            else:
                del self._lanes[one.parcel.chat]

    def _drop_mail(self, lane: _Lane) -> None:
        """Let go of what waits for somebody who is gone, as `outbox.settle` did."""
        for kind, id_, _parcel in lane.waiting:
            if kind != Kind.REPLY:
                self._let_go(id_)
        lane.waiting = [waits for waits in lane.waiting if waits[0] == Kind.REPLY]
        heapq.heapify(lane.waiting)

    def _let_go(self, letter: int) -> None:
        del self._hand[letter]
        if self._looking:  # a look at the outbox that began earlier still finds it there
            self._put_down_meanwhile.add(letter)

    async def _refill(self) -> None:
        """Fetch letters that are due, when few in hand may go; those whose chat is closed hold up no others."""
        if not self._mail or len(self._ready) > HAND // 2 or len(self._hand) > MOST_IN_HAND // 2:
            return
        self._mail, self._looking = False, True
        now, known = self._clock.now(), self._doubt.count
        most = HAND + len(self._hand)
        try:
            found = await self._database.read(lambda db: outbox.due(db, self.platform.name, now, most))
            for parcel in found:
                parcel.known = known
                if parcel.id not in self._put_down_meanwhile:
                    self._put(parcel)
        finally:
            self._looking = False
            self._put_down_meanwhile.clear()
        self._mail = self._mail or len(found) == most

    def _reopen(self) -> None:
        now = self._time()
        while self._later and self._later[0][0] <= now:
            _opens, chat = heapq.heappop(self._later)
            if lane := self._lanes.get(chat):
                self._offer(chat, lane)

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def _pause(attempts: int) -> float:
    pause = PAUSES[min(attempts, len(PAUSES) - 1)]
    return pause * random.uniform(0.8, 1.2)
