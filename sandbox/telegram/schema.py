"""Reads a call's parameters by the table in bot_api.json, and refuses what the Bot API would refuse.

Stricter than Telegram on purpose: an unknown parameter or field is refused (Telegram passes over it in silence),
and so is a parameter of a wrong type (Telegram takes a bad number for 0).
Error texts are those of Client.cpp in github.com/tdlib/telegram-bot-api @01a3679c; those that have no counterpart
there, because Telegram would not complain, are worded alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Reader = Callable[[Any], Any]
"""Takes a value from the wire and gives it in its own type; raises Mistake."""


@dataclass
class Refused(Exception):
    """A call that Telegram would not carry out: the HTTP status, what is said, and `parameters` of the answer."""

    code: int
    description: str
    parameters: dict[str, int] = field(default_factory=dict)


def bad_request(message: str) -> Refused:
    """A 400 in Telegram's manner: the first letter small, unless the message is a code such as DATA_INVALID."""
    if len(message) > 1 and (message[1] == "_" or "A" <= message[1] <= "Z"):
        return Refused(400, f"Bad Request: {message}")
    return Refused(400, f"Bad Request: {message[:1].lower()}{message[1:]}")


@dataclass(frozen=True)
class Upload:
    """A file that came with a call as a part of multipart/form-data."""

    name: str
    mime: str
    data: bytes = field(repr=False)


class Params(dict[str, Any]):
    """The read parameters of one call, with the files that came along, by the name of their part."""

    uploads: dict[str, Upload]


class Mistake(Exception):
    """A value that does not fit; its text says of what kind it should be."""


TABLE = json.loads(Path(__file__).with_name("bot_api.json").read_text("utf-8"))
WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
INT64 = range(-(2**63), 2**63)
TYPE = re.compile(r"(?P<kind>.+?)(?:\{(?P<low>\d+),(?P<high>\d+)(?P<unit>b?)\})?$")

MISSING = {
    "chat_id": "chat_id is empty",
    "text": "Message text is empty",
    "message_id": "Message identifier is not specified",
    "message_ids": "Message identifiers are not specified",
    "file_id": "file_id not specified",
    "photo": "There is no photo in the request",
    "document": "There is no document in the request",
    "voice": "There is no voice in the request",
    "video": "There is no video in the request",
    "action": "Wrong parameter action in request",
}
"""What is said when a required parameter is missing; otherwise 'Parameter "x" is required'."""

SIZES = {
    "InlineKeyboardButton.callback_data": (
        "Can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        "BUTTON_DATA_INVALID",
    ),
    "BotCommand.command": ("Command must be non-empty", "Command length must not exceed 32"),
    "BotCommand.description": (
        "Command description must be non-empty",
        "Command description length must not exceed 256",
    ),
    "setMyCommands.commands": ("", "BOT_COMMANDS_TOO_MUCH"),
    "setWebhook.secret_token": ("", "secret token is too long"),
    "answerCallbackQuery.text": ("", "MESSAGE_TOO_LONG"),
    "sendMediaGroup.media": (
        'Parameter "media" must have 2-10 items',  # Telegram sends one alone as a message like any other
        "Too many messages to send as an album",
    ),
    "deleteMessages.message_ids": (
        "Message identifiers are not specified",
        "Too many message identifiers specified",
    ),
}
"""What is said when a value is too short and too long; otherwise the permitted size is named."""

OBJECTS = {
    "InlineKeyboardButton": "Can't parse inline keyboard button: ",
    "KeyboardButton": "Can't parse keyboard button: ",
}
"""How a mistake inside such an object is introduced; otherwise "Can't parse <type>: "."""


def _integer(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in INT64:
        return value
    raise Mistake("must be of type Number")


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Mistake("must be of type String")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Mistake("must be encoded in UTF-8")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in WORDS:
        return WORDS[value.lower()]
    raise Mistake("must be of type Boolean")


def _upload(value: Any) -> Upload:
    if isinstance(value, Upload):
        return value
    raise Mistake("must be a file")


PLAIN: dict[str, Reader] = {
    "Integer": _integer,
    "String": _string,
    "Boolean": _boolean,
    "True": _boolean,
    "InputFile": _upload,
}
_objects: dict[str, Reader] = {}


def _reader(spec: str, owner: str, name: str) -> Reader:
    """The reader of a type as the table writes it; `owner` and `name` are the field's, for what is said."""
    parts = TYPE.match(spec)
    assert parts is not None  # noqa: S101 - the table is ours
    read = _kind(parts["kind"])
    if not parts["high"]:
        return read
    low, high, in_bytes = int(parts["low"]), int(parts["high"]), bool(parts["unit"])
    unit = "bytes" if in_bytes else "items" if spec[0] == "[" else "characters"
    said = f'Parameter "{name}" must have {low}-{high} {unit}'
    too_short, too_long = SIZES.get(f"{owner}.{name}", (said, said))

    def sized(value: Any) -> Any:
        value = read(value)
        size = len(value.encode()) if in_bytes else len(value)
        if not low <= size <= high:
            raise bad_request(too_short if size < low else too_long)
        return value

    return sized


def _kind(kind: str) -> Reader:
    if kind in PLAIN:
        return PLAIN[kind]
    if kind[0] == "[":
        return _array(_kind(kind[1:-1]))
    if kind[0] == "=":
        return _string
    if "|" in kind:
        return _choice(kind.split("|"))
    shape = TABLE["types"][kind]
    if isinstance(shape, str):
        return _choice(shape.split("|"))
    return lambda value: _objects[kind](value)


def _array(read: Reader) -> Reader:
    def array(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Mistake("must be an Array")
        return [read(item) for item in value]

    return array


def _choice(kinds: list[str]) -> Reader:
    """A choice of objects is made by the fixed `type`, else by the required fields; a choice of values by trying."""
    if kinds[0] in PLAIN:
        plain = [PLAIN[kind] for kind in kinds]

        def value_of(value: Any) -> Any:
            for read in plain[:-1]:
                try:
                    return read(value)
                except Mistake:
                    continue
            return plain[-1](value)

        return value_of

    shapes = {kind: TABLE["types"][kind] for kind in kinds}
    by_type = {shape["type!"][1:]: kind for kind, shape in shapes.items() if "type!" in shape}
    needs = {kind: {name[:-1] for name in shape if name[-1] == "!"} for kind, shape in shapes.items()}

    def object_of(value: Any) -> Any:
        if not isinstance(value, dict):
            raise Mistake("must be an Object")
        if by_type:
            chosen = by_type.get(str(value.get("type")))
        else:
            chosen = next((kind for kind, required in needs.items() if required <= value.keys()), None)
        if chosen is None:
            raise bad_request(f"Can't parse {kinds[0]}: unsupported type specified")
        return _objects[chosen](value)

    return object_of


def _fields(owner: str, shape: dict[str, str]) -> tuple[dict[str, Reader], tuple[str, ...]]:
    required = tuple(name[:-1] for name in shape if name[-1] == "!")
    readers = {name.rstrip("!"): _reader(kind, owner, name.rstrip("!")) for name, kind in shape.items()}
    return readers, required


def _object(kind: str, shape: dict[str, str]) -> Reader:
    readers, required = _fields(kind, shape)
    where = OBJECTS.get(kind, f"Can't parse {kind}: ")

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise bad_request(f"{where}Object expected")
        for name in required:
            if name not in value:
                raise bad_request(f'{where}Can\'t find field "{name}"')
        result = {}
        for name, item in value.items():
            if name not in readers:
                raise bad_request(f'{where}unknown field "{name}"')
            try:
                result[name] = readers[name](item)
            except Mistake as mistake:
                raise bad_request(f'{where}Field "{name}" {mistake}') from None
        return result

    return read


def _unpacked(read: Reader) -> Reader:
    """An array or object among the parameters may come as JSON in a string."""

    def unpack(value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise Mistake("must be JSON") from None
        return read(value)

    return unpack


for _name, _shape in TABLE["types"].items():
    if isinstance(_shape, dict):
        _objects[_name] = _object(_name, _shape)

_METHODS: dict[str, tuple[dict[str, Reader], tuple[str, ...]]] = {}
for _name, _shape in TABLE["methods"].items():
    _readers, _required = _fields(_name, _shape)
    for _field, _spec in _shape.items():
        if _spec[0] == "[" or _spec.split("|")[0] in TABLE["types"]:
            _readers[_field.rstrip("!")] = _unpacked(_readers[_field.rstrip("!")])
    _METHODS[_name] = (_readers, _required)

NAMES = {name.lower(): name for name in _METHODS}
"""The methods' names by their small letters, as Telegram takes them in any case."""


def read(method: str, raw: dict[str, Any], uploads: dict[str, Upload]) -> Params:
    """The parameters of a call in their own types.

    raw: as they came: strings, numbers, or unpacked JSON. uploads: files by part, which parameters name with
    attach://part. Raises Refused (400) for unknown, missing, ill-typed or ill-sized parameters.
    """
    readers, required = _METHODS[method]
    params = Params()
    params.uploads = uploads
    for name, value in raw.items():
        reader = readers.get(name)
        if reader is None:
            raise bad_request(f"unknown parameter '{name}'")
        if value is None:
            continue
        try:
            params[name] = reader(value)
        except Mistake as mistake:
            raise bad_request(f'Parameter "{name}" {mistake}') from None
    for name in required:
        if name not in params:
            raise bad_request(MISSING.get(name, f'Parameter "{name}" is required'))
    return params
