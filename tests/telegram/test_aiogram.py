"""What we do to aiogram: its models are built late, and a press is answered by the webhook's own response."""

from __future__ import annotations

import pytest
from aiogram import methods
from aiogram.methods import Response, TelegramMethod
from aiogram.types import Message, Update

import bot.telegram  # noqa: F401 (what is tested here)
from tests.house import House

METHODS = [
    one
    for one in vars(methods).values()
    if isinstance(one, type) and issubclass(one, TelegramMethod) and one is not TelegramMethod
]


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.__name__)
def test_every_method_and_its_answer_can_be_built_when_they_are_used(
    method: type[TelegramMethod[object]],
) -> None:
    method.model_rebuild(force=True)
    assert Response[method.__returning__].model_validate({"ok": False}).result is None  # type: ignore[name-defined]


def test_an_update_is_read_with_all_that_is_in_it() -> None:
    chat = {"id": 7, "type": "private"}
    keys = {"inline_keyboard": [[{"text": "Так", "callback_data": "#1.0"}]]}
    message = {"message_id": 5, "date": 1_700_000_000, "chat": chat, "text": "Так?", "reply_markup": keys}
    query = {
        "id": "1",
        "from": {"id": 7, "is_bot": False, "first_name": "О"},
        "chat_instance": "1",
        "message": message,
    }
    update = Update.model_validate({"update_id": 1, "callback_query": query})
    assert update.callback_query
    read = update.callback_query.message
    assert isinstance(read, Message)
    assert read.reply_markup
    assert read.reply_markup.inline_keyboard[0][0].callback_data == "#1.0"


async def test_a_press_is_answered_once_and_by_no_call_of_its_own(house: House) -> None:
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    before = len(house.telegram.accepted("answerCallbackQuery"))
    await ihor.presses("🤒 Не буде сьогодні")
    assert len(house.telegram.accepted("answerCallbackQuery")) == before + 1
    assert not house.telegram.taps
