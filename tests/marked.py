"""Marked texts as tests compare them: letter by letter, whatever the marks are cut into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from bot.core.marks import Mark, Marked, Style

MARKS = st.lists(
    st.builds(Mark, st.sampled_from(Style), st.integers(-5, 60), st.integers(-5, 60)), max_size=12
)
SHOWN = {"bold": Style.BOLD, "italic": Style.ITALIC, "strikethrough": Style.STRIKE, "code": Style.MONO}
"""What phones call the styles (sandbox/wire.py)."""

Worn = list[tuple[str, int]]
"""Every letter with the styles that it has, one bit each; white space has none."""


def worn(text: Marked) -> Worn:
    styles = [0] * len(text.text)
    for mark in text.marks:
        for place in range(mark.start, mark.end):
            styles[place] |= bits(mark.style)
    return [(sign, worn) for sign, worn in zip(text.text, styles, strict=True) if not sign.isspace()]


def bits(*styles: Style) -> int:
    return sum(1 << at for at, style in enumerate(Style) if style in styles)


def seen(text: str, spans: Sequence[Mapping[str, Any]]) -> Marked:
    """What a phone shows; spans: type, offset and length in UTF-16 units."""
    raw = text.encode("utf-16-le")
    marks = []
    for one in spans:
        start = len(raw[: 2 * one["offset"]].decode("utf-16-le"))
        end = len(raw[: 2 * (one["offset"] + one["length"])].decode("utf-16-le"))
        marks.append(Mark(SHOWN[one["type"]], start, end - start))
    return Marked(text, tuple(marks))
