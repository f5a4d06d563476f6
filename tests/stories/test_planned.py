"""An announcement that goes by itself: when it was told to, once, and by the rights of that moment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from handlers import compose, planning
from models.announcement import Announcement, Stage
from models.erasure import erase_person
from models.people import Staff
from tests.house import KYIV, Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею."


async def plan(teacher: Friend, *when: str, typed: str = "", to: int = 1) -> None:
    """Write it, choose when, and let it wait."""
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Коли", *when)
    if typed:
        await teacher.says(typed)
    await teacher.presses("Переглянути й надіслати", f"Запланувати: {to}")


async def until(house: House, moment: datetime) -> None:
    await house.later(seconds=(moment - house.clock.now()).total_seconds())


def copies(friend: Friend) -> int:
    return sum(TEXT in text for text in friend.texts)


async def stage(house: House) -> Stage:
    return Stage((await house.facts(lambda db: db.first(select(Announcement.stage))))[0])


@BOTH
async def test_tomorrow_at_eight_it_goes_by_itself_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    await plan(teacher, "Завтра о 8:00", to=2)
    assert "Буде надіслано: завтра, вівторок, 24 листопада, 8:00" in teacher.last
    assert "Кому: 3-Б" in teacher.last
    await until(house, datetime(2026, 11, 24, 7, 59, 50, tzinfo=KYIV))
    assert copies(ihor) == copies(iryna) == 0
    await until(house, datetime(2026, 11, 24, 8, 0, 1, tzinfo=KYIV))
    await house.later(minutes=1)
    assert copies(ihor) == copies(iryna) == 1


@BOTH
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("25.11 14:30", "Коли: середа, 25 листопада, 14:30"),
        ("завтра 9:15", "Коли: завтра, вівторок, 24 листопада, 9:15"),
        ("у п'ятницю о 18", "Коли: п’ятниця, 27 листопада, 18:00"),
        ("в воскресенье в 18:00", "Коли: неділя, 29 листопада, 18:00"),
        ("12 листопада 2027 8:00", "Коли: п’ятниця, 12 листопада 2027, 8:00"),
        ("9:15", "Коли: сьогодні, понеділок, 23 листопада, 9:15"),
        ("25.11", "Середа, 25 листопада: о котрій годині?"),
        ("25:00", "У добі години від 0 до 23."),
        ("завтра 12:75", "У добі години від 0 до 23."),
        ("31.11 8:00", "Такого дня немає в календарі."),
        ("20.11 8:00", "Цей день уже минув."),
        ("сьогодні 8:00", "Цей час уже минув."),
        ("01.12.2027 8:00", "Це більше ніж за рік наперед."),
        ("колись потім", "Коли це?"),
    ],
)
async def test_a_time_is_typed_as_people_write_it(house: House, platform: str, typed: str, said: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Коли")
    await teacher.says(typed)
    assert said in teacher.last
    if "Коли:" not in said:
        await teacher.says("26.11 10:00")
        assert "Коли: четвер, 26 листопада, 10:00" in teacher.last


@BOTH
async def test_a_day_and_an_hour_are_tapped(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Обрати день і годину", "›", "2", "14")
    assert "Буде надіслано: середа, 2 грудня, 14:00" in teacher.last
    await until(house, datetime(2026, 12, 2, 14, 0, 5, tzinfo=KYIV))
    assert copies(ihor) == 1


@BOTH
async def test_what_waits_can_be_taken_back_or_changed(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    await teacher.presses("Не надсилати")
    assert "Не буде надіслано. Це знову чернетка." in teacher.last
    assert "Коли: одразу" in teacher.last
    await house.later(days=1)
    assert copies(ihor) == 0
    await teacher.presses("Коли", "Завтра о 8:00", "Переглянути й надіслати", "Запланувати: 1")
    await teacher.says("/announce")
    await teacher.presses(f"Чекає: {TEXT}", "Змінити")
    await teacher.presses("Змінити текст")
    await teacher.says("Екскурсію скасовано.")
    await house.later(days=1)
    assert "Екскурсію скасовано." not in ihor.last  # a draft does not go by itself
    await teacher.presses("Переглянути й надіслати")
    await teacher.presses("Запланувати: 1")
    assert "Цей час уже минув." in teacher.last
    await teacher.presses("Одразу", "Переглянути й надіслати", "Надіслати: 1")
    await house.later(seconds=15)
    assert "Екскурсію скасовано." in ihor.last


@BOTH
async def test_after_an_outage_it_goes_on_its_day_and_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    await house.app.stop()
    house.clock.wind(datetime(2026, 11, 24, 17, 0, tzinfo=KYIV) - house.clock.now())
    await house.open_app()
    await house.later(seconds=1)
    await house.later(minutes=1)
    assert copies(ihor) == 1


@BOTH
async def test_after_its_day_it_is_a_draft_and_the_author_is_told(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    await house.app.stop()
    house.clock.wind(datetime(2026, 11, 25, 9, 0, tzinfo=KYIV) - house.clock.now())
    await house.open_app()
    await house.later(seconds=1)
    assert "⚠️ Оголошення не надіслано" in teacher.last
    assert "Було заплановано: вівторок, 24 листопада, 8:00" in teacher.last
    assert copies(ihor) == 0
    assert await stage(house) is Stage.DRAFT
    await teacher.presses("Відкрити чернетку", "Коли", "Одразу", "Переглянути й надіслати", "Надіслати: 1")
    await house.later(seconds=15)
    assert copies(ihor) == 1


async def test_shortly_before_midnight_a_moment_too_late_is_not_the_day_after(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await plan(teacher, typed="24.11 23:55")
    house.clock.wind(datetime(2026, 11, 25, 0, 20, tzinfo=KYIV) - house.clock.now())
    await house.later(seconds=1)
    assert await stage(house) is Stage.SENT
    await until(house, datetime(2026, 11, 25, 7, 0, 5, tzinfo=KYIV))
    assert copies(ihor) == 1


@BOTH
async def test_the_clock_jumps_a_day_ahead_and_back(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    await house.later(days=1)
    assert copies(ihor) == 1
    await house.later(days=-1)
    await until(house, datetime(2026, 11, 24, 8, 0, 1, tzinfo=KYIV))
    await house.later(days=1)
    assert copies(ihor) == 1


@pytest.mark.parametrize(
    ("typed", "goes"),
    [
        ("28.03.2027 3:30", datetime(2027, 3, 28, 4, 30, tzinfo=KYIV)),  # the hour that is left out
        ("28.03.2027 4:30", datetime(2027, 3, 28, 4, 30, tzinfo=KYIV)),
        ("31.10.2027 3:30", datetime(2027, 10, 31, 3, 30, tzinfo=KYIV)),  # the first of the two
    ],
)
async def test_the_nights_when_the_clocks_are_changed(house: House, typed: str, goes: datetime) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Вид", "Термінове", "Коли")
    await teacher.says(typed)
    await teacher.presses("Переглянути й надіслати", "Запланувати: 1")
    await until(house, goes - timedelta(seconds=10))
    assert copies(ihor) == 0
    for _tick in range(3):
        await house.later(seconds=11)
    assert copies(ihor) == 1
    await house.later(hours=1)
    assert copies(ihor) == 1


async def test_the_school_moves_to_another_zone(house: House) -> None:
    administrator = await house.administrator("telegram")
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    await administrator.says("/school")
    await administrator.presses("Часовий пояс", "Інше місце")
    await administrator.says("Польща")
    await administrator.presses(next(label for label in administrator.labels if "Варшава" in label))
    await until(house, datetime(2026, 11, 24, 8, 59, 50, tzinfo=KYIV))
    assert copies(ihor) == 0
    await house.later(seconds=11)  # 8:00 in Warsaw
    assert copies(ihor) == 1


@BOTH
async def test_of_a_removed_teacher_nothing_goes_and_the_next_one_takes_it_over(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    administrator = await house.administrator(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    person = (await house.chat(teacher)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == person)))
    other = await house.teacher(platform, "Ірина Львівна")
    third = await house.teacher(platform, "Марта Юріївна")
    before = len(teacher.texts)
    await until(house, datetime(2026, 11, 24, 8, 0, 1, tzinfo=KYIV))
    assert copies(ihor) == 0
    assert len(teacher.texts) == before
    assert all(TEXT not in text for text in administrator.texts)
    for heir in (other, third):
        assert f"«{TEXT}»" in heir.last
        assert "Було заплановано: сьогодні, вівторок, 24 листопада, 8:00" in heir.last
    post = (await house.facts(lambda db: db.first(select(Announcement.id))))[0]
    for link in (planning.left(post), planning.take_over(post), planning.drop(post), compose.hub(post)):
        await teacher.forges(link)
        await ihor.forges(link)
        assert TEXT not in teacher.last
        assert TEXT not in ihor.last
    await other.presses("Взяти собі")
    assert "Тепер це ваша чернетка." in other.last
    if platform == "viber":  # where a button that was sent stays
        await third.presses("Взяти собі")
    assert "Взяти собі" not in third.labels
    assert TEXT not in third.last
    await other.presses("Переглянути й надіслати", "Надіслати: 1")
    await house.later(seconds=15)
    assert copies(ihor) == 1
    assert "Ірина Львівна" in ihor.last


@BOTH
async def test_without_a_teacher_the_administrator_is_asked(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    administrator = await house.administrator(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    person = (await house.chat(teacher)).person_id
    assert person is not None
    await house.app.database.write(lambda db: erase_person(db, person, house.clock.now()))
    await house.later(days=1)
    assert f"«{TEXT}»" in administrator.last
    await administrator.presses("Видалити чернетку")
    await house.later(days=1)
    assert copies(ihor) == 0
    assert await house.facts(lambda db: db.first(select(Announcement.id))) is None


@BOTH
async def test_who_lost_one_of_two_classes_is_told_and_nothing_goes(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Кому", "☐ Усі класи: 2", "Готово", "Коли", "Завтра о 8:00")
    await teacher.presses("Переглянути й надіслати", "Запланувати: 1")
    gone = await house.class_of("4-А")
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.class_id == gone)))
    await house.later(days=1)
    assert "Дехто з тих, кому це призначено, уже не у ваших класах." in teacher.last
    assert copies(ihor) == 0


@BOTH
async def test_whoever_joins_meanwhile_has_it_too(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Оля Коваль")
    await plan(teacher, "Завтра о 8:00")
    iryna = await house.guardian(platform, "Ірина", "Тарас Бондар")
    await house.later(days=1)
    assert copies(iryna) == 1
