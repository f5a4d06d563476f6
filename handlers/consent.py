"""Consent: who invites to what, what becomes of the data, and a yes or a no to it; a no leaves nothing behind."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import joining, language, newcomer
from models import consent as facts
from models import invite
from models.admission import leave_nothing
from models.invite import Invitation
from models.school import school_of

consent = Flow("consent", open_to_strangers=True)


@consent.ask
async def offer(turn: Turn, invitation: int) -> Screen | Link:
    """Who invites to what, and what is to be agreed to; skipped by whoever has agreed to this text before."""
    found = await held(turn, invitation)
    if turn.person is not None and await facts.has_agreed(turn.db, found.school_id, turn.person):
        return newcomer.begin(found, None)
    wanted = await facts.wanted(turn.db, found.school_id)
    child = f"{found.child_name}, {found.class_name}" if found.child_name else found.class_name
    lines = [
        _("Invitation: {what}.").format(what=child),
        _("Families report absences here, and the class teacher has them at once."),
        "",
        wanted.text or built_in(),
    ]
    rows = [
        [Button(_("I agree"), agree(invitation, wanted.version), Look.MAIN)],
        [Button(_("I do not agree"), refuse(invitation)), Button(_("⚙️ Language"), language.choose())],
    ]
    return Screen("\n".join(lines), rows, title=found.school_name)


def built_in() -> str:
    """The text that comes with Klasno; `models.consent.BUILT_IN` is its version."""
    return "\n".join(
        (
            _(
                "Kept: your name, who you are to the child, your messenger's id, and what you tell: absences, "
                "answers to announcements, questions."
            ),
            _("Why: so that the school knows about your child, and you about the school."),
            _(
                "Who sees it: the class teacher; the administrator, but no reasons for absences; an answer to an "
                "announcement: its author."
            ),
            _("Photos: if your child is to be in none, say so in “Settings”."),
            _("How long: while the child is in the class, and a short time after."),
            _(
                "To take it back: in “Settings” at any time, or tell the class teacher. "
                "All about you is deleted then; the days of absence stay with the school for as long."
            ),
            _(
                "Messages that were delivered are also kept by Telegram or Viber, until you delete them there."
            ),
        )
    )


@consent.do
async def agree(turn: Turn, invitation: int, version: str) -> Link:
    """Go on, with what was agreed to; it is written down with the person, once there is one."""
    found = await held(turn, invitation)
    wanted = await facts.wanted(turn.db, found.school_id)
    if wanted.version != version:
        return offer(invitation).saying(_("The text has changed meanwhile. Please read it once more."))
    spoken = (await school_of(turn.db, found.school_id)).language if wanted.text else turn.speaker.language
    return newcomer.begin(found, (version, spoken, turn.now))


@consent.do
async def refuse(turn: Turn, invitation: int) -> Link:
    """Forget the invitation and whatever was said."""
    await held(turn, invitation)
    if turn.person is None:
        await leave_nothing(turn.db, turn.speaker.chat)
    else:
        await invite.let_go(turn.db, turn.speaker.chat)
    return turn.home.saying(
        _(
            "Nobody was told of it. If you change your mind, open the invitation again. "
            "Without Klasno, please tell the school about absences as before."
        )
    )


async def held(turn: Turn, invitation: int) -> Invitation:
    """The invitation that this chat has shown, while it holds; Sorry otherwise."""
    found = await invite.held(turn.db, turn.speaker.chat, invitation, turn.now)
    if found is None or turn.speaker.school not in (None, found.school_id):
        raise Sorry(joining.does_not_work(), turn.home)
    return found
