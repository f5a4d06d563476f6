"""From a letter's words to Telegram's fields. Nothing is parsed as markup, so no name can break a message."""

from __future__ import annotations

from typing import Any

from bot.core.screens import shorten

LABEL = "#"
"""The payload of a button that does nothing."""
AGAIN = "↻ "
"""Before a text that may have arrived already."""
TEXT_LENGTH = 4096
"""UTF-16 units: https://core.telegram.org/bots/api#sendmessage."""
_STYLES = {"main": "primary", "danger": "danger"}


def message(words: dict[str, Any], letter: int, *, unsure: bool = False) -> dict[str, Any]:
    """The fields of sendMessage and editMessageText that show these words: text, entities, buttons."""
    mark = AGAIN if unsure else ""
    title = words["title"]
    text = shorten(mark + "\n".join(part for part in (title, words["text"]) if part), TEXT_LENGTH)
    fields: dict[str, Any] = {"text": text, "link_preview_options": {"is_disabled": True}}
    if title:
        fields["entities"] = [{"type": "bold", "offset": _units(mark), "length": _units(title)}]
    if words["rows"]:
        rows = [[_key(letter, *button) for button in row] for row in words["rows"]]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def _key(letter: int, label: str, place: int | None, look: str | None) -> dict[str, str]:
    payload = LABEL if place is None else f"#{letter}.{place}"
    key = {"text": label.strip() or "·", "callback_data": payload}
    if look in _STYLES:
        key["style"] = _STYLES[look]
    return key


def _units(text: str) -> int:
    """Length as Telegram counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
