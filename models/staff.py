"""The staff of a school: who is what and who is invited to what; the last administrator cannot go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Exists, delete, exists, or_, select, update
from sqlalchemy.orm import aliased

from models.audit import Deed, record
from models.database import Db
from models.errors import NotYours
from models.invite import Invite, Issued, Offer, issue
from models.naming import in_order
from models.people import Child, Guardian, Person, Role, Staff, holds
from models.school import SchoolClass

POSTS = (Role.ADMINISTRATOR, Role.CLASS_TEACHER, Role.SPECIALIST)
"""Roles of the school's own staff; a committee is of guardians."""


class LastAdministrator(Exception):
    """Without this one nobody could set the school up any more."""


class Post(NamedTuple):
    """A role that somebody holds or is invited to. id: the role's own; 0 where nobody holds it yet."""

    id: int
    role: Role
    class_id: int | None
    class_name: str | None
    title: str | None
    until: date | None


class Place(NamedTuple):
    """What somebody is to be: a role, its class (0: the whole school's), a specialist's title, a substitute's last
    day, and the role that ends with it, where a class is handed over (0: none).
    """

    role: Role
    class_id: int = 0
    title: str = ""
    until: date | None = None
    replaces: int = 0


class Member(NamedTuple):
    """A person of the staff."""

    id: int
    name: str
    posts: tuple[Post, ...]


class Pending(NamedTuple):
    """An invitation that nobody has taken up yet."""

    id: int
    name: str
    post: Post
    expires_at: datetime


async def has_administrator(db: Db, school: int) -> bool:
    """Whether anybody can set this school up."""
    asked = select(Staff.id).where(Staff.school_id == school, Staff.role == Role.ADMINISTRATOR).limit(1)
    return await db.first(asked) is not None


async def is_last_administrator(db: Db, person: int) -> bool:
    """Whether this person is an administrator and nobody else of their school is."""
    other = aliased(Staff)
    asked = select(Staff.id).where(
        Staff.person_id == person, Staff.role == Role.ADMINISTRATOR, ~_another(other)
    )
    return await db.first(asked) is not None


def _another(other: type[Staff]) -> Exists:
    return (
        exists()
        .where(
            other.school_id == Staff.school_id,
            other.role == Role.ADMINISTRATOR,
            other.person_id != Staff.person_id,
        )
        .correlate(Staff)
    )


async def first_invitation(db: Db, school: int, now: datetime) -> Issued:
    """An invitation of the first administrator, who says their own name; an earlier one of the kind ends."""
    earlier = (
        Invite.school_id == school,
        Invite.role == Role.ADMINISTRATOR,
        Invite.made_by.is_(None),
        Invite.person_id.is_(None),
        Invite.name == "",
        Invite.used_at.is_(None),
    )
    if await db.run(update(Invite).where(*earlier).values(used_at=now)):
        await record(db, school, None, Deed.INVITATION_ENDED, now, detail=Role.ADMINISTRATOR)
    issued = await issue(db, Offer(school, Role.ADMINISTRATOR), now)
    await record(db, school, None, Deed.INVITED, now, detail=Role.ADMINISTRATOR)
    return issued


_POSTS = (
    select(
        Person.id,
        Person.name,
        Staff.id,
        Staff.role,
        Staff.class_id,
        SchoolClass.name,
        Staff.title,
        Staff.until,
    )
    .join(Staff, Staff.person_id == Person.id)
    .outerjoin(SchoolClass, SchoolClass.id == Staff.class_id)
    .where(Staff.role.in_(POSTS))
    .order_by(Person.id, Staff.id)
)


async def members(db: Db, school: int, today: date) -> list[Member]:
    """Everybody of the school's staff with what they are today, by name."""
    found: dict[int, Member] = {}
    for row in await db.all(_POSTS.where(Staff.school_id == school, holds(today))):
        known = found.get(row[0], Member(row[0], row[1], ()))
        found[known.id] = known._replace(posts=(*known.posts, Post._make(row[2:])))
    return sorted(found.values(), key=lambda one: in_order(one.name))


async def administrators(db: Db, school: int, today: date) -> list[Member]:
    """The school's administrators, by name."""
    found = await members(db, school, today)
    return [one for one in found if any(held.role is Role.ADMINISTRATOR for held in one.posts)]


async def member(db: Db, school: int, person: int, today: date) -> Member:
    """One of the school's staff; NotYours if they are none."""
    for one in await members(db, school, today):
        if one.id == person:
            return one
    raise NotYours


async def posts_of(db: Db, person: int | None, today: date) -> list[Post]:
    """What a person is to the school today."""
    rows = await db.all(_POSTS.where(Staff.person_id == person, holds(today)))
    return [Post._make(row[2:]) for row in rows]


async def teaching(db: Db, school_class: int, today: date) -> list[Member]:
    """The class teachers of a class, each with this one post, those for good before the substitutes."""
    asked = _POSTS.where(Staff.class_id == school_class, Staff.role == Role.CLASS_TEACHER, holds(today))
    found = [Member(row[0], row[1], (Post._make(row[2:]),)) for row in await db.all(asked)]
    return sorted(found, key=lambda one: (one.posts[0].until is not None, in_order(one.name)))


async def with_teacher(db: Db, school: int, today: date) -> set[int]:
    """The classes of a school that have a class teacher today, for good or as a substitute."""
    asked = select(Staff.class_id).where(
        Staff.school_id == school, Staff.role == Role.CLASS_TEACHER, holds(today)
    )
    return {id_ for (id_,) in await db.all(asked) if id_ is not None}


async def led_class(db: Db, person: int | None, school_class: int, today: date) -> tuple[int, str, int]:
    """The class (id, name, school), if this person decides who teaches it; NotYours otherwise.

    An administrator of its school does, and its class teacher; a substitute does not.
    """
    row = await db.first(
        select(SchoolClass.id, SchoolClass.name, SchoolClass.school_id)
        .join(Staff, Staff.school_id == SchoolClass.school_id)
        .where(
            SchoolClass.id == school_class,
            Staff.person_id == person,
            or_(
                Staff.role == Role.ADMINISTRATOR,
                (Staff.role == Role.CLASS_TEACHER)
                & (Staff.class_id == SchoolClass.id)
                & Staff.until.is_(None),
            ),
        )
        .limit(1)
    )
    if row is None:
        raise NotYours
    return row[0], row[1], row[2]


async def post_of(db: Db, school: int, id_: int) -> tuple[int, str, Post]:
    """A post of this school's staff and who holds it (person, name); NotYours if there is none."""
    row = await db.first(_POSTS.where(Staff.school_id == school, Staff.id == id_))
    if row is None:
        raise NotYours
    return row[0], row[1], Post._make(row[2:])


async def end_post(db: Db, school: int, id_: int) -> int:
    """End a role at once; returns whose it was. LastAdministrator if it is the school's last one of that kind.

    One statement both looks for another administrator and deletes, so that two who end each other cannot both be
    let through.
    """
    person, _name, _post = await post_of(db, school, id_)
    other = aliased(Staff)
    ended = await db.run(
        delete(Staff).where(
            Staff.id == id_,
            Staff.school_id == school,
            or_(Staff.role != Role.ADMINISTRATOR, _another(other)),
        )
    )
    if not ended:
        raise LastAdministrator
    return person


async def substitutes_over(db: Db, school: int, today: date) -> list[tuple[int, int | None]]:
    """The roles (id, class) of a school whose last day is over."""
    asked = select(Staff.id, Staff.class_id).where(Staff.school_id == school, Staff.until < today)
    return [(id_, school_class) for id_, school_class in await db.all(asked)]


_PENDING = (
    select(
        Invite.id,
        Invite.name,
        Invite.role,
        Invite.class_id,
        SchoolClass.name,
        Invite.title,
        Invite.until,
        Invite.expires_at,
    )
    .outerjoin(SchoolClass, SchoolClass.id == Invite.class_id)
    .where(Invite.role.in_(POSTS), Invite.person_id.is_(None), Invite.used_at.is_(None))
    .order_by(Invite.id.desc())
)


async def pending(db: Db, school: int, now: datetime) -> list[Pending]:
    """The school's invitations of staff that nobody has taken up yet, the newest first."""
    rows = await db.all(_PENDING.where(Invite.school_id == school, Invite.expires_at > now))
    return [
        Pending(id_, name, Post(0, role, class_id, class_name, title, until), expires_at)
        for id_, name, role, class_id, class_name, title, until, expires_at in rows
    ]


async def take_back(db: Db, school: int, invitation: int, now: datetime) -> bool:
    """End an invitation of the school's staff; False if it has ended already."""
    standing = (
        Invite.id == invitation,
        Invite.school_id == school,
        Invite.role.in_(POSTS),
        Invite.used_at.is_(None),
    )
    return bool(await db.run(update(Invite).where(*standing).values(used_at=now)))


async def end_unbacked(
    db: Db, makers: Iterable[int], today: date, now: datetime
) -> list[tuple[int, int | None, Role]]:
    """End the invitations to the staff, and the links for others' new phones, that their makers could not make now.

    Whoever has lost a role must not come back by what they made before. Returns school, class and role of each.
    """
    made = (Invite.made_by.in_(list(makers)), Invite.used_at.is_(None), Invite.expires_at > now)
    rows = await db.all(
        select(Invite.id, Invite.school_id, Invite.class_id, Invite.role).where(*made, _unbacked(today))
    )
    await db.run(update(Invite).where(Invite.id.in_([row[0] for row in rows])).values(used_at=now))
    return [(school, school_class, role) for _id, school, school_class, role in rows]


def _unbacked(today: date) -> ColumnElement[bool]:
    """That an invitation's maker holds nothing by which they could make it: the rules are those of `staff.may_give`
    and `messengers.lost`.
    """
    mine = exists().where(Staff.person_id == Invite.made_by, holds(today))
    runs = mine.where(Staff.role == Role.ADMINISTRATOR)
    teaches = mine.where(Staff.role == Role.CLASS_TEACHER)
    leads = teaches.where(Staff.class_id == Invite.class_id, Staff.until.is_(None))
    guarded = teaches.where(
        Guardian.person_id == Invite.person_id,
        Child.id == Guardian.child_id,
        Child.class_id == Staff.class_id,
        Child.left_at.is_(None),
    )
    to_staff = Invite.person_id.is_(None) & Invite.role.in_(POSTS) & ~runs & ~leads
    colleagues_phone = Invite.replaces & (Invite.role != Role.GUARDIAN) & ~runs
    guardians_phone = Invite.replaces & (Invite.role == Role.GUARDIAN) & ~guarded
    return or_(to_staff, colleagues_phone, guardians_phone)
