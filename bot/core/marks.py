"""Marks: which parts of a text are bold, italic, struck or monospaced, as far as all messengers can show it."""

from __future__ import annotations

import bisect
import enum
import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.signs import clings, fitting, shorten, units


class Style(enum.StrEnum):
    """How marked letters look."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    MONO = "mono"


@dataclass(frozen=True, slots=True)
class Mark:
    """A style and the letters that have it, counted in signs (code points) of the text."""

    style: Style
    start: int
    length: int

    @property
    def end(self) -> int:
        """The place after the last letter."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with its marks, which are always tidy, whatever was given.

    Two marks are apart or one is within the other; none is empty, begins or ends with white space, or goes over the
    end of a line (of Viber's styles nobody says that they do); in monospaced letters there is no other mark
    (https://core.telegram.org/bots/api#formatting-options). They stand in the order in which they begin, the outer
    ones first.
    """

    text: str
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if self.marks:
            object.__setattr__(self, "marks", tuple(_nested(self.text, _tight(self.text, self.marks))))

    def __add__(self, other: Marked) -> Marked:
        """This, and the other behind it."""
        return Marked(self.text + other.text, self.marks + _moved(other.marks, len(self.text)))

    def part(self, start: int, end: int) -> Marked:
        """What stands between two places, with its marks."""
        return Marked(self.text[start:end], _moved(self.marks, -start))

    def stripped(self) -> Marked:
        """Without the white space around it."""
        end = len(self.text.rstrip())
        return self.part(min(end, len(self.text) - len(self.text.lstrip())), end)

    def shortened(self, most: int) -> Marked:
        """Cut to that many UTF-16 units with an ellipsis, which has no mark."""
        short = shorten(self.text, most)
        return self if short == self.text else self.part(0, len(short) - 1) + Marked("…")

    def parts(self, most: int) -> list[Marked]:
        """Cut into pieces of at most so many (two or more) UTF-16 units, each with something to be seen.

        Where: best between paragraphs, then after a sentence, then between words, then between signs; inside a mark
        only if it has no room in a piece. All together they are the text, but for white space around each.
        """
        whole = _Uncut(self.marks, self.text, most)
        found: list[Marked] = []
        begin, last = 0, len(self.text.rstrip())
        while begin < last:
            if self.text[begin].isspace():
                begin += 1
                continue
            end = _cut(self.text, begin, last, most, whole)
            found.append(self.part(begin, end).stripped())
            begin = end
        return found

    def packed(self) -> list[list[Any]]:
        """The marks as JSON has them: [style, start, length] of each."""
        return [[mark.style.value, mark.start, mark.length] for mark in self.marks]

    @staticmethod
    def unpacked(text: str, packed: Iterable[Sequence[Any]]) -> Marked:
        """A text and its packed marks, back again."""
        return Marked(text, tuple(Mark(Style(style), start, length) for style, start, length in packed))


def _moved(marks: Iterable[Mark], by: int) -> tuple[Mark, ...]:
    return tuple(Mark(mark.style, mark.start + by, mark.length) for mark in marks)


# Tidying

Span = tuple[int, int, Style]
"""Where a mark starts, where it ends (negative, so that of two that start together the outer one is the lesser)."""

_BIT = {style: 1 << place for place, style in enumerate(Style)}
_MONO = _BIT[Style.MONO]


def _worn_also(style: Style) -> bytes:
    """Translates the styles that a letter has, one bit each, into those with this one more."""
    if style is Style.MONO:
        return bytes([_MONO]) * 256
    return bytes(bits if bits == _MONO else bits | _BIT[style] for bits in range(256))


def _run_of(style: Style) -> re.Pattern[bytes]:
    return re.compile(b"[%b]+" % re.escape(bytes(bits for bits in range(2 * _MONO) if bits & _BIT[style])))


_ALSO = {style: _worn_also(style) for style in Style}
_RUNS = {style: _run_of(style) for style in Style}
_LINE = re.compile(r"\S(?:[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*\S)?")
"""The most of a line that neither begins nor ends with white space."""


def _tight(text: str, marks: Iterable[Mark]) -> list[Span]:
    """What has which style, line by line and without white space around it; styles may still cross."""
    worn = bytearray(len(text))
    for mark in marks:
        part = slice(max(mark.start, 0), max(mark.end, 0))
        worn[part] = worn[part].translate(_ALSO[mark.style])
    return [
        (line.start(), -line.end(), style)
        for style, runs in _RUNS.items()
        for run in runs.finditer(worn)
        for line in _LINE.finditer(text, run.start(), run.end())
    ]


def _nested(text: str, spans: list[Span]) -> Iterable[Mark]:
    """Marks of these spans; one that goes over the end of another is cut there."""
    heapq.heapify(spans)
    ends: list[int] = []
    while spans:
        start, end, style = heapq.heappop(spans)
        while ends and ends[-1] <= start:
            ends.pop()
        if ends and ends[-1] < -end:
            rest = ends[-1]
            while text[rest].isspace():
                rest += 1
            heapq.heappush(spans, (rest, end, style))
            end = -ends[-1]
        ends.append(-end)
        yield Mark(style, start, -end - start)


# Cutting

_BEST = [
    re.compile(pattern)
    for pattern in (r"(?=\n[^\S\n]*\n)", r"(?=\n)", r"""(?<=[.!?…])["'»”’)\]]*(?=\s)""", r"(?=\s)")
]
"""Where to cut, the best first: a paragraph, a line, a sentence, a word."""


class _Uncut:
    """The marks that have room in a piece, and so are not cut."""

    def __init__(self, marks: Iterable[Mark], text: str, most: int) -> None:
        self._starts: list[int] = []
        self._ends = [0]
        for mark in marks:
            if mark.start >= self._ends[-1] and units(text[mark.start : mark.end]) <= most:
                self._starts.append(mark.start)
                self._ends.append(mark.end)

    def spares(self, place: int) -> bool:
        """Whether a cut at this place leaves all of them whole."""
        return self._ends[bisect.bisect_left(self._starts, place)] <= place


def _cut(text: str, begin: int, last: int, most: int, whole: _Uncut) -> int:
    """Where a piece that begins there ends: at `last` if it has room until then.

    Else in its second half, or many small pieces would come of it; but rather between words than inside one.
    """
    latest = begin + fitting(text[begin : begin + most], most)
    if latest >= last:
        return last
    middle = begin + (latest - begin) // 2
    for best, earliest in (*((best, middle) for best in _BEST), (_BEST[-1], begin)):
        places = [found.end() for found in best.finditer(text, earliest, latest + 1)]
        if fine := [place for place in places if place <= latest and whole.spares(place)]:
            return fine[-1]
    window, free = text[begin : latest + 1], [at for at in range(latest, begin, -1) if whole.spares(at)]
    return next((at for at in free if not clings(window, at - begin)), free[0])
