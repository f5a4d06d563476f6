"""A teacher says something once, and every family has it, on its messenger and in its language of menus."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import announcements, audience, compose, planning, polling, preview, timing
from models.announcement import Ask, post_of
from models.letter import Kind
from tests.databases import both_databases
from tests.house import House
from tests.stories.announced import sees_who_has_it

pytestmark = both_databases  # a broadcast writes with statements of its own
BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею. Збір о 9:00 біля школи."


@BOTH
async def test_once_it_has_gone_its_author_sees_what_became_of_it(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Оля Коваль")
    await teacher.says("Завтра екскурсія до музею")
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати", "Надіслати: 1")
    assert "Зупинити" in teacher.labels
    for _second in range(15):
        await house.later(seconds=1)
    if platform == "telegram":
        assert "Зупинити" not in teacher.labels
        assert "Надіслано: 1" in teacher.last
    else:
        await teacher.presses("Зупинити")
        assert "Зупинити вже пізно" in teacher.last
        assert "Доставлено: 1" in teacher.last


@BOTH
async def test_what_is_written_to_the_bot_is_announced(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар", language="ru")
    await teacher.says(TEXT)
    assert "Що з цим зробити?" in teacher.last
    await teacher.presses("📣 Оголосити")
    assert "Кому: 3-Б" in teacher.last
    await teacher.presses("Відповідь", "«Прочитано»")
    await teacher.presses("Переглянути й надіслати")
    assert TEXT in teacher.texts[-2]
    assert "Отримають 2 людини." in teacher.last
    await teacher.presses("Надіслати: 2")
    assert TEXT not in ihor.last
    await house.later(seconds=11)
    for guardian in (ihor, iryna):
        assert TEXT in guardian.last
        assert "📣 3-Б · Олена Петрівна" in guardian.last
    await ihor.presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in ihor.last
    await sees_who_has_it(teacher)
    assert "Підтверджено: 1" in teacher.last
    await iryna.presses("Прочитано")
    assert "✅ Подтверждено: прочитано." in iryna.last


@BOTH
async def test_it_is_stopped_within_ten_seconds(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    before = ihor.texts
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Переглянути й надіслати", "Надіслати: 1", "Зупинити")
    assert "Зупинено: ніхто нічого не отримав." in teacher.last
    await house.later(minutes=5)
    assert ihor.texts == before
    await teacher.presses("Переглянути й надіслати", "Надіслати: 1")
    await house.later(seconds=20)
    assert TEXT in ihor.last
    assert len(ihor.texts) == len(before) + 1


@BOTH
async def test_a_draft_is_its_authors_alone(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    hanna = await house.teacher(platform, "Ганна Львівна", "4-А")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    draft = await house.facts(lambda db: post_of(db, 1))
    links = [
        *(step(1) for step in (compose.hub, compose.what_now, compose.text, compose.kind, compose.asks)),
        *(step(1) for step in (preview.show, preview.ready, preview.send, preview.sending, preview.stop)),
        *(compose.keep_kind(1, Kind.URGENT), compose.keep_asks(1, Ask.READ), compose.again(1)),
        *(compose.throw_away(1), announcements.show(1), announcements.read(1)),
        *(
            audience.choose(1),
            audience.tick(1, 1, None),
            audience.silent(1),
            audience.clear(1),
            audience.all_classes(1),
        ),
        *(
            step(1)
            for step in (planning.when, planning.planned, planning.look, planning.unplan, planning.change_it)
        ),
        *(planning.missed(1, planning.Why.LATE), planning.left(1), planning.take_over(1), planning.drop(1)),
        *(
            timing.tomorrow(1, timing.What.SEND, 8),
            timing.keep(1, timing.What.CLOSE, date(2026, 11, 25), 8, 0),
        ),
        *(step(1) for step in (polling.show, polling.options, polling.turn_several, polling.turn_hidden)),
        *(polling.closing(1), polling.never(1)),
    ]
    for friend in (ihor, hanna):
        for link in links:
            await house.later(seconds=6)
            await friend.forges(link)
            assert TEXT not in " ".join(friend.texts), link
    assert await house.facts(lambda db: post_of(db, 1)) == draft
