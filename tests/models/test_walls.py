"""T22: the wall between schools that PostgreSQL holds, also where a query of ours forgets to ask whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.core.turn import Turn
from handlers import told
from models import schema
from models.absence import Told
from models.absence import told as find
from models.database import Database, Db
from models.errors import NotYours
from models.people import Child, Role, child_named
from models.school import School, class_named, school_named
from models.walls import WALL_LESS, enclose
from tests.databases import both_databases
from tests.house import MONDAY, House

postgresql_alone = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def two_schools(db: Db) -> tuple[int, int]:
    made = []
    for name in ("Ліцей №7", "Гімназія №1"):
        school = await school_named(db, name, "Europe/Kyiv", "uk", MONDAY.date())
        await child_named(db, school, await class_named(db, school, "3-Б"), f"Оля з {name}")
        made.append(school)
    return made[0], made[1]


@postgresql_alone
async def test_every_table_stands_behind_the_wall(database: Database) -> None:
    def walled(connection: Connection) -> set[str]:
        asked = (
            "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename"
            " WHERE policyname = 'own_school' AND relrowsecurity AND relforcerowsecurity"
        )
        return {str(name) for (name,) in connection.execute(text(asked))}

    assert await database.on_connection(walled) == set(schema.metadata.tables) - WALL_LESS


@postgresql_alone
async def test_behind_the_wall_there_is_one_school(database: Database) -> None:
    one, other = await database.write(two_schools)

    async def look(db: Db) -> None:
        await enclose(db, one)
        assert [id_ for (id_,) in await db.all(select(School.id))] == [one]
        assert [name for (name,) in await db.all(select(Child.name))] == ["Оля з Ліцей №7"]
        assert await db.run(update(Child).where(Child.school_id == other).values(name="X")) == 0
        assert await db.run(delete(Child).where(Child.school_id == other)) == 0

    await database.write(look)

    async def plant(db: Db) -> None:
        await enclose(db, one)
        await db.run(insert(Child), {"school_id": other, "class_id": 1, "name": "X"})

    with pytest.raises(DBAPIError, match="row-level security"):
        await database.write(plant)

    async def everything(db: Db) -> int:
        return len(await db.all(select(Child.id)))

    assert await database.write(everything) == 2, "the wall ends with its transaction"


async def anybodys(turn: Turn, id_: int) -> Told:
    """`told.own` with a hole: the absence, whoever asks."""
    found = await find(turn.db, id_, turn.person)
    if found is None:
        raise NotYours
    return found._replace(may_report=True)


@both_databases
async def test_with_the_first_wall_down_the_second_one_holds(
    house: House, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """SQLite, which has no second wall, shows that the hole is one."""
    monkeypatch.setattr(told, "own", anybodys)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    stranger = house.stranger("telegram", "Чужа Вчителька")
    invitation = await house.invite(Role.CLASS_TEACHER, "Чужа Вчителька", "3-Б", school="Гімназія №1")
    await house.joins(stranger, invitation)
    before: Any = await house.absences()
    await stranger.forges(told.show((1,)))
    seen = any("Оля" in shown for shown in stranger.texts)
    await stranger.forges(told.take_back(1))
    taken = await house.absences() != before
    leaks = house.app.database.dialect == "sqlite"
    assert (seen, taken) == (leaks, leaks)
