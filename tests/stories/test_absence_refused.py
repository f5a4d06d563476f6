"""What cannot be told: days gone by, too many days, what is told already, children of others, old buttons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from handlers import absence, told
from models.absence import Reason
from models.people import Child
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
MONDAY = date(2026, 11, 23)


async def child(house: House, name: str) -> int:
    found: int = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == name))))[0]
    return found


@BOTH
async def test_a_question_left_overnight_does_not_write_yesterday(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    await house.later(days=1)
    await ihor.presses("Хвороба")
    assert "Цей день уже минув." in ihor.last
    assert "Оля Коваль: коли не буде в школі?" in ihor.last
    assert await house.absences() == []
    await ihor.presses("Сьогодні", "Хвороба")
    assert [told_[1].day for told_ in await house.absences()] == [24]


@BOTH
async def test_home_left_overnight_means_today_when_it_is_pressed(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.later(days=1)
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert [told_[1].day for told_ in await house.absences()] == [24]


@BOTH
async def test_more_than_sixty_days_is_not_offered_and_a_forged_press_is_refused(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "23", "›", "›")
    days = [label for label in ihor.labels if label.isdigit()]
    assert days[-1] == "22"
    assert not [label for label in ihor.labels if label.endswith("›")]
    olia = await child(house, "Оля Коваль")
    await ihor.forges(absence.save((olia,), MONDAY, date(2027, 1, 25), Reason.ILLNESS))
    assert "щонайбільше 60 днів" in ihor.last
    await ihor.forges(absence.save((olia,), date(2026, 11, 20), date(2026, 11, 20), Reason.ILLNESS))
    assert "Цей день уже минув." in ihor.last
    await ihor.forges(absence.save((olia,), date(2028, 11, 20), date(2028, 11, 20), Reason.ILLNESS))
    assert "Це більше ніж за рік наперед." in ihor.last
    await ihor.forges(absence.save((olia,), date(2026, 11, 28), date(2026, 11, 29), Reason.ILLNESS))
    assert await house.absences() == []
    assert "Оля Коваль" in ihor.last


@BOTH
async def test_a_second_report_for_the_same_day_shows_the_first(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Головна", "Інша дата", "Сьогодні")
    assert "Оля Коваль: на ці дні вже є запис. Його можна змінити тут." in ihor.last
    assert "Причина: хвороба." in ihor.last
    assert [told_[3] for told_ in await house.absences()] == [Reason.ILLNESS]


@pytest.mark.parametrize(("first", "second"), [("telegram", "viber"), ("viber", "telegram")])
async def test_the_second_guardian_on_the_other_messenger_sees_the_first_report(
    house: House, first: str, second: str
) -> None:
    teacher = await house.teacher(first)
    ihor = await house.guardian(first, "Ігор", "Оля Коваль")
    anna = await house.guardian(second, "Анна", "Оля Коваль", language="ru")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await anna.presses("🤒 Не будет сегодня")
    assert "Оля Коваль" in anna.last
    assert "Причина: болезнь." in anna.last
    assert len(await house.absences()) == 1
    assert teacher.last.count("Оля Коваль") == 1


@BOTH
async def test_of_several_children_one_told_already_stops_all(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Яна Коваль")
    await ihor.presses("🤒 Не буде в школі", "Яна Коваль", "Сьогодні", "Хвороба", "Головна")
    await ihor.presses("🤒 Не буде в школі", "Усі: 2", "Сьогодні")
    assert "Яна Коваль: на ці дні вже є запис." in ihor.last
    assert [told_[0] for told_ in await house.absences()] == ["Яна Коваль"]


@BOTH
async def test_a_forged_button_with_a_child_of_others_says_nothing_of_them(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says("Секретна температура")
    thief = await house.guardian(platform, "Зіна", "Яна Чужа")
    before = await house.absences(), teacher.texts
    olia = await child(house, "Оля Коваль")
    for link in (
        absence.when((olia,)),
        absence.reason((olia,), MONDAY, MONDAY),
        absence.save((olia,), date(2026, 11, 24), date(2026, 11, 24), Reason.OTHER),
        told.show((1,)),
        told.words_for(1),
        told.set_reason(1, Reason.OTHER),
        told.set_days(1, MONDAY, date(2026, 11, 24)),
        told.surely_withdraw(1),
        told.take_back(1),
        told.show((999,)),
    ):
        await thief.forges(link)
        assert "Це вже недоступно. Ось як усе зараз." in thief.last, link
        assert "Яна Чужа" in thief.last, link
        house.clock.wind(timedelta(seconds=6))
    assert not [text for text in thief.texts if "Оля" in text or "Секретна" in text or "Ігор" in text]
    assert (await house.absences(), teacher.texts) == before


@BOTH
async def test_a_double_tap_is_one_tap(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    await ihor.presses_at_once("Хвороба", 2)
    assert len(await house.absences()) == 1
    assert "✅ Записано: Оля Коваль, сьогодні" in ihor.last
    assert "вже є" not in ihor.last
    assert teacher.last.count("Оля Коваль") == 1


@BOTH
async def test_a_button_of_last_month_answers_politely(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    old = next(key for key in ihor.keys if key.label == "Хвороба")
    await ihor.says("/help")
    await house.later(days=31)
    await ihor.presses_raw(old.payload)
    assert "Це кнопка зі старого повідомлення. Ось як усе зараз." in ihor.last
    assert "Що тут можна" in ihor.last
    assert "Головна" in ihor.labels
    assert await house.absences() == []


@BOTH
@pytest.mark.parametrize("payload", ["#1.0", "#999999.3", "#1.9999", "#999999999999999999.0"])
async def test_a_payload_of_somebody_elses_letter_is_an_old_button(
    house: House, platform: str, payload: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await teacher.says("/class")
    await ihor.presses_raw(payload)
    assert "Це кнопка зі старого повідомлення." in ihor.last
    assert "Оля Коваль, 3-Б" in ihor.last


@BOTH
async def test_forty_simultaneous_answers_are_one_absence(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    await ihor.presses_at_once("Хвороба", 40)
    assert len(await house.absences()) == 1
    assert teacher.last.count("Оля Коваль") == 1
    assert any("✅ Записано: Оля Коваль, сьогодні" in text for text in ihor.texts)
    await house.later(seconds=20)
    await ihor.says("/menu")
    assert "🤒 Сьогодні: не буде в школі (причина: хвороба)" in ihor.last


@BOTH
async def test_twenty_friends_of_one_child_answer_at_once(house: House, platform: str) -> None:
    """As many guardians as can be, of one child, on both messengers: one absence, and everyone gets an answer."""
    await house.teacher(platform)
    family: list[Friend] = []
    for number in range(20):
        on = platform if number % 2 else "telegram"
        family.append(await house.guardian(on, f"Родич {number}", "Оля Коваль"))
    for one in family:
        await one.presses("🤒 Не буде сьогодні")
    for one in family:
        await one.phone.presses("Хвороба")
    await house.settled()
    assert len(await house.absences()) == 1
    for one in family:
        assert "✅ Записано: Оля Коваль, сьогодні" in one.last
