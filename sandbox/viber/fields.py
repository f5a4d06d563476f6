"""What a JSON object of Viber's may hold: one line a field, and the two questions asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NUMBERS = (int, float)


def size(text: str) -> int:
    """The length in UTF-16 units, as Java counts "characters" (unsure for Viber; the stricter reading)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class Field:
    """One key: its JSON types, whether it must be there, its bounds, and the API version that knows it.

    low and high bound a number's value, a text's length in UTF-16 units, a list's length.
    """

    kinds: tuple[type, ...]
    needed: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    colour: bool = False
    since: int = 1


Fields = Mapping[str, Field]


def text(low: int | None = None, high: int | None = None, *, needed: bool = False, since: int = 1) -> Field:
    """A text of `low` to `high` UTF-16 units."""
    return Field((str,), needed, low, high, since=since)


def number(
    low: float | None = None, high: float | None = None, *, needed: bool = False, since: int = 1
) -> Field:
    """A whole number from `low` to `high`."""
    return Field((int,), needed, low, high, since=since)


def one_of(*choices: str, needed: bool = False, since: int = 1) -> Field:
    """One of these words."""
    return Field((str,), needed, choices=choices, since=since)


def flag(since: int = 1) -> Field:
    """true or false."""
    return Field((bool,), since=since)


def thing(*, needed: bool = False, since: int = 1) -> Field:
    """An object, looked into elsewhere."""
    return Field((dict,), needed, since=since)


def many(low: int, high: int | None = None, *, needed: bool = False, since: int = 1) -> Field:
    """A list of `low` to `high` things."""
    return Field((list,), needed, low, high, since=since)


def decimal(low: float, high: float) -> Field:
    """A number, whole or not, that must be there."""
    return Field(_NUMBERS, True, low, high)


COLOUR = Field((str,), colour=True)


def given(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without its nulls: Viber takes null for absent (viberbot sends `avatar: null` to no harm)."""
    return {key: value for key, value in body.items() if value is not None}


def missing(body: Mapping[str, Any], fields: Fields) -> list[str]:
    """The names of what must be there and is not."""
    return [name for name, field in fields.items() if field.needed and body.get(name) is None]


def misshapen(body: Mapping[str, Any], fields: Fields) -> Iterator[str]:
    """Complaints about unknown keys and about values of the wrong JSON type."""
    for name, value in body.items():
        if value is None:
            continue
        if name not in fields:
            yield f"unknown key {name}"
        elif type(value) not in fields[name].kinds:
            yield f"{name}: instance type ({type(value).__name__}) does not match any allowed type"


def beyond(body: Mapping[str, Any], fields: Fields, version: int | None = None) -> Iterator[str]:
    """Complaints about values out of bounds and, with a min_api_version, about what that version does not know."""
    for name, value in body.items():
        field = fields.get(name)
        if field is None or value is None:
            continue
        if version is not None and field.since > version:
            yield f"{name} needs min_api_version {field.since}, the message has {version}"
        measure = (
            value if isinstance(value, _NUMBERS) else size(value) if isinstance(value, str) else len(value)
        )
        if field.low is not None and measure < field.low:
            yield f"{name}: {measure} is less than {field.low:g}"
        if field.high is not None and measure > field.high:
            yield f"{name}: {measure} is more than {field.high:g}"
        if field.choices and value not in field.choices:
            yield f"{name}: {value!r} is none of {', '.join(field.choices)}"
        if field.colour and not _COLOUR.fullmatch(value):
            yield f"{name}: {value!r} is no colour like #rrggbb"
