"""The faults that can be ordered, the rates, and the stand-in as a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from sandbox.wire import Fault
from tests.sandbox.telegram.bot import JSON, TOKEN, Clock, webhook

FAULTS: list[tuple[Fault, type[Exception], int]] = [
    ("429", TelegramRetryAfter, 0),
    ("500", TelegramServerError, 0),
    ("502", ClientDecodeError, 0),
    ("timeout", TelegramNetworkError, 0),
    ("refused", TelegramNetworkError, 0),
    ("reset", TelegramNetworkError, 0),
    ("late", TelegramNetworkError, 1),
    ("reset_after", TelegramNetworkError, 1),
    ("garbage", ClientDecodeError, 1),
]


@pytest.mark.parametrize(("fault", "error", "taken"), FAULTS)
async def test_each_fault_looks_as_it_should_and_strikes_once(
    hasty: Bot, server: TelegramServer, olena: TelegramPhone, fault: Fault, error: type[Exception], taken: int
) -> None:
    server.faults.queue.append(fault)
    await hasty.get_me()
    with pytest.raises(error):
        await hasty.send_message(7, "раз")
    assert len(olena.texts) == len(server.accepted("sendMessage")) == taken
    assert server.journal[-1].fault == fault
    await hasty.send_message(7, "два")
    assert olena.texts[-1] == "два"


async def test_faults_of_one_method_and_all_of_them(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    server.faults.only = frozenset({"answerCallbackQuery"})
    server.faults.queue.append("500")
    await bot.send_message(7, "повз")
    with pytest.raises(TelegramServerError):
        await bot.answer_callback_query("1")
    server.faults.only = frozenset()
    server.faults.too_many_for(2)
    with pytest.raises(TelegramRetryAfter) as slow:
        await bot.send_message(7, "зачекай")
    assert slow.value.retry_after == 2
    server.faults.slow_until = 0
    server.faults.offline = True
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    server.faults.offline = False
    server.faults.delay = 0.05
    before = time.monotonic()
    await bot.get_me()
    assert time.monotonic() - before >= 0.05
    assert olena.texts == ["повз"]


async def test_a_lost_connection_cuts_polls_and_webhooks(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    await bot.get_updates(offset=10**9)
    await bot.get_updates(offset=10**9)
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await server.changes.until(lambda: server.delivery.polling, what="the poll")
    server.lose_connection(0.2)
    with pytest.raises(TelegramNetworkError):
        await poll
    with pytest.raises(TelegramNetworkError):
        await bot.get_me()
    await asyncio.sleep(0.2)
    async with webhook() as hook:
        await bot.set_webhook(hook.url)
        server.lose_connection(0.1)
        await olena.says("крізь темряву")
        await server.until_delivered()
        assert [update["message"]["text"] for update in hook.got] == ["крізь темряву"]


async def test_rates_are_kept_when_asked_for(bot: Bot, server: TelegramServer, clock: Clock) -> None:
    server.limits = True
    for number in range(100, 130):
        server.person(number, "Олена", started=True)
    for _ in range(3):
        await bot.send_message(100, "поспіль")
    with pytest.raises(TelegramRetryAfter) as slow:
        await bot.send_message(100, "четверте")
    assert slow.value.retry_after == 1
    for number in range(101, 128):
        await bot.send_message(number, "усім")
    with pytest.raises(TelegramRetryAfter, match="Too Many Requests: retry after 1"):
        await bot.send_message(129, "тридцять перше")
    assert server.too_many == 2
    clock.time += 1
    await bot.send_message(129, "тепер можна")
    await bot.send_message(100, "і тут")
    with pytest.raises(TelegramRetryAfter):
        await bot.edit_message_text("правка теж", chat_id=100, message_id=1)


async def test_it_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.telegram", "--token", TOKEN, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = json.loads(await process.stdout.readline())["url"]

    async def order(what: str, body: JSON) -> JSON:
        async with http.post(f"{url}/control/{what}", json=body) as response:
            answer: JSON = await response.json()
            return answer

    async with aiohttp.ClientSession() as http:
        await order("person", {"id": 1, "count": 3})
        for number in (1, 2, 2):
            body = {"chat_id": number, "text": f"to {number}"}
            await (await http.post(f"{url}/bot{TOKEN}/sendMessage", json=body)).read()
        assert (await order("update", {"poll": {"id": "1"}}))["ok"]
        await order("faults", {"queue": ["500"]})
        async with http.post(f"{url}/bot{TOKEN}/sendMessage", json={"chat_id": 3, "text": "a"}) as response:
            assert response.status == 500
        async with http.get(f"{url}/control/stats?texts=all") as response:
            assert await response.json() == {
                "accepted": {"sendMessage": 3},
                "too_many": 0,
                "undelivered": 1,
                "dropped": 0,
                "texts": {"1": ["to 1"], "2": ["to 2", "to 2"]},
            }
        await order("reset", {})
        async with http.get(f"{url}/control/stats") as response:
            assert (await response.json())["accepted"] == {}
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_a_fan_out_is_cheap(server: TelegramServer) -> None:
    """The handling of a call, without HTTP, stays far below a millisecond."""
    markup = json.dumps({"inline_keyboard": [[{"text": "Так", "callback_data": "y"}]]})
    for number in range(1000):
        server.person(number, "Олена", started=True)
    before = time.process_time()
    for number in range(1000):
        raw = {"chat_id": str(number), "text": "<b>Увага</b>", "parse_mode": "HTML", "reply_markup": markup}
        await server._perform("sendMessage", raw, {}, None)
    assert time.process_time() - before < 0.5
    assert server.counts["sendMessage"] == 1000
