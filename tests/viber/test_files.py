"""Files on Viber: an address that phones fetch, the keyboard that stands, and limits that hold here already."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from viberbot.api.bot_configuration import BotConfiguration
from viberbot.api.message_sender import MessageSender
from viberbot.api.messages import FileMessage

from bot.core.errors import Refused
from bot.core.outbox import Board, Parcel
from bot.core.paper import PICTURES, SORTS, Printed
from bot.viber.render import FILE_BYTES, PICTURE_BYTES, PICTURE_TEXT, file_message
from sandbox.viber import ViberPhone, checks
from tests.makers import picture

from .conftest import School, parcel

SENDER = {"name": "Klasno"}
BOARD: Board = (11, [[["Хвороба", 0, None], ["Лікар", 1, None]]])
ADDRESS = "https://klasno.example/files/abc/klasno.pdf"


def document(data: bytes = b"%PDF-1.7", address: str | None = ADDRESS) -> Printed:
    return Printed("Лист Оля Коваль.pdf", SORTS[".pdf"], data, address)


def drawing(data: bytes = picture(9)) -> Printed:
    return Printed("смуга.png", SORTS[".png"], data, "https://klasno.example/files/abc/klasno.png")


def sorted_(file: Printed, shown: bool) -> Printed:
    """As the printer says what a file is shown as."""
    return replace(file, sort="photo") if shown and file.mime in PICTURES else file


def made(
    file: Printed, text: str = "", *, shown: bool = False, board: Board | None = BOARD, **more: bool
) -> dict[str, Any]:
    letter, rows = board or (12, [])
    words = {"files": [["x"]], "picture": shown, "title": "", "text": text, "rows": rows}
    return file_message(words, sorted_(file, shown), letter, SENDER, "olena=", **more)


def with_file(file: Printed, *, shown: bool = False, text: str = "") -> Parcel:
    words = {"files": [["x"]], "picture": shown, "title": "", "text": text, "rows": []}
    letter: Parcel = parcel(words)
    letter.files, letter.board = [sorted_(file, shown)], BOARD
    return letter


def judged(payload: dict[str, Any]) -> list[str]:
    checks.message(payload, "receiver")
    return [*checks.rejections(payload), *checks.notes(payload)]


@pytest.mark.parametrize("plain", [False, True])
def test_a_document_has_what_viber_wants_and_the_keyboard_that_stands(plain: bool) -> None:
    payload = made(document(), plain=plain)
    assert judged(payload) == []
    assert (payload["type"], payload["media"], payload["size"]) == ("file", ADDRESS, 8)
    assert payload["file_name"] == "Лист Оля Коваль.pdf"
    assert [one["ActionBody"] for one in payload["keyboard"]["Buttons"]] == ["#11.0", "#11.1"]
    assert ("min_api_version" in payload) is not plain
    assert "text" not in payload


def test_without_a_screen_there_is_no_keyboard() -> None:
    assert "keyboard" not in made(document(), board=None)


def test_a_document_that_may_be_there_already_says_so_in_its_name() -> None:
    payload = made(document(), unsure=True)
    assert payload["file_name"] == "↻ Лист Оля Коваль.pdf"
    assert judged(payload) == []


def test_a_picture_has_its_words_and_nothing_in_them_is_styled() -> None:
    payload = made(drawing(), "*3-Б* " + "я" * 900, shown=True)
    assert judged(payload) == []
    assert payload["type"] == "picture"
    assert len(payload["text"]) == PICTURE_TEXT
    assert "*3-Б*" not in payload["text"]
    assert made(drawing(), "Ось", shown=True, unsure=True)["text"] == "↻ Ось"


def test_a_picture_too_large_for_some_phones_goes_as_a_file() -> None:
    assert made(drawing(bytes(PICTURE_BYTES + 1)), shown=True)["type"] == "file"
    assert made(document(), shown=True)["type"] == "file"


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (document(b""), "0 bytes"),
        (document(bytes(FILE_BYTES + 1)), "bytes"),
        (document(address=None), "public_url"),
        (document(address="https://klasno.example/files/" + "a" * 2000 + ".pdf"), "too long"),
    ],
    ids=["empty", "large", "no address", "long address"],
)
def test_what_viber_would_not_take_is_refused_here(file: Printed, why: str) -> None:
    with pytest.raises(Refused, match=why):
        made(file)


def test_it_is_what_viberbot_would_send() -> None:
    configuration = BotConfiguration(auth_token="t", name="Klasno", avatar=None)
    theirs: dict[str, Any] = MessageSender(None, None, configuration)._prepare_payload(
        message=FileMessage(media=ADDRESS, size=8, file_name="Лист Оля Коваль.pdf"),
        receiver="olena=",
        sender_name="Klasno",
        sender_avatar=None,
    )
    theirs = {key: value for key, value in theirs.items() if value is not None and key != "auth_token"}
    theirs["sender"] = {key: value for key, value in theirs["sender"].items() if value is not None}
    assert made(document(), board=None) == theirs


async def test_a_phone_fetches_it_and_what_is_not_as_it_was_said_is_a_complaint(school: School) -> None:
    olena: ViberPhone = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    data = picture(7)

    async def give(request: web.Request) -> web.Response:
        return web.Response(body=data, status=404 if "gone" in request.path else 200)

    app = web.Application()
    app.router.add_get("/{name}", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for name in ("a.png", "gone.png", "a.jpg"):
            file = Printed(name, SORTS[name[name.index(".") :]], data, f"{base}/{name}")
            await school.viber.deliver(with_file(file, shown=True))
        for size in (len(data), 3):
            file = Printed("лист.pdf", SORTS[".pdf"], bytes(size), f"{base}/a.pdf")
            await school.viber.deliver(with_file(file))
        await school.server.settled()
    finally:
        await runner.cleanup()
    shown = [one for one in olena.view()["messages"] if one["file"]]
    assert [(one["kind"], *olena.file(one["id"])) for one in shown] == [
        ("photo", "a.png", data),
        ("document", "лист.pdf", data),
    ]
    assert sorted(school.server.complaints) == [
        f"file: {len(data)} bytes, not 3",
        "picture: HTTP 404",
        "picture: no .jpg picture",
    ]
    assert olena.labels == ["Хвороба", "Лікар"]
