"""What comes when: announcements at once, in the day's digest, or to another guardian of the child."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from handlers import reports
from models.announcement import Ask
from models.letter import Kind
from models.people import Role
from tests.house import KYIV, Friend, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT, OTHER = "Завтра екскурсія до музею.", "У четвер батьківські збори."


async def until(house: House, year: int, month: int, day: int, hour: int, minute: int) -> None:
    then = datetime(year, month, day, hour, minute, tzinfo=KYIV)
    await house.later(seconds=(then - house.clock.now()).total_seconds())


async def wishes(friend: Friend, *labels: str) -> None:
    await friend.says("/settings")
    await friend.presses("Що коли приходить", *labels)


def fresh(friend: Friend, before: list[str]) -> list[str]:
    return friend.texts[len(before) :]


@BOTH
@pytest.mark.parametrize(
    ("language", "labels", "said"),
    [
        ("uk", ("Що коли приходить", "Оголошення"), "Термінові завжди приходять одразу."),
        ("ru", ("Что когда приходит", "Объявления"), "Срочные всегда приходят сразу."),
        ("en", ("What comes when", "Announcements"), "Urgent ones come to you at once in any case."),
    ],
)
async def test_what_can_be_wished_for_is_said(
    house: House, platform: str, language: str, labels: tuple[str, str], said: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", language=language)
    await ihor.says("/settings")
    await ihor.presses(*labels)
    assert said in ihor.last


@BOTH
async def test_of_two_guardians_one_leaves_them_to_the_other(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian(platform, "Ірина", "Оля Коваль")
    await wishes(ihor, "Оголошення", "Іншому з родини")
    assert "✅ Оголошення: іншому з родини." in ihor.last
    before = ihor.texts
    await announced(teacher, TEXT, asks=Ask.READ)
    assert fresh(ihor, before) == []
    assert TEXT in iryna.last
    await announced(teacher, "Школа завтра зачинена!", kind=Kind.URGENT)
    assert "Школа завтра зачинена!" in ihor.last, "what is urgent spares nobody"
    await ihor.says("/menu")
    await ihor.presses("📣 Оголошення: 1 чекає", "● 23.11 · Завтра екскурсія до муз…")
    assert TEXT in ihor.last, "it can be read all the same"
    await iryna.blocks()
    await announced(teacher, OTHER)
    assert OTHER in ihor.last, "where nobody else can have it, it comes"


@BOTH
async def test_where_both_leave_it_to_the_other_it_comes_to_both(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian("telegram", "Ірина", "Оля Коваль")
    for friend in (ihor, iryna):
        await wishes(friend, "Оголошення", "Іншому з родини")
    await announced(teacher, TEXT)
    assert TEXT in ihor.last
    assert TEXT in iryna.last


@BOTH
async def test_several_small_things_of_two_classes_come_as_one(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    another = await house.teacher("telegram", "Марія Іванівна", "4-А")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.joins(ihor, await house.invite(Role.GUARDIAN, "Ігор", "4-А", "Марко Коваль"))
    before = ihor.texts
    await announced(teacher, TEXT, kind=Kind.DIGEST)
    await announced(teacher, "Принесіть зошити.", kind=Kind.DIGEST)
    await announced(another, OTHER, kind=Kind.DIGEST, classes=["4-А"])
    await until(house, 2026, 11, 23, 17, 59)
    assert fresh(ihor, before) == []
    await until(house, 2026, 11, 23, 18, 0)
    (digest,) = fresh(ihor, before)
    for said in (TEXT, "Принесіть зошити.", OTHER, "Стосується: Оля Коваль", "Стосується: Марко Коваль"):
        assert said in digest
    await ihor.presses("📣 4-А · Марія Іванівна")
    assert OTHER in ihor.last
    assert TEXT not in ihor.last
    await until(house, 2026, 11, 25, 18, 1)
    assert len(fresh(ihor, before)) == 2, "nothing when there is nothing"


@BOTH
async def test_one_thing_has_its_own_buttons_at_once(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await wishes(ihor, "Година дайджесту: 18:00", "12")
    before = ihor.texts
    await announced(teacher, TEXT, asks=Ask.READ)
    await until(house, 2026, 11, 23, 12, 0)
    (digest,) = fresh(ihor, before)
    assert "Дайджест дня" in digest
    await ihor.presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in ihor.last
    if platform == "telegram":
        assert "✅ Підтверджено: прочитано." in fresh(ihor, before)[0], "the digest itself says so as well"


async def test_one_thing_is_answered_in_its_place(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    before = ihor.texts
    post = await announced(teacher, TEXT, kind=Kind.DIGEST, asks=Ask.COMING)
    await until(house, 2026, 11, 23, 18, 0)
    for label, said in (
        ("Буду", "✅ Буду, разом: 1"),
        ("3", "✅ Буду, разом: 3"),
        ("Не зможу", "Відповідь: не"),
    ):
        await ihor.presses(label)
        (digest,) = fresh(ihor, before)
        assert "Дайджест дня" in digest
        assert said in digest
    await teacher.forges(reports.card(post))
    assert "Відповіли: 1" in teacher.last
    await ihor.presses("✉️ Запитати")
    assert len(fresh(ihor, before)) == 2


@BOTH
async def test_what_is_urgent_waits_for_no_digest(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await until(house, 2026, 11, 23, 23, 0)
    await announced(teacher, TEXT, kind=Kind.URGENT)
    assert TEXT in ihor.last


@BOTH
async def test_quiet_hours_hold_a_digest(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await wishes(ihor, "Година дайджесту: 18:00", "22")
    before = ihor.texts
    await announced(teacher, TEXT)
    await until(house, 2026, 11, 24, 6, 59)
    assert fresh(ihor, before) == []
    await until(house, 2026, 11, 24, 7, 0)
    assert len(fresh(ihor, before)) == 1
    await until(house, 2026, 11, 24, 22, 30)
    assert len(fresh(ihor, before)) == 1


@BOTH
@pytest.mark.parametrize("night", [(2026, 10, 25), (2027, 3, 28)])
async def test_in_the_night_when_the_clock_is_set_it_comes_once(
    house: House, platform: str, night: tuple[int, int, int]
) -> None:
    """Three o'clock comes twice in autumn, and not at all in spring."""
    year, month, day = night
    house.clock.wind(datetime(year, month, day, tzinfo=KYIV) - timedelta(hours=10) - house.clock.now())
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.says("/settings")
    await ihor.presses("Тихі години", "Без тихих годин")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await wishes(ihor, "Година дайджесту: 18:00", "3")
    before = ihor.texts
    await announced(teacher, TEXT)
    for _half_hour in range(40):
        await house.later(minutes=30)
    assert len(fresh(ihor, before)) == 1


@BOTH
async def test_another_hour_makes_no_second_digest_and_loses_nothing(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await announced(teacher, TEXT)
    await until(house, 2026, 11, 23, 12, 0)
    await wishes(ihor, "Година дайджесту: 18:00", "10")
    await announced(teacher, OTHER)
    before = ihor.texts
    await until(house, 2026, 11, 24, 10, 0)
    (digest,) = fresh(ihor, before)
    assert TEXT in digest
    assert OTHER in digest
    await wishes(ihor, "Година дайджесту: 10:00", "18")
    await announced(teacher, "Принесіть зошити.")
    before = ihor.texts
    await until(house, 2026, 11, 25, 18, 1)
    (digest,) = fresh(ihor, before)
    assert "Принесіть зошити." in digest
    assert TEXT not in digest


@BOTH
async def test_what_comes_after_the_days_digest_has_gone_is_in_the_next(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await wishes(ihor, "Оголошення", "У дайджесті дня")
    await wishes(ihor, "Година дайджесту: 18:00", "10")
    await announced(teacher, TEXT)
    await until(house, 2026, 11, 23, 10, 0)
    assert TEXT in ihor.last
    await wishes(ihor, "Година дайджесту: 10:00", "18")
    before = ihor.texts
    await announced(teacher, OTHER)
    await until(house, 2026, 11, 23, 18, 1)
    assert fresh(ihor, before) == [], "one digest a day"
    await until(house, 2026, 11, 24, 18, 1)
    (digest,) = fresh(ihor, before)
    assert OTHER in digest
    assert TEXT not in digest
