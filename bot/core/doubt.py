"""Doubt: what the senders have in hand may have been taken back by a turn, and is looked at once more before it goes.

A turn that takes something back begins the doubt before its commit and ends it afterwards. Whatever a sender learnt
of a letter while a doubt was under way, or before it, counts for nothing; and while one is under way, nothing goes.
"""

from __future__ import annotations

import asyncio


class Doubt:
    """Shared by the turns, which take back, and the senders, which ask."""

    def __init__(self) -> None:
        self.count = 0
        """How many doubts have ended; what was known at another count is known no more."""
        self._under_way: set[str] = set()
        self._ended = asyncio.Event()

    def begin(self, turn: str) -> None:
        """A turn is about to commit that something is taken back; may be called from the database's thread."""
        self._under_way.add(turn)

    def end(self, turn: str) -> None:
        """The turn has committed, or not; nothing happens if it had nothing to take back."""
        if turn in self._under_way:
            self._under_way.discard(turn)
            self.count += 1
            self._ended.set()

    def holds(self, count: int) -> bool:
        """Whether what was known at this count still is."""
        return count == self.count and not self._under_way

    async def over(self) -> None:
        """Wait until none is under way."""
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()
