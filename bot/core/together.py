"""Together: letters of one card that show the same go to many people as one message, where the messenger can do that.

Each is shown by itself first, by the rights and in the language of whoever gets it, so that only equals go together.
Chosen here: one group is on its way at a time, in a place of its own beside the sender's single letters, and is written
down before the next one goes. So a kill between the messenger's answer and our settling doubles one group at most, and
neither replies nor urgent letters wait for one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from bot.core import outbox
from bot.core.doubt import Doubt
from bot.core.errors import Later, Misconfigured, Undelivered
from bot.core.outbox import Delivered, Parcel, Settled
from models.database import Busy, Database
from models.letter import Kind, State

log = structlog.get_logger()

SHOWN_AT_ONCE = 8
"""Letters of a group that are shown at once: as many stand before a reply's turn at most."""
ROUNDS = 3
"""So often a letter is shown anew because something was taken back meanwhile; then it goes by itself."""


class Together(Protocol):
    """How a messenger takes one message for many people."""

    @property
    def most(self) -> int:
        """How many people one message may have just now; 1 if it is one message for each."""

    def fitting(self, parcels: Sequence[Parcel]) -> int:
        """How many of these, from the first on, one message can be for; all show the same."""

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        """Hand them over as one message, whose buttons are those of the letter that they are the `same_as`.

        Returns what became of each; raises one of the `Undelivered` errors if it is the same of all.
        """


class Hands(Protocol):
    """What is needed of the sender."""

    @property
    def open(self) -> bool:
        """Whether more may go now."""

    async def shown(self, parcel: Parcel) -> bool:
        """Have a letter show its card as it is now; False if it was taken back; any error is its end."""

    def judged(self, parcel: Parcel, error: Exception) -> Settled:
        """What becomes of a letter by this error."""

    async def settle(self, batch: Sequence[Settled]) -> None:
        """Write down what became of letters, and put them down."""

    def put_back(self, parcels: Sequence[Parcel], *, alone: bool) -> None:
        """Let letters wait again. alone: from now on each goes by itself."""


def may_join(parcel: Parcel) -> bool:
    """Whether a letter may go together with others: a new card that goes for the first time."""
    card = parcel.about is not None and parcel.ahead is None and parcel.over_id is None
    return card and not parcel.attempts and not parcel.alone and parcel.kind != Kind.REPLY


class Groups:
    """Sends the letters of one card in groups."""

    def __init__(self, messenger: Together, database: Database, doubt: Doubt, hands: Hands) -> None:
        self._messenger = messenger
        self._database = database
        self._doubt = doubt
        self._hands = hands
        self._left: dict[int, Parcel] = {}

    async def carry(self, parcels: Sequence[Parcel]) -> None:
        """Deliver letters that may join and are of one card; each is settled or put back at the end."""
        self._left = {parcel.id: parcel for parcel in parcels}
        try:
            for _round in range(ROUNDS):
                if not parcels:
                    return
                parcels = await self._send(await self._show(parcels))
        except Exception as error:  # noqa: BLE001 (whatever it is, each of them may go by itself)
            log.error("group.broken", error=type(error).__name__)
        finally:
            self._put_back([*self._left.values()], alone=True)

    async def _show(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Have each show the card; returns those that are to go, in order."""
        going: list[Parcel] = []
        for place in range(0, len(parcels), SHOWN_AT_ONCE):
            if not self._hands.open:
                self._put_back([*going, *parcels[place:]], alone=False)
                return []
            some = parcels[place : place + SHOWN_AT_ONCE]
            ends = await asyncio.gather(*(self._shown(parcel) for parcel in some))
            await self._settle([end for end in ends if end is not None])
            going += [parcel for parcel, end in zip(some, ends, strict=True) if end is None]
        return going

    async def _shown(self, parcel: Parcel) -> Settled | None:
        """Have one show the card; what became of it if it is not to go."""
        try:
            return None if await self._hands.shown(parcel) else Settled(parcel, State.REPLACED)
        except Exception as error:  # noqa: BLE001 (its own end, and nobody else's)
            return self._hands.judged(parcel, error)

    async def _send(self, shown: Sequence[Parcel]) -> list[Parcel]:
        """Send those that show the same together; returns those that are to be shown anew."""
        anew: list[Parcel] = []
        for same in _equals(shown):
            rest = same
            while rest:
                size = (
                    self._messenger.fitting(rest) if len(rest) > 1 and not outbox.held(rest[0].words) else 1
                )
                if size < 2:
                    self._put_back(rest, alone=True)
                    break
                some, rest = rest[:size], rest[size:]
                if self._hands.open:
                    anew += await self._go(some)
                else:
                    self._put_back(some, alone=False)
        return anew

    async def _go(self, group: Sequence[Parcel]) -> list[Parcel]:
        """Send a group as one message; returns it if something may have been taken back since it was shown."""
        await self._doubt.over()
        known = self._doubt.count
        if any(one.known != known for one in group):
            return [*group]
        try:
            going = await self._marked(group)
        except (Busy, DBAPIError) as error:
            await self._settle([self._hands.judged(one, error) for one in group])
            return []
        if not self._doubt.holds(known):
            return going
        if len(going) > 1:
            await self._hand_over(going)
        else:
            self._put_back(going, alone=True)
        return []

    async def _marked(self, group: Sequence[Parcel]) -> list[Parcel]:
        """Write down whose buttons they are about to get; returns those that are still to go."""
        first = group[0].same_as or group[0].id
        ids = [one.id for one in group]
        waiting = await self._database.write(lambda db: outbox.go_together(db, ids, first), lasting=False)
        for one in group:
            one.same_as = first
        await self._settle([Settled(one, State.REPLACED) for one in group if one.id not in waiting])
        return [one for one in group if one.id in waiting]

    async def _hand_over(self, group: Sequence[Parcel]) -> None:
        outcomes: Sequence[Delivered | Undelivered]
        try:
            outcomes = await self._messenger.deliver(group)
        except (Later, Misconfigured) as error:
            outcomes = [error] * len(group)
        except Undelivered as error:  # of the message, or of our right to such: by itself each may pass
            log.warning("group.refused", letters=len(group), why=error.why)
            self._put_back(group, alone=True)
            return
        except Exception as error:  # noqa: BLE001 (it may have arrived, and must not be lost)
            log.error("group.broken", error=type(error).__name__)
            outcomes = [Later(type(error).__name__, unsure=True)] * len(group)
        await self._settle([self._ended(*one) for one in zip(group, outcomes, strict=True)])

    def _ended(self, parcel: Parcel, outcome: Delivered | Undelivered) -> Settled:
        if isinstance(outcome, Undelivered):
            return self._hands.judged(parcel, outcome)
        return Settled(parcel, State.SENT, outcome.message, billing=outcome.billing)

    async def _settle(self, batch: Sequence[Settled]) -> None:
        if batch:
            await self._hands.settle(batch)
        for one in batch:
            del self._left[one.parcel.id]

    def _put_back(self, parcels: Sequence[Parcel], *, alone: bool) -> None:
        self._hands.put_back(parcels, alone=alone)
        for one in parcels:
            del self._left[one.id]


def _equals(parcels: Sequence[Parcel]) -> Iterator[list[Parcel]]:
    """Those that show the same, word for word and button for button, and in whose chats the same may stand already.

    What is free and what is paid for goes apart, as the messenger tells of all of a group what they cost.
    """
    found: dict[str, list[Parcel]] = {}
    for one in parcels:
        key = json.dumps([one.words, one.same_as, one.unsure, one.in_session], sort_keys=True)
        found.setdefault(key, []).append(one)
    yield from found.values()
