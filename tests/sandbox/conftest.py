"""Viber's stand-in with a bot and a parent, and the page of phones in a browser; Telegram's are beside its tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from sandbox.page.stage import page_app
from sandbox.viber import ViberPhone, ViberServer
from tests.browser import browser, complaints_of

from .show import Show
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


@pytest_asyncio.fixture(loop_scope="module")
async def show() -> AsyncIterator[Show]:
    show = Show()
    runner = web.AppRunner(page_app(show.stage))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    show.url = f"http://{host}:{port}/"
    yield show
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with browser() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, show: Show) -> AsyncIterator[Page]:
    """The page, open at a desk's width; a complaint in its console fails the test."""
    page = await chromium.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(5000)
    complaints = complaints_of(page)
    await page.goto(show.url)
    await expect(page.get_by_role("log")).to_have_count(2)
    await expect(page.locator("#time")).to_have_text("07:10")
    yield page
    await page.close()
    expected = ("409", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
    assert [line for line in complaints if not any(code in line for code in expected)] == []
