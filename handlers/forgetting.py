"""Being forgotten: oneself, or a child; asked first, with what goes, what stays and why."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import joining, language, privacy, rights
from models.audit import Deed, record
from models.consent import given_by
from models.erasure import erase_child, erase_person
from models.errors import NotYours
from models.families import end_guardian, family_of
from models.people import Pupil, Right, managed_child, own_child
from models.staff import is_last_administrator

forgetting = Flow("forgetting")


@forgetting.ask
async def surely(turn: Turn) -> Screen:
    """What it means to be forgotten."""
    if turn.person is None:
        raise NotYours
    await _somebody_stays(turn)
    lines = [
        _("It is done at once and cannot be undone. It takes back your consent, too."),
        "",
        _("What goes: your name, your messengers, roles and settings, your words, all messages here."),
        "",
        _("What stays:"),
        "· " + _("absences of your children, without who told them: the class teacher needs them"),
        "· "
        + _(
            "in the audit trail a number in place of your name: the school must know what was done to rights"
        ),
        "· " + _("messages on phones and at Telegram and Viber: the bot cannot reach those"),
    ]
    rows = [
        [Button(_("Yes, forget me"), forget(), Look.DANGER)],
        [Button(_("First all of it as a file"), privacy.send())],
        [Button(_("Back"), privacy.page())],
    ]
    return Screen("\n".join(lines), rows, title=_("Forget me"))


@forgetting.do
async def forget(turn: Turn) -> Link:
    """Forget whoever speaks; what they are shown now is the last that they are sent."""
    person, school = turn.person, turn.speaker.school
    if person is None or school is None:
        raise NotYours
    await _somebody_stays(turn)
    if await given_by(turn.db, person):
        await record(turn.db, school, person, Deed.CONSENT_WITHDRAWN, turn.now, person=person)
    shown = await erase_person(turn.db, person, turn.now, by=person)
    await turn.look_again()
    await rights.recheck(turn, shown)
    await language.send_menu(turn)
    return joining.stranger().saying(
        _(
            "✅ You are forgotten here. What stands above remains on your phone until you delete it. All the best!"
        )
    )


async def _somebody_stays(turn: Turn) -> None:
    if await is_last_administrator(turn.db, turn.person or 0):
        raise Sorry(
            _(
                "You are the school's only administrator. Please make somebody else one first, then you can go."
            ),
            privacy.page(),
        )


@forgetting.ask
async def surely_child(turn: Turn, id_: int) -> Screen:
    """What it means to have a child forgotten, or, for one of several guardians, to leave it."""
    pupil, alone = await _pupil(turn, id_)
    if not alone:
        text = _(
            "The child has other guardians, or your rights are limited, so it stays. You can leave it: then you see "
            "and report nothing of it any more."
        )
        yes = Button(_("Yes, leave this child"), leave_child(id_), Look.DANGER)
    else:
        text = _(
            "It is done at once and cannot be undone.\n\n"
            "What goes: the name, all absences with their reasons and words, letters and invitations.\n\n"
            "What stays: a number in place of the name in the audit trail; messages on phones and at "
            "Telegram and Viber."
        )
        yes = Button(_("Yes, forget this child"), forget_child(id_), Look.DANGER)
    return Screen(text, [[yes], [Button(_("Back"), privacy.child(id_))]], title=pupil.name)


@forgetting.do
async def forget_child(turn: Turn, id_: int) -> Link:
    """Forget the child; its guardian alone, or whoever manages its class."""
    pupil, alone = await _pupil(turn, id_)
    if not alone:
        raise NotYours
    shown = await erase_child(turn.db, id_, turn.now, by=turn.person)
    await rights.recheck(turn, shown)
    return turn.home.saying(_("✅ Forgotten: {name}.").format(name=pupil.name))


@forgetting.do
async def leave_child(turn: Turn, id_: int) -> Link:
    """End one's own link to the child."""
    person = turn.person
    pupil = await own_child(turn.db, person, id_)
    if person is None or not await end_guardian(turn.db, id_, person, turn.now):
        raise NotYours
    await record(turn.db, pupil.school_id, person, Deed.GUARDIAN_ENDED, turn.now, person=person, child=id_)
    await rights.recheck(turn, [person])
    return turn.home.saying(_("✅ {name} is not linked to you any more.").format(name=pupil.name))


async def _pupil(turn: Turn, id_: int) -> tuple[Pupil, bool]:
    """The child, and whether this person alone decides: its only guardian, unlimited, or who manages its class."""
    try:
        return await managed_child(turn.db, turn.person, id_, turn.today), True
    except NotYours:
        pupil = await own_child(turn.db, turn.person, id_)
    alone = [one.id for one in (await family_of(turn.db, id_)).kin] == [turn.person]
    return pupil, alone and Right.REPORT in pupil.rights
