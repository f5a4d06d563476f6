"""A newcomer, after the consent: whose guardian they are, who they are to the child, how they are called; then in."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import admissions, consent, joining
from handlers.wording import NAME_LENGTH, capital, clean_name, relation_in, relation_name
from models import admission, invite
from models import consent as facts
from models.admission import Wish
from models.audit import Deed, record
from models.consent import Given
from models.invite import Invitation, looks_like_code
from models.people import Relation, Role, is_guardian

newcomer = Flow("newcomer", open_to_strangers=True)

Agreed: TypeAlias = tuple[str, str, datetime] | None
"""What was just agreed to: the version, its language, and when; None for whoever had before, and for the staff."""


def begin(invitation: Invitation, agreed: Agreed) -> Link:
    """The first question: the child's name, where the invitation is a whole class's; nobody's name is offered."""
    if invitation.child_id is None:
        return whose(invitation.id, agreed)
    return relation(invitation.id, agreed, "")


@newcomer.ask
async def whose(turn: Turn, invitation: int, agreed: Agreed) -> Screen:
    """The child's name, typed; whether there is such a child is for the teacher to see."""
    await consent.held(turn, invitation)
    text = _("What is the child's name? Please write the first and the last name.")
    return Screen(text, _no_way(invitation, agreed), hears=take_child(invitation, agreed))


@newcomer.hear
async def take_child(turn: Turn, text: str, invitation: int, agreed: Agreed) -> Link:
    """Take the child's name as it was typed."""
    await consent.held(turn, invitation)
    return relation(invitation, agreed, _named(text, whose(invitation, agreed)))


@newcomer.ask
async def relation(turn: Turn, invitation: int, agreed: Agreed, child: str) -> Screen:
    """Who they are to the child."""
    found = await consent.held(turn, invitation)
    known = turn.person is not None or bool(found.name)
    buttons = [
        Button(
            capital(relation_name(one)),
            enter(invitation, agreed, child, one, "") if known else called(invitation, agreed, child, one),
        )
        for one in Relation
    ]
    text = _("{name}: who are you to the child?").format(name=found.child_name or child)
    rows = [buttons[:2], buttons[2:4], buttons[4:], *_no_way(invitation, agreed)]
    return Screen(text, rows, hears=take_relation(invitation, agreed, child))


@newcomer.hear
async def take_relation(turn: Turn, text: str, invitation: int, agreed: Agreed, child: str) -> Link:
    """Who they are, typed; whatever else is typed there, they are asked again."""
    if looks_like_code(text):
        return await joining.shown(turn, text)
    found = await consent.held(turn, invitation)
    who = relation_in(text)
    if who is None:
        raise Sorry(_("Please tap who you are to the child."), relation(invitation, agreed, child))
    if turn.person is None and not found.name:
        return called(invitation, agreed, child, who)
    return await _enter(turn, invitation, agreed, child, who, "")


@newcomer.ask
async def called(turn: Turn, invitation: int, agreed: Agreed, child: str, who: Relation) -> Screen:
    """How they are called: as in their messenger, or typed."""
    found = await consent.held(turn, invitation)
    name = clean_name(turn.profile)
    rows = [[Button(name, enter(invitation, agreed, child, who, name))]] if name else []
    if found.role is Role.GUARDIAN:
        rows += _no_way(invitation, agreed)
        text = _("What is your name? The class teacher will see it. Tap this one, or write another.")
        if not name:
            text = _("What is your name? Please write it; the class teacher will see it.")
    else:
        text = _(
            "Welcome to Klasno, the school's chatbot!\nWhat is your name? Colleagues and families will see it."
        )
        how = _("Tap your name, or write another.") if name else _("Please write your name.")
        text = f"{text}\n{how}"
    return Screen(text, rows, hears=take_name(invitation, agreed, child, who))


@newcomer.hear
async def take_name(
    turn: Turn, text: str, invitation: int, agreed: Agreed, child: str, who: Relation
) -> Link:
    """Take the typed name."""
    name = _named(text, called(invitation, agreed, child, who))
    return await _enter(turn, invitation, agreed, child, who, name)


@newcomer.do
async def enter(turn: Turn, invitation: int, agreed: Agreed, child: str, who: Relation, name: str) -> Link:
    """Come in, or ask to; `name` is empty where it is known."""
    return await _enter(turn, invitation, agreed, child, who, name)


async def _enter(turn: Turn, invitation: int, agreed: Agreed, child: str, who: Relation, name: str) -> Link:
    found = await consent.held(turn, invitation)
    if found.role is not Role.GUARDIAN:
        return await joining.admit(turn, found, name)
    given = await _given(turn, found, agreed)
    if given is None:
        return consent.offer(invitation)
    if found.child_id and turn.person and await is_guardian(turn.db, turn.person, found.child_id):
        await invite.let_go(turn.db, turn.speaker.chat)
        linked = _("Linked already: {what}.").format(what=f"{found.child_name}, {found.class_name}")
        return turn.home.saying(linked)
    if not found.asks:
        return await joining.admit(turn, found, name, who, given)
    return await _ask(turn, found, child, who, name, given)


async def _given(turn: Turn, found: Invitation, agreed: Agreed) -> Given | None:
    """The consent to the text of now: just given, or before; None if there is none."""
    wanted = await facts.wanted(turn.db, found.school_id)
    if agreed is not None and agreed[0] == wanted.version:
        version, spoken, at = agreed
        return Given(version, spoken, turn.speaker.platform, at)
    before = await facts.given_by(turn.db, turn.person) if turn.person is not None else []
    return next((one for one in before if one.version == wanted.version), None)


async def _ask(turn: Turn, found: Invitation, child: str, who: Relation, name: str, given: Given) -> Link:
    """Ask the class's teachers to let them in."""
    assert found.class_id is not None  # noqa: S101 (told to the type checker; a guardian's invitation has a class)
    chat = turn.speaker.chat
    called_ = turn.speaker.name or found.name or name
    wish = Wish(found.school_id, found.class_id, found.child_id, found.child_name or child, called_, who)
    nobody = not await admission.waiting_in(turn.db, found.class_id)
    again = await admission.waits_already(turn.db, wish, chat)
    if not again and not await invite.use(turn.db, found.id, turn.now):
        raise Sorry(joining.does_not_work(), turn.home)
    if not await admission.ask_to_join(turn.db, wish, chat, turn.person, given, turn.now):
        raise Sorry(_("Several of your requests are waiting already. Please wait for the answer."), turn.home)
    await invite.let_go(turn.db, chat)
    if not again:
        await record(
            turn.db,
            found.school_id,
            turn.person,
            Deed.ASKED_TO_JOIN,
            turn.now,
            child=found.child_id,
            school_class=found.class_id,
        )
    await admissions.tell(turn, found.class_id, ring=nobody)
    return turn.home


def _named(typed: str, again: Link) -> str:
    name = clean_name(typed)
    if name is None:
        sentence = n_(
            "Please write the name in letters, up to {n} character.",
            "Please write the name in letters, up to {n} characters.",
            NAME_LENGTH,
        )
        raise Sorry(sentence, again)
    return name


def _no_way(invitation: int, agreed: Agreed) -> list[list[Button]]:
    return [[Button(_("I do not agree"), consent.refuse(invitation))]] if agreed is not None else []
