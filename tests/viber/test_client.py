"""Viber's wire: every verdict and every broken call has one name, and what may have arrived is known as such."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.core.errors import Gone, Later, Misconfigured, Refused, Undelivered
from bot.viber.client import JSON_BYTES, Answer, NotOpened, TooNew, ViberClient, packed
from bot.viber.render import message
from sandbox.viber import ViberServer
from sandbox.wire import ACCEPTED, Fault

from .conftest import TOKEN, School, words

HELLO = message(words("Добрий день"), 1, {"name": "Klasno"}, "olena=")


@asynccontextmanager
async def client_of(base: str, seconds: float = 5.0) -> AsyncIterator[ViberClient]:
    client = ViberClient(TOKEN, base, timeout=seconds)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def viber_saying(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> AsyncIterator[tuple[ViberClient, list[web.Request]]]:
    """A server that always says this, a client of it, and the requests that came."""
    came: list[web.Request] = []

    async def say(request: web.Request) -> web.Response:
        await request.read()
        came.append(request)
        return web.Response(body=body, status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/pa/{method}", say)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with client_of(f"http://127.0.0.1:{runner.addresses[0][1]}/pa/") as client:
            yield client, came
    finally:
        await runner.cleanup()


async def trouble(client: ViberClient) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        await client.send(HELLO)
    error: Undelivered = caught.value
    return error


async def test_what_viber_took_is_told_whole() -> None:
    body = {"status": 0, "status_message": "ok", "message_token": 4912661846655238145, "billing_status": 5}
    async with viber_saying(json.dumps(body).encode()) as (client, came):
        assert await client.send(HELLO) == Answer("4912661846655238145", 5, body)
    assert came[0].headers["X-Viber-Auth-Token"] == TOKEN
    assert came[0].path == "/pa/send_message"
    sent = (await came[0].read()).decode()
    assert TOKEN not in sent
    assert "Добрий день" in sent
    assert json.loads(sent) == HELLO


VERDICTS: list[tuple[type[Undelivered], list[int]]] = [
    (Gone, [5, 6, 21]),
    (Refused, [3, 4, 14, 16, 17, 18, 22]),
    (TooNew, [11, 13]),
    (NotOpened, [19, 20]),
    (Misconfigured, [1, 2, 7, 8, 9, 10, 15, 23, 24]),
    (Later, [12, 25, 99, -1]),
]


@pytest.mark.parametrize(
    ("kind", "status"), [(kind, status) for kind, statuses in VERDICTS for status in statuses]
)
async def test_every_status_has_one_meaning(kind: type[Undelivered], status: int) -> None:
    async with viber_saying(json.dumps({"status": status}).encode()) as (client, _):
        error = await trouble(client)
    assert type(error) is kind
    assert error.why.startswith(f"{status} ")
    if isinstance(error, Later):
        assert (error.after, error.everyone, error.unsure) == (None, False, False)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Later),
        (503, Later),
        (504, Later),
        (429, Later),
        (400, Refused),
        (413, Refused),
        (401, Misconfigured),
        (404, Misconfigured),
        (302, Misconfigured),
    ],
)
async def test_what_is_no_verdict_of_viber_has_a_meaning_too(status: int, kind: type[Undelivered]) -> None:
    async with viber_saying(b"<html>", status, {"Location": "/pa/elsewhere", "Retry-After": "7"}) as (
        client,
        came,
    ):
        error = await trouble(client)
    assert type(error) is kind
    assert error.why == f"HTTP {status}"
    assert len(came) == 1
    if isinstance(error, Later):
        assert error.unsure is (status == 504)
        assert error.after == (7 if status == 429 else None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"status":"0"}', b'{"status":true}', b"\xff", b"[" * 99_999]
)
async def test_an_answer_that_cannot_be_read_may_mean_yes(body: bytes) -> None:
    async with viber_saying(body) as (client, _):
        error = await trouble(client)
    assert isinstance(error, Later)
    assert error.unsure


FAULTS: dict[Fault, bool] = {
    "429": False,
    "500": False,
    "502": True,
    "timeout": True,
    "late": True,
    "refused": True,
    "reset": True,
    "reset_after": True,
    "garbage": True,
}
"""Faults of the stand-in, and whether the caller must think that the message may have arrived."""


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_call_that_breaks_is_tried_later_and_doubles_are_foreseen(
    school: School, fault: Fault
) -> None:
    olena = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    await school.server.settled()
    async with client_of(school.server.url, seconds=0.2) as client:
        school.server.faults.queue.append(fault)
        error = await trouble(client)
        assert isinstance(error, Later)
        assert error.unsure is FAULTS[fault]
        assert len(olena.texts) == (fault in ACCEPTED)
        assert error.unsure or not olena.texts
        await client.send(HELLO)
        assert olena.texts[-1] == "Добрий день"


async def test_a_server_that_is_not_there_holds_all_letters_and_took_none(server: ViberServer) -> None:
    await server.stop()
    async with client_of(server.url) as client:
        error = await trouble(client)
    assert isinstance(error, Later)
    assert (error.everyone, error.unsure) == (True, False)
    assert error.after is not None


async def test_an_address_that_is_none_is_an_alarm() -> None:
    async with client_of("chatapi.viber.com/pa") as client:
        assert isinstance(await trouble(client), Misconfigured)


async def test_what_is_too_large_is_not_even_sent() -> None:
    async with viber_saying(b'{"status":0}') as (client, came):
        fits: dict[str, Any] = {**HELLO, "text": ""}
        fits["text"] = "я" * ((JSON_BYTES - len(packed(fits))) // 2)
        await client.send(fits)
        with pytest.raises(Refused):
            await client.send({**fits, "text": fits["text"] + "я"})
    assert len(came) == 1


async def test_half_a_sign_is_refused() -> None:
    async with client_of("http://127.0.0.1:9") as client:
        with pytest.raises(Refused):
            await client.send({**HELLO, "text": "\ud83e"})


async def test_errors_of_the_wire_carry_no_token(server: ViberServer) -> None:
    """aiohttp's own errors hold the request with its headers; ours are raised without them."""
    await server.stop()
    async with client_of(server.url) as client:
        error = await trouble(client)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert TOKEN not in repr(error)
