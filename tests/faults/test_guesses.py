"""T2: whoever guesses at codes finds nothing, however long."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from models.admission import JoinRequest
from models.chat import Chat
from models.database import Db
from models.invite import ALPHABET
from models.people import Person, Role
from tests.faults.rows import SEED, row, sizes
from tests.house import House

pytestmark = pytest.mark.faults
CODE = 12
"""Signs of a code."""
TOO_MANY = "Зараз надходить забагато"
SLOWED = "Код кілька разів не підійшов."


@sizes(220, 10_000)
@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_guessed_codes_find_nothing(house: House, platform: str, many: int) -> None:
    """Thirty letters are out; new accounts try five codes each, and wait whenever all typing of codes is slowed."""
    for number in range(30):
        await house.invite(Role.GUARDIAN, "", child=f"Дитина {number}")
    before, begun = await house.facts(_found), house.clock.now()
    dice, tries, accounts, waits = Random(SEED), 0, 0, 0
    while tries < many:
        accounts += 1
        guesser = await house.stranger(platform).opens()
        while tries < many:
            await guesser.says("".join(dice.choices(ALPHABET, k=CODE)))
            if TOO_MANY in guesser.last:
                waits += 1
                await house.later(minutes=10)
            elif SLOWED in guesser.last:
                break
            else:
                tries += 1
    hours = (house.clock.now() - begun).total_seconds() / 3600
    found = [now - then for now, then in zip(await house.facts(_found), before, strict=True)]
    assert await house.wrongs() == []
    row(f"T2 {platform}", sum(found) == 0, tries=tries, accounts=accounts, waits=waits, hours=round(hours, 1))


async def _found(db: Db) -> list[int]:
    """How many people there are, who waits, and who has an invitation before them."""
    asked = (
        select(func.count(Person.id)),
        select(func.count(JoinRequest.id)),
        select(func.count(Chat.id)).where(Chat.invited.is_not(None)),
    )
    counts = [await db.first(ask) for ask in asked]
    return [count[0] for count in counts if count is not None]
