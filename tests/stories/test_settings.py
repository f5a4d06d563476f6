"""My settings: quiet hours, the hour of the digest, what comes when; and what the parent is told of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.core.clock import day_of, next_hour
from handlers import quiet, wishes
from models.people import Person
from models.school import School
from models.wishes import News, Wish
from tests.house import KYIV, Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def until(house: House, day: int, hour: int, minute: int = 0) -> None:
    moment = datetime(2026, 11, day, hour, minute, tzinfo=KYIV)
    await house.later(seconds=(moment - house.clock.now()).total_seconds())


async def settings(friend: Friend, *labels: str) -> None:
    await friend.says("/settings")
    await friend.presses(*labels)


@BOTH
async def test_a_teachers_own_quiet_hours_hold_her_card_and_the_parent_is_told_them(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await settings(teacher, "Тихі години")
    assert "Тихі години зараз: 20:00–7:00." in teacher.last
    await teacher.presses("Інші години", "17", "9")
    assert "✅ Тихі години: 17:00–9:00." in teacher.last
    await until(house, 24, 7, 30)
    before = teacher.texts
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "Буде передано о 9:00: Олена Петрівна." in ihor.last
    await until(house, 24, 8, 59)
    assert teacher.texts == before
    await until(house, 24, 9, 0)
    assert "Оля Коваль: хвороба" in teacher.last


@BOTH
@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("21-6", "21:00–6:00"),
        ("21:00-6:30", "21:00–7:00"),
        ("з 22.30 до 7", "22:00–7:00"),
        ("23–24", "23:00–0:00"),
    ],
)
async def test_quiet_hours_may_be_typed(house: House, platform: str, typed: str, hours: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await settings(ihor, "Тихі години", "Інші години")
    await ihor.says(typed)
    assert f"✅ Тихі години: {hours}." in ihor.last


@BOTH
@pytest.mark.parametrize("typed", ["вночі", "25-7", "21", "21-", "21:15", "21:99-7", "7-7"])
async def test_what_is_no_hours_is_asked_for_again(house: House, platform: str, typed: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await settings(ihor, "Тихі години")
    await ihor.says(typed)
    assert "Напишіть, наприклад, «21–7» або натисніть кнопку." in ihor.last
    assert "Тихі години зараз: 20:00–7:00." in ihor.last


@BOTH
async def test_of_two_teachers_the_one_who_gets_it_first_is_named(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    await house.teacher(platform, "Ірина Львівна")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await settings(olena, "Тихі години", "Без тихих годин")
    assert "Тихі години: немає" in olena.last
    await until(house, 23, 21)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "Передано: Олена Петрівна." in ihor.last
    assert "Ірина" not in ihor.last


@BOTH
async def test_what_waits_for_former_hours_waits_for_the_new_ones(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await until(house, 23, 21)
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert not [text for text in teacher.texts if "Оля" in text]
    await settings(teacher, "Тихі години", "Без тихих годин")
    await house.later(seconds=10)
    assert [text for text in teacher.texts if "Оля Коваль: хвороба" in text]


@BOTH
async def test_a_card_wished_for_in_the_digest_comes_at_its_hour(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Яна Коваль")
    await settings(teacher, "Що коли приходить")
    assert "· Кого немає: одразу" in teacher.last
    await teacher.presses("Кого немає", "У дайджесті дня")
    assert "Не надсилати" not in teacher.labels
    assert "· Кого немає: у дайджесті дня" in teacher.last
    await teacher.presses("Година дайджесту: 18:00", "13")
    before = teacher.texts
    await ihor.presses("🤒 Не буде в школі", "Оля Коваль", "Сьогодні", "Хвороба")
    assert "Буде передано о 13:00: Олена Петрівна." in ihor.last
    await house.later(hours=2)
    await ihor.presses("Головна", "🤒 Не буде в школі", "Яна Коваль", "Сьогодні", "Лікар")
    assert teacher.texts == before
    await until(house, 23, 12, 59)
    assert teacher.texts == before
    await until(house, 23, 13, 0)
    assert teacher.texts[:-1] == before
    assert "Немає: 2 з 2" in teacher.last
    assert "Дайджест дня: сьогодні, понеділок, 23 листопада" in teacher.last
    await ihor.presses("Змінити причину", "Хвороба")
    await until(house, 24, 12, 59)
    assert len(teacher.texts) == len(before) + 1
    await until(house, 24, 13, 0)
    assert "Дайджест дня: сьогодні, вівторок, 24 листопада" in teacher.last
    assert "Яна Коваль: хвороба" in teacher.last


@BOTH
async def test_noticed_can_be_done_without(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await settings(ihor, "Що коли приходить", "«Враховано» від учителя", "Не надсилати")
    assert "· «Враховано» від учителя: не приходить" in ihor.last
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Змінити дати")
    before = ihor.texts
    await teacher.presses("Враховано")
    await house.later(hours=5)
    assert ihor.texts == before
    await ihor.says("/menu")
    assert "враховано" in ihor.last


@BOTH
async def test_a_teacher_cannot_switch_absences_off(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.forges(wishes.keep(News.ABSENCES, Wish.NEVER))
    kept = await house.facts(lambda db: db.all(select(Person.wishes)))
    assert [row[0] for row in kept] == [None]
    assert "Кого немає: одразу" in teacher.last


@BOTH
async def test_an_hour_that_no_clock_shows_is_refused(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.forges(quiet.keep(25, 7))
    assert "У добі години від 0 до 23" in teacher.last
    await teacher.forges(wishes.keep_hour(-1))
    assert "У добі години від 0 до 23" in teacher.last
    [hours] = await house.facts(
        lambda db: db.all(select(Person.quiet_from, Person.quiet_to, Person.digest_at))
    )
    assert tuple(hours) == (20, 7, 18)


@BOTH
async def test_only_the_schools_languages_are_offered(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.app.database.write(lambda db: db.run(update(School).values(languages="uk,en")))
    await settings(ihor, "Мова")
    assert ihor.labels == ["Українська", "English", "Головна"]


NIGHTS = [
    (date(2027, 3, 28), "Europe/Kyiv", 3, "2027-03-28 04:00"),
    (date(2026, 10, 25), "Europe/Kyiv", 3, "2026-10-25 03:00"),
    (date(2024, 2, 29), "Asia/Almaty", 23, "2024-02-29 23:00"),
    (date(2026, 10, 25), "Europe/Kyiv", 8, "2026-10-25 08:00"),
]


@pytest.mark.parametrize(("day", "zone", "hour", "shown"), NIGHTS)
def test_a_digest_comes_once_a_date_also_when_the_clock_is_set(
    day: date, zone: str, hour: int, shown: str
) -> None:
    """From noon to noon in steps of a minute, as the clock ticks: it is due once, at the hour or just after the gap."""
    here = ZoneInfo(zone)
    now = datetime(day.year, day.month, day.day, tzinfo=here).astimezone(UTC) - timedelta(hours=12)
    due, times = next_hour(now, zone, hour), []
    for _minute in range(60 * 48):
        now += timedelta(minutes=1)
        if now >= due:
            times.append(now)
            due = next_hour(now, zone, hour)
    here_then = [one.astimezone(here) for one in times if day_of(one, zone) == day]
    assert [f"{one:%Y-%m-%d %H:%M}" for one in here_then] == [shown]
    assert len({day_of(one, zone) for one in times}) == len(times)


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    now=st.integers(1_704_067_200, 1_861_920_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    hour=st.integers(0, 23),
)
def test_the_next_hour_is_within_two_days_and_once_a_date(zone: str, now: datetime, hour: int) -> None:
    first = next_hour(now, zone, hour)
    second = next_hour(first, zone, hour)
    assert now < first <= now + timedelta(hours=49)
    assert first < second
    shown = first.astimezone(ZoneInfo(zone)).hour
    gap = (
        first.astimezone(ZoneInfo(zone)).replace(hour=hour, fold=0).astimezone(UTC).astimezone(ZoneInfo(zone))
    )
    assert shown == hour or gap.hour != hour
