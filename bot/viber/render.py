"""From a letter's words to Viber's message: a text, and a keyboard whose rows fill the width."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from viberbot.api.messages import FileMessage, PictureMessage, TextMessage, VideoMessage
from viberbot.api.messages.message import Message

from bot.core.errors import Refused
from bot.core.marks import Marked
from bot.core.paper import PICTURES, VIDEO, Printed
from bot.core.signs import units
from bot.viber.client import JSON_BYTES, packed
from bot.viber.marks import TEXT_LENGTH, one_line, write

API_VERSION = 6
"""The min_api_version of messages with a keyboard (Vibers of about 2018 and newer).

`TextShouldFit` is documented for 6, and `Silent`, which keeps "#12.0" out of the chat, does nothing below it in
practice (Bogdaan/viber-bot-php issue 48). Whoever has an older Viber gets the plain keyboard of version 1.
"""
AGAIN = "↻ "
"""Before a text that may have arrived already."""
INERT = "#"
"""The ActionBody of a label, which Viber demands and never sends."""

SENDER_NAME = 28
PICTURE_TEXT = 512
"""The smaller of the figures in Viber's documents (768 in the newer)."""
PICTURE_BYTES = 2**20
"""What an iPhone shows; larger pictures go as files."""
VIDEO_BYTES, VIDEO_SECONDS = 26 * 2**20, 180
FILE_BYTES = 50 * 2**20
URL_LENGTH = 2000
FILE_NAME = 256
# fmt: off
FORBIDDEN = frozenset({
    "bat", "bin", "cmd", "com", "cpl", "exe", "gadget", "inf1", "ins", "inx", "isu", "job", "jse",
    "lnk", "msc", "msi", "msp", "mst", "paf", "pif", "ps1", "reg", "rgs", "sct", "shb", "shs", "u3p",
    "vb", "vbe", "vbs", "vbscript", "ws", "wsf", "action", "app", "command", "csh", "osx", "workflow",
    "ksh", "out", "run", "apk", "ipa",
})
# fmt: on
"""How no file may end that Viber takes. All of this: creators.viber.com, data-models/message."""
COLUMNS = 6
ROWS = 12
BUTTON_TEXT = 250
ACTION_BODY = 250
"""No limit is documented; ours are some twenty signs long."""

REGULAR_LETTERS = 5
"""Letters of regular size that a column takes (by eye, unsure); longer labels are small, and then shrink to fit."""

BOARD = "#F1EFF7"
Colours = tuple[str, str]
"""Background and letters; the letters stand out by 4.5 to 1 or more."""
PLAIN: Colours = ("#FFFFFF", "#2B2545")
LABEL: Colours = (BOARD, "#6B6680")
LOOKS: dict[str | None, Colours] = {"main": ("#665CAC", "#FFFFFF"), "danger": ("#B3403A", "#FFFFFF")}

_COLOUR = re.compile(r"#[0-9A-F]{6}")


def message(
    words: dict[str, Any],
    letter: int,
    sender: dict[str, str],
    receiver: str | None = None,
    *,
    unsure: bool = False,
    plain: bool = False,
) -> dict[str, Any]:
    """The body of send_message that shows these words; Refused if Viber would not take it.

    sender: name and, if there is one, avatar. receiver: none for a welcome. unsure: it may have arrived already.
    plain: for a Viber that knows API version 1 only. A text too long for a request is cut.
    """
    rows, again = words["rows"], AGAIN if unsure else ""
    built = TextMessage(
        text=write(words["title"], Marked.unpacked(words["text"], words.get("marks", ())), again),
        keyboard=_keyboard(rows, letter, plain) if rows else None,
        min_api_version=API_VERSION if rows and not plain else None,
    )
    payload = _addressed(built, sender, receiver)
    over = len(packed(payload)) - JSON_BYTES
    if over > 0:
        room = len(_quoted(payload["text"])) - over
        payload["text"] = _fitting(write(words["title"], Marked(words["text"]), again), room)
    validate(payload)
    return payload


def file_message(
    words: dict[str, Any],
    file: Printed,
    letter: int,
    sender: dict[str, str],
    receiver: str,
    *,
    unsure: bool = False,
    plain: bool = False,
) -> dict[str, Any]:
    """The body of send_message that shows a file, which Viber fetches from its address; Refused if it would not.

    letter: that of the keyboard, which stands already. Only a picture has words (see `sort_of`); a document's name
    carries the mark, and a video shows none.
    """
    rows, again = words["rows"], AGAIN if unsure else ""
    more = {
        "keyboard": _keyboard(rows, letter, plain) if rows else None,
        "min_api_version": API_VERSION if rows and not plain else None,
        "media": file.address,
    }
    match sort_of(file):
        case "picture":
            said = write("", Marked.unpacked(words["text"], words.get("marks", ())), again, PICTURE_TEXT)
            built = PictureMessage(text=said, thumbnail=file.thumb_address, **more)
        case "video":
            seconds = file.stored.seconds if file.stored else None
            built = VideoMessage(size=file.size, duration=seconds, thumbnail=file.thumb_address, **more)
        case _:
            built = FileMessage(size=file.size, file_name=again + file.name, **more)
    payload = _addressed(built, sender, receiver)
    validate(payload)
    if sort_of(file) is None:
        raise Refused(f"a file that ends so, or of {file.size} bytes")
    return payload


def sort_of(file: Printed) -> str | None:
    """As what a file goes: picture, video or file; None if Viber would not take it."""
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    if not (file.address and len(file.address) <= URL_LENGTH and 0 < file.size <= FILE_BYTES):
        return None
    if file.sort == "photo" and file.mime in PICTURES and file.size <= PICTURE_BYTES:
        return "picture"
    if file.sort == "video" and file.mime == VIDEO and file.size <= VIDEO_BYTES and _is_short(file):
        return "video"
    return "file" if ending and ending not in FORBIDDEN else None


def _is_short(file: Printed) -> bool:
    """Whether a video lasts no longer than Viber plays; of what is not known, nobody can say."""
    return (
        file.stored is not None and file.stored.seconds is not None and file.stored.seconds <= VIDEO_SECONDS
    )


def _addressed(built: Message, sender: dict[str, str], receiver: str | None) -> dict[str, Any]:
    payload = {name: value for name, value in built.to_dict().items() if value is not None}
    payload["sender"] = sender
    if receiver is not None:
        payload["receiver"] = receiver
    return payload


# Text


def _fitting(text: str, room: int) -> str:
    """The text, cut with an ellipsis if its JSON takes more bytes than that."""
    if len(_quoted(text)) <= room:
        return text
    kept: list[str] = []
    room -= len(_quoted("…"))
    for sign in text:
        room -= len(_quoted(sign)) - 2
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept).rstrip("\u200d\ufe0f ") + "…"


def _quoted(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode()


# Keyboard


def _keyboard(rows: Sequence[Sequence[Sequence[Any]]], letter: int, plain: bool) -> dict[str, Any]:
    buttons = [
        _button(letter, *button, columns=columns, plain=plain)
        for row in rows
        for button, columns in zip(row, shares([button[0] for button in row]), strict=True)
    ]
    return {"Type": "keyboard", "BgColor": BOARD, "Buttons": buttons}


def shares(labels: Sequence[str]) -> list[int]:
    """The columns of a row's buttons, six in all: what does not divide goes to the longest labels.

    Labels that fit one column count as equally long, and then the outer ones are wider: a grid stays a grid.
    """
    count = len(labels)
    order = sorted(
        range(count), key=lambda at: (-max(len(labels[at]), REGULAR_LETTERS), min(at, count - 1 - at))
    )
    wide = set(order[: COLUMNS % count])
    return [COLUMNS // count + (at in wide) for at in range(count)]


def _button(
    letter: int, label: str, place: int | None, look: str | None, *, columns: int, plain: bool
) -> dict[str, Any]:
    back, front = LABEL if place is None else LOOKS.get(look, PLAIN)
    button = {
        "Columns": columns,
        "Rows": 1,
        "Text": marked_up(one_line(label) or "·", front),
        "TextSize": "regular" if len(label) <= REGULAR_LETTERS * columns else "small",
        "BgColor": back,
        "ActionType": "none" if place is None else "reply",
        "ActionBody": INERT if place is None else f"#{letter}.{place}",
    }
    return button if plain else {**button, "Silent": True, "TextShouldFit": True}


def marked_up(label: str, colour: str) -> str:
    """A button's HTML in that colour, at most 250 signs of it; no tag and no entity is cut in two."""
    begin, end = f'<font color="{colour}">', "</font>"
    whole = escape(label, quote=False)
    room = BUTTON_TEXT - len(begin) - len(end)
    if units(whole) > room:
        kept, room = "", room - 1
        for sign in label:
            piece = escape(sign, quote=False)
            room -= units(piece)
            if room < 0:
                break
            kept += piece
        whole = kept.rstrip("\u200d\ufe0f ") + "…"
    return begin + whole + end


# Before it goes


def validate(payload: dict[str, Any]) -> None:
    """Refused if Viber would not take the message, or would take it and show nothing.

    Most of a keyboard is judged by the phone, after status 0 (developers.viber.com/docs/faq): too late for us.
    """
    for wrong in _wrongs(payload):
        raise Refused(wrong)


def _wrongs(payload: dict[str, Any]) -> Iterator[str]:
    kind = str(payload.get("type"))
    if unknown := payload.keys() - _COMMON - _FIELDS.get(kind, set()):
        yield f"unknown: {sorted(unknown)}"
    if (size := len(packed(payload))) > JSON_BYTES:
        yield f"{size} bytes are more than {JSON_BYTES}"
    if kind in ("picture", "video", "file"):
        yield from _wrongs_of_file(payload)
    elif kind != "text" or not 1 <= units(payload.get("text") or "") <= TEXT_LENGTH:
        yield f"text: not of 1 to {TEXT_LENGTH} signs"
    if not 1 <= units(payload["sender"].get("name") or "") <= SENDER_NAME:
        yield f"sender: no name of 1 to {SENDER_NAME} signs"
    if "receiver" in payload and not payload["receiver"]:
        yield "receiver: nobody"
    if "keyboard" in payload:
        yield from _wrongs_of_board(payload["keyboard"], payload.get("min_api_version", 1))


_COMMON = {"type", "sender", "receiver", "keyboard", "min_api_version"}
_FIELDS = {
    "text": {"text"},
    "picture": {"text", "media", "thumbnail"},
    "video": {"media", "size", "duration", "thumbnail"},
    "file": {"media", "size", "file_name"},
}


def _wrongs_of_file(payload: dict[str, Any]) -> Iterator[str]:
    if not 1 <= units(payload.get("media") or "") <= URL_LENGTH:
        yield "media: no address (http.public_url), or one that is too long"
    if payload["type"] == "picture":
        if units(payload["text"]) > PICTURE_TEXT:
            yield f"text: of more than {PICTURE_TEXT} signs"
        return
    most = VIDEO_BYTES if payload["type"] == "video" else FILE_BYTES
    if not 1 <= payload["size"] <= most:
        yield f"a {payload['type']} of {payload['size']} bytes"
    if payload["type"] == "file" and not 1 <= units(payload["file_name"]) <= FILE_NAME:
        yield "file_name: none, or too long"


def _wrongs_of_board(board: dict[str, Any], version: int) -> Iterator[str]:
    buttons = board.get("Buttons")
    if board.get("Type") != "keyboard" or not _COLOUR.fullmatch(board.get("BgColor", "")) or not buttons:
        yield "keyboard: Type, BgColor or Buttons"
        return
    filled = 0
    for at, button in enumerate(buttons):
        yield from (f"button {at}: {wrong}" for wrong in _wrongs_of_button(button, version))
        if filled % COLUMNS + button["Columns"] > COLUMNS:
            yield f"button {at}: does not fit its row"
        filled += button["Columns"]
    if filled % COLUMNS or filled > COLUMNS * ROWS:
        yield f"keyboard: {filled} columns are no full rows, or more than {ROWS} of them"


def _wrongs_of_button(button: dict[str, Any], version: int) -> Iterator[str]:
    columns = button.get("Columns")
    if type(columns) is not int or not 1 <= columns <= COLUMNS:
        yield "Columns"
    if button.get("Rows") != 1:
        yield "Rows"
    if not 1 <= units(button.get("Text") or "") <= BUTTON_TEXT:
        yield "Text"
    if button.get("ActionType") not in ("reply", "none"):
        yield "ActionType"
    if not 1 <= len(button.get("ActionBody") or "") <= ACTION_BODY:
        yield "ActionBody"
    if button.get("TextSize") not in ("small", "regular") or not _COLOUR.fullmatch(button.get("BgColor", "")):
        yield "TextSize or BgColor"
    if version < API_VERSION and not button.keys().isdisjoint({"Silent", "TextShouldFit"}):
        yield f"needs min_api_version {API_VERSION}"
