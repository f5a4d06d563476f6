"""Names as people type them: what is tidied, and what is refused in a name of a class, a school or a person."""

from __future__ import annotations

import unicodedata

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


def same(one: str, other: str) -> bool:
    """Whether people would take the two names for one: case does not count, nor which dash it is."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    plain = "".join("-" if unicodedata.category(sign) == "Pd" else sign for sign in name.casefold())
    return plain.replace(" ", "")
