"""The sender of one messenger: takes letters from the outbox to the messenger, in order and at its pace.

Chosen here: never lose, then double as little as possible. A letter is marked as sent after the messenger took it,
so a kill between the two sends it once more: at most as many as were in flight (IN_FLIGHT, REPLIES_IN_FLIGHT of
replies, and one group of those that go together: together.py) a kill. One process alone sends for a database
(`Database.claim`), so that what is in hand is known without a mark.
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
from bot.core.budget import Budget
from bot.core.clock import Background, Clock
from bot.core.doubt import Doubt
from bot.core.errors import Capped, Forgotten, Gone, Later, Misconfigured, Refused, Undelivered
from bot.core.flows import StaleLink
from bot.core.outbox import Delivered, Parcel, Settled
from bot.core.pace import Pace, Pacemaker, now
from bot.core.together import Groups, Together, may_join
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
LOOK_AFTER = 1.0
"""Seconds in hand after which a letter is looked at once more before it goes: it may have been taken back."""
DATABASE_PAUSE = 0.25
"""Seconds before the outbox is tried again when the database cannot be used."""
ALARM_PAUSE = 15.0
"""Seconds before the next try when the messenger takes nothing from us at all."""


class Platform(Protocol):
    """What the sender needs of a messenger. together: how it takes one message for many people, if it can."""

    name: str
    pace: Pace

    @property
    def together(self) -> Together | None: ...

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
        budget: Budget | None = None,
    ) -> None:
        """doubt: shared with the turns, which take back what may be in hand here. budget: of a messenger that costs."""
        self.platform = platform
        self._files = files
        self._cards = cards
        self._budget = budget
        self._database = database
        self._clock = clock
        self._doubt = doubt
        self._lanes: dict[int, _Lane] = {}
        self._hand: dict[int, Parcel] = {}
        self._ready: list[tuple[int, int, int]] = []
        self._later: list[tuple[float, int]] = []
        self._flying = 0
        self._replying = 0
        self._pacemaker = Pacemaker(platform)
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
        end = now() + within
        while self._on_their_way and now() < end:  # noqa: ASYNC110 (five counters; an event for each would say less)
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

    @property
    def open(self) -> bool:
        """Whether the messenger may be called now."""
        return not self._stopping and self._closed_until <= now()

    @property
    def _on_their_way(self) -> bool:
        return bool(self._flying or self._replying or self._grouping or self._ended or self._settling)

    def _put(self, parcel: Parcel) -> None:
        if parcel.id in self._hand:
            return
        self._hand[parcel.id] = parcel
        parcel.taken_up = now()
        lane = self._lanes.setdefault(parcel.chat, _Lane())
        heapq.heappush(lane.waiting, (parcel.kind, parcel.id, parcel))
        self._offer(parcel.chat, lane)

    def _offer(self, chat: int, lane: _Lane) -> None:
        """Put a chat's first letter up for delivery, now or when its lane opens."""
        if lane.busy or not lane.waiting:
            return
        kind, id_, _parcel = lane.waiting[0]
        opens = max(lane.closed_until, self._pacemaker.chat_opens(lane.sent))
        if opens > now():
            heapq.heappush(self._later, (opens, chat))
        else:
            heapq.heappush(self._ready, (kind, id_, chat))

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
                return self._later[0][0] - now() if self._later else None
            kind, _id, chat = self._ready[0]
            lane = self._lanes[chat]
            if self._make_ahead(lane) or self._group_up(lane.waiting[0][2]):
                continue
            reply = kind == Kind.REPLY
            if self._replying >= REPLIES_IN_FLIGHT if reply else self._flying >= IN_FLIGHT:
                return None
            wait = max(self._closed_until - now(), self._pacemaker.wait(reply))
            if wait > 0:
                return wait
            heapq.heappop(self._ready)
            parcel = self._take_up(lane)
            self._pacemaker.starts(parcel.id)
            self._replying += reply
            self._flying += not reply
            self._background.start(self._carry(parcel), f"letter {parcel.id}")

    @staticmethod
    def _take_up(lane: _Lane) -> Parcel:
        """A chat's first letter, which is on its way from here on."""
        lane.busy = True
        parcel = heapq.heappop(lane.waiting)[2]
        if "menu" not in parcel.words:  # which is no message to the chat
            lane.sent.append(now())
        return parcel

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
            self._aside.add(first.chat)
            heapq.heappop(self._ready)
            return True
        chats = self._of_the_same_card(first, together.most) if self.open else {}
        if len(chats) < 2:
            return False
        parcels = [self._take_up(self._lanes[chat]) for chat in chats]
        self._ready = [one for one in self._ready if one[2] not in chats]
        heapq.heapify(self._ready)
        self._grouping, self._group_kind = True, Kind(first.kind)
        self._background.start(self._carry_together(self._groups, parcels), f"letters of {first.about}")
        return True

    def _of_the_same_card(self, first: Parcel, most: int) -> dict[int, None]:
        """Chats whose letter that goes next is of the same card as this one, and may join it; the first ones."""
        chats: dict[int, None] = {}  # in order, and each once: a chat may be offered twice
        for _kind, id_, chat in sorted(self._ready):
            if len(chats) < most and self._is_next(id_, chat):
                parcel = self._lanes[chat].waiting[0][2]
                if parcel.about == first.about and may_join(parcel):
                    chats[chat] = None
        return chats

    async def _carry_together(self, groups: Groups, parcels: Sequence[Parcel]) -> None:
        try:
            await groups.carry(parcels)
        finally:
            self._grouping = False
            aside, self._aside = self._aside, set()
            for chat in aside:
                if lane := self._lanes.get(chat):
                    self._offer(chat, lane)
            self._news.set()

    def put_back(self, parcels: Sequence[Parcel], *, alone: bool) -> None:
        """Let letters that were taken up wait again. alone: from now on each goes by itself."""
        for parcel in parcels:
            lane = self._lanes[parcel.chat]
            parcel.alone, lane.busy = parcel.alone or alone, False
            heapq.heappush(lane.waiting, (parcel.kind, parcel.id, parcel))
            self._offer(parcel.chat, lane)
        self._news.set()

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
        while self._ready and not self._is_next(*self._ready[0][1:]):
            heapq.heappop(self._ready)

    def _is_next(self, id_: int, chat: int) -> bool:
        """Whether this is the letter that its chat gets next, and may get now."""
        lane = self._lanes.get(chat)
        if not lane or lane.busy or not lane.waiting:
            return False
        return lane.waiting[0][1] == id_ and lane.closed_until <= now()

    async def _carry(self, parcel: Parcel) -> None:
        try:
            outcome = await self._deliver(parcel)
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

    async def _deliver(self, parcel: Parcel) -> Settled:
        if parcel.over is None and parcel.over_id is not None:
            over_id = parcel.over_id
            parcel.over = await self._database.read(lambda db: outbox.message_under(db, over_id))
        if self._budget is not None:
            await self._budget.allow(parcel)
        if parcel.about is not None and not self._shows_now(parcel) and not await self.shown(parcel):
            return Settled(parcel, State.REPLACED)
        if outbox.held(parcel.words):
            await self._files.fill(parcel)
            await self._pacemaker.holds_files(parcel.id, len(parcel.files))
        if not await self._still_waits(parcel):
            return Settled(parcel, State.REPLACED)  # a newer one says it better by now, or it was taken back
        delivered = await self._hand_over(parcel)
        return Settled(parcel, State.SENT, delivered.message, billing=delivered.billing)

    def _shows_now(self, parcel: Parcel) -> bool:
        """Whether a letter that was to go with others has just got its words."""
        return parcel.alone and bool(parcel.words) and self._is_fresh(parcel)

    def _is_fresh(self, parcel: Parcel) -> bool:
        return now() - parcel.taken_up <= LOOK_AFTER and self._doubt.holds(parcel.known)

    async def shown(self, parcel: Parcel) -> bool:
        """Have the letter's card shown as it is now; once more, if something was taken back meanwhile."""
        if self._budget is not None:
            await self._budget.allow(parcel)
        while True:
            await self._doubt.over()
            parcel.known, parcel.taken_up = self._doubt.count, now()
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
        looked = self._is_fresh(parcel)
        while not looked:
            await self._doubt.over()
            parcel.known = self._doubt.count
            if not await self._database.read(lambda db: outbox.waits(db, parcel.id)):
                return False
            looked = self._doubt.holds(parcel.known)
        return True

    def _put_off(self, parcel: Parcel, later: Later) -> Settled:
        lane = self._lanes[parcel.chat]
        pause = min(later.after, LONGEST_PAUSE) if later.after is not None else _pause(parcel.attempts)
        lane.closed_until = now() + pause
        if later.everyone:
            self._closed_until = max(self._closed_until, now() + pause)
        log.info("letter.later", letter=parcel.id, why=later.why, pause=round(pause, 1))
        return self._again(parcel, later, pause, unsure=later.unsure or parcel.unsure)

    def _raise_alarm(self, parcel: Parcel, wrong: Misconfigured) -> Settled:
        self._closed_until = self._lanes[parcel.chat].closed_until = now() + ALARM_PAUSE
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
        self._put_down(batch)

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
            if one.state is State.QUEUED:
                heapq.heappush(lane.waiting, (one.parcel.kind, one.parcel.id, one.parcel))
            else:
                self._let_go(one.parcel.id)
            if one.state is State.GONE:
                self._drop_mail(lane)
            if lane.waiting or lane.closed_until > now() or self._pacemaker.chat_opens(lane.sent):
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
        hand = self.platform.pace.per_second or HAND
        if not self._mail or len(self._ready) > hand // 2 or len(self._hand) > MOST_IN_HAND // 2:
            return
        self._mail, self._looking = False, True
        time, known = self._clock.now(), self._doubt.count
        together = self.platform.together
        most = max(hand, together.most if together else 0) + len(self._hand)
        try:
            found = await self._database.read(lambda db: outbox.due(db, self.platform.name, time, most))
            for parcel in found:
                parcel.known = known
                if parcel.id not in self._put_down_meanwhile:
                    self._put(parcel)
        finally:
            self._looking = False
            self._put_down_meanwhile.clear()
        self._mail = self._mail or len(found) == most

    def _reopen(self) -> None:
        while self._later and self._later[0][0] <= now():
            _opens, chat = heapq.heappop(self._later)
            if lane := self._lanes.get(chat):
                self._offer(chat, lane)


def _pause(attempts: int) -> float:
    pause = PAUSES[min(attempts, len(PAUSES) - 1)]
    return pause * random.uniform(0.8, 1.2)
