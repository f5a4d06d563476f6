"""Callbacks to the bot's webhook: signed, in order for each person, tried again for an hour."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.wire import Changes

from . import limits

_AT_ONCE = 50
"""Callbacks under way at one moment; the waiting for a turn does not count against the bot's five seconds."""


@dataclass(slots=True)
class Callback:
    """One event for the bot; `answered` takes the body of the answer that came with HTTP 200."""

    body: dict[str, Any]
    raw: bytes
    born: float
    answered: Callable[[bytes], None] | None


class Deliveries:
    """The way out to one webhook.

    url: the webhook, "" for none: then callbacks are dropped. lost: events given up after an hour. failures: tries
    that got no HTTP 200. last: the last thing a person did, as it went over the wire.
    """

    def __init__(
        self, token: str, clock: Callable[[], float], retry_delays: Sequence[float], changes: Changes
    ) -> None:
        self.url = ""
        self.answer_seconds = limits.ANSWER_SECONDS
        self.dark_until = 0.0
        self.lost: list[dict[str, Any]] = []
        self.failures = 0
        self.last: bytes | None = None
        self._key = token.encode()
        self._clock = clock
        self._retry_delays = tuple(retry_delays)
        self._changes = changes
        self._queues: dict[str, deque[Callback]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._turn = asyncio.Semaphore(_AT_ONCE)

    def open(self) -> None:
        """Begin; inside a running loop."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Drop what is on its way and close."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._queues.clear()
        if self._session:
            await self._session.close()

    @property
    def pending(self) -> int:
        """Callbacks that have not got their HTTP 200 yet."""
        return sum(map(len, self._queues.values()))

    def sign(self, raw: bytes) -> str:
        """The X-Viber-Content-Signature of a body."""
        return hmac.new(self._key, raw, hashlib.sha256).hexdigest()

    def put(self, who: str, body: dict[str, Any], answered: Callable[[bytes], None] | None = None) -> None:
        """Queue an event behind the others of the same person."""
        if not self.url:
            return
        raw = json.dumps(body, ensure_ascii=False).encode()
        if body["event"] not in ("delivered", "seen", "failed"):
            self.last = raw
        queue = self._queues.setdefault(who, deque())
        queue.append(Callback(body, raw, self._clock(), answered))
        if len(queue) == 1:
            worker = asyncio.get_running_loop().create_task(self._work(who, queue))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self, who: str, queue: deque[Callback]) -> None:
        while queue:
            await self._deliver(queue[0])
            queue.popleft()
            if not queue:
                del self._queues[who]
            self._changes.tell()

    async def _deliver(self, callback: Callback) -> None:
        tries = 0
        while self.url:
            status, answer = await self.post(callback.raw)
            if status == 200:
                if callback.answered:
                    callback.answered(answer)
                return
            self.failures += 1
            self._changes.tell()
            if not self._retry_delays or self._clock() - callback.born >= limits.RETRY_SECONDS:
                self.lost.append(callback.body)
                return
            await asyncio.sleep(self._retry_delays[min(tries, len(self._retry_delays) - 1)])
            tries += 1

    async def post(
        self, raw: bytes, signature: str | None = None, url: str | None = None
    ) -> tuple[int, bytes]:
        """POST a body to the webhook: HTTP status and answer; status 0 if none came in time."""
        if self._session is None:
            raise RuntimeError("the stand-in is not started")
        if asyncio.get_running_loop().time() < self.dark_until:
            return 0, b""
        headers = {"Content-Type": "application/json", "User-Agent": "ViberBot-StandIn"}
        headers["X-Viber-Content-Signature"] = self.sign(raw) if signature is None else signature
        async with self._turn:
            try:
                async with self._session.post(
                    url or self.url,
                    data=raw,
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(total=self.answer_seconds),
                    allow_redirects=False,
                ) as response:
                    return response.status, await response.read()
            except (aiohttp.ClientError, TimeoutError):
                return 0, b""
