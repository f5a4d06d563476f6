"""Viber's marks in a text: read where people type them, written where something is marked, broken everywhere else.

https://developers.viber.com/docs/tools/text-formatting
"""

from __future__ import annotations

import re

from bot.core.marks import Mark, Marked, Style
from bot.core.signs import clings, shorten, units

TEXT_LENGTH = 7000
GAP = "\N{HAIR SPACE}"
"""Breaks a mark. Viber has no escape; its documents (docs/tools/text-formatting) say to put a space after the first
mark. This one is hardly seen and is a space to Unicode; a zero-width one is not. (Unsure: that every client of
Viber's thinks so too; at worst a word stands in italics.)"""
SIGNS = {"*": Style.BOLD, "_": Style.ITALIC, "~": Style.STRIKE, "```": Style.MONO}
_ADDRESS = r"(?:https?|viber)://\S*[^\W_]/?"
_TROUBLE = re.compile(rf"(?P<address>{_ADDRESS})|(?P<mark>```|[*_~])(?=\S)")
_CONTROLS = {code: None for code in range(0x20) if chr(code) not in "\t\n"}
"""Signs that no phone shows, and JSON makes six bytes of."""
_MEANT = {Style.BOLD: "\x01", Style.ITALIC: "\x02", Style.STRIKE: "\x03", Style.MONO: "\x04"}
"""What stands for a mark of ours until all others are broken: signs that no text has by then."""
_OWN = {style: sign[0] for sign, style in SIGNS.items()}
_WRITTEN = {ord(_MEANT[style]): sign for sign, style in SIGNS.items()}
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


# Writing


def write(title: str, text: Marked, before: str = "", most: int = TEXT_LENGTH) -> str:
    """Title and text, so that nothing is styled but what is marked and the title, in bold if no mark stands in it.

    before: stands in front of all. A text too long (in UTF-16 units) is cut, and then only the title is styled.
    """
    line, bare = one_line(title), text.text.translate(_CONTROLS)
    marks = text.marks if bare == text.text else ()
    bold = _MEANT[Style.BOLD] if line and not any(sign in line for sign in SIGNS) else ""
    parts = (bold + line + bold, _with_marks(Marked(bare, marks)))
    whole = "\n".join(part for part in parts if part)
    pairs = {sign for sign in SIGNS if whole.translate(_WRITTEN).count(sign) > 1}
    written = before + _unmarked(whole, pairs).translate(_WRITTEN)
    if marks and units(written) > most:
        return write(title, Marked(bare), before, most)
    return shorten(written, most)


def one_line(words: str) -> str:
    """The words with single spaces between them, and nothing that cannot be seen."""
    return " ".join(words.split()).translate(_CONTROLS)


def _with_marks(text: Marked) -> str:
    """The text with a sign at both ends of each mark that Viber is sure to read."""
    sure = [mark for mark in text.marks if _is_sure(text.text, mark)]
    opens: dict[int, str] = {}
    closes: dict[int, str] = {}
    for mark in sure:  # the outer ones first
        opens[mark.start] = opens.get(mark.start, "") + _MEANT[mark.style]
        closes[mark.end] = _MEANT[mark.style] + closes.get(mark.end, "")
    written, at = "", 0
    for place in sorted({*opens, *closes}):
        written += text.text[at:place] + closes.get(place, "") + opens.get(place, "")
        at = place
    return written + text.text[at:]


def _is_sure(text: str, mark: Mark) -> bool:
    """Whether a mark would be read as it is meant.

    Not so inside a word, a sign or an address, at the end of an address (it would be taken for a part of it), where
    signs of marks or signs that cannot be seen touch it, and where its own sign stands within.
    """
    inside = text[mark.start : mark.end]
    around = text[max(mark.start - 1, 0) : mark.start] + text[mark.end : mark.end + 1]
    return not (
        _OWN[mark.style] in inside
        or not (inside[0].isprintable() and inside[-1].isprintable())
        or any(sign in "*_~`" for sign in inside[0] + inside[-1] + around)
        or any(sign.isalnum() for sign in around)
        or any(clings(text, edge) or _in_address(text[:edge]) for edge in (mark.start, mark.end))
    )


def _in_address(text: str) -> bool:
    """Whether what comes behind the text would be taken for a part of an address at its end."""
    return not text[-1:].isspace() and "://" in "".join(text.rsplit(maxsplit=1)[-1:])


def _unmarked(text: str, pairs: set[str]) -> str:
    """The text with those marks broken that could begin a style; in an address they are written in percent."""

    def mended(found: re.Match[str]) -> str:
        mark = found["mark"]
        if mark:
            return mark + GAP if mark in pairs else mark
        return re.sub(
            r"[*_~]", lambda sign: f"%{ord(sign[0]):02X}" if sign[0] in pairs else sign[0], found[0]
        )

    return _TROUBLE.sub(mended, text)
