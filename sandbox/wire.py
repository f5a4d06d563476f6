"""What both stand-ins share: the record of calls, the faults that can be ordered, the clock, and waiting."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aiohttp import web

Fault = Literal["429", "500", "502", "timeout", "late", "refused", "reset", "reset_after", "garbage"]
"""How a call can go wrong.

429: refused with a time to wait. 500: a JSON error. 502: a proxy's HTML page. timeout: never accepted, no
answer. late: accepted, answered after the caller gave up. refused/reset: the connection is cut before the call
is accepted. reset_after: accepted, then cut without an answer. garbage: accepted, answered with broken JSON.
"""
ACCEPTED: frozenset[Fault] = frozenset({"late", "reset_after", "garbage"})
"""Faults after which the messenger has taken the message although the caller cannot know it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a stand-in: what was asked, what was answered, and when (seconds, monotonic)."""

    method: str
    params: dict[str, Any]
    answer: dict[str, Any]
    ok: bool
    fault: Fault | None
    at: float


@dataclass
class Faults:
    """The mischief that is ordered: a queue of single faults, a rate for all calls, and being offline.

    only: method names that faults may touch; empty means every method that sends.
    hold: seconds that "timeout" and "late" keep the caller waiting.
    """

    seed: int = 1
    rate: float = 0.0
    kinds: tuple[Fault, ...] = ("429", "500", "502", "timeout", "late", "reset", "reset_after", "garbage")
    retry_after: int = 1
    hold: float = 30.0
    delay: float = 0.0
    only: frozenset[str] = frozenset()
    offline: bool = False
    slow_until: float = 0.0
    queue: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def next(self, method: str) -> Fault | None:
        """The fault that this call meets, or None."""
        if self.offline:
            return "reset"
        if self.only and method not in self.only:
            return None
        if time.monotonic() < self.slow_until:
            return "429"
        if self.queue:
            return self.queue.pop(0)
        if self.rate and self._dice.random() < self.rate:
            return self._dice.choice(self.kinds)
        return None

    def too_many_for(self, seconds: float) -> None:
        """Answer every sending call with 429 for that long."""
        self.slow_until = time.monotonic() + seconds


class Changes:
    """Something that people wait on: counts changes and wakes all who wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Something changed."""
        self.count += 1
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    @contextmanager
    def _ticket(self) -> Iterator[asyncio.Future[None]]:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            yield waiter
        finally:
            self._waiting.discard(waiter)

    async def until(self, true: Callable[[], bool], seconds: float = 5.0, what: str = "it") -> None:
        """Wait until `true()` holds, looking again at each change; TimeoutError names `what` otherwise."""
        end = asyncio.get_running_loop().time() + seconds
        while not true():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise TimeoutError(f"waited {seconds} s for {what}")
            with self._ticket() as waiter:
                await asyncio.wait({waiter}, timeout=left)


class Phone(Protocol):
    """A person's phone as the page and the tests see it, the same for both messengers."""

    platform: str
    """"telegram" or "viber"."""
    address: str
    """The id under which the messenger's server knows this person."""
    name: str
    language: str
    changes: Changes

    @property
    def blocked(self) -> bool:
        """Whether this person has blocked the bot (Telegram) or unsubscribed from it (Viber)."""

    def view(self) -> dict[str, Any]:
        """What the screen shows, as JSON for the page.

        {"platform", "address", "name", "blocked", "started": bool, "messages": [message…],
         "keyboard": [[key…]…] | None, "commands": [{"command", "description"}…], "toast": str | None}

        message: {"id", "mine": bool, "kind": "text"|"photo"|"video"|"voice"|"sticker"|"document"|"service",
          "text", "spans": [{"type": "bold"|"italic"|"strikethrough"|"code", "offset", "length"}…] in UTF-16
          units, "edited": bool, "at": seconds since the epoch, "keys": [[key…]…], "file": {"name", "size"} | None,
          "group": str | None, "reply": {"kind", "text"} | None, "seconds": int | None}
        file: of a photo, video, voice message or document, once the phone has it; `file` gives its bytes.
        group: the same for all of an album, whose messages follow one another. reply: the message that is answered.
        seconds: how long a video or voice message lasts.
        key: {"label", "token", "columns": 1-6, "rows": 1-2, "colour": "#rrggbb" | None, "url": str | None,
          "style": str | None, "inert": bool}; `token` is what `presses` takes, unique on this phone.
        """

    def file(self, message: int) -> tuple[str, bytes]:
        """Name and bytes of the file of this message; LookupError if there is none."""

    async def opens(self, payload: str = "") -> None:
        """Open the bot by its link (with an invitation's payload), and press start where there is such a button."""

    async def says(
        self, text: str, entities: Sequence[Mapping[str, Any]] = (), reply_to: int | None = None
    ) -> None:
        """Type a text and send it.

        entities: its styles, as Telegram's MessageEntity. reply_to: the message that is answered; LookupError if
        that is gone.
        """

    async def forwards(self, text: str) -> None:
        """Send on what somebody else wrote elsewhere."""

    async def presses(self, key: str) -> None:
        """Press the key with that token; failing that, the newest visible key with that label; else LookupError."""

    async def sends(
        self, kind: Literal["photo", "voice", "sticker", "document", "forward"], text: str = ""
    ) -> None:
        """Send a small one of that kind, of the phone's own; `text` is its caption (or the forwarded text)."""

    async def sends_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> None:
        """Send a photo, with words under it."""

    async def sends_video(self, data: bytes, caption: str = "", duration: int = 10) -> None:
        """Send a video (MP4) of so many seconds, with words under it or, where that cannot be, after it."""

    async def sends_voice(self, data: bytes, duration: int = 4) -> None:
        """Send a voice message of so many seconds."""

    async def sends_album(self, items: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Send 2 to 10 photos and videos at once, by name and bytes, the words under the first.

        A name that ends in .mp4 or .mov is a video's. ValueError for fewer or more.
        """

    async def sends_file(self, name: str, data: bytes, mime: str = "") -> None:
        """Send a file of that name; mime: what sort of file the phone takes it for, by its name unless given."""

    async def blocks(self) -> None:
        """Block the bot, or unsubscribe from it."""

    async def unblocks(self) -> None:
        """Let the bot in again."""


def is_video(name: str) -> bool:
    """Whether that is the name of a video, among photos and videos."""
    return name.lower().endswith((".mp4", ".mov"))


async def halved(request: web.Request, data: bytes) -> web.StreamResponse:
    """A file whose sending breaks off in the middle."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await answer.prepare(request)
    await answer.write(data[: len(data) // 2])
    if request.transport is not None:
        request.transport.abort()
    return answer


def free_port() -> int:
    """A port of the loopback that nobody listens on, and that the system gives to no outgoing connection either.

    Below 32768, where Linux's ephemeral ports begin: https://docs.kernel.org/networking/ip-sysctl.html.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
