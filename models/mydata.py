"""What is known about one person, or one child: all of it for themselves, and nothing of anybody else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, or_, select

from models.absence import Absence, AbsenceWords
from models.admission import JoinRequest
from models.announcement import Announcement, Copy
from models.audit import Audit, Deed
from models.chat import Chat
from models.consent import Consent
from models.database import Db
from models.letter import Letter
from models.naming import in_order
from models.people import Child, Guardian, Person, Right, Staff
from models.question import Question
from models.school import School, SchoolClass

Facts = dict[str, Any]
"""As JSON has it: texts, numbers, lists; a moment or a day is an ISO text."""

RIGHTS_ENDED = (
    Deed.GUARDIAN_ENDED,
    Deed.RIGHTS_CHANGED,
    Deed.ROLE_ENDED,
    Deed.MESSENGER_MOVED,
    Deed.CHILD_LEFT,
)
"""What was said before one of these may have been of somebody who is one's own no more."""


async def of_person(db: Db, person: int, before: datetime) -> Facts:
    """Everything about this person; whoever asks is this person.

    before: letters and the trail until this moment, so that a file is the same each time that it is made.
    """
    row = await db.first(
        select(
            Person.name,
            School.name,
            Person.speaks,
            Person.quiet_from,
            Person.quiet_to,
            Person.digest_at,
            Person.wishes,
        )
        .join(School, School.id == Person.school_id)
        .where(Person.id == person)
    )
    assert row is not None  # noqa: S101 (whoever speaks has a row)
    name, school, speaks, quiet_from, quiet_to, digest_at, wishes = row
    seen = select(Guardian.child_id).where(Guardian.person_id == person, Guardian.sees)
    roles = await _rows(db, _ROLES.where(Staff.person_id == person))
    return {
        "number": person,
        "name": name,
        "school": school,
        "settings": {
            "speaks": speaks,
            "quiet_from": quiet_from,
            "quiet_to": quiet_to,
            "digest_at": digest_at,
            "wishes": wishes or {},
        },
        "children": await _children(db, person),
        "roles": roles,
        "chats": await _rows(db, _CHATS.where(Chat.person_id == person)),
        "consents": await _rows(db, _CONSENTS.where(Consent.person_id == person)),
        "absences": await _rows(db, _ABSENCES.where(Absence.told_by == person, Absence.child_id.in_(seen))),
        "words": await _rows(db, _written(seen).where(AbsenceWords.person_id == person)),
        "answers": await _rows(db, _ANSWERS.where(Copy.person_id == person, Copy.answered_at.is_not(None))),
        "questions": await _rows(db, _QUESTIONS.where(Question.person_id == person)),
        "requests": await _rows(
            db, _REQUESTS.where(or_(JoinRequest.person_id == person, Chat.person_id == person))
        ),
        "letters": await _letters(db, person, before, texts=not roles),
        "trail": await _trail(db, person, before),
    }


async def of_child(db: Db, child: int, reader: int, *, reasons: bool, kin: bool) -> Facts:
    """Everything about this child but what others wrote and who they are; the reader's right to it is checked before.

    reader: whose words on absences are theirs to have. reasons: whether the reader may know why it was absent.
    kin: whether they may know how many guardians it has.
    """
    row = await db.first(
        select(Child.name, SchoolClass.name, School.name, Child.language, Child.left_at, Child.no_photos)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .join(School, School.id == Child.school_id)
        .where(Child.id == child)
    )
    assert row is not None  # noqa: S101 (it was found by whoever checked the right)
    name, school_class, school, language, left_at, no_photos = row
    absences = await _rows(db, _ABSENCES.where(Absence.child_id == child))
    count = select(func.count()).select_from(Guardian).where(Guardian.child_id == child)
    guardians = await db.first(count) if kin else None
    mine = _written(select(Child.id)).where(AbsenceWords.person_id == reader, Absence.child_id == child)
    return {
        "number": child,
        "name": name,
        "class": school_class,
        "school": school,
        "language": language,
        "left_at": _plain(left_at),
        "no_photos": no_photos,
        **({"guardians": guardians[0]} if guardians else {}),
        "absences": [
            {key: value for key, value in one.items() if reasons or key != "reason"} for one in absences
        ],
        "words": await _rows(db, mine),
    }


_ROLES = (
    select(
        Staff.role.label("role"),
        SchoolClass.name.label("class"),
        Staff.title.label("title"),
        Staff.until.label("until"),
    )
    .outerjoin(SchoolClass, SchoolClass.id == Staff.class_id)
    .order_by(Staff.id)
)
_CHATS = select(
    Chat.platform.label("messenger"),
    Chat.address.label("address"),
    Chat.language.label("language"),
    Chat.reachable.label("reachable"),
).order_by(Chat.id)
_CONSENTS = select(
    Consent.version.label("text"),
    Consent.language.label("language"),
    Consent.platform.label("messenger"),
    Consent.at.label("at"),
).order_by(Consent.id)
_ABSENCES = (
    select(
        Child.name.label("child"),
        Absence.first_day.label("first_day"),
        Absence.last_day.label("last_day"),
        Absence.reason.label("reason"),
        Absence.told_at.label("told_at"),
        Absence.noticed_at.label("noticed_at"),
        Absence.withdrawn_at.label("withdrawn_at"),
    )
    .join(Child, Child.id == Absence.child_id)
    .order_by(Absence.first_day, Absence.id)
)

_ANSWERS = (
    select(
        Copy.answered_at.label("at"),
        Copy.answer.label("answer"),
        Announcement.options.label("options"),
    )
    .join(Announcement, Announcement.id == Copy.announcement_id)
    .order_by(Copy.answered_at, Copy.announcement_id)
)
_QUESTIONS = select(
    Question.at.label("at"),
    Question.text.label("text"),
    Question.answered_at.label("answered_at"),
    Question.answer.label("answer"),
).order_by(Question.id)


def _written(seen: Select[int]) -> Select[Any]:
    """Words on absences; on those of a child who is not among the seen ones no more than the words and when."""
    theirs = Absence.child_id.in_(seen)
    return (
        select(
            case((theirs, Child.name)).label("child"),
            case((theirs, Absence.first_day)).label("first_day"),
            AbsenceWords.words.label("words"),
            AbsenceWords.at.label("at"),
        )
        .join(Absence, Absence.id == AbsenceWords.absence_id)
        .join(Child, Child.id == Absence.child_id)
        .order_by(AbsenceWords.at)
    )


_REQUESTS = (
    select(
        JoinRequest.child_name.label("child"),
        JoinRequest.name.label("name"),
        JoinRequest.relation.label("relation"),
        JoinRequest.words.label("words"),
        JoinRequest.at.label("at"),
    )
    .join(Chat, Chat.id == JoinRequest.chat_id)
    .order_by(JoinRequest.id)
)


async def _children(db: Db, person: int) -> list[Facts]:
    rows = await db.all(
        select(
            Child.name,
            SchoolClass.name,
            Guardian.relation,
            Guardian.sees,
            Guardian.reports,
            Guardian.books,
        )
        .join(Child, Child.id == Guardian.child_id)
        .join(SchoolClass, SchoolClass.id == Child.class_id)
        .where(Guardian.person_id == person, Guardian.sees)
        .order_by(Child.id)
    )
    return [
        {
            "name": name,
            "class": school_class,
            "relation": str(relation.value),
            "rights": [str(right.value) for right, has in zip(Right, may, strict=True) if has],
        }
        for name, school_class, relation, *may in sorted(rows, key=lambda row: in_order(row[0]))
    ]


async def _letters(db: Db, person: int, before: datetime, *, texts: bool) -> list[Facts]:
    """What was written to this person. texts: False for the staff's, which speak of other people's children."""
    ended = await db.first(
        select(func.max(Audit.at)).where(Audit.about_person == person, Audit.deed.in_(RIGHTS_ENDED))
    )
    own_since: datetime | None = ended[0] if ended else None
    rows = await db.all(
        select(Letter.created_at, Chat.platform, Letter.words)
        .join(Chat, Chat.id == Letter.chat_id)
        .where(Chat.person_id == person, Letter.created_at < before)
        .order_by(Letter.id)
    )
    found = []
    for at, messenger, words in rows:
        own = texts and (own_since is None or at > own_since)
        said = "\n".join(part for part in (words.get("title"), words.get("text")) if part) if own else None
        found.append({"at": _plain(at), "messenger": messenger, "text": said})
    return found


async def _trail(db: Db, person: int, before: datetime) -> list[Facts]:
    rows = await db.all(
        select(Audit.at, Audit.deed, Audit.by_id, Audit.detail)
        .where(or_(Audit.about_person == person, Audit.by_id == person), Audit.at < before)
        .order_by(Audit.id)
    )
    return [
        {"at": _plain(at), "deed": str(deed.value), "by_me": by == person, "detail": detail}
        for at, deed, by, detail in rows
    ]


async def _rows(db: Db, ask: Select[*tuple[Any, ...]]) -> list[Facts]:
    return [_named(row) for row in await db.all(ask)]


def _named(row: Row[Any]) -> Facts:
    return {key: _plain(value) for key, value in row._mapping.items()}


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value.value) if hasattr(value, "value") else value
