"""Telegram as people meet it: the real adapter on one side, phones on the other, and mischief between them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.clock import Clock
from bot.core.errors import Gone, Later, Misconfigured, Refused, Undelivered
from bot.core.outbox import Delivered
from bot.telegram.platform import Telegram
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone

from .conftest import TOKEN, parcel, words


async def test_a_letter_comes_with_the_messengers_id(telegram: Telegram, olena: TelegramPhone) -> None:
    delivered = await telegram.deliver(parcel(words(title="Оля Коваль", rows=[[["Хвороба", 0, None]]])))
    assert delivered.message is not None
    assert olena.texts == ["Оля Коваль\nЯка причина?"]
    assert olena.labels == ["Хвороба"]


async def test_a_letter_over_another_changes_its_message_and_nothing_new_comes(
    telegram: Telegram, olena: TelegramPhone
) -> None:
    first = await telegram.deliver(parcel(words("Хто?")))
    second = await telegram.deliver(parcel(words("Коли?"), over=first.message))
    assert second == first
    assert olena.texts == ["Коли?"]
    assert await telegram.deliver(parcel(words("Коли?"), over=first.message)) == first
    assert olena.texts == ["Коли?"]


async def test_where_the_old_message_is_gone_a_new_one_is_sent(
    telegram: Telegram, olena: TelegramPhone
) -> None:
    sent = await telegram.deliver(parcel(words("Коли?"), over="999"))
    assert sent.message not in (None, "999")
    assert olena.texts == ["Коли?"]


async def test_a_message_is_taken_away_and_twice_does_no_harm(
    telegram: Telegram, olena: TelegramPhone
) -> None:
    first = await telegram.deliver(parcel(words("Хто?")))
    for _again in range(2):
        assert await telegram.deliver(parcel({"take_away": True}, over=first.message)) == Delivered()
    assert olena.texts == []


async def test_a_menu_is_set_for_that_chat_alone(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await telegram.deliver(parcel({"menu": [["absent", "Не буде в школі"]]}))
    call = server.accepted("setMyCommands")[-1].params
    assert call["commands"] == [{"command": "absent", "description": "Не буде в школі"}]
    assert call["scope"] == {"type": "chat", "chat_id": 7}


@pytest.mark.parametrize(
    ("fault", "named", "taken"),
    [
        ("429", Later("429", 1.0, everyone=True), 0),
        ("500", Later("x"), 0),
        ("502", Later("answer unreadable", unsure=True), 0),
        ("timeout", Later("x", unsure=True), 0),
        ("reset", Later("x", unsure=True), 0),
        ("reset_after", Later("x", unsure=True), 1),
        ("garbage", Later("answer unreadable", unsure=True), 1),
    ],
)
async def test_each_mischief_has_its_name(
    server: TelegramServer,
    telegram: Telegram,
    olena: TelegramPhone,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
    named: Later,
    taken: int,
) -> None:
    monkeypatch.setattr(telegram._bot.session, "timeout", 0.2)
    server.faults.queue.append(fault)
    with pytest.raises(Undelivered) as error:
        await telegram.deliver(parcel(words("Так")))
    found = error.value
    assert isinstance(found, Later)
    assert (found.after, found.everyone, found.unsure) == (named.after, named.everyone, named.unsure)
    assert len(olena.texts) == taken
    await telegram.deliver(parcel(words("Так"), unsure=found.unsure))
    assert olena.texts[-1] == ("↻ Так" if named.unsure else "Так")


async def test_whoever_blocked_us_or_never_came_or_is_no_more_is_gone(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await olena.blocks()
    with pytest.raises(Gone, match="blocked"):
        await telegram.deliver(parcel(words()))
    with pytest.raises(Gone, match="chat not found"):
        await telegram.deliver(parcel(words(), "12345"))
    other = server.person(8, "Ігор", started=True)
    other.deactivates()
    with pytest.raises(Gone, match="deactivated"):
        await telegram.deliver(parcel(words(), "8"))


async def test_what_telegram_would_never_take_is_our_mistake(
    telegram: Telegram, olena: TelegramPhone
) -> None:
    with pytest.raises(Refused, match="empty"):
        await telegram.deliver(parcel(words("")))


async def test_a_wrong_token_is_an_alarm_and_the_token_is_not_in_it(server: TelegramServer) -> None:
    wrong = Telegram("710000001:another-token-of-nobody-at-all-00", server.url, Clock())
    with pytest.raises(Misconfigured) as alarm:
        await wrong.deliver(parcel(words()))
    assert "another-token" not in alarm.value.why
    assert TOKEN not in alarm.value.why
    await wrong.close()


async def test_a_server_that_is_away_has_surely_not_taken_it(server: TelegramServer) -> None:
    away = Telegram(TOKEN, "http://127.0.0.1:9", Clock())
    with pytest.raises(Later) as later:
        await away.deliver(parcel(words()))
    assert not later.value.unsure
    await away.close()
