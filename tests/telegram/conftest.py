"""Telegram's stand-in and the real adapter, joined over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core.clock import Clock
from bot.core.outbox import Parcel
from bot.telegram.platform import Telegram
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone

TOKEN = "710000001:telegram-token-of-nobody-at-all-0"


def parcel(letter: dict[str, Any], to: str = "7", *, over: str | None = None, unsure: bool = False) -> Parcel:
    """A letter in the sender's hands."""
    return Parcel(12, 1, to, 0, letter, over_id=11 if over else None, over=over, unsure=unsure)


def words(text: str = "Яка причина?", title: str = "", rows: Any = ()) -> dict[str, Any]:
    """What a letter holds."""
    return {"title": title, "text": text, "rows": [list(row) for row in rows]}


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    server = TelegramServer(TOKEN)
    server.faults.hold = 0.5
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def telegram(server: TelegramServer) -> AsyncIterator[Telegram]:
    telegram = Telegram(TOKEN, server.url, Clock())
    yield telegram
    await telegram.close()


@pytest.fixture
def olena(server: TelegramServer) -> TelegramPhone:
    """A parent who has started the bot."""
    return server.person(7, "Олена", started=True)
