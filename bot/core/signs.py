"""Signs: how long a text is to a messenger, and where it may be cut."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_SKINS = {chr(code) for code in range(0x1F3FB, 0x1F400)}
_FLAGS = {chr(code) for code in range(0x1F1E6, 0x1F200)}


def units(text: str) -> int:
    """The length of a text in UTF-16 units, as messengers count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fitting(text: str, most: int) -> int:
    """How many of the first signs of a text have room in that many UTF-16 units."""
    return len(text[:most].encode("utf-16-le", "surrogatepass")[: 2 * most].decode("utf-16-le", "ignore"))


def shorten(text: str, most: int) -> str:
    """The text, cut to that many UTF-16 units with an ellipsis; what people see as one sign is never cut in two."""
    if len(text) * 2 <= most or units(text) <= most:
        return text
    end = fitting(text, most - 1)
    while end and clings(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def clings(text: str, place: int) -> bool:
    """Whether the sign at this place is a part of the one before it: an accent, a piece of an emoji or of a flag."""
    if not 0 < place < len(text):
        return False
    before, sign = text[place - 1], text[place]
    if unicodedata.category(sign).startswith("M") or _JOINER in (before, sign) or sign in _SKINS:
        return True
    first = place
    while sign in _FLAGS and first and text[first - 1] in _FLAGS:
        first -= 1
    return (place - first) % 2 == 1
