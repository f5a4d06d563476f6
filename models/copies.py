"""Copies of an announcement: who is to have it, what each may read, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Text,
    and_,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from models.announcement import (
    AnnouncementChild,
    AnnouncementClass,
    Ask,
    Copy,
    Post,
    Stage,
    media_of,
    post_of,
)
from models.audience import Addressees
from models.database import Db
from models.errors import NotYours
from models.people import Child, Guardian, Role, Staff, person_name
from models.school import SchoolClass


class Reading(NamedTuple):
    """An announcement as a guardian reads it.

    children: the names of theirs whom it concerns, empty if they have but one child here. classes: of these children.
    author_name: empty once the author was erased. media: its photos and files; of what was taken back, neither these
    nor the text are there to be read. answer: theirs, or None; what
    another guardian has answered is not theirs to see. votes: of a poll, how many have chosen each option; None where
    that is not shown.
    """

    post: Post
    children: tuple[str, ...]
    classes: tuple[str, ...]
    author_name: str
    media: tuple[int, ...]
    answer: list[Any] | None
    votes: tuple[int, ...] | None = None


async def deal_out(db: Db, post: Post, who: Addressees, keys: Mapping[int, str | None]) -> None:
    """Write down to whom an announcement goes, in the place of what was written before.

    keys: for each person the card that shows it (see `Copy`).
    """
    await take_back(db, post.id)
    of = {"announcement_id": post.id}
    classes = [{**of, "class_id": id_} for id_ in sorted(post.audience.classes)]
    children = [{**of, "child_id": id_, "committee": id_ in who.committee} for id_ in sorted(who.children)]
    for table, rows in ((AnnouncementClass, classes), (AnnouncementChild, children)):
        if rows:
            await db.run(insert(table), rows)
    copies = [{**of, "person_id": person, "key": key} for person, key in sorted(keys.items())]
    if copies:
        await db.run(insert(Copy), copies)


def still_for(
    person: int | InstrumentedAttribute[int] | BindParameter[int] | None,
) -> ColumnElement[bool]:
    """That what went to a child's family is for this person of it still, where `AnnouncementChild` is asked."""
    member = exists().where(
        Staff.person_id == person, Staff.role == Role.COMMITTEE, Staff.class_id == Child.class_id
    )
    return or_(~AnnouncementChild.committee, member)


def concerns(
    announcement: int | InstrumentedAttribute[int], person: int | InstrumentedAttribute[int] | None
) -> ColumnElement[bool]:
    """That an announcement is this guardian's to read because of a child, where `Guardian` and `Child` are asked.

    It concerns those to whom it went, of a committee while they are in it, and of a whole class also those who have
    joined since.
    """
    had = exists().where(Copy.announcement_id == announcement, Copy.person_id == person)
    to_child = exists().where(
        AnnouncementChild.announcement_id == announcement,
        AnnouncementChild.child_id == Child.id,
        still_for(person),
    )
    to_class = exists().where(
        AnnouncementClass.announcement_id == announcement, AnnouncementClass.class_id == Child.class_id
    )
    return and_(Guardian.sees, Child.left_at.is_(None), or_(and_(had, to_child), to_class))


async def reading(db: Db, person: int | None, announcement: int) -> Reading:
    """An announcement for a guardian of a child whom it concerns (`concerns`); NotYours otherwise."""
    post = await post_of(db, announcement)
    rows = await db.all(
        select(Child.id, Child.name, SchoolClass.name, concerns(announcement, person))
        .join(Guardian, Guardian.child_id == Child.id)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .where(Guardian.person_id == person, Guardian.sees, Child.left_at.is_(None))
        .order_by(Child.id)
    )
    meant = [(id_, name, school_class) for id_, name, school_class, concerned in rows if concerned]
    if not meant or post.stage not in (Stage.SENT, Stage.RECALLED):
        raise NotYours
    if post.stage is Stage.RECALLED:
        post = post._replace(text="", marks=None)
    mine = await db.first(
        select(Copy.answer).where(
            Copy.announcement_id == announcement, Copy.person_id == person, Copy.answered_at.is_not(None)
        )
    )
    return Reading(
        post,
        tuple(name for _id, name, _class in meant) if len(rows) > 1 else (),
        tuple(dict.fromkeys(school_class for _id, _name, school_class in meant)),
        await person_name(db, post.author),
        tuple(await media_of(db, announcement)) if post.stage is Stage.SENT else (),
        (mine[0] or []) if mine else None,
    )


async def votes(db: Db, post: Post) -> tuple[int, ...]:
    """How many people have chosen each option of a poll."""
    said = cast(Copy.answer, Text)
    rows = await db.all(
        select(said, func.count())
        .where(Copy.announcement_id == post.id, Copy.answered_at.is_not(None))
        .group_by(said)
    )
    counted = [0] * len(post.options)
    for answer, number in rows if post.asks is Ask.POLL else ():
        for place in json.loads(answer):
            if isinstance(place, int) and 0 <= place < len(counted):
                counted[place] += number
    return tuple(counted)


async def answer(db: Db, announcement: int, person: int, said: list[Any], now: datetime) -> None:
    """Keep somebody's answer; the newest counts, and an empty one is none. Who asks has read it (`reading`)."""
    mine = (Copy.announcement_id == announcement, Copy.person_id == person)
    values = {"answer": said or None, "answered_at": now if said else None}
    if not await db.run(update(Copy).where(*mine).values(values)):  # they have joined since it was sent
        await db.run(insert(Copy), {"announcement_id": announcement, "person_id": person, **values})


async def how_many(db: Db, announcement: int) -> int:
    """To how many families an announcement went."""
    row = await db.first(
        select(func.count())
        .select_from(AnnouncementChild)
        .where(AnnouncementChild.announcement_id == announcement)
    )
    return row[0] if row else 0


async def answered(db: Db, announcement: int) -> set[int]:
    """The people who have answered."""
    mine = (Copy.announcement_id == announcement, Copy.answered_at.is_not(None))
    return {id_ for (id_,) in await db.all(select(Copy.person_id).where(*mine))}


async def forget_answers(db: Db, announcement: int) -> None:
    """Have everybody asked anew."""
    mine = (Copy.announcement_id == announcement, Copy.answered_at.is_not(None))
    await db.run(update(Copy).where(*mine).values(answer=None, answered_at=None))


async def take_back(db: Db, announcement: int) -> None:
    """Forget to whom an announcement was to go: it was stopped before anything went."""
    for table in (Copy, AnnouncementChild, AnnouncementClass):
        await db.run(delete(table).where(table.announcement_id == announcement))


async def having(db: Db, announcement: int) -> Iterable[int]:
    """The people who are to have an announcement."""
    return [
        id_ for (id_,) in await db.all(select(Copy.person_id).where(Copy.announcement_id == announcement))
    ]
