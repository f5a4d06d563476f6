"""Being forgotten: oneself, or a child; asked first, with what goes, what stays and why."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_
from bot.core.posting import post
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import admissions, class_staff, families, joining, language, privacy, rights, school_class
from handlers.wording import related
from models.admission import waiting_in, who_decides
from models.audit import Deed, record
from models.consent import given_by
from models.erasure import erase_child, erase_person
from models.errors import NotYours
from models.families import end_guardian, family_of, kin_of
from models.people import Right, class_size, classes_of, managed_child, managed_class, own_child, teachers_of
from models.staff import administrators, is_last_administrator

forgetting = Flow("forgetting")


@forgetting.ask
async def surely(turn: Turn) -> Screen:
    """What it means to be forgotten."""
    if turn.person is None:
        raise NotYours
    await _somebody_stays(turn)
    left = [name for _id, name in await _left_alone(turn)]
    alone = _("⚠️ Without a class teacher then: {names}. The administrators are told.")
    lines = [
        *([alone.format(names=", ".join(left)), ""] if left else []),
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
        "· "
        + n_(
            "for {n} day the address and the language of this chat: the last word goes there",
            "for {n} days the address and the language of this chat: the last word goes there",
            turn.days.strangers,
        ),
    ]
    rows = [
        [Button(_("Yes, forget me"), forget(), Look.DANGER)],
        [Button(_("First all of it as files"), privacy.send())],
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
    alone = await _left_alone(turn)
    if await given_by(turn.db, person):
        await record(turn.db, school, person, Deed.CONSENT_WITHDRAWN, turn.now, person=person)
    shown = await erase_person(turn.db, person, turn.now, by=person)
    await turn.look_again()
    await rights.recheck(turn, shown)
    told = [one.id for one in await administrators(turn.db, school, turn.today)]
    for id_, _name in alone:
        await post(turn, told, class_staff.of_class(id_), ring=True)
    await language.send_menu(turn)
    return joining.stranger().saying(
        _(
            "✅ You are forgotten here. What stands above remains on your phone until you delete it. All the best!"
        )
    )


async def _left_alone(turn: Turn) -> list[tuple[int, str]]:
    """The classes (id, name) that nobody else teaches."""
    mine = await classes_of(turn.db, turn.person, turn.today)
    return [one for one in mine if len(await teachers_of(turn.db, one[0], turn.today)) == 1]


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
    """What it means to have a child forgotten; a guardian can ask for it, or leave the child."""
    back = [Button(_("Back"), privacy.child(id_))]
    try:
        pupil = await managed_child(turn.db, turn.person, id_, turn.today)
    except NotYours:
        return await _of_guardian(turn, id_, back)
    text = _(
        "It is done at once and cannot be undone.\n\n"
        "What goes: the name, all absences with their reasons and words, letters and invitations.\n\n"
        "What stays: a number in place of the name in the audit trail; messages on phones and at "
        "Telegram and Viber."
    )
    yes = Button(_("Yes, erase the data"), forget_child(id_), Look.DANGER)
    return Screen(text, [[yes], back], title=pupil.name)


async def _of_guardian(turn: Turn, id_: int, back: list[Button]) -> Screen:
    """One home does not erase the child of another, or of one that has not joined yet: the school is asked."""
    pupil = await own_child(turn.db, turn.person, id_)
    lines, rows = [], []
    if Right.REPORT in pupil.rights:
        lines.append(
            _(
                "The child is in the class's list and may have another home, so the class teacher decides: "
                "your wish is passed on."
            )
        )
        rows.append([Button(_("Ask to erase the data"), wish(id_), Look.DANGER)])
    lines.append(_("You can leave the child yourself: then you see and report nothing of it any more."))
    rows.append([Button(_("Yes, leave this child"), leave_child(id_), Look.DANGER)])
    return Screen("\n\n".join(lines), [*rows, back], title=pupil.name)


@forgetting.do
async def wish(turn: Turn, id_: int) -> Link:
    """A guardian's wish that the child be forgotten, for whoever decides."""
    pupil = await own_child(turn.db, turn.person, id_, Right.REPORT)
    person = turn.person
    assert person is not None  # noqa: S101 (told to the type checker; `own_child` found a guardian)
    deciders = await who_decides(turn.db, pupil.class_id, turn.today)
    if not await post(turn, deciders, wished(id_, person), ring=True):
        raise Sorry(
            _("Nobody of the school can be reached here just now. Please tell them yourself."),
            surely_child(id_),
        )
    return privacy.child(id_).saying(_("Passed on to the class teacher. The answer comes here."))


@forgetting.ask
async def wished(turn: Turn, id_: int, person: int) -> Screen:
    """That wish, as a card for whoever decides."""
    pupil = await managed_child(turn.db, turn.person, id_, turn.today)
    one = await kin_of(turn.db, id_, person)
    text = _("{who} asks to have the child's data erased: {child}.").format(
        who=related(one.name, one.relation), child=f"{pupil.name}, {pupil.class_name}"
    )
    return Screen(
        text,
        [
            [Button(_("What would be erased"), surely_child(id_))],
            [Button(_("The child stays"), keep(id_, person)), Button(_("The family"), families.family(id_))],
        ],
    )


@forgetting.do
async def keep(turn: Turn, id_: int, person: int) -> Link:
    """No: the child stays in the list, and whoever asked is told."""
    await managed_child(turn.db, turn.person, id_, turn.today)
    one = await kin_of(turn.db, id_, person)
    await post(turn, [person], stays(id_), ring=True)
    return families.family(id_).saying(_("✅ The child stays. Told: {name}.").format(name=one.name))


@forgetting.ask
async def stays(turn: Turn, id_: int) -> Screen:
    """That the school keeps the child in the list."""
    pupil = await own_child(turn.db, turn.person, id_)
    text = _(
        "{name} stays in the class's list. Please talk to the class teacher; you can also leave the child."
    )
    leaves = Button(_("Leave this child"), surely_child(id_))
    return Screen(text.format(name=pupil.name), [[leaves]])


@forgetting.do
async def forget_child(turn: Turn, id_: int) -> Link:
    """Forget the child, for whoever manages its class; its guardians and the class's teachers are told."""
    pupil = await managed_child(turn.db, turn.person, id_, turn.today)
    kin = {one.id for one in (await family_of(turn.db, id_)).kin if Right.SEE in one.rights}
    deciders = set(await who_decides(turn.db, pupil.class_id, turn.today))
    waiting = await waiting_in(turn.db, pupil.class_id)
    shown = await erase_child(turn.db, id_, turn.now, by=turn.person)
    still = {one.id for one in await waiting_in(turn.db, pupil.class_id)}
    await admissions.end_all(turn, [one for one in waiting if one.id not in still])
    await rights.recheck(turn, shown)
    await post(turn, kin - {turn.person}, child_gone(), ring=True)
    await post(turn, deciders - {turn.person}, gone_from(pupil.class_id), ring=True)
    return turn.home.saying(
        _("✅ The child's data is erased here.")
    )  # a name in it would stay with the letter


@forgetting.ask
async def child_gone(turn: Turn) -> Screen:
    """That the school has erased a child of whoever reads this; its name is nowhere any more."""
    if turn.person is None:
        raise NotYours
    return Screen(
        _(
            "{school}: the data of a child of yours was erased here for good, with its absences and your words.\n"
            "If that is a mistake, please talk to the class teacher."
        ).format(school=turn.speaker.school_name)
    )


@forgetting.ask
async def gone_from(turn: Turn, class_id: int) -> Screen:
    """The same, for the class's teachers."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    size = await class_size(turn.db, class_id)
    text = _("{name}: the data of one child was erased for good. In the list now: {n}.").format(
        name=name, n=size
    )
    return Screen(text, [[Button(_("👥 {name}: class").format(name=name), school_class.hub(class_id))]])


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
