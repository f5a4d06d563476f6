"""Viber's stand-in and the real adapter, joined over HTTP as in the demo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, settings

from bot.core.clock import Clock
from bot.core.events import Event, Receipt
from bot.core.outbox import Parcel
from bot.core.turn import Outcome
from bot.viber.platform import WEBHOOK, Viber
from sandbox.viber import ViberServer

TOKEN = "5f0c1d2e3a4b5c6d-7e8f90a1b2c3d4e5-f60718293a4b5c6d"

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a machine with other work on it is no failure."""


def parcel(words: dict[str, Any], to: str = "olena=", *, id_: int = 12, unsure: bool = False) -> Parcel:
    """A letter in the sender's hands."""
    return Parcel(id_, 1, to, 0, words, unsure=unsure)


def words(text: str = "Яка причина?", title: str = "", rows: Any = ()) -> dict[str, Any]:
    """What a letter holds."""
    return {"title": title, "text": text, "rows": [list(row) for row in rows]}


@dataclass
class School:
    """The rest of the bot, reduced to what it heard; `answer` is what a turn would do."""

    viber: Viber
    server: ViberServer
    url: str = ""
    heard: list[Event] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    answer: Callable[[Event], Awaitable[Outcome]] | None = None

    async def handle(self, event: Event) -> Outcome:
        outcome = await self.answer(event) if self.answer else Outcome("turn")
        self.heard.append(event)
        return outcome

    async def receive(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)


@pytest.fixture
async def server() -> AsyncIterator[ViberServer]:
    server = ViberServer(TOKEN, retry_delays=(0.01, 0.02))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def school(server: ViberServer) -> AsyncIterator[School]:
    viber = Viber(TOKEN, server.url, Clock())
    school = School(viber, server)

    async def hear(request: web.Request) -> web.Response:
        return await viber.webhook(request, school.handle, school.receive)

    app = web.Application()
    app.router.add_post(WEBHOOK, hear)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    school.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await viber.open()
    await viber.set_up(school.url)
    yield school
    await viber.close()
    await runner.cleanup()
