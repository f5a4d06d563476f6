"""How long things are kept: one table of what is declared, which the clock obeys and people are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, delete, exists, or_, select

from models.absence import Absence, AbsenceDay, AbsenceWords
from models.admission import JoinRequest
from models.announcement import (
    Announcement,
    AnnouncementChild,
    AnnouncementClass,
    AnnouncementMedium,
    Copy,
)
from models.audit import Audit
from models.base import Base
from models.calendar import CalendarDay
from models.chat import Chat, Parked, Seen
from models.children import ListChange, ListDraft
from models.consent import Consent, ConsentText
from models.database import Db
from models.digest import DigestItem
from models.erasure import Tombstone, erase_child, erase_person
from models.errand import Errand
from models.families import mark_idle
from models.invite import Invite
from models.letter import Card, Letter
from models.media import Medium
from models.people import Child, Guardian, Person, Staff
from models.question import Question
from models.school import TURNS_IN, School, SchoolClass, year_of

Count = Annotated[int, Field(ge=1, le=3650)]
AtLeastTwo = Annotated[int, Field(ge=2, le=3650)]
"""Telegram brings an update again for a day, Viber for an hour: what was handled must be known for longer."""
Beyond = Annotated[int, Field(ge=60, le=3650)]
"""Longer than any backup is kept, or the erased rise with it."""


class Days(BaseModel):
    """The figures, in days; what each is counted from stands in `RULES` and in config.example.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    letters: Count = 30
    announcements: Count = 365
    media: Count = 90
    strangers: Count = 1
    invitations: Count = 14
    requests: Count = 30
    files: Count = 1
    drafts: Count = 2
    undo: Count = 2
    words: Count = 30
    absences: Count = 31
    left: Count = 30
    idle: Count = 60
    events: AtLeastTwo = 8
    broken: Count = 30
    audit: Count = 365
    tombstones: Beyond = 400


class Rule(NamedTuple):
    """What of a table goes when. days: the figure of `Days`. due: the rows of before a moment that have served."""

    table: type[Base]
    days: str
    due: Callable[[datetime], ColumnElement[bool]]

    def before(self, now: datetime, days: Days) -> datetime:
        """The moment that what is due lies before."""
        return now - timedelta(days=getattr(days, self.days))


def _school_year(before: datetime) -> date:
    """When the school year began that this moment is in."""
    return date(year_of(before.date()), TURNS_IN, 1)


_strangers = select(Chat.id).where(Chat.person_id.is_(None))

RULES = (
    Rule(Letter, "letters", lambda before: Letter.about.is_(None) & (Letter.created_at < before)),
    Rule(Letter, "announcements", lambda before: Letter.created_at < before),
    Rule(Letter, "strangers", lambda before: (Letter.created_at < before) & Letter.chat_id.in_(_strangers)),
    Rule(JoinRequest, "requests", lambda before: JoinRequest.at < before),
    Rule(
        Chat,
        "strangers",
        lambda before: (
            Chat.person_id.is_(None)
            & or_(Chat.rested_at.is_(None), Chat.rested_at < before)
            & or_(Chat.wrong_until.is_(None), Chat.wrong_until < before)
            & ~exists().where(JoinRequest.chat_id == Chat.id)
        ),
    ),
    Rule(Invite, "invitations", lambda before: or_(Invite.expires_at < before, Invite.used_at < before)),
    Rule(Errand, "files", lambda before: Errand.at < before),
    Rule(ListDraft, "drafts", lambda before: ListDraft.at < before),
    Rule(ListChange, "undo", lambda before: ListChange.at < before),
    Rule(
        AbsenceWords,
        "words",
        lambda before: AbsenceWords.absence_id.in_(
            select(Absence.id).where(Absence.last_day < before.date())
        ),
    ),
    Rule(Absence, "absences", lambda before: Absence.last_day < _school_year(before)),
    Rule(Staff, "left", lambda before: Staff.until < before.date()),
    Rule(DigestItem, "letters", lambda before: DigestItem.day < before.date()),
    Rule(Announcement, "announcements", lambda before: Announcement.made_at < before),
    Rule(Medium, "media", lambda before: Medium.at < before),
    Rule(Child, "left", lambda before: Child.left_at < before),
    Rule(Person, "idle", lambda before: Person.idle_since < before),
    Rule(Seen, "events", lambda before: Seen.at < before),
    Rule(Parked, "broken", lambda before: Parked.at < before),
    Rule(Audit, "audit", lambda before: Audit.at < before),
    Rule(Tombstone, "tombstones", lambda before: Tombstone.at < before),
)
"""What goes by itself, in this order. Of a letter text and delivery facts are one row, and so go together; one that
shows a card as it goes (`Letter.about`) holds no text, and tells for longer how far an announcement has come."""

GOES_WITH: Mapping[type[Base], tuple[type[Base], ...]] = {
    Card: (Letter,),
    AbsenceDay: (Absence,),
    Guardian: (Person, Child),
    AnnouncementChild: (Announcement, Child),
    AnnouncementClass: (Announcement,),
    AnnouncementMedium: (Announcement, Medium),
    Copy: (Announcement, Person),
    Question: (Announcement, Person),
    Consent: (Person,),  # to take it back is to be forgotten; the trail keeps when it was given, for a year
}
"""What goes with that which it belongs to."""

STAYS: frozenset[type[Base]] = frozenset({School, SchoolClass, ConsentText, CalendarDay})
"""What is of the school and of nobody in it: it stays until the school takes it away."""

_ERASED: Mapping[type[Base], Callable[[Db, int, datetime], Awaitable[set[int]]]] = {
    Person: erase_person,
    Child: erase_child,
}
"""What is more than rows: it goes with every trace, one at a time, as each is looked for in every letter."""
_TOLD = {JoinRequest}
"""Of whose end somebody is told; so these go one at a time as well."""


def rules(days: Days) -> Iterator[tuple[str, str, int]]:
    """The declaration as people read it: table, name of the figure, and the days."""
    for rule in RULES:
        yield rule.table.__tablename__, rule.days, getattr(days, rule.days)


async def forget(db: Db, now: datetime, days: Days) -> None:
    """Delete the rows that have served their time, but for what goes one at a time (`first_due`)."""
    await mark_idle(db, now.date(), now)
    for rule in RULES:
        if rule.table not in _ERASED.keys() | _TOLD:
            await db.run(delete(rule.table).where(rule.due(rule.before(now, days))))


async def first_due(db: Db, now: datetime, days: Days) -> tuple[type[Base], int] | None:
    """What goes one at a time and is due (table, id): requests, children, people; None if nothing is."""
    for rule in RULES:
        if rule.table in _ERASED.keys() | _TOLD:
            key = rule.table.__table__.c.id
            row = await db.first(select(key).where(rule.due(rule.before(now, days))).order_by(key).limit(1))
            if row:
                return rule.table, row[0]
    return None


async def erase(db: Db, table: type[Base], id_: int, now: datetime) -> set[int]:
    """Erase a child or a person whose time has come; returns whose cards are to be shown anew."""
    return await _ERASED[table](db, id_, now)
