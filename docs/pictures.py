"""Takes the pictures of the README from the running demo: `.venv/bin/python docs/pictures.py`."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

DOCS = Path(__file__).parent
DESK: ViewportSize = {"width": 1440, "height": 900}
TALL: ViewportSize = {"width": 1440, "height": 1080}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run"]
PATIENCE = 20_000
"""Milliseconds for anything to appear."""
WALK = (
    "Учора весь клас був у ботанічному саду. Листя привезли із собою; на завтра візьміть, будь ласка, клей."
)


async def main() -> None:
    """Start the demo, play a morning and then an album, and write demo.png and demo-album.png beside this file."""
    expect.set_options(timeout=PATIENCE)
    async with demo() as url, async_playwright() as playwright:
        chromium = (
            shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        )
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page(viewport=DESK, color_scheme="light", reduced_motion="reduce")
        await page.goto(url)
        await play(page)
        await page.mouse.move(0, 0)
        await page.screenshot(
            path=DOCS / "demo.png", clip={"x": 0, "y": 0, "width": DESK["width"], "height": 868}
        )

        await page.set_viewport_size(TALL)
        await announce(page)
        await page.mouse.move(0, 0)
        strip = await page.locator("#phones").bounding_box()
        assert strip is not None  # noqa: S101 (told to the type checker)
        height = strip["height"] - 14
        await page.screenshot(
            path=DOCS / "demo-album.png",
            clip={"x": 0, "y": strip["y"], "width": TALL["width"], "height": height},
        )
        await browser.close()


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """The demo on a free port; its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", cwd=DOCS.parent, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None  # noqa: S101 (told to the type checker)
        address = re.search(r"http://\S+", (await process.stdout.readline()).decode())
        if address is None:
            raise SystemExit("The demo did not start.")
        yield address[0]
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def play(page: Page) -> None:
    """A father and a mother report, the teacher takes note, and another mother is choosing a day."""
    await taps(page, "Ігор", "Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await expect(phone(page, "Ігор").get_by_text("напишіть кілька слів")).to_be_visible()
    await (
        phone(page, "Ігор")
        .get_by_role("textbox", name="Повідомлення")
        .fill("Температура 38, о 10-й буде лікар")
    )
    await phone(page, "Ігор").get_by_role("button", name="Надіслати").click()
    await expect(phone(page, "Олена").get_by_text("Температура 38")).to_be_visible()

    await taps(page, "Ірина", "Не буде в школі", "Тарас Бондар", "Сьогодні", "Сімейна")
    await expect(phone(page, "Олена").get_by_text("Тарас Бондар: сімейна")).to_be_visible()
    await taps(page, "Олена", "Враховано")
    for parent in ("Ігор", "Ірина"):
        await expect(phone(page, parent).get_by_text("Враховано: класний керівник знає.")).to_be_visible()

    await taps(page, "Светлана", "Другая дата")
    await expect(phone(page, "Светлана").get_by_text("когда не будет в школе?")).to_be_visible()
    await page.get_by_role("button", name="Ігор, тато Олі").click()
    await page.evaluate("document.activeElement.blur()")


async def announce(page: Page) -> None:
    """The teacher announces an album, two families confirm, and she looks at the picture of it."""
    for each in ("Ігор", "Олена", "Ірина", "Светлана"):
        await goes_home(page, each)
    teacher = phone(page, "Олена")
    await teacher.locator("textarea").fill(WALK)
    await teacher.get_by_role("button", name="Прикріпити").click()
    await teacher.get_by_role("button", name="Фото чи альбом").click()
    for name in ("Поїздка автобусом", "Осіннє листя", "Садимо дерево", "Веселка над школою"):
        await teacher.get_by_role("button", name=name).click()
    await teacher.get_by_role("button", name="Надіслати (4)").click()
    await expect(teacher.get_by_text("Фото й файли: 4")).to_be_visible()
    await taps(
        page, "Олена", "Оголосити", "Відповідь", "«Прочитано»", "Переглянути й надіслати", "Надіслати:"
    )
    for parent in ("Ігор", "Ірина", "Светлана"):
        await expect(phone(page, parent).get_by_text("ботанічному саду")).to_be_visible()
    await taps(page, "Ігор", "Прочитано")
    await taps(page, "Светлана", "Прочитано")
    await expect(teacher.get_by_text("Підтверджено: 2")).to_be_visible()
    await taps(page, "Олена", "Картинкою")
    drawn = teacher.locator(".theirs button.seen img")
    await expect(drawn).to_be_visible()
    await expect(teacher.get_by_text("Підтверджено: 2").last).to_be_visible()
    await page.get_by_role("button", name="Ігор, тато Олі").click()
    await page.evaluate("document.activeElement.blur()")
    await drawn.evaluate("(picture) => picture.closest('.message').scrollIntoView({ block: 'start' })")
    await page.evaluate("scrollTo(0, 0)")


async def goes_home(page: Page, name: str) -> None:
    """Begin anew on somebody's phone."""
    theirs = phone(page, name).locator(".message.theirs")
    before = await theirs.count()
    await phone(page, name).locator("textarea").fill("/menu")
    await phone(page, name).locator("textarea").press("Enter")
    await expect(theirs).to_have_count(before + 1)


def phone(page: Page, name: str) -> Locator:
    """Somebody's phone."""
    return page.get_by_role("region", name=re.compile(f"^{name}"))


async def taps(page: Page, name: str, *labels: str) -> None:
    """Tap the newest button with each label, when it is there."""
    for label in labels:
        await phone(page, name).locator("button.key").filter(has_text=label).last.click(timeout=PATIENCE)


if __name__ == "__main__":
    asyncio.run(main())
