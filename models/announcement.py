"""Announcements: what a teacher says once, whom it is for, and what each of them answered."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, choice
from models.database import Db
from models.errors import NotYours
from models.letter import Kind
from models.media import Medium, MediumSort
from models.people import managed_classes

LONGEST = 7000
"""Signs of an announcement: what Viber takes at once."""


class Stage(enum.StrEnum):
    """How far an announcement has come."""

    DRAFT = "draft"
    PLANNED = "planned"
    """Waits for its time (`send_at`)."""
    SENT = "sent"
    """Its letters are written; each goes at its person's hour."""
    RECALLED = "recalled"


class Ask(enum.StrEnum):
    """What an announcement asks of families."""

    NOTHING = "nothing"
    READ = "read"
    """To say that they have read it."""
    COMING = "coming"
    """Whether they come, and how many."""
    POLL = "poll"


class Announcement(Base):
    """What is said, to whom and how.

    kind: see `Kind`; urgent, today or in the digest. text, marks: with its styles (see bot/core/marks.py).
    audience: whom it is to go to (see `Audience`); once it is sent, rows of `Copy`, `AnnouncementClass` and
    `AnnouncementChild` say to whom it went.
    options, several, hidden, closes_at: of a poll: what can be chosen, whether several can, whether results stay
    hidden until it closes, and when it does.
    correction, correction_marks: a new text that waits for its author's word.
    """

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_author", "author_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    stage: Mapped[Stage] = mapped_column(choice(Stage))
    kind: Mapped[int] = mapped_column(SmallInteger)
    asks: Mapped[Ask] = mapped_column(choice(Ask), default=Ask.NOTHING)
    text: Mapped[str] = mapped_column(Text)
    marks: Mapped[list[Any] | None]
    audience: Mapped[dict[str, Any]]
    options: Mapped[list[Any] | None]
    several: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[datetime | None]
    send_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    correction: Mapped[str | None] = mapped_column(Text)
    correction_marks: Mapped[list[Any] | None]
    corrected_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    recalled_at: Mapped[datetime | None]


_PLANNED = Announcement.stage == Stage.PLANNED
Index("ix_announcement_planned", Announcement.send_at, sqlite_where=_PLANNED, postgresql_where=_PLANNED)


class AnnouncementMedium(Base):
    """A photo, a video or another file of an announcement, in its place."""

    __tablename__ = "announcement_medium"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True)
    medium_id: Mapped[int] = mapped_column(ForeignKey("medium.id", ondelete="CASCADE"), index=True)


class AnnouncementClass(Base):
    """A class to all of which an announcement was sent: those who join it later may read it too."""

    __tablename__ = "announcement_class"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    class_id: Mapped[int] = mapped_column(
        ForeignKey("school_class.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AnnouncementChild(Base):
    """A child whose family an announcement was sent to, whether anybody of it could be reached or not.

    committee: it is for those of the family alone who are in the parents' committee, and as long as they are.
    """

    __tablename__ = "announcement_child"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    child_id: Mapped[int] = mapped_column(
        ForeignKey("child.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    committee: Mapped[bool] = mapped_column(default=False)


class Copy(Base):
    """That a person is to have an announcement, and what they answered.

    key: the card that shows it to them, their own or the digest's: its letters tell how far it has come. None: kept
    for them alone that the other guardian is to have it first (see models/wishes.py).
    answer: ["read"], ["yes", 2], ["no"], ["maybe"], or the places of a poll's options.
    """

    __tablename__ = "announcement_copy"
    announcement_id: Mapped[int] = mapped_column(
        ForeignKey("announcement.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str | None] = mapped_column(String(200))
    answer: Mapped[list[Any] | None]
    answered_at: Mapped[datetime | None]


_SPARED = Copy.key.is_(None) & Copy.answered_at.is_(None)
Index("ix_announcement_copy_person", Copy.person_id)
Index("ix_announcement_copy_spared", Copy.announcement_id, sqlite_where=_SPARED, postgresql_where=_SPARED)


class Audience(NamedTuple):
    """Whom an announcement is for: all of some classes, or chosen children's families, or committees, or those who

    have not answered an earlier one. Several of these add up.
    """

    classes: tuple[int, ...] = ()
    children: tuple[int, ...] = ()
    committees: tuple[int, ...] = ()
    silent: int | None = None

    @staticmethod
    def of(kept: dict[str, Any]) -> Audience:
        """As it is stored."""
        return Audience(
            tuple(kept.get("classes", ())),
            tuple(kept.get("children", ())),
            tuple(kept.get("committees", ())),
            kept.get("silent"),
        )

    def kept(self) -> dict[str, Any]:
        """To store it."""
        return self._asdict()


class Post(NamedTuple):
    """An announcement as its author sees it. author: None once they have been erased."""

    id: int
    school: int
    author: int | None
    stage: Stage
    kind: Kind
    asks: Ask
    text: str
    marks: list[Any] | None
    audience: Audience
    options: tuple[str, ...]
    several: bool
    hidden: bool
    closes_at: datetime | None
    send_at: datetime | None
    made_at: datetime
    sent_at: datetime | None
    correction: str | None
    correction_marks: list[Any] | None
    corrected_at: datetime | None
    reminded_at: datetime | None
    recalled_at: datetime | None


_POST = select(
    Announcement.id,
    Announcement.school_id,
    Announcement.author_id,
    Announcement.stage,
    Announcement.kind,
    Announcement.asks,
    Announcement.text,
    Announcement.marks,
    Announcement.audience,
    Announcement.options,
    Announcement.several,
    Announcement.hidden,
    Announcement.closes_at,
    Announcement.send_at,
    Announcement.made_at,
    Announcement.sent_at,
    Announcement.correction,
    Announcement.correction_marks,
    Announcement.corrected_at,
    Announcement.reminded_at,
    Announcement.recalled_at,
)


def _post(row: Any) -> Post:
    values = list(row)
    values[4], values[8], values[9] = Kind(values[4]), Audience.of(values[8]), tuple(values[9] or ())
    return Post(*values)


async def draft(
    db: Db, school: int, author: int, audience: Audience, text: str, marks: list[Any] | None, now: datetime
) -> int:
    """Begin an announcement; returns its id."""
    row = {
        "school_id": school,
        "author_id": author,
        "stage": Stage.DRAFT,
        "kind": int(Kind.TODAY),
        "text": text,
        "marks": marks,
        "audience": audience.kept(),
        "made_at": now,
    }
    return (await db.new(insert(Announcement).returning(Announcement.id), row))[0]


async def change(db: Db, announcement: int, **values: Any) -> None:
    """Change columns of an announcement; `audience` and `kind` in the forms of `Post`. Who asks: `own_post`."""
    if isinstance(values.get("audience"), Audience):
        values["audience"] = values["audience"].kept()
    await db.run(update(Announcement).where(Announcement.id == announcement).values(values))


async def discard(db: Db, announcement: int) -> None:
    """Throw a draft away."""
    await db.run(delete(Announcement).where(Announcement.id == announcement))


async def post_of(db: Db, announcement: int) -> Post:
    """An announcement, whoever asks; NotYours if there is none (any more)."""
    row = await db.first(_POST.where(Announcement.id == announcement))
    if row is None:
        raise NotYours
    return _post(row)


async def own_post(db: Db, person: int | None, announcement: int, today: date) -> Post:
    """An announcement, for its author as long as they have a role, and for whoever manages a class it went to.

    NotYours for everybody else. What is a draft still is its author's alone.
    """
    post = await post_of(db, announcement)
    if person is not None and post.author == person and await managed_classes(db, person, today):
        return post
    if post.stage is Stage.SENT or post.stage is Stage.RECALLED:
        went = select(AnnouncementClass.class_id).where(AnnouncementClass.announcement_id == announcement)
        mine = {id_ for id_, _name in await managed_classes(db, person, today)}
        if mine & {school_class for (school_class,) in await db.all(went)}:
            return post
    raise NotYours


async def posts_by(db: Db, person: int | None, stages: Iterable[Stage], most: int) -> list[Post]:
    """What a person has written, the newest first."""
    asked = _POST.where(Announcement.author_id == person, Announcement.stage.in_(list(stages)))
    rows = await db.all(asked.order_by(Announcement.id.desc()).limit(most))
    return [_post(row) for row in rows]


async def asked_by(db: Db, person: int | None, most: int) -> list[Post]:
    """What a person has sent and wants an answer to, the newest first."""
    mine = (Announcement.author_id == person, Announcement.stage == Stage.SENT)
    asks = _POST.where(*mine, Announcement.asks != Ask.NOTHING)
    return [_post(row) for row in await db.all(asks.order_by(Announcement.id.desc()).limit(most))]


async def keep_wall_times(db: Db, school: int, former: str, timezone: str, now: datetime) -> None:
    """A school's clock runs in another zone: what is ahead keeps the hour that its wall clock was to show.

    former: the zone until now. Who asks is an administrator of it.
    """
    there, here = ZoneInfo(former), ZoneInfo(timezone)
    for column in (Announcement.send_at, Announcement.closes_at):
        ahead = (Announcement.school_id == school, column > now)
        for id_, at in await db.all(select(Announcement.id, column).where(*ahead)):
            moved = (at or now).astimezone(there).replace(tzinfo=here).astimezone(UTC)
            await db.run(update(Announcement).where(Announcement.id == id_).values({column: moved}))


async def posts_to(db: Db, school_class: int, most: int) -> list[Post]:
    """What went to a class, the newest first. Who asks: `managed_class`."""
    went = AnnouncementClass.announcement_id == Announcement.id
    asked = _POST.join(AnnouncementClass, went).where(AnnouncementClass.class_id == school_class)
    return [_post(row) for row in await db.all(asked.order_by(Announcement.id.desc()).limit(most))]


async def due_posts(db: Db, now: datetime) -> list[Post]:
    """What was planned and whose time has come, of any school."""
    due = (Announcement.stage == Stage.PLANNED, Announcement.send_at <= now)
    return [_post(row) for row in await db.all(_POST.where(*due).order_by(Announcement.id))]


async def sent_between(db: Db, after: datetime, until: datetime) -> list[tuple[int, int]]:
    """What was sent in this time (id, author), of any school."""
    lately = (Announcement.stage == Stage.SENT, Announcement.sent_at > after, Announcement.sent_at <= until)
    found = select(Announcement.id, Announcement.author_id).where(
        *lately, Announcement.author_id.is_not(None)
    )
    return [(id_, author) for id_, author in await db.all(found) if author is not None]


# What goes with it


async def media_of(db: Db, announcement: int) -> list[int]:
    """The media of an announcement, in order."""
    mine = select(AnnouncementMedium.medium_id).where(AnnouncementMedium.announcement_id == announcement)
    return [id_ for (id_,) in await db.all(mine.order_by(AnnouncementMedium.place))]


async def shows_pictures(db: Db, announcement: int) -> bool:
    """Whether somebody could be seen on what an announcement has with it."""
    seen = (MediumSort.PHOTO, MediumSort.VIDEO)
    found = (
        select(Medium.id)
        .join(AnnouncementMedium, AnnouncementMedium.medium_id == Medium.id)
        .where(AnnouncementMedium.announcement_id == announcement, Medium.sort.in_(seen))
    )
    return await db.first(found.limit(1)) is not None


async def add_medium(db: Db, announcement: int, medium: int) -> None:
    """One more photo or file, behind the others."""
    last = select(func.max(AnnouncementMedium.place)).where(
        AnnouncementMedium.announcement_id == announcement
    )
    row = await db.first(last)
    place = 0 if row is None or row[0] is None else row[0] + 1
    await db.run(
        insert(AnnouncementMedium),
        {"announcement_id": announcement, "place": place, "medium_id": medium},
    )


async def take_media_out(db: Db, announcement: int) -> None:
    """Take all photos and files out of an announcement; they stay in the store until their time is over."""
    await db.run(delete(AnnouncementMedium).where(AnnouncementMedium.announcement_id == announcement))
