"""Links: made by calling a step, stored as JSON, and read back as the step's own types."""

from __future__ import annotations

import enum
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import What
from bot.core.flows import Book, Flow, Link, Sort, StaleLink, Step
from bot.core.screens import Screen
from bot.core.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable


class Why(enum.StrEnum):
    """A reason."""

    ILLNESS = "illness"
    OTHER = "other"


flow = Flow("trip", command="trip", title="A trip")
open_flow = Flow("gate", open_to_strangers=True)


@flow.ask
async def start(_turn: Turn) -> Screen:
    return Screen("Where?")


@flow.do
async def book(
    _turn: Turn, who: tuple[int, ...], day: date, why: Why = Why.OTHER, note: str | None = None
) -> Link:
    return start()


@flow.hear
async def words(_turn: Turn, _text: str, who: int) -> Link:
    return start()


@open_flow.hear
async def knock(_turn: Turn, _text: str) -> Link:
    return start()


async def nothing(_turn: Turn, _what: What) -> None:
    return None


BOOK = Book(
    [flow, open_flow],
    start,
    start,
    knock,
    lambda text: text == "knock",
    lambda _day: start(),
    nothing,
    nothing,
)
DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("link", "packed", "answers"),
    [
        (start(), ["trip.start"], ()),
        (
            book((1, 2), DAY),
            ["trip.book", [1, 2], "2026-11-23", "other", None],
            ((1, 2), DAY, Why.OTHER, None),
        ),
        (
            book((), DAY, Why.ILLNESS, "так"),
            ["trip.book", [], "2026-11-23", "illness", "так"],
            ((), DAY, Why.ILLNESS, "так"),
        ),
        (
            book(day=DAY, who=(3,)),
            ["trip.book", [3], "2026-11-23", "other", None],
            ((3,), DAY, Why.OTHER, None),
        ),
        (words(7), ["trip.words", 7], (7,)),
    ],
)
def test_a_link_is_stored_and_read_back(link: Link, packed: list[Any], answers: tuple[Any, ...]) -> None:
    assert link.packed() == packed
    step, read = BOOK.find(json.loads(json.dumps(link.packed())))
    assert step.name == packed[0]
    assert read == answers
    assert [type(one) for one in read] == [type(one) for one in answers]


@given(
    st.lists(st.integers(0, 2**62)),
    st.dates(),
    st.sampled_from(Why),
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
)
def test_whatever_the_answers_are_they_come_back(
    who: list[int], day: date, why: Why, note: str | None
) -> None:
    packed = json.loads(json.dumps(book(tuple(who), day, why, note).packed()))
    assert BOOK.find(packed)[1] == (tuple(who), day, why, note)


@pytest.mark.parametrize(
    "packed",
    [
        ["trip.gone"],
        ["trip.book"],
        ["trip.book", [1]],
        ["trip.book", ["Оля"], "2026-11-23", "other", None],
        ["trip.book", [1], "tomorrow", "other", None],
        ["trip.book", [1], "2026-02-30", "other", None],
        ["trip.book", [1], "2026-11-23", "laziness", None],
        ["trip.book", [1], "2026-11-23", "other", None, "more"],
        ["trip.words", None],
        ["trip.start", 1],
        [None],
        [7, 7],
    ],
)
def test_a_link_that_does_not_fit_todays_steps_is_stale(packed: list[Any]) -> None:
    with pytest.raises(StaleLink):
        BOOK.find(packed)


def test_a_link_with_too_few_or_too_many_answers_cannot_be_made() -> None:
    make: Callable[..., Link] = book
    with pytest.raises(TypeError):
        make((1,))
    with pytest.raises(TypeError):
        make((1,), DAY, Why.OTHER, None, 5)


def test_a_note_is_said_and_not_stored() -> None:
    link = words(7).saying("Записано.")
    assert (link.note, link.packed()) == ("Записано.", ["trip.words", 7])


def test_steps_know_their_sort_and_a_command_opens_the_first() -> None:
    steps: list[Step[Any]] = [start, book, words]
    assert [step.sort for step in steps] == [Sort.ASK, Sort.DO, Sort.HEAR]
    assert BOOK.commands["trip"]().packed() == ["trip.start"]


def test_strangers_get_no_further_than_the_gate() -> None:
    assert BOOK.is_open(knock())
    assert not BOOK.is_open(start())
