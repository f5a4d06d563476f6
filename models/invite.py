"""Invitations: a link with 128 random bits or a code to type; only their hashes are stored, and not for long."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ForeignKey, Index, String, case, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Name, choice
from models.chat import Chat
from models.database import Db
from models.people import Child, Relation, Role, become_guardian, give_role, new_person
from models.school import School, SchoolClass

GOOD_FOR = timedelta(days=14)
ALPHABET = "ACDEFHJKLMNPQRTUVWXY34679"
"""25 signs that are not taken for one another (no B/8, G/6, I/1, O/0, S/5, Z/2)."""
TITLE_LENGTH = 60
"""Signs of what a specialist is called."""
TOKEN_LENGTH = 22
"""Signs of a link's payload: 128 bits in base64url."""
CODE_LENGTH = 12
"""12 of 25 signs are 55.7 bits."""
TRIES = 5
"""So many wrong invitations in a row make a chat wait for SLOWED_FOR."""
SLOWED_FOR = timedelta(minutes=10)
TRIES_OF_ALL = 200
"""So many wrong invitations of all strangers within SLOWED_FOR make whoever types a code wait; links still work.

A class's families who type their letters stay far below it; who guesses with many accounts gets 1,200 tries an hour
at 25^12 codes.
"""


class Invite(Base):
    """An invitation: of one person to a role; of a child's family, by its letter; of a class's families, by one
    link; or of somebody who is here already to one more messenger.

    name: how the invited person is called here; empty where they say so themselves. title: a specialist's.
    until: the last day of a substitute. person_id: whom the chat that takes it up belongs to from then on.
    replaces: whether that person's other chats stop. uses_left: by how many it can still be taken up. asks: whether
    the class teacher is asked before anybody is let in. salt: a letter's secrets are made from it and from a key
    that is not in the database (see `letter_of`), so that it can be printed again; None where they were random.
    used_at: when it ended, used up or taken back.
    """

    __tablename__ = "invite"
    __table_args__ = (Index("ix_invite_expires_at", "expires_at"), Index("ix_invite_child", "child_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(choice(Role))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id", ondelete="CASCADE"))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("child.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Name)
    title: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[date | None]
    replaces: Mapped[bool] = mapped_column(default=False)
    uses_left: Mapped[int] = mapped_column(default=1)
    asks: Mapped[bool] = mapped_column(default=False)
    salt: Mapped[str | None] = mapped_column(String(32))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
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
    person_id: int | None
    name: str
    title: str | None
    until: date | None
    replaces: bool
    asks: bool


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


def nearly_code(text: str) -> bool:
    """Whether a text is as long as a code, and most of its signs may stand in one: a code with a slip of the pen."""
    signs = tidy(text)
    return len(signs) == CODE_LENGTH and sum(sign in ALPHABET for sign in signs) >= CODE_LENGTH * 2 // 3


def looks_like_token(text: str) -> bool:
    """Whether a text has the form of a link's payload."""
    return re.fullmatch(rf"[\w-]{{{TOKEN_LENGTH}}}", text, re.ASCII) is not None


class Offer(NamedTuple):
    """What an invitation is to, but for its secrets; see `Invite`."""

    school_id: int
    role: Role
    name: str = ""
    class_id: int | None = None
    child_id: int | None = None
    person_id: int | None = None
    title: str | None = None
    until: date | None = None
    replaces: bool = False
    uses_left: int = 1
    asks: bool = False
    made_by: int | None = None


async def issue(db: Db, offer: Offer, now: datetime, good_for: timedelta = GOOD_FOR) -> Issued:
    """Write an invitation and return its secrets, which are nowhere stored."""
    token = secrets.token_urlsafe(16)
    issued = Issued(token, code_of(token))
    await _write(db, offer, issued, now + good_for, None)
    return issued


async def issue_letter(db: Db, offer: Offer, key: bytes, now: datetime) -> Issued:
    """Write a child's letter, whose secrets can be made again by `letter_of` as long as the key is the same.

    key: what is known to the running Klasno and not to the database.
    """
    salt = secrets.token_hex(16)
    issued = letter_of(key, salt)
    await _write(db, offer, issued, now + GOOD_FOR, salt)
    return issued


def letter_of(key: bytes, salt: str) -> Issued:
    """The secrets of a letter with this salt."""
    made = hmac.digest(key, f"klasno letter link {salt}".encode(), "sha256")
    token = base64.urlsafe_b64encode(made[:16]).decode().rstrip("=")
    return Issued(token, code_of(token))


def code_of(token: str) -> str:
    """The code that goes with a link: whoever has the link has the code too, and the code says nothing of the link."""
    number = int.from_bytes(hashlib.sha256(b"klasno code\0" + token.encode()).digest())
    signs = ""
    for _place in range(CODE_LENGTH):
        number, sign = divmod(number, len(ALPHABET))
        signs += ALPHABET[sign]
    return _printed(signs)


async def _write(db: Db, offer: Offer, issued: Issued, expires_at: datetime, salt: str | None) -> None:
    row = {
        **offer._asdict(),
        "salt": salt,
        "link_hash": hash_of(issued.token),
        "code_hash": hash_of(tidy(issued.code)),
        "expires_at": expires_at,
    }
    await db.run(insert(Invite), row)


def _printed(signs: str) -> str:
    return "-".join(signs[place : place + 4] for place in range(0, CODE_LENGTH, 4))


async def find(db: Db, hashed: str, now: datetime) -> Invitation | None:
    """The invitation with this hash, if it still holds. It is looked up by hash, so a miss takes as long as a hit."""
    row = await db.first(
        select(
            Invite.id,
            Invite.school_id,
            School.name,
            Invite.role,
            SchoolClass.id,
            SchoolClass.name,
            Invite.child_id,
            Child.name,
            Invite.person_id,
            Invite.name,
            Invite.title,
            Invite.until,
            Invite.replaces,
            Invite.asks,
        )
        .join(School, School.id == Invite.school_id)
        .outerjoin(Child, Child.id == Invite.child_id)
        .outerjoin(SchoolClass, SchoolClass.id == func.coalesce(Invite.class_id, Child.class_id))
        .where(
            or_(Invite.link_hash == hashed, Invite.code_hash == hashed),
            Invite.used_at.is_(None),
            Invite.uses_left > 0,
            Invite.expires_at > now,
            Child.left_at.is_(None),
        )
    )
    return Invitation._make(row) if row else None


async def maker_of(db: Db, invitation: int) -> int | None:
    """Who made an invitation; None where it was the command line, or somebody who has been erased."""
    row = await db.first(select(Invite.made_by).where(Invite.id == invitation))
    return row[0] if row else None


async def use(db: Db, invitation: int, now: datetime) -> bool:
    """Take an invitation up once; False if it has been used up or taken back meanwhile."""
    taken = await db.run(
        update(Invite)
        .where(Invite.id == invitation, Invite.used_at.is_(None), Invite.uses_left > 0)
        .values(
            uses_left=Invite.uses_left - 1,
            used_at=case((Invite.uses_left == 1, now), else_=None),
        )
    )
    return bool(taken)


async def accept(
    db: Db,
    invitation: Invitation,
    person: int | None,
    now: datetime,
    *,
    name: str = "",
    relation: Relation = Relation.OTHER,
) -> int | None:
    """Take up an invitation that asks nobody; returns the person's id, or None if another was faster.

    person: who it is if they have already joined this school; otherwise a person is made, called `name` where the
    invitation does not say how. relation: a guardian's, to the child.
    """
    if not await use(db, invitation.id, now):
        return None
    person = invitation.person_id or person
    if person is None:
        person = await new_person(db, invitation.school_id, invitation.name or name)
    await db.run(update(Invite).where(Invite.id == invitation.id).values(used_by=person))
    if invitation.person_id is not None:
        return person
    if invitation.role is Role.GUARDIAN and invitation.child_id is not None:
        await become_guardian(db, invitation.school_id, person, invitation.child_id, relation)
    elif invitation.role is not Role.GUARDIAN:
        await give_role(
            db,
            invitation.school_id,
            person,
            invitation.role,
            invitation.class_id,
            title=invitation.title,
            until=invitation.until,
        )
    return person


async def give_chat(db: Db, chat: int, person: int) -> None:
    """The chat is this person's from now on, and begins anew at home: nothing kept, no try counted."""
    new: dict[str, Any] = {"person_id": person, "rest": None, "hears": None, "takes": None}
    new |= {"invited": None, "wrong_codes": 0, "wrong_until": None}
    await db.run(update(Chat).where(Chat.id == chat).values(new))


async def keep(db: Db, chat: int, hashed: str) -> None:
    """Keep the hash of the invitation that this chat has shown, until it is taken up."""
    await db.run(update(Chat).where(Chat.id == chat).values(invited=hashed))


async def let_go(db: Db, chat: int) -> None:
    """What was shown is done with."""
    await db.run(update(Chat).where(Chat.id == chat).values(invited=None))


async def kept(db: Db, chat: int) -> str | None:
    """The hash of the invitation that this chat has shown, if it was not taken up yet."""
    row = await db.first(select(Chat.invited).where(Chat.id == chat))
    return row[0] if row else None


async def held(db: Db, chat: int, invitation: int, now: datetime) -> Invitation | None:
    """The invitation, if this chat has shown it and it still holds: what a step may speak of."""
    hashed = await kept(db, chat)
    found = await find(db, hashed, now) if hashed else None
    return found if found and found.id == invitation else None


async def slowed(db: Db, chat: int, now: datetime) -> bool:
    """Whether the chat has to wait after too many wrong invitations."""
    row = await db.first(select(Chat.wrong_until).where(Chat.id == chat))
    until: datetime | None = row[0] if row else None
    return until is not None and until > now


async def guessed(db: Db, now: datetime) -> int:
    """How many wrong invitations all strangers together have shown within SLOWED_FOR."""
    slow = Chat.wrong_until > now
    lately = (Chat.wrong_codes > 0) & (Chat.rested_at > now - SLOWED_FOR)
    tries = case((slow, TRIES), else_=Chat.wrong_codes)
    row = await db.first(
        select(func.coalesce(func.sum(tries), 0)).where(Chat.person_id.is_(None), or_(slow, lately))
    )
    return int(row[0]) if row else 0


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
