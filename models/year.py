"""The new school year: classes move up, new ones are made, leavers are let go; all of it at once or nothing."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, delete, distinct, exists, func, or_, select, update

from models.admission import JoinRequest
from models.audit import Deed, record
from models.calendar import CalendarDay, school_year
from models.database import Db
from models.erasure import erase_child, erase_person
from models.families import belongs
from models.invite import Invite
from models.naming import same_class
from models.people import Child, Guardian, Person, Staff
from models.school import School, SchoolClass, counted, new_class, year_label

OPENS, CLOSES = (5, 15), (10, 31)
"""Month and day from which, and until which, a new school year can be begun."""
LAST_FORMS = (4, 9, 11, 12)
"""Forms after which a school may end; the highest one of a school is suggested as leaving if it is one of them."""
_NUMBER = re.compile(r"\d{1,2}(?!\d)")


class Plan(NamedTuple):
    """What an administrator has decided so far.

    year: the school year under way. names: what was typed, by class. leaving: classes that leave the school.
    made: names of new classes.
    """

    year: int
    names: tuple[tuple[int, str], ...]
    leaving: tuple[int, ...]
    made: tuple[str, ...]


class Now(NamedTuple):
    """A class as it is; children and guardians: how many."""

    id: int
    name: str
    children: int
    guardians: int


class Drawn(NamedTuple):
    """What a plan makes of the classes.

    moves: each class that stays with its new name. leaves: those that leave. clashes: names that two would have.
    """

    moves: list[tuple[Now, str]]
    leaves: list[Now]
    clashes: list[str]

    def digest(self, plan: Plan) -> str:
        """A short word for all of it, so that what is begun is what was seen."""
        return hashlib.sha256(repr((self, plan)).encode()).hexdigest()[:12]


class AlreadyBegun(Exception):
    """The school year that was planned has been begun."""


class Changed(Exception):
    """Classes or children are not what they were when the plan was seen, or two classes would have one name."""


def window(year: int, today: date) -> tuple[date, date]:
    """From which day to which the school year after `year` can be begun: the window of today, or the next one."""
    this = today.year if today <= date(today.year, *CLOSES) else today.year + 1
    when = max(year + 1, this)
    return date(when, *OPENS), date(when, *CLOSES)


def may_begin(year: int, today: date) -> bool:
    """Whether the school year after `year` can be begun today."""
    return window(year, today)[0] <= today


def next_name(name: str) -> str:
    """A class's name a year later: 3-Б becomes 4-Б, 9-A becomes 10-A; one without a number in front keeps its own."""
    number = _NUMBER.match(name)
    return f"{int(number[0]) + 1}{name[number.end() :]}" if number else name


async def classes_now(db: Db, school: int) -> list[Now]:
    """The classes of a school that are under way, as people count them."""
    here = and_(Child.class_id == SchoolClass.id, Child.left_at.is_(None))
    rows = await db.all(
        select(
            SchoolClass.id,
            SchoolClass.name,
            func.count(distinct(Child.id)),
            func.count(distinct(Guardian.person_id)),
        )
        .join(School, School.id == SchoolClass.school_id)
        .outerjoin(Child, here)
        .outerjoin(Guardian, Guardian.child_id == Child.id)
        .where(SchoolClass.school_id == school, SchoolClass.year >= School.year)
        .group_by(SchoolClass.id, SchoolClass.name)
    )
    return sorted((Now(*row) for row in rows), key=lambda one: counted(one.name))


def first_plan(year: int, classes: Sequence[Now]) -> Plan:
    """What is suggested: the highest form leaves if it is a last one, and each first form that there is comes anew."""
    forms = {one.id: counted(one.name)[0] for one in classes}
    highest = max(forms.values(), default=0)
    leaving = tuple(id_ for id_, form in forms.items() if form == highest and form in LAST_FORMS)
    made = tuple(one.name for one in classes if forms[one.id] == 1)
    return Plan(year, (), leaving, made)


def draw(plan: Plan, classes: Sequence[Now]) -> Drawn:
    """What the plan makes of these classes."""
    typed = dict(plan.names)
    moves = [(one, typed.get(one.id, next_name(one.name))) for one in classes if one.id not in plan.leaving]
    leaves = [one for one in classes if one.id in plan.leaving]
    every = [*(name for _one, name in moves), *plan.made]
    often = Counter(map(same_class, every))
    return Drawn(moves, leaves, [name for name in dict.fromkeys(every) if often[same_class(name)] > 1])


async def begin(db: Db, school: int, plan: Plan, seen: str, by: int | None, now: datetime) -> set[int]:
    """Begin the next school year as planned; returns the people of the classes that leave.

    Their links and roles end with this; they are erased by `let_go`, some at a time. seen: the digest of what was
    shown. AlreadyBegun or Changed if it cannot be; the transaction must then be rolled back.
    """
    at_its_turn = (School.id == school, School.year == plan.year)
    if not await db.run(update(School).where(*at_its_turn).values(year=plan.year + 1)):
        raise AlreadyBegun
    drawn = draw(plan, await _before(db, school, plan.year))
    if drawn.clashes or drawn.digest(plan) != seen:
        raise Changed
    concerned: set[int] = set()
    for one in drawn.leaves:
        concerned |= await _leave(db, school, one, plan.year, by, now)
    await _rename(db, school, drawn.moves, by, now)
    for name in plan.made:
        made = await new_class(db, school, name)
        await record(db, school, by, Deed.CLASS_MADE, now, school_class=made)
    old = CalendarDay.day < school_year(plan.year)[0]
    await db.run(delete(CalendarDay).where(CalendarDay.school_id == school, old))
    await record(db, school, by, Deed.YEAR_BEGUN, now, detail=year_label(plan.year + 1))
    return concerned


async def _before(db: Db, school: int, year: int) -> list[Now]:
    """The classes that were under way in the year before, which is no longer the school's."""
    await db.run(
        update(SchoolClass)
        .where(SchoolClass.school_id == school, SchoolClass.year == year)
        .values(year=year + 1)
    )
    return await classes_now(db, school)


async def _leave(db: Db, school: int, one: Now, year: int, by: int | None, now: datetime) -> set[int]:
    """A class leaves: it is of the old year from now on, its children have left, its roles and invitations end."""
    here = Child.class_id == one.id
    guardians = await db.all(
        select(Guardian.person_id).join(Child, Child.id == Guardian.child_id).where(here).distinct()
    )
    staff = await db.all(select(Staff.person_id, Staff.role).where(Staff.class_id == one.id))
    children = select(Child.id).where(here)
    await db.run(delete(Invite).where(or_(Invite.class_id == one.id, Invite.child_id.in_(children))))
    await db.run(delete(JoinRequest).where(JoinRequest.class_id == one.id))
    for person, role in staff:
        await record(
            db, school, by, Deed.ROLE_ENDED, now, person=person, school_class=one.id, detail=role.value
        )
    await db.run(delete(Staff).where(Staff.class_id == one.id))
    await db.run(update(Child).where(here, Child.left_at.is_(None)).values(left_at=now))
    gone = f"{one.name} | {year_label(year)} | {one.id}"  # its name is free for another
    await db.run(update(SchoolClass).where(SchoolClass.id == one.id).values(year=year, name=gone))
    await record(db, school, by, Deed.CLASS_LET_GO, now, school_class=one.id, detail=str(one.children))
    return {person for (person,) in guardians} | {person for person, _role in staff}


async def _rename(
    db: Db, school: int, moves: Sequence[tuple[Now, str]], by: int | None, now: datetime
) -> None:
    """All at once: a name may only come free by another's renaming, so each gets one that nobody can type first."""
    new = [(one, name) for one, name in moves if name != one.name]
    for one, _name in new:
        aside = f"| {one.id}"
        await db.run(update(SchoolClass).where(SchoolClass.id == one.id).values(name=aside))
    for one, name in new:
        await db.run(update(SchoolClass).where(SchoolClass.id == one.id).values(name=name))
        await record(db, school, by, Deed.CLASS_CHANGED, now, school_class=one.id)


async def leavers(db: Db) -> int | None:
    """A class, of any school, that was let go and is still there, with nobody in it who has not left; `let_go` is
    due for it."""
    stays = exists().where(Child.class_id == SchoolClass.id, Child.left_at.is_(None))
    row = await db.first(
        select(SchoolClass.id)
        .join(School, School.id == SchoolClass.school_id)
        .where(SchoolClass.year < School.year, ~stays)
        .order_by(SchoolClass.id)
        .limit(1)
    )
    return row[0] if row else None


async def let_go(db: Db, school_class: int, now: datetime) -> set[int]:
    """Erase one of a class that was let go: a guardian who has nothing else here, or else a child; at the end the
    class itself. One at a time, as each is looked for in every letter. Returns whose cards are to be shown anew.
    """
    row = await db.first(select(Child.id).where(Child.class_id == school_class).order_by(Child.id).limit(1))
    if row is None:
        await db.run(delete(SchoolClass).where(SchoolClass.id == school_class))
        return set()
    alone = select(Person.id).join(Guardian, Guardian.person_id == Person.id)
    guardian = await db.first(alone.where(Guardian.child_id == row[0], ~belongs(now.date())).limit(1))
    if guardian is not None:
        return await erase_person(db, guardian[0], now)
    return await erase_child(db, row[0], now)
