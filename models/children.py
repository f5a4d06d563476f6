"""The list of a class: adding, renaming, moving, leaving; drafts that wait to be saved, and undoing the last change."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.absence import Absence
from models.admission import JoinRequest
from models.audit import Deed, record
from models.base import Base, choice
from models.database import Db
from models.errors import NotYours
from models.invite import Invite
from models.naming import in_order
from models.people import Child, Guardian, Pupil
from models.roster import Row
from models.school import SchoolClass

DRAFT_FOR = timedelta(days=1)
UNDO_FOR = timedelta(days=1)


class Change(enum.StrEnum):
    """What was done to a list."""

    ADDED = "added"
    RENAMED = "renamed"
    MOVED = "moved"
    LEFT = "left"


class ListChange(Base):
    """The last thing that somebody did to a class's list, so that it can be undone.

    before: what is needed to undo it, ids and former names; undone_at: when it was.
    """

    __tablename__ = "list_change"
    __table_args__ = (Index("ix_list_change_class", "class_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    change: Mapped[Change] = mapped_column(choice(Change))
    before: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]


class ListDraft(Base):
    """A list that was pasted or read from a file and waits for "save"; rows: [class name or "", child's name]…

    class_id: the class whose list it is; None where the rows name their classes.
    """

    __tablename__ = "list_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    rows: Mapped[list[Any]]
    at: Mapped[datetime] = mapped_column(index=True)


class TooLate(Exception):
    """The change cannot be undone any more: others have built on it, or a day has passed."""


class Draft(NamedTuple):
    """A list that waits to be saved; `school_class` is None where its rows name their classes."""

    id: int
    school: int
    school_class: int | None
    rows: list[Row]


class Last(NamedTuple):
    """The last change of a class's list, as long as it can be undone: what was done, and to how many or to whom."""

    id: int
    change: Change
    names: tuple[str, ...]
    """The child's name, and of one renamed also the former; of those added, each."""


async def children_in(db: Db, school_class: int) -> list[tuple[int, str]]:
    """The children (id, name) of a class, by name."""
    rows = await db.all(
        select(Child.id, Child.name).where(Child.class_id == school_class, Child.left_at.is_(None))
    )
    return sorted(((id_, name) for id_, name in rows), key=lambda one: in_order(one[1]))


async def set_photos(db: Db, pupil: Pupil, by: int | None, now: datetime, *, allowed: bool) -> None:
    """Whether photos of the child may be shown; recorded, for a family may ask who said so."""
    await db.run(update(Child).where(Child.id == pupil.id).values(no_photos=not allowed))
    deed = Deed.PHOTOS_ALLOWED if allowed else Deed.PHOTOS_REFUSED
    await record(db, pupil.school_id, by, deed, now, child=pupil.id)


async def photos_allowed(db: Db, child: int) -> bool:
    """Whether photos of a child may be shown. Who calls has asked for rights."""
    row = await db.first(select(Child.no_photos).where(Child.id == child))
    return row is None or not row[0]


async def without_photos(db: Db, classes: Iterable[int]) -> list[str]:
    """The names of the children of these classes of whom no photos are to be shown, in order."""
    asked = select(Child.name).where(Child.class_id.in_(list(classes)), Child.left_at.is_(None))
    return sorted((name for (name,) in await db.all(asked.where(Child.no_photos))), key=in_order)


async def children_at(db: Db, school: int) -> list[Row]:
    """All children of a school with the names of their classes."""
    rows = await db.all(
        select(SchoolClass.name, Child.name)
        .join(Child, Child.class_id == SchoolClass.id)
        .where(SchoolClass.school_id == school, Child.left_at.is_(None))
    )
    return [Row(school_class, name) for school_class, name in rows]


async def keep_draft(
    db: Db, school: int, school_class: int | None, by: int, rows: Iterable[Row], now: datetime
) -> int:
    """Keep a list until it is saved, for a day; returns its id. Of one person there is one, the newest."""
    await db.run(delete(ListDraft).where(ListDraft.by_id == by))
    row = {
        "school_id": school,
        "class_id": school_class,
        "by_id": by,
        "rows": list(map(list, rows)),
        "at": now,
    }
    return (await db.new(insert(ListDraft).returning(ListDraft.id), row))[0]


async def draft_of(db: Db, draft: int, person: int | None, now: datetime) -> Draft:
    """The person's own draft; NotYours if it is another's, saved, or older than a day."""
    row = await db.first(
        select(ListDraft.id, ListDraft.school_id, ListDraft.class_id, ListDraft.rows).where(
            ListDraft.id == draft, ListDraft.by_id == person, ListDraft.at > now - DRAFT_FOR
        )
    )
    if row is None:
        raise NotYours
    id_, school, school_class, rows = row
    return Draft(id_, school, school_class, [Row(*one) for one in rows])


async def drop_draft(db: Db, draft: int) -> None:
    """The draft was saved, or is not wanted."""
    await db.run(delete(ListDraft).where(ListDraft.id == draft))


async def add(db: Db, school: int, names: Mapping[int, Sequence[str]], by: int | None, now: datetime) -> int:
    """Add children to classes of a school, by the classes' ids; returns how many.

    A few statements, however many children: nobody else's turn should wait for a school's list.
    """
    rows = [
        {"school_id": school, "class_id": school_class, "name": name}
        for school_class, children in names.items()
        for name in children
    ]
    if not rows:
        return 0
    added = await db.new(insert(Child).returning(Child.id, sort_by_parameter_order=True), rows)
    ids, changes = iter(added), []
    for school_class, children in names.items():
        if children:
            before = {"children": [next(ids) for _name in children]}
            changes.append(_change(school, school_class, by, Change.ADDED, before, now))
    await db.run(insert(ListChange), changes)
    for school_class, children in names.items():
        if children:
            about, many = {"school_class": school_class}, str(len(children))
            await record(db, school, by, Deed.CHILDREN_ADDED, now, **about, detail=many)
    return len(added)


async def rename(db: Db, pupil: Pupil, name: str, by: int | None, now: datetime) -> None:
    """Call a child so; who manages its class may (`managed_child`)."""
    await db.run(update(Child).where(Child.id == pupil.id).values(name=name))
    await _note(db, pupil, by, Change.RENAMED, {"child": pupil.id, "name": pupil.name}, now)
    await record(
        db, pupil.school_id, by, Deed.CHILD_RENAMED, now, child=pupil.id, school_class=pupil.class_id
    )


async def move(db: Db, pupil: Pupil, to: int, by: int | None, now: datetime) -> None:
    """Move a child to another class of its school; who manages both may. Its open letters go with it."""
    await db.run(update(Child).where(Child.id == pupil.id).values(class_id=to))
    await _letters_follow(db, pupil.id, to)
    await _note(db, pupil, by, Change.MOVED, {"child": pupil.id, "to": to}, now)
    await record(db, pupil.school_id, by, Deed.CHILD_MOVED, now, child=pupil.id, school_class=to)


async def leave(db: Db, pupil: Pupil, by: int | None, now: datetime) -> None:
    """The child leaves its class: nobody sees it any more, and its invitations end.

    It is erased later (models/retention.py); until then, for a day, this can be undone.
    """
    await db.run(update(Child).where(Child.id == pupil.id).values(left_at=now))
    open_ones = (Invite.child_id == pupil.id, Invite.used_at.is_(None))
    await db.run(update(Invite).where(*open_ones).values(used_at=now))
    await db.run(delete(JoinRequest).where(JoinRequest.child_id == pupil.id))
    await _note(db, pupil, by, Change.LEFT, {"child": pupil.id}, now)
    await record(db, pupil.school_id, by, Deed.CHILD_LEFT, now, child=pupil.id, school_class=pupil.class_id)


async def speak_to_family(db: Db, child: int, language: str | None) -> None:
    """Write a family's letters in this language; None for the school's."""
    await db.run(update(Child).where(Child.id == child).values(language=language))


async def language_of(db: Db, child: int) -> str | None:
    """The language of a family's letters; None for the school's."""
    row = await db.first(select(Child.language).where(Child.id == child))
    return row[0] if row else None


async def stays(db: Db, child: int) -> bool:
    """Whether the child is in its class, and has not left it."""
    return await db.first(select(Child.id).where(Child.id == child, Child.left_at.is_(None))) is not None


async def guardians_of(db: Db, children: Iterable[int]) -> set[int]:
    """Everybody who is a guardian of one of these children, whatever they may do."""
    asked = select(Guardian.person_id).where(Guardian.child_id.in_(bindparam("children", expanding=True)))
    return {person for (person,) in await db.all(asked, {"children": list(children)})}


def _change(
    school: int, school_class: int, by: int | None, change: Change, before: dict[str, Any], now: datetime
) -> dict[str, Any]:
    row = {"school_id": school, "class_id": school_class, "by_id": by, "change": change}
    return {**row, "before": before, "at": now}


async def _note(
    db: Db, pupil: Pupil, by: int | None, change: Change, before: dict[str, Any], now: datetime
) -> None:
    await db.run(insert(ListChange), _change(pupil.school_id, pupil.class_id, by, change, before, now))


async def _letters_follow(db: Db, child: int, to: int) -> None:
    where = (Invite.child_id == child, Invite.class_id.is_not(None), Invite.used_at.is_(None))
    await db.run(update(Invite).where(*where).values(class_id=to))


async def last_change(db: Db, school_class: int, now: datetime) -> Last | None:
    """The last change of a class's list, if it was within a day and is not undone; whoever manages it may undo it."""
    found = await _last(db, school_class, now)
    if found is None:
        return None
    id_, change, before = found
    asked = select(Child.name).where(Child.id.in_(_children(before))).order_by(Child.id)
    names = tuple(name for (name,) in await db.all(asked))
    former = (before["name"],) if change is Change.RENAMED else ()
    return Last(id_, change, names + former) if names else None


async def _last(db: Db, school_class: int, now: datetime) -> tuple[int, Change, dict[str, Any]] | None:
    row = await db.first(
        select(ListChange.id, ListChange.change, ListChange.before, ListChange.undone_at, ListChange.at)
        .where(ListChange.class_id == school_class)
        .order_by(ListChange.id.desc())
        .limit(1)
    )
    if row is None or row[3] is not None or row[4] <= now - UNDO_FOR:
        return None
    return row[0], row[1], row[2]


def _children(before: dict[str, Any]) -> list[int]:
    return before["children"] if "children" in before else [before["child"]]


async def undo(
    db: Db, school: int, school_class: int, change: int, by: int | None, now: datetime
) -> set[int]:
    """Undo the last change of a class's list; returns whose guardians' screens it touches.

    TooLate if it is not the last any more, is older than a day, or others have built on it since.
    """
    found = await _last(db, school_class, now)
    if found is None or found[0] != change:
        raise TooLate
    _id, what, before = found
    children = _children(before)
    touched = await guardians_of(db, children)
    match what:
        case Change.ADDED:
            await _take_out(db, school_class, children)
        case Change.RENAMED:
            await _put(db, children, school_class, {"name": before["name"]})
        case Change.MOVED:
            await _put(db, children, before["to"], {"class_id": school_class})
            await _letters_follow(db, children[0], school_class)
        case Change.LEFT:
            await _put(db, children, school_class, {"left_at": None}, gone=True)
    await db.run(update(ListChange).where(ListChange.id == change).values(undone_at=now))
    child = None if what is Change.ADDED else children[0]
    await record(db, school, by, Deed.UNDONE, now, child=child, school_class=school_class, detail=str(what))
    return touched


async def moved_to(db: Db, school_class: int, change: int) -> int | None:
    """The class that a child was moved to by this change; None if it was another sort of change."""
    asked = select(ListChange.before).where(ListChange.id == change, ListChange.class_id == school_class)
    row = await db.first(asked)
    return row[0].get("to") if row else None


async def _take_out(db: Db, school_class: int, children: list[int]) -> None:
    """Take children out as if they had never been there; TooLate if a family has joined or something was told."""
    of_child = exists().where(Guardian.child_id == Child.id), exists().where(Absence.child_id == Child.id)
    asked = exists().where(JoinRequest.child_id == Child.id)
    among = Child.id.in_(bindparam("children", expanding=True))
    there = select(Child.id).where(among, Child.class_id == school_class, Child.left_at.is_(None))
    free = there.where(~or_(*of_child, asked))
    if len(await db.all(free, {"children": children})) != len(children):
        raise TooLate
    await db.run(delete(Child).where(Child.id.in_(children)))


async def _put(db: Db, children: list[int], where: int, new: dict[str, Any], *, gone: bool = False) -> None:
    """Put a child back as it was; TooLate if it is not where the change left it."""
    left = Child.left_at.is_not(None) if gone else Child.left_at.is_(None)
    here = (Child.id == children[0], Child.class_id == where, left)
    if not await db.run(update(Child).where(*here).values(new)):
        raise TooLate
