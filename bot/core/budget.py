"""The budget: how many messages a month the school pays for, where a messenger wants money outside of sessions."""

from __future__ import annotations

import asyncio

from bot.core.clock import Clock
from bot.core.errors import Capped
from bot.core.outbox import Parcel
from models.billing import CAPPED, billed, month_of, still_queued
from models.database import Database, Db
from models.letter import Kind


class Budget:
    """Lets paid letters through until the month's cap is reached; what is urgent and what is an answer always goes.

    One process alone sends for a database, so what it has let through and not settled yet is known here.
    """

    def __init__(self, database: Database, clock: Clock, cap: int) -> None:
        """cap: messages a month; 0 is no limit."""
        self._database = database
        self._clock = clock
        self._cap = cap
        self._granted: set[int] = set()
        self._one_by_one = asyncio.Lock()

    async def allow(self, parcel: Parcel) -> None:
        """Let a letter go; Capped if it would be one too many."""
        if not self._cap or parcel.in_session or parcel.kind <= Kind.URGENT or parcel.id in self._granted:
            return
        async with self._one_by_one:
            spent = await self._database.read(self._spent)
            if spent >= self._cap:
                raise Capped(CAPPED)
            self._granted.add(parcel.id)

    async def _spent(self, db: Db) -> int:
        """Messages that were paid for this month, and those that are on their way."""
        self._granted = await still_queued(db, sorted(self._granted))
        return len(self._granted) + await billed(db, month_of(self._clock.now()), but=self._granted)
