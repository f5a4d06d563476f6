"""Admissions: who waits is shown on one card, and let in by a tap, turned away, or asked who they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Row, Select, select

from models.admission import JoinRequest, fitting
from models.audit import Audit, Deed
from models.consent import Consent
from models.database import Db
from models.invite import Invite, Issued, Offer, issue
from models.letter import Letter
from models.people import Child, Guardian, Person, Relation, Role
from tests.crawl.replay import BETWEEN
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def classroom(house: House, platform: str) -> Friend:
    """A teacher, and two children in the list."""
    teacher = await house.teacher(platform)
    for child in ("Оля Коваль", "Мар’яна Лис"):
        await house.invite(Role.GUARDIAN, "", child=child)
    return teacher


async def _all(asked: Select[tuple[int]], db: Db) -> Sequence[Row[tuple[int]]]:
    return await db.all(asked)


async def deeds(house: House) -> list[Deed]:
    return [deed for (deed,) in await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))]


@BOTH
async def test_by_the_classs_link_one_waits_and_is_let_in_by_a_tap(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.waits(platform, "Ігор", "коваль оля", await house.class_link())
    assert "Передано, чекає на «так» класного керівника:\n· коваль оля, 3-Б" in ihor.last
    assert "· Ігор: коваль оля" in teacher.last
    await teacher.presses("Так: Ігор")
    assert "✅ Під’єднано: Ігор · Оля Коваль." in teacher.last
    assert "Ніхто не чекає." in teacher.last
    assert "✅ Доступ підтверджено: Оля Коваль, 3-Б." in ihor.last
    await ihor.presses("🤒 Не буде сьогодні")
    assert "Яка причина?" in ihor.last
    versions = await house.facts(lambda db: db.all(select(Consent.version, Consent.platform)))
    assert [tuple(row) for row in versions] == [("klasno 1", platform)]
    assert await deeds(house) == [Deed.JOINED, Deed.ASKED_TO_JOIN, Deed.CONSENTED, Deed.LET_IN]
    assert await house.facts(lambda db: db.all(select(JoinRequest))) == []


@BOTH
async def test_three_who_wait_are_one_card(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    link = await house.class_link()
    before = len(teacher.texts)
    for name in ("Ігор", "Марія", "Степан"):
        await house.waits(platform, name, "Оля Коваль", link)
    await house.later(minutes=6)
    assert "· Ігор: Оля Коваль\n· Марія: Оля Коваль\n· Степан: Оля Коваль" in teacher.last
    assert len(teacher.texts) - before <= (1 if platform == "telegram" else 2)
    await teacher.says("/menu")
    assert "Чекають: 3" in teacher.labels
    await teacher.presses("👥 3-Б: клас", "Чекають: 3")
    await teacher.presses(next(key.token for key in teacher.keys if key.label == "Ні"), "Так, відхилити")
    assert "· Марія: Оля Коваль\n· Степан: Оля Коваль" in teacher.last


@BOTH
async def test_a_no_is_told_politely_and_keeps_nothing(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.waits(platform, "Ігорисько", "Оля Коваль", await house.class_link())
    await teacher.presses("Ні")
    assert "Відхилити цей запит?" in teacher.last
    await teacher.presses("Назад")
    assert "· Ігорисько: Оля Коваль" in teacher.last
    await teacher.presses("Ні", "Так, відхилити")
    assert "Відхилено: Ігорисько." in teacher.last
    assert "Класний керівник не підтверджує цей запит" in ihor.last
    chat = (await house.chat(ihor)).id
    told = await house.facts(lambda db: db.all(select(Letter.words).where(Letter.chat_id == chat)))
    assert "Ігорисько" not in json.dumps([words for (words,) in told], ensure_ascii=False)
    for column in (JoinRequest.id, Consent.id, Guardian.child_id):
        assert await house.facts(partial(_all, select(column))) == []
    assert (await deeds(house))[-1] is Deed.TURNED_AWAY
    await ihor.says("/menu")
    assert "Вхід за запрошенням" in ihor.last


@BOTH
async def test_who_is_that(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link())
    await teacher.presses("Хто це?")
    assert "питання надіслано" in teacher.last
    assert "класний керівник запитує, хто ви" in ihor.last
    await ihor.says("Я тато Олі,\nми вчора бачилися")
    assert "Ваша відповідь уже в класного керівника." in ihor.last
    await house.later(minutes=6)
    assert "«Я тато Олі, ми вчора бачилися»" in teacher.last
    await teacher.presses("Так: Ігор")
    assert "Доступ підтверджено" in ihor.last


@BOTH
async def test_who_has_joined_already_and_waits_for_a_second_child(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.joins(ihor, await house.class_link())
    await ihor.says("Лис Мар'яна")
    await house.goes_on(ihor, Relation.OTHER)
    assert "Передано, чекає на «так» класного керівника:\n· Лис Мар'яна, 3-Б" in ihor.last
    assert "Відкликати запит" in ihor.labels
    await teacher.presses("Хто це?")
    await ihor.presses("Відповісти")
    await ihor.says("Вітчим")
    await house.later(minutes=6)
    assert "«Вітчим»" in teacher.last
    await teacher.presses("Так: Ігор")
    await house.later(minutes=6)
    assert "Доступ підтверджено: Мар’яна Лис, 3-Б" in ihor.last
    assert len(await house.facts(lambda db: db.all(select(Guardian.child_id)))) == 2
    assert len(await house.facts(lambda db: db.all(select(Consent.id)))) == 1


@BOTH
async def test_who_is_here_takes_a_request_back_or_is_turned_away(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.joins(ihor, await house.class_link())
    await ihor.says("Лис Мар'яна")
    await house.goes_on(ihor)
    await ihor.presses("Відкликати запит")
    assert "чекає на «так»" not in ihor.last
    assert "Оля Коваль, 3-Б" in ihor.last
    await house.joins(ihor, await house.class_link())
    await ihor.says("Лис Мар'яна")
    await house.goes_on(ihor)
    await house.later(minutes=6)
    await teacher.presses("Ні", "Так, відхилити")
    await house.later(minutes=6)
    assert "Класний керівник не підтверджує цей запит" in ihor.last
    if platform == "telegram":  # where a message can be changed, home says it too
        assert not [text for text in ihor.texts if "чекає на «так»" in text]
    await ihor.says("/menu")
    assert "чекає на «так»" not in ihor.last


@BOTH
async def test_who_waits_is_told_what_to_do_meanwhile(house: House, platform: str) -> None:
    await classroom(house, platform)
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link())
    for said in ("Захар сьогодні хворий", "Захар сьогодні хворіє!", "Добрий день"):
        await ihor.says(said)
        assert "нікому не передано" in ihor.last
        assert "Поки чекаєте, повідомте школу, як досі." in ihor.last
        assert "код" not in ihor.last


@BOTH
async def test_a_name_that_fits_nobody_is_matched_by_the_teacher(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.waits(platform, "Ігор", "Олечка", await house.class_link())
    assert "(такого імені в списку немає)" in teacher.last
    assert "Коваль" not in "".join(ihor.texts)
    await teacher.presses("До якої дитини: Ігор", "Оля Коваль")
    assert "Доступ підтверджено: Оля Коваль, 3-Б" in ihor.last


@BOTH
async def test_asked_for_twice_it_waits_once_and_can_be_taken_back(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    link = await house.class_link(uses=3)
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", link)
    await ihor.says(link.code)
    await house.goes_on(ihor)
    await ihor.says("Оля Коваль")
    await house.goes_on(ihor)
    await ihor.presses("Ігор")
    assert len(await house.facts(lambda db: db.all(select(JoinRequest.id)))) == 1
    left = await house.facts(
        lambda db: db.first(select(Invite.uses_left).where(Invite.child_id.is_(None), Invite.asks))
    )
    assert left[0] == 2
    await ihor.presses("Відкликати запит")
    assert "Запит відкликано" in ihor.last
    await house.later(minutes=6)
    assert "Ніхто не чекає." in teacher.last


@BOTH
async def test_both_teachers_and_only_one_answer(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    other = await house.teacher(platform, "Ірина Львівна")
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link())
    other_key = next(key for key in other.keys if key.label == "Ні")
    await teacher.presses("Так: Ігор")
    await other.presses_raw(other_key.payload)
    assert "Ігор" not in other.last  # the card has changed under the finger, and an old button does nothing
    assert len(await house.facts(lambda db: db.all(select(Guardian.child_id)))) == 1
    assert "не підтверджує" not in "".join(ihor.texts)


async def test_a_class_without_a_teacher_waits_for_the_administrator(house: House) -> None:
    admin = await house.administrator("telegram")
    await house.invite(Role.GUARDIAN, "", child="Оля Коваль")
    await house.waits("telegram", "Ігор", "Оля Коваль", await house.class_link())
    await admin.presses("Так: Ігор")
    assert len(await house.facts(lambda db: db.all(select(Guardian.child_id)))) == 1


@BOTH
async def test_whoever_waits_sees_nothing_of_the_class(house: House, platform: str) -> None:
    """T1: every command, and every link that anybody was ever offered, shows not a byte of a child."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says("висока гарячка")
    await house.later(minutes=6)
    await teacher.presses("Враховано")
    waits = await house.waits(platform, "Хтось Чужий", "Оля", await house.class_link())
    chat = (await house.chat(waits)).id
    rows = await house.facts(lambda db: db.all(select(Letter.links).where(Letter.chat_id != chat)))
    links = {json.dumps(link): link for (links,) in rows for link in links}
    before = len(await house.facts(lambda db: db.all(select(Letter.id).where(Letter.chat_id == chat))))
    for command in house.app.book.commands:
        await waits.says(f"/{command}")
    for link in links.values():
        letter = await house.plant(waits, [link])
        house.clock.wind(BETWEEN)
        await waits.presses_raw(f"#{letter}.0")
    told = await house.facts(lambda db: db.all(select(Letter.words).where(Letter.chat_id == chat)))
    shown = json.dumps([words for (words,) in told], ensure_ascii=False)
    seen = [word for word in ("Коваль", "гарячка", "Ігор", "Олена", "вороба") if word in shown]
    answers, commands = len(told) - before, len(house.app.book.commands)
    print(f"T1 on {platform}: {len(links)} links, {commands} commands, {answers} answers, {len(seen)} leaks")
    assert seen == []
    assert answers > len(links) // 2
    assert (await house.chat(waits)).person_id is None


def test_the_same_name_in_other_words() -> None:
    children = [(1, "Коваль Оля"), (2, "Мар’яна Лис"), (3, "Оля Коваль-Бойко"), (4, "Лис Марʼяна")]
    assert fitting("оля  КОВАЛЬ", children) == [1]
    assert fitting("Лис Мар'яна", children) == [2, 4]
    assert fitting("Бойко Коваль Оля", children) == [3]
    assert fitting("Оля", children) == []


@BOTH
async def test_no_school_answers_anothers_request(house: House, platform: str) -> None:
    await classroom(house, platform)
    far = await house.teacher(platform, "Дальня", "1-А", school="Гімназія №404")
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link())
    rows = await house.facts(lambda db: db.all(select(Letter.links)))
    for link in {
        json.dumps(link): link for (links,) in rows for link in links if link[0].startswith("admissions.")
    }.values():
        letter = await house.plant(far, [link])
        await far.presses_raw(f"#{letter}.0")
        assert "Ігор" not in far.last
    assert len(await house.facts(lambda db: db.all(select(JoinRequest.id)))) == 1
    assert (await house.chat(ihor)).person_id is None
    assert len(await house.facts(lambda db: db.all(select(Person.id)))) == 2


@BOTH
async def test_who_was_not_answered_is_told_how_to_ask_again(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    hanna = await house.guardian(platform, "Ганна", "Оля Коваль")
    await house.joins(hanna, await house.class_link())
    await hanna.says("Лис Мар'яна")
    await house.goes_on(hanna, Relation.OTHER)
    ihor = await house.waits(platform, "Ігорисько", "Оля Коваль", await house.class_link())
    await house.later(days=29)
    assert "За 30 днів" not in ihor.last
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Чекають: 2")
    await house.later(days=1, hours=1)
    await house.later(seconds=4)
    for friend in (ihor, hanna):
        assert "За 30 днів відповіді на ваш запит не було" in friend.last
        assert "нове запрошення" in friend.last
    chat = (await house.chat(ihor)).id
    told = await house.facts(lambda db: db.all(select(Letter.words).where(Letter.chat_id == chat)))
    assert "Ігорисько" not in json.dumps([words for (words,) in told], ensure_ascii=False)
    assert await house.facts(lambda db: db.all(select(JoinRequest))) == []
    await house.later(minutes=6)
    assert "Ніхто не чекає." in teacher.last
    await house.joins(ihor, await house.class_link())
    assert "Як звати дитину?" in ihor.last


@BOTH
async def test_whose_child_is_here_no_more_is_not_left_waiting(house: House, platform: str) -> None:
    teacher = await classroom(house, platform)
    ihor = await house.waits(platform, "Ігор", "Оля Коваль", await house.class_link())
    by_letter = house.stranger(platform, "Марія")
    await house.joins(by_letter, await letter_of(house, "Мар’яна Лис"))
    await house.goes_on(by_letter)
    await by_letter.presses("Марія")
    assert "Мар’яна Лис, 3-Б" in by_letter.last
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Список дітей", "Мар’яна Лис", "Вибуває з класу", "Так, вибуває")
    assert "не підтверджує цей запит" in by_letter.last
    assert "не підтверджує" not in ihor.last
    await teacher.presses("Оля Коваль", "Що відомо", "Стерти дані дитини", "Так, стерти дані")
    assert "не підтверджує цей запит" in ihor.last
    assert await house.facts(lambda db: db.all(select(JoinRequest))) == []


async def letter_of(house: House, child: str) -> Issued:
    """A child's letter by which one asks to be let in."""

    async def write(db: Db) -> Issued:
        row = await db.first(select(Child.id, Child.school_id).where(Child.name == child))
        assert row is not None
        return await issue(db, Offer(row[1], Role.GUARDIAN, child_id=row[0], asks=True), house.clock.now())

    return await house.app.database.write(write)
