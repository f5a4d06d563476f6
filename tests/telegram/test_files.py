"""Files on Telegram: uploaded as a form, with their names and words; what goes wrong has the same names as ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import Later, Refused, Undelivered
from bot.core.outbox import Parcel
from bot.core.paper import PICTURES, SORTS, Printed
from bot.telegram import files as files_module
from bot.telegram.platform import Telegram
from bot.telegram.render import CAPTION_LENGTH, UPLOAD_BYTES
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from tests.makers import picture

from .conftest import TOKEN, parcel

NAME = "Листи «3-Б» & 100%.pdf"


def with_file(
    file: Printed, text: str = "Лист: Оля Коваль", *, shown: bool = False, unsure: bool = False
) -> Parcel:
    """A letter whose file is made."""
    words = {"files": [["x"]], "picture": shown, "title": "", "text": text, "rows": []}
    letter = parcel(words, unsure=unsure)
    sort = "photo" if shown and file.mime in PICTURES else "file"
    letter.files = [replace(file, sort=sort, of=("x",))]
    return letter


def document(data: bytes = b"%PDF-1.7", name: str = NAME) -> Printed:
    return Printed(name, SORTS[".pdf"], data)


async def test_a_document_comes_with_its_name_its_words_and_every_byte(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    data = bytes(range(256)) * 3000
    delivered = await telegram.deliver(with_file(document(data)))
    newest = olena.screen
    assert newest is not None
    assert (str(newest["id"]), newest["kind"], newest["text"]) == (
        delivered.message,
        "document",
        "Лист: Оля Коваль",
    )
    assert olena.file(newest["id"]) == (NAME, data)
    sent = server.accepted("sendDocument")[-1].params
    assert TOKEN not in str(sent)


async def test_a_picture_is_one_only_if_it_is_meant_as_one(telegram: Telegram, olena: TelegramPhone) -> None:
    drawn = Printed("смуга.png", SORTS[".png"], picture(9))
    for shown, kind in ((True, "photo"), (False, "document")):
        await telegram.deliver(with_file(drawn, shown=shown))
        assert olena.screen is not None
        assert olena.screen["kind"] == kind
        assert olena.file(olena.screen["id"])[1] == drawn.data
    await telegram.deliver(with_file(document(), shown=True))
    assert olena.screen is not None
    assert olena.screen["kind"] == "document", "what is no picture is never shown as one"


@pytest.mark.parametrize(
    ("text", "unsure", "said"), [("", False, ""), ("", True, "↻"), ("Ось", True, "↻ Ось")]
)
async def test_what_may_be_there_already_says_so(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, text: str, unsure: bool, said: str
) -> None:
    await telegram.deliver(with_file(document(), text, unsure=unsure))
    assert server.accepted("sendDocument")[-1].params.get("caption", "") == said


async def test_words_that_are_too_long_are_cut_and_no_name_is_markup(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await telegram.deliver(with_file(document(), "<b>*_Оля" + "я" * 2000))
    caption = server.accepted("sendDocument")[-1].params["caption"]
    assert caption.startswith("<b>*_Оля")
    assert len(caption) == CAPTION_LENGTH
    assert olena.screen is not None
    assert olena.screen["spans"] == []


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (document(b""), False),
        (document(bytes(UPLOAD_BYTES + 1)), False),
        (Printed("a.png", SORTS[".png"], b""), True),
    ],
    ids=["empty", "document", "picture"],
)
async def test_what_telegram_would_not_take_is_refused_here(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, file: Printed, shown: bool
) -> None:
    with pytest.raises(Refused, match="bytes"):
        await telegram.deliver(with_file(file, shown=shown))
    assert not [call for call in server.journal if call.method in ("sendDocument", "sendPhoto")]


@pytest.mark.parametrize(
    ("fault", "named", "taken"),
    [
        ("429", Later("429", 1.0, everyone=True), 0),
        ("500", Later("x"), 0),
        ("502", Later("answer unreadable", unsure=True), 0),
        ("timeout", Later("x", unsure=True), 0),
        ("reset", Later("x", unsure=True), 0),
        ("reset_after", Later("x", unsure=True), 1),
        ("garbage", Later("answer unreadable", unsure=True), 1),
    ],
)
async def test_each_mischief_has_its_name(
    server: TelegramServer,
    telegram: Telegram,
    olena: TelegramPhone,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    named: Later,
    taken: int,
) -> None:
    monkeypatch.setattr(files_module, "UPLOAD_TIMEOUT", 0.3)
    server.faults.queue.append(fault)
    with pytest.raises(Undelivered) as error:
        await telegram.deliver(with_file(document()))
    found = error.value
    assert isinstance(found, Later)
    assert (found.after, found.everyone, found.unsure) == (named.after, named.everyone, named.unsure)
    assert TOKEN not in found.why
    assert len(olena.texts) == taken
    await telegram.deliver(with_file(document(), unsure=found.unsure))
    assert olena.texts[-1].startswith("↻") == named.unsure
