"""Admissions: one card of all who wait to be let into a class, with a yes, a no, or a question to each."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core import people
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.pickers import page_of
from bot.core.posting import lead, post
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import joining, language, rights, school_class
from handlers.wording import related
from models import admission, invite
from models.admission import Waiting, fitting
from models.audit import Deed, record
from models.children import children_in
from models.errors import NotYours
from models.people import become_guardian, managed_class, new_person
from models.wishes import News

admissions = Flow("admissions")

PAGE = 8


@admissions.ask
async def waiting(turn: Turn, id_: int, page: int) -> Screen:
    """Who waits to be let into the class."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    all_ = await admission.waiting_in(turn.db, id_)
    shown, pages = page_of(all_, page, PAGE, lambda other: waiting(id_, other))
    children = await children_in(turn.db, id_)
    lines: list[str] = []
    rows: list[list[Button]] = []
    for one in shown:
        child = _child(one, children)
        lines.append(_line(one, known=child is not None))
        yes = (
            Button(_("Yes: {name}").format(name=one.name), let_in(id_, one.id, child), Look.MAIN)
            if child is not None
            else Button(_("Which child: {name}").format(name=one.name), pick(id_, one.id, 0))
        )
        row = [yes, Button(_("No"), surely_away(id_, one.id))]
        rows.append(
            row
            if one.asked and not one.words
            else [*row, Button(_("Who is that?"), who_is_that(id_, one.id))]
        )
    rows += pages
    rows.append([Button(_("👥 {name}: class").format(name=name), school_class.hub(id_))])
    text = "\n".join(lines) or _("Nobody is waiting.")
    return Screen(text, rows, title=_("{name} · Waiting to be let in").format(name=name))


def _child(one: Waiting, children: list[tuple[int, str]]) -> int | None:
    """The child that is meant, where it is one beyond doubt."""
    if one.child_id is not None:
        return one.child_id
    found = fitting(one.child_name, children)
    return found[0] if len(found) == 1 else None


def _line(one: Waiting, *, known: bool) -> str:
    who = related(one.name, one.relation)
    line = f"· {who}: {one.child_name}"
    if not known:
        line = _("· {who}: “{name}” (not in the list by this name)").format(who=who, name=one.child_name)
    if one.words:
        return f"{line}\n  «{one.words}»"
    unanswered = _("asked who that is")
    return f"{line}\n  {unanswered}" if one.asked else line


async def button(turn: Turn, id_: int) -> list[list[Button]]:
    """The row of a class's hub that leads here, while somebody waits."""
    number = len(await admission.waiting_in(turn.db, id_))
    return (
        [[Button(_("Waiting to join: {n}").format(n=number), waiting(id_, 0), Look.MAIN)]] if number else []
    )


async def tell(turn: Turn, id_: int, *, ring: bool = False) -> None:
    """Bring the card of who waits up to date for whoever decides; whoever is speaking sees it anyway.

    ring: somebody is new, or has answered: that must not pass unheard.
    """
    deciders = await admission.who_decides(turn.db, id_, turn.today)
    others = [person for person in deciders if person != turn.person]
    await post(turn, others, waiting(id_, 0), news=News.WAITING, ring=ring)


@admissions.ask
async def pick(turn: Turn, id_: int, request: int, page: int) -> Screen:
    """The child that is meant, from the class's list."""
    one = await _one(turn, id_, request)
    children = await children_in(turn.db, id_)
    shown, pages = page_of(children, page, PAGE, lambda other: pick(id_, request, other))
    rows = [[Button(name, let_in(id_, request, child))] for child, name in shown] + pages
    rows.append([Button(_("Back"), waiting(id_, 0))])
    who = related(one.name, one.relation)
    text = _("{who}: “{name}”. Which child is it?").format(who=who, name=one.child_name)
    if not children:
        text = _("The class's list is still empty. Please add the children first.")
    return Screen(text, rows)


@admissions.do
async def let_in(turn: Turn, id_: int, request: int, child: int) -> Link:
    """Say yes: they are a guardian of the child from now on, and are told."""
    one = await _one(turn, id_, request)
    names = dict(await children_in(turn.db, id_))
    if child not in names:
        raise NotYours
    await admission.answered(turn.db, request)
    school = await admission.school_of_person(turn.db, one.person) if one.person else one.school_id
    if school != one.school_id:
        return waiting(id_, 0).saying(_("{name} has joined another school meanwhile.").format(name=one.name))
    person = one.person or await _come_in(turn, one)
    await joining.take_consent(turn, one.school_id, person, one.given)
    await become_guardian(turn.db, one.school_id, person, child, one.relation)
    await record(
        turn.db,
        one.school_id,
        turn.person,
        Deed.LET_IN,
        turn.now,
        person=person,
        child=child,
        school_class=id_,
    )
    if one.person:
        await rights.recheck(turn, [person])
    await post(turn, [person], joining.welcome(child))
    await tell(turn, id_)
    return waiting(id_, 0).saying(
        _("✅ Let in: {who}, {child}.").format(who=related(one.name, one.relation), child=names[child])
    )


async def _come_in(turn: Turn, one: Waiting) -> int:
    """Make a person of a stranger, in the chat where they wait."""
    person = await new_person(turn.db, one.school_id, one.name)
    await invite.give_chat(turn.db, one.chat, person)
    chat = await people.chat(turn.db, one.chat)
    assert chat is not None  # noqa: S101 (told to the type checker; a request has its chat)
    await language.send_menu(turn.beside(chat))
    return person


@admissions.ask
async def surely_away(turn: Turn, id_: int, request: int) -> Screen:
    """A question before somebody is told no."""
    one = await _one(turn, id_, request)
    who = related(one.name, one.relation)
    text = "\n".join(
        [
            f"{who}: {one.child_name}",
            _("Turn this request away? They are told so. With the invitation they can ask once more."),
        ]
    )
    yes = Button(_("Yes, turn away"), turn_away(id_, request), Look.DANGER)
    return Screen(text, [[yes], [Button(_("Back"), waiting(id_, 0))]])


@admissions.do
async def turn_away(turn: Turn, id_: int, request: int) -> Link:
    """Say no: the request is gone, with all that was kept of a stranger, and they are told."""
    one = await _one(turn, id_, request)
    await admission.answered(turn.db, request)
    await record(
        turn.db,
        one.school_id,
        turn.person,
        Deed.TURNED_AWAY,
        turn.now,
        person=one.person,
        child=one.child_id,
        school_class=id_,
    )
    await _tell_end(turn, one, joining.turned_away())
    await tell(turn, id_)
    return waiting(id_, 0).saying(_("Not let in: {name}.").format(name=one.name))


async def ends_unanswered(turn: Turn, request: int) -> None:
    """The clock ends a request that nobody has answered for too long: who waited is told how to ask again."""
    one = await admission.waiting_one(turn.db, request)
    await admission.answered(turn.db, request)
    if one is not None:  # else the child has left, and there is nothing to ask for any more
        await _tell_end(turn, one, joining.unanswered())
        await tell(turn, one.class_id)


async def end_all(turn: Turn, over: Iterable[Waiting]) -> None:
    """End requests whose child or class is here no more: whoever waited is told as after a no."""
    for one in over:
        await admission.answered(turn.db, one.id)
        await _tell_end(turn, one, joining.turned_away())


async def _tell_end(turn: Turn, one: Waiting, why: Link) -> None:
    """Tell whoever waited that it is over; of a stranger nothing is kept but that, for a day."""
    if one.person:
        await rights.recheck(turn, [one.person])
        await post(turn, [one.person], why, ring=True)
        return
    if not await admission.waiting_of(turn.db, one.chat):
        await admission.leave_nothing(turn.db, one.chat)
    await lead(turn, one.chat, why, one.school_id)


@admissions.do
async def who_is_that(turn: Turn, id_: int, request: int) -> Link:
    """Ask them for a few words, which then stand on the card."""
    one = await _one(turn, id_, request)
    await admission.ask_who(turn.db, request, turn.now)
    if one.person:
        await post(turn, [one.person], joining.asked(request), ring=True)
    else:
        await lead(turn, one.chat, joining.introduce(request), one.school_id)
    await tell(turn, id_)
    return waiting(id_, 0).saying(_("Asked. The answer will stand here."))


async def _one(turn: Turn, id_: int, request: int) -> Waiting:
    """The request, if it waits for a class that this person manages."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    one = await admission.waiting_one(turn.db, request)
    if one is None or one.class_id != id_:
        raise Sorry(_("That was answered already."), waiting(id_, 0))
    return one
