"""Whom an announcement reaches: families, and of each the people who are to have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from models.announcement import AnnouncementChild, Audience, Copy
from models.chat import Chat
from models.database import Db
from models.people import Child, Guardian, Person, Role, Staff
from models.wishes import News, Wish, wished


@dataclass(frozen=True, slots=True)
class Addressees:
    """children: whose families are meant. people: each guardian, and which of these children are theirs.

    spared: of these people, those whom another guardian of each of their children spares it, as they have wished.
    """

    children: frozenset[int]
    people: Mapping[int, frozenset[int]]
    spared: frozenset[int]


async def addressees(db: Db, school: int, audience: Audience) -> Addressees:
    """Everybody of a school whom an audience means. Whoever asks manages these classes."""
    meant = _meant(school, audience)
    children: set[int] = {id_ for (id_,) in await db.all(meant)} if _means_families(audience) else set()
    people: dict[int, set[int]] = {}
    wishes: dict[int, Wish] = {}
    reachable = exists().where(Chat.person_id == Person.id, Chat.reachable)
    guards = select(Guardian.person_id, Guardian.child_id, Person.wishes, reachable).join(
        Person, Person.id == Guardian.person_id
    )
    can_have: set[int] = set()
    rows = list(await db.all(guards.where(Guardian.sees, Guardian.child_id.in_(meant)))) if children else []
    if audience.committees:
        rows += await db.all(_committee(guards, school, audience.committees))
    for person, child, wish, reached in rows:
        people.setdefault(person, set()).add(child)
        children.add(child)
        wishes[person] = wished(wish, News.ANNOUNCEMENTS)
        if reached:
            can_have.add(person)
    had = {child for person in can_have if wishes[person] is not Wish.NEVER for child in people[person]}
    spared = {person for person, theirs in people.items() if wishes[person] is Wish.NEVER and theirs <= had}
    return Addressees(
        frozenset(children),
        {person: frozenset(theirs) for person, theirs in people.items()},
        frozenset(spared),
    )


def _means_families(audience: Audience) -> bool:
    return bool(audience.classes or audience.children or audience.silent is not None)


def _meant(school: int, audience: Audience) -> Select[int]:
    """The children whose whole families are meant."""
    by: list[ColumnElement[bool]] = [
        Child.class_id.in_(audience.classes),
        Child.id.in_(audience.children),
    ]
    if audience.silent is not None:
        by.append(Child.id.in_(silent_children(audience.silent)))
    return select(Child.id).where(Child.school_id == school, Child.left_at.is_(None), or_(*by))


def silent_children(announcement: int) -> Select[int]:
    """The children of an announcement of whose families nobody has answered it."""
    answered = exists().where(
        Guardian.child_id == AnnouncementChild.child_id,
        Copy.person_id == Guardian.person_id,
        Copy.announcement_id == announcement,
        Copy.answered_at.is_not(None),
    )
    return select(AnnouncementChild.child_id).where(
        AnnouncementChild.announcement_id == announcement, ~answered
    )


def _committee(
    guards: Select[int, int, dict[str, Any] | None, bool], school: int, classes: Iterable[int]
) -> Select[int, int, dict[str, Any] | None, bool]:
    """The members of the committees of these classes, with their children there."""
    held = and_(Staff.person_id == Guardian.person_id, Staff.role == Role.COMMITTEE)
    return (
        guards.join(Child, Child.id == Guardian.child_id)
        .join(Staff, held)
        .where(
            Child.school_id == school,
            Child.left_at.is_(None),
            Guardian.sees,
            Staff.class_id == Child.class_id,
            Staff.class_id.in_(list(classes)),
        )
    )
