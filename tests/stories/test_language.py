"""The language: taken from the messenger, changed with a tap, and everything changes with it."""

from __future__ import annotations

import pytest

from tests.house import House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


@BOTH
@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("uk", "Вхід за запрошенням"),
        ("ru", "Вход по приглашению"),
        ("en", "This is Klasno, the chatbot of a school class."),
        ("en-GB", "This is Klasno, the chatbot of a school class."),
        ("pl", "Вхід за запрошенням"),
    ],
)
async def test_the_messengers_language_is_spoken(house: House, platform: str, tag: str, words: str) -> None:
    friend = house.stranger(platform, language=tag)
    await friend.opens()
    await friend.says("/menu")
    assert words in friend.last


@BOTH
async def test_a_switch_changes_everything(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("⚙️ Налаштування", "Мова")
    assert ihor.last == "Мова · Язык · Language"
    await ihor.presses("Русский")
    assert "⚙️ Мои настройки\nДальше по-русски." in ihor.last
    await ihor.presses("Главная")
    assert "Сегодня: в школе" in ihor.last
    assert {"🤒 Не будет сегодня", "Другая дата", "📣 Объявления", "⚙️ Настройки", "Помощь"} == set(
        ihor.labels
    )
    await ihor.presses("🤒 Не будет сегодня")
    assert {"Болезнь", "Врач", "Семейная", "Транспорт", "Другая", "Другой день", "Главная"} == set(
        ihor.labels
    )
    await ihor.presses("Болезнь")
    assert "Причина: болезнь." in ihor.last
    await ihor.says("/language")
    await ihor.presses("English")
    assert "English it is." in ihor.last
    await ihor.presses("Home")
    assert "🤒 Today: absent (illness)" in ihor.last
    await ihor.sends("sticker")
    assert "A nice sticker!" in ihor.last
    await ihor.presses("Help")
    assert "What can be done here" in ihor.last
    await ihor.says("/language")
    await ihor.presses("Українська")
    assert "Далі українською." in ihor.last
    await ihor.presses("Головна")
    assert "🤒 Сьогодні: не буде в школі (причина: хвороба)" in ihor.last


async def test_telegrams_menu_is_in_the_chosen_language(house: House) -> None:
    teacher = await house.teacher("telegram")
    commands = {one["command"]: one["description"] for one in teacher.phone.view()["commands"]}
    assert commands["class"] == "Кого сьогодні немає"
    await teacher.presses("⚙️ Налаштування", "Мова", "English")
    commands = {one["command"]: one["description"] for one in teacher.phone.view()["commands"]}
    assert commands == {
        "menu": "Home",
        "class": "Who is absent today",
        "announce": "Announce something",
        "settings": "My settings",
        "mydata": "What is known about me",
        "language": "Language",
        "help": "Help",
    }


@BOTH
async def test_each_is_written_to_in_their_own_language(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, language="en")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", language="ru")
    await ihor.presses("🤒 Не будет сегодня", "Болезнь")
    assert "Absent: 1 of 1\n· Оля Коваль: illness (reported by Ігор)" in teacher.last
    await teacher.presses("Noticed")
    assert "Учтено" in ihor.last


@BOTH
async def test_a_stranger_may_choose_a_language_too(house: House, platform: str) -> None:
    friend = await house.stranger(platform).opens()
    await friend.says("/language")
    await friend.presses("English")
    assert "This is Klasno, the chatbot of a school class." in friend.last
