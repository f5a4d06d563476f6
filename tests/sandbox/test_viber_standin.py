"""Viber's stand-in: what it takes, what it refuses, what it tells the bot, and what phones show."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp
import pytest
from viberbot.api.messages import (
    ContactMessage,
    FileMessage,
    KeyboardMessage,
    LocationMessage,
    PictureMessage,
    RichMediaMessage,
    StickerMessage,
    TextMessage,
    URLMessage,
    VideoMessage,
)
from viberbot.api.messages.data_types.contact import Contact
from viberbot.api.messages.data_types.location import Location
from viberbot.api.viber_requests import create_request

from sandbox.viber import ViberPhone, ViberServer
from sandbox.wire import Fault, Phone

from .viber_bot import SENDER, TOKEN, Bot, Clock, board


def text(words: str = "Завтра о 8:30", **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = TextMessage(text=words, **more).to_dict()
    return message


# Who may call


async def test_a_call_without_or_with_a_wrong_token_is_refused_in_an_http_200(bot: Bot) -> None:
    assert await bot.call("get_account_info", token=None) == {
        "status": 2,
        "status_message": "missing_auth_token",
    }
    assert await bot.call("get_account_info", token="x") == {
        "status": 2,
        "status_message": "invalidAuthToken",
    }
    assert (await bot.call("get_account_info"))["uri"] == "klasno"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff", b"[" * 20_000, b'{"text":"\\ud800"}', b'{"a":"' + b"x" * 30_000]
)
async def test_what_is_no_json_object_of_thirty_kilobytes_is_bad_data(bot: Bot, body: bytes) -> None:
    assert (await bot.call("send_message", body))["status"] == 3


async def test_thirty_kilobytes_are_counted_in_bytes_not_letters(bot: Bot, olena: ViberPhone) -> None:
    keys = [{"Text": "я" * 250, "ActionBody": "ї" * 300} for _ in range(12)]
    raw = json.dumps(
        {"sender": SENDER, "receiver": olena.address, **text("щ" * 7000), "keyboard": board(*keys)},
        ensure_ascii=False,
    )
    assert len(raw) < 30_000 - 8_000
    assert "30000" in (await bot.call("send_message", raw.encode() + b" " * 5_000))["status_message"]


# The webhook


async def test_a_webhook_that_does_not_answer_200_is_not_set(server: ViberServer, bot: Bot) -> None:
    assert [event["event"] for event in bot.heard] == ["webhook"]
    bot.statuses = [503]
    assert (await bot.call("set_webhook", {"url": bot.webhook}))["status"] == 1
    assert (await bot.call("set_webhook", {"url": "http://127.0.0.1:1/nobody"}))["status"] == 1
    assert (await bot.call("set_webhook", {"url": "http://school.example/viber"}))["status"] == 1
    assert (await bot.call("set_webhook", {"url": "nonsense"}))["status"] == 1
    assert (await bot.call("get_account_info"))["webhook"] == bot.webhook


async def test_only_the_events_that_were_asked_for_arrive(server: ViberServer, bot: Bot) -> None:
    await bot.call("set_webhook", {"url": bot.webhook, "event_types": []})
    phone = server.person("ihor=", "Ігор")
    await phone.opens()
    await phone.unblocks()
    await bot.send(phone, text())
    await phone.says("Ок")
    await server.settled()
    assert [event["event"] for event in bot.heard[2:]] == ["subscribed", "message"]
    assert (await bot.call("set_webhook", {"url": bot.webhook, "event_types": ["message"]}))["status"] == 3


async def test_names_are_placeholders_until_they_are_asked_for(server: ViberServer, bot: Bot) -> None:
    phone = server.person("ihor=", "Ігор")
    await phone.says("Я Ігор")
    await bot.call("set_webhook", {"url": bot.webhook})
    await phone.says("А тепер?")
    await server.settled()
    assert [event["sender"]["name"] for event in bot.events("message")] == ["Ігор", "Subscriber"]


async def test_without_a_webhook_nothing_can_be_sent(bot: Bot, olena: ViberPhone) -> None:
    await bot.call("set_webhook", {"url": ""})
    assert (await bot.send(olena, text()))["status"] == 10


# Messages that are taken, and such as are not

GOOD: list[dict[str, Any]] = [
    text("я" * 7000),
    text(tracking_data="t" * 4000),
    PictureMessage(media="https://school.example/a/photo.JPG").to_dict(),
    VideoMessage(media="https://school.example/v.mp4", size=100, duration=180).to_dict(),
    FileMessage(media="https://school.example/menu.pdf", size=52_428_800, file_name="menu.pdf").to_dict(),
    ContactMessage(contact=Contact(name="Школа", phone_number="+380441234567")).to_dict(),
    LocationMessage(location=Location(lat=50.45, lon=30.52)).to_dict(),
    URLMessage(media="https://school.example/").to_dict(),
    StickerMessage(sticker_id=40126).to_dict(),
    RichMediaMessage(
        rich_media={"Type": "rich_media", "Buttons": [{"ActionBody": "a", "Rows": 7}]},
        alt_text="Меню",
        min_api_version=2,
    ).to_dict(),
    KeyboardMessage(keyboard=board({"Text": "Меню"})).to_dict(),
    text(keyboard=board({"Text": "Меню"}, InputFieldState="hidden"), min_api_version=4),
]


@pytest.mark.parametrize("message", GOOD, ids=lambda message: str(message.get("type", "keyboard")))
async def test_viberbots_messages_are_taken(
    server: ViberServer, bot: Bot, olena: ViberPhone, message: dict[str, Any]
) -> None:
    verdict = await bot.send(olena, message)
    await server.settled()
    assert (verdict["status"], verdict["status_message"], verdict["billing_status"]) == (0, "ok", 1)
    assert 2**53 < verdict["message_token"] < 2**63
    assert [event["message_token"] for event in bot.events("delivered")] == [verdict["message_token"]]
    assert server.complaints == []
    assert [call.params["receiver"] for call in server.accepted()] == [olena.address]


REFUSED: list[tuple[int, dict[str, Any]]] = [
    (4, {"text": "no type"}),
    (4, {"type": "text"}),
    (4, {**text(), "sender": {}}),
    (4, {**text(), "sender": None}),
    (4, {"type": "video", "media": "https://school.example/v.mp4"}),
    (3, {"type": "gif", "media": "https://school.example/a.gif"}),
    (3, text("")),
    (3, text("я" * 7001)),
    (3, text(tracking_data="t" * 4001)),
    (3, {"type": "text", "text": 7}),
    (3, {**text(), "min_api_version": True}),
    (3, {**text(), "min_api_version": "1"}),
    (3, {**text(), "sender": {"name": "К" * 29}}),
    (3, {**text(), "auth_token": TOKEN}),
    (3, {**text(), "parse_mode": "HTML"}),
    (3, PictureMessage(text="я" * 513, media="https://school.example/a.png").to_dict()),
    (3, PictureMessage(media="https://school.example/a.png?as=webp.bmp".replace(".png", ".bmp")).to_dict()),
    (3, PictureMessage(media="a.png").to_dict()),
    (3, VideoMessage(media="https://school.example/v.avi", size=100).to_dict()),
    (3, VideoMessage(media="https://school.example/v.mp4", size=27_262_977).to_dict()),
    (3, VideoMessage(media="https://school.example/v.mp4", size=1, duration=181).to_dict()),
    (3, FileMessage(media="https://school.example/a.pdf", size=52_428_801, file_name="a.pdf").to_dict()),
    (3, FileMessage(media="https://school.example/a.apk", size=1, file_name="a.APK").to_dict()),
    (3, FileMessage(media="https://school.example/a", size=1, file_name="a.pdf").to_dict()),
    (3, FileMessage(media="https://school.example/a.pdf", size=1, file_name="a").to_dict()),
    (3, ContactMessage(contact=Contact(name="Ш" * 29, phone_number="380")).to_dict()),
    (3, ContactMessage(contact=Contact(name="Ш", phone_number="044-12")).to_dict()),
    (3, LocationMessage(location=Location(lat=91, lon=0)).to_dict()),
    (3, URLMessage(media="https://school.example/" + "a" * 2000).to_dict()),
    (3, text(keyboard={"Buttons": []})),
    (3, text(keyboard={"Type": "keyboard"})),
    (3, text(keyboard={"Type": "rich_media", "Buttons": [{"ActionBody": "a"}]})),
    (3, text(keyboard={"Type": "keyboard", "Buttons": [{"Text": "no body"}]})),
    (3, text(keyboard=board({"Columns": "6"}))),
    (3, text(keyboard=board({"ActionType": "callback"}))),
    (3, text(keyboard=board({"ActionType": "share-phone"}))),
    (3, text(keyboard=board({"CallbackData": "x"}))),
    (14, RichMediaMessage(rich_media={"Type": "rich_media", "Buttons": [{"ActionBody": "a"}]}).to_dict()),
    (13, text(min_api_version=11)),
]


@pytest.mark.parametrize(("status", "message"), REFUSED)
async def test_the_server_refuses(
    server: ViberServer, bot: Bot, olena: ViberPhone, status: int, message: dict[str, Any]
) -> None:
    verdict = await bot.send(olena, message)
    assert verdict["status"] == status, verdict
    assert "message_token" not in verdict
    assert olena.texts == []
    assert server.accepted() == []


REJECTED: list[tuple[str, dict[str, Any]]] = [
    ("Buttons: 0 is less", {"keyboard": board()}),
    ("Columns: 7", {"keyboard": board({"Columns": 7})}),
    ("Columns: 0", {"keyboard": board({"Columns": 0})}),
    ("Rows: 3", {"keyboard": board({"Rows": 3})}),
    ("Text: 251", {"keyboard": board({"Text": "я" * 251})}),
    ("BgColor: 'red'", {"keyboard": board({"BgColor": "red"})}),
    ("BgColor: '#fff'", {"keyboard": board({}, BgColor="#fff")}),
    ("ActionBody: 0", {"keyboard": board({"ActionBody": ""})}),
    ("no URL", {"keyboard": board({"ActionType": "open-url", "ActionBody": "klasno"})}),
    ("TextSize", {"keyboard": board({"TextSize": "huge"})}),
    ("TextPaddings", {"keyboard": board({"TextPaddings": [0, 0, 0, 13]}), "min_api_version": 4}),
    ("Frame/BorderWidth: 11", {"keyboard": board({"Frame": {"BorderWidth": 11}}), "min_api_version": 6}),
    ("InputFieldState needs", {"keyboard": board({}, InputFieldState="hidden"), "min_api_version": 3}),
    ("13 rows", {"keyboard": board(*({} for _ in range(13)))}),
    ("14 rows", {"keyboard": board(*({"Rows": 2, "Columns": 4} for _ in range(7)))}),
    ("more than the 4", {"keyboard": board({"Columns": 5}, ButtonsGroupColumns=4), "min_api_version": 4}),
]


@pytest.mark.parametrize(("why", "more"), REJECTED)
async def test_the_client_rejects_after_status_0_and_shows_nothing(
    server: ViberServer, bot: Bot, olena: ViberPhone, why: str, more: dict[str, Any]
) -> None:
    verdict = await bot.send(olena, {**text(), **more})
    await server.settled()
    assert verdict["status"] == 0
    (failed,) = bot.events("failed")
    assert (failed["message_token"], failed["user_id"]) == (verdict["message_token"], olena.address)
    assert why in failed["desc"]
    assert why in server.complaints[0]
    assert olena.texts == []
    assert bot.events("delivered") == []


async def test_rows_with_holes_and_strange_tags_are_legal_but_noted(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    await bot.send(
        olena, text(keyboard=board({"Columns": 4, "Text": "4"}, {"Columns": 4, "Text": "<петро>"}))
    )
    assert [note.partition(": ")[2] for note in server.notes] == [
        "row 0 fills 4 of 6 columns",
        "row 1 fills 4 of 6 columns",
    ]
    await bot.send(olena, text(keyboard=board({"Text": "Дитина <name>"})))
    assert "unknown tag <name>" in server.notes[-1]
    assert server.complaints == []


# To whom, how often, for how much


async def test_only_subscribers_can_be_reached(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    stranger = server.person("stranger=", "Хтось")
    assert (await bot.send("nobody=", text()))["status"] == 5
    assert (await bot.send(stranger, text()))["status"] == 6
    await olena.blocks()
    assert olena.blocked
    assert (await bot.send(olena, text()))["status"] == 6
    await olena.unblocks()
    assert (await bot.send(olena, text()))["status"] == 0
    await olena.blocks()
    await olena.says("Я знову тут")
    await server.settled()
    assert not olena.blocked
    assert (await bot.send(olena, text()))["status"] == 0
    kinds = ("subscribed", "unsubscribed", "message")
    assert [event["event"] for event in bot.events(*kinds)] == [
        "message",
        "unsubscribed",
        "subscribed",
        "unsubscribed",
        "message",
    ]


async def test_a_hundred_an_hour_to_a_silent_person(bot: Bot, olena: ViberPhone, clock: Clock) -> None:
    async def taken(count: int) -> list[int]:
        return [(await bot.send(olena, text()))["status"] for _ in range(count)]

    clock.now = 1_790_000_000 // 3600 * 3600 + 1.0
    assert await taken(101) == [0] * 100 + [12]
    await olena.says("Читаю")
    assert await taken(101) == [0] * 100 + [12]
    clock.now += 3598
    assert await taken(1) == [12]
    clock.now += 1
    assert await taken(1) == [0]


async def test_a_message_is_free_for_a_day_after_the_persons_own(
    bot: Bot, olena: ViberPhone, clock: Clock
) -> None:
    clock.now += 24 * 3600 - 1
    assert (await bot.send(olena, text()))["billing_status"] == 1
    clock.now += 1
    assert (await bot.send(olena, text()))["billing_status"] == 5


async def test_a_broadcast_names_whom_it_did_not_reach(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    server.person("stranger=", "Хтось")
    verdict = await bot.broadcast(
        ["olena=", "nobody=", "stranger="], text("Вітаю, replace_me_with_user_name")
    )
    assert verdict["status"] == 0
    assert [(one["receiver"], one["status"]) for one in verdict["failed_list"]] == [
        ("nobody=", 5),
        ("stranger=", 6),
    ]
    assert olena.texts == ["Вітаю, Олена"]
    assert (await bot.broadcast(["olena="] * 301, text()))["status"] == 3
    assert (await bot.broadcast([], text()))["status"] == 3
    assert (await bot.call("broadcast_message", {"sender": SENDER, **text()}))["status"] == 4


async def test_a_broadcast_needs_vibers_leave(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    server.broadcast_allowed = False
    assert (await bot.broadcast(["olena="], text()))["status"] == 20
    server.broadcast_refusal = 19
    assert (await bot.broadcast(["olena="], text()))["status"] == 19
    assert olena.texts == []


async def test_five_hundred_broadcasts_in_ten_seconds(
    server: ViberServer, bot: Bot, olena: ViberPhone, clock: Clock
) -> None:
    server.limits = True
    verdicts = [(await bot.broadcast(["olena="], text()))["status"] for _ in range(501)]
    assert verdicts == [0] * 500 + [12]
    clock.now += 10
    assert (await bot.broadcast(["olena="], text()))["status"] == 0


async def test_details_twice_in_twelve_hours(bot: Bot, olena: ViberPhone, clock: Clock) -> None:
    verdicts = [await bot.call("get_user_details", {"id": olena.address}) for _ in range(3)]
    assert [verdict["status"] for verdict in verdicts] == [0, 0, 12]
    assert (verdicts[0]["user"]["name"], verdicts[0]["user"]["language"]) == ("Олена", "uk")
    clock.now += 12 * 3600
    assert (await bot.call("get_user_details", {"id": olena.address}))["status"] == 0
    assert (await bot.call("get_user_details", {"id": "nobody="}))["status"] == 5


async def test_who_is_online(bot: Bot, olena: ViberPhone) -> None:
    olena.offline = True
    verdict = await bot.call("get_online", {"ids": ["olena=", "nobody="]})
    assert [one["online_status"] for one in verdict["users"]] == [1, 4]
    assert (await bot.call("get_online", {"ids": ["olena="] * 101}))["status"] == 3
    assert (await bot.call("get_online", {"ids": [[]]}))["status"] == 3


# What the bot hears


async def test_the_first_message_subscribes_without_a_subscribed_event(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    (message,) = bot.events("message")
    assert message["sender"]["id"] == "olena="
    assert message["message"] == {"type": "text", "text": "Добрий день"}
    assert message["silent"] is False
    assert bot.events("subscribed") == []
    assert (await bot.call("get_account_info"))["subscribers_count"] == 1


async def test_viberbot_can_read_every_callback(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    await olena.opens("r-42")
    for kind in ("photo", "voice", "sticker", "document", "forward"):
        await olena.sends(kind, "Підпис")
    await bot.send(olena, text())
    await bot.send(olena, text(keyboard=board({"Rows": 3})))
    await olena.looks()
    await olena.blocks()
    await olena.unblocks()
    await server.settled()
    kinds = {create_request(body).event_type for body in bot.heard}
    assert kinds == {
        "webhook",
        "conversation_started",
        "message",
        "delivered",
        "seen",
        "failed",
        "subscribed",
        "unsubscribed",
    }
    assert [event["message"]["type"] for event in bot.events("message")[1:]] == [
        "picture",
        "file",
        "sticker",
        "file",
        "text",
    ]


async def test_the_welcome_comes_only_in_the_answer(server: ViberServer, bot: Bot) -> None:
    phone = server.person("ihor=", "Ігор")
    bot.answers["conversation_started"] = {
        "sender": SENDER,
        **text("Вітаємо", keyboard=board({"Text": "Почати"})),
    }
    await phone.opens("r-42")
    await phone.until_text("Вітаємо")
    (started,) = bot.events("conversation_started")
    assert (started["context"], started["subscribed"], started["type"]) == ("r-42", False, "open")
    assert (await bot.send(phone, text()))["status"] == 6
    await phone.presses("Почати")
    await phone.opens()
    await server.settled()
    again = bot.events("conversation_started")[-1]
    assert again["subscribed"] is True
    assert "context" not in again
    assert [call.method for call in server.accepted()] == ["welcome", "welcome"]


async def test_a_bad_welcome_is_not_shown(server: ViberServer, bot: Bot) -> None:
    phone = server.person("ihor=", "Ігор")
    bot.answers["conversation_started"] = {"sender": SENDER, "receiver": "ihor=", **text()}
    await phone.opens()
    await server.settled()
    assert phone.texts == []
    assert "unknown key receiver" in server.complaints[0]


async def test_what_is_not_answered_comes_again_in_order(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    bot.statuses = [500, 204, 503]
    await olena.says("один")
    await olena.says("два")
    await server.settled()
    texts = [event["message"]["text"] for event in bot.events("message")[1:]]
    assert texts == ["один"] * 4 + ["два"]
    assert len(set(bot.raw[-5:-1])) == 1
    assert bot.forged == 0


async def test_a_bot_that_thinks_too_long_hears_it_again(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    server.callbacks.answer_seconds = 0.05
    bot.open.clear()
    await olena.says("Чуєш?")
    await bot.changes.until(lambda: len(bot.events("message")) >= 3)
    bot.open.set()
    await server.settled()


async def test_after_an_hour_a_callback_is_lost(
    server: ViberServer, bot: Bot, olena: ViberPhone, clock: Clock
) -> None:
    bot.statuses = [503] * 1000
    await olena.says("Є хто?")
    await server.changes.until(lambda: server.callbacks.failures > 3)
    clock.now += 3600
    await server.settled()
    bot.statuses.clear()
    assert [lost["message"]["text"] for lost in server.callbacks.lost] == ["Є хто?"]


async def test_redelivery_and_forgery_on_demand(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    await bot.send(olena, text())
    await server.settled()
    assert await server.redeliver_last() == 200
    first, second = bot.events("message")
    assert first == second
    assert await server.push({"event": "client_status"}) == 200
    assert await server.push({"event": "message"}, signature="0" * 64) == 401
    assert bot.forged == 1


async def test_a_lost_connection_cuts_both_ways_and_heals(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    server.lose_connection(0.1)
    with pytest.raises(aiohttp.ClientError):
        await bot.send(olena, text())
    await olena.says("Хто тут?")
    assert len(bot.events("message")) == 1
    await server.settled()
    assert len(bot.events("message")) == 2
    assert (await bot.send(olena, text()))["status"] == 0


async def test_each_device_says_delivered_and_an_offline_phone_none(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    olena.devices = 2
    olena.offline = True
    await bot.send(olena, text("Завтра"))
    await olena.looks()
    await server.settled()
    assert (olena.texts, bot.events("delivered", "seen")) == ([], [])
    olena.offline = False
    await olena.looks()
    await olena.looks()
    await server.settled()
    assert [event["event"] for event in bot.events("delivered", "seen")] == ["delivered", "delivered", "seen"]
    assert olena.texts == ["Завтра"]


# Mischief

BROKEN: list[tuple[Fault, bool]] = [
    ("timeout", False),
    ("late", True),
    ("refused", False),
    ("reset", False),
    ("reset_after", True),
]


@pytest.mark.parametrize(("fault", "taken"), BROKEN)
async def test_faults_without_an_answer(
    server: ViberServer, bot: Bot, olena: ViberPhone, fault: Fault, taken: bool
) -> None:
    server.faults.queue = [fault]
    with pytest.raises((TimeoutError, aiohttp.ClientError)):
        await asyncio.wait_for(bot.send(olena, text()), 0.1)
    assert bool(olena.texts) is taken
    assert len(server.accepted("send_message")) == taken
    assert server.journal[-1].fault == fault
    assert (await bot.send(olena, text()))["status"] == 0


async def test_faults_with_an_answer(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    server.faults.queue = ["429", "500", "502", "garbage"]
    body = {"sender": SENDER, "receiver": olena.address, **text()}
    answers = [await bot.post("send_message", body) for _ in range(4)]
    assert [status for status, _ in answers] == [200, 500, 502, 200]
    assert json.loads(answers[0][1])["status"] == 12
    assert answers[2][1].startswith("<html>")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answers[3][1])
    assert len(olena.texts) == len(server.accepted()) == 1


async def test_an_offline_viber_answers_nothing_at_all(server: ViberServer, bot: Bot) -> None:
    server.faults.queue = ["500"]
    assert (await bot.call("get_account_info"))["status"] == 0
    server.faults.offline = True
    with pytest.raises(aiohttp.ClientError):
        await bot.call("get_account_info")


# The phone


async def test_the_last_keyboard_counts_and_none_hides_it(bot: Bot, olena: ViberPhone) -> None:
    await bot.send(olena, text("Меню", keyboard=board({"Text": "<b>Пропуск</b> &lt;3"}, {"Text": "1<br>2"})))
    assert olena.labels == ["Пропуск <3", "1\n2"]
    await bot.send(olena, text("Далі", keyboard=board({"Text": "Назад"})))
    assert olena.labels == ["Назад"]
    await bot.send(olena, text("Кінець"))
    assert olena.view()["keyboard"] is None


async def test_the_view_is_what_the_page_expects(bot: Bot, olena: ViberPhone, clock: Clock) -> None:
    phone: Phone = olena
    keys = (
        {"Text": "Так", "Columns": 3, "Rows": 2, "BgColor": "#7AB8A0"},
        {"Text": "Ні", "Columns": 3},
        {"Text": "Сайт", "Columns": 3, "ActionType": "open-url", "ActionBody": "https://school.example"},
        {"Text": "—", "ActionType": "none"},
    )
    await bot.send(olena, text("🙂 *Йдете* _завтра_? 2*3*4 ~ні~", keyboard=board(*keys)))
    view = phone.view()
    json.dumps(view)
    assert {name: value for name, value in view.items() if name not in ("messages", "keyboard")} == {
        "platform": "viber",
        "address": "olena=",
        "name": "Олена",
        "blocked": False,
        "started": True,
        "commands": [],
        "toast": None,
    }
    assert view["messages"][0]["mine"] is True
    assert view["messages"][1] == {
        "id": 2,
        "mine": False,
        "kind": "text",
        "text": "🙂 Йдете завтра? 2*3*4 ні",
        "spans": [
            {"type": "bold", "offset": 3, "length": 5},
            {"type": "italic", "offset": 9, "length": 6},
            {"type": "strikethrough", "offset": 23, "length": 2},
        ],
        "edited": False,
        "at": clock.now,
        "keys": [],
        "file": None,
        "group": None,
        "reply": None,
        "seconds": None,
    }
    rows = view["keyboard"]
    assert [[key["label"] for key in row] for row in rows] == [["Так", "Ні"], ["Сайт"], ["—"]]
    token = rows[0][0].pop("token")
    assert rows[0][0] == {
        "label": "Так",
        "columns": 3,
        "rows": 2,
        "colour": "#7ab8a0",
        "url": None,
        "style": None,
        "inert": False,
    }
    assert rows[1][0]["url"] == "https://school.example"
    assert rows[2][0]["inert"] is True
    assert token not in {key["token"] for row in rows[1:] for key in row}


async def test_a_tap_is_a_message_and_a_silent_one_is_not_shown(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    keys = ({"Text": "Так", "ActionBody": "k:1"}, {"Text": "Ні", "ActionBody": "k:2", "Silent": True})
    await bot.send(olena, text(keyboard=board(*keys), tracking_data="ключ"))
    await olena.presses("Так")
    await olena.presses("Ні")
    await olena.type_raw("k:2", tracking_data="чужий")
    await olena.type_raw("k:2")
    await server.settled()
    heard = [
        (one["message"]["text"], one["message"].get("tracking_data"), one["silent"])
        for one in bot.events("message")
    ]
    assert heard[1:] == [
        ("k:1", "ключ", False),
        ("k:2", "ключ", True),
        ("k:2", "чужий", False),
        ("k:2", None, False),
    ]
    assert [message["text"] for message in olena.view()["messages"] if message["mine"]] == [
        "Добрий день",
        "k:1",
        "k:2",
        "k:2",
    ]
    with pytest.raises(LookupError):
        await olena.presses("Можливо")


async def test_a_key_that_is_gone_can_still_be_tapped_by_its_token(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    await bot.send(olena, text(keyboard=board({"Text": "Старе", "ActionBody": "old"})))
    token = olena.view()["keyboard"][0][0]["token"]
    await bot.send(olena, text(keyboard=board({"Text": "Нове", "ActionBody": "new"})))
    await olena.presses(token)
    await server.settled()
    assert bot.events("message")[-1]["message"]["text"] == "old"


async def test_opening_a_link_posts_it_unless_silent(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    link = {"ActionType": "open-url", "ActionBody": "https://school.example/"}
    await bot.send(
        olena, text(keyboard=board({"Text": "Тихо", "Silent": True, **link}, {"Text": "Гучно", **link}))
    )
    await olena.presses("Тихо")
    await olena.presses("Гучно")
    await server.settled()
    assert olena.opened == ["https://school.example/"] * 2
    assert [event["message"]["text"] for event in bot.events("message")[1:]] == ["https://school.example/"]


async def test_a_photo_can_be_fetched_for_an_hour(
    server: ViberServer, bot: Bot, olena: ViberPhone, clock: Clock
) -> None:
    await olena.sends("photo", "Довідка")
    await server.settled()
    message = bot.events("message")[-1]["message"]
    assert (message["type"], message["text"]) == ("picture", "Довідка")
    assert await bot.get(message["media"]) == (200, "image/jpeg")
    clock.now += 3600
    assert (await bot.get(message["media"]))[0] == 404
    assert olena.view()["messages"][-1]["kind"] == "photo"


async def test_waiting_for_a_text_begins_at_the_persons_last_act(bot: Bot, olena: ViberPhone) -> None:
    await bot.send(olena, text("Меню"))
    assert (await olena.until_text("Меню"))["text"] == olena.screen["text"] == "Меню"
    await olena.says("Ще раз")
    with pytest.raises(TimeoutError, match="Меню"):
        await olena.until_text("Меню", seconds=0.02)


# By itself


async def test_it_runs_as_a_command_of_its_own(bot: Bot) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.viber", "--port", "0", "--token", TOKEN, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    control = url.removesuffix("/pa") + "/control"
    headers = {"X-Viber-Auth-Token": TOKEN}
    try:
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(f"{url}/set_webhook", json={"url": bot.webhook}, headers=headers)
            await session.post(f"{control}/person", json={"address": "olena=", "name": "Олена"})
            await session.post(
                f"{control}/event", json={"address": "olena=", "do": "says", "with": ["Привіт"]}
            )
            await bot.changes.until(lambda: bool(bot.events("message")))
            async with session.get(f"{control}/stats") as answer:
                stats = await answer.json()
    finally:
        process.terminate()
        await process.wait()
    assert (stats["people"], stats["subscribed"], stats["accepted"]) == (1, 1, {"set_webhook": 1})
