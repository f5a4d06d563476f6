"""Screens: a text and rows of buttons, holding only what every messenger can show."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.flows import Link
from bot.core.marks import Mark, Marked
from bot.core.signs import shorten

TEXT_LENGTH = 3500
"""Signs (in UTF-16 units, Telegram's measure) that any messenger takes with room for a keyboard."""
LABEL_LENGTH = 40
ROWS = 11
"""Rows of buttons: Viber shows 12 on an upright phone, and one is kept for «Home»."""
COLUMNS = 6
BESIDE = {2: 16, 3: 10}
"""Signs that a label has room for where two or three stand in a row: Telegram cuts more on a phone 375 points wide."""


class Look(enum.StrEnum):
    """How a button stands out, where the messenger can show it."""

    MAIN = "main"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """A button that leads to a step; without a link it is a label that does nothing (a weekday, a full slot)."""

    text: str
    link: Link | None = None
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text that goes ahead of a screen as a message of its own: what is too long for one."""

    text: str
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True)
class Album:
    """Photos and other files that go ahead of a screen: links of `file` steps."""

    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Screen:
    """What a person is shown.

    title: one line that stands out. marks: what is styled in the text. hears: the step that gets what the person
    types now; without one, typing is answered with this screen again. takes: the step that gets what is read from
    the file that the person sends now. ahead: what goes before it, each as a message of its own, where it comes
    unasked (broadcast.py) or is sent with `send_ahead` (laying.py).
    """

    text: str
    rows: Sequence[Sequence[Button]] = ()
    title: str = ""
    hears: Link | None = None
    takes: Link | None = None
    ahead: Sequence[Words | Album] = ()
    marks: Sequence[Mark] = ()

    def __post_init__(self) -> None:
        if len(self.rows) > ROWS or any(not 1 <= len(row) <= COLUMNS for row in self.rows):
            raise ValueError(f"a screen has at most {ROWS} rows of 1 to {COLUMNS} buttons")


def lay_out(screen: Screen, note: str, extra: Sequence[Sequence[Button]]) -> tuple[dict[str, Any], list[Any]]:
    """A screen as a letter holds it: words (text, title, rows of [label, place, look], marks if there are any) and the
    links by place.

    Rows with labels that a phone would cut are broken, if there is room for all that come of it.
    """
    links: list[Any] = []
    rows: list[list[list[Any]]] = []
    whole = [*screen.rows, *extra]
    broken = [part for row in whole for part in _broken(row)]
    for row in broken if len(broken) <= ROWS + 1 else whole:
        laid: list[list[Any]] = []
        for button in row:
            place = None
            if button.link is not None:
                place = len(links)
                links.append(button.link.packed())
            laid.append([shorten(button.text, LABEL_LENGTH), place, button.look])
        rows.append(laid)
    text = Marked(screen.text, tuple(screen.marks))
    if note:
        text = Marked(f"{note}\n\n" if screen.text else note) + text
    return {"title": screen.title, **_fitted(text), "rows": rows}, links


def ahead_words(one: Words | Album) -> dict[str, Any]:
    """What goes ahead of a screen, as a letter holds it."""
    if isinstance(one, Words):
        return {"title": "", **_fitted(Marked(one.text, tuple(one.marks))), "rows": []}
    links = [link.packed() for link in one.links]
    return {"files": links, "picture": True, "title": "", "text": "", "rows": []}


def _fitted(text: Marked) -> dict[str, Any]:
    """A text as a letter holds it, cut to what any messenger takes."""
    short = text.shortened(TEXT_LENGTH)
    return {"text": short.text, "marks": short.packed()} if short.marks else {"text": short.text}


def _broken(row: Sequence[Button]) -> list[list[Button]]:
    """The row, or several where a label in it would be cut: as many buttons in each as fit."""
    if _fit(row):
        return [list(row)]
    rows: list[list[Button]] = []
    for button in row:
        if rows and _fit([*rows[-1], button]):
            rows[-1].append(button)
        else:
            rows.append([button])
    return rows


def _fit(row: Sequence[Button]) -> bool:
    most = BESIDE.get(len(row), LABEL_LENGTH)
    return all(len(button.text) <= most for button in row)
