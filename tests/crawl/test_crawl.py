"""Every button, for every role, on both messengers, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.i18n import LANGUAGES
from tests.crawl.walk import Walk
from tests.house import Friend, House

MOST = 160
"""Presses of one person; each sort of button is reached with far fewer."""


async def everyone(house: House, platform: str, language: str) -> list[Friend]:
    """One of each role, and somebody absent already."""
    teacher = await house.teacher(platform, language=language)
    await house.teacher(platform, "Ірина Львівна", "4-А", "5-В", language=language)
    one = await house.guardian(platform, "Ігор", "Оля Коваль", language=language)
    three = await house.guardian(
        platform, "Анна", "Іван Бондар", "Яна Бондар", "Марко Бондар", language=language
    )
    administrator = await house.administrator(platform, language=language)
    stranger = await house.stranger(platform, language=language).opens()
    return [one, three, teacher, administrator, stranger]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_every_button_of_everyone(tmp_path: Path, platform: str, language: str) -> None:
    house = await House(tmp_path).open()
    try:
        walks = [Walk(friend, language) for friend in await everyone(house, platform, language)]
        for walk in walks:
            await walk.go(MOST)
        wrongs = await house.wrongs()
    finally:
        await house.close()
    assert wrongs == []
    missed = {sort for walk in walks for sort in walk.known - walk.pressed.keys()}
    presses = sum(walk.pressed.total() for walk in walks)
    print(
        f"{platform} {language}: {presses} presses of {sum(len(walk.known) for walk in walks)} sorts of button"
    )
    assert not missed, sorted(missed)
    unreached = house.app.book.steps.keys() - set().union(*(walk.steps for walk in walks))
    assert unreached <= {"class_day.today", "joining.join"}, "steps that no button leads to"
