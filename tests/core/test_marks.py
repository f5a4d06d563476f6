"""Marks: tidy whatever was given, and a text of any length is cut so that nothing of it is lost (T14)."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.marks import Mark, Marked, Style
from bot.core.signs import clings, units
from tests.marked import MARKS, Worn, bits, worn

from .test_screens import SEEN, SIGNS

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARKED = st.builds(Marked, st.text("аб .\n\t🤒\u0301", max_size=60), MARKS.map(tuple))
BOLD, ITALIC, STRIKE, MONO = Style


def asked(text: str, marks: Iterable[Mark]) -> Worn:
    """The same, of marks as they were asked for; what is monospaced is nothing else."""
    found: Worn = []
    for place, sign in enumerate(text):
        styles = {mark.style for mark in marks if mark.start <= place < mark.end and mark.end > 0}
        found.append((sign, bits(MONO) if MONO in styles else bits(*styles)))
    return [(sign, styles) for sign, styles in found if not sign.isspace()]


# Tidy


@patient
@given(st.text(SIGNS, max_size=60) | st.text("аб \n\t\r\u2028🤒\u0301", max_size=60), MARKS)
def test_marks_are_tidy_and_on_the_same_letters(text: str, marks: list[Mark]) -> None:
    marked = Marked(text, tuple(marks))
    assert marked.text == text
    assert worn(marked) == asked(text, marks)
    for mark in marked.marks:
        letters = text[mark.start : mark.end]
        assert letters == letters.strip() != ""
        assert len(letters.splitlines()) == 1
        assert len(letters) == mark.length
    for number, one in enumerate(marked.marks):
        for other in marked.marks[:number]:
            apart = other.end <= one.start
            assert apart or (other.start <= one.start and one.end <= other.end)
            assert apart or MONO not in (one.style, other.style)
            assert apart or one.style is not other.style
    assert Marked(text, marked.marks) == marked


@pytest.mark.parametrize(
    ("text", "marks", "tidy"),
    [
        ("так", [Mark(BOLD, 0, 3)], [Mark(BOLD, 0, 3)]),
        ("так", [Mark(BOLD, 0, 2), Mark(BOLD, 1, 99)], [Mark(BOLD, 0, 3)]),
        ("так", [Mark(BOLD, 0, 1), Mark(BOLD, 1, 2)], [Mark(BOLD, 0, 3)]),
        (" так  ні ", [Mark(BOLD, 0, 9)], [Mark(BOLD, 1, 7)]),
        ("так\n\nні", [Mark(STRIKE, 0, 7)], [Mark(STRIKE, 0, 3), Mark(STRIKE, 5, 2)]),
        ("абвг", [Mark(ITALIC, 1, 3), Mark(BOLD, 0, 2)], [
            Mark(BOLD, 0, 2), Mark(ITALIC, 1, 1), Mark(ITALIC, 2, 2),
        ]),
        ("абвг", [Mark(ITALIC, 1, 1), Mark(BOLD, 0, 4)], [Mark(BOLD, 0, 4), Mark(ITALIC, 1, 1)]),
        ("абв", [Mark(BOLD, 0, 3), Mark(MONO, 1, 1)], [Mark(BOLD, 0, 1), Mark(MONO, 1, 1), Mark(BOLD, 2, 1)]),
        ("  ", [Mark(BOLD, 0, 2)], []),
        ("", [Mark(BOLD, 0, 2), Mark(BOLD, -4, 2)], []),
    ],
)  # fmt: skip
def test_tidying(text: str, marks: list[Mark], tidy: list[Mark]) -> None:
    assert Marked(text, tuple(marks)).marks == tuple(tidy)


@patient
@given(MARKED, MARKED, st.integers(0, 60), st.integers(0, 60))
def test_what_is_joined_and_cut_keeps_its_marks(one: Marked, other: Marked, start: int, end: int) -> None:
    both = one + other
    assert both.text == one.text + other.text
    assert worn(both) == worn(one) + worn(other)
    part = both.part(start, end)
    assert part.text == both.text[start:end]
    before = sum(not sign.isspace() for sign in both.text[:start])
    assert worn(part) == worn(both)[before : before + len(worn(part))]
    assert worn(both.stripped()) == worn(both)
    assert both.stripped().text == both.text.strip()


@patient
@given(MARKED, st.integers(2, 80))
def test_a_shortened_text_keeps_the_marks_of_what_is_left(text: Marked, most: int) -> None:
    short = text.shortened(most)
    assert units(short.text) <= most
    kept = worn(short) if short.text == text.text else worn(short)[:-1]
    assert kept == worn(text)[: len(kept)]
    assert short.text == text.text or worn(short)[-1] == ("…", 0)


@patient
@given(MARKED)
def test_marks_are_stored_as_json(text: Marked) -> None:
    packed = text.packed()
    assert packed == [[str(mark.style), mark.start, mark.length] for mark in text.marks]
    assert Marked.unpacked(text.text, packed) == text


# Parts


def pieces_are_the_whole(text: Marked, most: int) -> list[Marked]:
    parts = text.parts(most)
    at = 0
    for part in parts:
        assert part.text == part.text.strip() != ""
        assert units(part.text) <= most
        found = text.text.index(part.text, at)
        assert text.text[at:found].strip() == ""
        at = found + len(part.text)
    assert text.text[at:].strip() == ""
    assert [letter for part in parts for letter in worn(part)] == worn(text)
    return parts


@patient
@given(MARKED, st.integers(2, 40))
def test_short_pieces_of_anything_are_the_whole(text: Marked, most: int) -> None:
    pieces_are_the_whole(text, most)


PIECES = SEEN | st.sampled_from(
    ["Завтра екскурсія. ", "слово ", "\n\n", "\n", "х" * 999, "🤒" * 99, " " * 99]
)
LONG_MARKS = st.lists(
    st.builds(Mark, st.sampled_from(Style), st.integers(0, 100_000), st.integers(0, 9000)), max_size=30
)


@settings(patient, max_examples=40)
@given(
    st.lists(st.tuples(PIECES, st.integers(1, 3000)), max_size=20),
    LONG_MARKS,
    st.sampled_from([512, 1024, 3500, 4096, 7000]),
)
def test_a_text_of_any_length_is_cut_into_all_of_it(
    pieces: list[tuple[str, int]], marks: list[Mark], most: int
) -> None:
    text = Marked("".join(piece * times for piece, times in pieces)[:100_000], tuple(marks))
    parts = pieces_are_the_whole(text, most)
    letters = len("".join(text.text.split()).encode("utf-16-le")) // 2
    assert len(parts) <= 1 + 2 * units(text.text) / (most / 2)
    assert len(parts) >= letters / most
    spared = [mark for mark in text.marks if units(text.text[mark.start : mark.end]) <= most]
    at = 0
    for part in parts[:-1]:
        at = text.text.index(part.text, at) + len(part.text)
        assert not any(mark.start < at < mark.end for mark in spared)


@given(st.lists(SEEN, min_size=1, max_size=60), st.integers(22, 60))
def test_no_piece_begins_within_a_sign(signs: list[str], most: int) -> None:
    text = "".join(signs)
    whole = {"".join(signs[:count]).rstrip() for count in range(len(signs) + 1)}
    at = 0
    for part in Marked(text).parts(most):
        at = text.index(part.text, at) + len(part.text)
        assert text[:at] in whole or not clings(text, at)


@pytest.mark.parametrize(
    ("text", "marks", "parts"),
    [
        ("", [], []),
        (" \n ", [], []),
        ("Так.", [], ["Так."]),
        ("Один.\nДва два.\n\nТри. Чотири", [], ["Один.\nДва два.", "Три. Чотири"]),
        ("Один два.\nТри чотири", [], ["Один два.", "Три чотири"]),
        ("Один два! «Три». Чотири п'ять", [], ["Один два! «Три».", "Чотири п'ять"]),
        ("Один два три чотири", [], ["Один два три", "чотири"]),
        ("Од дванадцятитомник", [], ["Од", "дванадцятитомник"]),
        ("дванадцятитомниками", [], ["дванадцятитомника", "ми"]),
        ("дванадцятитомниeи\u0301ами", [], ["дванадцятитомниe", "и\u0301ами"]),
        ("Один. Два три чотири", [Mark(BOLD, 10, 10)], ["Один. Два", "три чотири"]),
        ("Один. Два тричотири", [Mark(BOLD, 4, 15)], ["Один", ". Два тричотири"]),
        ("Один два три чотири п'ять", [Mark(BOLD, 0, 25)], ["Один два три", "чотири п'ять"]),
    ],
)
def test_where_a_text_is_cut(text: str, marks: list[Mark], parts: list[str]) -> None:
    cut = Marked(text, tuple(marks)).parts(17)
    assert [part.text for part in cut] == parts


def test_a_mark_that_has_no_room_goes_on_in_the_next_piece() -> None:
    text = Marked("Один два три чотири п'ять", (Mark(BOLD, 0, 25), Mark(ITALIC, 5, 3)))
    assert text.parts(17) == [
        Marked("Один два три", (Mark(BOLD, 0, 12), Mark(ITALIC, 5, 3))),
        Marked("чотири п'ять", (Mark(BOLD, 0, 12),)),
    ]


def test_one_sign_too_many_for_telegram_is_cut_at_a_sentence() -> None:
    text = "Завтра екскурсія, зустрічаємося о восьмій біля входу. " * 90
    text = text[:4096] + "!"
    first, second = Marked(text).parts(4096)
    assert first.text.endswith("входу.")
    assert second.text.startswith("Завтра")


@pytest.mark.parametrize("sign", ["а", "🤒", "🇺🇦", "\u0301", "👩\u200d" * 9, " ", "\n", ". ", "."])
def test_no_text_takes_long(sign: str) -> None:
    text = "!" + (sign * 100_000)[:99_999]
    marks = tuple(Mark(style, at, 60) for at in range(0, 100_000, 50) for style in Style)
    began = time.process_time()
    Marked(text, marks).parts(3500)
    assert time.process_time() - began < 10
