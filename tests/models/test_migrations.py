"""The way up and down: content survives, a failure leaves nothing, and the tables are what the models say."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect, select, text

from bot.app import App, CannotStart
from bot.settings import DatabaseSettings, Settings
from models import schema
from models.database import Database
from models.schema import Standing
from tests.postgres import Cluster

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
ROWS: dict[str, dict[str, Any]] = {
    "school": {"id": 1, "name": "Ліцей №7", "timezone": "Europe/Kyiv", "language": "uk", "year": 2026},
    "school_class": {"id": 1, "school_id": 1, "name": "3-Б", "year": 2026},
    "person": {"id": 1, "school_id": 1, "name": "Ігор"},
    "child": {"id": 1, "school_id": 1, "class_id": 1, "name": "Оля Коваль"},
    "staff": {"id": 1, "school_id": 1, "person_id": 1, "role": "class_teacher", "class_id": 1},
    "guardian": {"school_id": 1, "person_id": 1, "child_id": 1},
    "chat": {
        "id": 1, "platform": "viber", "address": "olena=", "person_id": 1, "language": "uk", "reachable": True,
        "rest": ["home.show"], "wrong_codes": 0,
    },
    "invite": {
        "id": 1, "school_id": 1, "role": "guardian", "child_id": 1, "name": "Ірина", "link_hash": "a",
        "code_hash": "b", "expires_at": NOW,
    },
    "letter": {
        "id": 1, "chat_id": 1, "kind": 0, "state": "queued", "words": {"text": "Оля 🤒"}, "links": [],
        "attempts": 0, "unsure": False, "turn": "t", "created_at": NOW,
    },
    "card": {"chat_id": 1, "key": '["class_day.card",1]', "letter_id": 1},
    "absence": {
        "id": 1, "school_id": 1, "child_id": 1, "first_day": date(2026, 11, 23), "last_day": date(2026, 11, 24),
        "reason": "illness", "told_by": 1, "told_at": NOW,
    },
    "absence_words": {"absence_id": 1, "person_id": 1, "words": "«кашель»", "at": NOW},
    "absence_day": {"child_id": 1, "day": date(2026, 11, 23), "absence_id": 1},
    "seen": {"key": "telegram:1", "at": NOW},
    "audit": {"id": 1, "school_id": 1, "at": NOW, "deed": "joined", "digest": "d"},
    "calendar_day": {"school_id": 1, "day": date(2026, 12, 25), "lessons": False, "name": "Різдво"},
    "consent_text": {"id": 1, "school_id": 1, "text": "Ми зберігаємо лише потрібне.", "at": NOW},
    "consent": {
        "id": 1, "school_id": 1, "person_id": 1, "version": "school 1", "language": "uk", "platform": "viber",
        "at": NOW,
    },
    "errand": {"id": 1, "chat_id": 1, "link": ["roster.sheet", 1], "file": {"ref": "f"}, "attempts": 0, "at": NOW},
    "join_request": {
        "id": 1, "school_id": 1, "class_id": 1, "child_id": 1, "child_name": "", "chat_id": 1, "name": "Марія",
        "relation": "mother", "consent_version": "klasno 1", "consent_language": "uk", "consented_at": NOW, "at": NOW,
    },
    "list_change": {
        "id": 1, "school_id": 1, "class_id": 1, "by_id": 1, "change": "renamed", "before": {"1": "Оля"}, "at": NOW,
    },
    "list_draft": {"id": 1, "school_id": 1, "class_id": 1, "by_id": 1, "rows": [["", "Оля"]], "at": NOW},
    "medium": {
        "id": 1, "school_id": 1, "sort": "photo", "digest": "d", "mime": "image/jpeg", "name": "1.jpg", "size": 9,
        "at": NOW,
    },
    "announcement": {
        "id": 1, "school_id": 1, "author_id": 1, "stage": "sent", "kind": 2, "asks": "read", "text": "Завтра екскурсія",
        "audience": {"classes": [1]}, "made_at": NOW, "sent_at": NOW,
    },
    "announcement_medium": {"announcement_id": 1, "place": 0, "medium_id": 1},
    "announcement_class": {"announcement_id": 1, "class_id": 1},
    "announcement_child": {"announcement_id": 1, "child_id": 1, "committee": False},
    "announcement_copy": {"announcement_id": 1, "person_id": 1, "key": '["announcements.show",1]'},
    "question": {"id": 1, "school_id": 1, "announcement_id": 1, "person_id": 1, "text": "О котрій?", "at": NOW},
    "digest_item": {"person_id": 1, "day": date(2026, 11, 23), "key": '["announcements.show",1]'},
    "tombstone": {"kin": "person", "of_id": 77, "at": NOW},
    "parked": {"id": 1, "key": "telegram:1", "turn": "t", "error": "KeyError", "at": NOW},
}  # fmt: skip
"""One row of every table, in an order in which they can be written."""

NEXT = '''"""A later step: {what}."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {before!r}


def upgrade() -> None:
    with op.batch_alter_table("school") as school:  # SQLite makes both tables anew
        school.add_column(sa.Column("motto", sa.String(20), nullable=False, server_default="Разом"))
        school.alter_column("name", type_=sa.String(160), existing_nullable=False)
    with op.batch_alter_table("child") as child:
        child.alter_column("name", type_=sa.String(160), existing_nullable=False)
    op.execute("UPDATE person SET name = 'Ігор Коваль'")
    {then}


def downgrade() -> None:
    with op.batch_alter_table("school") as school:
        school.drop_column("motto")
'''


@pytest.fixture
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path}/klasno.db")
        yield database
        await database.close()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = await cluster.new(migrated=False)
    database = Database(url)
    yield database
    await database.close()
    await cluster.drop(url)


both = pytest.mark.parametrize("empty", ["sqlite", "postgresql"], indirect=True)


def fill(connection: Connection) -> None:
    for name, row in ROWS.items():
        connection.execute(insert(schema.metadata.tables[name]), row)


def content(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table as it is in the models."""
    return {
        name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for name, table in schema.metadata.tables.items()
    }


def shape(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that adds a later migration to a copy of the scripts, and lets the schema live there."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = _head()

    def add(what: str, then: str = "pass") -> None:
        (folder / "versions" / "9999_later.py").write_text(NEXT.format(what=what, then=then, before=before))
        monkeypatch.setattr(schema, "FOLDER", folder)

    return add


def _head() -> str:
    versions = sorted((schema.FOLDER / "versions").glob("*.py"))
    return versions[-1].name.split("_")[0]


def test_there_is_a_row_of_every_table_here() -> None:
    assert set(ROWS) == set(schema.metadata.tables)


@both
async def test_up_down_and_up_again_with_rows_in_every_table(empty: Database) -> None:
    assert await schema.standing(empty) is Standing.EMPTY
    await schema.upgrade(empty)
    assert await schema.standing(empty) is Standing.CURRENT
    first = await empty.on_connection(shape)
    await empty.on_connection(fill)
    await schema.upgrade(empty)
    filled = await empty.on_connection(content)
    assert all(len(rows) == 1 for rows in filled.values())
    await schema.downgrade(empty)
    assert await empty.on_connection(shape) == ["alembic_version"]
    assert await schema.standing(empty) is Standing.EMPTY
    await schema.upgrade(empty)
    assert await empty.on_connection(shape) == first
    await empty.on_connection(fill)
    assert await empty.on_connection(content) == filled


@both
async def test_the_tables_are_what_the_models_say(empty: Database) -> None:
    await schema.upgrade(empty)

    def difference(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), schema.metadata))

    assert await empty.on_connection(difference) == []


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
async def test_no_id_of_what_is_gone_is_given_again(empty: Database) -> None:
    """A table that is made anew easily loses its AUTOINCREMENT, and Alembic does not compare that."""
    never_again = {
        name
        for name, table in schema.metadata.tables.items()
        if table.dialect_options["sqlite"]["autoincrement"]
    }
    assert "letter" in never_again

    def forgetful(connection: Connection) -> set[str]:
        made = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        return {name for name, sql in made if name in never_again and "AUTOINCREMENT" not in sql}

    await schema.upgrade(empty)
    for revision in ("0003", "0002"):
        assert await empty.on_connection(forgetful) == set()
        await schema.downgrade(empty, revision)
        assert await empty.on_connection(forgetful) == set()
        await schema.upgrade(empty)


@both
async def test_a_later_step_makes_tables_anew_and_every_row_is_still_there(
    empty: Database, later: Any
) -> None:
    await schema.upgrade(empty)
    await empty.on_connection(fill)
    before = await empty.on_connection(content)
    later("a motto")
    assert await schema.standing(empty) is Standing.OLDER
    await schema.upgrade(empty)
    assert await schema.standing(empty) is Standing.CURRENT
    before["person"][0]["name"] = "Ігор Коваль"
    assert await empty.on_connection(content) == before
    motto = await empty.on_connection(lambda connection: connection.scalar(text("SELECT motto FROM school")))
    assert motto == "Разом"
    await schema.downgrade(empty, "-1")
    assert await empty.on_connection(content) == before


@both
async def test_a_step_that_breaks_in_the_middle_leaves_nothing_half_done(empty: Database, later: Any) -> None:
    await schema.upgrade(empty)
    await empty.on_connection(fill)
    before = await empty.on_connection(content)
    later("one that breaks", then='raise RuntimeError("the power went")')
    with pytest.raises(RuntimeError, match="the power went"):
        await schema.upgrade(empty)
    assert await schema.standing(empty) is Standing.OLDER
    columns = await empty.on_connection(
        lambda connection: [one["name"] for one in inspect(connection).get_columns("school")]
    )
    assert "motto" not in columns
    assert await empty.on_connection(content) == before
    await empty.write(lambda db: db.run(insert(schema.metadata.tables["seen"]), {"key": "after", "at": NOW}))


@both
async def test_the_first_step_breaking_leaves_an_empty_database(
    empty: Database, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    later("one that breaks", then='raise RuntimeError("the power went")')
    with pytest.raises(RuntimeError):
        await schema.upgrade(empty)
    assert await empty.on_connection(shape) == []
    assert await schema.standing(empty) is Standing.EMPTY


@both
async def test_a_step_that_would_leave_a_row_pointing_nowhere_is_taken_back(
    empty: Database, later: Any
) -> None:
    await schema.upgrade(empty)
    await empty.on_connection(fill)
    later("one that forgets the children", then='op.execute("DELETE FROM school_class")')
    if empty.dialect == "sqlite":  # PostgreSQL's keys stay on guard all the time, and take the rows along
        with pytest.raises(RuntimeError, match="point nowhere"):
            await schema.upgrade(empty)
        assert await schema.standing(empty) is Standing.OLDER
    else:
        await schema.upgrade(empty)
        assert (await empty.on_connection(content))["child"] == []


@both
async def test_an_older_database_is_told_to_migrate_and_a_newer_one_is_refused(
    empty: Database, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await schema.upgrade(empty)
    ours = schema.FOLDER
    later("a motto")
    assert await _start(empty) == "The database is of an older Klasno. Back it up, then run: klasno migrate"
    await schema.upgrade(empty)
    monkeypatch.setattr(schema, "FOLDER", ours)
    assert await schema.standing(empty) is Standing.FUTURE
    assert "of a newer Klasno" in await _start(empty)


async def _start(database: Database) -> str:
    """What the app says when it is started on this database."""
    url = database.plain.set(drivername=database.dialect).render_as_string(hide_password=False)
    app = App(Settings(database=DatabaseSettings(url=url)))
    with pytest.raises(CannotStart) as refusal:
        await app.start()
    await app.database.close()
    return str(refusal.value)
