"""Consent: what is asked, what a no leaves behind, and what a yes is kept with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Row, Select, func, select

from models.admission import JoinRequest
from models.audit import Audit, Deed
from models.base import Base
from models.chat import Chat
from models.consent import Consent, write_text
from models.database import Db
from models.people import Person, Relation, Role
from tests.house import MONDAY, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def everything(db: Db) -> str:
    """All that is stored anywhere, as text."""
    rows = [await db.all(select(table)) for table in Base.metadata.sorted_tables]
    return json.dumps([[tuple(row) for row in of] for of in rows], ensure_ascii=False, default=str)


async def _all(asked: Select[tuple[int]], db: Db) -> Sequence[Row[tuple[int]]]:
    return await db.all(asked)


async def consents(house: House) -> list[tuple[str, str, str]]:
    asked = select(Consent.version, Consent.language, Consent.platform, Consent.at).order_by(Consent.id)
    rows = await house.facts(lambda db: db.all(asked))
    assert all(MONDAY <= at <= house.clock.now() for *_rest, at in rows)
    return [(version, language, platform) for version, language, platform, _at in rows]


@BOTH
@pytest.mark.parametrize(
    ("language", "agree", "words"),
    [
        ("uk", "Даю згоду", ["Що зберігається", "Навіщо", "Хто бачить", "Як довго", "Відкликати", "Viber"]),
        ("ru", "Даю согласие", ["Что хранится", "Зачем", "Кто видит", "Как долго", "Отозвать", "Viber"]),
        ("en", "I agree", ["Kept", "Why", "Who sees", "How long", "take it back", "Viber"]),
    ],
)
async def test_the_text_is_asked_in_ones_own_language_and_kept_with_the_person(
    house: House, platform: str, language: str, agree: str, words: list[str]
) -> None:
    friend = house.stranger(platform, "Ігор", language)
    await friend.opens((await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")).token)
    if platform == "viber":
        await friend.presses(friend.labels[0])
    assert [word for word in words if word not in friend.last] == []
    assert len(friend.last.splitlines()) <= 12
    assert agree in friend.labels
    before = len(await consents(house))
    await house.goes_on(friend, Relation.MOTHER)
    assert (await consents(house))[before:] == [("klasno 1", language, platform)]
    deeds = await house.facts(lambda db: db.all(select(Audit.deed, Audit.about_person)))
    person = (await house.chat(friend)).person_id
    assert {(Deed.CONSENTED, person), (Deed.JOINED, person)} <= {tuple(row) for row in deeds}


@BOTH
async def test_a_no_leaves_nothing_behind(house: House, platform: str) -> None:
    link = await house.class_link()
    friend = house.stranger(platform, "Пилипко")
    await friend.opens(link.token)
    if platform == "viber":
        await friend.presses("Приєднатися")
    await friend.presses("Даю згоду")
    await friend.says("Оля Коваленко")
    await friend.presses("Тато")
    assert "Пилипко" in friend.labels  # the messenger's own name, to be tapped
    await friend.presses("Не даю згоди")
    assert "Про це нікому не повідомлено" in friend.last
    kept = await house.facts(everything)
    for trace in ("Пилипко", "Коваленко", "father"):
        assert trace not in kept
    for id_ in (Person.id, JoinRequest.id, Consent.id):
        assert await house.facts(partial(_all, select(id_))) == []
    await house.later(hours=23)
    assert len(await house.facts(lambda db: db.all(select(Chat.id)))) == 1
    await house.later(hours=2)
    assert await house.facts(lambda db: db.all(select(Chat.id))) == []
    await friend.says(link.code)
    await house.goes_on(friend)
    assert "Як звати дитину?" in friend.last  # whoever changes their mind can


@BOTH
async def test_a_schools_own_text_is_asked_for_and_once(house: House, platform: str) -> None:
    admin = await house.administrator(platform)
    school = (await house.facts(lambda db: db.first(select(Person.school_id))))[0]
    first = await house.guardian(platform, "Ігор", "Оля Коваль", language="ru")
    await house.app.database.write(lambda db: write_text(db, school, "Лише за згодою.", house.clock.now()))
    await first.opens((await house.invite(Role.GUARDIAN, "Ігор", child="Іван Коваль")).token)
    if "Присоединиться" in first.labels:
        await first.presses("Присоединиться")
    assert "Лише за згодою." in first.last
    await house.goes_on(first)
    await first.opens((await house.invite(Role.GUARDIAN, "Ігор", child="Яна Коваль")).token)
    if "Присоединиться" in first.labels:
        await first.presses("Присоединиться")
    assert "Яна Коваль: кем вы приходитесь ребёнку?" in first.last
    await house.goes_on(first)
    versions = [(version, language) for version, language, _platform in await consents(house)]
    assert versions == [("klasno 1", "ru"), ("school 1", "uk")]  # the language of the text that was shown
    assert "адміністратор" in admin.last


@BOTH
async def test_a_text_that_changes_under_ones_finger_is_read_again(house: House, platform: str) -> None:
    friend = house.stranger(platform)
    await friend.opens((await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")).token)
    if platform == "viber":
        await friend.presses("Приєднатися")
    await house.app.database.write(lambda db: write_text(db, 1, "Новий текст.", house.clock.now()))
    await friend.presses("Даю згоду")
    assert "Текст тим часом змінився" in friend.last
    assert "Новий текст." in friend.last
    await house.goes_on(friend)
    assert [version for version, *_rest in await consents(house)] == ["school 1"]


@BOTH
@pytest.mark.parametrize("typed", ["", "?!", "а" * 61, "12345"])
async def test_what_is_no_name_is_asked_again(house: House, platform: str, typed: str) -> None:
    friend = house.stranger(platform, "Ігор")
    await house.joins(friend, await house.class_link())
    await friend.says("Оля Коваль")
    await friend.presses("Мама")
    if typed:
        await friend.says(typed)
        assert "ім’я літерами, до 60 знаків" in friend.last
    await friend.says("  Олена \u202e Іванівна ")
    asked = await house.facts(lambda db: db.all(select(JoinRequest.name, JoinRequest.relation)))
    assert [tuple(row) for row in asked] == [("Олена Іванівна", Relation.MOTHER)]


async def test_staff_are_asked_for_a_name_where_the_invitation_has_none(house: House) -> None:
    friend = house.stranger("telegram", "Олена")
    await friend.opens((await house.invite(Role.CLASS_TEACHER, "")).token)
    assert "Вітаємо! Це Класно, чат-бот шкільного класу." in friend.last
    assert "Як вас звати? Це ім’я бачитимуть колеги й родини." in friend.last
    await friend.says("Олена Петрівна")
    assert "Вітаємо! Олена Петрівна: 3-Б, класний керівник." in friend.last
    assert (await house.facts(lambda db: db.first(select(func.count()).select_from(Consent))))[0] == 0
