"""How Viber's client reads styled text: marks in messages, HTML tags on buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any

from .fields import size

_MARKS = re.compile(r"(?<![^\W_])(```|[*_~])(?=\S)(.+?)(?<=\S)\1(?![^\W_])", re.DOTALL)
"""A mark opens before and closes after something that is not a space (docs/tools/text-formatting).

That a mark inside a word is left alone is unsure; so is that a style may span lines.
"""
_STYLES = {"*": "bold", "_": "italic", "~": "strikethrough", "```": "code"}
_TYPED = {"bold": "*", "italic": "_", "strikethrough": "~", "code": "```", "pre": "```"}
_TAGS = frozenset({"b", "i", "u", "s", "br", "font"})


def spans(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The text without its marks, and its styled spans (offset and length in UTF-16 units)."""
    found: list[dict[str, Any]] = []
    return _read(text, 0, found), sorted(found, key=lambda span: (span["offset"], -span["length"]))


def _read(text: str, offset: int, found: list[dict[str, Any]]) -> str:
    shown, end = "", 0
    for match in _MARKS.finditer(text):
        shown += text[end : match.start()]
        end = match.end()
        mark, inside = match.groups()
        start = offset + size(shown)
        words = inside if mark == "```" else _read(inside, start, found)
        found.append({"type": _STYLES[mark], "offset": start, "length": size(words)})
        shown += words
    return shown + text[end:]


def typed(text: str, entities: Iterable[Mapping[str, Any]]) -> str:
    """A text with the marks that stand for these entities (as Telegram has them), those that Viber has too."""
    raw, marks = text.encode("utf-16-le"), [one for one in entities if one["type"] in _TYPED]
    marks.sort(key=lambda one: (one["offset"], -one["length"]))
    ends = [(one["offset"] + one["length"], 0, -place, one) for place, one in enumerate(marks)]
    starts = [(one["offset"], 1, place, one) for place, one in enumerate(marks)]
    written, at = "", 0
    for offset, _end_or_start, _place, one in sorted(ends + starts, key=lambda edge: edge[:3]):
        written += raw[2 * at : 2 * offset].decode("utf-16-le") + _TYPED[one["type"]]
        at = offset
    return written + raw[2 * at :].decode("utf-16-le")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "br":
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _parsed(html: str) -> _Words:
    words = _Words()
    words.feed(html)
    words.close()
    return words


def label(html: str) -> str:
    """The words of a button's Text without its tags; <br> is a line break."""
    return "".join(_parsed(html).words)


def strange_tags(html: str) -> list[str]:
    """Tags that a button's Text may not hold, such as a name in angle brackets that nobody escaped."""
    return sorted(_parsed(html).tags - _TAGS)
