"""A stand-in for Telegram's Bot API server, strict and at wire level, with people who use the bot.

It knows private chats only. What it refuses beyond Telegram, and what it takes that Telegram would not, is said in
the docstrings of schema.py, keyboards.py and delivery.py.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.telegram import control, messages, profile, schema
from sandbox.telegram.delivery import Delivery, Update
from sandbox.telegram.files import UPLOAD_BYTES, Files
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.rates import Rates
from sandbox.telegram.schema import Params, Refused, Upload, bad_request
from sandbox.wire import ACCEPTED, Call, Changes, Fault, Faults, halved

LONGEST_POLL = 50
"""Seconds that getUpdates waits at most (Client.h, LONG_POLL_MAX_TIMEOUT)."""
NEVER_TAKEN: frozenset[Fault] = frozenset({"429", "500", "502", "timeout", "refused", "reset"})

METHODS: dict[str, Callable[[TelegramServer, Params], Any]] = {
    "sendMessage": messages.send_message,
    "sendPhoto": messages.send_photo,
    "sendDocument": messages.send_document,
    "sendVoice": messages.send_voice,
    "sendVideo": messages.send_video,
    "sendMediaGroup": messages.send_media_group,
    "sendChatAction": messages.send_chat_action,
    "copyMessage": messages.copy_message,
    "forwardMessage": messages.forward_message,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "setMessageReaction": messages.set_message_reaction,
    "pinChatMessage": messages.pin_chat_message,
    "unpinChatMessage": messages.unpin_chat_message,
    "answerCallbackQuery": messages.answer_callback_query,
    "setMyCommands": profile.set_my_commands,
    "getMyCommands": profile.get_my_commands,
    "deleteMyCommands": profile.delete_my_commands,
    "setMyName": profile.set_my_name,
    "getMyName": profile.get_my_name,
    "setMyDescription": profile.set_my_description,
    "getMyDescription": profile.get_my_description,
    "setMyShortDescription": profile.set_my_short_description,
    "getMyShortDescription": profile.get_my_short_description,
    "setChatMenuButton": profile.set_chat_menu_button,
    "getChatMenuButton": profile.get_chat_menu_button,
    "getMe": lambda server, p: server.me,
    "getFile": lambda server, p: server.files.asked(p["file_id"]),
    "getWebhookInfo": lambda server, p: server.delivery.webhook_info(),
    "getChat": lambda server, p: server.chat_info(p["chat_id"]),
}
"""What each method does, but for getUpdates, setWebhook and deleteWebhook."""

SENDING = frozenset(
    name
    for name in METHODS
    if name.startswith(("send", "edit", "copy", "forward")) and name != "sendChatAction"
)
"""Methods that put or change messages: they count for the rates, and faults touch them unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap that waits to be answered; born: seconds by the server's clock."""

    phone: TelegramPhone | None
    born: float


class TelegramServer:
    """One bot's Bot API server on the loopback interface.

    token: the bot's, "123456:letters". clock: seconds since the epoch. limits: whether to keep Telegram's rates.
    webhook_retry: how long a second of the webhook's retry ladder lasts, in seconds. journal_size: calls kept.
    """

    files: Files
    profile: profile.Profile
    delivery: Delivery
    rates: Rates

    def __init__(
        self,
        token: str,
        username: str = "klasno_bot",
        *,
        clock: Callable[[], float] = time.time,
        limits: bool = False,
        faults: Faults | None = None,
        webhook_retry: float = 0.02,
        journal_size: int = 200_000,
    ) -> None:
        self.token = token
        self.clock = clock
        self.limits = limits
        self.faults = faults or Faults()
        self.journal_size = journal_size
        self.changes = Changes()
        self.me: dict[str, Any] = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Класно",
            "username": username,
        }
        self.url = ""
        self._dark_until = 0.0
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._webhook_retry = webhook_retry
        self.reset()

    def reset(self) -> None:
        """Forget all people, messages, updates and calls."""
        self.people: dict[int, TelegramPhone] = {}
        self.files = Files()
        self.profile = profile.Profile()
        self.rates = Rates(self.clock)
        self.taps: dict[str, Tap] = {}
        self.journal: list[Call] = []
        self.counts: Counter[str] = Counter()
        """Accepted calls by method; unlike the journal it forgets nothing."""
        self.too_many = 0
        """Calls refused because they came too fast (with limits=True)."""
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(4_382_000_000_000_001)
        self.delivery = Delivery(
            self.clock, self._webhook_retry, self._reachable, self.changes, self._called_in_answer
        )

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; `url` then tells where."""
        app = web.Application(client_max_size=UPLOAD_BYTES + 2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        await self.delivery.start()

    async def stop(self) -> None:
        """Answer what waits, close everything."""
        self._stopping.set()
        await self.delivery.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    # For tests and the demo

    def person(
        self,
        id: int,
        name: str,
        language: str | None = "uk",
        last_name: str = "",
        *,
        started: bool = False,
    ) -> TelegramPhone:
        """A person with a phone; the bot cannot write to them before they open it, unless `started`."""
        phone = TelegramPhone(self, id, name, language, last_name)
        phone.started = started
        self.people[id] = phone
        return phone

    def accepted(self, method: str | None = None) -> list[Call]:
        """The calls that Telegram carried out, even if the caller could not know it (see `Call.fault`)."""
        return [call for call in self.journal if call.ok and method in (None, call.method)]

    def push(self, update: Update) -> Update:
        """Send any update to the bot; `update_id` is given to it unless it has one. Gives it as it will be sent."""
        query = update.get("callback_query")
        if isinstance(query, dict) and "id" in query:
            sender = query.get("from")
            phone = self.people.get(sender.get("id", 0)) if isinstance(sender, dict) else None
            self.taps[query["id"]] = Tap(phone, self.clock())
        return self.delivery.put(update)

    def redeliver_last(self) -> None:
        """Send again, under the same update_id, the update that the bot got last; LookupError if there is none."""
        if self.delivery.last is None:
            raise LookupError("the bot has not got any update yet")
        self.push(self.delivery.last)

    def lose_connection(self, seconds: float) -> None:
        """Cut all connections, and let none through either way for that long."""
        self._dark_until = time.monotonic() + seconds
        server = self._runner.server if self._runner else None
        for connection in list(server.connections) if server else []:
            if connection.transport is not None:
                connection.transport.abort()

    async def until_delivered(self, seconds: float = 5.0) -> None:
        """Wait until the bot has taken every update: the webhook with a 2xx, a poller by the next offset."""
        await self.changes.until(lambda: not self.delivery.pending, seconds, "all updates to be taken")

    def _reachable(self) -> bool:
        return not self.faults.offline and time.monotonic() >= self._dark_until

    # For the methods

    def now(self) -> int:
        """The server's time as dates of messages have it."""
        return int(self.clock())

    def next_message_id(self) -> int:
        return next(self._message_ids)

    def next_query_id(self) -> str:
        return str(next(self._query_ids))

    def chat(self, chat_id: int | str) -> TelegramPhone:
        """The private chat with that id; refused as Telegram does where the person never started it."""
        if chat_id == "":
            raise bad_request("chat_id is empty")
        phone = self.people.get(chat_id) if isinstance(chat_id, int) else None
        if phone is None or not phone.started:
            raise bad_request("chat not found")
        return phone

    def chat_info(self, chat_id: int | str) -> dict[str, Any]:
        """The answer to getChat."""
        gifts = (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        )
        return {
            **self.chat(chat_id).chat,
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, True),
        }

    # HTTP

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        head, _, rest = request.path.lstrip("/").partition("/")
        if head == "control":
            return await control.handle(self, request, rest)
        if not self._reachable():
            return _cut(request)
        if head == "file":
            token, _, path = rest.partition("/")
            return await self._download(request, token, path)
        if head != f"bot{self.token}":
            return _answer(Refused(401, "Unauthorized"))
        method = schema.NAMES.get(rest.lower())
        if method is None:
            return _answer(Refused(404, "Not Found: method not found"))
        try:
            raw, uploads = await _parameters(request)
        except web.HTTPRequestEntityTooLarge:
            return _answer(Refused(413, "Request Entity Too Large"))
        except ValueError:
            return _answer(bad_request("can't parse the request's body"))
        return await self._call(request, method, raw, uploads)

    async def _called_in_answer(self, body: bytes) -> None:
        """Carry out the call that a webhook's answer may hold, as JSON; what comes of it the bot is not told."""
        try:
            call = json.loads(body)
        except ValueError:
            return
        method = schema.NAMES.get(str(call.pop("method", "")).lower()) if isinstance(call, dict) else None
        if method is not None:
            await self._perform(method, call, {}, None)

    async def _download(self, request: web.Request, token: str, path: str) -> web.StreamResponse:
        """A file that getFile has told the path of; faults touch it as the method "file"."""
        fault = self.faults.next("file") if "file" in self.faults.only else None
        if fault in NEVER_TAKEN:
            return await self._fail(request, "file", {}, fault)
        stored = self.files.by_path.get(path)
        if token != f"bot{self.token}" or stored is None or stored.data is None:
            return _answer(Refused(404, "Not Found"))
        self._record(Call("file", {}, {"ok": True}, True, fault, time.monotonic()))
        if fault == "late":
            await self._hold()
        elif fault is not None:
            return await halved(request, stored.data)
        return web.Response(body=stored.data, content_type="application/octet-stream")

    async def _call(
        self, request: web.Request, method: str, raw: dict[str, Any], uploads: dict[str, Upload]
    ) -> web.Response:
        """One call, with the fault that it meets."""
        if self.faults.delay:
            await asyncio.sleep(self.faults.delay)
        fault = self.faults.next(method) if method in SENDING or method in self.faults.only else None
        if fault in NEVER_TAKEN:
            return await self._fail(request, method, raw, fault)
        reply = await self._perform(method, raw, uploads, fault if fault in ACCEPTED else None)
        if fault == "late":
            await self._hold()
        elif fault == "reset_after":
            return _cut(request)
        elif fault == "garbage":
            return web.Response(text='{"ok":true,"result":{"mess', content_type="application/json")
        return reply

    async def _perform(
        self, method: str, raw: dict[str, Any], uploads: dict[str, Upload], fault: Fault | None
    ) -> web.Response:
        params: dict[str, Any] = raw
        try:
            params = read = schema.read(method, raw, uploads)
            answer: dict[str, Any] = {"ok": True, "result": await self._do(method, read)}
        except Refused as refused:
            self._record(Call(method, params, _body(refused), False, fault, time.monotonic()))
            return _answer(refused)
        if method in {"setWebhook", "deleteWebhook"}:
            answer = {"ok": True, "result": True, "description": answer["result"]}
        if method != "getUpdates":
            self._record(Call(method, params, answer, True, fault, time.monotonic()))
        return _json(200, answer)

    async def _do(self, method: str, p: Params) -> Any:
        if method == "getUpdates":
            timeout = min(max(p.get("timeout", 0), 0), LONGEST_POLL)
            return await self.delivery.poll(
                p.get("offset", 0), p.get("limit", 100), timeout, p.get("allowed_updates")
            )
        if method == "setWebhook":
            return self.delivery.set_webhook(p)
        if method == "deleteWebhook":
            return self.delivery.set_webhook({**p, "url": ""})
        if self.limits and method in SENDING and "chat_id" in p:
            wait = self.rates.take(p["chat_id"], len(p.get("media", [1])))
            if wait:
                self.too_many += 1
                raise _too_many(wait)
        return METHODS[method](self, p)

    async def _fail(
        self, request: web.Request, method: str, raw: dict[str, Any], fault: Fault | None
    ) -> web.Response:
        """A call that is never taken."""
        refused = None
        if fault == "429":
            slow = math.ceil(self.faults.slow_until - time.monotonic())
            refused = _too_many(slow if slow > 0 else self.faults.retry_after)
        elif fault == "500":
            refused = Refused(500, "Internal Server Error")
        self._record(Call(method, raw, _body(refused) if refused else {}, False, fault, time.monotonic()))
        if refused:
            return _answer(refused)
        if fault == "502":
            page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        if fault == "timeout":
            await self._hold()
        return _cut(request)

    async def _hold(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), self.faults.hold)
        except TimeoutError:
            return

    def _record(self, call: Call) -> None:
        self.journal.append(call)
        if len(self.journal) > self.journal_size:
            del self.journal[: max(1, self.journal_size // 10)]
        if call.ok:
            self.counts[call.method] += 1
        self.changes.tell()


def _too_many(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


async def _parameters(request: web.Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """A call's parameters as they came, and its files. Raises ValueError for a body that cannot be read."""
    raw: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = json.loads(await request.read() or b"{}")
        if not isinstance(body, dict):
            raise ValueError("an object is expected")
        raw.update(body)
    elif request.content_type == "multipart/form-data":
        for name, part in (await request.post()).items():
            if isinstance(part, web.FileField):
                uploads[name] = Upload(part.filename, part.content_type, part.file.read())
                if name in {"photo", "document", "voice", "video", "thumbnail", "certificate"}:
                    raw[name] = f"attach://{name}"
            else:
                raw[name] = part
    elif request.can_read_body:
        raw.update(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    return raw, uploads


def _body(refused: Refused) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return body


def _answer(refused: Refused) -> web.Response:
    return _json(refused.code, _body(refused))


def _json(status: int, body: dict[str, Any]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, body=text.encode("utf-8", "replace"), content_type="application/json")


def _cut(request: web.Request) -> web.Response:
    """Reset the TCP connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
