"""The demo page in a real browser, with phones that remember what was done to them."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from sandbox.page.stage import page_app
from tests.sandbox.show import MONDAY_SEVEN, Show, chat, key

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_the_bot_says_is_there_at_once(show: Show, page: Page) -> None:
    card = show.telegram.bot_says("Оля Коваль: коли не буде?", [key("Сьогодні"), key("Завтра")])
    await expect(chat(page, "Ігор").get_by_text("Оля Коваль: коли не буде?")).to_be_visible()
    card.update(text="Записано: сьогодні", edited=True, keys=[])
    show.telegram.changes.tell()
    await expect(chat(page, "Ігор").get_by_text("Записано: сьогодні")).to_be_visible()
    await expect(chat(page, "Ігор").get_by_text("змінено")).to_be_visible()
    await expect(chat(page, "Ігор").locator(".key")).to_have_count(0)


async def test_a_phone_is_held_over_a_sheet_of_paper(show: Show, page: Page) -> None:
    sheet = page.get_by_role("region", name="Лист")
    await expect(sheet.get_by_text("Клас 3-Б")).to_be_visible()
    await expect(sheet.get_by_role("combobox").last).to_have_value("aB/c+d==")
    await sheet.get_by_role("button", name="Viber: навести камеру").click()
    await show.viber.was("opens", "vb-secret")
    await sheet.get_by_role("button", name="Telegram: навести камеру").click()
    await show.telegram.was("opens", "tg-secret")
    assert "secret" not in await page.content()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("region", name="A letter")).to_be_visible()


async def test_a_sheet_that_is_a_picture_opens_large(page: Page) -> None:
    small = page.get_by_role("button", name="Плакат, на стіні: збільшити")
    await small.focus()
    await page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="Плакат, на стіні")
    await expect(large.get_by_role("img", name="Плакат, на стіні")).to_be_visible()
    await expect(page.get_by_role("button", name="Закрити")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(small).to_be_focused()


async def test_the_tab_key_comes_to_the_newest_keys_and_the_arrows_to_older_ones(
    show: Show, page: Page
) -> None:
    for number in range(20):
        show.telegram.bot_says(f"Екран {number}", [key(f"Так {number}"), key(f"Ні {number}")])
    newest, before = (chat(page, "Ігор").get_by_role("button", name=name) for name in ("Так 19", "Ні 18"))
    await expect(newest).to_be_visible()
    await chat(page, "Ігор").focus()
    await page.keyboard.press("Tab")
    await expect(newest).to_be_focused()
    for _between in range(2):  # there is the reply to the message above
        await page.keyboard.press("ArrowUp")
    await expect(before).to_be_focused()
    await page.keyboard.press("Enter")
    await show.telegram.was("presses", "Ні 18")


async def test_a_key_under_a_message_and_one_of_a_keyboard_reach_their_phones(show: Show, page: Page) -> None:
    show.telegram.bot_says("Коли?", [key("Сьогодні", "7.0"), key("Завтра", "7.1")])
    await page.get_by_role("button", name="Завтра", exact=True).click()
    await show.telegram.was("presses", "7.1")
    show.viber.keyboard = [
        [key("пн", "8.0", columns=1, colour="#7360f2"), key("вт", "8.1", columns=5, rows=2)],
        [key("ноябрь", "8.2", inert=True)],
    ]
    show.viber.changes.tell()
    await page.get_by_role("button", name="вт", exact=True).click()
    await show.viber.was("presses", "8.1")
    await expect(page.get_by_text("ноябрь", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="ноябрь")).to_have_count(0)
    assert show.telegram.done == [("presses", "7.1")]


async def test_a_key_that_went_away_is_told_and_not_an_error(show: Show, page: Page) -> None:
    show.telegram.bot_says("Коли?", [key("Сьогодні", "7.0")])
    button = page.get_by_role("button", name="Сьогодні")
    await expect(button).to_be_visible()
    show.telegram.messages[0]["keys"] = []  # and the page has not heard of it yet
    await button.click()
    await expect(page.get_by_text("Цієї кнопки вже немає")).to_be_visible()


async def test_a_text_is_typed_and_sent_with_enter_and_several_lines_with_shift(
    show: Show, page: Page
) -> None:
    field = page.locator("#phone-telegram-101 textarea")
    await field.fill("Оля захворіла")
    await field.press("Enter")
    await show.telegram.was("says", "Оля захворіла")
    await expect(field).to_have_value("")
    await field.type("Коваль Оля")
    await field.press("Shift+Enter")
    await field.type("Бондар Максим")
    await field.press("Enter")
    await show.telegram.was("says", "Коваль Оля\nБондар Максим")
    await field.press("Enter")  # nothing typed, nothing sent
    await page.locator("#phone-viber-aB_c_d__ textarea").type("Привіт")
    await page.keyboard.press("Enter")
    await show.viber.was("says", "Привіт")
    assert len(show.telegram.done) == 2


async def test_typing_survives_news(show: Show, page: Page) -> None:
    show.telegram.bot_says("Картка", [key("Одна"), key("Друга")])
    field = page.locator("#phone-telegram-101 textarea")
    await field.type("Максим запіз")
    show.telegram.bot_says("Нове")
    await expect(chat(page, "Ігор").get_by_text("Нове")).to_be_visible()
    await page.keyboard.type("ниться")
    await expect(field).to_have_value("Максим запізниться")
    second = page.get_by_role("button", name="Друга")
    await second.focus()
    show.telegram.messages[0]["keys"] = [[key("Перша"), key("Інша")]]
    show.telegram.changes.tell()
    await expect(page.get_by_role("button", name="Інша")).to_be_focused()


async def test_everything_with_the_keyboard_alone(show: Show, page: Page) -> None:
    show.telegram.bot_says("Коли?", [key("Сьогодні", "7.0"), key("Завтра", "7.1")])
    show.telegram.commands = [{"command": "absent", "description": "Не буде в школі"}]
    show.telegram.changes.tell()
    await expect(page.get_by_role("button", name="Меню", exact=True)).to_be_visible()

    async def tab_to(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            focused = "(e => (e.getAttribute('aria-label') ?? e.textContent).trim())(document.activeElement)"
            if (await page.evaluate(focused)).startswith(name):
                return
        raise AssertionError(f"the Tab key never came to {name}")

    await tab_to("+1 год")
    await page.keyboard.press("Enter")
    await expect(page.locator("#time")).to_have_text("08:10")
    await tab_to("Завтра")
    await page.keyboard.press("Space")
    await show.telegram.was("presses", "7.1")
    await tab_to("Меню")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="/absent")).to_be_focused()
    await page.keyboard.press("Enter")
    await show.telegram.was("says", "/absent")
    await tab_to("Прикріпити")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Прикріпити").first).to_be_focused()
    await tab_to("Повідомлення")
    await page.keyboard.type("Дякую")
    await page.keyboard.press("Enter")
    await show.telegram.was("says", "Дякую")


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "feed.xml", "noname", 'a"b\r\n.htm'])
async def test_no_file_is_ever_a_page(show: Show, name: str) -> None:
    show.telegram.files[7] = name, b"<script>alert(1)</script>"
    async with aiohttp.request("GET", f"{show.url}file/telegram/101/7") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["telegram/101/8", "telegram/999/7", "viber/101/7", "telegram/101/x", "telegram/101/-1"]
)
async def test_a_file_that_is_not_there(show: Show, path: str) -> None:
    async with aiohttp.request("GET", f"{show.url}file/{path}") as answer:
        assert answer.status == 404


async def test_a_file_is_chosen_from_the_disk_and_a_large_one_is_not_sent(
    show: Show, page: Page, tmp_path: Path
) -> None:
    phone = page.get_by_role("region", name="Ігор")
    for name, data in (("велика.csv", b"-" * (12 * 2**20 + 1)), ("діти.csv", "Леся\n".encode() * 50_000)):
        (tmp_path / name).write_bytes(data)
        await phone.get_by_role("button", name="Прикріпити").click()
        async with page.expect_file_chooser() as chooser:
            await phone.get_by_role("button", name="Документ").click()
        await (await chooser.value).set_files(tmp_path / name)
        if name == "велика.csv":
            await expect(phone.get_by_role("status")).to_have_text("Сторінка надсилає за раз до 12 МБ.")
    await show.telegram.was("sends_file", "діти.csv", "Леся\n" * 50_000, "text/csv")
    assert len(show.telegram.done) == 1


async def test_starting_by_an_invitation_blocking_and_letting_in_again(show: Show, page: Page) -> None:
    phone = page.locator("#phone-telegram-101")
    show.telegram.started = False
    show.telegram.bot_says("Колись", [key("Стара")])
    show.telegram.changes.tell()
    await expect(phone.locator("textarea")).to_be_hidden()
    await phone.get_by_label("Код із запрошення").fill("код")
    await phone.get_by_role("button", name="Розпочати").click()
    await expect(phone.get_by_text("У коді бувають лише латинські")).to_be_visible()
    await phone.get_by_label("Код із запрошення").fill("QR-3B")
    await phone.get_by_role("button", name="Розпочати").click()
    await show.telegram.was("opens", "QR-3B")
    await expect(phone.locator("textarea")).to_be_visible()
    await phone.get_by_role("button", name="Ще").click()
    await phone.get_by_role("button", name="Заблокувати бота").click()
    await show.telegram.was("blocks")
    await phone.get_by_role("button", name="Стара").click()
    await expect(phone.get_by_text("Бот заблокований").last).to_be_visible()
    assert ("presses", "Стара") not in show.telegram.done
    await phone.get_by_role("button", name="Розблокувати бота").click()
    await show.telegram.was("unblocks")
    await expect(phone.locator("textarea")).to_be_visible()


async def test_markup_in_a_text_stays_text_and_marks_are_shown(show: Show, page: Page) -> None:
    nasty = "<img src=x onerror=document.title='x'><b>Оля</b>"
    show.telegram.bot_says(nasty, [key("<i>Так</i>"), key("Вхід", url="javascript:alert(1)")])
    bold, italic = {"type": "bold", "offset": 3, "length": 3}, {"type": "italic", "offset": 5, "length": 2}
    show.viber.bot_says("🤒 Оля: хвороба", spans=[bold, italic])
    await expect(chat(page, "Ігор").get_by_text(nasty)).to_be_visible()
    await expect(page.get_by_role("button", name="<i>Так</i>")).to_be_visible()
    assert await chat(page, "Ігор").locator("img, b, i, a").count() == 0
    assert await chat(page, "Ніна").locator("b").all_text_contents() == ["Ол", "я"]
    assert await chat(page, "Ніна").locator("i").all_text_contents() == ["я", ":"]
    assert await page.title() == "Класно: спробувати бота"


async def test_nothing_from_outside_and_no_script_in_the_page_can_run(show: Show, chromium: Browser) -> None:
    page = await chromium.new_page()
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    response = await page.goto(show.url)
    assert response is not None
    assert "default-src 'self'" in response.headers["content-security-policy"]
    await expect(page.get_by_role("log")).to_have_count(2)
    assert asked
    assert all(url.startswith(show.url) for url in asked)
    blocked = await page.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
            const script = document.createElement("script");
            script.textContent = "document.title = 'x'";
            document.head.append(script);
        })"""
    )
    assert blocked == "inline"
    assert await page.title() == "Класно: спробувати бота"
    await page.close()


async def test_clock_trouble_and_outbox(show: Show, page: Page) -> None:
    await page.get_by_role("button", name="До 7:00 завтра").click()
    await expect(page.locator("#time")).to_have_text("07:00")
    await expect(page.locator("#date")).to_have_text("вівторок, 24 листопада")
    await page.get_by_role("button", name="Халепи").click()
    await page.get_by_label("Телефон", exact=True).select_option(label="Ніна, бабуся Максима · Viber")
    await page.get_by_role("button", name="Останнє оновлення двічі").click()
    await expect(page.get_by_text("Надіслано двічі.")).to_be_visible()
    assert show.troubled == [show.viber]
    await page.get_by_role("button", name="Відписатися від бота").click()
    await show.viber.was("blocks")
    await page.get_by_role("button", name="Підписатися знову").click()
    await show.viber.was("unblocks")
    await page.get_by_role("button", name="kill -9").click()
    await expect(page.get_by_text("Бот не працює")).to_be_visible()
    await expect(page.get_by_role("button", name="kill -9")).to_have_count(0)
    letter: dict[str, str | int | float | None] = {
        "id": 1,
        "chat": "Ігор",
        "kind": "reply",
        "state": "queued",
    }
    show.letters = [{**letter, "attempts": 2, "text": "Записано", "when": MONDAY_SEVEN}]
    await page.get_by_text("Черга листів").last.click()
    row = page.locator("#outbox-rows tr")
    await expect(row).to_have_text(re.compile("1.*Ігор.*відповідь.*у черзі.*2.*Записано.*07:10"))
    show.letters[0]["state"] = "sent"
    await expect(row).to_contain_text("надіслано")


async def test_the_page_speaks_three_languages_and_remembers(show: Show, page: Page) -> None:
    await expect(page.get_by_text("Спробуйте: Ігор.")).to_be_visible()
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_text("The bot, the database and the outbox are real")).to_be_visible()
    await expect(page.get_by_text("these phones are live")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.reload()
    await expect(page.get_by_role("button", name="+1 hour")).to_be_visible()
    await page.get_by_role("button", name="Русский").click()
    await expect(page.get_by_text("Бот, база и очередь писем настоящие")).to_be_visible()
    words = await page.evaluate("import('/static/words.js').then(m => m.missing())")
    assert words == []


async def test_at_a_phones_width_one_phone_at_a_time_and_nothing_sticks_out(show: Show, page: Page) -> None:
    await page.set_viewport_size({"width": 375, "height": 800})
    show.telegram.bot_says("Дуже" + "довгеслово" * 20, [key("Кнопка з довгим підписом " * 3), key("Ще")])
    await expect(page.get_by_role("log")).to_have_count(1)
    await expect(chat(page, "Ігор").get_by_text("довгеслово")).to_be_visible()
    show.viber.bot_says("Новина")
    tab = page.get_by_role("button", name="Ніна, бабуся Максима")
    await expect(tab).to_have_accessible_name("Ніна, бабуся Максима, є нове")
    await tab.click()
    await expect(chat(page, "Ніна").get_by_text("Новина")).to_be_visible()
    await page.get_by_role("button", name="Халепи").click()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375


async def test_the_end_of_a_conversation_stays_in_sight(show: Show, page: Page) -> None:
    for number in range(40):
        show.telegram.bot_says(f"Рядок {number}")
    await expect(chat(page, "Ігор").get_by_text("Рядок 39")).to_be_in_viewport()
    show.telegram.keyboard = [[key("Клавіатура")]]
    show.telegram.changes.tell()
    await expect(page.get_by_role("button", name="Клавіатура", exact=True)).to_be_visible()
    await expect(chat(page, "Ігор").get_by_text("Рядок 39")).to_be_in_viewport()


async def test_a_lost_connection_is_told_what_was_typed_stays_and_the_page_comes_back(
    show: Show, page: Page
) -> None:
    another = web.AppRunner(page_app(show.stage))
    await another.setup()
    site = web.TCPSite(another, "127.0.0.1", 0)
    await site.start()
    elsewhere = another.addresses[0][1]
    await page.goto(f"http://127.0.0.1:{elsewhere}/")
    await expect(page.locator("#time")).to_have_text("07:10")
    await another.cleanup()
    await expect(page.get_by_text("Зв’язок із демо обірвався")).to_be_visible()
    field = page.locator("#phone-telegram-101 textarea")
    await field.fill("Не загубіть")
    await field.press("Enter")
    await expect(page.locator("#phone-telegram-101").get_by_text("Не вийшло")).to_be_visible()
    await expect(field).to_have_value("Не загубіть")
    again = web.AppRunner(page_app(show.stage))
    await again.setup()
    await web.TCPSite(again, "127.0.0.1", elsewhere, reuse_address=True).start()
    await expect(page.get_by_text("Зв’язок із демо обірвався")).to_be_hidden(timeout=8000)
    await field.press("Enter")
    await show.telegram.was("says", "Не загубіть")
    await again.cleanup()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 200),
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json", "Origin": "http://localhost:1"}, 403),
        ({"Content-Type": "application/json", "Host": "evil.example"}, 403),
        ({"Content-Type": "application/json", "Host": "127.0.0.1.evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
async def test_only_the_page_itself_may_give_orders(show: Show, headers: dict[str, str], status: int) -> None:
    async with aiohttp.ClientSession() as stranger:
        address = show.url + "phone/telegram/101/says"
        async with stranger.post(address, data=b'{"text": "hi"}', headers=headers) as answer:
            assert answer.status == status
        if "Host" in headers:
            async with stranger.get(show.url + "live", headers=headers) as answer:
                assert answer.status == status
    assert show.telegram.done == ([("says", "hi")] if status == 200 else [])


@pytest.mark.parametrize(
    ("path", "order", "status"),
    [
        ("phone/telegram/999/says", {"text": "hi"}, 404),
        ("phone/telegram/101/explodes", {}, 404),
        ("phone/telegram/101/says", {"text": 5}, 400),
        ("phone/telegram/101/says", ["hi"], 400),
        ("phone/telegram/101/says", {"text": "hi", "reply_to": "1"}, 400),
        ("phone/telegram/101/says", {"text": "hi", "reply_to": 9}, 409),
        ("phone/telegram/101/sends_media", {"caption": "", "items": []}, 400),
        ("phone/telegram/101/sends_media", {"caption": "", "items": [{}] * 11}, 400),
        ("phone/telegram/101/sends_media", {"caption": "", "items": [{"sample": "__init__.py"}]}, 400),
        ("phone/telegram/101/sends_media", {"caption": "", "items": [{"name": "a", "data": 5}]}, 400),
        ("phone/telegram/101/sends_media", {"items": [{"sample": "leaves.jpg"}]}, 400),
        (
            "phone/telegram/101/sends_media",
            {"caption": "", "items": [{"name": "a.jpg", "data": "AAAA" * 2_200_000}] * 2},
            409,
        ),
        ("phone/telegram/101/sends", {"kind": "bomb", "text": ""}, 400),
        ("phone/telegram/101/sends_file", {"name": "a", "mime": "", "data": "not base64"}, 400),
        ("phone/telegram/101/sends_file", {"name": "a", "data": "AAAA"}, 400),
        ("phone/telegram/101/sends_file", {"name": "a", "mime": "", "data": "AAAA" * 4_200_000}, 409),
        ("phone/telegram/101/sends_file", {"name": "a", "mime": "", "data": "AAAA" * 6_400_000}, 413),
        ("phone/telegram/101/presses", {"key": "gone"}, 409),
        ("clock", {"seconds": -5}, 400),
        ("clock", {"seconds": float("nan")}, 400),
        ("clock", {"seconds": True}, 400),
        ("mischief/unknown", {}, 404),
    ],
)
async def test_a_wrong_order_is_refused_and_does_nothing(
    show: Show, path: str, order: object, status: int
) -> None:
    async with aiohttp.request("POST", show.url + path, json=order) as answer:
        assert answer.status == status
    assert show.telegram.done == []
    assert show.clock.time == MONDAY_SEVEN
