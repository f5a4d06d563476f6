"""A class's invitations: of each child its letter, which several guardians can use, and one link for all families."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, update

from models.database import Db
from models.invite import GOOD_FOR, Invite, Issued, Offer, hash_of, issue_letter, letter_of
from models.naming import in_order
from models.people import Child, Guardian, Role
from models.school import School, SchoolClass

USES = 6
"""Guardians who can come in by one child's letter."""
RENEWED = timedelta(days=7)
"""A letter that is printed anew is good for at least as long."""
A_CHILD = 3
"""By a class's link so many for each child of it can ask to be let in."""


class Family(NamedTuple):
    """A child whose family gets a letter; language: the letter's. here: whether a guardian has joined."""

    id: int
    name: str
    language: str
    here: bool


class Standing(NamedTuple):
    """An invitation that stands, and what it can be shown with again."""

    id: int
    issued: Issued
    expires_at: datetime
    uses_left: int


def _stands(now: datetime) -> ColumnElement[bool]:
    return (
        Invite.salt.is_not(None)
        & Invite.used_at.is_(None)
        & (Invite.uses_left > 0)
        & (Invite.expires_at > now)
    )


async def families_in(db: Db, school_class: int) -> list[Family]:
    """The children of a class, by name."""
    here = exists().where(Guardian.child_id == Child.id)
    rows = await db.all(
        select(Child.id, Child.name, func.coalesce(Child.language, School.language), here)
        .join(School, School.id == Child.school_id)
        .where(Child.class_id == school_class, Child.left_at.is_(None))
        .order_by(Child.id)
    )
    return sorted((Family(*row) for row in rows), key=lambda one: in_order(one.name))


async def letters_for(db: Db, children: Sequence[int], key: bytes, now: datetime) -> dict[int, Standing]:
    """The letters of these children that stand and can be printed with this key, by the child's id."""
    rows = await db.all(
        select(Invite.child_id, Invite.id, Invite.salt, Invite.link_hash, Invite.expires_at, Invite.uses_left)
        .where(Invite.child_id.in_(children), _stands(now))
        .order_by(Invite.id)
    )
    found: dict[int, Standing] = {}
    for child, id_, salt, link_hash, expires_at, uses_left in rows:
        standing = _shown_again(id_, salt, link_hash, expires_at, uses_left, key)
        if standing and child is not None:
            found[child] = standing
    return found


async def write_letters(
    db: Db, school: int, children: Sequence[int], key: bytes, by: int | None, now: datetime
) -> int:
    """See to it that each of these children has one letter that stands for a while; returns how many are new.

    One that ends soon is prolonged, so that what was printed of it before works as well; one that cannot be made
    again with this key ends.
    """
    known = await letters_for(db, children, key, now)
    soon = [one.id for one in known.values() if one.expires_at < now + RENEWED]
    await db.run(update(Invite).where(Invite.id.in_(soon)).values(expires_at=now + GOOD_FOR))
    kept = [one.id for one in known.values()]
    others = (Invite.child_id.in_(children), Invite.id.not_in(kept), _stands(now))
    await db.run(update(Invite).where(*others).values(used_at=now))
    asking = await db.all(
        select(Child.id, SchoolClass.lets_in)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .where(Child.id.in_(children))
    )
    asks = {child: not lets_in for child, lets_in in asking}
    fresh = [child for child in children if child not in known]
    for child in fresh:
        offer = Offer(school, Role.GUARDIAN, child_id=child, uses_left=USES, asks=asks[child], made_by=by)
        await issue_letter(db, offer, key, now)
    return len(fresh)


async def end_letters(db: Db, children: Sequence[int], now: datetime) -> int:
    """Take back the letters of these children; returns how many."""
    return await db.run(update(Invite).where(Invite.child_id.in_(children), _stands(now)).values(used_at=now))


async def lets_in(db: Db, school_class: int) -> bool:
    """Whether whoever shows a letter of this class is let in without the teacher being asked."""
    row = await db.first(select(SchoolClass.lets_in).where(SchoolClass.id == school_class))
    return bool(row and row[0])


async def set_lets_in(db: Db, school_class: int, now: datetime, *, lets: bool) -> None:
    """Ask the teacher or not, from now on; of letters that are out already as well."""
    await db.run(update(SchoolClass).where(SchoolClass.id == school_class).values(lets_in=lets))
    children = select(Child.id).where(Child.class_id == school_class)
    await db.run(update(Invite).where(Invite.child_id.in_(children), _stands(now)).values(asks=not lets))


async def class_link(db: Db, school_class: int, key: bytes, now: datetime) -> Standing | None:
    """The class's link, if one stands."""
    row = await db.first(
        select(Invite.id, Invite.salt, Invite.link_hash, Invite.expires_at, Invite.uses_left)
        .where(Invite.class_id == school_class, Invite.role == Role.GUARDIAN, _stands(now))
        .order_by(Invite.id.desc())
    )
    return _shown_again(*row, key) if row else None


async def write_class_link(
    db: Db, school: int, school_class: int, key: bytes, by: int | None, now: datetime
) -> None:
    """Make a link for the families of a class; one that stood before ends."""
    await end_class_link(db, school_class, now)
    size = len(await families_in(db, school_class))
    offer = Offer(
        school,
        Role.GUARDIAN,
        class_id=school_class,
        uses_left=A_CHILD * max(1, size),
        asks=True,
        made_by=by,
    )
    await issue_letter(db, offer, key, now)


async def end_class_link(db: Db, school_class: int, now: datetime) -> int:
    """Take the class's link back; returns how many there were."""
    mine = (Invite.class_id == school_class, Invite.role == Role.GUARDIAN, Invite.used_at.is_(None))
    return await db.run(update(Invite).where(*mine).values(used_at=now))


def _shown_again(
    id_: int, salt: str | None, link_hash: str, expires_at: datetime, uses_left: int, key: bytes
) -> Standing | None:
    issued = letter_of(key, salt or "")
    return Standing(id_, issued, expires_at, uses_left) if hash_of(issued.token) == link_hash else None
