"""Updates on their way to the bot: kept until fetched by getUpdates or taken by the webhook.

As in WebhookActor.cpp and Client.cpp of github.com/tdlib/telegram-bot-api: an order for each chat's messages and
for each person's taps, a retry at once and then after 2, 4, 8 … seconds, a lifetime of 24 hours for messages and
150 seconds for taps, and one poller at a time.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from sandbox.telegram.schema import Refused, bad_request
from sandbox.wire import Changes

Update = dict[str, Any]

LIFETIME = {"callback_query": 150.0, "inline_query": 30.0}
"""Seconds after which an update that nobody took is dropped; DAY for the kinds not named (Client.cpp)."""
DAY = 86_400.0
LONGEST_WAIT = (60.0, 120.0)
"""Between these, by chance, lies the longest wait of the webhook's ladder, seconds (WebhookActor.cpp)."""
LONGEST_RETRY_AFTER = 3_600.0
WEBHOOK_TIMEOUT = 60.0
"""Seconds that a webhook has to answer."""
UNLESS_ASKED = {"chat_member", "message_reaction", "message_reaction_count"}
"""Updates that come only when listed in allowed_updates."""
SECRET_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active;"
    " use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"


@dataclass(eq=False, slots=True)
class Pending:
    """An update that the bot has not confirmed yet; born: seconds by the server's clock."""

    update: Update
    kind: str
    line: Hashable
    born: float
    handed_out: bool = False


@dataclass
class Webhook:
    """What setWebhook was given, and how the last attempt that failed did so."""

    url: str
    secret: str
    connections: int
    free: asyncio.Semaphore
    error: str = ""
    error_at: float = 0.0
    lines: dict[Hashable, deque[Pending]] = field(default_factory=dict)
    workers: set[asyncio.Task[None]] = field(default_factory=set)


class Delivery:
    """The queue of updates, and the two ways out of it.

    clock: seconds since the epoch. second: how long a second of the webhook's retry ladder lasts, in seconds.
    reachable: whether the network is up. changes: told when an update is taken or dropped, a
    long poll begins to wait, or a webhook fails. called: carries out the call that a webhook's answer may hold.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        second: float,
        reachable: Callable[[], bool],
        changes: Changes,
        called: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self.clock = clock
        self.second = second
        self.reachable = reachable
        self.changes = changes
        self.called = called
        self.pending: dict[Pending, None] = {}
        self.last: Update | None = None
        self.dropped: list[Update] = []
        self.next_id = 100_001
        self.allowed: frozenset[str] = frozenset()
        self.webhook: Webhook | None = None
        self._poll: asyncio.Future[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the client that calls webhooks."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=WEBHOOK_TIMEOUT), connector=aiohttp.TCPConnector(limit=0)
        )

    async def stop(self) -> None:
        """Give up deliveries under way and close the client."""
        self._end_poll(None)
        self._end_webhook()
        if self._http is not None:
            await self._http.close()

    def put(self, update: Update) -> Update:
        """Queue an update, with the next update_id unless it brings its own; gives it as it will be sent."""
        if "update_id" not in update:
            update = {"update_id": self.next_id, **update}
            self.next_id += 1
        kind = next((name for name in update if name != "update_id"), "")
        if kind in self.allowed or (not self.allowed and kind not in UNLESS_ASKED):
            pending = Pending(update, kind, _line(kind, update.get(kind)), self.clock())
            self.pending[pending] = None
            self._send_by_webhook(pending)
            if self._poll is not None and not self._poll.done():
                self._poll.set_result(None)
        return update

    def _drop_stale(self) -> None:
        now = self.clock()
        for pending in [old for old in self.pending if now - old.born > LIFETIME.get(old.kind, DAY)]:
            self._drop(pending)

    def _drop(self, pending: Pending) -> None:
        self.pending.pop(pending, None)
        self.dropped.append(pending.update)
        self.changes.tell()

    def forget(self) -> None:
        """Drop all that waits (drop_pending_updates)."""
        self.pending.clear()
        if self.webhook is not None:
            for line in self.webhook.lines.values():
                line.clear()

    # getUpdates

    @property
    def polling(self) -> bool:
        """Whether a long poll is waiting now."""
        return self._poll is not None

    async def poll(self, offset: int, limit: int, wait: float, allowed: list[str] | None) -> list[Update]:
        """What getUpdates answers; wait in seconds. Raises Refused (409) beside a webhook or a newer poller."""
        if self.webhook is not None:
            raise Refused(409, WEBHOOK_ACTIVE)
        self._end_poll(OTHER_POLLER)
        if allowed is not None:
            self.allowed = frozenset(allowed)
        self._confirm(offset)
        self._drop_stale()
        if not self.pending and wait > 0:
            self._poll = mine = asyncio.get_running_loop().create_future()
            self.changes.tell()
            await asyncio.wait({mine}, timeout=wait)
            if self._poll is mine:
                self._poll = None
            if mine.done():
                mine.result()
            self._drop_stale()
        chosen = list(self.pending)[: max(1, min(limit, 100))]
        for pending in chosen:
            pending.handed_out = True
            self.last = pending.update
        return [pending.update for pending in chosen]

    def _confirm(self, offset: int) -> None:
        """Forget what the bot has seen: what lies below the offset, and was handed out, for ids may jump down."""
        if offset < 0:
            seen = list(self.pending)[:offset]
        else:
            seen = [item for item in self.pending if item.handed_out and item.update["update_id"] < offset]
        for pending in seen:
            del self.pending[pending]
        if seen:
            self.changes.tell()

    def _end_poll(self, why: str | None) -> None:
        if self._poll is not None and not self._poll.done():
            if why is None:
                self._poll.set_result(None)
            else:
                self._poll.set_exception(Refused(409, why))
        self._poll = None

    # Webhook

    def set_webhook(self, params: dict[str, Any]) -> str:
        """Set or, with an empty url, delete the webhook; gives Telegram's description of what happened.

        Laxer than Telegram in one thing: plain http and any port are taken, for all is on one machine.
        """
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if url and (not urlsplit(url).hostname or urlsplit(url).scheme not in {"http", "https"}):
            raise bad_request("invalid webhook URL specified")
        if not SECRET_LETTERS.issuperset(secret):
            raise bad_request("secret token contains unallowed characters")
        if params.get("drop_pending_updates"):
            self.forget()
        if "allowed_updates" in params:
            self.allowed = frozenset(params["allowed_updates"])
        was = self.webhook
        if not url:
            self._end_webhook()
            return "Webhook was deleted" if was else "Webhook is already deleted"
        self._end_poll(WEBHOOK_SET)
        self._end_webhook()
        connections = max(1, min(params.get("max_connections", 40), 100))
        self.webhook = Webhook(url, secret, connections, asyncio.Semaphore(connections))
        for pending in self.pending:
            self._send_by_webhook(pending)
        same = was is not None and (was.url, was.secret) == (url, secret)
        return "Webhook is already set" if same else "Webhook was set"

    def webhook_info(self) -> dict[str, Any]:
        """What getWebhookInfo answers."""
        hook = self.webhook
        info: dict[str, Any] = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if hook:
            info["max_connections"] = hook.connections
        if hook and hook.error:
            info |= {"last_error_date": int(hook.error_at), "last_error_message": hook.error}
        if self.allowed:
            info["allowed_updates"] = sorted(self.allowed)
        return info

    def _end_webhook(self) -> None:
        if self.webhook is not None:
            for worker in self.webhook.workers:
                worker.cancel()
        self.webhook = None

    def _send_by_webhook(self, pending: Pending) -> None:
        hook = self.webhook
        if hook is None:
            return
        line = hook.lines.get(pending.line)
        if line is not None:
            line.append(pending)
            return
        hook.lines[pending.line] = deque([pending])
        worker = asyncio.get_running_loop().create_task(self._work(hook, pending.line))
        hook.workers.add(worker)
        worker.add_done_callback(hook.workers.discard)

    async def _work(self, hook: Webhook, name: Hashable) -> None:
        """Deliver one line in its order; an update that fails holds up those behind it."""
        line = hook.lines[name]
        while line:
            pending = line[0]
            wait, longest = 0.0, random.uniform(*LONGEST_WAIT)
            while pending in self.pending:
                if self.clock() - pending.born > LIFETIME.get(pending.kind, DAY):
                    self._drop(pending)
                    break
                asked = await self._post(hook, pending.update)
                if asked is None:
                    self.last = pending.update
                    self.pending.pop(pending, None)
                    self.changes.tell()
                    break
                await asyncio.sleep((asked or wait) * self.second)
                wait = min(max(2.0, wait * 2), longest)
            if line and line[0] is pending:
                line.popleft()
        del hook.lines[name]

    async def _post(self, hook: Webhook, update: Update) -> float | None:
        """One attempt: None when taken, else the seconds that the bot asked to wait, or 0."""
        assert self._http is not None  # noqa: S101 - start() came first
        if not self.reachable():
            return self._failed(hook, "Connection timed out")
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        body = json.dumps(update, ensure_ascii=False).encode()
        try:
            async with hook.free, self._http.post(hook.url, data=body, headers=headers) as response:
                content = await response.read()
                if 200 <= response.status < 300:
                    await self.called(content)
                    return None
                asked = response.headers.get("Retry-After", "")
                self._failed(hook, f"Wrong response from the webhook: {response.status} {response.reason}")
                return min(float(asked), LONGEST_RETRY_AFTER) if asked.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return self._failed(hook, str(error) or type(error).__name__)

    def _failed(self, hook: Webhook, why: str) -> float:
        hook.error, hook.error_at = why, self.clock()
        self.changes.tell()
        return 0.0


def _line(kind: str, about: Any) -> Hashable:
    """The line in which an update keeps its order: a chat's messages, a person's taps, a chat's other events."""
    if not isinstance(about, dict):
        return kind
    owner = about.get("chat") or about.get("from") or {}
    return (
        "message" if kind.endswith("message") else kind,
        owner.get("id") if isinstance(owner, dict) else None,
    )
