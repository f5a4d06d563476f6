"""Invitations: a link with 128 random bits or a code to type; stored hashed, good once, and not for long."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ForeignKey, Index, String, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name, choice
from models.chat import Chat
from models.database import Db
from models.people import Child, Guardian, Person, Role, School, SchoolClass, Staff

GOOD_FOR = timedelta(days=14)
ALPHABET = "ACDEFHJKLMNPQRTUVWXY34679"
"""25 signs that are not taken for one another (no B/8, G/6, I/1, O/0, S/5, Z/2)."""
TOKEN_LENGTH = 22
"""Signs of a link's payload: 128 bits in base64url."""
CODE_LENGTH = 12
"""12 of 25 signs are 55.7 bits."""
TRIES = 5
"""So many wrong invitations in a row make a chat wait for SLOWED_FOR."""
SLOWED_FOR = timedelta(minutes=10)


class Invite(Base):
    """An invitation of one person to one role."""

    __tablename__ = "invite"
    __table_args__ = (Index("ix_invite_expires_at", "expires_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(choice(Role))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Issued(NamedTuple):
    """What the invited person gets: the link's payload and the code to type."""

    token: str
    code: str


class Invitation(NamedTuple):
    """An invitation that still holds."""

    id: int
    school_id: int
    school_name: str
    role: Role
    class_id: int | None
    class_name: str | None
    child_id: int | None
    child_name: str | None
    name: str


def hash_of(secret: str) -> str:
    """What is stored of a token or of a code; a typed code is made `tidy` first."""
    return hashlib.sha256(b"klasno invite\0" + secret.encode()).hexdigest()


_CYRILLIC = str.maketrans("АСЕНКМРТХУ", "ACEHKMPTXY")
"""A phone that types Ukrainian gives letters that only look right."""


def tidy(code: str) -> str:
    """A typed code as it was issued: it may have come in small or Cyrillic letters, with spaces or dashes."""
    return "".join(sign for sign in code.upper() if sign.isalnum()).translate(_CYRILLIC)


def looks_like_code(text: str) -> bool:
    """Whether a text has a code's form."""
    signs = tidy(text)
    return len(signs) == CODE_LENGTH and all(sign in ALPHABET for sign in signs)


async def issue(
    db: Db,
    school: int,
    role: Role,
    name: str,
    now: datetime,
    school_class: int | None = None,
    child: int | None = None,
) -> Issued:
    """Write an invitation and return its secrets, which are nowhere stored."""
    token = secrets.token_urlsafe(16)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    await db.run(
        insert(Invite),
        {
            "school_id": school,
            "role": role,
            "class_id": school_class,
            "child_id": child,
            "name": name,
            "link_hash": hash_of(token),
            "code_hash": hash_of(code),
            "expires_at": now + GOOD_FOR,
        },
    )
    return Issued(token, "-".join(code[place : place + 4] for place in range(0, CODE_LENGTH, 4)))


async def find(db: Db, hashed: str, now: datetime) -> Invitation | None:
    """The invitation with this hash, if it still holds. It is looked up by hash, so a miss takes as long as a hit."""
    row = await db.first(
        select(
            Invite.id,
            Invite.school_id,
            School.name,
            Invite.role,
            Invite.class_id,
            SchoolClass.name,
            Invite.child_id,
            Child.name,
            Invite.name,
        )
        .join(School, School.id == Invite.school_id)
        .outerjoin(Child, Child.id == Invite.child_id)
        .outerjoin(SchoolClass, SchoolClass.id == func.coalesce(Invite.class_id, Child.class_id))
        .where(
            or_(Invite.link_hash == hashed, Invite.code_hash == hashed),
            Invite.used_at.is_(None),
            Invite.expires_at > now,
        )
    )
    return Invitation(*row) if row else None


async def accept(db: Db, invitation: Invitation, person: int | None, now: datetime) -> int | None:
    """Take up an invitation; returns the person's id, or None if another was faster.

    person: who it is if they have already joined this school; otherwise a person is made.
    """
    taken = await db.run(
        update(Invite).where(Invite.id == invitation.id, Invite.used_at.is_(None)).values(used_at=now)
    )
    if not taken:
        return None
    school = invitation.school_id
    if person is None:
        made = await db.new(
            insert(Person).returning(Person.id), {"school_id": school, "name": invitation.name}
        )
        person = made[0]
    await db.run(update(Invite).where(Invite.id == invitation.id).values(used_by=person))
    if invitation.role is Role.GUARDIAN:
        known = select(Guardian.child_id).where(
            Guardian.person_id == person, Guardian.child_id == invitation.child_id
        )
        if not await db.first(known):
            await db.run(
                insert(Guardian),
                {"school_id": school, "person_id": person, "child_id": invitation.child_id},
            )
        return person
    held = select(Staff.id).where(
        Staff.person_id == person,
        Staff.role == invitation.role,
        Staff.class_id.is_not_distinct_from(invitation.class_id),
    )
    if not await db.first(held):
        await db.run(
            insert(Staff),
            {
                "school_id": school,
                "person_id": person,
                "role": invitation.role,
                "class_id": invitation.class_id,
            },
        )
    return person


async def give_chat(db: Db, chat: int, person: int) -> None:
    """The chat is this person's from now on, and begins anew: nothing kept, no try counted."""
    new = {"person_id": person, "invited": None, "wrong_codes": 0, "wrong_until": None}
    await db.run(update(Chat).where(Chat.id == chat).values(new))


async def keep(db: Db, chat: int, hashed: str) -> None:
    """Keep the hash of an invitation that came before the person could be answered."""
    await db.run(update(Chat).where(Chat.id == chat).values(invited=hashed))


async def kept(db: Db, chat: int) -> str | None:
    """The hash of the invitation that the person came with, if they have not joined by it yet."""
    row = await db.first(select(Chat.invited).where(Chat.id == chat))
    return row[0] if row else None


async def slowed(db: Db, chat: int, now: datetime) -> bool:
    """Whether the chat has to wait after too many wrong invitations."""
    row = await db.first(select(Chat.wrong_until).where(Chat.id == chat))
    until: datetime | None = row[0] if row else None
    return until is not None and until > now


async def count_wrong(db: Db, chat: int, now: datetime) -> None:
    """Count an invitation that did not work; what was kept did not either."""
    row = await db.first(select(Chat.wrong_codes).where(Chat.id == chat))
    wrong = (row[0] if row else 0) + 1
    slow = wrong >= TRIES
    new = {
        "wrong_codes": 0 if slow else wrong,
        "wrong_until": now + SLOWED_FOR if slow else None,
        "invited": None,
    }
    await db.run(update(Chat).where(Chat.id == chat).values(new))
