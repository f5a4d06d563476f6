"""A bot's end of the wire: aiogram's client, a bare call, and a web server for updates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)
from aiohttp import web

from sandbox.telegram.server import TelegramServer

TOKEN = "123456:test"
JSON = dict[str, Any]


@dataclass
class Clock:
    """A clock that goes only when it is told to."""

    time: float = 1_790_000_000.0

    def __call__(self) -> float:
        return self.time


def client(server: TelegramServer, token: str = TOKEN, limit: float = 5.0) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(server.url), timeout=limit))


async def shut(bot: Bot) -> None:
    """Close the client's connections at once (Bot.session.close waits for TLS, which is not there)."""
    assert isinstance(bot.session, AiohttpSession)
    if bot.session._session is not None:
        await bot.session._session.close()


async def post(server: TelegramServer, method: str, body: JSON, token: str = TOKEN) -> tuple[int, JSON]:
    """A bare call with a JSON body: the HTTP status and the answer."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/bot{token}/{method}", json=body) as response,
    ):
        return response.status, await response.json()


def keys(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=text, callback_data=data) for text, data in row] for row in rows
        ]
    )


async def updates(bot: Bot, offset: int | None = None) -> list[Any]:
    return [update.model_dump(exclude_none=True) for update in await bot.get_updates(offset=offset)]


@dataclass
class Hook:
    """A bot's web server: what it got, and what it answers next (200 when nothing is ordered)."""

    url: str = ""
    got: list[JSON] = field(default_factory=list)
    tries: list[int] = field(default_factory=list)
    headers: list[str | None] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    fails: Callable[[JSON], bool] = lambda update: False

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.headers.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.tries.append(update["update_id"])
        status = self.answers.pop(0) if self.answers else 500 if self.fails(update) else 200
        if status == 200:
            self.got.append(update)
        return web.Response(status=status)


@asynccontextmanager
async def webhook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()
