"""Invitations: good once, not for long, and not to be guessed."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from models.database import Database, Db
from models.invite import (
    ALPHABET,
    CODE_LENGTH,
    GOOD_FOR,
    Invite,
    Issued,
    Offer,
    accept,
    find,
    hash_of,
    issue,
    looks_like_code,
    tidy,
)
from models.people import Guardian, Person, Role, Staff, child_named
from models.school import class_named, school_named
from tests.databases import both_databases

NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)


async def invited(db: Db, role: Role = Role.GUARDIAN) -> Issued:
    school = await school_named(db, "Ліцей №7", "Europe/Kyiv", "uk", NOW.date())
    school_class = await class_named(db, school, "3-Б")
    child = await child_named(db, school, school_class, "Оля Коваль")
    of_child = child if role is Role.GUARDIAN else None
    of_class = school_class if role is Role.CLASS_TEACHER else None
    return await issue(db, Offer(school, role, "Ігор", of_class, of_child), NOW)


async def taken_up(db: Db, secret: str, person: int | None = None, at: datetime = NOW) -> int | None:
    invitation = await find(db, hash_of(secret), at)
    return await accept(db, invitation, person, at) if invitation else None


async def number(db: Db, what: type[Person] | type[Guardian] | type[Staff]) -> int:
    row = await db.first(select(func.count()).select_from(what))
    assert row is not None
    return row[0]


@both_databases
@pytest.mark.parametrize("role", Role)
async def test_an_invitation_is_good_once_by_link_or_by_code(database: Database, role: Role) -> None:
    issued = await database.write(lambda db: invited(db, role))
    person = await database.write(lambda db: taken_up(db, issued.token))
    assert person is not None
    assert await database.write(lambda db: taken_up(db, issued.token)) is None
    assert await database.write(lambda db: taken_up(db, tidy(issued.code))) is None
    again = await database.write(lambda db: invited(db, role))
    assert await database.write(lambda db: taken_up(db, tidy(again.code), person)) == person
    roles = Guardian if role is Role.GUARDIAN else Staff
    assert await database.read(lambda db: number(db, roles)) == 1
    assert await database.read(lambda db: number(db, Person)) == 1


@both_databases
async def test_of_twenty_at_once_one_is_let_in(database: Database) -> None:
    issued = await database.write(invited)
    came = await asyncio.gather(*(database.write(lambda db: taken_up(db, issued.token)) for _ in range(20)))
    assert len([person for person in came if person is not None]) == 1
    assert await database.read(lambda db: number(db, Guardian)) == 1


async def test_it_ends_after_its_days(database: Database) -> None:
    issued = await database.write(invited)
    assert await database.read(lambda db: find(db, hash_of(issued.token), NOW + GOOD_FOR)) is None
    last = NOW + GOOD_FOR - timedelta(seconds=1)
    assert await database.read(lambda db: find(db, hash_of(issued.token), last)) is not None


async def test_a_hundred_thousand_guesses_hit_nothing(database: Database) -> None:
    for _ in range(50):
        await database.write(invited)
    guesses = [hash_of(secrets.token_urlsafe(16)) for _ in range(50_000)]
    guesses += [hash_of("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))) for _ in range(50_000)]

    async def hits(db: Db) -> int:
        found = 0
        for start in range(0, len(guesses), 10_000):
            some = guesses[start : start + 10_000]
            rows = await db.all(
                select(Invite.id).where(Invite.link_hash.in_(some) | Invite.code_hash.in_(some))
            )
            found += len(rows)
        return found

    assert await database.read(hits) == 0
    for guess in guesses[::500]:
        one = guess
        assert await database.read(lambda db, one=one: find(db, one, NOW)) is None  # type: ignore[misc]  # a default cannot be typed in a lambda


async def test_nothing_stored_opens_the_door(database: Database) -> None:
    issued = await database.write(invited)
    rows = await database.read(lambda db: db.all(select(Invite.link_hash, Invite.code_hash)))
    stored = [value for row in rows for value in row]
    assert issued.token not in stored
    assert tidy(issued.code) not in stored
    for value in stored:
        assert await database.read(lambda db, value=value: find(db, hash_of(value), NOW)) is None  # type: ignore[misc]  # as above


@pytest.mark.parametrize(
    "typed",
    [
        "ACDE-FHJK-LMNP",
        "acde fhjk lmnp",
        " acdefhjklmnp\n",
        "АСDЕ-FНJК-LМNР",
        "асdе fнjк lмnр",
        "A C D E F H J K L M N P",
        "ACDE—FHJK—LMNP",
    ],
)
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert looks_like_code(typed)
    assert tidy(typed) == "ACDEFHJKLMNP"


@pytest.mark.parametrize(
    "typed", ["", "ACDE-FHJK", "ACDE-FHJK-LMN0", "ACDE-FHJK-LMNO", "Оля не прийде", "1" * 12]
)
def test_what_is_no_code_is_not_taken_for_one(typed: str) -> None:
    assert not looks_like_code(typed)


def test_the_alphabet_has_no_two_signs_that_look_alike() -> None:
    assert len(set(ALPHABET)) == 25
    for pair in ("B8", "G6", "I1", "O0", "S5", "Z2"):
        assert len(set(pair) & set(ALPHABET)) <= 1
