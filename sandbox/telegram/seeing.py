"""A message as its owner sees it on the phone, in the form that wire.Phone.view promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.telegram.files import StoredFile

SPANS = {"bold": "bold", "italic": "italic", "strikethrough": "strikethrough", "code": "code", "pre": "code"}
"""Entities that are shown styled, and how."""
KINDS = ("text", "photo", "voice", "sticker", "document", "video")


@dataclass(slots=True)
class Shown:
    """A message in the chat: as the Bot API gives it, whether the person wrote it, and how often it was edited."""

    message: dict[str, Any]
    mine: bool
    edits: int = 0


def rows(message: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The keys under a message."""
    found: list[list[dict[str, Any]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return found


def words(message: dict[str, Any]) -> str:
    """The text of a message, or its caption."""
    text: str = message.get("text") or message.get("caption") or ""
    return text


def token(shown: Shown, y: int, x: int) -> str:
    """What a key is pressed by; the edits are part of it, so that a key that was edited away cannot be pressed."""
    return f"{shown.message['message_id']}.{shown.edits}.{y}.{x}"


def key(button: dict[str, Any], token: str, of: int) -> dict[str, Any]:
    """A key in a row of so many."""
    return {
        "label": button["text"],
        "token": token,
        "columns": max(1, 6 // of),
        "rows": 1,
        "colour": None,
        "url": button.get("url"),
        "style": button.get("style"),
        "inert": "disabled" in button,
    }


def kind_of(message: dict[str, Any]) -> str:
    """Which of KINDS it is, else "service"."""
    return next((kind for kind in KINDS if kind in message), "service")


def file_id(message: dict[str, Any]) -> str | None:
    """The file that a message shows, of a photo its largest size; stickers are none."""
    kind = kind_of(message)
    if kind in ("text", "sticker", "service"):
        return None
    return str((message["photo"][-1] if kind == "photo" else message[kind])["file_id"])


def message(shown: Shown, stored: StoredFile | None) -> dict[str, Any]:
    """A message as in view(); stored: what the server keeps of its file."""
    content = shown.message
    kind = kind_of(content)
    entities = content.get("entities") or content.get("caption_entities") or []
    reply = content.get("reply_to_message")
    return {
        "id": content["message_id"],
        "mine": shown.mine,
        "kind": kind,
        "text": _read(content, kind, shown.mine),
        "spans": [
            {"type": SPANS[entity["type"]], "offset": entity["offset"], "length": entity["length"]}
            for entity in entities
            if entity["type"] in SPANS
        ],
        "edited": "edit_date" in content,
        "at": content["date"],
        "keys": [
            [key(button, token(shown, y, x), len(row)) for x, button in enumerate(row)]
            for y, row in enumerate(rows(content))
        ],
        "file": {"name": stored.name, "size": stored.size} if stored and stored.data is not None else None,
        "group": content.get("media_group_id"),
        "reply": {"kind": kind_of(reply), "text": _read(reply, kind_of(reply), False)} if reply else None,
        "seconds": stored.duration if stored and kind in ("voice", "video") else None,
    }


def _read(message: dict[str, Any], kind: str, mine: bool) -> str:
    """The text or caption, or what stands for it: a sticker's emoji, a document's name."""
    text = words(message)
    if mine and text.startswith("/start "):
        return "/start"  # the apps do not show what a link carried
    about = message.get(kind)
    name = {"sticker": "emoji", "document": "file_name"}.get(kind)
    return text or (str(about.get(name, "")) if name and isinstance(about, dict) else "")
