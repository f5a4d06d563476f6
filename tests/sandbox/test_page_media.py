"""Pictures, albums, voices and replies on the page of phones, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from sandbox.samples import PHOTO, PHOTOS, sample
from tests.makers import picture
from tests.sandbox.show import FakePhone, Show, chat

pytestmark = pytest.mark.asyncio(loop_scope="module")


def shows(phone: FakePhone, name: str, data: bytes, **more: Any) -> dict[str, Any]:
    """A message with a file that the phone has."""
    message = phone.gets(**{"text": "", "mine": False, "file": {"name": name, "size": len(data)}, **more})
    phone.files[message["id"]] = name, data
    phone.changes.tell()
    return message


def album(phone: FakePhone, count: int, text: str = "") -> list[dict[str, Any]]:
    pictures = [shows(phone, f"{at}.jpg", PHOTO, kind="photo", group="7") for at in range(count)]
    pictures[0].update(text=text)
    phone.changes.tell()
    return pictures


async def test_one_picture_or_several_are_chosen_and_go_with_what_was_typed(show: Show, page: Page) -> None:
    phone = page.locator("#phone-telegram-101")
    await phone.locator("textarea").fill("Довідка")
    await phone.get_by_role("button", name="Прикріпити").click()
    await phone.get_by_role("button", name="Фото чи альбом").click()
    await expect(phone.get_by_role("button", name="Осіннє листя")).to_be_focused()
    send = phone.get_by_role("group", name="Одне фото").get_by_role("button", name="Надіслати")
    await expect(send).to_be_disabled()
    await page.keyboard.press("Space")
    await send.click()
    await show.telegram.was("sends_photo", "leaves.jpg", str(len(sample("leaves.jpg"))), "Довідка")
    await expect(phone.locator("textarea")).to_have_value("")

    await phone.get_by_role("button", name="Прикріпити").click()
    await phone.get_by_role("button", name="Фото чи альбом").click()
    for name in ("Ярмарок", "У театрі", "Осіннє листя", "Ярмарок"):
        await phone.get_by_role("button", name=name).click()
    await expect(phone.get_by_role("button", name="У театрі")).to_have_attribute("aria-pressed", "true")
    await phone.get_by_role("button", name="Надіслати (2)").click()
    await show.telegram.was("sends_album", "theatre.jpg", "leaves.jpg", "")

    await phone.get_by_role("button", name="Прикріпити").click()
    await phone.get_by_role("button", name="Фото чи альбом").click()
    await page.keyboard.press("Escape")
    await expect(phone.get_by_role("group", name="Одне фото")).to_be_hidden()
    await expect(phone.get_by_role("button", name="Прикріпити")).to_be_focused()
    assert len(show.telegram.done) == 2


async def test_pictures_of_ones_own_go_as_one_album(show: Show, page: Page, tmp_path: Path) -> None:
    phone = page.locator("#phone-viber-aB_c_d__")
    files = [tmp_path / name for name in ("перше.jpg", "друге.mp4")]
    for path in files:
        path.write_bytes(PHOTO)
    (tmp_path / "велике.jpg").write_bytes(bytes(12 * 2**20 + 1))
    for chosen in ([tmp_path / "велике.jpg"], files):
        await phone.get_by_role("button", name="Прикрепить").click()
        await phone.get_by_role("button", name="Фото или альбом").click()
        async with page.expect_file_chooser() as chooser:
            await phone.get_by_role("button", name="Свои файлы").click()
        await (await chooser.value).set_files(chosen)
        if chosen != files:
            await expect(phone.get_by_text("Страница отправляет за раз до 12 МБ.")).to_be_visible()
    await show.viber.was("sends_album", "перше.jpg", "друге.mp4", "")
    assert len(show.viber.done) == 1


async def test_what_the_bot_sends_is_seen_and_can_be_opened(show: Show, page: Page) -> None:
    shows(show.viber, "смуга.png", picture(40), kind="photo")
    paper = shows(show.viber, "Лист «Оля».pdf", b"%PDF-1.7" + bytes(2000), kind="document")
    phone = page.get_by_role("region", name="Ніна")
    await expect(page.locator(".attached.seen img")).to_have_js_property("naturalWidth", 40)
    small = phone.get_by_role("button", name="Фото: увеличить")
    await small.focus()
    await page.keyboard.press("Enter")
    large = page.get_by_role("dialog", name="Фото")
    await expect(large.get_by_role("img", name="Фото")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(small).to_be_focused()
    link = phone.get_by_role("link", name="Лист «Оля».pdf")
    await expect(link).to_contain_text("2 KB")
    address = await link.get_attribute("href")
    async with aiohttp.request("GET", f"{show.url}{address}") as answer:
        assert await answer.read() == show.viber.files[paper["id"]][1]
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%D0%9B")


@pytest.mark.parametrize("count", range(2, 11))
async def test_an_album_is_a_tidy_grid(show: Show, page: Page, count: int) -> None:
    album(show.telegram, count, "Наша прогулянка")
    tiles = chat(page, "Ігор").locator(".tile")
    await expect(tiles).to_have_count(count)
    await expect(chat(page, "Ігор").locator(".message")).to_have_count(1)
    await expect(chat(page, "Ігор").locator(".words")).to_have_text("Наша прогулянка")
    boxes = [await tiles.nth(at).bounding_box() for at in range(count)]
    places = [(round(box["x"]), round(box["y"]), box["width"], box["height"]) for box in boxes if box]
    lines: dict[int, list[tuple[int, int, float, float]]] = {}
    for place in places:
        lines.setdefault(place[1], []).append(place)
    edges = {(line[0][0], round(line[-1][0] + line[-1][2])) for line in lines.values()}
    lefts, rights = {left for left, _ in edges}, {right for _, right in edges}
    assert len(lefts) == 1, "every line begins at the same edge"
    assert max(rights) - min(rights) <= 1, "and ends at the same edge"
    assert all(len({round(place[3]) for place in line}) == 1 for line in lines.values())


async def test_an_album_is_gone_through_with_the_arrows(show: Show, page: Page) -> None:
    album(show.telegram, 3)
    tile = page.get_by_role("button", name="Фото 2 / 3: збільшити")
    await tile.click()
    large = page.get_by_role("dialog")
    await expect(large.get_by_role("img", name="Фото 2 / 3")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(large.get_by_role("img", name="Фото 1 / 3")).to_be_visible()
    await large.get_by_role("button", name="Попереднє").click()
    await expect(large.get_by_role("img", name="Фото 3 / 3")).to_be_visible()
    await large.get_by_role("button", name="Закрити").click()
    await expect(large).to_have_count(0)
    await expect(tile).to_be_focused()


async def test_two_albums_and_a_picture_stay_apart(show: Show, page: Page) -> None:
    album(show.telegram, 2)
    for message in album(show.telegram, 2):
        message["group"] = "8"
    shows(show.telegram, "a.jpg", PHOTO, kind="photo")
    for name in ("a.pdf", "b.pdf"):
        shows(show.telegram, name, b"%PDF", kind="document", group="9")
    await expect(chat(page, "Ігор").locator(".message")).to_have_count(5)
    await expect(chat(page, "Ігор").locator(".mosaic")).to_have_count(2)


async def test_a_voice_is_heard_and_stopped(show: Show, page: Page) -> None:
    shows(show.telegram, "voice.ogg", sample("voice.ogg"), kind="voice", seconds=4, mine=True)
    log = chat(page, "Ігор")
    await expect(log.get_by_text("0:04")).to_be_visible()
    await log.get_by_role("button", name="Слухати").click()
    await expect(log.get_by_role("button", name="Пауза")).to_be_visible()
    await expect(log.locator("i.heard").first).to_be_attached()
    await log.get_by_role("button", name="Пауза").click()
    await expect(log.get_by_role("button", name="Слухати")).to_be_visible()


async def test_a_voice_that_cannot_be_played_is_a_file(show: Show, page: Page) -> None:
    shows(show.telegram, "voice.ogg", b"no sound", kind="voice", seconds=4)
    await chat(page, "Ігор").get_by_role("button", name="Слухати").click()
    await expect(chat(page, "Ігор").get_by_role("link", name="voice.ogg")).to_be_visible()


async def test_a_video_stands_still_until_it_is_pressed(show: Show, page: Page) -> None:
    shows(show.viber, "video.mp4", b"\0\0\0\x18ftypisom", kind="video", seconds=65)
    log = chat(page, "Ніна")
    await expect(log.get_by_text("1:05")).to_be_visible()
    assert await log.locator("video").get_attribute("controls") is None
    await log.get_by_role("button", name="Видео: Слушать").click()
    await expect(log.locator("video[controls]")).to_be_focused()


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-", 206, b"0123456789"),
        ("bytes=2-4", 206, b"234"),
        ("bytes=-3", 206, b"789"),
        ("bytes=10-", 416, None),
        ("lines=1", 416, None),
    ],
)
async def test_players_are_given_the_part_they_ask_for(
    show: Show, asked: str, status: int, part: bytes | None
) -> None:
    show.telegram.files[7] = "voice.ogg", b"0123456789"
    async with aiohttp.request("GET", f"{show.url}file/telegram/101/7", headers={"Range": asked}) as answer:
        assert answer.status == status
        if part is not None:
            assert await answer.read() == part
            assert answer.headers["Content-Range"].endswith("/10")


@pytest.mark.parametrize("name", PHOTOS)
async def test_the_drawings_are_pictures_and_nothing_else_is_given(show: Show, name: str) -> None:
    async with aiohttp.request("GET", f"{show.url}samples/{name}") as answer:
        data = await answer.read()
    assert data.startswith(b"\xff\xd8\xff")
    assert len(data) <= 40_000
    async with aiohttp.request("GET", f"{show.url}samples/__init__.py") as answer:
        assert answer.status == 404


async def test_a_message_of_the_bot_is_answered(show: Show, page: Page) -> None:
    asked = show.telegram.bot_says("Хто йде до театру?")
    phone, log = page.locator("#phone-telegram-101"), chat(page, "Ігор")
    offer = log.get_by_role("button", name="Відповісти: Хто йде до театру?")
    await expect(offer).to_have_css("opacity", "0")
    await log.get_by_text("Хто йде до театру?").first.click()
    await expect(offer).to_have_css("opacity", "1")
    await offer.click()
    bar = phone.locator(".answering")
    await expect(bar).to_contain_text("Хто йде до театру?")
    await expect(phone.locator("textarea")).to_be_focused()
    await page.keyboard.type("Ми")
    await page.keyboard.press("Enter")
    await show.telegram.was("says", "Ми", str(asked["id"]))
    await expect(bar).to_be_hidden()

    await offer.focus()  # with the keyboard
    await expect(offer).to_have_css("opacity", "1")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()
    await page.keyboard.type("Просто слова")
    await page.keyboard.press("Enter")
    await show.telegram.was("says", "Просто слова")


async def test_an_answer_ends_with_the_message_that_it_is_to(show: Show, page: Page) -> None:
    show.telegram.bot_says("Картка")
    await chat(page, "Ігор").get_by_text("Картка").first.click()
    await page.get_by_role("button", name="Відповісти: Картка").click()
    await expect(page.locator("#phone-telegram-101 .answering")).to_be_visible()
    show.telegram.messages.clear()
    show.telegram.changes.tell()
    await expect(page.locator("#phone-telegram-101 .answering")).to_be_hidden()


async def test_the_quoted_line_is_shown_and_viber_offers_no_reply(show: Show, page: Page) -> None:
    show.telegram.gets("Ми", reply={"kind": "text", "text": "Хто йде до театру?"})
    show.telegram.gets("Гарно!", reply={"kind": "photo", "text": ""})
    show.viber.bot_says("Кто идёт?")
    await expect(chat(page, "Ігор").locator(".quote")).to_have_text(["Хто йде до театру?", "Фото"])
    await expect(chat(page, "Ніна").get_by_text("Кто идёт?")).to_be_visible()
    await expect(chat(page, "Ніна").get_by_role("button")).to_have_count(0)


async def test_every_style_is_shown(show: Show, page: Page) -> None:
    kinds = ("bold", "italic", "strikethrough", "code")
    spans = [{"type": kind, "offset": 2 * at, "length": 1} for at, kind in enumerate(kinds)]
    show.viber.bot_says("а б в г", spans=spans)
    for tag, letter in (("b", "а"), ("i", "б"), ("s", "в"), ("code", "г")):
        await expect(chat(page, "Ніна").locator(f".words {tag}")).to_have_text(letter)


async def test_pictures_that_come_late_do_not_hide_the_end(show: Show, page: Page) -> None:
    for _picture in range(4):
        shows(show.telegram, "tree.jpg", sample("tree.jpg"), kind="photo")
    shows(show.telegram, "leaves.jpg", PHOTO, kind="photo", text="Кінець")
    await expect(chat(page, "Ігор").get_by_text("Кінець")).to_be_in_viewport()
    for seen in await page.locator(".seen img").all():
        await expect(seen).to_have_js_property("complete", True)
    await expect(chat(page, "Ігор").get_by_text("Кінець")).to_be_in_viewport()


@pytest.mark.parametrize("width", [375, 1440])
async def test_nothing_sticks_out_of_a_phone(show: Show, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 812})
    album(show.telegram, 10, "Дуже довгі слова про прогулянку класом")
    shows(show.telegram, "voice.ogg", sample("voice.ogg"), kind="voice", seconds=4)
    show.telegram.gets("Так", reply={"kind": "text", "text": "Слова, яких багато більше, ніж місця. " * 9})
    await expect(chat(page, "Ігор").locator(".tile")).to_have_count(10)
    await page.get_by_role("button", name="Прикріпити").first.click()
    await page.get_by_role("button", name="Фото чи альбом").first.click()
    await expect(page.get_by_role("button", name="Осіннє листя")).to_be_visible()
    out = (
        "(() => { const log = document.querySelector('.log'); return log.scrollWidth - log.clientWidth; })()"
    )
    assert await page.evaluate(out) <= 0
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) <= 0
