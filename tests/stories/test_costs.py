"""What announcements cost on Viber: told before they go, counted, and capped where the school wants that."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.chat import Chat
from models.letter import Letter, State
from models.wishes import Wish
from tests.house import KYIV, Friend, House
from tests.stories.announced import sees_who_has_it
from tests.stories.test_report import wishes

TEXT = "Завтра екскурсія до музею."


async def preview(teacher: Friend, text: str = TEXT, *first: str) -> None:
    await teacher.says("/announce")
    await teacher.says(text)
    await teacher.presses(*first, "Переглянути й надіслати")


async def refused(house: House) -> list[str]:
    asked = select(Letter.trouble).where(Letter.state == State.REFUSED)
    return [why for (why,) in await house.facts(lambda db: db.all(asked))]


async def test_what_it_costs_outside_of_sessions_is_told_and_counted(house: House) -> None:
    teacher = await house.teacher("viber")
    administrator = await house.administrator("telegram")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    anna = await house.guardian("viber", "Анна", "Яна Лис")
    await preview(teacher)
    assert "платн" not in teacher.last
    await house.later(hours=25)
    await anna.says("/menu")
    await teacher.says("/menu")
    await preview(teacher)
    assert "Viber: 1 платне повідомлення ≈ 0,02\xa0€" in teacher.last
    await teacher.presses("Надіслати: 3")
    await house.later(seconds=15)
    assert TEXT in iryna.last
    assert TEXT in anna.last
    await administrator.says("/school")
    assert "Viber цього місяця: 1 платне повідомлення ≈ 0,02\xa0€" in administrator.last
    await house.later(days=8)
    await administrator.says("/school")
    assert "Viber цього місяця: 0 платних повідомлень" in administrator.last


async def test_a_session_that_ends_before_it_goes_is_none(house: House) -> None:
    teacher = await house.teacher("telegram")
    await house.guardian("viber", "Ірина", "Тарас Бондар")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Коли")
    await teacher.says("завтра 8:00")
    await teacher.presses("Переглянути й надіслати")
    assert "платн" not in teacher.last  # they joined at 8:10
    await teacher.presses("Змінити", "Коли")
    await teacher.says("завтра 9:00")
    await teacher.presses("Переглянути й надіслати")
    assert "Viber: 1 платне повідомлення" in teacher.last


async def test_beyond_the_months_cap_it_goes_to_all_who_cost_nothing(tmp_path: Path) -> None:
    house = await House(tmp_path, overrides={"cap": 2}).open()
    try:
        teacher = await house.teacher("telegram")
        administrator = await house.administrator("telegram")
        ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
        families = [
            await house.guardian("viber", name, f"Дитина {name}") for name in ("Ірина", "Анна", "Роман")
        ]
        await house.later(hours=25)
        await preview(teacher)
        assert "Viber: 3 платні повідомлення ≈ 0,06\xa0€" in teacher.last
        assert "⚠️ Місячний ліміт Viber вичерпано: 1 людина не отримає." in teacher.last
        await teacher.presses("Надіслати: 4")
        await house.later(seconds=15)
        assert TEXT in ihor.last
        got = [one for one in families if TEXT in one.last]
        assert len(got) == 2
        assert await refused(house) == ["cap"]
        await sees_who_has_it(teacher)
        await teacher.presses("Кому зателефонувати: 1")
        assert "вичерпано місячний ліміт платних повідомлень" in teacher.last
        await administrator.says("/school")
        assert "2 платні повідомлення ≈ 0,04\xa0€ · ліміт: 2" in administrator.last
        await _answers_and_urgent(house, teacher, next(one for one in families if one not in got))
        await _the_next_month(house, teacher, families)
        assert await house.wrongs() == []
    finally:
        await house.close()


async def test_beyond_the_cap_it_goes_to_the_persons_other_messenger(tmp_path: Path) -> None:
    house = await House(tmp_path, overrides={"cap": 1}).open()
    try:
        teacher = await house.teacher("telegram")
        first = await house.guardian("viber", "Роман", "Яна Лис")
        iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
        person = (await house.chat(iryna)).person_id
        assert person is not None
        at_work = await house.stranger("telegram", "Ірина").opens()
        move = update(Chat).where(Chat.address == at_work.phone.address).values(person_id=person)
        await house.app.database.write(lambda db: db.run(move))
        taras = await house.guardian("viber", "Тарас", "Лев Гук")
        hanna = await house.guardian("telegram", "Ганна", "Лев Гук")
        await wishes(house, hanna, Wish.NEVER)
        await house.later(hours=25)
        await preview(teacher)
        assert "Місячний ліміт Viber вичерпано: 1 людина не отримає." in teacher.last
        assert "Місячний ліміт Viber вичерпано: 1 людина отримає в Telegram." in teacher.last
        await teacher.presses("Надіслати: 3")
        for _tick in range(3):
            await house.later(seconds=12)
        assert TEXT in first.last
        assert TEXT in at_work.last
        assert [TEXT in one.last for one in (iryna, taras)] == [False, False]
        assert TEXT in hanna.last, "whoever was spared it gets it, where it could not come to the other"
        assert await refused(house) == ["cap"] * 2
        await sees_who_has_it(teacher)
        await teacher.presses("По родинах")
        for line in (
            "Тарас Бондар\n· Ірина: надіслано, Telegram",
            "· Тарас: не дійшло (вичерпано місячний ліміт платних повідомлень), Viber",
            "· Ганна: надіслано, Telegram, замість іншого з родини",
        ):
            assert line in teacher.last
        await teacher.presses("Назад")
        assert "Кому зателефонувати" not in " ".join(teacher.labels)
        assert await house.wrongs() == []
    finally:
        await house.close()


async def _answers_and_urgent(house: House, teacher: Friend, missed: Friend) -> None:
    """Whoever writes has a session of their own again; what is urgent goes in any case."""
    await missed.says("/menu")
    await preview(teacher, "Друге.")
    assert "⚠️ Місячний ліміт Viber вичерпано: 2 людини не отримають." in teacher.last
    await teacher.presses("Надіслати: 4")
    await house.later(seconds=15)
    assert "Друге." in missed.last
    assert await refused(house) == ["cap"] * 3
    await preview(teacher, "Третє.", "Вид", "Термінове")
    assert "Місячний ліміт" not in teacher.last
    await teacher.presses("Надіслати: 4")
    await house.later(seconds=15)
    assert await refused(house) == ["cap"] * 3


async def _the_next_month(house: House, teacher: Friend, families: list[Friend]) -> None:
    december = datetime(2026, 12, 1, 9, 0, tzinfo=KYIV)
    await house.later(seconds=(december - house.clock.now()).total_seconds())
    await preview(teacher, "Четверте.")
    await teacher.presses("Надіслати: 4")
    await house.later(seconds=15)
    assert sum("Четверте." in one.last for one in families) == 2


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_who_is_only_written_to_has_no_session(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    heard = (await house.chat(ihor)).heard_at
    teacher = await house.teacher("telegram")
    await preview(teacher)
    await teacher.presses("Надіслати: 1")
    await house.later(seconds=15)
    assert (await house.chat(ihor)).heard_at == heard
    await ihor.says("/menu")
    now = (await house.chat(ihor)).heard_at
    assert now is not None
    assert heard is not None
    assert now > heard
