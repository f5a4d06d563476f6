"""Names as people type them: what is tidied, what is refused in a name, and in which order names stand."""

from __future__ import annotations

import re
import unicodedata

CLASS_LENGTH = 40
"""Signs of a class's name: enough for «Підготовча група «Сонечко»»; a button may cut it."""
MARKUP = frozenset("<>{}[]|\\`*_~@")
"""Signs that a messenger or a spreadsheet may take for something else; no name needs them."""


class BadName(Exception):
    """A text that cannot be a name."""


class NoName(BadName):
    """Nothing in it is a letter or a digit."""


class TooLong(BadName):
    """It has more signs than there is room for."""


class StrangeSigns(BadName):
    """It has control signs, or such as could become markup."""


def tidied(text: str, most: int) -> str:
    """The name: composed, trimmed, with single spaces; NoName, TooLong or StrangeSigns where it cannot be one.

    Any script is welcome. Invisible signs are refused, as two names must not look the same and be different.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if any(sign in MARKUP or unicodedata.category(sign)[0] == "C" for sign in name):
        raise StrangeSigns
    if not any(sign.isalnum() for sign in name):
        raise NoName
    if len(name) > most:
        raise TooLong
    return name


_ALPHABET = "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя"
"""Ukrainian's, with Russian's letters at their places; databases sort by code points, or by whatever they have."""


def in_order(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A name as a sorting key, as people look it up: Latin before Cyrillic, apostrophes and case do not count."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return [_place(sign) for sign in folded if sign.isalnum() or sign in " -"], name


def _place(sign: str) -> tuple[int, int, str]:
    if sign in _ALPHABET:
        return 2, _ALPHABET.index(sign), ""
    base = unicodedata.normalize("NFD", sign)[0]  # é stands with e
    return int(sign.isalpha()), ord(base), sign


_BETWEEN_DIGITS = re.compile(r"(?<=\d) +(?=\d)")


def same_class(name: str) -> str:
    """What is the same for two names that people take for one class: 3-Б, 3б, «3 Б»; but 1-1 is not 11."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain)
    return _BETWEEN_DIGITS.sub("-", kept).replace(" ", "")
