"""Whatever anybody sends, there is an answer with buttons, and home is one tap away."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.turns import FLOOD, FLOOD_SPAN
from sandbox.samples import PHOTO
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
ROLES = ["parent", "teacher", "administrator", "stranger"]
HOMES = {
    "parent": "Оля Коваль, 3-Б",
    "teacher": "3-Б · сьогодні",
    "administrator": "Ліцей №7: ви тут адміністратор.",
    "stranger": "Вхід за запрошенням",
}


async def someone(house: House, platform: str, role: str) -> Friend:
    match role:
        case "parent":
            return await house.guardian(platform, "Ігор", "Оля Коваль")
        case "teacher":
            return await house.teacher(platform)
        case "administrator":
            return await house.administrator(platform)
        case _:
            return await house.stranger(platform).opens()


async def check_home(friend: Friend, role: str) -> None:
    """There is a button, and one of them leads home unless this is home."""
    assert friend.labels
    if HOMES[role] not in friend.last:
        await friend.presses("Головна")
    assert HOMES[role] in friend.last


@BOTH
@pytest.mark.parametrize("role", ROLES)
async def test_commands_and_texts(house: House, platform: str, role: str) -> None:
    friend = await someone(house, platform, role)
    texts = [
        "/start",
        "/help",
        "/menu",
        "/language",
        "/absent",
        "/class",
        "/nothing",
        "/",
        "/ ",
        "Доброго ранку",
    ]
    for said in [*texts, "…", "а" * 6000, "/start@klasno_bot", "<b>&amp;*_", "#", "#x.1"]:
        before = len(friend.texts)
        await friend.says(said)
        assert len(friend.texts) > before, said
        assert friend.last.strip(), said
        await check_home(friend, role)
        await house.later(seconds=31)
    await friend.says("Доброго ранку")
    if role == "stranger":
        assert "Це не схоже на код запрошення: у ньому має бути 12 літер і цифр." in friend.last
    elif role == "teacher":  # who may want it announced
        assert friend.last.startswith("Що з цим зробити?")
    else:
        assert "Цього бот не розуміє." in friend.last


@BOTH
@pytest.mark.parametrize("role", ROLES)
async def test_what_is_not_a_text(house: House, platform: str, role: str) -> None:
    friend = await someone(house, platform, role)
    answers = {
        "sticker": "Гарна наліпка!",
        "voice": "Голосові бот поки не слухає.",
        "photo": "Фото бот поки не приймає.",
        "document": "Тут файл не потрібен.",
        "forward": "Переслані повідомлення бот не приймає.",
    }
    for kind, answer in answers.items():
        before = len(friend.texts)
        await friend.sends(kind, "Оля хворіє")
        assert len(friend.texts) == before + 1, kind
        if (platform, kind) != ("viber", "forward"):  # on Viber a forwarded text is a text like any other
            offered = role == "teacher" and friend.last.startswith("Що з цим зробити?")
            assert answer in friend.last or role == "stranger" or offered, kind
        await check_home(friend, role)


@BOTH
async def test_albums_videos_voices_and_replies_are_answered(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.sends_album([("a.jpg", PHOTO), ("b.jpg", PHOTO)], "Оля хворіє")
    await check_home(ihor, "parent")
    for message in (ihor.sends_voice(), ihor.sends_video(b"\0\0\0\x18ftypisom"), ihor.sends_photo()):
        before = len(ihor.texts)
        await message
        assert len(ihor.texts) == before + 1
        await check_home(ihor, "parent")
    await ihor.replies("Фото", "Дякую")
    assert ihor.phone.view()["messages"][-2]["reply"] is not None
    await check_home(ihor, "parent")
    assert await house.wrongs() == []


@BOTH
async def test_the_question_that_stands_is_asked_again(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    await ihor.says("температура 38")
    assert "Яка причина?\n«температура 38»: класний керівник побачить це разом із причиною." in ihor.last
    await ihor.sends("sticker")
    assert "Яка причина?" in ihor.last
    await ihor.presses("Хвороба")
    assert "✅ Записано" in ihor.last


@BOTH
async def test_a_photo_is_told_a_way_that_works_here(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.sends("photo")
    assert "Ваше повідомлення нікому не передано: скористайтеся, будь ласка, кнопками нижче." in ihor.last
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.sends("photo")
    assert "Фото бот поки не приймає. Напишіть, будь ласка, своїми словами." in ihor.last
    await ihor.says("Довідка буде завтра")
    assert "«Довідка буде завтра»" in ihor.last


@BOTH
async def test_a_caption_is_taken_where_words_are_asked_for(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.sends("photo", "Довідка від лікаря")
    assert "«Довідка від лікаря»" in ihor.last


@BOTH
@pytest.mark.parametrize("role", ROLES)
async def test_blocked_and_let_in_again(house: House, platform: str, role: str) -> None:
    friend = await someone(house, platform, role)
    await friend.blocks()
    await friend.unblocks()
    await friend.opens()
    await check_home(friend, role)
    assert friend.last


@BOTH
async def test_too_much_at_once_is_said_once_and_the_bot_answers_again_later(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.later(seconds=FLOOD_SPAN.total_seconds())
    before = len(ihor.texts)
    for number in range(FLOOD + 10):
        await ihor.phone.says(f"алло {number}")
    await house.settled()
    assert len([text for text in ihor.texts if "Забагато повідомлень поспіль." in text]) == 1
    assert len(ihor.texts) - before == FLOOD + 1
    await house.later(seconds=FLOOD_SPAN.total_seconds())
    await ihor.says("/menu")
    assert ihor.last.startswith("Оля Коваль, 3-Б")


async def test_a_group_is_not_answered(house: House) -> None:
    """On Telegram; on Viber there are no groups with such bots."""
    update: dict[str, Any] = {
        "message": {
            "message_id": 5,
            "date": int(house.clock.now().timestamp()),
            "chat": {"id": -100500, "type": "supergroup", "title": "3-Б"},
            "from": {"id": 77, "is_bot": False, "first_name": "Хтось"},
            "text": "/menu",
        }
    }
    calls = len(house.telegram.journal)
    house.telegram.push(update)
    await house.settled()
    assert len(house.telegram.journal) == calls
