"""From Telegram's updates to events."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, MessageEntity, Update
from pydantic import ValidationError

from bot.core.clock import Clock
from bot.core.events import Attachment, Came, Event, Left, Pressed, Returned, Said, Sent, Thing, What
from bot.core.marks import Mark, Marked, Style
from models.media import MediumSort

ALLOWED = ["message", "callback_query", "my_chat_member"]
"""The updates we ask for."""
PAYLOAD = re.compile(r"#([0-9]{1,18})\.([0-9]{1,4})")
NAME_LENGTH = 256
"""Signs of a file's name that are kept."""
STYLES = {
    "bold": Style.BOLD,
    "italic": Style.ITALIC,
    "strikethrough": Style.STRIKE,
    "code": Style.MONO,
    "pre": Style.MONO,
}
"""What we keep of https://core.telegram.org/bots/api#messageentity: what Viber can show too."""
_START = re.compile(r"/start(?:@\w+)?(?:\s+(\S+))?\s*")


def event_of(raw: dict[str, Any], clock: Clock) -> Event | str | None:
    """What an update says, or the id of a button press that says nothing (a label), or None for what is not for us.

    Whatever does not read as an update, or comes from a group, is None: it must not stop what is behind it.
    """
    try:
        update = Update.model_validate(raw)
    except (ValidationError, AiogramError, OverflowError, RecursionError):
        return None
    key = f"telegram:{update.update_id}"
    if update.message:
        return _of_message(key, update.message, clock)
    if update.callback_query:
        return _of_press(key, update.callback_query, clock)
    if update.my_chat_member:
        return _of_membership(key, update.my_chat_member, clock)
    return None


def _of_message(key: str, message: Message, clock: Clock) -> Event | None:
    if message.chat.type != "private" or message.from_user is None or message.from_user.is_bot:
        return None
    return Event(
        key,
        "telegram",
        str(message.chat.id),
        min(message.date, clock.now()),
        _what(message),
        message.from_user.language_code,
        message.from_user.full_name.replace("\0", ""),
    )


def _what(message: Message) -> What:
    raw = message.text or message.caption or ""
    text = raw.replace("\0", "")  # no database takes zero bytes
    styled = _styled(raw, message.entities or message.caption_entities or ())
    file = _attachment(message)
    reply_to = str(message.reply_to_message.message_id) if message.reply_to_message else None
    if message.forward_origin is not None:
        return Sent(Thing.FORWARD, text, file, styled)
    if message.text is not None:
        start = _START.fullmatch(text)
        return Came(start[1] or "") if start else Said(text, styled, reply_to)
    things = {
        Thing.PHOTO: message.photo or message.video or message.animation,
        Thing.VOICE: message.voice or message.video_note or message.audio,
        Thing.STICKER: message.sticker,
        Thing.FILE: message.document,
    }
    return Sent(
        next((thing for thing, there in things.items() if there), Thing.OTHER), text, file, styled, reply_to
    )


def _styled(raw: str, entities: Sequence[MessageEntity]) -> Marked | None:
    """The text with its marks, and with the address behind whatever leads to one; None if it has neither."""
    coded = raw.encode("utf-16-le")

    def place(units: int) -> int:
        return len(coded[: 2 * max(units, 0)].decode("utf-16-le", "ignore").replace("\0", ""))

    spans = [(place(one.offset), place(one.offset + one.length), one) for one in entities]
    marks = [Mark(STYLES[one.type], start, end - start) for start, end, one in spans if one.type in STYLES]
    text = raw.replace("\0", "")
    styled = Marked(text, tuple(marks))
    for start, end, one in sorted(spans, key=lambda span: span[1], reverse=True):
        address = (one.url or "").replace("\0", "")
        if one.type == "text_link" and _bare(address) != _bare(text[start:end]):
            styled = styled.part(0, end) + Marked(f" ({address})") + styled.part(end, len(styled.text))
    return styled if styled.marks or styled.text != text else None


def _bare(address: str) -> str:
    """An address as people write it."""
    return re.sub(r"^https?://|/$", "", address.strip())


def _attachment(message: Message) -> Attachment | None:
    """What can be fetched of a message, and what it is sent as; of a photo's sizes the largest."""
    if message.photo:
        largest = max(message.photo, key=lambda one: one.width * one.height)
        sides = largest.width, largest.height
        return _told(largest.file_id, None, largest.file_size, MediumSort.PHOTO, None, *sides)
    if moving := message.video or message.animation:  # the latter comes as a document too
        about = moving.duration, moving.width, moving.height
        return _told(moving.file_id, moving.file_name, moving.file_size, MediumSort.VIDEO, *about)
    if note := message.video_note:
        about = note.duration, note.length, note.length
        return _told(note.file_id, None, note.file_size, MediumSort.VIDEO, *about)
    if voice := message.voice:
        return _told(voice.file_id, None, voice.file_size, MediumSort.VOICE, voice.duration)
    if audio := message.audio:
        return _told(audio.file_id, audio.file_name, audio.file_size, MediumSort.VOICE, audio.duration)
    if document := message.document:
        picture = (document.mime_type or "").startswith("image/")
        sort = MediumSort.PHOTO if picture else MediumSort.FILE
        return _told(document.file_id, document.file_name, document.file_size, sort)
    return None


def _told(
    ref: str,
    name: str | None,
    size: int | None,
    sort: MediumSort,
    seconds: int | None = None,
    width: int | None = None,
    height: int | None = None,
) -> Attachment:
    named = (name or "").replace("\0", "")[:NAME_LENGTH]
    return Attachment(ref, named, size or 0, sort, seconds, width, height)


def _of_press(key: str, query: CallbackQuery, clock: Clock) -> Event | str | None:
    message = query.message
    if message is None or message.chat.type != "private":
        return query.id
    match = PAYLOAD.fullmatch(query.data or "")
    if match is None:
        return query.id
    what = Pressed(int(match[1]), int(match[2]), str(message.message_id), query.id)
    user = query.from_user
    name = user.full_name.replace("\0", "")
    return Event(key, "telegram", str(message.chat.id), clock.now(), what, user.language_code, name)


def _of_membership(key: str, change: ChatMemberUpdated, clock: Clock) -> Event | None:
    if change.chat.type != "private":
        return None
    what = Left() if change.new_chat_member.status in ("kicked", "left") else Returned()
    language = change.from_user.language_code
    return Event(key, "telegram", str(change.chat.id), min(change.date, clock.now()), what, language)
