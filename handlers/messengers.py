"""One person, one messenger or two: adding the other, which one speaks, leaving one, and a new phone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.core import people
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import N_, _
from bot.core.laying import send_text
from bot.core.posting import post
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from bot.core.withdraw import withdraw, withdraw_from
from handlers import families, language, settings, staff
from models.audit import Deed, record
from models.errors import NotYours
from models.families import (
    colleague,
    end_invitations_of,
    kin_of,
    messengers_of,
    part,
    speak_in,
    speaking_one,
)
from models.invite import Offer, issue
from models.letter import Kind
from models.people import Role, managed_child, own_class, own_school

messengers = Flow("messengers")

GOOD_FOR = timedelta(hours=1)
"""How long a link for one's own other messenger is good."""


def called(platform: str) -> str:
    """A messenger's own name."""
    return platform.capitalize()


@messengers.ask
async def show(turn: Turn) -> Screen:
    """Where I am, which messenger speaks, and the way to one more."""
    here = await messengers_of(turn.db, turn.person)
    writes = await speaks(turn, turn.person)
    lines = [_line(platform, reachable, platform == writes) for platform, reachable in here]
    rows: list[list[Button]] = []
    for platform in turn.traits:
        if platform not in dict(here):
            lines.append(_("Not linked: {messenger}").format(messenger=called(platform)))
            rows.append([Button(_("Link {messenger}").format(messenger=called(platform)), also(platform))])
    if len(here) > 1:
        lines.append(_("News comes where the bot writes. Answers come where you write."))
        rows += [
            [Button(_("Send news to {messenger}").format(messenger=called(one)), speak(one))]
            for one, _reachable in here
            if one != writes
        ]
        rows += [
            [Button(_("Leave {messenger}").format(messenger=called(one)), surely_leave(one), Look.DANGER)]
            for one, _reachable in here
        ]
    rows.append([Button(_("Back"), settings.hub())])
    return Screen("\n".join(lines), rows, title=_("📱 My messengers"))


def _line(platform: str, reachable: bool, speaks: bool) -> str:
    if not reachable:
        return _("{messenger}: blocked").format(messenger=called(platform))
    if speaks:
        return _("{messenger}: the bot writes here").format(messenger=called(platform))
    return _("{messenger}: the bot only answers").format(messenger=called(platform))


async def speaks(turn: Turn, person: int | None) -> str | None:
    """The messenger that unasked messages go to: the chosen one if it can be reached, else the first that can."""
    reachable = [platform for platform, reached in await messengers_of(turn.db, person) if reached]
    chosen = await speaking_one(turn.db, person)
    return chosen if chosen in reachable else next(iter(reachable), None)


async def stays_with(turn: Turn, person: int, platform: str) -> None:
    """The messenger that wrote to somebody until now goes on, and tells them of the one that has just come to it."""
    await speak_in(turn.db, person, platform)
    await withdraw(turn, [person])  # what their other chat shows of their messengers is true again
    await post(turn, [person], added(turn.speaker.platform), Kind.URGENT, ring=True)


def silent_here(platform: str) -> str:
    """What is said in the messenger that has just been linked."""
    return _("News goes on coming to {messenger}; you can change that in the settings.").format(
        messenger=called(platform)
    )


@messengers.ask
async def added(turn: Turn, platform: str) -> Screen:
    """That one more messenger is linked, and how to end that; while it is."""
    if platform not in dict(await messengers_of(turn.db, turn.person)):
        raise NotYours
    text = _(
        "Linked to you: {messenger}. News goes on coming here.\n"
        "If that was not you, leave {messenger} now: then it shows nothing of yours any more."
    ).format(messenger=called(platform))
    leaves = Button(
        _("Leave {messenger}").format(messenger=called(platform)), surely_leave(platform), Look.DANGER
    )
    return Screen(text, [[leaves], [Button(_("📱 My messengers"), show())]])


@messengers.do
async def also(turn: Turn, platform: str) -> Link:
    """Make a link for the other messenger, good for an hour and once."""
    person, school = turn.person, turn.speaker.school
    if person is None or school is None or platform not in turn.traits:
        raise NotYours
    if platform in dict(await messengers_of(turn.db, person)):
        return show().saying(_("{messenger} is linked already.").format(messenger=called(platform)))
    await end_invitations_of(turn.db, person, turn.now)
    offer = Offer(school, Role.GUARDIAN, turn.speaker.name, person_id=person, made_by=person)
    issued = await issue(turn.db, offer, turn.now, GOOD_FOR)
    await record(turn.db, school, person, Deed.INVITED, turn.now, person=person, detail=platform)
    link = turn.tappable(issued).get(platform)
    lines = [_("Open {messenger} on your phone and come in by this link:").format(messenger=called(platform))]
    lines += [link] if link else []
    lines += [_("Or write this code to the school's bot there: {code}").format(code=issued.code)]
    lines += [_("It is good for an hour, once. Give it to nobody else.")]
    return show().saying("\n".join(lines))


@messengers.do
async def speak(turn: Turn, platform: str) -> Link:
    """Have unasked messages come there."""
    if turn.person is None or platform not in dict(await messengers_of(turn.db, turn.person)):
        raise NotYours
    await speak_in(turn.db, turn.person, platform)
    return show().saying(
        _("✅ From now on the bot writes in {messenger}.").format(messenger=called(platform))
    )


@messengers.ask
async def surely_leave(turn: Turn, platform: str) -> Screen:
    """A question before a messenger is left."""
    await _left_to(turn, platform)
    text = _(
        "Leave {messenger}?\nNothing more comes there, and the buttons there stop working. "
        "It can be linked again."
    ).format(messenger=called(platform))
    yes = Button(_("Yes, leave"), leave(platform), Look.DANGER)
    return Screen(text, [[yes], [Button(_("Back"), show())]])


@messengers.do
async def leave(turn: Turn, platform: str) -> Link:
    """Leave a messenger; the last one cannot be left."""
    person = await _left_to(turn, platform)
    school = turn.speaker.school
    assert school is not None  # noqa: S101 (told to the type checker; `_left_to` found a person)
    gone = await part(turn.db, person, platform)
    if await speaking_one(turn.db, person) == platform:
        await speak_in(turn.db, person, None)
    await record(turn.db, school, person, Deed.MESSENGER_ENDED, turn.now, person=person, detail=platform)
    here = turn.speaker.platform == platform
    await turn.look_again()
    await unlinked(turn, gone)
    if here:
        return turn.home.saying(_("✅ This messenger is no longer linked. The other one goes on as before."))
    return show().saying(_("✅ No longer linked: {messenger}.").format(messenger=called(platform)))


async def _left_to(turn: Turn, platform: str) -> int:
    """Who leaves the messenger, if another one is left to them."""
    here = dict(await messengers_of(turn.db, turn.person))
    if turn.person is None or platform not in here:
        raise NotYours
    if len(here) < 2:
        raise Sorry(
            _("This is your only messenger here. To leave altogether: settings, “Forget me”."), show()
        )
    return turn.person


async def unlinked(turn: Turn, chats: Iterable[int]) -> None:
    """What follows for chats that have been parted from their person: nothing of theirs stays there or comes."""
    found = [one for chat in chats if (one := await people.chat(turn.db, chat))]
    await withdraw_from(turn, found, N_("This phone is not linked any more."))
    for one in found:
        await language.send_menu(turn if one.chat == turn.speaker.chat else turn.beside(one))


# A lost phone, a new number


@messengers.ask
async def lost(turn: Turn, person: int, child: int | None) -> Screen:
    """What a new code does, before it is made. child: whose guardian it is for; None for one of the staff."""
    name = await _in_need(turn, person, child)
    text = _(
        "{name}: a new phone or a new number?\n"
        "A new link is made, for you to pass on. Once it is used, the earlier phones are disconnected and show "
        "nothing more."
    ).format(name=name)
    return Screen(
        text,
        [
            [Button(_("Make a new link"), renew(person, child), Look.MAIN)],
            [Button(_("Back"), _back(person, child))],
        ],
    )


@messengers.do
async def renew(turn: Turn, person: int, child: int | None) -> Link:
    """Make the link and the code, to be passed on."""
    name = await _in_need(turn, person, child)
    school = turn.speaker.school
    assert school is not None  # noqa: S101 (told to the type checker; `_in_need` found a colleague of theirs)
    await end_invitations_of(turn.db, person, turn.now)
    role = Role.GUARDIAN if child else Role.SPECIALIST
    offer = Offer(school, role, name, person_id=person, replaces=True, made_by=turn.person)
    issued = await issue(turn.db, offer, turn.now)
    await record(
        turn.db, school, turn.person, Deed.INVITED, turn.now, person=person, child=child, detail="replaces"
    )
    lines = [
        _("{school}: your new link to the bot.").format(school=turn.speaker.school_name),
        *(f"{called(platform)}: {link}" for platform, link in turn.tappable(issued).items()),
        _("Or find the bot and type this code: {code}").format(code=issued.code),
        _("Good for 14 days, once. Whoever uses it comes in as {name}.").format(name=name),
    ]
    await send_text(turn, "\n".join(lines))
    return made(person, child)


@messengers.ask
async def made(turn: Turn, person: int, child: int | None) -> Screen:
    """Below the message with the link: what to do with it."""
    name = await _in_need(turn, person, child)
    text = _("✅ {name}: the new link is in the message above. Please forward it to nobody else.").format(
        name=name
    )
    return Screen(text, [[Button(_("Back"), _back(person, child))]])


def _back(person: int, child: int | None) -> Link:
    return families.guardian(child, person) if child else staff.person(person)


async def _in_need(turn: Turn, person: int, child: int | None) -> str:
    """The name of whoever may be given a new code by whoever speaks; NotYours otherwise.

    A guardian by the class teacher; one of the staff, be they a guardian too, by an administrator of their school.
    """
    if child is None:
        school, _name = await own_school(turn.db, turn.person)
        name = await colleague(turn.db, school, person, turn.today)
        if name is None:
            raise NotYours
        return name
    pupil = await managed_child(turn.db, turn.person, child, turn.today)
    await own_class(turn.db, turn.person, pupil.class_id, turn.today)
    one = await kin_of(turn.db, child, person)
    if await colleague(turn.db, pupil.school_id, person, turn.today):
        sentence = _("{name} is on the school's staff: an administrator makes the new link.")
        raise Sorry(sentence.format(name=one.name), families.guardian(child, person))
    return one.name
