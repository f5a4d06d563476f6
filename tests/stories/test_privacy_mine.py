"""What is known about me: a short screen, and files with all of it and nothing of anybody else."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from sqlalchemy import select, update

from handlers import children, families, privacy
from models.announcement import Ask
from models.audit import Audit, Deed
from models.people import Child, Guardian
from models.retention import Days
from tests.databases import both_databases
from tests.house import Friend, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
OTHER, OTHER_WORDS = "Канарка Ганна", "Канарка: секрет Ганни"
FAMILY, THEIR_CHILD = "Канарка Чужа Мама", "Канарка Чужа Дитина"
FAR, FAR_CHILD = "Канарка Далека", "Канарка Далека Дитина"
CANARIES = (OTHER, OTHER_WORDS, FAMILY, THEIR_CHILD, FAR, FAR_CHILD, "Канарка")
WORDS = "Мої слова: кашель"


async def a_school(house: House, platform: str) -> tuple[Friend, Friend]:
    """Ігор and the teacher, among another guardian of his child, another family and another school."""
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    hanna = await house.guardian(platform, OTHER, "Оля Коваль")
    mother = await house.guardian(platform, FAMILY, THEIR_CHILD)
    await house.teacher(platform, FAR, school="Гімназія Канарка")
    await mother.presses("🤒 Не буде сьогодні", "Лікар")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says(WORDS)
    await hanna.says("/menu")
    await hanna.presses("Записи про відсутність")
    await hanna.presses(next(label for label in hanna.labels if "Оля" in label), "Додати кілька слів")
    await hanna.says(OTHER_WORDS)
    await teacher.says("/class")
    assert OTHER_WORDS in teacher.last
    await teacher.presses("Враховано")
    return ihor, teacher


def as_json(files: list[tuple[str, bytes]]) -> Any:
    return json.loads(next(data for name, data in files if name.endswith(".json")))


def as_text(files: list[tuple[str, bytes]]) -> str:
    data = next(data for name, data in files if name.endswith(".txt"))
    assert data.startswith(b"\xef\xbb\xbf")
    return data.decode("utf-8-sig")


@BOTH
async def test_all_of_mine_and_nothing_of_others(house: House, platform: str) -> None:
    ihor, _teacher = await a_school(house, platform)
    before = time.monotonic()
    await ihor.says("/mydata")
    assert "Ім’я: Ігор" in ihor.last
    assert "1 запис про відсутність; зберігається ще 31 день після навчального року" in ihor.last
    assert f"зберігається {Days().letters} днів" in ihor.last
    assert "класний керівник; адміністратор – без причин відсутності" in ihor.last
    await ihor.presses("Усе файлами")
    await house.settled(60)
    took = time.monotonic() - before
    print(f"what is known about me: {took:.1f} s on {platform}")
    assert took < 60
    assert sorted(name for name, _data in ihor.files) == ["Про мене.json", "Про мене.txt"]
    facts, text = as_json(ihor.files), as_text(ihor.files)
    assert facts["name"] == "Ігор"
    assert [one["name"] for one in facts["children"]] == ["Оля Коваль"]
    assert [one["messenger"] for one in facts["chats"]] == [platform]
    assert [one["reason"] for one in facts["absences"]] == ["illness"]
    assert [one["words"] for one in facts["words"]] == [WORDS]
    assert any("✅ Записано: Оля Коваль" in (one["text"] or "") for one in facts["letters"])
    captions = ihor.last if platform == "viber" else "\n".join(ihor.texts)
    assert "Про мене.txt: для читання" in captions
    assert "Про мене.json: для комп’ютера" in captions
    for part in ("Ігор", "Оля Коваль", "хвороба", WORDS, "✅ Записано", "листопада 2026, 8:10"):
        assert part in text
    for canary in CANARIES:
        assert canary not in text
        assert canary not in json.dumps(facts, ensure_ascii=False)
    rows = await house.facts(lambda db: db.all(select(Audit.deed)))
    assert Deed.EXPORTED in {deed for (deed,) in rows}


@BOTH
async def test_a_childs_file_for_its_guardian_its_teacher_and_an_administrator(
    house: House, platform: str
) -> None:
    ihor, teacher = await a_school(house, platform)
    administrator = await house.administrator(platform)
    child = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == "Оля Коваль"))))[0]
    for friend in (ihor, teacher, administrator):
        await friend.forges(privacy.child(child))
        await friend.presses("Усе файлами")
        await house.settled(60)
        facts, text = as_json(friend.files), as_text(friend.files)
        for canary in CANARIES:
            assert canary not in text + json.dumps(facts, ensure_ascii=False)
        assert facts.get("guardians") == (None if friend is ihor else 2), "no word of the other home"
        assert ("2 дорослі" in "".join(friend.texts)) is (friend is not ihor)
        assert [one.get("reason") for one in facts["absences"]] == [
            None if friend is administrator else "illness"
        ]
        assert [one["words"] for one in facts["words"]] == ([WORDS] if friend is ihor else [])
        assert ("хвороба" in text) is (friend is not administrator)


@BOTH
async def test_a_teachers_file_has_no_letters_about_other_peoples_children(
    house: House, platform: str
) -> None:
    _ihor, teacher = await a_school(house, platform)
    await teacher.says("/mydata")
    await teacher.presses("Усе файлами")
    await house.settled(60)
    facts, text = as_json(teacher.files), as_text(teacher.files)
    assert facts["letters"]
    assert {one["text"] for one in facts["letters"]} == {None}
    for canary in (*CANARIES, "Оля", "Ігор"):
        assert canary not in text


@BOTH
async def test_what_was_said_before_a_right_ended_is_not_in_it(house: House, platform: str) -> None:
    ihor, teacher = await a_school(house, platform)
    child = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == "Оля Коваль"))))[0]
    person = (await house.chat(ihor)).person_id

    async def end(db: Any) -> None:
        from models.audit import record

        await db.run(update(Guardian).where(Guardian.person_id == person).values(sees=False))
        await record(db, 1, None, Deed.RIGHTS_CHANGED, house.clock.now(), person=person, child=child)

    await house.app.database.write(end)
    await house.later(seconds=3)
    await ihor.says("/mydata")
    await ihor.presses("Усе файлами")
    await house.settled(60)
    facts = as_json(ihor.files)
    assert not [one for one in facts["letters"] if "Оля" in (one["text"] or "")]
    assert teacher.files == []


@BOTH
async def test_who_is_no_guardian_any_more_is_told_no_news_of_the_child(house: House, platform: str) -> None:
    """T5: the words are one's own; what the child is called since, and when it is away, is not."""
    ihor, teacher = await a_school(house, platform)
    me = (await house.chat(ihor)).person_id
    assert me is not None
    await teacher.forges(families.end(1, me))
    await teacher.forges(children.naming(1))
    await teacher.says("Канарка Нова")
    await ihor.says("/mydata")
    await ihor.presses("Усе файлами")
    await house.settled(60)
    facts, text = as_json(ihor.files), as_text(ihor.files)
    assert [one["words"] for one in facts["words"]] == [WORDS]
    assert WORDS in text
    for part in ("Канарка", "Оля"):
        assert part not in text + json.dumps(facts, ensure_ascii=False)


@BOTH
async def test_nobody_else_gets_it(house: House, platform: str) -> None:
    await a_school(house, platform)
    far = await house.teacher(platform, "Дальній Учитель", "11-Ю")
    stranger = await house.stranger(platform).opens()
    child = (await house.facts(lambda db: db.first(select(Child.id).where(Child.name == "Оля Коваль"))))[0]
    for other in (far, stranger):
        for link in (privacy.child(child), privacy.send_child(child)):
            await other.forges(link)
            assert "Оля" not in other.last
        assert other.files == []
    await stranger.forges(privacy.send())
    assert stranger.files == []


@both_databases
async def test_between_the_walls_of_postgresql_too(house: House) -> None:
    ihor, _teacher = await a_school(house, "telegram")
    await ihor.says("/mydata")
    await ihor.presses("Усе файлами")
    await house.settled(60)
    assert as_json(ihor.files)["name"] == "Ігор"


@BOTH
async def test_the_staff_are_told_of_no_children(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.says("/mydata")
    assert "Хто це бачить: адміністратори школи" in teacher.last
    for word in ("запис", "примітк", "ваших дітей"):
        assert word not in teacher.last


@BOTH
async def test_what_was_said_to_announcements_is_mine_to_have(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    hanna = await house.guardian(platform, OTHER, "Оля Коваль")
    await announced(teacher, "Куди йдемо?", asks=Ask.POLL, options=["Музей", "Театр"])
    await hanna.presses("Театр")
    await hanna.says(OTHER_WORDS)
    await ihor.presses("Музей")
    await ihor.says("О котрій?")
    await teacher.says("/menu")
    await teacher.presses("✉️ Запитання: 2", "Відповісти: Ігор")
    await teacher.says("О дев’ятій.")
    await ihor.says("/mydata")
    assert "1 відповідь на оголошення; зберігається 365 днів" in ihor.last
    assert "1 запитання до вчителя; зберігається 365 днів" in ihor.last
    await ihor.presses("Усе файлами")
    await house.settled(60)
    facts, text = as_json(ihor.files), as_text(ihor.files)
    assert [(one["answer"], one["options"]) for one in facts["answers"]] == [([0], ["Музей", "Театр"])]
    assert [(one["text"], one["answer"]) for one in facts["questions"]] == [("О котрій?", "О дев’ятій.")]
    assert "Обрано: Музей" in text
    assert "«О котрій?»\r\nВідповідь: О дев’ятій." in text
    assert OTHER_WORDS not in text + str(facts)
