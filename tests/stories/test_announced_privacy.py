"""T4: nothing that other families are shown or sent names who is absent, or why."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from handlers import class_day, reports, results
from models.announcement import Ask
from models.letter import Kind
from tests.house import MONDAY, Friend, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
CHILD, GUARDIAN, WORDS = "Канаринка Жовтенко", "Кенарій Тихий", "гарячка-в-клітці"
CANARIES = [*CHILD.split(), *GUARDIAN.split(), WORDS, "Хвороба"]
TEXT = "Завтра екскурсія до музею."


def everything(house: House, friend: Friend) -> str:
    """All that was ever sent to somebody, and their screens as they are now."""
    calls = [
        call.params
        for call in (*house.telegram.journal, *house.viber.journal)
        if friend.phone.address in json.dumps(call.params, ensure_ascii=False)
    ]
    return json.dumps([calls, friend.texts, friend.labels], ensure_ascii=False)


@BOTH
async def test_of_an_absent_child_other_families_are_told_nothing(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    absent = await house.guardian("telegram", GUARDIAN, CHILD)
    other = await house.guardian(platform, "Ігор", "Оля Коваль")
    waits = await house.guardian(platform, "Ірина", "Лев Бондар")
    await waits.says("/settings")
    await waits.presses("Що коли приходить", "Оголошення", "У дайджесті дня")
    await absent.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await absent.says(WORDS)
    await house.later(minutes=6)
    assert WORDS in teacher.last
    poll = await announced(
        teacher, "Куди їдемо?", asks=Ask.POLL, options=["Музей", "Театр"], closes_in=timedelta(hours=2)
    )
    coming = await announced(teacher, TEXT, asks=Ask.COMING)
    small = await announced(teacher, "Не забудьте фарби.", kind=Kind.DIGEST)
    await other.presses("Буду", "3")
    await house.later(hours=11)  # the poll is closed, and the digest has come
    assert "Не забудьте фарби." in waits.last
    for post in (poll, coming, small):
        for link in (reports.card(post), reports.by_family(post, 0), reports.to_phone(post, 0)):
            await other.forges(link)
        await other.forges(results.answers(post, 0))
        await other.forges(results.send_sheet(post))
    await other.forges(class_day.card(await house.class_of("3-Б"), MONDAY.date()))
    assert other.files == []
    for friend in (other, waits):
        seen = everything(house, friend)
        assert TEXT in seen
        assert not [canary for canary in CANARIES if canary in seen]
    assert WORDS in everything(house, teacher)
