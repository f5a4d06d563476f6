"""Downloads: what is fetched, what is refused and why, and that no error holds the address."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import nullcontext

import pytest
from aiohttp import web

from bot.core.errors import Later, Lost, TooLarge, Undelivered
from bot.download import Downloads, _public_only

MOST = 1000
SECRET = "710000001:a-token"


class Shelf:
    """A server of files under a secret path: whatever `answers` holds for a name."""

    def __init__(self) -> None:
        self.answers: dict[str, web.Response] = {}
        self.asked: list[web.Request] = []
        self.url = ""

    async def give(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        match request.match_info["name"]:
            case "endless":
                stream = web.StreamResponse()
                await stream.prepare(request)
                for _chunk in range(100):
                    await stream.write(bytes(100))
                return stream
            case "silent":
                await asyncio.Event().wait()
        return self.answers[request.match_info["name"]]


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    app = web.Application()
    app.router.add_get(f"/{SECRET}/{{name}}", shelf.give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shelf.url = f"http://127.0.0.1:{runner.addresses[0][1]}/{SECRET}"
    yield shelf
    await runner.cleanup()


async def got(shelf: Shelf, name: str) -> bytes:
    downloads = Downloads(shelf.url, timeout=0.3)
    try:
        return await downloads.get(f"{shelf.url}/{name}", MOST)
    finally:
        await downloads.close()


async def refused(shelf: Shelf, name: str) -> Undelivered:
    """Why it was not fetched; neither that nor what is logged of an error's cause tells the address."""
    with pytest.raises(Undelivered) as caught:
        await got(shelf, name)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_a_file_comes_as_it_is(shelf: Shelf) -> None:
    shelf.answers = {
        "full": web.Response(body=bytes(MOST)),
        "packed": web.Response(body=b"\x1f\x8b...", headers={"Content-Encoding": "gzip"}),
    }
    assert await got(shelf, "full") == bytes(MOST)
    assert await got(shelf, "packed") == b"\x1f\x8b..."
    assert shelf.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410])
async def test_what_is_not_there_is_lost_and_nobody_is_followed(shelf: Shelf, status: int) -> None:
    elsewhere = {"Location": f"{shelf.url}/secret"} if status < 400 else {}
    shelf.answers = {
        "file": web.Response(status=status, headers=elsewhere),
        "secret": web.Response(body=b"!"),
    }
    assert isinstance(await refused(shelf, "file"), Lost)
    assert len(shelf.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_what_may_come_later_is_not_lost(shelf: Shelf, status: int) -> None:
    shelf.answers = {"file": web.Response(status=status)}
    assert isinstance(await refused(shelf, "file"), Later)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("10.0.0.7", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.7", False),
        ("2002:a00:7::1", False),
        ("64:ff9b::a00:7", False),
        ("64:ff9b::a9fe:a9fe", False),
    ],
)
def test_only_what_is_public_is_connected_to(address: str, *, public: bool) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with nullcontext() if public else pytest.raises(OSError, match="not a public address"):
        _public_only((family, socket.SOCK_STREAM, 0, "", (address, 80))).close()


async def test_too_large_by_what_is_told_and_by_what_comes(shelf: Shelf) -> None:
    shelf.answers = {"file": web.Response(body=bytes(MOST + 1))}
    assert isinstance(await refused(shelf, "file"), TooLarge)
    assert isinstance(await refused(shelf, "endless"), TooLarge)


async def test_who_says_nothing_is_not_waited_for(shelf: Shelf) -> None:
    assert isinstance(await refused(shelf, "silent"), Later)
