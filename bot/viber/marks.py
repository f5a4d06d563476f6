"""Viber's marks in a text: read where people type them (https://developers.viber.com/docs/tools/text-formatting)."""

from __future__ import annotations

import re

from bot.core.marks import Mark, Marked, Style

SIGNS = {"*": Style.BOLD, "_": Style.ITALIC, "~": Style.STRIKE, "```": Style.MONO}
_ADDRESS = r"(?:https?|viber)://\S*[^\W_]/?"
_TYPED = re.compile(
    rf"{_ADDRESS}|(?P<mark>(?<!`)```(?!`)|(?<!\*)\*(?!\*)|(?<!_)_(?!_)|(?<!~)~(?!~))|(?P<line>\n)"
)
"""A mark that stands alone: of a line to be filled in, such as ____, nobody means that it is slanted."""


def read(text: str) -> Marked | None:
    """A typed text with its marks, without the signs that make them; None if nothing is marked.

    A mark opens behind, and closes before, something that is no letter; inside it touches something that is no white
    space. One that has no counterpart on its line (a monospaced one: in the text) is a sign like any other, and so
    are those in addresses.
    """
    opened: dict[str, int] = {}  # where the inside begins, the innermost last
    pairs: list[tuple[str, int, int]] = []
    for found in _TYPED.finditer(text):
        if found["line"]:
            opened = {mark: inside for mark, inside in opened.items() if mark == "```"}
        if not (mark := found["mark"]):
            continue
        begin = opened.get(mark)
        if begin is None:
            if not _letter(text, found.start() - 1) and not _space(text, found.end()):
                opened[mark] = found.end()
        elif not _space(text, found.start() - 1) and not _letter(text, found.end()):
            opened = {other: inside for other, inside in opened.items() if inside < begin}
            if mark == "```":
                pairs = [pair for pair in pairs if pair[1] < begin]
            if text[begin : found.start()].strip("*_~` "):
                pairs.append((mark, begin, found.start()))
    return _without_signs(text, pairs) if pairs else None


def _without_signs(text: str, pairs: list[tuple[str, int, int]]) -> Marked:
    """The text with these marks (sign, where the inside begins and ends), whose signs are taken out."""
    signs = [(begin - len(mark), begin) for mark, begin, _end in pairs]
    signs += [(end, end + len(mark)) for mark, _begin, end in pairs]
    kept, at = "", 0
    shown: dict[int, int] = {}  # what stands behind a sign, and where that stands without the signs
    for start, end in sorted(signs):
        kept, at = kept + text[at:start], end
        shown[end] = len(kept)
    marks = [
        Mark(SIGNS[mark], shown[begin], shown[end + len(mark)] - shown[begin]) for mark, begin, end in pairs
    ]
    return Marked(kept + text[at:], tuple(marks))


def _letter(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isalnum()


def _space(text: str, place: int) -> bool:
    return not 0 <= place < len(text) or text[place].isspace()
