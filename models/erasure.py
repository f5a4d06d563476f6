"""Erasing people and children for good, and the list of who was erased, which is replayed after a restore.

Facts go by their keys. Letters are texts, so those to others are searched for the name as a word of its own:
whatever has it is emptied, another person's of the same name too, which costs nothing but that the buttons of old
messages lead to what stands.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, cast, delete, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from models.absence import Absence, AbsenceWords
from models.admission import JoinRequest, fitting
from models.announcement import Announcement
from models.audit import Audit, Deed, record
from models.base import Base, choice
from models.chat import Chat, Parked, Seen
from models.children import ListChange, ListDraft
from models.database import Db
from models.errand import Errand
from models.invite import Invite
from models.invite_letters import set_lets_in
from models.letter import Card, Letter, State
from models.media import Medium
from models.people import Child, Guardian, Person, Role, Staff
from models.question import Question

T = TypeVar("T")
SOUGHT = 12
"""Signs of a name that are searched for: on a button a long one may be cut."""
PORTION = 500
"""Letters that are looked into at once."""


class Kin(enum.StrEnum):
    """What was erased."""

    PERSON = "person"
    CHILD = "child"


class Tombstone(Base):
    """That somebody was erased. Ids are never used again, so a backup from before can be purged of them."""

    __tablename__ = "tombstone"
    kin: Mapped[Kin] = mapped_column(choice(Kin), primary_key=True)
    of_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


async def erase_person(db: Db, person: int, now: datetime, by: int | None = None) -> set[int]:
    """Erase a person from every table: their chats become strangers', whose rows go within a day.

    by: who did it, for the audit trail, None for the clock; the trail keeps numbers and no name. Returns the people
    who had been shown the name: in the same transaction their cards and screens are to be shown anew.
    """
    known = await db.first(select(Person.name, Person.school_id).where(Person.id == person))
    if known is None:
        return set()
    name, school = known
    children = await _column(db, select(Guardian.child_id).where(Guardian.person_id == person))
    written = await _column(db, select(AbsenceWords.words).where(AbsenceWords.person_id == person))
    written += await _column(db, select(Question.text).where(Question.person_id == person))
    chats = [
        (id_, address)
        for id_, address in await db.all(select(Chat.id, Chat.address).where(Chat.person_id == person))
    ]
    await db.run(
        delete(Invite).where(
            or_(
                Invite.person_id == person,
                Invite.used_by == person,
                (Invite.made_by == person) & (Invite.replaces | (Invite.role != Role.GUARDIAN)),
                (Invite.name == name) & (Invite.child_id.in_(children)),
                (Invite.name == name) & (Invite.school_id == school) & Invite.child_id.is_(None),
            )
        )
    )
    waits = or_(JoinRequest.person_id == person, JoinRequest.chat_id.in_([id_ for id_, _address in chats]))
    asked = await db.all(select(JoinRequest.name, JoinRequest.words).where(waits))
    names = {name, *(called for called, _words in asked)}  # they may have said another while they waited
    written += [words for _called, words in asked if words]
    await db.run(delete(JoinRequest).where(waits))
    for id_, address in chats:
        await make_stranger(db, id_, address)
    for school_class in await _column(db, select(Staff.class_id).where(Staff.person_id == person)):
        if school_class is not None:  # a letter that they kept is to let nobody in by itself
            await set_lets_in(db, school_class, now, lets=False)
    await db.run(delete(Person).where(Person.id == person))
    shown = await _empty_letters(db, school, names, written)
    await _bury(db, Kin.PERSON, person, now)
    await record(db, school, by, Deed.ERASED, now, person=person)
    return shown


async def erase_child(db: Db, child: int, now: datetime, by: int | None = None) -> set[int]:
    """Erase a child and all that was told of it.

    Arguments and what is returned as in `erase_person`; its guardians and teachers are among those.
    """
    known = await db.first(select(Child.name, Child.school_id, Child.class_id).where(Child.id == child))
    if known is None:
        return set()
    name, school, school_class = known
    guardians = await _column(db, select(Guardian.person_id).where(Guardian.child_id == child))
    teachers = await _column(db, select(Staff.person_id).where(Staff.class_id == school_class))
    of_child = select(AbsenceWords.words).join(Absence, Absence.id == AbsenceWords.absence_id)
    written = await _column(db, of_child.where(Absence.child_id == child))
    asked = select(JoinRequest.id, JoinRequest.child_name).where(JoinRequest.class_id == school_class)
    by_name = {id_: typed for id_, typed in await db.all(asked) if fitting(typed, [(child, name)])}
    await db.run(delete(JoinRequest).where(or_(JoinRequest.child_id == child, JoinRequest.id.in_(by_name))))
    await db.run(delete(Invite).where(Invite.child_id == child))
    # A change undone would bring the name back, and a draft has it; what else these hold is short-lived anyway.
    changes = await db.all(select(ListChange.id, ListChange.before).where(ListChange.school_id == school))
    of_it = [id_ for id_, before in changes if child in (before.get("child"), *before.get("children", ()))]
    spoken_of = or_(
        ListChange.id.in_(of_it),
        _has(ListChange.before, name[:SOUGHT]),
        ListChange.class_id == school_class,
    )
    await db.run(delete(ListChange).where(ListChange.school_id == school, spoken_of))
    await db.run(delete(ListDraft).where(ListDraft.school_id == school, _has(ListDraft.rows, name)))
    await db.run(delete(Child).where(Child.id == child))
    shown = await _empty_letters(db, school, {name, *by_name.values()}, written)
    await _bury(db, Kin.CHILD, child, now)
    await record(db, school, by, Deed.ERASED, now, child=child)
    return shown | set(guardians) | set(teachers)


async def forget_name(db: Db, school: int, name: str) -> set[int]:
    """Take a name that a child has no more out of all letters: whoever erases the child would not look for it.

    Returns as `erase_person` does.
    """
    return await _empty_letters(db, school, {name}, ())


async def make_stranger(db: Db, chat: int, address: str) -> None:
    """Take all away that a chat has, letters and where it rests; what remains is an address and a language."""
    await db.run(delete(Letter).where(Letter.chat_id == chat))
    await db.run(delete(Errand).where(Errand.chat_id == chat))
    await db.run(delete(JoinRequest).where(JoinRequest.chat_id == chat))
    for table in (Seen, Parked):  # keys of Viber's events end with the address
        await db.run(delete(table).where(table.key.endswith(f":{address}", autoescape=True)))
    nothing = {
        "person_id": None,
        "rest": None,
        "hears": None,
        "takes": None,
        "screen_id": None,
        "tail_id": None,
    }
    begun = {"invited": None, "wrong_codes": 0, "wrong_until": None, "rested_at": None}
    await db.run(update(Chat).where(Chat.id == chat).values(nothing | begun))


async def tombstones(db: Db) -> list[tuple[Kin, int, datetime]]:
    """Everybody who was erased and whom a backup may still have."""
    rows = await db.all(select(Tombstone.kin, Tombstone.of_id, Tombstone.at).order_by(Tombstone.at))
    return [(kin, of_id, at) for kin, of_id, at in rows]


async def erase_again(db: Db, buried: Iterable[tuple[Kin, int, datetime]], now: datetime) -> int:
    """Erase whoever is on this list and has risen from a backup; returns how many had.

    Of whom something was done after they were erased, those are others: a database that was begun anew gives the
    same numbers once more.
    """
    risen = 0
    for kin, of_id, at in buried:
        table, about = (Person, Audit.about_person) if kin is Kin.PERSON else (Child, Audit.about_child)
        there = await db.first(select(table.id).where(table.id == of_id))
        another = await db.first(select(Audit.id).where(about == of_id, Audit.at > at).limit(1))
        if another:
            continue
        if there:
            await (erase_person if kin is Kin.PERSON else erase_child)(db, of_id, now)
            risen += 1
        else:
            await _bury(db, kin, of_id, at)
    return risen


async def _bury(db: Db, kin: Kin, of_id: int, at: datetime) -> None:
    there = (Tombstone.kin == kin, Tombstone.of_id == of_id)
    if await db.first(select(Tombstone.of_id).where(*there)) is None:
        await db.run(insert(Tombstone), {"kin": kin, "of_id": of_id, "at": at})


async def _empty_letters(db: Db, school: int, names: Iterable[str], words: Iterable[str]) -> set[int]:
    """Empty every letter of the school's people, and of strangers, that has one of the names or quotes the words.

    What waits for a chat is taken back, but for standing cards: they are shown anew by whoever erases.
    Returns whose the letters were.
    """
    here = Person.id.is_(None) | (Person.school_id == school)
    chats = select(Chat.id, Chat.person_id).outerjoin(Person, Person.id == Chat.person_id).where(here)
    owners = {chat: person for chat, person in await db.all(chats) if person is not None}
    mine = select(chats.subquery().c.id)
    texts = [*(name[:SOUGHT] for name in names), *(f"«{said}»" for said in words)]
    sought = re.compile("|".join(map(_whole, texts)))
    await _blot(db, school, texts, sought)
    nothing: dict[str, Any] = {"words": {"title": "", "text": "", "rows": []}, "links": []}
    has_any = or_(*(_has(column, text) for column in (Letter.words, Letter.links) for text in texts))
    asked = select(Letter.id, Letter.chat_id, Letter.words, Letter.links).where(
        Letter.chat_id.in_(mine), has_any
    )
    shown: set[int] = set()
    last = 0
    while found := await db.all(asked.where(Letter.id > last).order_by(Letter.id).limit(PORTION)):
        last = found[-1][0]
        bearing = {
            id_: chat for id_, chat, *what in found if any(sought.search(text) for text in _texts_of(*what))
        }
        emptied = Letter.id.in_(bearing)
        await db.run(update(Letter).where(emptied).values(nothing))
        waits = (emptied, Letter.state == State.QUEUED, Letter.id.not_in(select(Card.letter_id)))
        await db.run(update(Letter).where(*waits).values(state=State.REPLACED))
        shown |= {owners[chat] for chat in bearing.values() if chat in owners}
    for text in texts:
        keyed = Card.key.contains(json.dumps(text, ensure_ascii=False)[:-1], autoescape=True)
        await db.run(delete(Card).where(Card.chat_id.in_(mine), keyed))
    for column in (Chat.rest, Chat.hears, Chat.takes):
        lead = or_(*(_has(column, text) for text in texts))
        led = await db.all(select(Chat.id, column).where(Chat.id.in_(mine), lead))
        there = [id_ for id_, link in led if any(sought.search(text) for text in _strings(link[1:]))]
        await db.run(update(Chat).where(Chat.id.in_(there)).values({column: None}))
    return shown


async def _blot(db: Db, school: int, texts: Sequence[str], sought: re.Pattern[str]) -> None:
    """Put an ellipsis for these texts into what the school has said, asked and named files."""
    for column in (
        Announcement.text,
        Announcement.correction,
        Announcement.options,
        Question.text,
        Question.answer,
        Medium.name,
    ):
        table = column.class_
        found = or_(
            *(
                cast(column, Text).contains(as_kept, autoescape=True)
                for text in texts
                for as_kept in {text, json.dumps(text)[1:-1]}
            )
        )
        for id_, said in await db.all(select(table.id, column).where(table.school_id == school, found)):
            new = [sought.sub("…", one) for one in said] if isinstance(said, list) else sought.sub("…", said)
            changed: dict[str, Any] = {column.key: new}
            if column is Announcement.text:
                changed["marks"] = None
            if column is Announcement.correction:
                changed["correction_marks"] = None
            if new != said:
                await db.run(update(table).where(table.id == id_).values(changed))


def _whole(text: str) -> str:
    """A pattern of the text as words of its own; one that is as long as SOUGHT may go on behind."""
    return rf"(?<!\w){re.escape(text)}" + (r"(?!\w)" if len(text) < SOUGHT else "")


def _texts_of(words: dict[str, Any], links: list[list[Any]]) -> Iterator[str]:
    """What a letter says and what its buttons carry, without the names of its parts and of steps."""
    yield from (words.get("title", ""), words.get("text", ""))
    yield from (label for row in words.get("rows", []) for label, *_rest in row)
    for link in [*links, *([words["file"]] if "file" in words else [])]:
        yield from _strings(link[1:])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _has(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Whether a column of JSON has the text in any of its texts; there it stands as JSON has it, with \\uXXXX."""
    return cast(column, Text).contains(json.dumps(text)[1:-1], autoescape=True)


async def _column(db: Db, ask: Select[T]) -> list[T]:
    return [value for (value,) in await db.all(ask)]
