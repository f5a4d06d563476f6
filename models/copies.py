"""Copies of an announcement: who is to have it, what each may read, and what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, exists, insert, or_, select, update

from models.announcement import AnnouncementChild, AnnouncementClass, Copy, Post, Stage, media_of, post_of
from models.audience import Addressees
from models.database import Db
from models.errors import NotYours
from models.people import Child, Guardian, person_name
from models.school import SchoolClass


class Reading(NamedTuple):
    """An announcement as a guardian reads it.

    children, classes: the names of theirs whom it concerns. author_name: empty once the author was erased.
    media: its photos and files. answer: theirs, or None.
    """

    post: Post
    children: tuple[str, ...]
    classes: tuple[str, ...]
    author_name: str
    media: tuple[int, ...]
    answer: list[Any] | None


async def deal_out(db: Db, post: Post, who: Addressees, keys: Mapping[int, str | None]) -> None:
    """Write down to whom an announcement goes, in the place of what was written before.

    keys: for each person the card that shows it (see `Copy`).
    """
    await take_back(db, post.id)
    of = {"announcement_id": post.id}
    for table, column, ids in (
        (AnnouncementClass, "class_id", post.audience.classes),
        (AnnouncementChild, "child_id", who.children),
    ):
        rows = [{**of, column: id_} for id_ in sorted(ids)]
        if rows:
            await db.run(insert(table), rows)
    copies = [{**of, "person_id": person, "key": key} for person, key in sorted(keys.items())]
    if copies:
        await db.run(insert(Copy), copies)


async def reading(db: Db, person: int | None, announcement: int) -> Reading:
    """An announcement for a guardian of a child whom it concerns; NotYours otherwise.

    It concerns those to whom it went, and of a whole class also those who have joined since.
    """
    post = await post_of(db, announcement)
    had = exists().where(Copy.announcement_id == announcement, Copy.person_id == person)
    to_child = exists().where(
        AnnouncementChild.announcement_id == announcement, AnnouncementChild.child_id == Child.id
    )
    to_class = exists().where(
        AnnouncementClass.announcement_id == announcement, AnnouncementClass.class_id == Child.class_id
    )
    rows = await db.all(
        select(Child.name, SchoolClass.name)
        .join(Guardian, Guardian.child_id == Child.id)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .where(Guardian.person_id == person, Guardian.sees, or_(and_(had, to_child), to_class))
        .order_by(Child.id)
    )
    if not rows or post.stage not in (Stage.SENT, Stage.RECALLED):
        raise NotYours
    mine = await db.first(
        select(Copy.answer).where(Copy.announcement_id == announcement, Copy.person_id == person)
    )
    return Reading(
        post,
        tuple(name for name, _class in rows),
        tuple(dict.fromkeys(school_class for _name, school_class in rows)),
        await person_name(db, post.author),
        tuple(await media_of(db, announcement)),
        mine[0] if mine else None,
    )


async def answer(db: Db, announcement: int, person: int, said: list[Any], now: datetime) -> None:
    """Keep somebody's answer; the newest counts. Who asks has read it (`reading`)."""
    mine = (Copy.announcement_id == announcement, Copy.person_id == person)
    values = {"answer": said, "answered_at": now}
    if not await db.run(update(Copy).where(*mine).values(values)):  # they have joined since it was sent
        await db.run(insert(Copy), {"announcement_id": announcement, "person_id": person, **values})


async def take_back(db: Db, announcement: int) -> None:
    """Forget to whom an announcement was to go: it was stopped before anything went."""
    for table in (Copy, AnnouncementChild, AnnouncementClass):
        await db.run(delete(table).where(table.announcement_id == announcement))


async def having(db: Db, announcement: int) -> Iterable[int]:
    """The people who are to have an announcement."""
    return [
        id_ for (id_,) in await db.all(select(Copy.person_id).where(Copy.announcement_id == announcement))
    ]
