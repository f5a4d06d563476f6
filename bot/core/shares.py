"""Bytes that several want at once: made or fetched one time, and kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.bench import Unreadable
from bot.core.clock import Background
from bot.core.store import NotStored, StoreAway
from bot.core.workshop import WorkshopFailed

KEPT = 60.0
"""Seconds that bytes are kept: whoever opens one address again and again makes us print once a minute."""
KEPT_BYTES = 64 * 2**20
Fault = Unreadable | WorkshopFailed | NotStored | StoreAway
"""Why there may be no bytes; kept and shared like them, but for what passes."""
_FAULTS = (Unreadable, WorkshopFailed, NotStored, StoreAway)


class Shares:
    """What was made, by a key that is the same for the same bytes."""

    def __init__(self) -> None:
        self._made: dict[bytes, tuple[float, asyncio.Task[bytes | Fault]]] = {}
        self._background = Background()

    async def close(self) -> None:
        """Stop what is being made."""
        await self._background.close()

    async def get(self, key: bytes, make: Callable[[], Awaitable[bytes]], kept: float = KEPT) -> bytes:
        """The bytes, made now or a while ago; whoever wants the same at once shares them.

        kept: for how many seconds. Raises a Fault if `make` does or did.
        """
        self._clear()
        if key not in self._made:
            loop = asyncio.get_running_loop()
            self._made[key] = loop.time() + kept, self._background.start(_outcome(make), "bytes")
            loop.call_later(kept, self._clear)
        outcome = await asyncio.shield(self._made[key][1])
        if isinstance(outcome, bytes):
            return outcome
        if isinstance(outcome, StoreAway):
            self._made.pop(key, None)
        raise outcome

    def _clear(self) -> None:
        """Let go of what is old, and of the oldest while all is too large; what is being made stays."""
        now = asyncio.get_running_loop().time()
        done = [(key, until, task) for key, (until, task) in self._made.items() if task.done()]
        held = sum(_size(task) for _key, _until, task in done)
        for key, until, task in done:
            if until <= now or held > KEPT_BYTES:
                held -= _size(task)
                del self._made[key]


async def _outcome(make: Callable[[], Awaitable[bytes]]) -> bytes | Fault:
    try:
        return await make()
    except _FAULTS as fault:
        return fault


def _size(task: asyncio.Task[bytes | Fault]) -> int:
    outcome = None if task.cancelled() or task.exception() else task.result()
    return len(outcome) if isinstance(outcome, bytes) else 0
