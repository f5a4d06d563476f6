"""What bots send as an address: a phone fetches it, and finds out whether it is what it was said to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.wire import Changes

from . import limits

SECONDS = 30
OWN = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that are fetched from: this machine alone."""
BEGINS = {".png": b"\x89PNG\r\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".gif": b"GIF8"}
"""How pictures begin."""
JPEG = (".jpg", ".jpeg")


class Fetching:
    """The phones' way to files; what they cannot show is a complaint."""

    def __init__(self, changes: Changes, complaints: list[str]) -> None:
        self._changes = changes
        self._complaints = complaints
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """Files that are being fetched."""
        return len(self._under_way)

    def start(self, message: dict[str, Any], got: Callable[[str, bytes], None]) -> None:
        """Fetch what a message shows; `got` is told name and bytes."""
        if urlsplit(message["media"]).hostname not in OWN:
            return
        task = asyncio.get_running_loop().create_task(self._fetch(message, got))
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Let go of what is on its way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _fetch(self, message: dict[str, Any], got: Callable[[str, bytes], None]) -> None:
        url = str(message["media"])
        data = await _fetched(url)
        wrong = data if isinstance(data, str) else _wrong_with(message, data)
        if wrong or isinstance(data, str):
            self._complaints.append(f"{message['type']}: {wrong}")
        else:
            got(message.get("file_name") or url.rpartition("/")[2], data)
        if "thumbnail" in message:
            small = await _fetched(message["thumbnail"])
            wrong = small if isinstance(small, str) else _wrong_with_thumbnail(message["type"], small)
            if wrong:
                self._complaints.append(f"{message['type']}: thumbnail: {wrong}")

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._changes.tell()


async def _fetched(url: str) -> bytes | str:
    """What is there, or why it cannot be shown."""
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=SECONDS)) as session,
            session.get(url) as answer,
        ):
            return await answer.read() if answer.status == 200 else f"HTTP {answer.status}"
    except (ClientError, TimeoutError) as error:
        return type(error).__name__


def _wrong_with(message: dict[str, Any], data: bytes) -> str:
    """What a phone has against a file, or nothing."""
    if message["type"] != "picture":
        if len(data) != message["size"]:
            return f"{len(data)} bytes, not {message['size']}"
        return "no MP4" if message["type"] == "video" and data[4:8] != b"ftyp" else ""
    if len(data) > limits.PICTURE_BYTES:
        return f"{len(data)} bytes, more than an iPhone shows"
    ending = PurePosixPath(urlsplit(message["media"]).path).suffix.lower()
    return "" if data.startswith(BEGINS[ending]) else f"no {ending} picture"


def _wrong_with_thumbnail(kind: str, data: bytes) -> str:
    if len(data) > limits.THUMBNAIL_BYTES:
        return f"{len(data)} bytes, more than {limits.THUMBNAIL_BYTES}"
    allowed = [BEGINS[ending] for ending in (BEGINS if kind == "picture" else JPEG)]
    return "" if data.startswith(tuple(allowed)) else "no picture"
