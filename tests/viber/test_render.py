"""Viber's messages: nothing is styled but titles, rows are full, and everything fits."""

from __future__ import annotations

import itertools
import logging
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from viberbot.api.bot_configuration import BotConfiguration
from viberbot.api.message_sender import MessageSender
from viberbot.api.messages import TextMessage

from bot.core.errors import Refused
from bot.core.marks import Mark, Marked, Style
from bot.core.screens import COLUMNS, LABEL_LENGTH, ROWS, Button, Screen, lay_out
from bot.viber.client import JSON_BYTES, packed
from bot.viber.marks import GAP
from bot.viber.render import (
    BOARD,
    BUTTON_TEXT,
    LABEL,
    LOOKS,
    PLAIN,
    marked_up,
    message,
    shares,
    validate,
)
from sandbox.viber import checks, marks
from tests import marked as phones
from tests.marked import MARKS, worn
from tests.stories.hostile import marked, names, seen

from .conftest import School, parcel, patient, words

SENDER = {"name": "Klasno"}


def shown(marks: Any = (), **letter: Any) -> dict[str, Any]:
    return message(words(**letter) | {"marks": marks}, 12, SENDER, "olena=")


def judged(payload: dict[str, Any]) -> list[str]:
    """What Viber's server, phone and a careful eye have against a message."""
    checks.message(payload, "receiver")
    return [*checks.rejections(payload), *checks.notes(payload)]


class Words(HTMLParser):
    """A button's words, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.tags = "", [""]
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


# Text


def test_a_title_is_bold_and_the_rest_is_not() -> None:
    assert shown(title="Оля Коваль", text="Яка причина?")["text"] == "*Оля Коваль*\nЯка причина?"


def test_a_title_with_a_mark_stands_without_bold() -> None:
    text = shown(title="3*Б і 4*В", text="Разом")["text"]
    assert marks.spans(text) == (f"3*{GAP}Б і 4*{GAP}В\nРазом", [])


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Дві зірки * і * не шкодять", "Дві зірки * і * не шкодять"),
        ("Одна_риска лишається", "Одна_риска лишається"),
        ("_Ваня_ хворіє", f"_{GAP}Ваня_ хворіє"),
        ("~нема~", f"~{GAP}нема~"),
        ("```a```", f"```{GAP}a```"),
        ("**я**", f"*{GAP}*{GAP}я*{GAP}*"),
        ("Йде https://meet.ua/a_b-_c?d*e*", "Йде https://meet.ua/a%5Fb-%5Fc?d%2Ae*"),
        ("Вхід viber://pa?context=a_b-_c&text=d", "Вхід viber://pa?context=a%5Fb-%5Fc&text=d"),
        ("Пошта https://ua.ua/a_b одна", "Пошта https://ua.ua/a_b одна"),
    ],
)
def test_marks_that_people_write_style_nothing_and_addresses_still_work(text: str, sent: str) -> None:
    assert shown(text=text)["text"] == sent
    assert marks.spans(sent)[1] == []


@patient
@given(st.text("*_~`a б\n/:https.", max_size=60), st.text("*_~` aб", max_size=12))
def test_no_text_of_people_is_ever_styled(text: str, title: str) -> None:
    payload = message(words(text or "-", title), 1, SENDER, "olena=")
    read, spans = marks.spans(payload["text"])
    line = " ".join(title.split())
    assert spans in ([], [{"type": "bold", "offset": 0, "length": len(line)}])
    same = str.maketrans("", "", GAP)
    expected = "\n".join(part for part in (line, text or "-") if part)
    assert read.translate(same).replace("%2A", "*").replace("%5F", "_").replace("%7E", "~") == expected


# What is marked


@pytest.mark.parametrize(
    ("text", "marks", "sent"),
    [
        ("Завтра о 8:00!", [["bold", 0, 6]], "*Завтра* о 8:00!"),
        ("Завтра о 8:00!", [["bold", 0, 6], ["italic", 9, 4]], "*Завтра* о _8:00_!"),
        ("не та код", [["strike", 0, 5], ["mono", 6, 3]], "~не та~ ```код```"),
        ("а б в", [["bold", 0, 5], ["italic", 2, 1]], "*а _б_ в*"),
        ("а б", [["bold", 0, 3], ["italic", 0, 3]], "*_а б_*"),
        ("а\n\n б", [["bold", 0, 5]], "*а*\n\n *б*"),
        ("а* б *в", [["italic", 0, 2]], f"а* б *{GAP}в"),
        ("а *б* в", [["bold", 6, 1]], f"а *{GAP}б* *в*"),
        ("а * б", [["bold", 0, 5]], "а * б"),
        ("а_б в", [["italic", 0, 3], ["bold", 4, 1]], "а_б *в*"),
        ("_а б_ в", [["bold", 1, 3]], f"_{GAP}а б_ в"),
        ("Екскурсія", [["bold", 0, 3]], "Екскурсія"),
        ("а🤒", [["bold", 0, 1]], "*а*🤒"),
        ("и\u0306", [["bold", 0, 1]], "и\u0306"),
        ("a\u200b", [["bold", 0, 2]], "a\u200b"),
        ("Тут: https://a.ua/б!", [["bold", 0, 19]], "Тут: https://a.ua/б!"),
        ("Тут: https://a.ua/б!", [["bold", 0, 20]], "Тут: https://a.ua/б!"),
        ("Тут: https://a.ua/_б тут", [["bold", 0, 24], ["italic", 21, 3]], "*Тут: https://a.ua/%5Fб _тут_*"),
        ("а\x01б в", [["bold", 0, 5]], "аб в"),
    ],
)
def test_what_is_marked_gets_marks_where_viber_is_sure_to_read_them(
    text: str, marks: list[Any], sent: str
) -> None:
    assert shown(text=text, marks=marks)["text"] == sent


def test_marks_below_a_title() -> None:
    sent = shown(title="3-Б", text="Завтра *збори", marks=[["bold", 0, 6]])["text"]
    assert sent == f"*3-Б*\n*Завтра* *{GAP}збори"


@pytest.mark.parametrize("text", ["*а " * 1100, "я" * 3499, "漢" * 3499])
def test_a_text_too_long_with_its_marks_goes_without(text: str) -> None:
    marks = [["italic", place, 1] for place in range(1, len(text), 3)]
    sent = message(words(text, "т" * 900) | {"marks": marks}, 1, SENDER, "olena=")["text"]
    assert spans_of(sent) in (["bold"], [])


def spans_of(text: str) -> list[str]:
    return [one["type"] for one in marks.spans(text)[1]]


@patient
@given(st.text("*_~`a б.🤒\n", max_size=60), st.text("*_~` aб", max_size=12), MARKS)
def test_whatever_is_marked_nothing_else_is_styled(text: str, title: str, asked: list[Mark]) -> None:
    meant = Marked(text, tuple(asked))
    payload = message(words(text or "-", title) | {"marks": meant.packed()}, 1, SENDER, "olena=")
    line = " ".join(title.split())
    read = phones.seen(*marks.spans(payload["text"]))
    expected = worn(
        Marked(f"{line}\n", (Mark(Style.BOLD, 0, len(line)),) if line else ())
        + (meant if text else Marked("-"))
    )
    assert [letter for letter, _styles in worn(read)] == [letter for letter, _styles in expected]
    for (_letter, has), (_same, may) in zip(worn(read), expected, strict=True):
        assert has & ~may == 0


@patient
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["завтра", "о 8:00", "Оля", "🤒", "«так»"]), st.sets(st.sampled_from(Style))
        )
    )
)
def test_whole_words_are_styled_as_they_were(pieces: list[tuple[str, set[Style]]]) -> None:
    meant = Marked("")
    for word, styles in pieces:
        meant += Marked(word, tuple(Mark(style, 0, len(word)) for style in styles)) + Marked(", ")
    payload = message(
        words("!" + meant.text) | {"marks": (Marked("!") + meant).packed()}, 1, SENDER, "olena="
    )
    assert worn(phones.seen(*marks.spans(payload["text"]))) == worn(Marked("!") + meant)


async def test_hostile_names_in_marked_texts_are_shown_as_they_are(school: School) -> None:
    """T13: none of 300 breaks a message or styles anything, and where nothing is unsure, the marks are there."""
    olena = school.server.person("olena=", "Олена")
    styled = 0
    for name, style in zip(names(300), itertools.cycle(Style), strict=False):
        await olena.says("Добрий день")  # else Viber has enough of us
        await school.server.settled()
        for text in marked(name, style):
            screen = Screen(text.text, title=name, marks=text.marks)
            await school.viber.deliver(parcel(lay_out(screen, "", [])[0]))
            sent = olena.screen
            meant = Marked(f"{name}\n", (Mark(Style.BOLD, 0, len(name)),)) + text
            assert seen(sent["text"]) == seen(meant.text), ascii(name)
            found = worn(phones.seen(sent["text"], sent["spans"]))
            if "://" not in name:
                assert all(has & ~may == 0 for (_l, has), (_m, may) in zip(found, worn(meant), strict=True))
            styled += found == worn(meant)
    assert styled > 200
    assert school.server.complaints == school.server.notes == []
    assert [call.answer for call in school.server.journal if not call.ok] == []


# Keyboard


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        (["Головна"], [6]),
        (["Так", "Ні"], [3, 3]),
        (["1", "2", "3"], [2, 2, 2]),
        (["8:00", "8:15", "8:30", "8:45"], [2, 1, 1, 2]),
        (["Хвороба", "Лікар", "Сімейна", "Інша"], [2, 1, 2, 1]),
        (["пн", "вт", "ср", "чт", "пт"], [2, 1, 1, 1, 1]),
        (["1", "2", "3", "4", "5", "Ще раз"], [1, 1, 1, 1, 1, 1]),
    ],
)
def test_a_row_fills_the_width(labels: list[str], columns: list[int]) -> None:
    assert shares(labels) == columns


def test_buttons_carry_their_address_and_labels_nothing() -> None:
    row = [["пн", None, None], ["8:00", 0, None], ["Записатися", 1, "main"], ["Скасувати", 2, "danger"]]
    payload = shown(rows=[row])
    assert judged(payload) == []
    buttons = payload["keyboard"]["Buttons"]
    assert [(b["ActionType"], b["ActionBody"]) for b in buttons] == [
        ("none", "#"),
        ("reply", "#12.0"),
        ("reply", "#12.1"),
        ("reply", "#12.2"),
    ]
    assert [b["BgColor"] for b in buttons] == [BOARD, PLAIN[0], LOOKS["main"][0], LOOKS["danger"][0]]
    assert all(b["Silent"] for b in buttons)
    assert payload["min_api_version"] == 6


def test_without_buttons_there_is_no_keyboard_and_any_viber_will_do() -> None:
    assert shown(text="Код?") == {"type": "text", "text": "Код?", "sender": SENDER, "receiver": "olena="}


def test_the_plain_keyboard_needs_nothing_new() -> None:
    payload = message(words(rows=[[["Так", 0, None]]]), 12, SENDER, "olena=", plain=True)
    assert "min_api_version" not in payload
    assert judged(payload) == []


@pytest.mark.parametrize("colours", [PLAIN, LABEL, *LOOKS.values()])
def test_every_button_can_be_read(colours: tuple[str, str]) -> None:
    """Contrast of at least 4.5 to 1: https://www.w3.org/TR/WCAG21/#contrast-minimum."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted(map(light, colours))
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@patient
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_label_is_escaped_and_never_cut_in_the_middle_of_an_entity(label: str) -> None:
    html = marked_up(label, PLAIN[1])
    assert len(html.encode("utf-16-le")) // 2 <= BUTTON_TEXT
    read = Words(html)
    assert read.tags == ["", "font", "/font"]
    if "\r" not in label and "\0" not in label:
        whole = read.words.removesuffix("…")
        assert label.startswith(whole)


def test_a_long_label_of_brackets_is_cut_between_entities() -> None:
    html = marked_up("<" * 300, PLAIN[1])
    assert html.endswith("&lt;…</font>")
    assert len(html) <= BUTTON_TEXT


@pytest.mark.parametrize("sign", ["&", '"', "я", "🤒", "\n", "\x01", "<b>", "\u202e", "\u200b"])
def test_the_largest_screen_of_any_sign_still_fits(sign: str) -> None:
    button = [Button(sign * LABEL_LENGTH)] * COLUMNS
    letter, _links = lay_out(Screen(sign * 4000, [button] * ROWS, title=sign * 100), "", [button])
    for place, laid in enumerate(button for row in letter["rows"] for button in row):
        laid[1] = place
    payload = message(letter, 10**17, SENDER, "x" * 64, unsure=True)
    assert len(packed(payload)) <= JSON_BYTES
    checks.message(payload, "receiver")
    assert checks.rejections(payload) == []
    assert payload["text"].startswith("↻ ")


@patient
@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80),
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=50), min_size=1, max_size=6),
        max_size=11,
    ),
)
def test_whatever_a_screen_holds_viber_takes_it(name: str, labels: list[list[str]]) -> None:
    rows = [[Button(label) for label in row] for row in labels]
    letter, _links = lay_out(Screen(f"{name}: хвороба", rows, title=name), "", [])
    payload = message(letter, 1, SENDER, "olena=")
    checks.message(payload, "receiver")
    assert checks.rejections(payload) == []


# Before it goes


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": "я" * 7001},
        {"text": None},
        {"type": "picture"},
        {"receiver": ""},
        {"sender": {"name": ""}},
        {"sender": {"name": "я" * 29}},
        {"tracking": "x"},
        {"min_api_version": 1},
        {"text": "\x01" * 6000},
        {"keyboard": {"Type": "keyboard", "BgColor": BOARD, "Buttons": []}},
        {"keyboard": {"junk": 1}},
    ],
)
def test_a_message_that_viber_would_not_take_is_refused_here(change: dict[str, Any]) -> None:
    payload = shown(rows=[[["Так", 0, None], ["Ні", 1, None]]])
    validate(payload)
    with pytest.raises(Refused):
        validate({**payload, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"Columns": 0},
        {"Columns": 7},
        {"Columns": 4},
        {"Columns": 2},
        {"Columns": "3"},
        {"Rows": 3},
        {"Text": ""},
        {"Text": "я" * 251},
        {"ActionType": "open"},
        {"ActionBody": ""},
        {"BgColor": "red"},
        {"TextSize": "huge"},
    ],
)
def test_a_button_that_a_phone_would_reject_is_refused_here(change: dict[str, Any]) -> None:
    payload = shown(rows=[[["Так", 0, None], ["Ні", 1, None]]])
    payload["keyboard"]["Buttons"][1] |= change
    with pytest.raises(Refused):
        validate(payload)


def test_thirteen_rows_are_refused() -> None:
    with pytest.raises(Refused):
        shown(rows=[[["Так", 0, None]]] * 13)


# viberbot


def test_the_message_is_the_one_that_viberbot_would_send(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ours = shown(title="Оля Коваль", rows=[[["Так", 0, "main"]]])
    theirs: dict[str, Any] = MessageSender(
        logging.getLogger("viber.bot.api"), None, BotConfiguration("the-token", "Klasno", None)
    )._prepare_payload(
        message=TextMessage(text=ours["text"], keyboard=ours["keyboard"], min_api_version=6),
        sender_name="Klasno",
        sender_avatar=None,
        receiver="olena=",
    )
    assert theirs.pop("auth_token") == "the-token"
    theirs["sender"] = {key: value for key, value in theirs["sender"].items() if value is not None}
    assert ours == theirs
    assert not [record for record in caplog.records if record.name == "viber.bot.api"]
