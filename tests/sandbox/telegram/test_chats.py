"""Calls reach a person's phone, and what the person does reaches the bot."""

from __future__ import annotations

import json

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    CallbackQuery,
    DisabledButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    MessageEntity,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from sandbox.wire import Phone
from tests.sandbox.telegram.bot import TOKEN, Clock, client, keys, post, shut, updates


async def test_answers_have_the_real_form_and_status(server: TelegramServer, olena: TelegramPhone) -> None:
    status, answer = await post(server, "getMe", {})
    assert (status, answer["ok"], answer["result"]["username"]) == (200, True, "klasno_bot")
    assert await post(server, "GETME", {}) == (status, answer)

    refused = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert await post(server, "getMe", {}, token="123456:wrong") == (401, refused)

    status, answer = await post(server, "sendPigeon", {})
    assert (status, answer["description"]) == (404, "Not Found: method not found")


async def test_parameters_come_in_four_ways(server: TelegramServer, olena: TelegramPhone) -> None:
    url = f"{server.url}/bot{TOKEN}/sendMessage"
    markup = json.dumps({"inline_keyboard": [[{"text": "Так", "callback_data": "y"}]]})
    form = {"chat_id": "7", "text": "форма", "reply_markup": markup}
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in form.items():
        multipart.add_field(name, value)
    async with aiohttp.ClientSession() as http:
        await (await http.get(url, params={"chat_id": "7", "text": "запит"})).read()
        await (await http.post(url, data=form)).read()
        await (await http.post(url, data=multipart)).read()
        await (await http.post(url, json={"chat_id": 7, "text": "json"})).read()
    assert olena.texts == ["запит", "форма", "форма", "json"]
    assert olena.labels == ["Так"]
    assert server.accepted("sendMessage")[1].params["reply_markup"] == json.loads(markup)


async def test_wrong_token_is_unauthorized_for_aiogram(server: TelegramServer) -> None:
    stranger = client(server, token="123456:other")
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await shut(stranger)


async def test_edits_and_deletes_show_on_the_phone(bot: Bot, clock: Clock, olena: TelegramPhone) -> None:
    sent = await bot.send_message(7, "Хто прийде?", reply_markup=keys([("Я", "me"), ("Не я", "no")]))
    old_key = olena.view()["messages"][-1]["keys"][0][0]["token"]
    edited = await sent.edit_text("Прийде Олена", reply_markup=keys([("Скасувати", "undo")]))
    assert isinstance(edited, Message)
    assert edited.edit_date == clock.time
    assert (olena.texts, olena.labels) == (["Прийде Олена"], ["Скасувати"])
    with pytest.raises(LookupError):
        await olena.presses(old_key)
    with pytest.raises(
        TelegramBadRequest, match="message is not modified: specified new message content and reply"
    ):
        await sent.edit_text("Прийде Олена", reply_markup=keys([("Скасувати", "undo")]))
    await sent.edit_text("Прийде Олена")
    assert olena.labels == []
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_reply_markup()
    with pytest.raises(TelegramBadRequest, match="there is no caption in the message to edit"):
        await sent.edit_caption(caption="a")

    clock.time += 48 * 3600 + 1
    with pytest.raises(TelegramBadRequest, match="message can't be deleted"):
        await sent.delete()
    fresh = await bot.send_message(7, "Ще")
    await bot.delete_messages(7, [fresh.message_id, 99])
    assert olena.texts == ["Прийде Олена"]


async def test_files_go_both_ways(bot: Bot, server: TelegramServer, olena: TelegramPhone) -> None:
    document = await bot.send_document(
        7, BufferedInputFile(b"a,b\n1,2\n", "list.csv"), caption="<b>Список</b>", parse_mode="HTML"
    )
    assert document.document is not None
    assert (document.document.file_name, document.document.file_size) == ("list.csv", 8)
    assert (await bot.send_document(7, document.document.file_id)).document == document.document
    with pytest.raises(TelegramBadRequest, match="can't use file of type Document as Photo"):
        await bot.send_photo(7, document.document.file_id)
    with pytest.raises(TelegramBadRequest, match="there is no text in the message to edit"):
        await document.edit_text("a")
    await document.edit_caption(caption="Новий список")
    assert olena.texts == ["Новий список", ""]

    await olena.sends("photo", "Довідка")
    await olena.sends("voice")
    await olena.sends("sticker")
    await olena.sends("document")
    await olena.sends("forward", "Збори!")
    seen = [Message.model_validate(u["message"]) for u in await updates(bot)][1:]
    assert [message.content_type for message in seen] == ["photo", "voice", "sticker", "document", "text"]
    assert seen[0].photo
    assert seen[0].caption == "Довідка"
    assert seen[4].forward_origin is not None
    about = await bot.get_file(seen[0].photo[-1].file_id)
    assert about.file_path is not None
    held = await bot.download_file(about.file_path)
    assert held is not None
    assert len(held.read()) == about.file_size
    kinds = [message["kind"] for message in olena.view()["messages"] if message["mine"]]
    assert kinds == ["text", "photo", "voice", "sticker", "document", "text"]


async def test_copies_forwards_reactions_pins_and_chats(bot: Bot, olena: TelegramPhone) -> None:
    sent = await bot.send_message(7, "<b>Увага</b>", parse_mode="HTML", protect_content=True)
    with pytest.raises(TelegramBadRequest, match="message can't be copied"):
        await sent.copy_to(7)
    await olena.says("добре")
    heard = olena.view()["messages"][-1]["id"]
    await bot.copy_message(7, 7, heard)
    forwarded = await bot.forward_message(7, 7, heard)
    assert forwarded.forward_origin is not None
    await bot.set_message_reaction(7, heard, [ReactionTypeEmoji(emoji="👍")])
    assert olena.reactions[heard] == [{"type": "emoji", "emoji": "👍"}]
    answer = await bot.send_message(7, "Чую", reply_parameters=ReplyParameters(message_id=heard))
    assert answer.reply_to_message is not None
    await bot.pin_chat_message(7, sent.message_id)
    await bot.unpin_chat_message(7)
    await bot.send_chat_action(7, "typing")
    assert (await bot.get_chat(7)).full_name == "Олена Коваль"
    assert olena.texts == ["Увага", "добре", "добре", "Чую"]


async def test_taps_are_answered_once_and_in_time(
    bot: Bot, server: TelegramServer, clock: Clock, olena: TelegramPhone
) -> None:
    await bot.send_message(7, "?", reply_markup=keys([("Так", "yes:1")]))
    await olena.presses("Так")
    tap = CallbackQuery.model_validate((await updates(bot))[-1]["callback_query"])
    assert (tap.data, tap.from_user.id, tap.from_user.language_code) == ("yes:1", 7, "uk")
    assert isinstance(tap.message, Message)
    assert tap.message.text == "?"
    await bot.answer_callback_query(tap.id, text="Записано", show_alert=True)
    assert olena.view()["toast"] == "Записано"
    with pytest.raises(
        TelegramBadRequest, match="query is too old and response timeout expired or query ID is inv"
    ):
        await bot.answer_callback_query(tap.id)

    await olena.presses("Так")
    assert olena.view()["toast"] is None
    late = (await updates(bot))[-1]["callback_query"]["id"]
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(late, text="а" * 201)
    clock.time += 61
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(late)

    olena.press_raw("forged:1", 999)
    forged = (await updates(bot))[-1]["callback_query"]
    assert (forged["data"], forged["message"]["date"]) == ("forged:1", 0)


async def test_the_phone_is_as_the_protocol_says(bot: Bot, clock: Clock, olena: TelegramPhone) -> None:
    phone: Phone = olena
    row = [
        InlineKeyboardButton(text="Сайт", url="https://klasno.ua"),
        InlineKeyboardButton(text="Зайнято", disabled=DisabledButton()),
        InlineKeyboardButton(text="Ні", callback_data="no", style="danger"),
    ]
    sent = await bot.send_message(
        7, "<i>Коли</i>?", parse_mode="HTML", reply_markup=InlineKeyboardMarkup(inline_keyboard=[row])
    )
    menu = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Меню")]], one_time_keyboard=True)
    await bot.send_message(7, "Меню знизу", reply_markup=menu)
    view = phone.view()
    assert json.loads(json.dumps(view)) == view
    assert {name: view[name] for name in ("platform", "address", "name", "blocked", "started", "toast")} == {
        "platform": "telegram",
        "address": "7",
        "name": "Олена Коваль",
        "blocked": False,
        "started": True,
        "toast": None,
    }
    plain = {"columns": 2, "rows": 1, "colour": None, "url": None, "style": None, "inert": False}
    token = f"{sent.message_id}.0.0."
    assert view["messages"][1] == {
        "id": sent.message_id,
        "mine": False,
        "kind": "text",
        "text": "Коли?",
        "spans": [{"type": "italic", "offset": 0, "length": 4}],
        "file": None,
        "group": None,
        "reply": None,
        "seconds": None,
        "edited": False,
        "at": clock.time,
        "keys": [
            [
                {"label": "Сайт", "token": token + "0", **plain, "url": "https://klasno.ua"},
                {"label": "Зайнято", "token": token + "1", **plain, "inert": True},
                {"label": "Ні", "token": token + "2", **plain, "style": "danger"},
            ]
        ],
    }
    assert view["keyboard"] == [[{"label": "Меню", "token": "k.0.0", **plain, "columns": 6}]]

    before = len(await updates(bot))
    await phone.presses("Сайт")
    await phone.presses("Зайнято")
    assert olena.followed == ["https://klasno.ua"]
    assert len(await updates(bot)) == before
    await phone.presses("k.0.0")
    assert (await updates(bot))[-1]["message"]["text"] == "Меню"
    assert phone.view()["keyboard"] is None
    with pytest.raises(LookupError):
        await phone.presses("Меню")


async def test_people_open_write_and_use_commands(bot: Bot, server: TelegramServer) -> None:
    ihor = server.person(8, "Ігор", language=None)
    with pytest.raises(ValueError, match="start parameter"):
        await ihor.opens("a" * 65)
    with pytest.raises(ValueError, match="start parameter"):
        await ihor.opens("a b")
    assert ihor.view()["started"] is False
    await ihor.opens("x_-" + "9" * 61)
    await ihor.says("/help будь ласка")
    await ihor.says("😀" * 3000)
    seen = [Message.model_validate(u["message"]) for u in await updates(bot)]
    assert seen[0].text == "/start x_-" + "9" * 61
    assert seen[1].entities == [MessageEntity(type="bot_command", offset=0, length=5)]
    assert seen[1].from_user is not None
    assert seen[1].from_user.language_code is None
    assert [len(message.text or "") for message in seen[2:]] == [2048, 952]
    await ihor.blocks()
    with pytest.raises(RuntimeError, match="blocked"):
        await ihor.says("?")


async def test_commands_are_found_by_scope_and_language(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    ihor = server.person(8, "Ігор", "en", started=True)

    def seen(phone: TelegramPhone) -> list[str]:
        return [command["command"] for command in phone.view()["commands"]]

    def command(name: str) -> list[BotCommand]:
        return [BotCommand(command=name, description="…")]

    await bot.set_my_commands(command("any"))
    await bot.set_my_commands(command("uk"), language_code="uk")
    assert (seen(olena), seen(ihor)) == (["uk"], ["any"])
    await bot.set_my_commands(command("parent"), BotCommandScopeAllPrivateChats())
    assert (seen(olena), seen(ihor)) == (["parent"], ["parent"])
    await bot.set_my_commands(command("teacher"), BotCommandScopeChat(chat_id=7))
    assert (seen(olena), seen(ihor)) == (["teacher"], ["parent"])
    held = await bot.get_my_commands(BotCommandScopeChat(chat_id=7))
    assert [(each.command, each.description) for each in held] == [("teacher", "…")]
    await bot.delete_my_commands(BotCommandScopeChat(chat_id=7))
    assert seen(olena) == ["parent"]
    await bot.set_my_name("Класно!", language_code="uk")
    assert ((await bot.get_my_name("uk")).name, (await bot.get_my_name()).name) == ("Класно!", "Класно")
    await bot.set_my_description("Для батьків")
    assert (await bot.get_my_description("en")).description == "Для батьків"
