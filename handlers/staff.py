"""The staff of the school: who is what, a role given or ended; for its administrators, and a class's own teacher."""

from __future__ import annotations

from datetime import date

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_
from bot.core.pickers import page_of
from bot.core.posting import post
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import class_staff, inviting, messengers, rights, school
from handlers.wording import TITLES, named, post_name
from models.audit import Deed, record
from models.errors import NotYours
from models.invite import TITLE_LENGTH
from models.invite_letters import set_lets_in
from models.people import Role, give_role, own_school, roles_of
from models.school import classes_in
from models.staff import (
    LastAdministrator,
    Place,
    Post,
    end_post,
    led_class,
    member,
    members,
    pending,
    post_of,
    posts_of,
    substitutes_over,
    teaching,
)

staff = Flow("staff")

SHOWN = 7
"""People on a page."""


@staff.ask
async def people(turn: Turn, page: int = 0) -> Screen:
    """Everybody of the staff with their roles."""
    id_, name = await own_school(turn.db, turn.person)
    found = await members(turn.db, id_, turn.today)
    shown, pages = page_of(found, page, SHOWN, people)
    lines = [f"· {one.name}: {_all_posts(turn, one.posts)}" for one in shown]
    rows = [[Button(one.name, person(one.id))] for one in shown]
    waiting = await pending(turn.db, id_, turn.now)
    others = [Button(_("Waiting: {n}").format(n=len(waiting)), inviting.every())] if waiting else []
    rows.append([Button(_("Invite someone"), what()), *others])
    return Screen("\n".join(lines), [*rows, *pages, [Button(_("Back"), school.hub())]], title=name)


@staff.ask
async def person(turn: Turn, id_: int) -> Screen:
    """One of the staff: each role with its end, and one more."""
    of_school, _name = await own_school(turn.db, turn.person)
    found = await member(turn.db, of_school, id_, turn.today)
    lines = [f"· {_post(turn, one)}" for one in found.posts]
    rows = [
        [Button(_("End: {role}").format(role=_post(turn, one)), ending(one.id))] for one in found.posts[:8]
    ]
    rows.append([Button(_("One more role"), what(id_))])
    rows.append([Button(_("New phone or number"), messengers.lost(id_, None))])
    rows.append([Button(_("Back"), people())])
    return Screen("\n".join(lines), rows, title=found.name)


@staff.ask
async def ending(turn: Turn, id_: int) -> Screen:
    """Whether a role is really to end."""
    _school, of, name, held = await _to_end(turn, id_)
    text = "\n".join(
        [
            f"{name}: {_post(turn, held)}.",
            _("End this role? It ends at once, with all that it lets see and do."),
        ]
    )
    back = class_staff.of_class(held.class_id) if held.class_id else person(of)
    return Screen(text, [[Button(_("Yes, end it"), end(id_), Look.DANGER)], [Button(_("Back"), back)]])


@staff.do
async def end(turn: Turn, id_: int) -> Link:
    """End it at once: dialogs, cards and letters that wait are looked at once more."""
    of_school, of, name, held = await _to_end(turn, id_)
    await _end(turn, of_school, id_)
    said = _("✅ {name}: no longer {role}.").format(name=name, role=_post(turn, held))
    roles = await roles_of(turn.db, turn.person, turn.today)
    if Role.ADMINISTRATOR in roles:
        left = any(one.id == of for one in await members(turn.db, of_school, turn.today))
        return (person(of) if left else people()).saying(said)
    return turn.home.saying(said)


async def _to_end(turn: Turn, id_: int) -> tuple[int, int, str, Post]:
    """School, person, name and post, if whoever speaks may end it; NotYours otherwise.

    An administrator may end any; a class teacher a substitute's of her class, and her own where another stays.
    """
    if turn.speaker.school is None:
        raise NotYours
    of, name, held = await post_of(turn.db, turn.speaker.school, id_)
    if Role.ADMINISTRATOR not in await roles_of(turn.db, turn.person, turn.today):
        if held.class_id is None:
            raise NotYours
        await led_class(turn.db, turn.person, held.class_id, turn.today)
        if held.until is None and of != turn.person:
            raise NotYours
        others = [one for one in await teaching(turn.db, held.class_id, turn.today) if one.id != of]
        if held.until is None and all(one.posts[0].until for one in others):
            sentence = _("The class would be left without a teacher. Please hand it over first.")
            raise Sorry(sentence, class_staff.of_class(held.class_id))
    return turn.speaker.school, of, name, held


async def _end(turn: Turn, of_school: int, id_: int) -> None:
    _of, name, held = await post_of(turn.db, of_school, id_)
    try:
        of = await end_post(turn.db, of_school, id_)
    except LastAdministrator as last:
        sentence = _("{name}: the only administrator. Please make somebody else an administrator first.")
        raise Sorry(sentence.format(name=name), people()) from last
    await _recorded(turn, of_school, Deed.ROLE_ENDED, of, held.role, held.class_id)
    if held.role is Role.CLASS_TEACHER and held.class_id is not None:
        # A letter that they may have kept is to let nobody in by itself: who leads the class now chooses anew.
        await set_lets_in(turn.db, held.class_id, turn.now, lets=False)
    await rights.recheck(turn, [of])


@staff.ask
async def what(turn: Turn, id_: int = 0) -> Screen:
    """Which role: for one of the staff, or for somebody who is to be invited (0)."""
    of_school, _name = await own_school(turn.db, turn.person)
    found = await member(turn.db, of_school, id_, turn.today) if id_ else None
    text = _("Who is to be invited?") if found is None else _("{name}: which role?").format(name=found.name)
    rows = [
        [Button(_("Class teacher"), which_class(id_))],
        [Button(_("Specialist"), title(id_))],
        [Button(_("Administrator"), _on(id_, Place(Role.ADMINISTRATOR)))],
        [Button(_("Back"), person(id_) if id_ else people())],
    ]
    return Screen(text, rows)


@staff.ask
async def which_class(turn: Turn, id_: int, page: int = 0) -> Screen:
    """Of which class."""
    of_school, _name = await own_school(turn.db, turn.person)
    found = await classes_in(turn.db, of_school)
    shown, pages = page_of(found, page, 14, lambda other: which_class(id_, other))
    buttons = [Button(name, _on(id_, Place(Role.CLASS_TEACHER, one))) for one, name in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    text = _("Class teacher of which class?") if found else _("There is no class yet.")
    return Screen(text, [*rows, *pages, [Button(_("Back"), what(id_))]])


@staff.ask
async def title(turn: Turn, id_: int) -> Screen:
    """What a specialist is, in the school's own words."""
    await own_school(turn.db, turn.person)
    ready = [_(one) for one in TITLES]
    buttons = [Button(one, _on(id_, Place(Role.SPECIALIST, title=one))) for one in ready]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    text = _("What does this specialist do? Choose, or type it in your school's words.")
    return Screen(text, [*rows, [Button(_("Back"), what(id_))]], hears=write_title(id_))


@staff.hear
async def write_title(turn: Turn, text: str, id_: int) -> Link:
    """In these words."""
    await own_school(turn.db, turn.person)
    return _on(id_, Place(Role.SPECIALIST, title=named(text, TITLE_LENGTH, title(id_))))


def _on(id_: int, place: Place) -> Link:
    return certain(id_, place) if id_ else inviting.invitee(place)


@staff.ask
async def certain(turn: Turn, id_: int, place: Place) -> Screen:
    """One of the staff, and what they are to be: asked once more."""
    of_school, class_name = await may_give(turn, place)
    found = await member(turn.db, of_school, id_, turn.today)
    new = Post(0, place.role, place.class_id or None, class_name, place.title or None, place.until)
    lines = [f"{found.name}: {_post(turn, new)}."]
    if place.replaces:
        _of, name, held = await post_of(turn.db, of_school, place.replaces)
        lines.append(_("{name}: no longer {role}.").format(name=name, role=_post(turn, held)))
    back = class_staff.of_class(place.class_id) if place.class_id else person(id_)
    yes = _("Yes, hand over") if place.replaces else _("Yes, that is right")
    return Screen("\n".join(lines), [[Button(yes, give(id_, place), Look.MAIN)], [Button(_("Back"), back)]])


@staff.do
async def give(turn: Turn, id_: int, place: Place) -> Link:
    """Give the role, end the one that it takes the place of, and tell whom it was given to."""
    of_school, class_name = await may_give(turn, place)
    found = await member(turn.db, of_school, id_, turn.today)
    await give_role(
        turn.db,
        of_school,
        id_,
        place.role,
        place.class_id or None,
        title=place.title or None,
        until=place.until,
    )
    await _recorded(turn, of_school, Deed.ROLE_GIVEN, id_, place.role, place.class_id or None)
    if place.replaces:
        await _end(turn, of_school, place.replaces)
    await rights.recheck(turn, [id_])
    for held in await posts_of(turn.db, id_, turn.today):
        if (held.role, held.class_id or 0) == (place.role, place.class_id) and id_ != turn.person:
            await post(turn, [id_], mine(held.id), ring=True)
    new = Post(0, place.role, place.class_id or None, class_name, place.title or None, place.until)
    said = f"✅ {found.name}: {_post(turn, new)}."
    if Role.ADMINISTRATOR in await roles_of(turn.db, turn.person, turn.today):
        return person(id_).saying(said)
    return turn.home.saying(said)


@staff.ask
async def mine(turn: Turn, id_: int) -> Screen:
    """The card of whom a role was given to."""
    for held in await posts_of(turn.db, turn.person, turn.today):
        if held.id == id_:
            text = _("You are here as: {role}.").format(role=_post(turn, held))
            return Screen(text, title=turn.speaker.school_name)
    raise NotYours


async def may_give(turn: Turn, place: Place) -> tuple[int, str | None]:
    """School and class name, if whoever speaks may make somebody that; NotYours otherwise.

    A class's own teacher may, in her class: another class teacher, a substitute, and whom she hands it over to.
    """
    if place.role is Role.CLASS_TEACHER and place.class_id:
        _id, name, of_school = await led_class(turn.db, turn.person, place.class_id, turn.today)
    else:
        of_school, _name = await own_school(turn.db, turn.person)
        name = None
        if place.role not in (Role.ADMINISTRATOR, Role.SPECIALIST) or place.class_id:
            raise NotYours
    if place.until is not None and place.until < turn.today:
        raise Sorry(
            _("That day has passed. Please choose today or later."), class_staff.of_class(place.class_id)
        )
    if place.replaces:
        of, _of_name, held = await post_of(turn.db, of_school, place.replaces)
        admin = Role.ADMINISTRATOR in await roles_of(turn.db, turn.person, turn.today)
        if held.class_id != place.class_id or not (admin or of == turn.person):
            raise NotYours
    return of_school, name


async def substitutes_end(turn: Turn, of_school: int, today: date) -> None:
    """The clock ends the roles whose last day is over."""
    for id_, _class in await substitutes_over(turn.db, of_school, today):
        await _end(turn, of_school, id_)


async def _recorded(
    turn: Turn, of_school: int, deed: Deed, of: int, role: Role, school_class: int | None
) -> None:
    await record(
        turn.db, of_school, turn.person, deed, turn.now, person=of, school_class=school_class, detail=role
    )


def _post(turn: Turn, one: Post) -> str:
    return post_name(one.role, one.class_name, one.title, one.until, turn.today)


def _all_posts(turn: Turn, posts: tuple[Post, ...]) -> str:
    few = [_post(turn, one) for one in posts[:3]]
    more = [n_("{n} more", "{n} more", len(posts) - 3)] if len(posts) > 3 else []
    return "; ".join([*few, *more])
