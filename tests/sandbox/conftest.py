"""Viber's stand-in, a bot that talks to it, and a parent who has written to it; Telegram's are beside its tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.viber import ViberPhone, ViberServer

from .viber_bot import TOKEN, Bot, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[ViberServer]:
    server = ViberServer(TOKEN, clock=clock, retry_delays=(0.01, 0.02))
    server.faults.hold = 0.2
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bot(server: ViberServer) -> AsyncIterator[Bot]:
    bot = Bot()
    await bot.start(server)
    verdict = await bot.call("set_webhook", {"url": bot.webhook, "send_name": True})
    assert verdict["status"] == 0
    yield bot
    await bot.stop()


@pytest.fixture
async def olena(server: ViberServer, bot: Bot) -> ViberPhone:
    """A parent who has written to the bot once."""
    phone = server.person("olena=", "Олена")
    await phone.says("Добрий день")
    await server.settled()
    return phone
