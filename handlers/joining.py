"""Joining: a stranger shows an invitation, by its link or its code, and can do nothing else."""

from __future__ import annotations

from bot.core import people
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_
from bot.core.meaning import TAP, resting
from bot.core.posting import lead
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from bot.core.withdraw import withdraw_from
from handlers import absence, admissions, class_staff, consent, home, language, messengers, newcomer
from handlers.wording import title_name
from models import admission, invite
from models import consent as consents
from models.absence import coming
from models.admission import Mine
from models.audit import Deed, record
from models.chat import release
from models.consent import Given
from models.errors import NotYours
from models.families import colleague, messengers_of
from models.invite import (
    TRIES_OF_ALL,
    Invitation,
    hash_of,
    looks_like_code,
    looks_like_token,
    nearly_code,
    tidy,
)
from models.people import Relation, Right, Role, own_child
from models.staff import POSTS

joining = Flow("joining", open_to_strangers=True)


@joining.ask
async def stranger(turn: Turn) -> Screen | Link:
    """What somebody sees who has not joined: how to come in, what is one tap away, or what they wait for.

    Viber opens a link before it lets us answer, and whatever it was is only looked at after that tap.
    """
    waits = await admission.waiting_of(turn.db, turn.speaker.chat)
    if asked := next((one for one in waits if one.asked), None):
        return introduce(asked.id)
    speak = [Button(_("⚙️ Language"), language.choose())]
    if await invite.kept(turn.db, turn.speaker.chat):
        text = _("Welcome to Klasno, the chatbot of a school class. One tap, and you see who invites you.")
        return Screen(text, [[Button(_("Join"), join(), Look.MAIN)], speak], hears=code())
    if waits:
        lines = [what_waits(waits), _("Until then you see nothing of the class.")]
        return Screen("\n".join(lines), [back_button(), speak], hears=code())
    text = _(
        "This is Klasno, the chatbot of a school class.\n"
        "Entry is by invitation: open the link that you were given, or type the invitation's code here."
    )
    return Screen(text, [speak], hears=code())


def what_waits(waits: list[Mine]) -> str:
    """What somebody has asked for, and what they can do meanwhile; the same for strangers and for whoever is here."""
    lines = [_("Passed on, waiting for the class teacher's yes:")]
    lines += [f"· {one.child_name}, {one.class_name}" for one in waits]
    lines.append(
        _("The answer comes here. Not coming to school today? While you wait, tell the school as before.")
    )
    return "\n".join(lines)


def back_button() -> list[Button]:
    """The row by which that is taken back."""
    return [Button(_("Take the request back"), withdraw(), Look.DANGER)]


@joining.hear
async def code(turn: Turn, text: str) -> Link:
    """Take a link's payload or a typed code: look what it is to, or keep it until the person can be answered."""
    return await shown(turn, text)


async def shown(turn: Turn, text: str) -> Link:
    """What a link's payload or a typed code leads to; of any other text a stranger is told what is wanted of them."""
    typed = looks_like_code(text)
    if turn.person is None and not typed and not looks_like_token(text):
        return await _no_code(turn, text)
    hashed = hash_of(tidy(text) if typed else text)
    if turn.welcoming:
        await invite.keep(turn.db, turn.speaker.chat, hashed)
        return stranger()
    if typed and turn.person is None and await invite.guessed(turn.db, turn.now) >= TRIES_OF_ALL:
        return stranger().saying(
            _(
                "Too many wrong codes are coming in just now. Please open the link in the letter, or try again "
                "in ten minutes."
            )
        )
    return await _show(turn, hashed, typed=typed)


async def _no_code(turn: Turn, text: str) -> Link:
    """Whoever writes what is no code stays where they are."""
    rest = resting(turn)
    if nearly_code(text):
        return rest.saying(_does_not_fit())
    if rest.packed() != stranger().packed() or await admission.waiting_of(turn.db, turn.speaker.chat):
        return rest.saying(turn.say(TAP))
    return stranger().saying(_("That does not look like an invitation's code: it has 12 letters and digits."))


@joining.do
async def join(turn: Turn) -> Link:
    """Look at the invitation that the person came with."""
    kept = await invite.kept(turn.db, turn.speaker.chat)
    return await _show(turn, kept) if kept else turn.home


async def _show(turn: Turn, hashed: str, *, typed: bool = False) -> Link:
    """Where an invitation leads; one that does not work is counted, and all that do not are told alike.

    To whoever is here nothing is said of another school's either: behind the wall of PostgreSQL there is none.
    """
    chat = turn.speaker.chat
    if await invite.slowed(turn.db, chat, turn.now):
        await invite.let_go(turn.db, chat)
        return turn.home.saying(_("That was wrong several times. Please try again in ten minutes."))
    found = await invite.find(turn.db, hashed, turn.now)
    if found is None or turn.speaker.school not in (None, found.school_id):
        await invite.count_wrong(turn.db, chat, turn.now)
        sentences = [_does_not_fit() if typed else does_not_work()]
        if turn.person is not None:
            sentences.append(_another_school(turn))
        return turn.home.saying("\n".join(sentences))
    await invite.keep(turn.db, chat, hashed)
    if found.person_id is not None:
        return await _move_in(turn, found, found.person_id)
    if found.role is Role.GUARDIAN:
        return consent.offer(found.id)
    if turn.person is None and not found.name:
        return newcomer.called(found.id, None, "", Relation.OTHER)
    return await admit(turn, found)


def does_not_work() -> str:
    """What is said of every invitation that does not work, whatever the reason."""
    return _("This invitation does not work. Please ask for a new one.")


def _does_not_fit() -> str:
    return _("This invitation does not work. Please check the letters of the code, or ask for a new one.")


def _another_school(turn: Turn) -> str:
    return _(
        "This chat belongs to {school}. Is the invitation another school's? Then open it in the other messenger, or "
        "leave here first: settings, “What is known about me”, “Forget me”."
    ).format(school=turn.speaker.school_name)


async def admit(
    turn: Turn,
    found: Invitation,
    name: str = "",
    relation: Relation = Relation.OTHER,
    given: Given | None = None,
) -> Link:
    """Take up an invitation that asks nobody; Sorry if somebody was faster.

    name: where the invitation does not say it. given: a guardian's consent.
    """
    person = await invite.accept(turn.db, found, turn.person, turn.now, name=name, relation=relation)
    if person is None:
        raise Sorry(does_not_work(), turn.home)
    if given:
        await take_consent(turn, found.school_id, person, given)
    await record(
        turn.db,
        found.school_id,
        person,
        Deed.JOINED,
        turn.now,
        person=person,
        child=found.child_id,
        school_class=found.class_id,
        detail=found.role,
    )
    await _settle_in(turn, person)
    if found.role in POSTS:
        await class_staff.tell_arrived(turn, found, person)
    return home.show().saying(_greeting(turn.speaker.name, found))


async def take_consent(turn: Turn, school: int, person: int, given: Given) -> None:
    """Keep a consent with the person, unless they have given this one before."""
    if given not in await consents.given_by(turn.db, person):
        await consents.agree(turn.db, school, person, given)
        await record(turn.db, school, person, Deed.CONSENTED, turn.now, person=person, detail=given.version)


async def _move_in(turn: Turn, found: Invitation, person: int) -> Link:
    """One more messenger of somebody who is here, or their new one, where the others stop."""
    if turn.person not in (None, person):
        raise Sorry(
            _(
                "This chat is {name}'s already, and stays so. Please use the other person's own account."
            ).format(name=turn.speaker.name),
            turn.home,
        )
    if not found.replaces and turn.speaker.platform in dict(await messengers_of(turn.db, person)):
        raise Sorry(
            _("This link is for the other messenger. For a new phone or number, please ask the school."),
            turn.home,
        )
    spoke = await messengers.speaks(turn, person)
    for_guardian = found.replaces and found.role is Role.GUARDIAN
    if for_guardian and await colleague(turn.db, found.school_id, person, turn.today):
        raise Sorry(does_not_work(), turn.home)  # of the staff by now, whose links an administrator makes
    if await invite.accept(turn.db, found, person, turn.now) is None:
        raise Sorry(does_not_work(), turn.home)
    left = await release(turn.db, person, turn.speaker.chat) if found.replaces else []
    await admission.follow(turn.db, left, turn.speaker.chat)
    await withdraw_from(turn, [one for chat in left if (one := await people.chat(turn.db, chat))])
    deed = Deed.MESSENGER_MOVED if found.replaces else Deed.MESSENGER_ADDED
    await record(
        turn.db, found.school_id, person, deed, turn.now, person=person, detail=turn.speaker.platform
    )
    await _settle_in(turn, person)
    for chat in left:
        await lead(turn, chat, unlinked(), found.school_id)
    linked = _("{name}: this messenger is linked.").format(name=turn.speaker.name)
    if found.replaces or spoke in (None, turn.speaker.platform):
        return home.show().saying(linked)
    await messengers.stays_with(turn, person, spoke)
    return home.show().saying(f"{linked} {messengers.silent_here(spoke)}")


async def _settle_in(turn: Turn, person: int) -> None:
    await invite.give_chat(turn.db, turn.speaker.chat, person)
    await turn.look_again()
    await language.send_menu(turn)


def _greeting(name: str, invitation: Invitation) -> str:
    match invitation.role:
        case Role.GUARDIAN:
            what = f"{invitation.child_name}, {invitation.class_name}"
        case Role.CLASS_TEACHER:
            what = _("{name}, class teacher").format(name=invitation.class_name)
        case Role.ADMINISTRATOR:
            what = _("{name}, administrator").format(name=invitation.school_name)
        case Role.SPECIALIST:
            what = f"{invitation.school_name}, {title_name(invitation.role, invitation.title)}"
        case Role.COMMITTEE:
            what = _("{name}, parents' committee").format(name=invitation.class_name)
    return _("Welcome, {name}! Linked: {what}.").format(name=name, what=what)


# What those see who wait, and what they are told


@joining.do
async def withdraw(turn: Turn) -> Link:
    """Take back whatever this chat waits for, and the consent with it."""
    classes = await admission.withdrawn(turn.db, turn.speaker.chat)
    if classes and turn.person is None:
        await admission.leave_nothing(turn.db, turn.speaker.chat)
    for school_class in classes:
        await admissions.tell(turn, school_class)
    return turn.home.saying(_("Your request is taken back."))


@joining.ask
async def asked(turn: Turn, request: int) -> Screen:
    """The teacher's question, as a card for somebody who has joined for another child."""
    text = await _question(turn, request)
    return Screen(text, [[Button(_("Answer"), introduce(request), Look.MAIN)]])


@joining.ask
async def introduce(turn: Turn, request: int) -> Screen:
    """The teacher's question; what is typed now is the answer."""
    text = await _question(turn, request)
    how = _("Please write it here, in one message.")
    return Screen(f"{text}\n{how}", hears=answer(request))


@joining.hear
async def answer(turn: Turn, text: str, request: int) -> Link:
    """Show the answer to the class's teachers."""
    await _question(turn, request)
    if looks_like_code(text):
        return await shown(turn, text)
    one = await admission.waiting_one(turn.db, request)
    if one is None:
        raise NotYours
    await admission.explain(turn.db, request, " ".join(text.split()))
    await admissions.tell(turn, one.class_id, ring=True)
    return turn.home.saying(_("The class teacher has your answer."))


async def _question(turn: Turn, request: int) -> str:
    mine = await admission.waiting_of(turn.db, turn.speaker.chat)
    one = next((one for one in mine if one.id == request), None)
    if one is None:
        raise NotYours
    what = f"{one.child_name}, {one.class_name}"
    return _("{what}: the class teacher asks who you are.").format(what=what)


@joining.ask
async def welcome(turn: Turn, child: int) -> Screen:
    """That the teacher has said yes."""
    pupil = await own_child(turn.db, turn.person, child)
    text = _("✅ The class teacher has said yes: {what}.").format(what=f"{pupil.name}, {pupil.class_name}")
    soonest = await absence.soonest_button(
        turn, child, await coming(turn.db, [child], turn.today, turn.person)
    )
    return Screen(text, [[soonest]] if Right.REPORT in pupil.rights else [])


@joining.ask
async def turned_away(_turn: Turn) -> Screen:
    """That the teacher has said no."""
    text = _(
        "The class teacher could not confirm your request.\n"
        "If that is a mistake, please talk to the class teacher."
    )
    return Screen(text, hears=code())


@joining.ask
async def unanswered(turn: Turn) -> Screen:
    """That nobody has answered, and how to ask again; the invitation of then is too old by now."""
    lines = [
        n_(
            "Your request was not answered within {n} day, so it has ended.",
            "Your request was not answered within {n} days, so it has ended.",
            turn.days.requests,
        ),
        _(
            "To ask again, take a new invitation from the class teacher: open its link, or type its code here."
        ),
    ]
    return Screen("\n".join(lines), hears=code())


@joining.ask
async def unlinked(_turn: Turn) -> Screen:
    """That the person speaks from another phone now."""
    text = _(
        "This phone is no longer linked: a new code was used on another one.\n"
        "If that was not you, please tell the school."
    )
    return Screen(text, hears=code())
