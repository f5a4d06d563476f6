"""Viber's callbacks: what each one says, and that none of them, however broken, does harm."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.clock import Clock
from bot.core.events import Attachment, Came, Event, Fate, Left, Pressed, Receipt, Said, Sent, Thing, What
from bot.core.marks import Mark, Marked, Style
from bot.viber.intake import api_version, event_of, verify
from models.media import MediumSort

from .conftest import patient

NOW = datetime(2026, 11, 23, 7, 45, tzinfo=UTC)
STAMP = int(NOW.timestamp() * 1000) - 2_000
TOKEN = 4912661846655238145
OLENA = {"id": "01234567890A=", "name": "Олена", "language": "uk", "country": "UA", "api_version": 10}
PICTURE = Attachment("https://x/1.jpg", "", 0, MediumSort.PHOTO)


class Stopped(Clock):
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW


CLOCK = Stopped()


def callback(event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "timestamp": STAMP, "message_token": TOKEN, "chat_hostname": "SN-1", **more}


def said(kind: str, **more: Any) -> dict[str, Any]:
    return callback("message", sender=OLENA, message={"type": kind, **more}, silent=False)


def heard(raw: dict[str, Any]) -> Event:
    event = event_of(raw, CLOCK)
    assert isinstance(event, Event)
    return event


GENUINE = [
    said("text", text="Оля хворіє"),
    said("text", text="#12.3"),
    said("picture", text="довідка", media="https://x/1.jpg", thumbnail="https://x/t.jpg"),
    said("file", media="https://x/1", file_name="dovidka.pdf", file_size=9),
    said("contact", contact={"name": "Ігор", "phone_number": "380440000000"}),
    said("location", location={"lat": 50.45, "lon": 30.52}),
    callback("conversation_started", type="open", context="abc", user=OLENA, subscribed=False),
    callback("subscribed", user=OLENA),
    callback("unsubscribed", user_id="01234567890A="),
    callback("delivered", user_id="01234567890A="),
    callback("seen", user_id="01234567890A="),
    callback("failed", user_id="01234567890A=", desc="keyboard is not valid"),
    callback("webhook"),
]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (said("text", text="Оля хворіє"), Said("Оля хворіє")),
        (said("text", text="/start CODE"), Said("/start CODE")),
        (said("text", text="#12.3"), Pressed(12, 3)),
        (said("text", text="#12.3\n"), Said("#12.3\n")),
        (said("text", text="#1234567890123456789.3"), Said("#1234567890123456789.3")),
        (said("text", text="#१.२"), Said("#१.२")),
        (said("text", text="а\ud83eб\0в"), Said("а?бв")),
        (said("text", text=7), Said("")),
        (
            said("text", text="*Увага*: _завтра_"),
            Said(
                "*Увага*: _завтра_",
                Marked("Увага: завтра", (Mark(Style.BOLD, 0, 5), Mark(Style.ITALIC, 7, 6))),
            ),
        ),
        (
            said("picture", text="~так~", media="https://x/1.jpg"),
            Sent(Thing.PHOTO, "~так~", PICTURE, Marked("так", (Mark(Style.STRIKE, 0, 3),))),
        ),
        (
            said("picture", text="довідка", media="https://x/1.jpg", file_name="1.jpg"),
            Sent(Thing.PHOTO, "довідка", Attachment("https://x/1.jpg", "1.jpg", 0, MediumSort.PHOTO)),
        ),
        (said("picture", media="https://x/" + "1" * 2000), Sent(Thing.PHOTO)),
        (said("sticker", sticker_id=46105), Sent(Thing.STICKER)),
        (
            said("video", media="https://x/1.mp4", size=9, duration=7),
            Sent(Thing.PHOTO, "", Attachment("https://x/1.mp4", "", 9, MediumSort.VIDEO, 7)),
        ),
        (
            said("video", media="https://x/1.mp4", size=True, duration="long"),
            Sent(Thing.PHOTO, "", Attachment("https://x/1.mp4", "", 0, MediumSort.VIDEO)),
        ),
        (
            said("file", media="https://x/1", file_name="IMG_1.HEIC"),
            Sent(Thing.FILE, "", Attachment("https://x/1", "IMG_1.HEIC", 0, MediumSort.PHOTO)),
        ),
        (
            said("file", media="https://x/1", file_name="dovidka.pdf", file_size=9),
            Sent(Thing.FILE, "", Attachment("https://x/1", "dovidka.pdf", 9)),
        ),
        (
            said("file", media="https://x/1", file_name="а\ud83e\0б", size=9),
            Sent(Thing.FILE, "", Attachment("https://x/1", "а?б", 9)),
        ),
        (
            said("file", media="https://x/1", file_size=-9),
            Sent(Thing.FILE, "", Attachment("https://x/1", "", 0)),
        ),
        (
            said("file", media="https://x/1", file_size="9" * 99),
            Sent(Thing.FILE, "", Attachment("https://x/1", "", 0)),
        ),
        (said("file", media="https://x/" + "1" * 2000, file_name="a.csv"), Sent(Thing.FILE)),
        (said("file", file_name="a.csv"), Sent(Thing.FILE)),
        (
            said("file", media="https://x/1", file_name="voice.M4A"),
            Sent(Thing.VOICE, "", Attachment("https://x/1", "voice.M4A", 0, MediumSort.VOICE)),
        ),
        (said("contact", contact={"name": "Ігор", "phone_number": "38"}), Sent(Thing.OTHER)),
        (said("location", location={"lat": 90, "lon": 0}), Sent(Thing.OTHER)),
        (said("url", media="https://meet.ua/3b"), Sent(Thing.OTHER, "https://meet.ua/3b")),
        (said("gif", media="https://x/1.gif"), Sent(Thing.OTHER)),
        (callback("subscribed", user=OLENA), Came()),
        (callback("unsubscribed", user_id=OLENA["id"]), Left()),
        (callback("conversation_started", type="open", user=OLENA), Came(welcome=True)),
        (
            callback("conversation_started", context="abc-_1", user=OLENA, subscribed=True),
            Came("abc-_1", welcome=True),
        ),
    ],
)
def test_what_people_do(raw: dict[str, Any], what: What) -> None:
    event = heard(raw)
    assert event.what == what
    assert (event.platform, event.address) == ("viber", "01234567890A=")
    assert event.at == NOW - timedelta(seconds=2)
    assert event.key == f"viber:{raw['event']}:{TOKEN}:01234567890A="


@pytest.mark.parametrize("fate", Fate)
def test_receipts(fate: Fate) -> None:
    trouble = "keyboard is not valid" if fate is Fate.FAILED else None
    raw = callback(fate.value, user_id="01234567890A=", **({"desc": trouble} if trouble else {}))
    at = NOW - timedelta(seconds=2)
    assert event_of(raw, CLOCK) == Receipt("viber", str(TOKEN), "01234567890A=", fate, at, trouble)


def test_a_receipt_that_does_not_say_whose_says_nothing() -> None:
    assert event_of(callback("delivered"), CLOCK) is None


def test_a_failure_without_a_reason_is_one_all_the_same() -> None:
    receipt = event_of(callback("failed", user_id="01234567890A="), CLOCK)
    assert isinstance(receipt, Receipt)
    assert receipt.fate is Fate.FAILED


@pytest.mark.parametrize("event", ["webhook", "client_status", "", None, 7, [], {}])
def test_what_says_nothing_to_us(event: Any) -> None:
    assert event_of(callback("message", sender=OLENA) | {"event": event}, CLOCK) is None


def test_a_subscription_without_a_token_has_a_key_all_the_same() -> None:
    raw = callback("subscribed", user=OLENA)
    del raw["message_token"]
    assert heard(raw).key == heard(raw).key == f"viber:subscribed:{STAMP}:01234567890A="


@pytest.mark.parametrize(
    "timestamp", [0, -1, 10**20, 10**13 * 2, 1.5, True, "soon", None, [], STAMP - 2 * 86_400_000]
)
def test_a_time_that_cannot_be_is_now(timestamp: Any) -> None:
    assert heard(said("text", text="Так") | {"timestamp": timestamp}).at == NOW


@pytest.mark.parametrize(
    ("person", "language"),
    [
        ({"language": "uk-UA", "country": "PL"}, "uk-UA"),
        ({"country": "UA"}, "uk"),
        ({"country": "FR"}, None),
        ({"language": 7, "country": []}, None),
        ({}, None),
    ],
)
def test_the_language(person: dict[str, Any], language: str | None) -> None:
    raw = callback("subscribed", user={"id": "a=", **person})
    assert heard(raw).language == language


@pytest.mark.parametrize("id_", ["", "x" * 65, "a\nb", "\ud800", "\0", 7, None, {}, ["id"]])
def test_a_person_without_a_proper_id_is_nobody(id_: Any) -> None:
    assert event_of(callback("subscribed", user={"id": id_}), CLOCK) is None
    assert event_of(callback("unsubscribed", user_id=id_), CLOCK) is None


@pytest.mark.parametrize("token", [-1, 2**64, 1.5, True, "abc", "٣", {}])
def test_a_token_that_is_none_names_no_letter(token: Any) -> None:
    assert event_of(callback("delivered", user_id="a=") | {"message_token": token}, CLOCK) is None


def test_the_api_version_of_whoever_opens() -> None:
    assert api_version(callback("conversation_started", user=OLENA)) == 10
    for broken in ({}, {"user": None}, {"user": {"api_version": "10"}}, {"user": {"api_version": True}}):
        assert api_version(broken) is None


# Broken bodies

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@patient
@given(
    st.sampled_from(GENUINE),
    st.dictionaries(
        st.sampled_from(["timestamp", "message_token", "user", "sender", "user_id", "message"]), ANYTHING
    ),
)
def test_any_value_anywhere_gives_an_event_or_nothing(raw: dict[str, Any], changes: dict[str, Any]) -> None:
    found = event_of({**raw, **changes}, CLOCK)
    assert found is None or len(getattr(found, "key", "")) <= 160


@patient
@given(
    st.dictionaries(st.sampled_from(["type", "text", "media", "location", "contact", "file_name"]), ANYTHING)
)
def test_any_message_gives_an_event_or_nothing(message: dict[str, Any]) -> None:
    event_of(callback("message", sender=OLENA, message=message), CLOCK)


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**70,
    1e308,
    "",
    "x" * 9999,
    "\ud800",
    [],
    {},
    ["id"],
    {"id": []},
    "type id",
]


def mutated(raw: dict[str, Any], dice: random.Random) -> Any:
    """The body with one to three things in it removed, replaced or doubled, at any depth."""
    body = copy.deepcopy(raw)
    for _ in range(dice.randint(1, 3)):
        place: Any = body
        while True:
            key = dice.choice([*place])
            if isinstance(place[key], dict) and place[key] and dice.random() < 0.6:
                place = place[key]
                continue
            break
        if dice.random() < 0.3 and len(place) > 1:
            del place[key]
        else:
            place[key] = dice.choice([*ODD, copy.deepcopy(raw)])
    return body


def test_ten_thousand_mutated_callbacks_break_nothing() -> None:
    dice = random.Random(8)
    understood = 0
    for _ in range(10_000):
        found = event_of(mutated(dice.choice(GENUINE), dice), CLOCK)
        understood += found is not None
        if isinstance(found, Event):
            found.key.encode()
            assert isinstance(found.address, str)
            assert len(found.key) <= 160
            if isinstance(found.what, Said):
                found.what.text.encode()
    assert 1_000 < understood < 9_000


# Signatures


def test_only_these_very_bytes_are_genuine() -> None:
    body = json.dumps(said("text", text="Так"), ensure_ascii=False).encode()
    signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    assert verify("key", body, signature)
    assert not verify("another key", body, signature)
    assert not verify("key", body + b" ", signature)
    for forged in (None, "", signature[:-1], signature + "0", "підпис", "\udcff" * 64, "0" * 64):
        assert not verify("key", body, forged)


@patient
@given(st.binary(max_size=64), st.text(max_size=70))
def test_any_signature_can_be_looked_at(body: bytes, shown: str) -> None:
    assert not verify("key", body, shown)
