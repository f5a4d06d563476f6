"""A new school year in the database: names move up without colliding, leavers go, and it begins once."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from models.calendar import Break, calendar_of, free_days
from models.classes import Taken, make_class, rename_class
from models.database import Database, Db
from models.erasure import Tombstone
from models.naming import CLASS_LENGTH, StrangeSigns, tidied
from models.people import (
    Child,
    Guardian,
    Person,
    Relation,
    Role,
    Staff,
    become_guardian,
    child_named,
    children_of,
    classes_of,
    give_role,
)
from models.school import SchoolClass, class_named, classes_in, school_named, school_of
from models.year import (
    AlreadyBegun,
    Changed,
    Plan,
    begin,
    classes_now,
    draw,
    first_plan,
    leavers,
    let_go,
    may_begin,
    next_name,
    window,
)
from tests.databases import both_databases

TODAY = date(2027, 6, 7)
NOW = datetime(2027, 6, 7, 6, 10, tzinfo=UTC)


async def made(db: Db, *names: str, name: str = "Ліцей №7") -> int:
    school = await school_named(db, name, "Europe/Kyiv", "uk", date(2026, 11, 23))
    for one in names:
        await class_named(db, school, one)
    return school


async def person_of(db: Db, school: int, name: str) -> int:
    return (await db.new(insert(Person).returning(Person.id), {"school_id": school, "name": name}))[0]


async def begun(db: Db, school: int, plan: Plan) -> set[int]:
    """Begin exactly what stands."""
    seen = draw(plan, await classes_now(db, school)).digest(plan)
    return await begin(db, school, plan, seen, None, NOW)


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("3-Б", "4-Б"),
        ("9-A", "10-A"),
        ("9", "10"),
        ("Мудрагелики", "Мудрагелики"),
        ("2027 набір", "2027 набір"),
    ],
)
def test_the_name_a_year_later(name: str, following: str) -> None:
    assert next_name(name) == following


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(2019, 2041))
def test_a_year_is_begun_in_its_season_and_never_two_in_one(today: date, year: int) -> None:
    first, last = window(year, today)
    assert first.year == last.year > year
    assert today <= last
    assert may_begin(year, today) == (first <= today <= last)
    if may_begin(year, today):
        assert (5, 15) <= (today.month, today.day) <= (10, 31)
        assert not may_begin(today.year, today)


@pytest.mark.parametrize(
    ("today", "may"),
    [
        (date(2027, 5, 14), False),
        (date(2027, 5, 15), True),
        (date(2027, 10, 31), True),
        (date(2027, 11, 1), False),
        (date(2026, 11, 23), False),
    ],
)
def test_the_days_on_which_it_can_be_begun(today: date, may: bool) -> None:
    assert may_begin(2026, today) is may


@both_databases
async def test_every_class_moves_up_at_once(database: Database) -> None:
    names = ["1-А", "2-А", "3-А", "4-А", "10-А", "11-А", "Мудрагелики"]

    async def work(db: Db) -> None:
        school = await made(db, *names)
        other = await made(db, *names, name="Гімназія")
        old = [Break(date(2026, 12, 25), date(2026, 12, 25), "Різдво")]
        await free_days(db, school, [*old, Break(date(2025, 12, 25), date(2025, 12, 25), "Давнє")])
        plan = first_plan(2026, await classes_now(db, school))
        assert plan.made == ("1-А",)
        await begun(db, school, plan)
        here = [name for _id, name in await classes_in(db, school)]
        assert sorted(here) == sorted(["1-А", "2-А", "3-А", "4-А", "5-А", "11-А", "Мудрагелики"])
        assert (await school_of(db, school)).year == 2027
        assert [name for _id, name in await classes_in(db, other)] == ["Мудрагелики", *names[:-1]]
        assert (await school_of(db, other)).year == 2026
        assert (await calendar_of(db, school)).names == {date(2026, 12, 25): "Різдво"}

    await database.write(work)


@both_databases
async def test_names_may_change_places(database: Database) -> None:
    async def work(db: Db) -> None:
        school = await made(db, "3-А", "3-Б")
        one, other = (id_ for id_, _name in await classes_in(db, school))
        await begun(db, school, Plan(2026, ((one, "3-Б"), (other, "3-А")), (), ()))
        assert dict(await classes_in(db, school)) == {one: "3-Б", other: "3-А"}

    await database.write(work)


@both_databases
async def test_the_name_of_a_class_that_was_let_go_is_free(database: Database) -> None:
    """Also while its children are still being erased; nobody's name for a class is that of one let go."""

    async def work(db: Db) -> None:
        school = await made(db, "3-Б", "11-А")
        old = {name: id_ for id_, name in await classes_in(db, school)}["11-А"]
        await child_named(db, school, old, "Старша")
        await begun(db, school, first_plan(2026, await classes_now(db, school)))
        assert await leavers(db) == old
        new = await class_named(db, school, "11-А")
        assert new != old
        assert await class_named(db, school, "11а") == new
        with pytest.raises(Taken):
            await make_class(db, school, "11 А")
        left = await db.first(select(SchoolClass.name).where(SchoolClass.id == old))
        assert left is not None
        with pytest.raises(StrangeSigns):
            tidied(left[0], CLASS_LENGTH)
        await rename_class(db, school, new, "11а")
        assert [name for _id, name in await classes_in(db, school)] == ["4-Б", "11а"]

    await database.write(work)


@both_databases
async def test_two_at_once_begin_one_year(database: Database) -> None:
    async def work(db: Db) -> None:
        plan = first_plan(2026, await classes_now(db, 1))
        await begin(db, 1, plan, seen, None, NOW)

    await database.write(lambda db: made(db, "1-А", "2-А"))
    classes = await database.read(lambda db: classes_now(db, 1))
    plan = first_plan(2026, classes)
    seen = draw(plan, classes).digest(plan)

    async def same(db: Db) -> None:
        await begin(db, 1, plan, seen, None, NOW)

    came = await asyncio.gather(*(database.write(same) for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["AlreadyBegun"] * 4 + ["NoneType"]
    assert (await database.read(lambda db: school_of(db, 1))).year == 2027
    with pytest.raises(AlreadyBegun):
        await database.write(work)


@both_databases
async def test_what_was_not_seen_is_not_begun(database: Database) -> None:
    school = await database.write(lambda db: made(db, "1-А", "4-А"))
    classes = await database.read(lambda db: classes_now(db, school))
    plan = first_plan(2026, classes)
    seen = draw(plan, classes).digest(plan)

    async def one_more(db: Db) -> None:
        await child_named(db, school, await class_named(db, school, "4-А"), "Нова Дитина")

    await database.write(one_more)
    with pytest.raises(Changed):
        await database.write(lambda db: begin(db, school, plan, seen, None, NOW))
    clash = Plan(2026, ((classes[0].id, "5-а"), (classes[1].id, "5-А")), (), ())
    with pytest.raises(Changed):
        await database.write(lambda db: begun(db, school, clash))
    assert (await database.read(lambda db: school_of(db, school))).year == 2026
    assert await database.read(leavers) is None


@both_databases
async def test_leavers_go_with_those_who_have_nothing_else_here(database: Database) -> None:
    async def leave(db: Db) -> tuple[dict[str, int], int]:
        school = await made(db, "1-А", "11-А")
        low, high = (id_ for id_, _name in await classes_in(db, school))
        people = {name: await person_of(db, school, name) for name in ("Мама", "Тато", "Вчитель", "Класна")}
        elder, twin = [await child_named(db, school, high, name) for name in ("Старша", "Близнюк")]
        younger = await child_named(db, school, low, "Молодша")
        for person, child in (
            ("Мама", elder),
            ("Мама", twin),
            ("Тато", elder),
            ("Тато", younger),
            ("Вчитель", twin),
        ):
            await become_guardian(db, school, people[person], child, Relation.OTHER)
        await give_role(db, school, people["Вчитель"], Role.ADMINISTRATOR)
        await give_role(db, school, people["Класна"], Role.CLASS_TEACHER, high)
        await give_role(db, school, people["Класна"], Role.CLASS_TEACHER, low)
        concerned = await begun(db, school, first_plan(2026, await classes_now(db, school)))
        assert concerned == set(people.values())
        return people, high

    people, high = await database.write(leave)
    gone = await database.read(lambda db: children_of(db, people["Мама"]))
    assert gone == []
    assert [one.name for one in await database.read(lambda db: children_of(db, people["Тато"]))] == [
        "Молодша"
    ]
    assert len(await database.read(lambda db: classes_of(db, people["Класна"], TODAY))) == 1
    steps = 0
    while (school_class := await database.read(leavers)) is not None:
        assert school_class == high
        await database.write(lambda db: let_go(db, high, NOW))
        steps += 1
    assert steps == 4  # her mother, two children, then the class
    rest = await database.read(lambda db: db.all(select(Person.name).order_by(Person.id)))
    assert [name for (name,) in rest] == ["Тато", "Вчитель", "Класна"]
    assert [name for (name,) in await database.read(lambda db: db.all(select(Child.name)))] == ["Молодша"]
    names = await database.read(lambda db: db.all(select(SchoolClass.name).order_by(SchoolClass.name)))
    assert [name for (name,) in names] == ["1-А", "2-А"]
    buried = await database.read(lambda db: db.all(select(func.count()).select_from(Tombstone)))
    assert buried[0][0] == 3
    links = await database.read(lambda db: db.all(select(func.count()).select_from(Guardian)))
    assert links[0][0] == 1


@both_databases
async def test_a_class_moves_up_with_its_teacher_and_a_substitute_keeps_the_last_day(
    database: Database,
) -> None:
    async def work(db: Db) -> None:
        school = await made(db, "3-Б")
        (school_class, _name), *_none = await classes_in(db, school)
        teacher = await person_of(db, school, "Олена")
        until = TODAY + timedelta(days=10)
        await give_role(db, school, teacher, Role.CLASS_TEACHER, school_class, until=until)
        await begun(db, school, first_plan(2026, await classes_now(db, school)))
        assert await classes_of(db, teacher, TODAY) == [(school_class, "4-Б")]
        assert [row.until for row in await db.all(select(Staff.until))] == [until]

    await database.write(work)
