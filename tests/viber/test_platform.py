"""Viber as people meet it: the real adapter on one side, phones on the other."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging

import aiohttp
import pytest

from bot.core.clock import Clock
from bot.core.errors import Gone, Misconfigured, Refused
from bot.core.events import Came, Event, Fate, Left, Pressed, Said, Sent, Thing
from bot.core.outbox import Delivered
from bot.core.turn import Outcome
from bot.viber.platform import BODY, SIGNATURE_HEADER, WEBHOOK, Viber
from models.database import Busy
from sandbox.samples import PAPER, sample
from sandbox.viber import ViberPhone, ViberServer

from .conftest import TOKEN, School, parcel, words

REASONS = [
    [["Хвороба", 0, None], ["Лікар", 1, None]],
    [["Сімейна", 2, None], ["Інша", 3, None], ["Скасувати", 4, "danger"]],
    [["Готово", 5, "main"]],
]


@pytest.fixture
async def olena(school: School) -> ViberPhone:
    """A parent who has written to the bot."""
    phone = school.server.person("olena=", "Олена")
    await phone.says("Добрий день")
    await school.server.settled()
    return phone


async def test_a_letter_is_shown_as_it_was_meant_and_no_phone_complains(
    school: School, olena: ViberPhone
) -> None:
    letter = words("Яка причина?", "Оля Коваль: сьогодні", REASONS)
    delivered = await school.viber.deliver(parcel(letter))
    assert delivered == Delivered(str(school.server.accepted()[-1].answer["message_token"]), 1)
    assert olena.screen["text"] == "Оля Коваль: сьогодні\nЯка причина?"
    assert olena.screen["spans"] == [{"type": "bold", "offset": 0, "length": 20}]
    assert olena.labels == ["Хвороба", "Лікар", "Сімейна", "Інша", "Скасувати", "Готово"]
    assert school.server.complaints == []
    assert school.server.notes == []


async def test_a_press_comes_back_as_its_letter_and_place_and_leaves_no_trace_in_the_chat(
    school: School, olena: ViberPhone
) -> None:
    await school.viber.deliver(parcel(words(rows=REASONS)))
    before = len(olena.view()["messages"])
    await olena.presses("Сімейна")
    await school.server.settled()
    assert school.heard[-1].what == Pressed(12, 2)
    assert school.heard[-1].address == "olena="
    assert len(olena.view()["messages"]) == before


async def test_the_welcome_goes_back_in_the_answer_to_an_opened_link(school: School) -> None:
    async def welcome(event: Event) -> Outcome:
        greeting = words("Оля Коваль, 3-Б", "Ласкаво просимо", [[["Почати", 0, "main"]]])
        return Outcome("turn", welcome=parcel(greeting, event.address))

    school.answer = welcome
    ihor = school.server.person("ihor=", "Ігор")
    await ihor.opens("abcDEF123-_")
    await school.server.settled()
    assert school.heard[0].what == Came("abcDEF123-_", welcome=True)
    assert ihor.labels == ["Почати"]
    assert school.server.accepted("send_message") == []
    assert school.server.complaints == []


async def test_an_old_viber_gets_a_plainer_keyboard(school: School) -> None:
    async def welcome(event: Event) -> Outcome:
        return Outcome("turn", welcome=parcel(words(rows=REASONS), event.address))

    grandmother = school.server.person("hanna=", "Ганна", api_version=1)
    school.answer = welcome
    await grandmother.opens()
    await school.server.settled()
    assert grandmother.labels[0] == "Хвороба"
    school.answer = None
    await grandmother.says("Добрий день")
    await school.viber.deliver(parcel(words("Ще раз", rows=REASONS), "hanna="))
    assert grandmother.texts[-1] == "Ще раз"
    await school.server.settled()
    assert school.server.complaints == []


async def test_a_letter_that_may_be_there_already_says_so(school: School, olena: ViberPhone) -> None:
    await school.viber.deliver(parcel(words(title="Завтра"), unsure=True))
    assert olena.texts[-1] == "↻ Завтра\nЯка причина?"
    assert olena.screen["spans"] == [{"type": "bold", "offset": 2, "length": 6}]


async def test_a_menu_is_delivered_without_a_call(school: School) -> None:
    calls = len(school.server.journal)
    assert await school.viber.deliver(parcel({"menu": [["absent", "Не буде"]]})) == Delivered()
    assert len(school.server.journal) == calls


async def test_whoever_unsubscribed_is_gone(school: School, olena: ViberPhone) -> None:
    await olena.blocks()
    await school.server.settled()
    assert school.heard[-1].what == Left()
    with pytest.raises(Gone, match="6 receiverNotSubscribed"):
        await school.viber.deliver(parcel(words()))


async def test_receipts_arrive_with_the_id_that_delivery_gave(school: School, olena: ViberPhone) -> None:
    delivered = await school.viber.deliver(parcel(words()))
    await olena.looks()
    await school.server.settled()
    fates = [(receipt.message, receipt.fate) for receipt in school.receipts]
    assert fates == [(delivered.message, Fate.DELIVERED), (delivered.message, Fate.SEEN)]


async def test_what_is_not_a_text_is_named(school: School, olena: ViberPhone) -> None:
    for kind in ("photo", "voice", "sticker", "document"):
        await olena.sends(kind, "довідка")
    await school.server.settled()
    things = [event.what for event in school.heard[1:]]
    assert [(one.thing, one.caption) for one in things if isinstance(one, Sent)] == [
        (Thing.PHOTO, "довідка"),
        (Thing.VOICE, ""),
        (Thing.STICKER, ""),
        (Thing.FILE, ""),
    ]
    files = [one.file for one in things if isinstance(one, Sent)]
    told = [(one.sort, one.name, one.size) if one else None for one in files]
    assert told == [
        ("photo", "photo.jpg", 0),
        ("voice", "voice.m4a", len(sample("voice.m4a"))),
        None,
        ("file", "dovidka.pdf", len(PAPER)),
    ]


async def test_while_the_database_is_held_viber_is_asked_to_come_again(
    school: School, olena: ViberPhone
) -> None:
    busy = [Busy(), Busy()]

    async def answer(_event: Event) -> Outcome:
        if busy:
            raise busy.pop()
        return Outcome("turn")

    school.answer = answer
    await olena.says("Оля сьогодні хворіє")
    await school.server.settled()
    assert school.server.callbacks.failures == 2
    assert school.heard[-1].what == Said("Оля сьогодні хворіє")
    busy.append(Busy())
    assert await school.server.redeliver_last() == 503


async def test_a_redelivery_has_the_same_key(school: School, olena: ViberPhone) -> None:
    assert await school.server.redeliver_last() == 200
    assert school.heard[0].key == school.heard[1].key


async def test_nothing_forged_is_heard_and_nothing_genuine_is_sent_again(school: School) -> None:
    genuine = json.dumps({"event": "unsubscribed", "timestamp": 1, "user_id": "olena="}).encode()
    signature = hmac.new(TOKEN.encode(), genuine, hashlib.sha256).hexdigest()
    tries: list[tuple[bytes, str | None, int]] = [
        (genuine, None, 401),
        (genuine, "", 401),
        (genuine, "0" * 64, 401),
        (genuine, signature[:-1], 401),
        (genuine, "підпис", 401),
        (genuine + b" ", signature, 401),
        (b"[" * 100_000, signature, 401),
        (b"x" * (BODY + 1), signature, 413),
    ]
    for body in (b"", b"[" * 100_000, b"[]", b"nonsense", b"\xff\xfe", b'{"event":"client_status"}'):
        tries.append((body, hmac.new(TOKEN.encode(), body, hashlib.sha256).hexdigest(), 200))
    async with aiohttp.ClientSession() as session:
        for body, shown, expected in tries:
            headers = {} if shown is None else {SIGNATURE_HEADER: shown}
            async with session.post(school.url + WEBHOOK, data=body, headers=headers) as response:
                assert (response.status, await response.read()) == (expected, b""), (body[:40], shown)
    assert school.heard == []


async def test_a_body_without_a_length_is_cut_off_too(school: School) -> None:
    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 16_384

    async with (
        aiohttp.ClientSession() as session,
        session.post(school.url + WEBHOOK, data=endless()) as response,
    ):
        assert response.status == 413


async def test_a_welcome_that_cannot_be_formed_does_not_bring_the_event_again(school: School) -> None:
    async def welcome(event: Event) -> Outcome:
        return Outcome("turn", welcome=parcel(words(""), event.address))

    school.answer = welcome
    await school.server.person("ihor=", "Ігор").opens()
    await school.server.settled()
    assert school.server.callbacks.failures == 0


async def test_an_invitation_holds_the_link_and_the_code(school: School) -> None:
    link = await school.viber.invitation("abc_DEF-1", "K7PM-2XQ4")
    assert link == "viber://pa?chatURI=klasno&context=abc_DEF-1&text=K7PM-2XQ4"
    await school.viber.invitation("another", "CODE")
    asked = [call for call in school.server.journal if call.method == "get_account_info"]
    assert len(asked) == 1


async def test_check_says_who_and_where(school: School) -> None:
    assert await school.viber.check() == f"Klasno (klasno), webhook: {school.url}{WEBHOOK}"


async def test_the_webhook_asks_for_names_and_no_pictures(school: School) -> None:
    asked = school.server.accepted("set_webhook")[0].params
    assert (asked["send_name"], asked["send_photo"]) == (True, False)
    assert len(asked["event_types"]) == 6


async def test_a_wrong_token_is_an_alarm_and_nothing_secret_is_logged(
    server: ViberServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "0" * 16 + TOKEN[16:]
    viber = Viber(wrong, server.url, Clock())
    await viber.open()
    try:
        with pytest.raises(Misconfigured, match="2 invalidAuthToken") as alarm:
            await viber.deliver(parcel(words("Оля: хвороба")))
        with pytest.raises(Refused):
            await viber.deliver(parcel(words("")))
    finally:
        await viber.close()
    said = caplog.text + repr(alarm.value) + repr(viber.__dict__.get("_client"))
    assert wrong not in said
    assert "Оля" not in said
    assert not [record for record in caplog.records if record.name.startswith("viber")]
