"""An announcement as if a teacher had composed it: what stories about families begin with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.core.turn import Turn
from handlers import announcing
from models.announcement import Ask, Audience, change, draft, post_of
from models.letter import Kind
from models.people import Child, Person
from tests.house import Friend

WHO_HAS_IT = "До кого дійшло"


async def sees_who_has_it(author: Friend) -> None:
    """Open the card of what has just been sent; where the messenger can change a screen, it has come by itself."""
    await author.presses(WHO_HAS_IT if WHO_HAS_IT in author.labels else "Оновити")


async def announced(
    teacher: Friend,
    text: str,
    *,
    classes: Sequence[str] = ("3-Б",),
    children: Sequence[str] = (),
    kind: Kind = Kind.TODAY,
    asks: Ask = Ask.NOTHING,
    options: Sequence[str] = (),
    several: bool = False,
    hidden: bool = False,
    closes_in: timedelta | None = None,
) -> int:
    """Announce something, and wait until it has gone to whom it goes at once; returns its id.

    children: to families instead of whole classes.
    """
    house = teacher.house
    person = (await house.chat(teacher)).person_id
    assert person is not None
    school = (await house.facts(lambda db: db.first(select(Person.school_id).where(Person.id == person))))[0]
    named = [await house.class_of(name) for name in classes] if not children else []
    rows = await house.facts(lambda db: db.all(select(Child.id).where(Child.name.in_(children))))
    whom = Audience(classes=tuple(named), children=tuple(id_ for (id_,) in rows))
    made: list[int] = []

    async def write(turn: Turn) -> None:
        post = await draft(turn.db, school, person, whom, text, None, turn.now)
        closes_at = turn.now + closes_in if closes_in else None
        poll = {
            "options": list(options) or None,
            "several": several,
            "hidden": hidden,
            "closes_at": closes_at,
        }
        await change(turn.db, post, kind=int(kind), asks=asks, **poll)
        await announcing.send_out(turn, await post_of(turn.db, post))
        made.append(post)

    await house.app.turns.unasked(write)
    await house.later(seconds=20)
    return made[0]
