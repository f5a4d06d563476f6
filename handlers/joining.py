"""Joining: a stranger shows an invitation, by its link or its code, and can do nothing else."""

from __future__ import annotations

from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import home, language
from models import invite
from models.invite import TOKEN_LENGTH, Invitation, hash_of, looks_like_code, tidy
from models.people import Role

joining = Flow("joining", open_to_strangers=True)


@joining.ask
async def stranger(turn: Turn) -> Screen:
    """What somebody sees who has not joined; whoever came by a link on Viber is one tap away.

    Viber opens a link before it lets us answer, so that the invitation is kept until then.
    """
    speak = [Button(_("⚙️ Language"), language.choose())]
    if await invite.kept(turn.db, turn.speaker.chat):
        text = _("Welcome to Klasno, the chatbot of a school class. One tap, and you are in.")
        return Screen(text, [[Button(_("Join"), join(), Look.MAIN)], speak], hears=code())
    text = _(
        "This is Klasno, the chatbot of a school class.\n"
        "Entry is by invitation: open the link that you were given, or type the invitation's code here."
    )
    return Screen(text, [speak], hears=code())


@joining.hear
async def code(turn: Turn, text: str) -> Link:
    """Take a link's payload or a typed code: join by it, or keep it until the person can be answered."""
    if turn.person is None and not looks_like_code(text) and len(text) != TOKEN_LENGTH:
        return stranger().saying(
            _("That does not look like an invitation's code: it has 12 letters and digits.")
        )
    hashed = hash_of(tidy(text) if looks_like_code(text) else text)
    if turn.welcoming:
        await invite.keep(turn.db, turn.speaker.chat, hashed)
        return stranger()
    return await _join_by(turn, hashed)


@joining.do
async def join(turn: Turn) -> Link:
    """Take up the invitation that the person came with."""
    kept = await invite.kept(turn.db, turn.speaker.chat)
    return await _join_by(turn, kept) if kept else turn.home


async def _join_by(turn: Turn, hashed: str) -> Link:
    chat = turn.speaker.chat
    if await invite.slowed(turn.db, chat, turn.now):
        return turn.home.saying(_("That was wrong several times. Please try again in ten minutes."))
    invitation = await invite.find(turn.db, hashed, turn.now)
    fits = invitation is not None and turn.speaker.school in (None, invitation.school_id)
    person = await invite.accept(turn.db, invitation, turn.person, turn.now) if invitation and fits else None
    if invitation is None or person is None:
        await invite.count_wrong(turn.db, chat, turn.now)
        return turn.home.saying(_("This invitation does not work. Please ask for a new one."))
    await invite.give_chat(turn.db, chat, person)
    await turn.look_again()
    await language.send_menu(turn)
    return home.show().saying(_greeting(invitation))


def _greeting(invitation: Invitation) -> str:
    match invitation.role:
        case Role.GUARDIAN:
            what = f"{invitation.child_name}, {invitation.class_name}"
        case Role.CLASS_TEACHER:
            what = _("{name}, class teacher").format(name=invitation.class_name)
        case Role.ADMINISTRATOR:
            what = _("{name}, administrator").format(name=invitation.school_name)
    return _("Welcome, {name}! Linked: {what}.").format(name=invitation.name, what=what)
