"""Whoever is erased is in no table any more, and on SQLite in no byte of the file; nobody else loses anything."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from models import schema
from models.audit import Deed, broken_at, record
from models.base import Base
from models.database import Database, Db
from models.erasure import Kin, erase_again, erase_child, erase_person, tombstones
from tests.databases import both_databases

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
IHOR, HANNA, OLENA, FAR = 11, 12, 13, 14
"""The mother and the father of OLIA, her class teacher, and somebody of another school."""
OLIA, YANA = 21, 22
NAME, CHILD, WORDS = "Канарій Ігор", "Канарка-Олександра Коваль-Довженко", "кашель, і ще й нежить"
HIS_CHAT, HIS_ADDRESS = 31, "canary-address=="
CANARIES = {IHOR: [NAME, WORDS, HIS_ADDRESS], OLIA: [CHILD, "Канарка-Олек", WORDS]}
TABLES = schema.metadata.tables


def letter(id_: int, chat: int, text: str, state: str = "sent", links: Any = ()) -> dict[str, Any]:
    words = {"title": "", "text": text, "rows": [[["Канарка-Олекса…", 0, None]] if "Олекс" in text else []]}
    return {
        "id": id_, "chat_id": chat, "kind": 0, "state": state, "words": words, "links": list(links),
        "attempts": 0, "unsure": False, "turn": "t", "created_at": NOW,
    }  # fmt: skip


def request(id_: int, chat: int, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "school_id": 1, "class_id": 1, "child_id": None, "child_name": "", "chat_id": chat, "name": name,
        "person_id": None, "relation": "father", "consent_version": "klasno 1", "consent_language": "uk",
        "consented_at": NOW, "at": NOW, "words": None, **more,
    }  # fmt: skip


def invite(id_: int, name: str, **more: Any) -> dict[str, Any]:
    row = {"id": id_, "school_id": 1, "role": "guardian", "name": name, "link_hash": f"l{id_}"}
    held = {"class_id": None, "child_id": None, "person_id": None, "used_by": None, "made_by": None}
    return row | held | {"code_hash": f"c{id_}", "expires_at": NOW} | more


WORLD: dict[str, list[dict[str, Any]]] = {
    "school": [
        {"id": n, "name": f"Школа {n}", "timezone": "Europe/Kyiv", "language": "uk", "year": 2026} for n in (1, 2)
    ],
    "school_class": [{"id": n, "school_id": n, "name": "3-Б", "year": 2026} for n in (1, 2)],
    "person": [
        {"id": IHOR, "school_id": 1, "name": NAME},
        {"id": HANNA, "school_id": 1, "name": "Ганна"},
        {"id": OLENA, "school_id": 1, "name": "Олена Петрівна"},
        {"id": FAR, "school_id": 2, "name": NAME},
    ],
    "child": [
        {"id": OLIA, "school_id": 1, "class_id": 1, "name": CHILD},
        {"id": YANA, "school_id": 1, "class_id": 1, "name": "Яна"},
    ],
    "staff": [
        {"id": 1, "school_id": 1, "person_id": OLENA, "role": "class_teacher", "class_id": 1},
        {"id": 2, "school_id": 1, "person_id": IHOR, "role": "committee", "class_id": 1},
    ],
    "guardian": [
        {"school_id": 1, "person_id": IHOR, "child_id": OLIA},
        {"school_id": 1, "person_id": HANNA, "child_id": OLIA},
        {"school_id": 1, "person_id": HANNA, "child_id": YANA},
    ],
    "chat": [
        {"id": HIS_CHAT, "platform": "viber", "address": HIS_ADDRESS, "person_id": IHOR, "language": "uk",
         "reachable": True, "rest": ["home.show"], "hears": None, "screen_id": 42, "tail_id": 42, "wrong_codes": 1},
        {"id": 32, "platform": "telegram", "address": "5", "person_id": HANNA, "language": "uk", "reachable": True,
         "rest": ["x.y", CHILD], "hears": ["x.z", NAME], "screen_id": 43, "tail_id": 43, "wrong_codes": 0},
        {"id": 33, "platform": "telegram", "address": "6", "person_id": OLENA, "language": "uk", "reachable": True,
         "rest": ["home.show"], "hears": None, "screen_id": 47, "tail_id": 47, "wrong_codes": 0},
        {"id": 34, "platform": "telegram", "address": "7", "person_id": FAR, "language": "uk", "reachable": True,
         "rest": None, "hears": None, "screen_id": None, "tail_id": None, "wrong_codes": 0},
        {"id": 35, "platform": "telegram", "address": "8", "person_id": None, "language": "uk", "reachable": True,
         "rest": ["join", CHILD], "hears": None, "screen_id": None, "tail_id": None, "wrong_codes": 0},
    ],
    "invite": [
        invite(1, NAME, child_id=OLIA, used_by=IHOR, made_by=OLENA),
        invite(2, NAME, child_id=OLIA),
        invite(3, NAME, person_id=IHOR),
        invite(4, "Ганна", child_id=YANA, made_by=IHOR),
        invite(5, NAME, school_id=2),
    ],
    "letter": [
        letter(41, HIS_CHAT, f"{NAME}: {CHILD}, {WORDS}"),
        letter(42, HIS_CHAT, "Головна", "queued"),
        letter(43, 32, f"{CHILD} {NAME}", links=[["x.y", CHILD, NAME]]),
        letter(44, 33, f"Немає: {CHILD} «{WORDS}» ({NAME})"),
        letter(45, 33, f"Чекає: {CHILD} «{WORDS}» ({NAME})", "queued"),
        letter(46, 34, f"{NAME} {CHILD}"),
        letter(47, 33, "Головна: Яна"),
        letter(48, 35, f"Хто Ви дитині? {CHILD} {NAME}", "queued"),
    ],
    "card": [
        {"chat_id": HIS_CHAT, "key": "[1]", "letter_id": 41},
        {"chat_id": 33, "key": "[2]", "letter_id": 45},
        {"chat_id": 33, "key": json.dumps(["x", CHILD, NAME], ensure_ascii=False), "letter_id": 44},
    ],
    "absence": [
        {"id": n, "school_id": 1, "child_id": child, "first_day": date(2026, 11, 23), "last_day": date(2026, 11, 23),
         "reason": "illness", "told_by": IHOR, "told_at": NOW} for n, child in ((1, OLIA), (2, YANA))
    ],
    "absence_words": [{"absence_id": 1, "person_id": IHOR, "words": WORDS, "at": NOW}],
    "absence_day": [{"child_id": OLIA, "day": date(2026, 11, 23), "absence_id": 1}],
    "consent": [
        {"id": 1, "school_id": 1, "person_id": IHOR, "version": "klasno 1", "language": "uk", "platform": "viber",
         "at": NOW},
    ],
    "errand": [
        {"id": 1, "chat_id": HIS_CHAT, "link": ["x"], "file": {"name": NAME}, "attempts": 0, "at": NOW},
    ],
    "join_request": [
        request(1, HIS_CHAT, NAME, child_name="Яна"),
        request(2, 33, NAME, person_id=IHOR, words=f"Я {NAME}", child_id=YANA),
        request(3, 35, "Бабуся", child_name=CHILD),
        request(4, 34, "Дід", child_id=OLIA, words="Я дід"),
    ],
    "list_change": [
        {"id": 1, "school_id": 1, "class_id": 1, "by_id": IHOR, "change": "renamed", "before": {"21": CHILD},
         "at": NOW},
    ],
    "list_draft": [
        {"id": 1, "school_id": 1, "class_id": 1, "by_id": IHOR, "rows": [["", "Яна"]], "at": NOW},
        {"id": 2, "school_id": 1, "class_id": 1, "by_id": OLENA, "rows": [["", CHILD]], "at": NOW},
    ],
    "medium": [
        {"id": 1, "school_id": 1, "sort": "file", "digest": "d", "mime": "application/pdf", "name": f"{CHILD}.pdf",
         "size": 9, "at": NOW},
    ],
    "announcement": [
        {"id": n, "school_id": n, "author_id": author, "stage": "sent", "kind": 2, "asks": "poll", "made_at": NOW,
         "text": f"{winner} перемагає! {NAME}, дякуємо.", "audience": {}, "options": ["Так", f"{NAME} знає"]}
        for n, author, winner in ((1, IHOR, CHILD), (2, FAR, "Яна"))
    ],
    "announcement_child": [{"announcement_id": 1, "child_id": OLIA}],
    "announcement_copy": [{"announcement_id": 1, "person_id": IHOR, "key": "[1]", "answer": [0]}],
    "question": [
        {"id": 1, "school_id": 1, "announcement_id": 1, "person_id": IHOR, "text": f"А {CHILD}?", "at": NOW,
         "answer": None, "answered_by": None},
        {"id": 2, "school_id": 1, "announcement_id": 1, "person_id": HANNA, "text": f"Чи буде {NAME} і {CHILD}?",
         "at": NOW, "answer": f"{NAME} буде, {CHILD} теж.", "answered_by": IHOR},
    ],
    "digest_item": [{"person_id": IHOR, "day": date(2026, 11, 23), "key": "[1]"}],
    "seen": [{"key": "viber:message:1:" + HIS_ADDRESS, "at": NOW}, {"key": "telegram:1", "at": NOW}],
    "parked": [{"id": 1, "key": "viber:message:1:" + HIS_ADDRESS, "turn": "t", "error": "KeyError", "at": NOW}],
}  # fmt: skip
"""Everywhere somebody can be; another school's man has the same name."""
KEEP = {"letter": {46}, "invite": {5}, "person": {FAR}, "announcement": {2}}
"""Rows of the other school, in which the name may stay."""


@pytest.fixture
async def filled(database: Database) -> Database:
    async def fill(db: Db) -> None:
        for name, rows in WORLD.items():
            for row in rows:
                await db.run(insert(TABLES[name]), row)
        await record(db, 1, IHOR, Deed.JOINED, NOW, person=IHOR, child=OLIA)

    await database.write(fill)
    return database


async def content(db: Db) -> dict[str, list[dict[str, Any]]]:
    tables = Base.metadata.sorted_tables
    return {one.name: [dict(row._mapping) for row in await db.all(select(one))] for one in tables}


def traces(found: dict[str, list[dict[str, Any]]], who: int, table: str) -> list[str]:
    """Where somebody still is: by every column that points to their table, and by every text."""
    left = []
    for name, rows in found.items():
        points = [
            column.name
            for column in TABLES[name].columns
            for key in column.foreign_keys
            if key.column.table.name == table
        ]
        for row in rows:
            if row.get("id") in KEEP.get(name, ()):
                continue
            left += [f"{name}.{column}" for column in points if row[column] == who]
            for column, value in row.items():
                shown = json.dumps(value, ensure_ascii=False, default=str)
                left += [f"{name}.{column}: {one}" for one in CANARIES[who] if one in shown]
    return left


def pointing(table: str) -> set[str]:
    """The tables that have a column which points there."""
    tables = TABLES.values()
    return {one.name for one in tables for key in one.foreign_keys if key.column.table.name == table}


@both_databases
async def test_a_person_is_in_no_table_any_more(filled: Database) -> None:
    before = await filled.read(content)
    found = traces(before, IHOR, "person")
    assert {one.split(".")[0] for one in found} >= pointing("person")  # else the world has a gap
    shown = await filled.write(lambda db: erase_person(db, IHOR, NOW, OLENA))
    after = await filled.read(content)
    assert traces({k: v for k, v in after.items() if k != "chat"}, IHOR, "person") == []
    assert traces({"chat": after["chat"]}, IHOR, "person") == [f"chat.address: {HIS_ADDRESS}"]
    mine = next(row for row in after["chat"] if row["id"] == HIS_CHAT)
    assert [mine[key] for key in ("person_id", "rest", "screen_id", "tail_id")] == [None] * 4
    assert shown == {HANNA, OLENA}
    assert await filled.read(tombstones) == [(Kin.PERSON, IHOR, NOW)]
    [joined, erased] = after["audit"]
    assert (joined["by_id"], erased["deed"], erased["about_person"], erased["by_id"]) == (
        IHOR, Deed.ERASED, IHOR, OLENA
    )  # fmt: skip
    assert await filled.read(broken_at) is None


@both_databases
async def test_of_others_nothing_goes_with_a_person(filled: Database) -> None:
    await filled.write(lambda db: erase_person(db, IHOR, NOW))
    after = await filled.read(content)
    ids = {name: {row["id"] for row in rows if "id" in row} for name, rows in after.items()}
    assert ids["person"] == {HANNA, OLENA, FAR}
    assert ids["child"] == {OLIA, YANA}
    assert ids["absence"] == {1, 2}
    assert [row["told_by"] for row in after["absence"]] == [None, None]
    assert len(after["absence_day"]) == 1
    assert ids["invite"] == {4, 5}
    assert ids["list_draft"] == {2}
    assert ids["join_request"] == {3, 4}
    letters = {row["id"]: row for row in after["letter"]}
    assert set(letters) == {43, 44, 45, 46, 47, 48}
    assert letters[46]["words"]["text"] == f"{NAME} {CHILD}"
    assert letters[47]["words"]["text"] == "Головна: Яна"
    assert letters[45]["state"] == "queued"  # a card: shown anew by whoever erases
    assert letters[48]["state"] == "replaced"
    assert [row["key"] for row in after["seen"]] == ["telegram:1"]


@both_databases
async def test_a_child_is_in_no_table_any_more(filled: Database) -> None:
    found = traces(await filled.read(content), OLIA, "child")
    assert {one.split(".")[0] for one in found} >= pointing("child")
    shown = await filled.write(lambda db: erase_child(db, OLIA, NOW, IHOR))
    after = await filled.read(content)
    assert traces(after, OLIA, "child") == []
    assert shown == {IHOR, HANNA, OLENA}
    assert await filled.read(tombstones) == [(Kin.CHILD, OLIA, NOW)]
    assert {row["id"] for row in after["person"]} == {IHOR, HANNA, OLENA, FAR}
    assert [row["id"] for row in after["absence"]] == [2]
    assert [(row["person_id"], row["child_id"]) for row in after["guardian"]] == [(HANNA, YANA)]
    assert after["audit"][-1]["about_child"] == OLIA


@both_databases
async def test_whoever_is_not_there_leaves_nothing(filled: Database) -> None:
    before = await filled.read(content)
    assert await filled.write(lambda db: erase_person(db, 999, NOW)) == set()
    assert await filled.write(lambda db: erase_child(db, 999, NOW)) == set()
    assert await filled.read(content) == before


@both_databases
async def test_who_rose_from_a_backup_is_erased_again(filled: Database) -> None:
    buried = [(Kin.PERSON, IHOR, NOW + timedelta(days=3)), (Kin.CHILD, OLIA, NOW), (Kin.PERSON, 999, NOW)]
    assert await filled.write(lambda db: erase_again(db, buried, NOW)) == 2
    after = await filled.read(content)
    assert traces(after, OLIA, "child") == []
    assert {(row["kin"], row["of_id"]) for row in after["tombstone"]} == {
        (kin, id_) for kin, id_, _at in buried
    }
    assert await filled.write(lambda db: erase_again(db, buried, NOW)) == 0


@both_databases
async def test_who_has_done_something_since_is_another_of_that_number(filled: Database) -> None:
    """A database that was begun anew counts from one again, and an older one's list lies beside it."""
    buried = [(Kin.PERSON, IHOR, NOW - timedelta(days=3)), (Kin.CHILD, OLIA, NOW - timedelta(days=3))]
    before = await filled.read(content)
    assert await filled.write(lambda db: erase_again(db, buried, NOW)) == 0
    assert await filled.read(content) == before


async def test_not_a_byte_is_left_in_the_files(filled: Database, tmp_path: Path) -> None:
    async def much(db: Db) -> None:
        rows = [letter(n, 33, f"{n} {'x' * (n % 900)} {NAME} {CHILD}") for n in range(1000, 3000)]
        await db.run(insert(TABLES["letter"]), rows)

    def bytes_with(texts: list[str]) -> set[str]:
        files = [one.read_bytes() for one in tmp_path.iterdir() if one.name.startswith("klasno.db")]
        forms = {text: (text.encode(), json.dumps(text)[1:-1].encode()) for text in texts}
        return {text for text, both in forms.items() if any(form in file for form in both for file in files)}

    async def erase(db: Db) -> None:
        await erase_child(db, OLIA, NOW)
        await erase_person(db, IHOR, NOW)
        await erase_person(db, FAR, NOW)

    await filled.write(much)
    everything = [*CANARIES[IHOR], *CANARIES[OLIA]]
    assert bytes_with(everything) == set(everything)
    await filled.write(erase)
    await filled.wipe()
    assert bytes_with(everything) == {HIS_ADDRESS}  # his chat is a stranger's now, and goes with those
