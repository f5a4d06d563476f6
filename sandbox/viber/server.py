"""Viber's REST Bot API on loopback, as strict as the real one or stricter, with people who have phones."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from aiohttp import web

from sandbox.wire import ACCEPTED, Call, Changes, Fault, Faults, halved

from . import checks, media, mischief
from . import limits as bounds
from .checks import Refused
from .delivery import Deliveries
from .fetching import Fetching
from .people import User
from .phone import ViberPhone

_SENDING = frozenset({"send_message", "broadcast_message"})
_SHOWING = _SENDING | {"welcome"}
_HOST = "SN-CHAT-05_"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Body = dict[str, Any]


class ViberServer:
    """A stand-in for Viber: `url` for the bot, `person` for the people, `journal` for the judge.

    clock: seconds since the epoch; rates, sessions and the hour of redelivery go by it, waiting is real.
    limits: also enforce the rate of broadcasts. complaints: every keyboard or welcome that a client rejected. notes:
    what is legal but looks like a slip. broadcast_allowed, broadcast_refusal: whether Viber has opened broadcasts to
    this bot, and the status if not (20, or 19 for never approved).
    """

    def __init__(
        self,
        token: str,
        uri: str = "klasno",
        *,
        name: str = "Klasno",
        clock: Callable[[], float] = time.time,
        limits: bool = False,
        faults: Faults | None = None,
        retry_delays: Sequence[float] = bounds.RETRY_DELAYS,
    ) -> None:
        self.token = token
        self.uri = uri
        self.name = name
        self.clock = clock
        self.limits = limits
        self.faults = faults or Faults()
        self.url = ""
        self.journal: list[Call] = []
        self.complaints: list[str] = []
        self.notes: list[str] = []
        self.people: dict[str, ViberPhone] = {}
        self.changes = Changes()
        self.callbacks = Deliveries(token, clock, retry_delays, self.changes)
        self.fetching = Fetching(self.changes, self.complaints)
        self.broadcast_allowed = True
        self.broadcast_refusal: Literal[19, 20] = 20
        self.event_types = list(bounds.OPTIONAL_EVENTS)
        self.send_name = False
        self.send_photo = False
        self.routes: list[web.RouteDef] = []
        self._broadcasts: deque[float] = deque()
        self._media: dict[str, media.Sent] = {}
        self._token = time.time_ns()  # so that message tokens of two runs differ: bots remember them
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[Body], Awaitable[Body]]] = {
            "set_webhook": self._set_webhook,
            "send_message": self._send_message,
            "broadcast_message": self._broadcast_message,
            "get_account_info": self._get_account_info,
            "get_user_details": self._get_user_details,
            "get_online": self._get_online,
        }

    # Running

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one."""
        self._stopping.clear()
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_post("/pa/{method}", self._call)
        app.router.add_get("/media/{key}/{name}", self._get_media)
        app.router.add_routes(self.routes)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.callbacks.open()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/pa"

    async def stop(self) -> None:
        """Stop listening; callbacks on their way are dropped."""
        self._stopping.set()
        await self.fetching.close()
        await self.callbacks.close()
        if self._runner:
            await self._runner.cleanup()

    def person(self, address: str, name: str, language: str = "uk", api_version: int = 10) -> ViberPhone:
        """A phone of someone new, not subscribed yet; their id is `address`. ValueError if it is taken."""
        if address in self.people:
            raise ValueError(f"{address} is taken")
        phone = ViberPhone(self, User(address, name, language, api_version))
        self.people[address] = phone
        return phone

    # For judges and mischief

    def accepted(self, method: str | None = None) -> list[Call]:
        """The calls of a method that Viber took, answered or not; None: all that put something on a phone."""
        return [
            call
            for call in self.journal
            if call.ok and (call.method == method or (not method and _shows(call)))
        ]

    async def settled(self, seconds: float = 5.0) -> None:
        """Wait until every callback has got its HTTP 200, or is lost, and phones have the files that were sent."""
        await self.changes.until(
            lambda: not self.callbacks.pending and not self.fetching.pending,
            seconds,
            "the bot to answer all callbacks and give all files",
        )

    async def redeliver_last(self) -> int:
        """Send the last thing that a person did once more, byte for byte; the bot's HTTP status, 0 for none."""
        if self.callbacks.last is None:
            raise LookupError("nobody has done anything yet")
        status, _ = await self.callbacks.post(self.callbacks.last)
        return status

    async def push(self, body: Body, signature: str | None = None) -> int:
        """Send any body, well signed unless another signature is given; the bot's HTTP status, 0 for none."""
        status, _ = await self.callbacks.post(json.dumps(body, ensure_ascii=False).encode(), signature)
        return status

    def lose_connection(self, seconds: float) -> None:
        """Cut both ways between the bot and Viber for that long."""
        self.callbacks.dark_until = asyncio.get_running_loop().time() + seconds

    # What phones use

    def event(
        self,
        user: User,
        event: str,
        more: Body,
        *,
        token: int | None = None,
        answered: Callable[[bytes], None] | None = None,
    ) -> None:
        """Queue a callback about this person, if the webhook wants such; `token` is a new one unless given."""
        if event in self.event_types or event in bounds.MANDATORY_EVENTS:
            self.callbacks.put(user.id, self._callback(event, token, more), answered)

    def profile(self, user: User) -> Body:
        """What a callback says of a person."""
        return user.profile(self.send_name, self.send_photo)

    def welcome(self, phone: ViberPhone, raw: bytes) -> None:
        """Take the bot's answer to `conversation_started`: a message without receiver, or nothing."""
        body: Body = {}
        answer: Body = {"status": 0, "status_message": "ok"}
        token = self._next_token()
        try:
            body = checks.parse(raw) if raw.lstrip().startswith(b"{") else {}
            if not body:
                return
            checks.message(body, "")
            _fits(phone, body)
        except Refused as refused:
            self.complaints.append(f"{phone.address}: welcome: {refused.message}")
            answer = {"status": refused.status, "status_message": refused.message}
        self._record("welcome", body, answer, None)
        if not answer["status"]:
            phone.gets(body, token)

    def media(self, name: str, data: bytes, mime: str = "") -> str:
        """The URL of something a person sends, alive for an hour."""
        key = str(self._next_token())
        self._media[key] = media.Sent(self.clock() + bounds.MEDIA_SECONDS, name, data, mime)
        return f"{self.url.removesuffix('/pa')}/media/{key}/{quote(name, safe='')}"

    # The wire

    async def _call(self, request: web.Request) -> web.Response:
        method, raw = request.match_info["method"], await request.read()
        fault = self._fault(method)
        if self.faults.delay:
            await self._pause(self.faults.delay)
        if fault is not None and fault not in ACCEPTED:
            params, answer = _readable(raw), Body()
        else:
            params, answer = await self._answer(method, request.headers.get("X-Viber-Auth-Token"), raw)
        self._record(method, params, answer, fault)
        if fault is None:
            return web.json_response(answer)
        if fault in ("timeout", "late"):
            await self._pause(self.faults.hold)
        return mischief.ending(fault, request, answer)

    def _fault(self, method: str) -> Fault | None:
        if asyncio.get_running_loop().time() < self.callbacks.dark_until:
            return "reset"
        if self.faults.offline or method in (self.faults.only or _SENDING):
            return self.faults.next(method)
        return None

    async def _answer(self, method: str, token: str | None, raw: bytes) -> tuple[Body, Body]:
        params: Body = {}
        try:
            if token is None:
                return params, {"status": 2, "status_message": "missing_auth_token"}
            if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self.token.encode()):
                return params, _verdict(2)
            if method not in self._methods:
                raise Refused(3, f"no method {method}")
            params = checks.parse(raw)
            return params, {**_verdict(0), **await self._methods[method](params), "chat_hostname": _HOST}
        except Refused as refused:
            verdict = {"status": refused.status, "status_message": refused.message, "chat_hostname": _HOST}
            return params, verdict

    def _record(self, method: str, params: Body, answer: Body, fault: Fault | None) -> None:
        taken = answer.get("status") == 0
        self.journal.append(Call(method, params, answer, taken, fault, time.monotonic()))
        self.changes.tell()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _get_media(self, request: web.Request) -> web.StreamResponse:
        """What a person has sent; faults touch it as the method "media"."""
        fault = self._fault("media")
        sent = self._media.get(request.match_info["key"])
        there = sent is not None and self.clock() < sent.until
        taken = there and (fault is None or fault in ACCEPTED)
        self._record("media", {}, {"status": 0 if taken else 404}, fault)
        if fault in ("timeout", "late"):
            await self._pause(self.faults.hold)
        if sent is None or not there:
            raise web.HTTPNotFound
        if fault in ("reset_after", "garbage"):
            return await halved(request, sent.data)
        if fault == "429":
            raise web.HTTPTooManyRequests
        if fault is not None and fault != "late":
            return mischief.ending(fault, request, {})
        return web.Response(body=sent.data, content_type=sent.kind())

    # The methods

    async def _set_webhook(self, params: Body) -> Body:
        checks.plain("set_webhook", params)
        kinds = params.get("event_types", list(bounds.OPTIONAL_EVENTS))
        for kind in kinds:
            if kind not in bounds.OPTIONAL_EVENTS:
                raise Refused(3, f"event_types: {kind!r}")
        if not params["url"]:
            self.callbacks.url = ""
            return {"event_types": []}
        if not checks.is_url(params["url"]):
            raise Refused(1, "not a URL")
        address = urlsplit(params["url"])
        if address.scheme != "https" and address.hostname not in _LOOPBACK:
            raise Refused(1, "https is required")
        check = json.dumps(self._callback("webhook", None, {})).encode()
        status, _ = await self.callbacks.post(check, url=params["url"])
        if status != 200:
            raise Refused(1, f"the webhook answered HTTP {status or 'nothing'}")
        self.callbacks.url = params["url"]
        self.event_types = list(kinds)
        self.send_name = params.get("send_name", False)
        self.send_photo = params.get("send_photo", False)
        return {"event_types": self.event_types}

    async def _send_message(self, params: Body) -> Body:
        checks.message(params, "receiver")
        phone = self._reachable(params["receiver"])
        _fits(phone, params)
        now = self.clock()
        if not phone.user.one_more(now):
            raise Refused(12, "maximum messages from Public Account to Viber user without reply exceeded")
        token = self._next_token()
        phone.gets({key: value for key, value in params.items() if key != "receiver"}, token)
        return {"message_token": token, "billing_status": phone.user.billing(now)}

    async def _broadcast_message(self, params: Body) -> Body:
        now = self.clock()
        if self.limits:
            self._count_broadcast(now)
        if not self.broadcast_allowed:
            raise Refused(self.broadcast_refusal)
        checks.message(params, "broadcast_list")
        token, failed, billing = self._next_token(), [], 1
        message = {key: value for key, value in params.items() if key != "broadcast_list"}
        for receiver in params["broadcast_list"]:
            try:
                phone = self._reachable(receiver)
                _fits(phone, message)
            except Refused as refused:
                failed.append(
                    {"receiver": receiver, "status": refused.status, "status_message": refused.message}
                )
                continue
            billing = max(billing, phone.user.billing(now))
            phone.gets(phone.user.fill_in(message), token)
        return {"message_token": token, "billing_status": billing, "failed_list": failed}

    def _count_broadcast(self, now: float) -> None:
        while self._broadcasts and now - self._broadcasts[0] >= bounds.BROADCASTS_SECONDS:
            self._broadcasts.popleft()
        if len(self._broadcasts) >= bounds.BROADCASTS:
            raise Refused(12, f"{bounds.BROADCASTS} broadcasts in {bounds.BROADCASTS_SECONDS} s")
        self._broadcasts.append(now)

    def _reachable(self, receiver: str) -> ViberPhone:
        if not self.callbacks.url:
            raise Refused(10)
        phone = self.people.get(receiver)
        if phone is None:
            raise Refused(5)
        if not phone.user.subscribed:
            raise Refused(6)
        return phone

    async def _get_account_info(self, params: Body) -> Body:
        checks.plain("get_account_info", params)
        return {
            "id": f"pa:{int.from_bytes(self.uri.encode()[:7], 'big')}",
            "name": self.name,
            "uri": self.uri,
            "icon": "",
            "background": "",
            "category": "Education",
            "subcategory": "School",
            "location": {"lat": 50.4501, "lon": 30.5234},
            "country": "UA",
            "webhook": self.callbacks.url,
            "event_types": self.event_types,
            "subscribers_count": sum(phone.user.subscribed for phone in self.people.values()),
            "members": [{"id": "admin=", "name": "Admin", "avatar": "", "role": "admin"}],
        }

    async def _get_user_details(self, params: Body) -> Body:
        checks.plain("get_user_details", params)
        user = self._reachable(params["id"]).user
        if not user.one_more_look(self.clock()):
            raise Refused(12, f"{bounds.DETAILS} per user in 12 hours")
        device = {
            "primary_device_os": "android 14",
            "viber_version": "24.5.0",
            "mcc": 255,
            "mnc": 1,
            "device_type": "SM-A546B",
        }
        return {"message_token": self._next_token(), "user": {**self.profile(user), **device}}

    async def _get_online(self, params: Body) -> Body:
        checks.plain("get_online", params)
        return {"users": [self._presence(one) for one in params["ids"]]}

    def _presence(self, address: str) -> Body:
        phone = self.people.get(address)
        status, words = (
            (4, "unavailable") if phone is None else (1, "offline") if phone.offline else (0, "online")
        )
        return {"id": address, "online_status": status, "online_status_message": words}

    # Small things

    def _callback(self, event: str, token: int | None, more: Body) -> Body:
        return {
            "event": event,
            "timestamp": int(self.clock() * 1000),
            "chat_hostname": _HOST,
            "message_token": self._next_token() if token is None else token,
            **more,
        }

    def _next_token(self) -> int:
        self._token += 1
        return self._token


def _verdict(status: int) -> Body:
    return {"status": status, "status_message": bounds.STATUS[status]}


def _shows(call: Call) -> bool:
    return call.method in _SHOWING


def _fits(phone: ViberPhone, message: Body) -> None:
    if message.get("min_api_version", 1) > phone.user.api_version:
        raise Refused(13, f"the receiver's client has API version {phone.user.api_version}")


def _readable(raw: bytes) -> Body:
    """The parameters of a call that was never taken, for the record; {} if they cannot be read."""
    try:
        return checks.parse(raw)
    except Refused:
        return {}
