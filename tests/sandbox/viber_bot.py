"""A bot of a few lines for the stand-in's tests: it hears callbacks and calls methods, and has no rules of its own."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.viber import ViberPhone, ViberServer
from sandbox.wire import Changes

TOKEN = "4453b6ac12345678-e02c5f12174805f9-daec9cbb5448c51f"
SENDER = {"name": "Klasno", "avatar": None}


class Clock:
    """A clock that stands until it is wound."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Bot:
    """Remembers every callback in `heard`; `statuses` are answered first, then 200, with `answers` by event."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.forged = 0
        self.statuses: list[int] = []
        self.answers: dict[str, Any] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.changes = Changes()
        self.server: ViberServer
        self.webhook = ""

    async def start(self, server: ViberServer) -> None:
        self.server = server
        app = web.Application()
        app.router.add_post("/viber", self._hear)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.webhook = f"http://127.0.0.1:{self._runner.addresses[0][1]}/viber"
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        self.open.set()
        await self._session.close()
        await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        raw = await request.read()
        sign = hmac.new(TOKEN.encode(), raw, hashlib.sha256).hexdigest()
        if request.headers["X-Viber-Content-Signature"] != sign:
            self.forged += 1
            return web.Response(status=401)
        body = json.loads(raw)
        self.raw.append(raw)
        self.heard.append(body)
        self.changes.tell()
        await self.open.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        return web.json_response(self.answers.get(body["event"], {}), status=status)

    def events(self, *names: str) -> list[dict[str, Any]]:
        return [body for body in self.heard if body["event"] in names]

    async def post(self, method: str, body: Any, token: str | None = TOKEN) -> tuple[int, str]:
        """Call a method with any body; HTTP status and the answer as text."""
        headers = {} if token is None else {"X-Viber-Auth-Token": token}
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        async with self._session.post(f"{self.server.url}/{method}", data=data, headers=headers) as response:
            return response.status, await response.text()

    async def get(self, url: str) -> tuple[int, str]:
        async with self._session.get(url) as response:
            return response.status, response.content_type

    async def call(self, method: str, body: Any = None, token: str | None = TOKEN) -> dict[str, Any]:
        """Call a method; its verdict, which always comes with HTTP 200."""
        status, text = await self.post(method, body or {}, token)
        assert status == 200
        verdict: dict[str, Any] = json.loads(text)
        return verdict

    async def send(self, to: ViberPhone | str, message: dict[str, Any]) -> dict[str, Any]:
        address = to if isinstance(to, str) else to.address
        return await self.call("send_message", {"sender": SENDER, "receiver": address, **message})

    async def broadcast(self, to: list[str], message: dict[str, Any]) -> dict[str, Any]:
        return await self.call("broadcast_message", {"sender": SENDER, "broadcast_list": to, **message})


def board(*buttons: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A keyboard of these buttons; each that names no ActionBody gets one."""
    return {"Type": "keyboard", "Buttons": [{"ActionBody": "go", **button} for button in buttons], **more}
