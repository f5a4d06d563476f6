"""From Viber's callbacks to events and receipts."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from viberbot.api.messages import MESSAGE_TYPE_TO_CLASS
from viberbot.api.viber_requests import create_request

from bot.core.clock import Clock
from bot.core.events import Attachment, Came, Event, Fate, Left, Pressed, Receipt, Said, Sent, Thing, What
from bot.viber.marks import read
from models.media import MediumSort

PAYLOAD = re.compile(r"#([0-9]{1,18})\.([0-9]{1,4})")
"""What our buttons say. Viber sends a press as a text like any other, so that anyone may type it."""
EVENTS = frozenset(
    {"message", "conversation_started", "subscribed", "unsubscribed", "delivered", "seen", "failed"}
)
"""What is understood; `webhook`, `client_status` and whatever is to come say nothing to us."""
TEXT_LENGTH = 7000
URL_LENGTH, NAME_LENGTH = 2000, 256
CONTEXT_LENGTH = 256
ADDRESS_LENGTH = 64
LATE, EARLY = timedelta(days=1), timedelta(minutes=5)
"""How far a callback's time may be off. Viber tries for an hour (developers.viber.com/docs/faq)."""
VOICE_ENDS = (".m4a", ".aac", ".amr", ".ogg", ".opus", ".mp3")
"""A voice message comes as a file with such a name (unsure: no page says so)."""
PICTURE_ENDS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".tif", ".tiff", ".bmp")
_SORTS = {"picture": MediumSort.PHOTO, "video": MediumSort.VIDEO, "file": MediumSort.FILE}
_THINGS = {"picture": Thing.PHOTO, "video": Thing.PHOTO, "sticker": Thing.STICKER, "file": Thing.FILE}
_LANGUAGES = {"UA": "uk", "RU": "ru", "BY": "ru", "GB": "en", "US": "en"}
"""What is likely spoken where Viber names a country only."""


def verify(token: str, body: bytes, signature: str | None) -> bool:
    """Whether Viber signed these very bytes (X-Viber-Content-Signature); in constant time, whatever is shown."""
    ours = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(ours.encode(), (signature or "").encode("utf-8", "replace"))


def event_of(raw: dict[str, Any], clock: Clock) -> Event | Receipt | None:
    """What a callback says, or None for what is not for us or does not read as Viber writes it; never an error."""
    kind = raw.get("event")
    if not isinstance(kind, str) or kind not in EVENTS:
        return None
    try:
        request = create_request(_bearable(raw))
    except (KeyError, TypeError, ValueError):  # viberbot takes whatever is there for what should be
        return None
    at = _at(request.timestamp, clock)
    token = _token(raw.get("message_token"))
    if kind in ("delivered", "seen", "failed"):
        trouble = _text(request.desc) if kind == "failed" else None
        reader = _address(request.user_id)
        return Receipt("viber", token, reader, Fate(kind), at, trouble) if token and reader else None
    token = token or _token(request.timestamp)  # in some of Viber's examples "subscribed" has none
    user = getattr(request, "sender" if kind == "message" else "user", None)
    address = _address(user.id if user else request.user_id)
    if token is None or address is None:
        return None
    language = _language(user.language, user.country) if user else None
    name = _text(user.name) if user else None
    what = _what(kind, request, raw)
    return Event(f"viber:{kind}:{token}:{address}", "viber", address, at, what, language, name)


def api_version(raw: dict[str, Any]) -> int | None:
    """What the Viber of whoever opened the bot understands, if a conversation_started tells."""
    user = raw.get("user")
    version = user.get("api_version") if isinstance(user, dict) else None
    return version if type(version) is int else None


def _bearable(raw: dict[str, Any]) -> dict[str, Any]:
    """The callback with what viberbot insists on and Viber may leave out, and only with messages that it knows."""
    body = {"desc": "", "type": "open", **raw}
    if raw["event"] == "message":
        kind = raw["message"]["type"]
        if not isinstance(kind, str) or kind not in MESSAGE_TYPE_TO_CLASS:
            body["message"] = {"type": "rich_media"}  # such as "gif": something, and not a text
    return body


def _what(kind: str, request: Any, raw: dict[str, Any]) -> What:
    match kind:
        case "message":
            return _said(request.message, raw["message"])
        case "conversation_started":
            return Came(_text(request.context)[:CONTEXT_LENGTH], welcome=True)
        case "subscribed":
            return Came()
        case _:
            return Left()


def _said(message: Any, raw: dict[str, Any]) -> What:
    kind = message.to_dict()["type"]
    if kind == "text":
        text = _text(message.text)
        press = PAYLOAD.fullmatch(text)
        return Pressed(int(press[1]), int(press[2])) if press else Said(text, read(text))
    if kind == "url":
        return Sent(Thing.OTHER, _text(message.media))
    thing, file = _THINGS.get(kind, Thing.OTHER), _attachment(kind, raw)
    if file is not None and file.sort is MediumSort.VOICE:
        thing = Thing.VOICE
    caption = _text(getattr(message, "text", None))
    return Sent(thing, caption, file, read(caption))


def _attachment(kind: str, raw: dict[str, Any]) -> Attachment | None:
    """What can be fetched of a message; its size stands in `file_size` or, in some of Viber's examples, in `size`."""
    ref, name = _text(raw.get("media")), _text(raw.get("file_name"))
    if kind not in _SORTS or not 0 < len(ref) <= URL_LENGTH:
        return None
    sort = _SORTS[kind]
    if kind == "file" and name.lower().endswith(VOICE_ENDS):
        sort = MediumSort.VOICE
    elif kind == "file" and name.lower().endswith(PICTURE_ENDS):
        sort = MediumSort.PHOTO
    size = _whole(raw.get("file_size", raw.get("size"))) or 0
    return Attachment(ref, name[:NAME_LENGTH], size, sort, _whole(raw.get("duration")))


def _whole(value: object) -> int | None:
    """A whole number that any database takes, if it is one."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def _text(value: object) -> str:
    """What a person wrote, without what no database takes: halves of signs and zero bytes."""
    if not isinstance(value, str):
        return ""
    return value[:TEXT_LENGTH].encode("utf-8", "replace").decode().replace("\0", "")


def _token(value: object) -> str | None:
    """A message_token, which is a whole number of 64 bits, as text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value):
        return value
    return str(value) if type(value) is int and 0 <= value < 2**64 else None


def _address(value: object) -> str | None:
    """A person's id as a chat's address, if it can be one."""
    fits = isinstance(value, str) and 0 < len(value) <= ADDRESS_LENGTH and value.isprintable()
    return str(value) if fits else None


def _at(timestamp: object, clock: Clock) -> datetime:
    """When it happened, from milliseconds since the epoch; now, where that is not told or cannot be."""
    now = clock.now()
    if type(timestamp) is not int or not 0 < timestamp < 10**14:
        return now
    told = datetime.fromtimestamp(timestamp / 1000, UTC)
    return told if now - LATE <= told <= now + EARLY else now


def _language(language: object, country: object) -> str | None:
    if isinstance(language, str) and 2 <= len(language) <= 16:
        return language
    return _LANGUAGES.get(country) if isinstance(country, str) else None
