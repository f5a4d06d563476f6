"""Keyboards and rich media: what the server refuses, what the client rejects, and how buttons fill rows.

The server checks the shape: required keys, JSON types, the set of ActionType; its words "object has missing
required properties" and "not found in enum" are on record (bottenderjs/messaging-apis #652, edanila-zz/viber.bot
#3). All else is found by the client after status 0 (developers.viber.com/docs/faq: "most keyboard valuations take
place on the client"). Stricter than Viber on purpose: unknown keys are refused, and keys that the message's
min_api_version does not know are rejected, where a real client may merely ignore them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import limits
from .fields import COLOUR, Fields, beyond, flag, given, many, misshapen, missing, number, one_of, text, thing
from .marks import label, strange_tags

_KEYBOARD: Fields = {
    "Type": one_of("keyboard", needed=True),
    "Buttons": many(1, needed=True),
    "BgColor": COLOUR,
    "DefaultHeight": flag(),
    "CustomDefaultHeight": number(40, 70, since=3),
    "HeightScale": number(20, 100, since=3),
    "ButtonsGroupColumns": number(1, limits.COLUMNS, since=4),
    "ButtonsGroupRows": number(1, limits.BUTTON_ROWS, since=4),
    "InputFieldState": one_of("regular", "minimized", "hidden", since=4),
}
_RICH: Fields = {
    "Type": one_of("rich_media", needed=True),
    "Buttons": many(1, needed=True),
    "BgColor": COLOUR,
    "ButtonsGroupColumns": number(1, limits.COLUMNS),
    "ButtonsGroupRows": number(1, limits.RICH_ROWS),
}
_BUTTON: Fields = {
    "Columns": number(1, limits.COLUMNS),
    "Rows": number(1, limits.BUTTON_ROWS),
    "Text": text(0, limits.BUTTON_TEXT),
    "ActionType": one_of(*limits.ACTIONS),
    "ActionBody": text(1, needed=True),
    "Silent": flag(),
    "BgColor": COLOUR,
    "BgMediaType": one_of("picture", "gif"),
    "BgMedia": text(1),
    "BgLoop": flag(),
    "BgMediaScaleType": one_of("crop", "fill", "fit"),
    "Image": text(1),
    "ImageScaleType": one_of("crop", "fill", "fit"),
    "TextSize": one_of("small", "regular", "large"),
    "TextVAlign": one_of("top", "middle", "bottom"),
    "TextHAlign": one_of("left", "center", "right"),
    "TextOpacity": number(0, 100),
    "TextPaddings": many(4, 4, since=4),
    "TextShouldFit": flag(since=6),
    "OpenURLType": one_of("internal", "external"),
    "OpenURLMediaType": one_of("not-media", "video", "gif", "picture"),
    "InternalBrowser": thing(since=3),
    "Frame": thing(since=6),
    "Map": thing(since=6),
}
_RICH_BUTTON: Fields = {**_BUTTON, "Rows": number(1, limits.RICH_ROWS)}
_FRAME: Fields = {"BorderWidth": number(0, 10), "BorderColor": COLOUR, "CornerRadius": number(0, 10)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a button lies: its first row and column from 0, and how far it reaches."""

    row: int
    column: int
    rows: int
    columns: int


def refusals(board: dict[str, Any], version: int) -> Iterator[str]:
    """What the server says against the keyboard or rich media of a message with that min_api_version."""
    fields = _RICH if board.get("Type") == "rich_media" else _KEYBOARD
    yield from _shape(board, fields)
    if board.get("Type") not in ("keyboard", "rich_media", None):
        yield f"Type: instance value ({board['Type']!r}) not found in enum"
    buttons = board.get("Buttons")
    for place, button in enumerate(buttons if isinstance(buttons, list) else ()):
        if not isinstance(button, dict):
            yield f"Buttons/{place}: instance type does not match any allowed type"
            continue
        yield from (f"Buttons/{place}/{wrong}" for wrong in _shape(button, _BUTTON))
        action = button.get("ActionType") or "reply"
        if action not in limits.ACTIONS or (action in limits.ACTIONS_SINCE_3 and version < 3):
            yield f"Buttons/{place}/ActionType: instance value ({action!r}) not found in enum"


def _shape(body: dict[str, Any], fields: Fields) -> Iterator[str]:
    if gone := missing(body, fields):
        yield f"object has missing required properties ({gone})"
    yield from misshapen(body, fields)


def rejections(board: dict[str, Any], version: int) -> Iterator[str]:
    """What the client finds wrong with a keyboard or rich media whose shape is right: it then shows nothing."""
    wrongs = list(_values(board, version))
    yield from wrongs or _height(board)


def _values(board: dict[str, Any], version: int) -> Iterator[str]:
    rich = board["Type"] == "rich_media"
    yield from beyond(board, _RICH if rich else _KEYBOARD, version)
    width = board.get("ButtonsGroupColumns") or limits.COLUMNS
    for place, button in enumerate(board["Buttons"]):
        wrongs = [*beyond(button, _RICH_BUTTON if rich else _BUTTON, version), *_details(button, width)]
        yield from (f"Buttons/{place}/{wrong}" for wrong in wrongs)


def _height(board: dict[str, Any]) -> Iterator[str]:
    """Too many rows or cards; asked once every number is sound, as the layout relies on that."""
    rows = len(rows_of(board))
    if board["Type"] == "rich_media":
        cards = -(-rows // (board.get("ButtonsGroupRows") or limits.RICH_ROWS))
        if cards > limits.RICH_CARDS:
            yield f"{cards} cards are more than {limits.RICH_CARDS}"
    elif rows > limits.KEYBOARD_ROWS:
        yield f"{rows} rows are more than {limits.KEYBOARD_ROWS}"


def _details(button: dict[str, Any], width: int) -> Iterator[str]:
    if (button.get("Columns") or width) > width:
        yield f"Columns: {button['Columns']} are more than the {width} of the group"
    if button.get("ActionType") == "open-url" and "://" not in button["ActionBody"]:
        yield f"ActionBody: {button['ActionBody']!r} is no URL"
    for name in ("Image", "BgMedia"):
        if button.get(name) and not str(button[name]).startswith(("http://", "https://")):
            yield f"{name}: {button[name]!r} is no URL"
    paddings = button.get("TextPaddings") or []
    if not all(type(one) is int and 0 <= one <= 12 for one in paddings):
        yield f"TextPaddings: {paddings} are not all from 0 to 12"
    if frame := button.get("Frame"):
        yield from (f"Frame/{wrong}" for wrong in (*misshapen(frame, _FRAME), *beyond(frame, _FRAME)))


def notes(board: dict[str, Any]) -> Iterator[str]:
    """What is legal but looks like a slip: rows with holes, tags that Viber does not know, buttons without words."""
    width = board.get("ButtonsGroupColumns") or limits.COLUMNS
    filled: dict[int, int] = {}
    for place in places(board["Buttons"], width):
        for row in range(place.row, place.row + place.rows):
            filled[row] = filled.get(row, 0) + place.columns
    yield from (
        f"row {row} fills {columns} of {width} columns" for row, columns in filled.items() if columns < width
    )
    for number_, button in enumerate(board["Buttons"]):
        words = button.get("Text") or ""
        yield from (f"Buttons/{number_}/Text has an unknown tag <{tag}>" for tag in strange_tags(words))
        if not label(words).strip() and not button.get("Image") and not button.get("BgMedia"):
            yield f"Buttons/{number_} shows nothing"


def places(buttons: Sequence[dict[str, Any]], width: int) -> list[Place]:
    """Lay the buttons out in their order, left to right, never back above the row of the one before.

    Two low buttons stack beside a high one. (The exact rule of real clients is not documented.)
    """
    taken: set[tuple[int, int]] = set()
    laid: list[Place] = []
    row = 0
    for button in buttons:
        columns, rows = button.get("Columns") or width, button.get("Rows") or 1
        while (column := _gap(taken, row, columns, rows, width)) is None:
            row += 1
        taken.update((r, c) for r in range(row, row + rows) for c in range(column, column + columns))
        laid.append(Place(row, column, rows, columns))
    return laid


def _gap(taken: set[tuple[int, int]], row: int, columns: int, rows: int, width: int) -> int | None:
    for column in range(width - columns + 1):
        cells = ((r, c) for r in range(row, row + rows) for c in range(column, column + columns))
        if not any(cell in taken for cell in cells):
            return column
    return None


def rows_of(board: dict[str, Any]) -> list[list[tuple[dict[str, Any], Place]]]:
    """The buttons row by row, as they lie on the screen; a row under a high button may be empty."""
    buttons = [given(button) for button in board["Buttons"]]
    laid = places(buttons, board.get("ButtonsGroupColumns") or limits.COLUMNS)
    height = max((place.row + place.rows for place in laid), default=0)
    rows: list[list[tuple[dict[str, Any], Place]]] = [[] for _ in range(height)]
    for button, place in zip(buttons, laid, strict=True):
        rows[place.row].append((button, place))
    return rows
