"""The peer of the fan-out: a bare aiohttp client that sends the same letters and remembers nothing.

`python -m benchmarks.bare URL FIRST NUMBER FLIGHT` prints the seconds that it took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp

from benchmarks.ours import TEXT
from bot.telegram.render import message

LETTER = {
    "title": "3-Б · Олена Петрівна",
    "text": TEXT,
    "rows": [[["Запитати", 0, None], ["Головна", 1, None]]],
}
"""An announcement as the outbox holds it when it goes."""


async def send_all(url: str, chats: list[int], flight: int) -> float:
    """One sendMessage to each chat, `flight` at a time; returns seconds."""
    fields = message(LETTER, 1)
    waiting = iter(chats)

    async def worker(session: aiohttp.ClientSession) -> None:
        for chat in waiting:
            async with session.post(url, json={"chat_id": chat, **fields}) as answer:
                assert json.loads(await answer.read())["ok"]

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=flight)) as session:
        begun = time.perf_counter()
        await asyncio.gather(*(worker(session) for _ in range(flight)))
        return time.perf_counter() - begun


if __name__ == "__main__":
    url, first, number, flight = sys.argv[1:]
    chats = list(range(int(first), int(first) + int(number)))
    print(asyncio.run(send_all(url, chats, int(flight))))
