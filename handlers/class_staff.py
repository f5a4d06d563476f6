"""Who teaches a class: its class teachers, a substitute for a time, and handing the class over."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core.flows import Flow
from bot.core.i18n import _
from bot.core.pickers import page_of
from bot.core.posting import post
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import absence, inviting, school_class, staff
from handlers.wording import post_name
from models.errors import NotYours
from models.invite import Invitation, maker_of
from models.people import Role, managed_class, own_school, roles_of
from models.staff import Member, Place, led_class, member, members, teaching

class_staff = Flow("class_staff")

LONGEST = timedelta(days=365)
"""A substitute's last day is no farther away."""


@class_staff.ask
async def of_class(turn: Turn, id_: int) -> Screen:
    """Who teaches the class, and what can be changed about it."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    found = await teaching(turn.db, id_, turn.today)
    lines = [f"· {one.name}: {_what(turn, one)}" for one in found] or [
        _("⚠️ This class has no class teacher.")
    ]
    rows: list[list[Button]] = []
    if await _leads(turn, id_):
        admin = Role.ADMINISTRATOR in await roles_of(turn.db, turn.person, turn.today)
        for one in found[:3]:
            held = one.posts[0]
            if admin or held.until is not None:
                rows.append([Button(_("End the role: {name}").format(name=one.name), staff.ending(held.id))])
            if held.until is None and (admin or one.id == turn.person):
                label = (
                    _("Hand over") if one.id == turn.person else _("Hand over: {name}").format(name=one.name)
                )
                rows.append([Button(label, whom(Place(Role.CLASS_TEACHER, id_, replaces=held.id)))])
        rows.append([Button(_("One more class teacher"), whom(Place(Role.CLASS_TEACHER, id_)))])
        rows.append([Button(_("A substitute for a time"), last_day(id_, turn.today))])
    rows.append([Button(_("Back"), school_class.hub(id_))])
    return Screen("\n".join(lines), rows, title=name)


@class_staff.ask
async def last_day(turn: Turn, id_: int, month: date) -> Screen:
    """Until which day somebody stands in."""
    _id, name, _school = await led_class(turn.db, turn.person, id_, turn.today)
    rows = absence.choose_day(
        await turn.calendar(),
        month,
        turn.today,
        turn.today + LONGEST,
        lambda day: whom(Place(Role.CLASS_TEACHER, id_, until=day)),
        lambda other: last_day(id_, other),
    )
    text = _("{name}: which is the last day of the substitute?").format(name=name)
    return Screen(text, [*rows, [Button(_("Back"), of_class(id_))]])


@class_staff.ask
async def whom(turn: Turn, place: Place, page: int = 0) -> Screen:
    """Who it is to be: one of the staff, or somebody to invite."""
    of_school, name = await staff.may_give(turn, place)
    here = {
        one.id
        for one in await teaching(turn.db, place.class_id, turn.today)
        if one.posts[0].until is None or place.until is not None
    }
    found = [one for one in await members(turn.db, of_school, turn.today) if one.id not in here]
    shown, pages = page_of(found, page, 7, lambda other: whom(place, other))
    rows = [[Button(one.name, staff.certain(one.id, place))] for one in shown]
    rows += [[Button(_("Invite somebody new"), inviting.invitee(place))], *pages]
    text = _("{name}: who is it to be?").format(name=name)
    if place.replaces:
        text = "\n".join([text, _("Nothing changes before you confirm.")])
    return Screen(text, [*rows, [Button(_("Back"), of_class(place.class_id))]])


async def tell_arrived(turn: Turn, found: Invitation, person: int) -> None:
    """Somebody has taken up an invitation of staff: a card for whoever made it, and for the class's own teachers."""
    own = await teaching(turn.db, found.class_id, turn.today) if found.class_id else []
    made_by = await maker_of(turn.db, found.id)
    told = {one.id for one in own if one.posts[0].until is None} | ({made_by} if made_by else set())
    await post(turn, sorted(told - {person}), arrived(person, found.role, found.class_id or 0))


@class_staff.ask
async def arrived(turn: Turn, person: int, role: Role, class_id: int) -> Screen:
    """Who has joined as what; whoever teaches the class herself can now hand it over to them."""
    if class_id:
        _id, _name, of_school = await led_class(turn.db, turn.person, class_id, turn.today)
    else:
        of_school, _name = await own_school(turn.db, turn.person)
    found = await member(turn.db, of_school, person, turn.today)
    posts = [one for one in found.posts if one.role is role and (one.class_id or 0) == class_id]
    if not posts:
        raise NotYours
    new = post_name(role, posts[0].class_name, posts[0].title, posts[0].until, turn.today)
    rows: list[list[Button]] = []
    for one in await teaching(turn.db, class_id, turn.today) if class_id else []:
        if one.id == turn.person and one.posts[0].until is None and posts[0].until is None:
            place = Place(role, class_id, replaces=one.posts[0].id)
            rows.append([Button(_("Hand the class over"), staff.certain(person, place))])
    lines = [_("{name} is in now: {role}.").format(name=found.name, role=new)]
    if rows:
        lines.append(_("You both teach the class, until you hand it over."))
    return Screen("\n".join(lines), rows)


async def _leads(turn: Turn, id_: int) -> bool:
    try:
        await led_class(turn.db, turn.person, id_, turn.today)
    except NotYours:
        return False
    return True


def _what(turn: Turn, one: Member) -> str:
    held = one.posts[0]
    return post_name(held.role, None, None, held.until, turn.today)
