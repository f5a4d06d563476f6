"""Telegram's updates: what each one says, and that none of them, however broken, does harm."""

from __future__ import annotations

import copy
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.clock import Clock
from bot.core.events import Attachment, Came, Event, Left, Pressed, Returned, Said, Sent, Thing, What
from bot.core.marks import Mark, Marked, Style
from bot.telegram.intake import event_of
from models.media import MediumSort

NOW = datetime(2026, 11, 23, 7, 45, tzinfo=UTC)
STAMP = int(NOW.timestamp()) - 2
CHAT = {"id": 1111111, "type": "private", "first_name": "Олена", "last_name": "Коваль", "username": "olena"}
OLENA = {"id": 1111111, "is_bot": False, "first_name": "Олена", "last_name": "Коваль", "language_code": "uk"}
BOT = {"id": 710000001, "is_bot": True, "first_name": "Класно", "username": "klasno_bot"}
GROUP = {"id": -100500, "type": "supergroup", "title": "3-Б"}
FILE = {"file_id": "AwADBAADbXXXXXXXXXXXGBdhD2l6_XX", "file_unique_id": "AgADbXX"}
PDF = {"file_name": "Testfile.pdf", "mime_type": "application/pdf"}


def of(sort: MediumSort, name: str = "", size: int = 0, **more: int) -> Attachment:
    """What can be fetched, of the file that all examples here have."""
    return Attachment(FILE["file_id"], name, size, sort, **more)


class Stopped(Clock):
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW


def update(**what: Any) -> dict[str, Any]:
    return {"update_id": 10000, **what}


def said(**more: Any) -> dict[str, Any]:
    return update(message={"message_id": 1365, "date": STAMP, "chat": CHAT, "from": OLENA, **more})


def pressed(data: str | None = "#12.3", **more: Any) -> dict[str, Any]:
    message = {"message_id": 1366, "date": STAMP, "chat": CHAT, "from": BOT, "text": "Яка причина?"}
    query = {"id": "4382", "from": OLENA, "chat_instance": "-77", "message": message, "data": data, **more}
    return update(callback_query={name: value for name, value in query.items() if value is not None})


def membership(status: str, **more: Any) -> dict[str, Any]:
    old: dict[str, Any] = {"user": BOT, "status": "member"}
    new: dict[str, Any] = {"user": BOT, "status": status, **({"until_date": 0} if status == "kicked" else {})}
    if status == "member":
        old = {"user": BOT, "status": "kicked", "until_date": 0}
    change = {"chat": CHAT, "from": OLENA, "date": STAMP, "old_chat_member": old, "new_chat_member": new}
    return update(my_chat_member={**change, **more})


def heard(raw: dict[str, Any]) -> Event | str | None:
    return event_of(raw, Stopped())


ORIGIN = {"type": "user", "date": STAMP, "sender_user": OLENA}
PEOPLE_DO: list[tuple[dict[str, Any], What]] = [
    (said(text="Оля хворіє"), Said("Оля хворіє")),
    (said(text="/start"), Came()),
    (said(text="/start abc-_1"), Came("abc-_1")),
    (said(text="/start@klasno_bot abc"), Came("abc")),
    (said(text="/start  abc  "), Came("abc")),
    (said(text="/start two words"), Said("/start two words")),
    (said(text="/started"), Said("/started")),
    (said(text="/menu"), Said("/menu")),
    (said(text="#12.3"), Said("#12.3")),
    (said(text="*а* _б_"), Said("*а* _б_")),
    (
        said(text="🤒 так", entities=[{"type": "bold", "offset": 3, "length": 3}]),
        Said("🤒 так", Marked("🤒 так", (Mark(Style.BOLD, 2, 3),))),
    ),
    (said(text="а\0б"), Said("аб")),
    (said(text="так", forward_origin=ORIGIN), Sent(Thing.FORWARD, "так")),
    (
        said(
            caption="довідка",
            photo=[
                {**FILE, "file_id": "small", "width": 90, "height": 60},
                {**FILE, "width": 1280, "height": 853, "file_size": 99000},
                {**FILE, "file_id": "middle", "width": 320, "height": 213},
            ],
        ),
        Sent(Thing.PHOTO, "довідка", of(MediumSort.PHOTO, size=99000, width=1280, height=853)),
    ),
    (
        said(
            video={**FILE, "width": 1280, "height": 720, "duration": 3, "file_name": "a\0.mp4", "file_size": 2**31}
        ),
        Sent(Thing.PHOTO, "", of(MediumSort.VIDEO, "a.mp4", 2**31, seconds=3, width=1280, height=720)),
    ),
    (
        said(animation={**FILE, "width": 9, "height": 8, "duration": 1}, document={**FILE, **PDF}),
        Sent(Thing.PHOTO, "", of(MediumSort.VIDEO, seconds=1, width=9, height=8)),
    ),
    (
        said(voice={**FILE, "duration": 5, "mime_type": "audio/ogg", "file_size": 23000}),
        Sent(Thing.VOICE, "", of(MediumSort.VOICE, size=23000, seconds=5)),
    ),
    (
        said(audio={**FILE, "duration": 99, "file_name": "гімн.mp3"}),
        Sent(Thing.VOICE, "", of(MediumSort.VOICE, "гімн.mp3", seconds=99)),
    ),
    (
        said(video_note={**FILE, "duration": 5, "length": 240}),
        Sent(Thing.VOICE, "", of(MediumSort.VIDEO, seconds=5, width=240, height=240)),
    ),
    (
        said(document={**FILE, "file_name": "IMG_1.HEIC", "mime_type": "image/heic"}),
        Sent(Thing.FILE, "", of(MediumSort.PHOTO, "IMG_1.HEIC")),
    ),
    (
        said(photo=[{**FILE, "width": 4, "height": 3}], forward_origin=ORIGIN),
        Sent(Thing.FORWARD, "", of(MediumSort.PHOTO, width=4, height=3)),
    ),
    (
        said(
            sticker={
                **FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False,
            }
        ),
        Sent(Thing.STICKER),
    ),
    (
        said(document={**FILE, **PDF, "file_size": 9}),
        Sent(Thing.FILE, "", Attachment(FILE["file_id"], "Testfile.pdf", 9)),
    ),
    (
        said(document={**FILE, "file_name": "а\0б" + "в" * 999}, caption="3-Б", forward_origin=ORIGIN),
        Sent(Thing.FORWARD, "3-Б", Attachment(FILE["file_id"], "аб" + "в" * 254, 0)),
    ),
    (said(location={"latitude": 50.45, "longitude": 30.52}), Sent(Thing.OTHER)),
    (said(contact={"phone_number": "380440000000", "first_name": "Ігор"}), Sent(Thing.OTHER)),
    (said(a_thing_of_tomorrow={"new": True}), Sent(Thing.OTHER)),
    (pressed("#12.3"), Pressed(12, 3, "1366", "4382")),
    (
        pressed(message={"message_id": 1366, "date": 0, "chat": CHAT}),  # an InaccessibleMessage
        Pressed(12, 3, "1366", "4382"),
    ),
    (membership("kicked"), Left()),
    (membership("left"), Left()),
    (membership("member"), Returned()),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "what"), PEOPLE_DO)
def test_what_people_do(raw: dict[str, Any], what: What) -> None:
    event = heard(raw)
    assert isinstance(event, Event)
    assert event.what == what
    assert (event.key, event.platform, event.address) == ("telegram:10000", "telegram", "1111111")
    assert event.language == "uk"
    assert event.at == (NOW if isinstance(what, Pressed) else NOW - timedelta(seconds=2))


# https://core.telegram.org/bots/webhooks#testing-your-bot-with-updates, with the `is_bot` that User has by now.
MARVIN = {
    "id": 1111111,
    "is_bot": False,
    "first_name": "Test",
    "last_name": "Test Lastname",
    "username": "Test",
}
MARVINS_CHAT = {"id": 1111111, "type": "private", "first_name": "Test", "last_name": "Test Lastname"}
MARVINS = {"date": 1441645532, "chat": MARVINS_CHAT, "message_id": 1365, "from": MARVIN}


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (update(message={**MARVINS, "text": "/start"}), Came()),
        (
            update(
                message={
                    **MARVINS,
                    "text": "Bold and italics",
                    "entities": [
                        {"type": "italic", "offset": 9, "length": 7},
                        {"type": "bold", "offset": 0, "length": 4},
                    ],
                }
            ),
            Said(
                "Bold and italics",
                Marked("Bold and italics", (Mark(Style.BOLD, 0, 4), Mark(Style.ITALIC, 9, 7))),
            ),
        ),
        (
            update(
                message={
                    **MARVINS,
                    "text": "/start",
                    "reply_to_message": {
                        "date": 1441645000,
                        "chat": MARVINS_CHAT,
                        "message_id": 1334,
                        "text": "Original",
                    },
                }
            ),
            Came(),
        ),
        (
            update(
                message={
                    **MARVINS,
                    "voice": {**FILE, "duration": 5, "mime_type": "audio/ogg", "file_size": 23000},
                }
            ),
            Sent(Thing.VOICE, "", of(MediumSort.VOICE, size=23000, seconds=5)),
        ),
        (
            update(
                message={
                    **MARVINS,
                    "document": {**FILE, **PDF},
                }
            ),
            Sent(Thing.FILE, "", Attachment(FILE["file_id"], "Testfile.pdf", 0)),
        ),
    ],
    ids=["message", "entities", "reply", "voice", "document"],
)
def test_the_vendors_own_examples(raw: dict[str, Any], what: What) -> None:
    event = heard(raw)
    assert isinstance(event, Event)
    assert (event.what, event.address) == (what, "1111111")
    assert event.at == datetime(2015, 9, 7, 17, 5, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw",
    [
        pressed("#"),
        pressed(None, game_short_name="chess"),
        pressed("Data from button callback"),
        pressed("#12.3\n"),
        pressed("#१.२"),
        pressed("#1234567890123456789.1"),
        pressed("#12.3", message=None, inline_message_id="1234csdbsk4839"),  # the vendor's example
        pressed("#12.3", message={"message_id": 1, "date": STAMP, "chat": GROUP, "text": "Хто?"}),
    ],
)
def test_a_press_that_says_nothing_is_only_answered(raw: dict[str, Any]) -> None:
    assert heard(raw) == "4382"


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"update_id": "ten"},
        update(),
        update(message={}),
        update(message=None),
        update(message=[1]),
        said(chat=GROUP, text="Усім привіт"),
        said(**{"from": BOT}, text="я бот"),
        said(**{"from": None}, text="хтось"),
        said(text=7),
        said(date="yesterday"),
        membership("member", chat=GROUP),
        membership("promoted"),
        update(
            edited_message={"message_id": 1, "date": STAMP, "chat": CHAT, "from": OLENA, "text": "/start"}
        ),
        update(inline_query={"id": "134567890097", "from": OLENA, "query": "inline query", "offset": ""}),
        update(poll_of_tomorrow={"id": 1}),
    ],
)
def test_what_is_not_for_us_is_nothing(raw: dict[str, Any]) -> None:
    assert heard(raw) is None


def test_a_clock_that_is_ahead_does_not_date_an_event_into_the_future() -> None:
    event = heard(said(date=STAMP + 3600, text="так"))
    assert isinstance(event, Event)
    assert event.at == NOW


def entity(type_: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": type_, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "entities", "styled"),
    [
        ("так", [], None),
        ("https://a.ua #б @klasno_bot", [entity("url", 0, 12), entity("hashtag", 13, 2)], None),
        ("так", [entity("underline", 0, 3), entity("spoiler", 0, 3), entity("blockquote", 0, 3)], None),
        ("так", [entity("of_tomorrow", 0, 3)], None),
        ("🤒 так", [entity("bold", 3, 3)], Marked("🤒 так", (Mark(Style.BOLD, 2, 3),))),
        ("🤒\0так", [entity("strikethrough", 3, 3)], Marked("🤒так", (Mark(Style.STRIKE, 1, 3),))),
        (
            "а б",
            [entity("code", 0, 1), entity("pre", 2, 1, language="py")],
            Marked(
                "а б",
                (Mark(Style.MONO, 0, 1), Mark(Style.MONO, 2, 1)),
            ),
        ),
        (
            "а\nб",
            [entity("italic", 0, 3)],
            Marked("а\nб", (Mark(Style.ITALIC, 0, 1), Mark(Style.ITALIC, 2, 1))),
        ),
        (
            "так",
            [entity("bold", -5, 6), entity("bold", 99, 1), entity("bold", 0, -2)],
            Marked(
                "так",
                (Mark(Style.BOLD, 0, 1),),
            ),
        ),
        (
            "план тут!",
            [entity("text_link", 5, 3, url="https://a.ua/1")],
            Marked("план тут (https://a.ua/1)!"),
        ),
        ("a.ua/1", [entity("text_link", 0, 6, url="http://a.ua/1/")], None),
        (
            "план і меню",
            [
                entity("bold", 0, 11),
                entity("text_link", 0, 4, url="https://a.ua/п"),
                entity("text_link", 7, 4, url="https://a.ua/м"),
            ],
            Marked(
                "план (https://a.ua/п) і меню (https://a.ua/м)",
                (Mark(Style.BOLD, 0, 4), Mark(Style.BOLD, 22, 6)),
            ),
        ),
    ],
)
def test_what_is_marked(text: str, entities: list[dict[str, Any]], styled: Marked | None) -> None:
    typed = heard(said(text=text, entities=entities))
    sent = heard(said(caption=text, caption_entities=entities, photo=[{**FILE, "width": 90, "height": 90}]))
    forwarded = heard(said(text=text, entities=entities, forward_origin=ORIGIN))
    plain = text.replace("\0", "")
    assert isinstance(typed, Event)
    assert typed.what == Said(plain, styled)
    assert isinstance(sent, Event)
    assert sent.what == Sent(Thing.PHOTO, plain, of(MediumSort.PHOTO, width=90, height=90), styled)
    assert isinstance(forwarded, Event)
    assert forwarded.what == Sent(Thing.FORWARD, plain, None, styled)


def test_two_thousand_mutilated_updates_do_no_harm() -> None:
    dice = random.Random(7)
    junk: list[Any] = [None, 0, -1, 2**70, "", "\0", [], {}, [[]], True, 1e300, "🤒" * 50]

    def mutilated(value: Any) -> Any:
        if isinstance(value, dict):
            changed = {name: mutilated(one) for name, one in value.items() if dice.random() > 0.03}
            if dice.random() < 0.03:
                changed[dice.choice(["type", "id", "chat", "text", "date"])] = dice.choice(junk)
            return changed
        if isinstance(value, list):
            return [mutilated(one) for one in value]
        return dice.choice(junk) if dice.random() < 0.04 else value

    for _round in range(80):
        for raw, _what in PEOPLE_DO:
            event = heard(mutilated(copy.deepcopy(raw)))
            assert event is None or isinstance(event, str | Event)
