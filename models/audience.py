"""Whom an announcement reaches: families, and of each the people who are to have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from models.announcement import AnnouncementChild, Audience, Copy, own_post
from models.chat import Chat
from models.database import Db
from models.errors import NotYours
from models.naming import in_order
from models.people import Child, Guardian, Person, Role, Staff, managed_classes
from models.wishes import News, Wish, wished


@dataclass(frozen=True, slots=True)
class Addressees:
    """children: whose families are meant. people: each guardian, and which of these children are theirs.

    committee: of these children, those for whose parents in the committee alone it is.
    spared: of these people, those whom another guardian of each of their children spares it, as they have wished.
    """

    children: frozenset[int]
    people: Mapping[int, frozenset[int]]
    spared: frozenset[int]
    committee: frozenset[int] = frozenset()


async def allowed(db: Db, person: int | None, audience: Audience, today: date) -> Audience:
    """What of an audience a person may address now: classes that they manage, children who are in these."""
    mine = {id_ for id_, _name in await managed_classes(db, person, today)}
    here = select(Child.id).where(Child.class_id.in_(mine), Child.left_at.is_(None))
    children = {id_ for (id_,) in await db.all(here.where(Child.id.in_(audience.children)))}
    silent = audience.silent
    try:
        if silent is not None:
            await own_post(db, person, silent, today)
    except NotYours:
        silent = None
    return Audience(
        tuple(id_ for id_ in audience.classes if id_ in mine),
        tuple(id_ for id_ in audience.children if id_ in children),
        tuple(id_ for id_ in audience.committees if id_ in mine),
        silent,
    )


async def addressees(db: Db, school: int, audience: Audience, classes: Iterable[int]) -> Addressees:
    """Everybody of a school whom an audience means, of the children of these classes: those that its author manages."""
    meant = _meant(school, audience).where(Child.class_id.in_(list(classes)))
    children: set[int] = {id_ for (id_,) in await db.all(meant)} if _means_families(audience) else set()
    families = frozenset(children)
    people: dict[int, set[int]] = {}
    wishes: dict[int, Wish] = {}
    reachable = exists().where(Chat.person_id == Person.id, Chat.reachable)
    guards = select(Guardian.person_id, Guardian.child_id, Person.wishes, reachable).join(
        Person, Person.id == Guardian.person_id
    )
    can_have: set[int] = set()
    rows = list(await db.all(guards.where(Guardian.sees, Guardian.child_id.in_(meant)))) if children else []
    if audience.committees:
        rows += await db.all(_committee(guards, school, set(audience.committees) & set(classes)))
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
        frozenset(children - families),
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


async def silent_in(db: Db, announcement: int, classes: Iterable[int]) -> int:
    """How many families of these classes have not answered an announcement that went to them."""
    still = (Child.class_id.in_(list(classes)), Child.left_at.is_(None))
    count = select(func.count()).select_from(Child)
    row = await db.first(count.where(*still, Child.id.in_(silent_children(announcement))))
    return row[0] if row else 0


async def children_named(
    db: Db, school: int, children: Iterable[int], classes: Iterable[int]
) -> list[tuple[int, str]]:
    """These children (id, name) of a school, as far as they are in these classes still, by name."""
    here = (Child.school_id == school, Child.class_id.in_(list(classes)), Child.left_at.is_(None))
    asked = select(Child.id, Child.name).where(*here)
    rows = await db.all(asked.where(Child.id.in_(list(children))))
    return sorted(((id_, name) for id_, name in rows), key=lambda one: in_order(one[1]))


async def classes_meant(db: Db, school: int, audience: Audience) -> set[int]:
    """The classes that an audience has to do with: its own, and those of the families that it means."""
    rows = await db.all(select(Child.class_id).where(Child.id.in_(_meant(school, audience))).distinct())
    return {id_ for (id_,) in rows} | {*audience.classes, *audience.committees}


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
