"""From a letter's words to Telegram's fields. Nothing is parsed as markup, so no name can break a message."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Refused
from bot.core.marks import Mark, Marked, Style
from bot.core.paper import PICTURES, Printed
from bot.core.signs import shorten, units

LABEL = "#"
"""The payload of a button that does nothing."""
AGAIN = "↻ "
"""Before a text that may have arrived already."""
TEXT_LENGTH = 4096
"""UTF-16 units: https://core.telegram.org/bots/api#sendmessage."""
CAPTION_LENGTH = 1024
DOCUMENT_BYTES = 50 * 2**20
PICTURE_BYTES = 10 * 2**20
"""https://core.telegram.org/bots/api#sending-files."""
ENTITIES = 100
"""More are not shown (https://github.com/rubenlagus/TelegramBots/issues/854)."""
ENTITY = {
    Style.BOLD: "bold",
    Style.ITALIC: "italic",
    Style.STRIKE: "strikethrough",
    Style.MONO: "code",
}
"""https://core.telegram.org/bots/api#messageentity"""
_STYLES = {"main": "primary", "danger": "danger"}


def message(words: dict[str, Any], letter: int, *, unsure: bool = False) -> dict[str, Any]:
    """The fields of sendMessage and editMessageText that show these words: text, entities, buttons."""
    before, title = AGAIN if unsure else "", words["title"]
    head = before + title + ("\n" if title and words["text"] else "")
    text = (Marked(head) + Marked.unpacked(words["text"], words.get("marks", ()))).shortened(TEXT_LENGTH)
    fields: dict[str, Any] = {"text": text.text, "link_preview_options": {"is_disabled": True}}
    entities = [{"type": "bold", "offset": units(before), "length": units(title)}] if title else []
    entities += [_entity(text.text, mark) for mark in text.marks[: ENTITIES - len(entities)]]
    if entities:
        fields["entities"] = entities
    if words["rows"]:
        rows = [[_key(letter, *button) for button in row] for row in words["rows"]]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def _entity(text: str, mark: Mark) -> dict[str, Any]:
    offset, length = units(text[: mark.start]), units(text[mark.start : mark.end])
    return {"type": ENTITY[mark.style], "offset": offset, "length": length}


def caption(words: dict[str, Any], *, unsure: bool = False) -> str | None:
    """What is said with a file, or None for nothing."""
    return shorten((AGAIN if unsure else "") + words["text"], CAPTION_LENGTH).strip() or None


def shown_as_picture(words: dict[str, Any], file: Printed) -> bool:
    """Whether a file goes as a picture; Refused if it is too large for what it goes as, or empty."""
    picture = bool(words.get("picture")) and file.mime in PICTURES
    if not 0 < len(file.data) <= (PICTURE_BYTES if picture else DOCUMENT_BYTES):
        raise Refused(f"a file of {len(file.data)} bytes")
    return picture


def _key(letter: int, label: str, place: int | None, look: str | None) -> dict[str, str]:
    payload = LABEL if place is None else f"#{letter}.{place}"
    key = {"text": label.strip() or "·", "callback_data": payload}
    if look in _STYLES:
        key["style"] = _STYLES[look]
    return key
