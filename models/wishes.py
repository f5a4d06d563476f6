"""Wishes: when each sort of unasked news is to come to a person, at once, in the day's digest, or not at all."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from models.database import Db
from models.people import Person


class News(enum.StrEnum):
    """A sort of news that nobody has just asked for."""

    ABSENCES = "absences"
    """Who of one's class is away."""
    WAITING = "waiting"
    """Who waits to be let into one's class."""
    NOTICED = "noticed"
    """That the teacher has noticed what was told."""
    ANNOUNCEMENTS = "announcements"
    """What the teacher announces, unless it is urgent."""


class Wish(enum.StrEnum):
    """When it is to come."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    NEVER = "never"


CAN_DO_WITHOUT = frozenset({News.NOTICED, News.ANNOUNCEMENTS})
"""What may be switched off: it also stands on a screen that one can look at. The rest somebody waits for.

Announcements do come to whoever has switched them off, where no other guardian of the child can have them.
"""


def wished(wishes: Mapping[str, Any] | None, news: News) -> Wish:
    """How a person, by the `wishes` of their row, wants this sort of news."""
    try:
        wish = Wish((wishes or {}).get(news, Wish.AT_ONCE))
    except ValueError:
        return Wish.AT_ONCE
    return wish if wish in choices(news) else Wish.AT_ONCE


def choices(news: News) -> list[Wish]:
    """What can be wished for this sort of news."""
    return [wish for wish in Wish if wish is not Wish.NEVER or news in CAN_DO_WITHOUT]


async def wish(db: Db, person: int, news: News, how: Wish) -> None:
    """Write a wish down; one that this sort of news does not know is passed over."""
    if how not in choices(news):
        return
    row = await db.first(select(Person.wishes).where(Person.id == person))
    wishes: dict[str, Any] = {**((row[0] if row else None) or {}), news.value: how.value}
    await db.run(update(Person).where(Person.id == person).values(wishes=wishes))


async def set_quiet(db: Db, person: int, begins: int, ends: int) -> None:
    """The person's quiet hours, from full hour to full hour; the same twice is none at all."""
    await db.run(update(Person).where(Person.id == person).values(quiet_from=begins % 24, quiet_to=ends % 24))


async def set_digest(db: Db, person: int, hour: int) -> None:
    """The hour at which the person's digest comes."""
    await db.run(update(Person).where(Person.id == person).values(digest_at=hour % 24))
