"""A correction that meets letters on their way: whoever is being sent the old text gets the new one behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from bot.core.events import Event, Pressed
from bot.core.outbox import Parcel
from tests.house import Friend, House
from tests.stories.announced import sees_who_has_it
from tests.stories.test_broadcasts import families
from tests.stories.test_report import BOTH, NEW, TEXT, long_text

Work = Callable[[], Awaitable[None]]


async def presses_now(friend: Friend, label: str) -> None:
    """Press a button, and return as soon as what it does is committed."""
    house = friend.house
    payload = next(key.payload for key in friend.keys if key.label == label)
    letter, place = map(int, payload[1:].split("."))
    chat = await house.chat(friend)
    what = Pressed(letter, place)
    event = Event(f"press {payload}", friend.platform, friend.phone.address, house.clock.now(), what)
    await house.app.handle(event)
    assert (await house.chat(friend)).rest != chat.rest


def meanwhile(monkeypatch: pytest.MonkeyPatch, house: House, platform: str, work: Work, sign: str) -> None:
    """Have `work` done once, after the messenger took the first letter with that sign and before it has answered."""
    done: list[str] = []
    messenger: Any = house.app.platforms[platform]

    def watch(carrier: Any) -> None:
        really = carrier.deliver

        async def deliver(what: Parcel | Sequence[Parcel]) -> Any:
            delivered = await really(what)
            if not done and sign in str(what):
                done.append(sign)
                await work()
            return delivered

        monkeypatch.setattr(carrier, "deliver", deliver)

    watch(messenger)
    if messenger.together:
        watch(messenger.together)


async def about_to_correct(teacher: Friend, text: str, new: str, *, asks: bool = False) -> None:
    """Announce a text, and write the new one while it can still be stopped."""
    await teacher.says("/announce")
    await teacher.says(text)
    if asks:
        await teacher.presses("Відповідь", "«Прочитано»")
    await teacher.presses("Переглянути й надіслати")
    await teacher.presses(next(label for label in teacher.labels if label.startswith("Надіслати")))
    await sees_who_has_it(teacher)
    await teacher.presses("Виправити")
    await teacher.says(new)


@BOTH
async def test_who_is_being_sent_the_old_text_gets_the_new_one(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await about_to_correct(teacher, TEXT, NEW)
    before = len(ihor.texts)
    meanwhile(monkeypatch, house, platform, lambda: presses_now(teacher, "Виправити всюди"), TEXT)
    await house.later(seconds=12)
    assert NEW in ihor.last
    assert len(ihor.texts) == before + (1 if platform == "telegram" else 2)


async def test_so_does_everybody_of_a_group(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, "uk", "uk", "uk")
    await about_to_correct(teacher, TEXT, NEW)
    meanwhile(monkeypatch, house, "viber", lambda: presses_now(teacher, "Виправити всюди"), TEXT)
    await house.later(seconds=12)
    for friend in them:
        assert [TEXT in text for text in friend.texts] == [True, False]
        assert NEW in friend.last


@BOTH
async def test_a_try_that_failed_shows_the_new_text_and_nothing_comes_twice(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher("telegram" if platform == "viber" else "viber")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await about_to_correct(teacher, TEXT, NEW)
    before = len(ihor.texts)
    messenger: Any = house.app.platforms[platform]
    really = messenger.deliver
    stand_in = house.telegram if platform == "telegram" else house.viber

    async def deliver(parcel: Parcel) -> Any:
        if TEXT in str(parcel.words):
            await presses_now(teacher, "Виправити всюди")
            stand_in.faults.queue = ["429"]
        return await really(parcel)

    monkeypatch.setattr(messenger, "deliver", deliver)
    await house.later(seconds=12)
    await house.later(seconds=5)
    assert len(ihor.texts) == before + 1
    assert NEW in ihor.last


@BOTH
async def test_of_a_long_text_no_part_stays_old(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await about_to_correct(teacher, long_text("перше", 80), long_text("друге", 80))
    before = len(ihor.texts)
    meanwhile(monkeypatch, house, platform, lambda: presses_now(teacher, "Виправити всюди"), "номер 1, перше")
    await house.later(seconds=12)
    fresh = ihor.texts[before:]
    assert ["друге" in text for text in fresh[-2:]] == [True, True]
    assert "номер 1," in fresh[-2]
    assert "номер 79," in fresh[-1]
    assert len(fresh) == (2 if platform == "telegram" else 3)


async def test_what_is_taken_back_does_not_stay_with_who_is_being_sent_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await about_to_correct(teacher, TEXT, NEW)
    before = len(ihor.texts)
    await teacher.presses("Назад", "Відкликати")
    meanwhile(monkeypatch, house, "telegram", lambda: presses_now(teacher, "Так, відкликати"), TEXT)
    await house.later(seconds=12)
    assert "Це оголошення відкликано." in ihor.last
    assert len(ihor.texts) == before + 1
