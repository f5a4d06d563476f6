"""How long a tap takes: from the moment that the update is sent until the stand-in has accepted the visible answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import ours, peers
from benchmarks.stage import Bot, stand_in
from sandbox.telegram.phone import TelegramPhone

BOTS = ("ours", "F", "factories")


async def home(bot: Bot) -> TelegramPhone:
    """A new parent who has opened the bot and sees home."""
    phone = bot.parent()
    await phone.opens()
    await phone.changes.until(lambda: bool(phone.labels), 20, f"home of {bot.name}")
    return phone


async def tap(phone: TelegramPhone, row: int = 0, column: int = 0) -> float:
    """Press a key of the newest message, and wait until its message has been changed; returns the seconds."""
    shown = next(one for one in reversed(phone.shown.values()) if not one.mine)
    edits = shown.edits
    token = f"{shown.message['message_id']}.{edits}.{row}.{column}"
    begun = time.perf_counter()
    await phone.presses(token)
    while shown.edits == edits:
        await phone.changes.until(lambda: shown.edits > edits, 20, "the answer")
    return time.perf_counter() - begun


async def report(phone: TelegramPhone) -> list[float]:
    """The two taps that tell of an absence: from home to the reason, and the reason, which writes it down."""
    return [await tap(phone), await tap(phone)]


@asynccontextmanager
async def all_bots(parents: int, steps: int) -> AsyncIterator[list[Bot]]:
    """Klasno and both forms of the peer, each with its own stand-in. steps: of each; 0 for Klasno as it is and 60."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        bots = []
        for name in BOTS:
            server = await stack.enter_async_context(stand_in())
            if name == "ours":
                await ours.fill(folder, parents)
                start = ours.start(folder, server, steps=steps)
            else:
                await peers.fill(folder, name, parents)
                start = peers.start(folder, server, name, steps or 60)
            bots.append(await stack.enter_async_context(start))
        yield bots


async def calm(bot: Bot) -> None:
    """Wait until the bot has confirmed every update and answered every press."""
    await bot.server.until_delivered()
    await asyncio.sleep(0.02)


async def crowd(bot: Bot, chats: int, reports: int) -> float:
    """Taps a second when so many parents tap at once, each the next as soon as the last is answered."""
    phones = [[await home(bot) for _ in range(reports)] for _ in range(chats)]
    await calm(bot)

    async def one(mine: list[TelegramPhone]) -> None:
        for phone in mine:
            await report(phone)

    begun = time.perf_counter()
    await asyncio.gather(*(one(mine) for mine in phones))
    return 2 * chats * reports / (time.perf_counter() - begun)


async def rounds(bots: list[Bot], number: int, reports: int) -> dict[str, list[float]]:
    """Seconds of each tap: in each round, each bot in turn is given so many reports, one after the other."""
    found: dict[str, list[float]] = {bot.name: [] for bot in bots}
    for one in range(number + 1):
        for bot in bots if one % 2 else bots[::-1]:
            phones = [await home(bot) for _ in range(reports)]
            await calm(bot)
            for phone in phones:
                seconds = await report(phone)
                if one:  # the first round warms up
                    found[bot.name] += seconds
    return found
