"""Families as their class's teacher sees them: who is in, who may what, and what ends when a link ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, or_, select, update

from models.admission import JoinRequest, follow
from models.chat import Chat
from models.database import Db
from models.errors import NotYours
from models.invite import Invite
from models.naming import in_order
from models.people import Child, Guardian, Person, Relation, Right, Role, Staff, holds
from models.school import SchoolClass, counted


class Kin(NamedTuple):
    """A guardian of a child: who they are to it, what they may do, and where a letter comes to them.

    on: the messengers where they can be reached. away: those where they have blocked the bot.
    """

    id: int
    name: str
    relation: Relation
    rights: frozenset[Right]
    on: tuple[str, ...]
    away: tuple[str, ...]


class Family(NamedTuple):
    """A child and its guardians who have joined."""

    id: int
    name: str
    kin: tuple[Kin, ...]

    @property
    def is_in(self) -> bool:
        """Whether a guardian has joined."""
        return bool(self.kin)

    @property
    def reachable(self) -> bool:
        """Whether a letter comes to one of them who may see it."""
        return any(one.on and Right.SEE in one.rights for one in self.kin)


_FAMILIES = (
    select(
        Child.id,
        Child.name,
        Person.id,
        Person.name,
        Guardian.relation,
        Guardian.sees,
        Guardian.reports,
        Guardian.books,
        Chat.platform,
        Chat.reachable,
    )
    .outerjoin(Guardian, Guardian.child_id == Child.id)
    .outerjoin(Person, Person.id == Guardian.person_id)
    .outerjoin(Chat, Chat.person_id == Person.id)
    .order_by(Child.id, Person.id, Chat.platform, Chat.id)
)
_OF_CLASS = _FAMILIES.where(Child.class_id == bindparam("school_class"), Child.left_at.is_(None))
_OF_CHILD = _FAMILIES.where(Child.id == bindparam("child"))


async def families_of(db: Db, school_class: int) -> list[Family]:
    """The families of a class, by the child's name. Who asks manages the class (`managed_class`)."""
    return _gathered(await db.all(_OF_CLASS, {"school_class": school_class}))


async def family_of(db: Db, child: int) -> Family:
    """One child's family. Who asks manages its class (`managed_child`)."""
    found = _gathered(await db.all(_OF_CHILD, {"child": child}))
    if not found:
        raise NotYours
    return found[0]


async def kin_of(db: Db, child: int, person: int) -> Kin:
    """One guardian of a child; NotYours if they are none (any more)."""
    for one in (await family_of(db, child)).kin:
        if one.id == person:
            return one
    raise NotYours


def _gathered(rows: Sequence[tuple[object, ...]]) -> list[Family]:
    """Families from rows of child, guardian and chat."""
    names: dict[int, str] = {}
    kin: dict[int, dict[int, Kin]] = {}
    for row in rows:
        child, child_name, person, name, relation, *rest = row
        assert isinstance(child, int) and isinstance(child_name, str)  # noqa: S101, PT018 (a row of _FAMILIES)
        names[child] = child_name
        of_child = kin.setdefault(child, {})
        if not isinstance(person, int):
            continue
        may, (platform, reachable) = rest[:3], rest[3:]
        assert isinstance(relation, Relation)  # noqa: S101 (the same)
        rights = frozenset(right for right, has in zip(Right, may, strict=True) if has)
        known = of_child.get(person) or Kin(person, str(name), relation, rights, (), ())
        if isinstance(platform, str) and reachable:
            known = known._replace(on=(*known.on, platform))
        elif isinstance(platform, str):
            known = known._replace(away=(*known.away, platform))
        of_child[person] = known
    found = [Family(id_, name, tuple(kin[id_].values())) for id_, name in names.items()]
    return sorted(found, key=lambda one: in_order(one.name))


async def set_right(db: Db, child: int, person: int, right: Right, now: datetime, *, may: bool) -> bool:
    """Give or take a guardian's right; False if they have it, or have it not, already.

    With a right that is taken the child's letters that are out end too: by one of them the same grown-up could come
    in once more, on another phone, with all rights.
    """
    column = {Right.SEE: Guardian.sees, Right.REPORT: Guardian.reports, Right.BOOK: Guardian.books}[right]
    change = (
        update(Guardian)
        .where(Guardian.child_id == child, Guardian.person_id == person, column.is_not(may))
        .values({column: may})
    )
    if not await db.run(change):
        return False
    if not may:
        await _end_letters(db, child, now)
    return True


async def end_guardian(db: Db, child: int, person: int, now: datetime) -> bool:
    """End that a person is a guardian of a child; False if they are not.

    The child's letters that are out end too: whoever is let in by one of them may be the one who has just left.
    """
    link = delete(Guardian).where(Guardian.child_id == child, Guardian.person_id == person)
    if not await db.run(link):
        return False
    await _end_letters(db, child, now)
    return True


async def _end_letters(db: Db, child: int, now: datetime) -> None:
    out = (Invite.child_id == child, Invite.role == Role.GUARDIAN, Invite.used_at.is_(None))
    await db.run(update(Invite).where(*out).values(used_at=now))


# What follows for a person


def belongs(today: date) -> ColumnElement[bool]:
    """That a person has a child here that has not left, or a role, or asks to be let in."""
    guards = (Guardian.person_id == Person.id, Child.id == Guardian.child_id, Child.left_at.is_(None))
    return or_(
        exists().where(*guards).correlate(Person),
        exists().where(Staff.person_id == Person.id, holds(today)).correlate(Person),
        exists().where(JoinRequest.person_id == Person.id).correlate(Person),
    )


async def mark_idle(db: Db, today: date, now: datetime, people: Iterable[int] | None = None) -> None:
    """Write down since when these people (None: all) belong to nobody here, or that they do again."""
    whom = [Person.id.in_(list(people))] if people is not None else []
    idle, here = Person.idle_since.is_not(None), belongs(today)
    await db.run(update(Person).where(*whom, ~idle, ~here).values(idle_since=now))
    await db.run(update(Person).where(*whom, idle, here).values(idle_since=None))


# The parents' committee


async def committees_of(db: Db, person: int | None) -> list[tuple[int, str]]:
    """The classes (id, name) in whose parents' committee this person is."""
    rows = await db.all(
        select(SchoolClass.id, SchoolClass.name)
        .join(Staff, Staff.class_id == SchoolClass.id)
        .where(Staff.person_id == person, Staff.role == Role.COMMITTEE)
    )
    return sorted(((id_, name) for id_, name in rows), key=lambda one: counted(one[1]))


async def committee(db: Db, school_class: int) -> set[int]:
    """The people in the parents' committee of a class."""
    held = (Staff.class_id == school_class, Staff.role == Role.COMMITTEE)
    return {id_ for (id_,) in await db.all(select(Staff.person_id).where(*held))}


async def leave_committee(db: Db, person: int, school_class: int) -> bool:
    """End that a person is in the committee of a class; False if they are not."""
    held = (Staff.person_id == person, Staff.role == Role.COMMITTEE, Staff.class_id == school_class)
    return bool(await db.run(delete(Staff).where(*held)))


async def without_a_child(db: Db, people: Iterable[int]) -> list[tuple[int, int, int]]:
    """Places in committees that these people hold without a child in the class (any more).

    Each as (person, class, school).
    """
    still = exists().where(
        Guardian.person_id == Staff.person_id,
        Child.id == Guardian.child_id,
        Child.class_id == Staff.class_id,
        Child.left_at.is_(None),
    )
    rows = await db.all(
        select(Staff.person_id, SchoolClass.id, Staff.school_id)
        .join(SchoolClass, SchoolClass.id == Staff.class_id)
        .where(and_(Staff.person_id.in_(list(people)), Staff.role == Role.COMMITTEE, ~still))
    )
    return [(person, school_class, school) for person, school_class, school in rows]


# Their messengers


async def messengers_of(db: Db, person: int | None) -> list[tuple[str, bool]]:
    """The messengers (and whether they can be reached there) that a person uses, the first one first."""
    rows = await db.all(
        select(Chat.platform, Chat.reachable).where(Chat.person_id == person).order_by(Chat.id)
    )
    return [(platform, reachable) for platform, reachable in rows]


async def speaking_one(db: Db, person: int | None) -> str | None:
    """The messenger that a person has chosen for unasked letters."""
    row = await db.first(select(Person.speaks).where(Person.id == person))
    return row[0] if row else None


async def speak_in(db: Db, person: int, platform: str | None) -> None:
    """Have unasked letters go to this messenger from now on; None leaves it to us."""
    await db.run(update(Person).where(Person.id == person).values(speaks=platform))


async def part(db: Db, person: int, platform: str) -> list[int]:
    """Part a person from their chats on a messenger; returns the chats, which are a stranger's from now on.

    What was asked for there waits in a chat that is left to them.
    """
    where = (Chat.person_id == person, Chat.platform == platform)
    chats = [id_ for (id_,) in await db.all(select(Chat.id).where(*where))]
    await db.run(update(Chat).where(Chat.id.in_(chats)).values(person_id=None, invited=None))
    stays = await db.first(select(Chat.id).where(Chat.person_id == person).order_by(Chat.id))
    if stays:
        await follow(db, chats, stays[0])
    return chats


async def colleague(db: Db, school: int, person: int, today: date) -> str | None:
    """The name of somebody with a role of the school's staff (a committee is none), or None."""
    row = await db.first(
        select(Person.name)
        .join(Staff, Staff.person_id == Person.id)
        .where(Person.id == person, Person.school_id == school, Staff.role != Role.COMMITTEE, holds(today))
    )
    return row[0] if row else None


async def end_invitations_of(db: Db, person: int, now: datetime) -> None:
    """Links and codes for a messenger of this person that are out work no more."""
    out = (Invite.person_id == person, Invite.used_at.is_(None))
    await db.run(update(Invite).where(*out).values(used_at=now))
