"""Viber's marks: what people type is read as their phone shows it."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.marks import Mark, Marked, Style
from bot.viber.marks import read
from sandbox.viber import marks

from .conftest import patient

BOLD, ITALIC, STRIKE, MONO = Style
SHOWN = {"bold": BOLD, "italic": ITALIC, "strikethrough": STRIKE, "code": MONO}


@pytest.mark.parametrize(
    ("typed", "styled"),
    [
        ("*так*", Marked("так", (Mark(BOLD, 0, 3),))),
        ("Це _дуже_ ~не~ важливо", Marked("Це дуже не важливо", (Mark(ITALIC, 3, 4), Mark(STRIKE, 8, 2)))),
        ("```код```.", Marked("код.", (Mark(MONO, 0, 3),))),
        ("*a _b_ c*", Marked("a b c", (Mark(BOLD, 0, 5), Mark(ITALIC, 2, 1)))),
        ("_*a*_", Marked("a", (Mark(BOLD, 0, 1), Mark(ITALIC, 0, 1)))),
        ("*a _b* c_", Marked("a _b c_", (Mark(BOLD, 0, 4),))),
        ("```*a*```", Marked("*a*", (Mark(MONO, 0, 3),))),
        ("```a\nb```", Marked("a\nb", (Mark(MONO, 0, 1), Mark(MONO, 2, 1)))),
        ("*a\n*b*", Marked("*a\nb", (Mark(BOLD, 3, 1),))),
        ("*https://meet.ua/_a_*", Marked("https://meet.ua/_a_", (Mark(BOLD, 0, 19),))),
        ("🤒*так*🤒", Marked("🤒так🤒", (Mark(BOLD, 1, 3),))),
    ],
)
def test_marks_that_people_type_are_taken_out(typed: str, styled: Marked) -> None:
    assert read(typed) == styled


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Завтра о 8:00",
        "* перше\n* друге",
        "*так",
        "так*",
        "* так *",
        "*так *",
        "2*3*4",
        "a_b_c",
        "*так*ий",
        "не*так*",
        "**так**",
        "Підпис ____ або ________",
        "_____ (підпис) _____",
        "*_*",
        "````так````",
        "``````",
        "@klasno_bot, olena_k@meet.ua",
        "https://meet.ua/_a_?*b*",
    ],
)
def test_what_is_no_mark_is_left_alone(typed: str) -> None:
    assert read(typed) is None


@patient
@given(st.text("*_~ aб.", max_size=40).map(lambda text: re.sub(r"([*_~])\1+", r"\1", text)))
def test_what_is_marked_is_what_the_phone_shows(typed: str) -> None:
    """Where one sign stands alone: runs of it we leave as they are, whatever Viber makes of them."""
    assume(not re.search(r"(?<![^\W_])([*_~])(?=\S)[*_~ ]+\1", typed))  # nothing is in the marks
    styled = read(typed) or Marked(typed)
    text, spans = marks.spans(typed)
    assert styled.text == text
    shown = Marked(text, tuple(Mark(SHOWN[one["type"]], one["offset"], one["length"]) for one in spans))
    for style in (BOLD, ITALIC, STRIKE):
        assert letters(styled, style) == letters(shown, style)


def letters(text: Marked, style: Style) -> set[int]:
    """The places that have a style."""
    ours = [range(mark.start, mark.end) for mark in text.marks if mark.style is style]
    return {place for places in ours for place in places if not text.text[place].isspace()}


@patient
@given(st.text("*_~` aб.\n", max_size=60))
def test_nothing_but_marks_is_taken_out(typed: str) -> None:
    styled = read(typed)
    if styled is not None:
        rest = iter(typed)
        assert all(sign in rest for sign in styled.text)
        assert styled.text.translate(dict.fromkeys(map(ord, "*_~`"))) == typed.translate(
            dict.fromkeys(map(ord, "*_~`"))
        )
        assert styled.marks
