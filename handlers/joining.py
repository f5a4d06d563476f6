"""Joining: a stranger shows an invitation, by its link or its code, and can do nothing else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import home, language
from models.chat import Chat
from models.invite import SLOWED_FOR, TRIES, Invitation, accept, find, hash_of, looks_like_code, tidy
from models.people import Role

joining = Flow("joining", open_to_strangers=True)


@joining.ask
async def stranger(turn: Turn) -> Screen:
    """What somebody sees who has not joined; whoever came by a link on Viber is one tap away.

    Viber opens a link before it lets us answer, so that the invitation is kept until then.
    """
    speak = [Button(_("⚙️ Language"), language.choose())]
    if await _kept(turn):
        text = _("Welcome to Klasno, the chatbot of a school class. One tap, and you are in.")
        return Screen(text, [[Button(_("Join"), join(), Look.MAIN)], speak], hears=code())
    text = _(
        "This is Klasno, the chatbot of a school class.\n"
        "It is entered by invitation: open the link that you were given, or type the code from it here."
    )
    return Screen(text, [speak], hears=code())


@joining.hear
async def code(turn: Turn, text: str) -> Link:
    """Take a link's payload or a typed code: join by it, or keep it until the person can be answered."""
    if turn.person is None and not looks_like_code(text) and len(text) != TOKEN_LENGTH:
        return stranger().saying(_("That is not an invitation's code. It has 12 letters and digits."))
    hashed = hash_of(tidy(text) if looks_like_code(text) else text)
    if turn.welcoming:
        await turn.db.run(update(Chat).where(Chat.id == turn.speaker.chat).values(invited=hashed))
        return stranger()
    return await _join_by(turn, hashed)


TOKEN_LENGTH = 22
"""Signs of a link's payload: 128 bits in base64url."""


@joining.do
async def join(turn: Turn) -> Link:
    """Take up the invitation that the person came with."""
    kept = await _kept(turn)
    return await _join_by(turn, kept) if kept else turn.home


async def _kept(turn: Turn) -> str | None:
    """The hash of the invitation that the person came with, if they have not joined by it yet."""
    row = await turn.db.first(select(Chat.invited).where(Chat.id == turn.speaker.chat))
    return row[0] if row else None


async def _join_by(turn: Turn, hashed: str) -> Link:
    if await _slowed(turn):
        return turn.home.saying(_("That was wrong several times. Please try again in ten minutes."))
    invitation = await find(turn.db, hashed, turn.now)
    if invitation is None or turn.speaker.school not in (None, invitation.school_id):
        await _count_wrong(turn)
        return turn.home.saying(_("This invitation does not work. Please ask for a new one."))
    person = await accept(turn.db, invitation, turn.person, turn.now)
    if person is None:
        await _count_wrong(turn)
        return turn.home.saying(_("This invitation does not work. Please ask for a new one."))
    await turn.db.run(
        update(Chat)
        .where(Chat.id == turn.speaker.chat)
        .values(person_id=person, invited=None, wrong_codes=0, wrong_until=None)
    )
    await turn.look_again()
    return await home.after_joining(turn, _greeting(invitation))


def _greeting(invitation: Invitation) -> str:
    match invitation.role:
        case Role.GUARDIAN:
            what = f"{invitation.child_name}, {invitation.class_name}"
        case Role.CLASS_TEACHER:
            what = _("{name}, class teacher").format(name=invitation.class_name)
        case Role.ADMINISTRATOR:
            what = _("{name}, administrator").format(name=invitation.school_name)
    return _("Welcome, {name}! Linked: {what}.").format(name=invitation.name, what=what)


async def _slowed(turn: Turn) -> bool:
    row = await turn.db.first(select(Chat.wrong_until).where(Chat.id == turn.speaker.chat))
    until: datetime | None = row[0] if row else None
    return until is not None and until > turn.now


async def _count_wrong(turn: Turn) -> None:
    row = await turn.db.first(select(Chat.wrong_codes).where(Chat.id == turn.speaker.chat))
    wrong = (row[0] if row else 0) + 1
    slow = wrong >= TRIES
    await turn.db.run(
        update(Chat)
        .where(Chat.id == turn.speaker.chat)
        .values(
            wrong_codes=0 if slow else wrong,
            wrong_until=turn.now + SLOWED_FOR if slow else None,
            invited=None,
        )
    )
