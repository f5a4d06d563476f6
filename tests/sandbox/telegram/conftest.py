"""The stand-in, a bot that talks to it, and a parent who has started it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from tests.sandbox.telegram.bot import TOKEN, Clock, client, shut


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[TelegramServer]:
    server = TelegramServer(TOKEN, clock=clock, webhook_retry=0.005)
    server.faults.hold = 1.0
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    bot = client(server)
    yield bot
    await shut(bot)


@pytest.fixture
async def olena(server: TelegramServer) -> TelegramPhone:
    phone = server.person(7, "Олена", last_name="Коваль")
    await phone.opens()
    return phone


@pytest.fixture
async def hasty(server: TelegramServer) -> AsyncIterator[Bot]:
    """A client that waits for 0.2 seconds."""
    bot = client(server, limit=0.2)
    yield bot
    await shut(bot)
