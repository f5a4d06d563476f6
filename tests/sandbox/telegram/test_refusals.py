"""What Telegram refuses, and in which words."""

from __future__ import annotations

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
)
from aiogram.types import (
    BotCommand,
    MessageEntity,
)

from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from tests.sandbox.telegram.bot import keys, post, updates
from tests.sandbox.telegram.refusals import BAD_ENTITIES, HTML_ERRORS, WRONG


async def test_each_wrong_call_gets_telegrams_words(server: TelegramServer, olena: TelegramPhone) -> None:
    for method, body, words in WRONG:
        status, answer = await post(server, method, body)
        assert (status, answer.get("description")) == (400, f"Bad Request: {words}"), (
            method,
            str(body)[:200],
        )
        assert answer["error_code"] == 400
    assert olena.texts == []
    assert server.accepted() == []
    assert [call.ok for call in server.journal] == [False] * len(WRONG)


async def test_the_largest_that_is_allowed_goes_through(bot: Bot, olena: TelegramPhone) -> None:
    await bot.send_message(7, "😀" * 2048)
    await bot.send_message(7, f"<b>{'a' * 4096}</b>", parse_mode="HTML")
    await bot.send_message(7, "?", reply_markup=keys(*[[("a", "d" * 64)] * 8] * 12))
    await bot.set_my_commands([BotCommand(command="a" * 32, description="d" * 256)] * 100)
    assert [len(text) for text in olena.texts] == [2048, 4096, 1]


@pytest.mark.parametrize(("text", "words"), HTML_ERRORS)
async def test_bad_html_is_refused(bot: Bot, olena: TelegramPhone, text: str, words: str) -> None:
    with pytest.raises(TelegramBadRequest) as refused:
        await bot.send_message(7, text, parse_mode="HTML")
    assert refused.value.message == f"Bad Request: can't parse entities: {words}"


async def test_html_becomes_entities_in_utf16_units(bot: Bot, olena: TelegramPhone) -> None:
    sent = await bot.send_message(
        7,
        "\n😀 <b>Том &amp; <i>Ко</i></b> <a href='https://klasno.ua/?a=1&amp;b'>тут</a> &#1108; <code>x</code>\n",
        parse_mode="HTML",
    )
    assert sent.text == "😀 Том & Ко тут є x"
    assert sent.entities is not None
    assert [(entity.type, entity.extract_from(sent.text)) for entity in sent.entities] == [
        ("bold", "Том & Ко"),
        ("italic", "Ко"),
        ("text_link", "тут"),
        ("code", "x"),
    ]
    assert sent.entities[2].url == "https://klasno.ua/?a=1&b"
    assert olena.screen is not None
    assert olena.screen["spans"] == [
        {"type": "bold", "offset": 3, "length": 8},
        {"type": "italic", "offset": 9, "length": 2},
        {"type": "code", "offset": 18, "length": 1},
    ]


@pytest.mark.parametrize(("offset", "length", "words"), BAD_ENTITIES)
async def test_entities_must_fit(
    bot: Bot, olena: TelegramPhone, offset: int, length: int, words: str
) -> None:
    entity = MessageEntity(type="bold", offset=offset, length=length)
    with pytest.raises(TelegramBadRequest) as refused:
        await bot.send_message(7, "👉 ab", entities=[entity])
    assert refused.value.message == f"Bad Request: {words}"


async def test_who_blocked_or_left_cannot_be_written_to(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    await olena.blocks()
    with pytest.raises(TelegramForbiddenError, match="Forbidden: bot was blocked by the user"):
        await bot.send_message(7, "a")
    await olena.unblocks()
    await bot.send_message(7, "a")
    olena.deactivates()
    with pytest.raises(TelegramForbiddenError, match="Forbidden: user is deactivated"):
        await bot.send_message(7, "a")
    changes = [
        u["my_chat_member"]["new_chat_member"]["status"] for u in await updates(bot) if "my_chat_member" in u
    ]
    assert changes == ["kicked", "member"]

    server.person(8, "Ігор")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(8, "a bot cannot write first")
