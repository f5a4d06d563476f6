"""Raw posts to the two webhooks, over connections that are kept, as a messenger or a forger makes them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiohttp import ClientError, ClientSession, TCPConnector

from tests.house import SECRET, VIBER_TOKEN, House

SIDE_BY_SIDE = 20


class Post(NamedTuple):
    """One request: which webhook, what body, which headers."""

    platform: str
    body: bytes
    headers: dict[str, str]


def signed(platform: str, body: bytes) -> Post:
    """A post as the messenger itself makes it, whatever the body."""
    return Post(platform, body, {_HEADERS[platform]: signature(platform, body)})


def signature(platform: str, body: bytes) -> str:
    """What the messenger shows."""
    if platform == "telegram":
        return SECRET
    return hmac.new(VIBER_TOKEN.encode(), body, hashlib.sha256).hexdigest()


_HEADERS = {"telegram": "X-Telegram-Bot-Api-Secret-Token", "viber": "X-Viber-Content-Signature"}


def shown(platform: str, proof: str) -> dict[str, str]:
    """The headers that show this secret or signature."""
    return {_HEADERS[platform]: proof}


def as_json(value: Any) -> bytes:
    """As the messengers write it; half a sign stays an escape."""
    return json.dumps(value).encode()


async def post(house: House, posts: Iterable[Post]) -> Counter[int]:
    """Make all posts, SIDE_BY_SIDE at once; how many got which HTTP status, 0 where the connection was cut."""
    statuses: Counter[int] = Counter()
    waiting = iter(posts)

    async def work(session: ClientSession) -> None:
        for one in waiting:
            url = f"http://127.0.0.1:{house.app.port}/{one.platform}/webhook"
            try:
                async with session.post(url, data=one.body, headers=one.headers) as answer:
                    await answer.read()
                    statuses[answer.status] += 1
            except ClientError:
                statuses[0] += 1

    async with ClientSession(connector=TCPConnector(limit=SIDE_BY_SIDE)) as session:
        await asyncio.gather(*(work(session) for _worker in range(SIDE_BY_SIDE)))
    return statuses
