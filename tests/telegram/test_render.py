"""Telegram's fields: what a screen's words become on the wire, to the letter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.marks import Mark, Marked, Style
from bot.core.screens import COLUMNS, LABEL_LENGTH, ROWS, Button, Screen, lay_out
from bot.telegram.platform import Telegram
from bot.telegram.render import TEXT_LENGTH, message
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from tests import marked as phones
from tests.marked import MARKS, worn
from tests.stories.hostile import marked, names, seen

from .conftest import parcel, words

PLAIN = {"chat_id": 7, "link_preview_options": {"is_disabled": True}}
SIGNS = st.characters(exclude_categories=["Cs"])


def key(text: str, data: str, style: str | None = None) -> dict[str, str]:
    return {"text": text, "callback_data": data} | ({"style": style} if style else {})


def bold(offset: int, length: int) -> list[dict[str, Any]]:
    return [{"type": "bold", "offset": offset, "length": length}]


@pytest.mark.parametrize(
    ("letter", "unsure", "fields"),
    [
        (words("Так"), False, {"text": "Так"}),
        (words("Так"), True, {"text": "↻ Так"}),
        (words("*а* _б_ <b>в</b> [г](д)"), False, {"text": "*а* _б_ <b>в</b> [г](д)"}),
        (words("2 з 28", "3-Б"), False, {"text": "3-Б\n2 з 28", "entities": bold(0, 3)}),
        (words("2 з 28", "3-Б"), True, {"text": "↻ 3-Б\n2 з 28", "entities": bold(2, 3)}),
        (words("", "🤒 Оля"), False, {"text": "🤒 Оля", "entities": bold(0, 6)}),
        (
            words("🤒 Завтра", "3-Б") | {"marks": [["italic", 2, 6], ["strike", 2, 2], ["mono", 0, 1]]},
            True,
            {
                "text": "↻ 3-Б\n🤒 Завтра",
                "entities": [
                    *bold(2, 3),
                    {"type": "code", "offset": 6, "length": 2},
                    {"type": "italic", "offset": 9, "length": 6},
                    {"type": "strikethrough", "offset": 9, "length": 2},
                ],
            },
        ),
        (
            words("Хто?", rows=[[["Оля", 0, None], ["Іван", 1, "main"]], [["Скасувати", 2, "danger"]]]),
            False,
            {
                "text": "Хто?",
                "reply_markup": {
                    "inline_keyboard": [
                        [key("Оля", "#12.0"), key("Іван", "#12.1", "primary")],
                        [key("Скасувати", "#12.2", "danger")],
                    ]
                },
            },
        ),
        (
            words("Коли?", rows=[[["пн", None, None], ["", None, None]]]),
            False,
            {"text": "Коли?", "reply_markup": {"inline_keyboard": [[key("пн", "#"), key("·", "#")]]}},
        ),
    ],
)
async def test_what_goes_over_the_wire(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, letter: Any, unsure: bool, fields: Any
) -> None:
    await telegram.deliver(parcel(letter, unsure=unsure))
    assert server.accepted()[-1].params == PLAIN | fields


async def test_a_phone_shows_the_title_bold_and_the_text_as_it_was_written(
    telegram: Telegram, olena: TelegramPhone
) -> None:
    await telegram.deliver(parcel(words("*Оля* <i>", "🤒 3-Б")))
    assert olena.texts == ["🤒 3-Б\n*Оля* <i>"]


@pytest.mark.parametrize("sign", ["я", "🤒", "&", "<", "\n", "\u202e", "👩‍👩‍👧‍👦"])
async def test_the_largest_screen_of_any_sign_is_taken(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, sign: str
) -> None:
    rows = [[Button(f"{sign * LABEL_LENGTH}")] * COLUMNS] * ROWS
    letter, _links = lay_out(Screen(f"!{sign * 4000}", rows, title="т" * 100), "", [])
    await telegram.deliver(parcel(letter, unsure=True))
    assert len(server.accepted()[-1].params["text"].encode("utf-16-le")) // 2 <= TEXT_LENGTH


async def test_hostile_names_in_marked_texts_are_shown_as_they_are(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    """T13: none of 300 breaks a message, and the marks are on the letters that were meant."""
    for name, style in zip(names(300), itertools.cycle(Style), strict=False):
        for text in marked(name, style):
            screen = Screen(text.text, title=name, marks=text.marks)
            await telegram.deliver(parcel(lay_out(screen, "", [])[0]))
            shown = olena.screen or {}
            meant = Marked(f"{name}\n", (Mark(Style.BOLD, 0, len(name)),)) + text
            assert seen(shown["text"]) == seen(meant.text), ascii(name)
            assert worn(phones.seen(shown["text"], shown["spans"])) == worn(meant), ascii(name)
    assert [call.answer for call in server.journal if not call.ok] == []


def test_of_too_many_marks_the_first_are_shown() -> None:
    text = Marked("а " * 200, tuple(Mark(Style.ITALIC, place, 1) for place in range(0, 400, 2)))
    letter = words(text.text, "3-Б") | {"marks": text.packed()}
    assert [one["offset"] for one in message(letter, 12)["entities"]] == [0, *range(4, 4 + 2 * 99, 2)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(SIGNS, max_size=20), st.text(SIGNS, min_size=1, max_size=60), MARKS, st.booleans())
def test_what_is_marked_is_an_entity(title: str, text: str, marks: list[Mark], unsure: bool) -> None:
    given_ = Marked(text, tuple(marks))
    fields = message(words(text, title) | {"marks": given_.packed()}, 12, unsure=unsure)
    head = ("↻ " if unsure else "") + (f"{title}\n" if title else "")
    entities = fields.get("entities", [])[bool(title) :]
    assert worn(phones.seen(fields["text"], entities)) == worn(Marked(head) + given_)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(SIGNS, max_size=60), st.text(SIGNS, min_size=1, max_size=60), st.booleans())
def test_the_bold_part_is_the_title_whatever_is_in_it(title: str, text: str, unsure: bool) -> None:
    fields = message(words(text, title), 12, unsure=unsure)
    shown = fields["text"].encode("utf-16-le")
    for entity in fields.get("entities", []):
        part = shown[entity["offset"] * 2 : (entity["offset"] + entity["length"]) * 2]
        assert part.decode("utf-16-le") == title
    assert ("entities" in fields) == bool(title)
