"""Announcements and those whose they are not, or not any more: what was theirs yesterday tells them nothing today."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession
from sqlalchemy import delete, select, update

from handlers import announcements, asking, compose, media, preview, questions, recent
from models.announcement import Announcement, AnnouncementMedium, Ask, Stage
from models.people import Child, Role, Staff, give_role
from models.question import Question
from sandbox.samples import PHOTOS, sample
from tests.house import Friend, House
from tests.stories.announced import announced
from tests.stories.test_quiet_hours import until

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею."
ASKED = "О котрій повертаємось?"


async def loses(house: House, teacher: Friend, school_class: str) -> None:
    """The class is not this teacher's any more."""
    person, id_ = (await house.chat(teacher)).person_id, await house.class_of(school_class)
    ends = delete(Staff).where(Staff.person_id == person, Staff.class_id == id_)
    await house.app.database.write(lambda db: db.run(ends))


async def first_question(house: House) -> int:
    (id_,) = await house.facts(lambda db: db.first(select(Question.id).order_by(Question.id.desc())))
    return int(id_)


@BOTH
@pytest.mark.parametrize("how", ["taken", "substitute"])
async def test_whoever_has_another_class_by_now_is_asked_nothing(
    house: House, platform: str, how: str
) -> None:
    author = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    anna = await house.guardian("telegram", "Анна", "Марко Лис", school_class="4-А")
    post = await announced(author, TEXT, classes=["3-Б", "4-А"])
    await ihor.says("Перше")
    assert "«Перше»" in author.last
    person, id_ = (await house.chat(author)).person_id, await house.class_of("3-Б")
    if how == "taken":
        await loses(house, author, "3-Б")
    else:
        here = (Staff.person_id == person, Staff.class_id == id_)
        ends = update(Staff).where(*here).values(until=house.clock.now().date())
        await house.app.database.write(lambda db: db.run(ends))
        await until(house, 24, 9)
    heir = await house.teacher("telegram", "Ірина Львівна")
    before = len(author.texts)
    await ihor.says("/menu")
    await ihor.forges(asking.write(post))
    assert "Ірина Львівна" in ihor.last
    assert "Олена Петрівна" not in ihor.last
    await ihor.says(ASKED)
    assert f"«{ASKED}»" in heir.last
    assert "«Перше»" in heir.last
    for link in (questions.card(post), questions.reply(await first_question(house)), questions.waiting()):
        await author.forges(link)
    await author.says("/menu")
    seen = "".join(author.texts[before:])
    assert ASKED not in seen
    assert "Оля Коваль" not in seen
    assert not [label for label in author.labels if "✉️" in label]
    await anna.forges(asking.write(post))
    await anna.says("А ми?")
    await house.later(minutes=6)  # Viber gathers news
    assert "«А ми?»" in author.last, "of the class that is theirs still, she answers"
    assert "Оля Коваль" not in author.last


async def photographed(teacher: Friend, *, to: int) -> int:
    """Announce three photos; returns the announcement."""
    await teacher.sends_album([(name, sample(name)) for name in PHOTOS[:3]], TEXT)
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати", f"Надіслати: {to}")
    await teacher.house.later(seconds=12)
    (id_,) = await teacher.house.facts(lambda db: db.first(select(Announcement.id)))
    return int(id_)


@BOTH
async def test_photos_of_what_was_taken_back_are_given_to_no_family(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await photographed(teacher, to=1)
    mine = AnnouncementMedium.announcement_id == post
    rows = await house.facts(lambda db: db.all(select(AnnouncementMedium.medium_id).where(mine)))
    links = [media.one(post, medium).packed() for (medium,) in rows]
    chat = (await house.chat(ihor)).id
    addresses = [house.app.addresses.of(chat, link, ".jpg", house.clock.now()) for link in (links[0], links)]

    async def statuses() -> list[int]:
        found = []
        async with ClientSession() as session:
            for address in addresses:
                assert address is not None
                async with session.get(address) as answer:
                    found.append(answer.status)
        return found

    had = len(ihor.files)
    assert await statuses() == [200, 200]
    await teacher.presses("Відкликати", "Так, відкликати")
    assert await statuses() == [404, 404]
    if platform == "viber":
        await ihor.presses("Усі фото: 3")
    await ihor.forges(media.every(post))
    assert len(ihor.files) <= had
    assert "Це оголошення відкликано." in ihor.last


@BOTH
async def test_a_question_does_not_show_what_was_taken_back(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await announced(teacher, TEXT)
    await ihor.forges(asking.write(post))
    await ihor.says(ASKED)
    await house.app.database.write(
        lambda db: db.run(update(Announcement).values(stage=Stage.RECALLED, recalled_at=house.clock.now()))
    )
    await ihor.forges(asking.asked(await first_question(house)))
    assert ASKED in ihor.last
    assert TEXT not in ihor.last


@BOTH
async def test_what_came_with_a_digest_is_not_stopped(house: House, platform: str) -> None:
    teacher = await house.teacher("viber")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Вид", "У дайджесті дня", "Переглянути й надіслати", "Надіслати: 1")
    await house.later(seconds=5)
    await until(house, 23, 18, 1)
    assert TEXT in ihor.last
    (post,) = await house.facts(lambda db: db.first(select(Announcement.id)))
    await teacher.forges(preview.stop(post))
    assert "Зупинити вже пізно" in teacher.last
    assert await house.facts(lambda db: db.all(select(Announcement.stage))) == [(Stage.SENT,)]


@BOTH
async def test_only_who_may_take_it_back_may_stop_it(house: House, platform: str) -> None:
    head = await house.administrator("telegram")
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await house.guardian("telegram", "Анна", "Марко Лис", school_class="4-А")
    await head.says("/announce")
    await head.says(TEXT)
    await head.presses("Кому", "☐ Уся школа", "Готово", "Переглянути й надіслати", "Надіслати: 2")
    (post,) = await house.facts(lambda db: db.first(select(Announcement.id)))
    await teacher.forges(preview.stop(post))
    await house.later(seconds=12)
    assert TEXT in ihor.last


@BOTH
async def test_what_a_colleague_has_written_is_not_taken_for_ones_own(house: House, platform: str) -> None:
    head = await house.administrator("telegram")
    teacher = await house.teacher(platform)
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    post = await announced(head, TEXT)
    await teacher.forges(compose.again(post))
    assert TEXT not in teacher.last
    assert len(await house.facts(lambda db: db.all(select(Announcement.id)))) == 1


@BOTH
async def test_no_photos_names_nobody_of_a_class_that_is_not_theirs(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    await house.guardian("telegram", "Анна", "Марко Лис", school_class="4-А")
    await house.app.database.write(lambda db: db.run(update(Child).values(no_photos=True)))
    await announced(teacher, "Прошу підтвердити.", classes=["3-Б", "4-А"], asks=Ask.READ)
    await loses(house, teacher, "4-А")
    await teacher.says("/menu")
    await teacher.sends_album([(name, sample(name)) for name in PHOTOS[:2]], TEXT)
    await teacher.presses("📣 Оголосити", "Кому", "☑ 3-Б: усі родини", "☐ Хто не відповів")
    await teacher.presses("☐ Прошу підтвердити. · 1", "Готово", "Переглянути й надіслати")
    assert "📷 Без фото: Оля Коваль." in teacher.last
    assert "Марко Лис" not in teacher.last


@BOTH
async def test_children_of_other_classes_are_not_named(house: House, platform: str) -> None:
    author = await house.teacher("telegram", "Олена Петрівна", "3-Б", "4-А")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    await house.guardian("telegram", "Анна", "Марко Лис", school_class="4-А")
    await author.says("/announce")
    await author.says(TEXT)
    await author.presses("Кому", "Окремі родини", "3-Б", "☐ Оля Коваль", "Інший клас", "4-А", "☐ Марко Лис")
    await author.presses("Готово", "Готово", "Коли", "Завтра о 8:00")
    await author.presses("Переглянути й надіслати", "Запланувати: 2")
    await loses(house, author, "4-А")
    await author.says("/announce")
    await author.presses(next(label for label in author.labels if label.startswith("Чекає: ")))
    assert "Оля Коваль" in author.last
    assert "Марко Лис" not in author.last
    await loses(house, author, "3-Б")
    heir = await house.teacher(platform, "Ірина Львівна")
    await until(house, 24, 8, 1)
    assert f"«{TEXT}»" in heir.last
    assert "Марко Лис" not in heir.last


@BOTH
async def test_what_is_for_the_committee_is_nothing_to_who_has_left_it(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    iryna = await house.guardian(platform, "Ірина", "Тарас Бондар")
    olha = await house.guardian(platform, "Ольга", "Лев Гук")
    school_class = await house.class_of("3-Б")
    members = [(await house.chat(friend)).person_id for friend in (iryna, olha)]
    for person in members:
        assert person is not None
        await house.app.database.write(
            lambda db, person=person: give_role(db, 1, person, Role.COMMITTEE, school_class)  # type: ignore[misc]
        )
    await until(house, 23, 21)
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Кому", "☑ 3-Б: усі родини", "☐ Батьківський комітет", "Готово")
    await teacher.presses("Переглянути й надіслати", "Надіслати: 2")
    await house.later(seconds=15)
    await teacher.says("/menu")
    await teacher.presses(
        "👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 2", "✅ Тарас Бондар", "Ірина", "Вивести з комітету"
    )
    await until(house, 24, 7, 30)
    assert TEXT in olha.last
    (post,) = await house.facts(lambda db: db.first(select(Announcement.id)))
    for link in (announcements.show(post), recent.page(0), recent.look(post), asking.write(post)):
        await iryna.forges(link)
        assert TEXT not in iryna.last
        assert not [label for label in iryna.labels if "Завтра" in label]
    assert TEXT not in "".join(iryna.texts)
