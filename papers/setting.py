"""Setting by typst: a template of this folder, its data, and the fonts that come with typst alone."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

HERE = Path(__file__).parent
LONGEST_WORD = 20
"""Signs of a word that stands on a narrow line; a longer one may break anywhere."""
BREAK = "\u200b"


def set_in(template: str, data: Mapping[str, Any], form: Literal["pdf", "png"], ppi: float = 144) -> bytes:
    """The template of this name, with its data, as one file.

    The data go in as JSON that typst reads as data: a text full of typst's own marks is only a text. The same data
    give the same bytes, as no time is written into the file. ppi: of a picture, pixels an inch.
    """
    inputs = {"data": json.dumps(_printable(data), ensure_ascii=False)}
    made = typst.compile(
        HERE / template,
        format=form,
        ppi=ppi,
        root=HERE,
        ignore_system_fonts=True,
        sys_inputs=inputs,
        timestamp=0,
    )
    if not isinstance(made, bytes):  # of several pictures it is a list, whatever typst's types say
        raise ValueError(f"{template} gave more than one file")
    return made


def _printable(data: Any) -> Any:
    """The data with every text as paper can show it."""
    if isinstance(data, Mapping):
        return {name: _printable(one) if name not in _EXACT else one for name, one in data.items()}
    if isinstance(data, list | tuple):
        return [_printable(one) for one in data]
    return _shown(data) if isinstance(data, str) else data


_EXACT = {"link", "svg"}
"""What is no text to be read."""


def _shown(text: str) -> str:
    """A text without signs that steer how others are laid or that no font here has; long words may break."""
    kept = "".join(
        sign for sign in text if unicodedata.category(sign) not in _STEERING and ord(sign) < BEYOND
    )
    words = (kept.strip() or NOTHING).split(" ")
    return " ".join(word if len(word) <= LONGEST_WORD else _breaking(word) for word in words) if text else ""


_STEERING = {"Cc", "Cf", "Cs", "Co", "Cn"}
BEYOND = 0xFE00
"""From here on come variation selectors, forms of other letters and emoji, none of which is in typst's fonts."""
NOTHING = "…"
"""Stands where nothing of a text can be printed."""


def _breaking(word: str) -> str:
    """The word with a place to break before each sign that does not cling to another."""
    parts = [BREAK + sign if not unicodedata.category(sign).startswith("M") else sign for sign in word]
    return "".join(parts).removeprefix(BREAK)
