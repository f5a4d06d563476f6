"""From a letter's words to Telegram's fields. Nothing is parsed as markup, so no name can break a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from bot.core.marks import Mark, Marked, Style
from bot.core.paper import PICTURES, VIDEO, Printed
from bot.core.signs import units

LABEL = "#"
"""The payload of a button that does nothing."""
AGAIN = "↻ "
"""Before a text that may have arrived already."""
TEXT_LENGTH = 4096
"""UTF-16 units: https://core.telegram.org/bots/api#sendmessage."""
CAPTION_LENGTH = 1024
UPLOAD_BYTES = 50 * 2**20
"""Of one call (that it is the whole call's is unsure; for a file it is said so)."""
PHOTO_BYTES = 10 * 2**20
"""https://core.telegram.org/bots/api#sending-files."""
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
"""Width and height together, and the longer by the shorter: https://core.telegram.org/bots/api#sendphoto."""
ALBUM = 10
"""Files that one call of https://core.telegram.org/bots/api#sendmediagroup takes; 2 at least."""
VOICES = {"audio/ogg", "audio/mpeg", "audio/mp4"}
"""https://core.telegram.org/bots/api#sendvoice; others may be sent as documents."""
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
    entities += _entities(text)[: ENTITIES - len(entities)]
    if entities:
        fields["entities"] = entities
    if words["rows"]:
        rows = [[_key(letter, *button) for button in row] for row in words["rows"]]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


def _entities(text: Marked) -> list[dict[str, Any]]:
    return [_entity(text.text, mark) for mark in text.marks[:ENTITIES]]


def _entity(text: str, mark: Mark) -> dict[str, Any]:
    offset, length = units(text[: mark.start]), units(text[mark.start : mark.end])
    return {"type": ENTITY[mark.style], "offset": offset, "length": length}


def caption(said: Marked, *, unsure: bool = False) -> dict[str, Any]:
    """The fields that say something with a file: none for nothing."""
    text = (Marked(AGAIN if unsure else "") + said).shortened(CAPTION_LENGTH).stripped()
    entities = {"caption_entities": _entities(text)} if text.marks else {}
    return {"caption": text.text, **entities} if text.text else {}


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that go by one call, and as what each."""

    files: list[Printed]
    kinds: list[str]


def batches(files: Sequence[Printed]) -> list[Batch]:
    """The fewest calls that these files need, in the order of the first of each: photos and videos go together,
    documents go together, a voice message goes alone. Without those that Telegram would not take.
    """
    made: list[Batch] = []
    open_: dict[str, Batch] = {}
    for file in files:
        kind = kind_of(file)
        if kind is None:
            continue
        group = "album" if kind in ("photo", "video") else kind
        batch = open_.get(group)
        if batch is None or kind == "voice" or not _room(batch, file):
            batch = open_[group] = Batch([], [])
            made.append(batch)
        batch.files.append(file)
        batch.kinds.append(kind)
    return made


def kind_of(file: Printed) -> str | None:
    """As what a file goes: photo, video, voice or document; None if Telegram would not take it."""
    if file.ref is None and not 0 < len(file.data) <= UPLOAD_BYTES:
        return None
    fits = {"photo": _is_photo(file), "video": file.mime == VIDEO, "voice": file.mime in VOICES}
    return file.sort if fits.get(file.sort) else "document"


def _is_photo(file: Printed) -> bool:
    width, height = (file.stored.width, file.stored.height) if file.stored else (None, None)
    if (
        width
        and height
        and (width + height > PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height))
    ):
        return False
    return file.mime in PICTURES and file.size <= PHOTO_BYTES


def _room(batch: Batch, file: Printed) -> bool:
    return len(batch.files) < ALBUM and sum(len(one.data) for one in [*batch.files, file]) <= UPLOAD_BYTES


def joined(messages: Sequence[str]) -> str | None:
    """The ids of a letter's messages as one short text: the first, and of each other how much larger it is."""
    if not messages:
        return None
    steps = [int(one) - int(before) for before, one in pairwise(messages)]
    return messages[0] + "".join(f"+{step}" for step in steps)


def parted(message: str) -> list[int]:
    """The ids again."""
    return list(accumulate(int(one) for one in message.split("+")))


def _key(letter: int, label: str, place: int | None, look: str | None) -> dict[str, str]:
    payload = LABEL if place is None else f"#{letter}.{place}"
    key = {"text": label.strip() or "·", "callback_data": payload}
    if look in _STYLES:
        key["style"] = _STYLES[look]
    return key
