"""The demo in a real browser: people tap, the bot is killed, the clock is wound, and everything ends.

The tests share a demo, and a worker that has nothing left to do takes some of them over, to a demo of its own: none
may need what another has done before it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser import browser, complaints_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

KLASNO = (sys.executable, "-m", "bot")
ROOT = Path(__file__).parents[2]
WIDTH = "async (picture) => (await picture.decode(), picture.naturalWidth)"
"""How wide a picture is, as the browser reads it."""
ARRIVES = 15_000
"""Milliseconds for what has to wait for the bot's start, or for Viber to try again."""


@dataclass
class Command:
    """`klasno demo` as a process, with a folder of its own for what is temporary."""

    process: asyncio.subprocess.Process
    folder: Path
    url: str = ""

    async def ends(self, how: signal.Signals) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 15)

    async def bot(self) -> int:
        """The bot's process id."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/live") as stream:
            async for line in stream.content:
                if line.startswith(b'data: {"now"'):
                    told: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                    return int(told["status"]["pid"])
        raise AssertionError("the page says nothing")


async def demo(folder: Path, *more: str, cwd: Path = ROOT, **environment: str) -> Command:
    """Start it on a free port, or with these arguments, and wait for its address or its end."""
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT), **environment}
    process = await asyncio.create_subprocess_exec(
        *KLASNO, "demo", *(more or ("--port", "0")),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=cwd, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    except TimeoutError:
        process.terminate()
        raise
    address = re.search(r"http://127\.0\.0\.1:\d+", line)
    return Command(process, folder, address[0] if address else "")


async def refused(folder: Path, *more: str, cwd: Path = ROOT, **environment: str) -> str:
    """What it says when it does not start."""
    command = await demo(folder, *more, cwd=cwd, **environment)
    assert await asyncio.wait_for(command.process.wait(), 15) == 1
    assert command.process.stderr is not None
    return (await command.process.stderr.read()).decode()


def is_gone(pid: int, seconds: float) -> bool:
    """Whether that process ends within so many seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


@dataclass
class Desk:
    """The page, open in a browser."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def phone(self, name: str) -> Locator:
        """Somebody's phone."""
        return self.page.get_by_role("region", name=re.compile(f"^{name}"))

    def says(self, name: str, text: str) -> Locator:
        """The messages on somebody's phone that hold this text."""
        return self.phone(name).locator(".message.theirs").filter(has_text=text)

    async def taps(self, name: str, *labels: str) -> None:
        """Tap the newest button with each label, when it is there."""
        for label in labels:
            button = self.phone(name).locator("button.key").filter(has_text=label).last
            await button.click()

    async def goes_home(self, name: str) -> None:
        """Begin anew on somebody's phone, wherever an earlier test has left it."""
        await self.phone(name).locator("textarea").fill("/menu")
        theirs = self.phone(name).locator(".message.theirs")
        before = await theirs.count()
        await self.phone(name).locator("textarea").press("Enter")
        await expect(theirs).to_have_count(before + 1)

    async def is_at_the_end(self, name: str) -> None:
        """That the newest that somebody was sent is in sight."""
        log = self.phone(name).get_by_role("log")
        below = "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2"
        async with asyncio.timeout(5):
            while not await log.evaluate(
                below
            ):  # wait_for_function would evaluate a text, which the page forbids
                await self.page.wait_for_timeout(50)

    async def trouble(self, label: str) -> None:
        """Make trouble."""
        if await self.page.locator("#trouble").is_hidden():
            await self.page.get_by_role("button", name="Халепи").click()
        await self.page.locator("#mischief").get_by_role("button", name=label).click()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Command]:
    """The demo; it must end at once, with its bot, and leave no file behind."""
    command = await demo(tmp_path_factory.mktemp("demo"))
    assert command.url
    yield command
    bot = await command.bot()
    assert os.listdir(command.folder)
    assert await command.ends(signal.SIGINT) == 0
    assert is_gone(bot, 0)
    assert os.listdir(command.folder) == []


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(running: Command) -> AsyncIterator[Desk]:
    """The page; a complaint in its console fails the tests."""
    async with browser() as started:
        page = await started.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        page.set_default_timeout(ARRIVES)
        expect.set_options(timeout=ARRIVES)
        desk = Desk(page, complaints_of(page))
        await page.goto(running.url)
        await expect(page.get_by_role("log")).to_have_count(10)
        yield desk
        assert desk.complaints == []


async def test_a_father_reports_and_the_teacher_takes_note(desk: Desk) -> None:
    await desk.taps("Ігор", "Не буде сьогодні", "Хвороба")
    await expect(desk.says("Ігор", "✅ Записано: Оля Коваль")).to_contain_text("Передано: Олена Петрівна")

    await expect(desk.says("Олена", "Немає: 1 з 24")).to_contain_text("Оля Коваль: хвороба")
    await desk.taps("Олена", "Враховано")
    await expect(desk.says("Олена", "Оля Коваль: хвороба")).to_contain_text("Усе враховано")
    await expect(desk.says("Ігор", "✅ Записано: Оля Коваль")).to_contain_text("Враховано: класний керівник")


async def test_an_album_from_the_teachers_telegram_comes_to_everybody(desk: Desk) -> None:
    await desk.goes_home("Олена")
    teacher = desk.phone("Олена")
    await teacher.locator("textarea").fill("Осінній похід")
    await teacher.get_by_role("button", name="Прикріпити").click()
    await teacher.get_by_role("button", name="Фото чи альбом").click()
    for name in ("Осіннє листя", "Ярмарок", "У театрі"):
        await teacher.get_by_role("button", name=name).click()
    await teacher.get_by_role("button", name="Надіслати (3)").click()
    await expect(desk.says("Олена", "Що з цим зробити?")).to_contain_text("Фото й файли: 3")
    await desk.taps("Олена", "📣 Оголосити", "Переглянути й надіслати", "Надіслати:")
    for parent in ("Ігор", "Ірина", "Светлана"):
        await expect(desk.says(parent, "Осінній похід")).to_have_count(1)
        await desk.is_at_the_end(parent)
    await expect(desk.phone("Ігор").locator("button.tile, button.seen")).to_have_count(3)
    await expect(desk.phone("Ірина").locator("button.tile, button.seen")).to_have_count(1)
    await desk.taps("Ірина", "Усі фото: 3")
    photos = desk.phone("Ірина").locator("button.tile, button.seen")
    await expect(photos).to_have_count(4)
    for at in range(4):
        assert await photos.nth(at).locator("img").evaluate(WIDTH) > 200
    await expect(desk.says("Олена", "Надіслано: ")).to_contain_text("6/24")
    await desk.taps("Олена", "Картинкою")
    await expect(desk.phone("Олена").locator(".theirs button.seen img")).to_be_visible()
    for name in ("Олена", "Ігор", "Ірина", "Светлана", "James", "Марія", "Андрій"):
        await desk.goes_home(name)


async def test_a_letter_on_the_table_brings_a_mother_in(desk: Desk) -> None:
    letter = desk.phone("Лист на столі")
    await letter.get_by_role("button", name="Viber: навести камеру").click()
    await desk.taps("Тетяна", "Приєднатися", "Даю згоду", "Мама", "Тетяна")
    await expect(desk.says("Олена", "Тетяна, мама: Захар Іваненко").last).to_be_visible()
    await desk.taps("Олена", "Так: Тетяна")
    await expect(desk.says("Тетяна", "Доступ підтверджено: Захар Іваненко, 3-Б")).to_have_count(1)


async def test_a_school_is_begun_from_nothing(desk: Desk) -> None:
    await desk.phone("Роздруківка").get_by_role("button", name="Telegram: навести камеру").click()
    await desk.taps("Наталя", "Наталя Сергіївна")
    await expect(desk.says("Наталя", "Моя школа").last).to_be_visible()


async def test_a_mother_reports_on_viber_for_one_of_two_children(desk: Desk) -> None:
    await desk.taps("Ірина", "Не буде в школі", "Тарас Бондар", "Сьогодні", "Лікар")
    await expect(desk.says("Ірина", "✅ Записано: Тарас Бондар")).to_contain_text("Причина: лікар")

    await expect(desk.says("Олена", "Тарас Бондар: лікар").last).to_be_visible()
    await desk.taps("Олена", "Враховано")
    await expect(desk.says("Ірина", "Враховано: класний керівник")).to_have_count(1)


async def test_the_page_and_each_phone_speak_their_own_language(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="English").click()
    await expect(desk.page.get_by_role("button", name="To 7:00 tomorrow")).to_be_visible()
    await expect(desk.phone("Марія").get_by_role("button", name="Інша дата")).to_be_visible()
    await desk.page.get_by_role("button", name="Українська").click()
    await expect(desk.page.get_by_role("button", name="До 7:00 завтра")).to_be_visible()

    await desk.taps("Марія", "Налаштування", "Мова", "English")
    await expect(desk.says("Марія", "English it is.")).to_have_count(1)
    await desk.taps("Марія", "Language", "Українська")
    await expect(desk.says("Марія", "Далі українською.")).to_have_count(1)


async def test_what_is_reported_while_the_bot_is_down_arrives_when_it_is_back_and_once(desk: Desk) -> None:
    await desk.taps("Андрій", "Не буде сьогодні")
    await desk.taps("Светлана", "Не будет сегодня")
    await expect(desk.says("Андрій", "Яка причина?")).to_have_count(1)
    await expect(desk.says("Светлана", "Какая причина?")).to_have_count(1)

    await desk.trouble("kill -9")
    await expect(desk.page.get_by_text("Бот не працює")).to_be_visible()
    await desk.taps("Андрій", "Сімейна")
    await desk.taps("Светлана", "Болезнь")
    await desk.trouble("Запустити бота знову")

    await expect(desk.says("Андрій", "✅ Записано: Максим Мельник")).to_have_count(1)
    await expect(desk.says("Светлана", "✅ Записано: Денис Шевчук")).to_have_count(1)
    card = desk.says("Олена", "Максим Мельник: сімейна").last
    await expect(card).to_contain_text("Денис Шевчук: хвороба")


async def test_the_same_update_twice_changes_nothing(desk: Desk) -> None:
    await desk.taps("James", "Absent today", "Family")
    await expect(desk.says("James", "✅ Written down: Emma Clark")).to_have_count(1)
    await desk.trouble("Останнє оновлення двічі")
    await expect(desk.page.locator("#outcome")).to_contain_text("нічого не подвоїться")
    await desk.taps("James", "Add a few words")
    letters = desk.page.locator("#outbox-rows tr")
    await expect(letters.filter(has_text="write a few words")).to_have_count(1)
    await expect(letters.filter(has_text="✅ Written down: Emma Clark")).to_have_count(1)


async def test_letters_wait_while_the_messengers_say_too_many(desk: Desk) -> None:
    await desk.page.locator("#outbox summary").click()
    newest = desk.page.locator("#outbox-rows tr").first
    await desk.goes_home("James")
    await desk.taps("James", "Help")
    await expect(newest).to_contain_text("надіслано")
    await desk.trouble("429 на 10 секунд")
    await desk.taps("James", "Home")
    await expect(newest).to_contain_text("у черзі")
    await expect(newest).to_contain_text("надіслано")
    await expect(newest.locator("td.attempts")).to_have_text("2")
    await expect(desk.phone("James").locator(".message.theirs").last).to_contain_text("Emma Clark, 3-Б")
    await desk.page.locator("#outbox summary").click()


async def test_the_morning_card_comes_when_the_clock_is_wound(desk: Desk) -> None:
    friday = (await desk.page.locator("#date").inner_text()).startswith("п’ят")
    await desk.goes_home("Ірина")
    await desk.taps("Ірина", "Не буде в школі", "Соломія Бондар")
    await expect(desk.says("Ірина", "Соломія Бондар: коли не буде в школі?")).to_have_count(1)
    await desk.phone("Ірина").locator(".keyboard button.key").nth(1).click()
    await desk.taps("Ірина", "Сімейна")
    await expect(desk.says("Ірина", "Записано: Соломія Бондар")).to_contain_text("вранці того дня")

    for _night in range(3 if friday else 1):
        before = await desk.page.locator("#date").inner_text()
        await desk.page.get_by_role("button", name="До 7:00 завтра").click()
        await expect(desk.page.locator("#date")).not_to_have_text(before)
    await expect(desk.page.locator("#time")).to_have_text("07:00")
    card = desk.says("Олена", "Соломія Бондар: сімейна")
    await expect(card).to_contain_text("Немає: 1 з 24")


async def test_whoever_blocks_the_bot_hears_of_it_and_can_come_back(desk: Desk) -> None:
    phone = desk.phone("Марія")
    await phone.get_by_role("button", name="Ще", exact=True).click()
    await phone.get_by_role("button", name="Відписатися від бота").click()
    await expect(phone.get_by_text("Підписки немає")).to_be_visible()
    await phone.get_by_role("button", name="Підписатися знову").click()
    await expect(phone.get_by_role("textbox", name="Повідомлення")).to_be_visible()


async def test_the_bot_does_not_outlive_a_demo_that_was_killed(tmp_path: Path) -> None:
    command = await demo(tmp_path)
    bot = await command.bot()
    await command.ends(signal.SIGKILL)
    assert await asyncio.to_thread(is_gone, bot, 10)


async def test_it_stays_away_from_a_real_bot(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[telegram]\ntoken = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"\n')
    said = await refused(tmp_path, cwd=tmp_path)
    assert said.startswith("Real tokens are configured here")
    config.unlink()
    assert "Real tokens" in await refused(tmp_path, cwd=tmp_path, KLASNO_VIBER__TOKEN="4a5b-6c7d")


async def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = await refused(tmp_path, "--port", str(port))
    assert said == f"Port {port} cannot be used. Try another: make demo PORT=8090\n"
