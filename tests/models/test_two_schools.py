"""Two schools in one database: whatever is read or done for one never shows or touches a row of the other.

Every public function of models/ that takes a transaction is called here, with the ids of the first of two schools that
are filled alike. What a new function's arguments are, is found by their names; one that has another name fails the
test until it stands in `GIVEN`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Enum, String, insert, select

import models
from models.absence import Reason
from models.absence import told as find_absence
from models.admission import Wish
from models.announcement import Audience, Stage, post_of
from models.audience import Addressees
from models.audit import Deed, trail
from models.base import Base
from models.calendar import Break
from models.consent import Given
from models.database import Database, Db
from models.invite import Invitation, Offer, hash_of
from models.media import About, MediumSort
from models.people import Pupil, Relation, Right, Role
from models.wishes import News
from models.wishes import Wish as How
from models.year import Plan
from tests.databases import both_databases
from tests.models.test_migrations import ROWS

pytestmark = both_databases

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
TODAY = date(2026, 11, 23)
OURS, THEIRS = 990099, 770077  # numbers that nothing else has
MARK = {OURS: "наше", THEIRS: "чуже"}
NAMED = {"name", "child_name", "title", "before", "rows"}
"""Columns that say the same in both schools when namesakes are asked for."""
AS_IT_IS = {"timezone", "language", "languages", "platform", "turn", "consent_language", "speaks", "detail"}
NOT_OF_A_SCHOOL = {"seen", "parked", "tombstone"}

EVERY_SCHOOL = {
    "school.any_school": "the command line and the clock go through all schools",
    "school.first_school": "the command line",
    "retention.forget": "the clock, by age alone",
    "retention.first_due": "the same",
    "retention.erase": "whatever that has found",
    "erasure.tombstones": "bare ids",
    "erasure.erase_again": "the list of whoever was erased, after a restore",
    "errand.waiting": "the fetching of files",
    "year.leavers": "the clock",
    "announcement.due_posts": "the clock",
    "announcement.sent_between": "the clock",
    "spared.passed_over": "the clock",
    "media.in_use": "the clock: bare hashes",
    "walls.enclose": "is a wall itself",
    "audit.broken_at": "`klasno check`: one chain",
    "invite.guessed": "wrong tries of strangers",
}
"""Functions that are of no one school, and why."""


def rows(school: int, *, namesakes: bool) -> dict[str, dict[str, Any]]:
    """A row of every table for a school: ids are the school's number, and every text bears its mark.

    namesakes: the names in both schools are the same.
    """
    filled = {}
    for name, row in ROWS.items():
        kept = NAMED if namesakes and name != "school" else set()
        columns = Base.metadata.tables[name].columns
        filled[name] = {
            key: value if key in kept else _of(school, key, columns[key].type, value)
            for key, value in row.items()
        }
    filled["list_change"]["before"] = {"child": school, "name": "Оля Коваль"}
    filled["list_draft"]["rows"] = [["", "Оля Коваль"]]
    return filled


def _of(school: int, key: str, kind: object, value: Any) -> Any:
    if key == "day":
        return TODAY
    if isinstance(value, int) and not isinstance(value, bool) and (key.endswith(("id", "_by"))):
        return school
    if key == "key" and str(value).startswith("["):
        return f'["class_day.card",{school}]'
    if isinstance(value, str) and isinstance(kind, String) and not isinstance(kind, Enum):
        return value if key in AS_IT_IS else f"{value} {MARK[school]}"
    return value


async def fill(db: Db, *, namesakes: bool = False) -> None:
    for school in (THEIRS, OURS):  # whoever takes the first that comes, takes theirs
        for name, row in rows(school, namesakes=namesakes).items():
            await db.run(insert(Base.metadata.tables[name]), row)


async def theirs(db: Db) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the other school."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in NOT_OF_A_SCHOOL]
    return {
        table.name: [tuple(row) for row in await db.all(select(table)) if str(THEIRS) in repr(row)]
        for table in tables
    }


def functions() -> dict[str, Callable[..., Awaitable[Any]]]:
    """Every public async function of models/ that takes `db`."""
    found = {}
    for module in pkgutil.iter_modules(models.__path__):
        if module.name in {"migrations", "database", "schema", "base"}:
            continue
        loaded = importlib.import_module(f"models.{module.name}")
        for name, one in vars(loaded).items():
            own = inspect.iscoroutinefunction(one) and one.__module__ == loaded.__name__
            if own and not name.startswith("_") and "db" in inspect.signature(one).parameters:
                found[f"{module.name}.{name}"] = one
    return found


def pupil(of: int) -> Pupil:
    return Pupil(of, f"Оля {MARK[of]}", of, f"3-Б {MARK[of]}", of)


async def invitation(db: Db, of: int) -> Invitation:
    return Invitation(of, of, "", Role.GUARDIAN, of, "", of, "", None, "", None, None, False, False)


CONSENT = Given("klasno 1", "uk", "viber", NOW)
IDS = {
    "school", "person", "child", "school_class", "chat", "by", "reader", "invitation", "request", "draft", "change",
    "id_", "errand", "to", "keep", "announcement", "medium", "author", "question",
}  # fmt: skip
"""Arguments that are an id: the school's own number, as everything has it here."""
GIVEN: dict[str, Any] = {
    "now": NOW, "today": TODAY, "day": TODAY, "first": TODAY, "last": TODAY, "days": [TODAY, TODAY + timedelta(1)],
    "since": NOW,
    "reason": Reason.DOCTOR, "words": "слова", "text": "текст", "name": "Нова назва", "names": None, "typed": "3-Б",
    "timezone": "Europe/Kyiv", "former": "Asia/Almaty",
    "language": "uk", "languages": ["uk"], "platform": "viber", "platforms": ["viber"], "letters": [], "key": b"k" * 32,
    "relation": Relation.MOTHER, "right": Right.REPORT, "may": False, "role": Role.SPECIALIST, "deed": Deed.JOINED,
    "hashed": hash_of("x"), "address": "нова", "given": CONSENT, "news": next(iter(News)), "how": next(iter(How)),
    "allowed": False, "before": NOW, "reasons": True, "kin": True,
    "begins": 21, "ends": 6, "hour": 17, "link": ["home.show"], "file": {"ref": "f"}, "rows": [["", "Яна"]],
    "so_far": {"refused": [], "then": None, "since": "2026-11-23T06:10:00+00:00"},
    "about": About(MediumSort.PHOTO, "d", None, "image/jpeg", "1.jpg", 9), "ref": "f",
    "breaks": [Break(TODAY, TODAY, "Канікули")], "lets": True, "seen": "", "buried": [], "good_for": timedelta(1),
    "stages": list(Stage), "most": 5, "said": ["read"], "marks": None, "card": '["announcements.show",1]',
}  # fmt: skip
"""Arguments by their names, alike for both schools."""


async def arguments(db: Db, name: str, call: Callable[..., Any], of: int) -> dict[str, Any]:
    """What to call it with for this school; AssertionError where an argument is not known."""
    special: dict[str, Any] = {
        "pupil": pupil(of),
        **{
            key: [of]
            for key in ("children", "people", "chats", "makers", "classes", "questions", "announcements")
        },
        "offer": Offer(of, Role.GUARDIAN, "Хтось", of, of),
        "names": {of: ["Яна"]},
        "audience": Audience((of,), (of,), (of,), of),
        "who": Addressees(frozenset({of}), {of: frozenset({of})}, frozenset()),
        "keys": {},
        "wish": Wish(of, of, None, "Яна", "Хтось", Relation.MOTHER),
    }
    found: dict[str, Any] = {}
    for key, parameter in inspect.signature(call).parameters.items():
        kind = str(parameter.annotation)
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found["text"] = "нове"
            continue
        if key == "db" or (parameter.default is not inspect.Parameter.empty and key not in IDS):
            continue
        if key == "invitation" and "Invitation" in kind:
            found[key] = await invitation(db, of)
        elif key == "absence":
            found[key] = await find_absence(db, of, of) if "Told" in kind else of
        elif key == "entries":
            found[key] = await trail(db, of)
        elif key == "wish" and name == "wishes.wish":
            found[key] = next(iter(How))
        elif key == "post":
            found[key] = (await post_of(db, of))._replace(audience=special["audience"])
        elif key == "plan":
            found[key] = Plan(2026, (), (), ("1-Я",))
        elif key in special:
            found[key] = special[key]
        elif key in IDS:
            found[key] = of
        else:
            assert key in GIVEN, f"{name}: what is `{key}`? Please say it in GIVEN."
            found[key] = GIVEN[key]
    return found


def refuses(error: Exception) -> bool:
    """Whether it is what the facts refuse, rather than a mistake."""
    return type(error).__module__.startswith("models.")


class _Back(Exception):
    """Rolls everything back."""


def modules() -> list[str]:
    """The modules of models/ that ask the database something."""
    return sorted({name.partition(".")[0] for name in functions()})


async def call_in_vain(db: Db, name: str, given: dict[str, Any]) -> None:
    """Calls a function: in what it gives is nothing of the other school, and no row of it is another afterwards."""
    before = await theirs(db)
    assert all(before.values()), [table for table, found in before.items() if not found]
    try:
        result = await functions()[name](db, **given)
    except Exception as error:
        if not refuses(error):
            raise
        result = None
    assert MARK[THEIRS] not in repr(result), name
    assert str(THEIRS) not in repr(result), name
    assert await theirs(db) == before, name
    raise _Back


@pytest.mark.parametrize("module", modules())
async def test_what_is_done_for_one_school_is_nothing_to_the_other(database: Database, module: str) -> None:
    every = functions()
    for name in every.keys() - EVERY_SCHOOL.keys():
        if name.partition(".")[0] != module:
            continue

        named = (
            "name" in inspect.signature(every[name]).parameters and name != "school.new_class"
        )  # wants a free one
        for of in ("", "child", "school_class", "person") if named else ("", "child"):

            async def work(db: Db, name: str = name, of: str = of, named: bool = named) -> None:
                await fill(db, namesakes=bool(of))
                given = await arguments(db, name, every[name], OURS)
                if of and named:
                    given["name"] = ROWS[of]["name"]
                await call_in_vain(db, name, given)

            with pytest.raises(_Back):
                await database.write(work)


CHECKED = (
    "people.own_child", "people.own_class", "people.managed_class", "people.managed_child", "staff.led_class",
    "staff.member", "staff.post_of", "staff.end_post", "staff.take_back", "classes.rename_class",
    "classes.close_class", "children.draft_of", "families.colleague", "invite.held",
    "announcement.own_post", "copies.reading", "question.own_question", "question.question_to",
    "question.questions_about", "audience.allowed", "reach.report_of",
)  # fmt: skip
"""Functions that look after rights themselves: asked by one school's person for a thing of the other."""


async def test_the_others_things_are_not_there(database: Database) -> None:
    for name in CHECKED:

        async def work(db: Db, name: str = name) -> None:
            await fill(db)
            given = await arguments(db, name, functions()[name], THEIRS)
            asks = "school" if "school" in given else "chat" if "chat" in given else "person"
            await call_in_vain(db, name, {**given, asks: OURS})

        with pytest.raises(_Back):
            await database.write(work)
