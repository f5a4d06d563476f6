"""Lanes: the letters that a sender has in hand, one lane for each chat, and which of them goes next."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.core.outbox import Parcel, Settled
from bot.core.pace import Pacemaker, now
from bot.core.together import may_join
from models.letter import Kind, State


@dataclass(slots=True)
class _Lane:
    """The letters of one chat that are in hand: one on its way at a time, the most pressing first."""

    waiting: list[tuple[int, int, Parcel]] = field(default_factory=list)
    busy: bool = False
    closed_until: float = 0.0
    sent: deque[float] = field(default_factory=deque)


class Lanes:
    """Knows what waits, what is on its way, and what may go.

    A chat's next letter is offered once its lane is open; an offer that is out of date is passed over.
    """

    def __init__(self, pacemaker: Pacemaker) -> None:
        """pacemaker: says when a chat may be written to again."""
        self._pacemaker = pacemaker
        self._lanes: dict[int, _Lane] = {}
        self._hand: dict[int, Parcel] = {}
        self._offers: list[tuple[int, int, int]] = []
        self._later: list[tuple[float, int]] = []
        self._looking = False
        self._put_down_meanwhile: set[int] = set()

    @property
    def in_hand(self) -> int:
        """How many letters are here and not settled yet."""
        return len(self._hand)

    @property
    def offered(self) -> int:
        """How many chats have a letter that may go, some of them perhaps twice."""
        return len(self._offers)

    @property
    def looking(self) -> bool:
        """Whether the outbox is being looked at."""
        return self._looking

    # Coming in

    def put(self, parcel: Parcel) -> None:
        """Take a letter in hand; one that is here already is left as it is."""
        if parcel.id in self._hand:
            return
        self._hand[parcel.id] = parcel
        parcel.taken_up = now()
        lane = self._lanes.setdefault(parcel.chat, _Lane())
        heapq.heappush(lane.waiting, (parcel.kind, parcel.id, parcel))
        self._offer(parcel.chat, lane)

    @contextmanager
    def look(self) -> Iterator[None]:
        """While the outbox is looked at: what is put down meanwhile is still found there, and not taken again."""
        self._looking = True
        try:
            yield
        finally:
            self._looking = False
            self._put_down_meanwhile.clear()

    def put_found(self, found: Iterable[Parcel]) -> None:
        """Take in hand what a look at the outbox has found."""
        for parcel in found:
            if parcel.id not in self._put_down_meanwhile:
                self.put(parcel)

    # Going out

    def next(self) -> Parcel | None:
        """The letter that goes first of all that may go now; it stays where it is."""
        while self._offers and not self._is_next(*self._offers[0][1:]):
            heapq.heappop(self._offers)
        return self._lanes[self._offers[0][2]].waiting[0][2] if self._offers else None

    def opens(self) -> float | None:
        """Seconds until the next closed lane opens, or None."""
        return self._later[0][0] - now() if self._later else None

    def reopen(self) -> None:
        """Offer the letters of the lanes whose time has come."""
        while self._later and self._later[0][0] <= now():
            _opens, chat = heapq.heappop(self._later)
            self.offer(chat)

    def offer(self, chat: int) -> None:
        """Put a chat's first letter up for delivery, now or when its lane opens."""
        if lane := self._lanes.get(chat):
            self._offer(chat, lane)

    def pass_over(self) -> int:
        """Withdraw the offer of the letter that is next, until it is offered anew; returns its chat."""
        return heapq.heappop(self._offers)[2]

    def take_next(self) -> Parcel:
        """Send off the letter that is next."""
        return self.take(self.pass_over())

    def take(self, chat: int) -> Parcel:
        """Send off a chat's first letter, which is on its way from here on."""
        lane = self._lanes[chat]
        lane.busy = True
        parcel = heapq.heappop(lane.waiting)[2]
        if "menu" not in parcel.words:  # which is no message to the chat
            lane.sent.append(now())
        return parcel

    def of_the_same_card(self, first: Parcel, most: int) -> Collection[int]:
        """Chats whose letter that goes next is of the same card as this one, and may join it; the first ones."""
        chats: dict[int, None] = {}  # in order, and each once: a chat may be offered twice
        for _kind, id_, chat in sorted(self._offers):
            if len(chats) < most and self._is_next(id_, chat):
                parcel = self._lanes[chat].waiting[0][2]
                if parcel.about == first.about and may_join(parcel):
                    chats[chat] = None
        return chats

    def take_all(self, chats: Collection[int]) -> list[Parcel]:
        """Send off the first letters of these chats together."""
        parcels = [self.take(chat) for chat in chats]
        self._offers = [one for one in self._offers if one[2] not in chats]
        heapq.heapify(self._offers)
        return parcels

    def hold(self, chat: int) -> None:
        """Nothing goes to a chat until it is released."""
        self._lanes[chat].busy = True

    def release(self, chat: int) -> None:
        """It may go on."""
        lane = self._lanes[chat]
        lane.busy = False
        self._offer(chat, lane)

    # Coming back

    def close(self, chat: int, until: float) -> None:
        """Nothing goes to a chat before that time."""
        self._lanes[chat].closed_until = until

    def put_back(self, parcels: Sequence[Parcel], *, alone: bool) -> None:
        """Let letters that were sent off wait again. alone: from now on each goes by itself."""
        for parcel in parcels:
            parcel.alone = parcel.alone or alone
            heapq.heappush(self._lanes[parcel.chat].waiting, (parcel.kind, parcel.id, parcel))
            self.release(parcel.chat)

    def put_down(self, batch: Iterable[Settled]) -> None:
        """Let go of letters that are settled, but for those that are to be tried once more."""
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
        if self._looking:
            self._put_down_meanwhile.add(letter)

    def _offer(self, chat: int, lane: _Lane) -> None:
        if lane.busy or not lane.waiting:
            return
        kind, id_, _parcel = lane.waiting[0]
        opens = max(lane.closed_until, self._pacemaker.chat_opens(lane.sent))
        if opens > now():
            heapq.heappush(self._later, (opens, chat))
        else:
            heapq.heappush(self._offers, (kind, id_, chat))

    def _is_next(self, id_: int, chat: int) -> bool:
        """Whether this is the letter that its chat gets next, and may get now."""
        lane = self._lanes.get(chat)
        if not lane or lane.busy or not lane.waiting:
            return False
        return lane.waiting[0][1] == id_ and lane.closed_until <= now()
