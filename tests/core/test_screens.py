"""Screens: every button keeps its place, and a text that is cut is cut between signs that people see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.flows import Link
from bot.core.marks import Mark, Style
from bot.core.screens import (
    COLUMNS,
    LABEL_LENGTH,
    ROWS,
    TEXT_LENGTH,
    Button,
    Look,
    Screen,
    Words,
    ahead_words,
    lay_out,
)
from bot.core.signs import shorten

SIGNS = st.characters(exclude_categories=["Cs"])
SEEN = st.sampled_from(["👩‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "e\u0301", "🤒", "и\u0306", "🇺🇦", "1️⃣", "☑️", "я", " "])
"""What people see as one sign, some of several characters."""


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=COLUMNS), max_size=ROWS))
def test_each_button_leads_where_it_did(shape: list[list[bool]]) -> None:
    rows = [
        [Button(f"{y}.{x}", Link("a.b", (y, x)) if leads else None) for x, leads in enumerate(row)]
        for y, row in enumerate(shape)
    ]
    words, links = lay_out(
        Screen("так", rows, title="Назва"), "", [[Button("Головна", Link("home.show", ()))]]
    )
    laid = [button for row in words["rows"] for button in row]
    assert [len(row) for row in words["rows"]] == [*(len(row) for row in shape), 1]
    for label, place, _look in laid[:-1]:
        y, x = map(int, label.split("."))
        assert (place is not None) == shape[y][x]
        assert place is None or links[place] == ["a.b", y, x]
    assert links[laid[-1][1]] == ["home.show"]
    assert [place for _l, place, _k in laid if place is not None] == list(range(len(links)))


@pytest.mark.parametrize(
    ("note", "text", "shown"),
    [
        ("", "так", "так"),
        ("Записано.", "так", "Записано.\n\nтак"),
        ("Записано.", "", "Записано."),
        ("", "", ""),
    ],
)
def test_a_note_stands_above(note: str, text: str, shown: str) -> None:
    assert lay_out(Screen(text), note, [])[0]["text"] == shown


def test_marks_stay_on_their_letters() -> None:
    marked = Screen("Завтра збори", marks=[Mark(Style.BOLD, 0, 6)])
    assert lay_out(marked, "", [])[0]["marks"] == [["bold", 0, 6]]
    assert lay_out(marked, "Записано.", [])[0]["marks"] == [["bold", 11, 6]]
    assert "marks" not in lay_out(Screen("Завтра збори", marks=[Mark(Style.BOLD, 6, 1)]), "", [])[0]
    long = lay_out(
        Screen("я" * 9000, marks=[Mark(Style.ITALIC, 9, 8000), Mark(Style.BOLD, 8000, 9)]), "", []
    )[0]
    assert long["marks"] == [["italic", 9, TEXT_LENGTH - 1 - 9]]
    assert ahead_words(Words("Так", [Mark(Style.MONO, 0, 3)]))["marks"] == [["mono", 0, 3]]
    assert "marks" not in ahead_words(Words("Так"))


def test_a_look_is_kept() -> None:
    words, _links = lay_out(Screen("", [[Button("Так", None, Look.DANGER)]]), "", [])
    assert words["rows"] == [[["Так", None, "danger"]]]


@pytest.mark.parametrize(
    ("row", "laid"),
    [
        (["Назад", "Головна"], [["Назад", "Головна"]]),
        (["Одна дитина", "Посилання для чату"], [["Одна дитина"], ["Посилання для чату"]]),
        (["До якої дитини: Ігор", "Ні", "Хто це?"], [["До якої дитини: Ігор"], ["Ні", "Хто це?"]]),
        (
            ["🤒 3-Б: сьогодні", "👥 3-Б: клас", "Чекають: 2"],
            [["🤒 3-Б: сьогодні", "👥 3-Б: клас"], ["Чекають: 2"]],
        ),
    ],
)
def test_a_row_that_a_phone_would_cut_is_broken(row: list[str], laid: list[list[str]]) -> None:
    screen = Screen("", [[Button(text, Link("a.b", (text,))) for text in row]])
    words, links = lay_out(screen, "", [])
    assert [[label for label, *_rest in one] for one in words["rows"]] == laid
    assert [link[1] for link in links] == row


def test_where_there_is_no_room_rows_stay_as_they_are() -> None:
    long = [[Button("Одна довга назва кнопки")] * 2] * ROWS
    assert [len(row) for row in lay_out(Screen("", long), "", [])[0]["rows"]] == [2] * ROWS


@pytest.mark.parametrize("shape", [[7], [0], [1] * 12])
def test_more_than_every_messenger_shows_is_a_mistake_that_is_said(shape: list[int]) -> None:
    with pytest.raises(ValueError, match="at most"):
        Screen("", [[Button("1")] * columns for columns in shape])


@given(st.text(SIGNS, max_size=80), st.integers(2, 60))
def test_a_shortened_text_fits_and_begins_as_the_whole(text: str, most: int) -> None:
    short = shorten(text, most)
    assert units(short) <= most
    if units(text) <= most:
        assert short == text
    else:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


@given(st.lists(SEEN, max_size=30), st.integers(1, 40))
def test_no_sign_is_cut_in_two(signs: list[str], most: int) -> None:
    short = shorten("".join(signs), most)
    wholes = ["".join(signs[:count]) for count in range(len(signs) + 1)]
    assert short in wholes or short.removesuffix("…") in [whole.rstrip() for whole in wholes]


def test_labels_and_texts_are_cut_to_what_every_messenger_takes() -> None:
    words, _links = lay_out(Screen("я" * 9000, [[Button("🤒" * 90)]]), "", [])
    assert units(words["text"]) == TEXT_LENGTH
    assert LABEL_LENGTH - 1 <= units(words["rows"][0][0][0]) <= LABEL_LENGTH
