"""The school's calendar: breaks pasted, holidays taken from a list, days turned over, and what all of it does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from handlers import breaks, calendar, public_holidays
from models.absence import AbsenceDay
from models.audit import Audit, Deed
from models.calendar import Calendar, calendar_of
from models.people import Role, Staff
from models.school import School
from tests.house import SCHOOL, Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
SATURDAY, MONDAY = date(2026, 11, 28), date(2026, 11, 30)


async def known(house: House, school: str = SCHOOL) -> Calendar:
    async def read(db):  # type: ignore[no-untyped-def]
        row = await db.first(select(School.id).where(School.name == school))
        return await calendar_of(db, row[0])

    found: Calendar = await house.facts(read)
    return found


async def opened(house: House, platform: str) -> Friend:
    friend = await house.administrator(platform)
    return await friend.presses("🏫 Школа", "Навчальні дні")


async def pastes(friend: Friend, *lines: str) -> Friend:
    await friend.presses("Вписати канікули")
    return await friend.says("\n".join(lines))


async def frees(house: House, platform: str, line: str) -> Friend:
    """An administrator who has saved a break."""
    friend = await pastes(await opened(house, platform), line)
    return await friend.presses("Зберегти: 1")


async def audited(house: House) -> list[str | None]:
    asked = select(Audit.detail).where(Audit.deed == Deed.CALENDAR_CHANGED).order_by(Audit.id)
    return [detail for (detail,) in await house.facts(lambda db: db.all(asked))]


@BOTH
async def test_breaks_are_pasted_seen_and_only_then_saved(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    await pastes(
        friend,
        "Осінні канікули 26.10–01.11",
        "Зимові канікули: з 25 грудня по 11 січня",
        "31.02 свято",
        "День здоров'я",
    )
    assert "Пн 26 жовтня – нд 1 листопада: Осінні канікули (мінус 5 навчальних днів)" in friend.last
    assert "Зимові канікули (мінус 12 навчальних днів)" in friend.last
    assert "31.02 свято – такого дня немає" in friend.last
    assert "День здоров'я – немає дати" in friend.last
    assert await known(house) == Calendar()
    await friend.presses("Зберегти: 2")
    assert "✅ Збережено: мінус 17 навчальних днів." in friend.last
    assert "Пт 25 грудня – пн 11 січня: Зимові канікули" in friend.last
    assert len((await known(house)).said) == 7 + 18
    assert await audited(house) == ["17"]
    assert await house.wrongs() == []


@BOTH
async def test_a_break_is_renamed_and_removed_again(house: House, platform: str) -> None:
    friend = await frees(house, platform, "26.10–01.11 Осінь")
    await friend.presses("пн 26 жовт. · Осінь")
    await friend.says("Осінні канікули")
    assert "Пн 26 жовтня – нд 1 листопада: Осінні канікули, уроків немає." in friend.last
    await friend.presses("Прибрати: уроки є")
    assert "✅ Прибрано: Осінні канікули." in friend.last
    assert await known(house) == Calendar()
    assert await audited(house) == ["5", "7", "7"]


@BOTH
async def test_a_day_is_turned_over_named_and_turned_back(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    await friend.presses("Місяць за місяцем")
    assert {"✕28", "24", "23"} <= set(friend.labels)  # the Saturday has no lessons, the Sunday is not there
    await friend.presses("24")
    assert "✕24" in friend.labels
    await friend.says("День вишиванки")
    assert "Вівторок, 24 листопада: День вишиванки" in friend.last.replace("Завтра, вівторок", "Вівторок")
    await friend.presses("✕28")
    assert (await known(house)).said == {TUESDAY: False, SATURDAY: True}
    await friend.presses("✕24", "28")
    assert await known(house) == Calendar()
    assert await audited(house) == ["1"] * 5


@BOTH
async def test_a_month_has_six_columns_and_turns_within_the_year(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    await friend.presses("Місяць за місяцем")
    for month in ("жовтень", "вересень", "серпень", "липень"):
        await friend.presses("‹")
        assert f"{month.capitalize()} 2026" in friend.last
    assert "‹" not in friend.labels
    for month in ("серпень", "вересень", "жовтень", "листопад", "грудень"):
        await friend.presses("›")
        assert f"{month.capitalize()} 2026" in friend.last
    for month in ("січень", "лютий", "березень", "квітень", "травень", "червень"):
        await friend.presses("›")
        assert f"{month.capitalize()} 2027" in friend.last
    assert "›" not in friend.labels
    assert await house.wrongs() == []


@BOTH
async def test_ukrainian_holidays_are_named_but_give_no_day_off(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    await friend.presses("Державні свята", "Україна")
    assert "В Україні під час воєнного стану державні свята є робочими днями" in friend.last
    assert not [label for label in friend.labels if label.startswith(("Додати", "☑"))]
    await friend.presses("☐ пт 25 груд. Різдво Христове", "Додати 1 день")
    assert (await known(house)).names == {date(2026, 12, 25): "Різдво Христове"}


@BOTH
async def test_a_countrys_holidays_by_search_with_one_taken_out(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    await friend.presses("Державні свята")
    await friend.says("Словач")
    await friend.presses("Словаччина")
    ticks = [label for label in friend.labels if label.startswith("☑")]
    await friend.presses(ticks[0])
    assert ticks[0].replace("☑", "☐") in friend.labels
    button = next(label for label in friend.labels if label.startswith("Додати"))
    await friend.presses(button)
    days = (await known(house)).names
    assert len(days) == int(button.split()[1])
    assert "Різдво Христове" not in ticks[0]
    await friend.presses("Державні свята")
    await friend.says("Неіснуючія")
    assert "Країни з такою назвою не знайдено" in friend.last


@BOTH
async def test_too_much_without_lessons_is_refused(house: House, platform: str) -> None:
    friend = await pastes(await opened(house, platform), "01.09–24.12", "28.12–20.04")
    await friend.presses("Зберегти: 2")
    assert "не більше ніж 150 будніх днів" in friend.last
    assert await known(house) == Calendar()


@BOTH
async def test_every_picker_knows_a_year_with_breaks(house: House, platform: str) -> None:
    """What a parent is offered, month by month, is what has lessons."""
    friend = await pastes(
        await opened(house, platform),
        "30.11–04.12 Карантин",
        "24.12–10.01 Зимові канікули",
        "22.03–28.03 Весняні канікули",
    )
    await friend.presses("Зберегти: 3", "Місяць за місяцем", "✕28")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    calendar = await known(house)
    await ihor.presses("Інша дата")
    offered = ["Сьогодні", "Завтра", "Ср 25 лист.", "Чт 26 лист."]
    assert offered == ihor.labels[:4]
    await ihor.presses("Вибрати дати")
    month = date(2026, 11, 1)
    for name in ("листопад", "грудень", "січень", "лютий", "березень", "квітень"):
        if name != "листопад":
            await ihor.presses("›")
            month = (month + timedelta(days=32)).replace(day=1)
        assert name in ihor.labels
        last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        school_days = calendar.days_between(max(month, date(2026, 11, 23)), last)
        assert [label for label in ihor.labels if label.isdecimal()] == [str(day.day) for day in school_days]
    assert await house.wrongs() == []


@BOTH
async def test_who_reports_a_day_that_has_no_lessons_any_more_hears_what_it_is(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата")
    await frees(house, platform, "24.11 День вишиванки")
    await ihor.presses("Завтра")
    assert "День вишиванки, уроків немає. Виберіть, будь ласка, навчальний день." in ihor.last
    assert "Ср 25 лист." in ihor.labels
    assert await house.absences() == []


@BOTH
async def test_no_card_comes_on_a_day_that_has_become_free_and_the_absence_stands(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Завтра", "Хвороба")
    friend = await frees(house, platform, "24.11 День вишиванки")
    await ihor.says("/menu")
    await ihor.presses("Записи про відсутність", "Завтра · Оля Коваль")
    assert "День вишиванки, уроків немає." in ihor.last
    before = len(teacher.texts)
    await house.later(hours=23)  # the next morning, at 7:10
    assert len(teacher.texts) == before
    await teacher.says("/menu")
    assert "вівторок, 24 листопада: День вишиванки, уроків немає." in teacher.last
    await teacher.presses("🤒 3-Б: сьогодні")
    assert "уроків немає" in teacher.last
    assert "Оля" not in teacher.last
    shown = len(teacher.texts)
    await ihor.presses("Скасувати запис", "Назад", "Змінити причину", "Лікар")
    assert len(teacher.texts) == shown
    days = await house.facts(lambda db: db.all(select(AbsenceDay.day)))
    assert [day for (day,) in days] == [TUESDAY]
    await friend.says("/school")
    await friend.presses("Навчальні дні", "вт 24 лист. · День вишиванки", "Прибрати: уроки є")
    await teacher.says("/class")
    assert "Оля Коваль: лікар" in teacher.last
    assert await house.wrongs() == []


@BOTH
async def test_a_working_saturday_has_its_card_at_seven(house: House, platform: str) -> None:
    """Also for a child whose absence was told before that Saturday had lessons."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Вибрати дати", "27", "30", "Хвороба")
    friend = await opened(house, platform)
    await friend.presses("Місяць за місяцем", "✕28")
    await house.later(days=4, hours=6)  # Friday afternoon, with its card
    assert "п’ятниця, 27 листопада" in teacher.last
    await house.later(hours=16)
    before = len(teacher.texts)
    await house.later(hours=1)
    assert len(teacher.texts) == before + 1
    assert "субота, 28 листопада" in teacher.last
    assert "Оля Коваль: хвороба" in teacher.last
    await house.later(days=1)
    assert len(teacher.texts) == before + 1


@BOTH
async def test_a_class_teacher_may_look_but_not_change(house: House, platform: str) -> None:
    await frees(house, platform, "24.12–10.01 Зимові канікули")
    teacher = await house.teacher(platform)
    await teacher.presses("👥 3-Б: клас", "Навчальні дні")
    assert "Чт 24 грудня – нд 10 січня: Зимові канікули" in teacher.last
    assert "Змінити це може адміністратор школи: Світлана Іванівна." in teacher.last
    assert teacher.labels == ["Назад", "Головна"]


@BOTH
async def test_all_others_are_refused(house: House, platform: str) -> None:
    friend = await frees(house, platform, "24.12–10.01 Зимові канікули")
    chat = await house.chat(friend)
    before = await known(house)
    other = house.stranger(platform, "Інший Директор")
    await house.joins(other, await house.invite(Role.ADMINISTRATOR, "Інший Директор", school="Гімназія №404"))
    former = await house.administrator(platform, "Колишня Директорка")
    gone = (await house.chat(former)).person_id
    await house.app.database.write(
        lambda db: db.run(Staff.__table__.delete().where(Staff.person_id == gone))  # type: ignore[attr-defined]
    )
    others = [
        await house.teacher(platform),
        await house.guardian(platform, "Ігор", "Оля Коваль"),
        former,
        await house.stranger(platform).opens(),
    ]
    day = date(2026, 12, 24)
    links = [
        calendar.show(0),
        calendar.month(day, None),
        calendar.turn_over(day),
        calendar.one_break(day),
        calendar.remove(day),
        breaks.paste(),
        breaks.preview("25.12"),
        breaks.save("01.12 Ні"),
        public_holidays.countries(),
        public_holidays.named("Україна"),
        public_holidays.days("UA", None, 0),
        public_holidays.add("UA", (day,)),
    ]
    for link in links:
        for one in others:
            await one.forges(link)
            assert "Зимові" not in one.last
            assert "Україна" not in one.last
        await house.later(seconds=3)
    await other.forges(calendar.remove(day))
    await other.forges(breaks.save("01.12 Ні"))
    assert await known(house) == before
    assert chat.person_id is not None


@BOTH
async def test_a_forged_country_or_day_does_nothing(house: House, platform: str) -> None:
    friend = await opened(house, platform)
    for link in (
        public_holidays.days("../../etc", None, 0),
        public_holidays.add("XX", (WEDNESDAY,)),
        public_holidays.add("UA", (WEDNESDAY,)),
        calendar.turn_over(date(2031, 1, 1)),
        calendar.turn_over(date(2026, 11, 29)),
        calendar.one_break(WEDNESDAY),
        calendar.remove(WEDNESDAY),
        calendar.show(-5),
        calendar.show(99),
    ):
        await friend.forges(link)
        await house.later(seconds=6)
    assert await known(house) == Calendar()
    assert await house.wrongs() == []


@BOTH
async def test_home_tells_the_family_what_day_it_is(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await frees(house, platform, "23.11 День вишиванки")
    await ihor.says("/menu")
    assert "Сьогодні, понеділок, 23 листопада: День вишиванки, уроків немає." in ihor.last
    assert "🤒 Не буде: вт 24 лист." in ihor.labels
