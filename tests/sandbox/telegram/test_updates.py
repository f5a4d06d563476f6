"""Updates get to the bot, by polling and by webhook."""

from __future__ import annotations

import asyncio

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram.exceptions import (
    TelegramConflictError,
)
from aiogram.types import (
    CallbackQuery,
    Message,
)

from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from tests.sandbox.telegram.bot import Clock, client, keys, shut, updates, webhook


async def test_aiograms_dispatcher_polls(bot: Bot, server: TelegramServer, olena: TelegramPhone) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message(F.text)
    async def heard(message: Message) -> None:
        await message.answer(f"чую: {message.text}", reply_markup=keys([("Добре", "ok")]))

    @dispatcher.callback_query()
    async def tapped(query: CallbackQuery) -> None:
        await query.answer("Гаразд")
        if isinstance(query.message, Message):
            await query.message.edit_text("готово")

    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
    )
    await olena.until_text("чую: /start")
    await olena.says("привіт")
    await olena.until_text("чую: привіт")
    await olena.presses("Добре")
    message = await olena.until_text("готово")
    assert (message["edited"], olena.toast) == (True, "Гаразд")
    await server.until_delivered()
    await dispatcher.stop_polling()
    await polling


async def test_an_update_stays_until_its_offset_is_passed(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    await olena.says("раз")
    first, second = await bot.get_updates()
    assert second.update_id == first.update_id + 1
    assert len(await bot.get_updates(limit=1)) == 1
    assert await bot.get_updates(offset=second.update_id) == [second]
    assert await bot.get_updates(offset=second.update_id + 1) == []
    server.redeliver_last()
    assert (await bot.get_updates(offset=second.update_id + 1))[0].update_id == second.update_id
    server.push({"update_id": 5, "message": server.delivery.last and server.delivery.last["message"]})
    assert [update.update_id for update in await bot.get_updates(offset=second.update_id + 1)] == [5]
    await olena.says("два")
    await olena.says("три")
    assert [u["message"]["text"] for u in await updates(bot, offset=-1)] == ["три"]


async def test_a_long_poll_ends_with_the_update_and_keeps_its_filter(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    await bot.send_message(7, "?", reply_markup=keys([("Так", "y")]))
    await bot.get_updates(offset=10**9)
    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0)
    await olena.says("не для бота")
    await olena.presses("Так")
    assert [update.event_type for update in await waiting] == ["callback_query"]


async def test_two_pollers_and_a_webhook_conflict(server: TelegramServer, bot: Bot) -> None:
    other = client(server)
    old = asyncio.create_task(bot.get_updates(timeout=5))
    await server.changes.until(lambda: server.delivery.polling, what="the first poll")
    new = asyncio.create_task(other.get_updates(timeout=5))
    with pytest.raises(
        TelegramConflictError, match="terminated by other getUpdates request; make sure that only one"
    ):
        await old
    await bot.set_webhook("http://127.0.0.1:1/hook")
    with pytest.raises(TelegramConflictError, match="Conflict: terminated by setWebhook request"):
        await new
    with pytest.raises(
        TelegramConflictError, match="can't use getUpdates method while webhook is active; use deleteW"
    ):
        await other.get_updates()
    await bot.delete_webhook()
    assert await other.get_updates() == []
    await shut(other)


async def test_stale_updates_are_dropped(
    bot: Bot, server: TelegramServer, clock: Clock, olena: TelegramPhone
) -> None:
    await bot.send_message(7, "?", reply_markup=keys([("Так", "y")]))
    await olena.presses("Так")
    clock.time += 151
    assert [next(iter(u.keys() - {"update_id"})) for u in await updates(bot)] == ["message"]
    clock.time += 86_400
    assert await updates(bot) == []
    assert len(server.delivery.dropped) == 2


async def test_the_webhook_gets_updates_in_order_with_the_secret(
    bot: Bot, server: TelegramServer, olena: TelegramPhone
) -> None:
    async with webhook() as hook:
        await bot.set_webhook(hook.url, secret_token="s3cret_-", max_connections=2)
        hook.answers = [500, 503, 404]
        for number in range(5):
            await olena.says(str(number))
        await server.until_delivered()
        assert [update["message"]["text"] for update in hook.got] == ["/start", "0", "1", "2", "3", "4"]
        assert hook.tries[:4] == [hook.got[0]["update_id"]] * 4
        assert set(hook.headers) == {"s3cret_-"}
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count, info.max_connections) == (hook.url, 0, 2)
        assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"

        server.redeliver_last()
        await server.until_delivered()
        assert hook.got[-1] == hook.got[-2]

        await bot.delete_webhook()
        await olena.says("потім")
        await bot.set_webhook(hook.url, drop_pending_updates=True)
        await olena.says("тепер")
        await server.until_delivered()
        assert hook.got[-1]["message"]["text"] == "тепер"
        assert "потім" not in [update["message"]["text"] for update in hook.got]


async def test_a_failing_update_holds_up_its_chat_alone(
    bot: Bot, server: TelegramServer, clock: Clock, olena: TelegramPhone
) -> None:
    ihor = server.person(8, "Ігор", started=True)
    await bot.send_message(7, "?", reply_markup=keys([("Так", "y")]))
    async with webhook() as hook:
        hook.fails = lambda update: update.get("message", {}).get("text") == "отрута"
        await bot.set_webhook(hook.url)
        await olena.says("отрута")
        await olena.says("за нею")
        await olena.presses("Так")
        await ihor.says("інший")
        await server.changes.until(lambda: len(hook.got) == 3, what="all but the poison")
        assert [next(iter(update.keys() - {"update_id"})) for update in hook.got].count("callback_query") == 1
        assert "за нею" not in str(hook.got)
        clock.time += 86_401
        await server.until_delivered()
        assert [update["message"]["text"] for update in server.delivery.dropped] == ["отрута", "за нею"]
