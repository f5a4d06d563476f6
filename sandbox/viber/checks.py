"""Whether Viber takes a request: the server's verdict on a message, and the client's on its keyboard.

Stricter than Viber on purpose: a key that the documents do not name is refused with status 3 (also `auth_token` in
the body, which works in practice but is no longer documented).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

from . import keyboard, limits
from .fields import Fields, beyond, decimal, flag, given, many, misshapen, missing, number, text, thing


class Refused(Exception):
    """A status other than 0, and Viber's words for it."""

    def __init__(self, status: int, why: str = "") -> None:
        self.status = status
        self.message = f"{limits.STATUS[status]}: {why}" if why else limits.STATUS[status]
        super().__init__(self.message)


_COMMON: Fields = {
    "sender": thing(needed=True),
    "type": text(1),
    "tracking_data": text(0, limits.TRACKING_DATA),
    "min_api_version": number(1),
    "keyboard": thing(),
}
_SENDER: Fields = {"name": text(1, limits.SENDER_NAME, needed=True), "avatar": text(1, limits.URL)}
_MEDIA = text(1, limits.URL, needed=True)
_TYPES: dict[str, Fields] = {
    "text": {"text": text(1, limits.TEXT, needed=True)},
    "picture": {
        "text": text(0, limits.PICTURE_TEXT, needed=True),
        "media": _MEDIA,
        "thumbnail": text(1, limits.URL),
    },
    "video": {
        "media": _MEDIA,
        "size": number(1, limits.VIDEO_BYTES, needed=True),
        "duration": number(0, limits.VIDEO_SECONDS),
        "thumbnail": text(1, limits.URL),
    },
    "file": {
        "media": _MEDIA,
        "size": number(1, limits.FILE_BYTES, needed=True),
        "file_name": text(1, limits.FILE_NAME, needed=True),
    },
    "contact": {"contact": thing(needed=True)},
    "location": {"location": thing(needed=True)},
    "url": {"media": _MEDIA},
    "sticker": {"sticker_id": number(1, needed=True)},
    "rich_media": {"rich_media": thing(needed=True), "alt_text": text(0, limits.TEXT)},
}
_CONTACT: Fields = {
    "name": text(1, limits.CONTACT_NAME, needed=True),
    "phone_number": text(1, limits.PHONE_DIGITS, needed=True),
}
_LOCATION: Fields = {"lat": decimal(-90, 90), "lon": decimal(-180, 180)}
_METHODS: dict[str, Fields] = {
    "set_webhook": {
        "url": text(0, limits.URL, needed=True),
        "event_types": many(0),
        "send_name": flag(),
        "send_photo": flag(),
    },
    "get_account_info": {},
    "get_user_details": {"id": text(1, needed=True)},
    "get_online": {"ids": many(1, limits.ONLINE_IDS, needed=True)},
}
_ADDRESSED: dict[str, Fields] = {
    "receiver": {"receiver": text(1, needed=True)},
    "broadcast_list": {"broadcast_list": many(1, limits.BROADCAST_LIST, needed=True)},
    "": {},
}


def parse(raw: bytes) -> dict[str, Any]:
    """The request's JSON object; Refused when it is none, or is larger than Viber takes."""
    if len(raw) > limits.JSON_BYTES:
        raise Refused(3, f"request of {len(raw)} bytes exceeds {limits.JSON_BYTES}")
    try:
        body = json.loads(raw or b"{}")
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refused(3, f"no JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(3, "no JSON object")
    return given(body)


def plain(method: str, body: dict[str, Any]) -> None:
    """Check the body of a method that sends no message; Refused if Viber would."""
    _look(body, _METHODS[method])
    _texts(body, "ids")


def message(body: dict[str, Any], to: Literal["receiver", "broadcast_list", ""]) -> None:
    """Check a message as Viber's server does, `to` being the key that says to whom; Refused if Viber would."""
    kind = body.get("type")
    if kind is None and "keyboard" not in body:
        raise Refused(4, "type")
    if kind is not None and (not isinstance(kind, str) or kind not in _TYPES):
        raise Refused(3, f"type: {kind!r}")
    _look(body, {**_COMMON, **_ADDRESSED[to], **(_TYPES[kind] if kind else {})})
    _look(given(body["sender"]), _SENDER, "sender/")
    _texts(body, "broadcast_list")
    for wrong in _type_rules(body):
        raise Refused(3, wrong)
    version = body.get("min_api_version", 1)
    for name in ("keyboard", "rich_media"):
        if name in body:
            _board(name, body[name], version)
    if kind == "rich_media" and version < 2:
        raise Refused(14, "rich_media needs min_api_version 2")  # the code is unsure, the need is not


def _look(body: dict[str, Any], fields: Fields, where: str = "") -> None:
    for name in missing(body, fields):
        raise Refused(4, where + name)
    for wrong in (*misshapen(body, fields),):
        raise Refused(3, where + wrong)
    for wrong in beyond(body, fields):
        raise Refused(3, where + wrong)


def _texts(body: dict[str, Any], name: str) -> None:
    if not all(isinstance(one, str) for one in body.get(name, ())):
        raise Refused(3, f"{name}: instance type does not match any allowed type")


def _board(name: str, board: dict[str, Any], version: int) -> None:
    wrongs = list(keyboard.refusals(board, version))
    if not wrongs and board["Type"] != name:
        wrongs = [f"Type: instance value ({board['Type']!r}) not found in enum"]
    if wrongs:
        raise Refused(3, f"{name} is not valid. {wrongs}")


def _type_rules(body: dict[str, Any]) -> Iterator[str]:
    kind = body.get("type")
    for name in ("media", "thumbnail"):
        if name in body and not is_url(body[name]):
            yield f"{name}: {body[name]!r} is no URL"
    path = urlsplit(body["media"]).path.lower() if "media" in body else ""
    if kind == "picture" and not path.endswith(limits.PICTURE_ENDS):
        yield f"media: the URL's path must end with one of {', '.join(limits.PICTURE_ENDS)}"
    if kind == "video" and not path.endswith(".mp4"):
        yield "media: the URL's path must end with .mp4"
    if kind == "file":
        yield from _file_rules(body["file_name"], path)
    if kind == "contact":
        _look(given(body["contact"]), _CONTACT, "contact/")
        if not re.fullmatch(r"\+?\d+", body["contact"]["phone_number"]):
            yield "contact/phone_number: digits with the country's code"
    if kind == "location":
        _look(given(body["location"]), _LOCATION, "location/")


def _file_rules(name: str, path: str) -> Iterator[str]:
    stem, dot, end = name.rpartition(".")
    if not (stem and dot and end):
        yield "file_name: must have an extension"
    elif end.lower() in limits.FORBIDDEN_ENDS:
        yield f"file_name: .{end} is forbidden"
    elif "." not in path.rpartition("/")[2]:
        yield "media: the URL's path must end with an extension"


def is_url(text: str) -> bool:
    """Whether this is an absolute http or https URL."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def boards(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The keyboard and the rich media of a message, those that it has."""
    return [body[name] for name in ("keyboard", "rich_media") if name in body]


def rejections(body: dict[str, Any]) -> list[str]:
    """What the person's client finds wrong with a message that the server took."""
    version = body.get("min_api_version", 1)
    return [wrong for board in boards(body) for wrong in keyboard.rejections(board, version)]


def notes(body: dict[str, Any]) -> list[str]:
    """What is legal in the message but looks like a slip."""
    return [note for board in boards(body) for note in keyboard.notes(board)]
