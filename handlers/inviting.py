"""Inviting somebody to the staff: a name, then a message to pass on, with the links and the code; taking it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_, short_day
from bot.core.laying import send_text
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import class_staff, messengers, staff
from handlers.wording import NAME_LENGTH, clean_name, named, post_name
from models.audit import Deed, record
from models.errors import NotYours
from models.invite import GOOD_FOR, Issued, Offer, issue
from models.people import own_school
from models.staff import Pending, Place, pending, take_back

inviting = Flow("inviting")

SHOWN = 8


@inviting.ask
async def invitee(turn: Turn, place: Place) -> Screen:
    """What the invited person is called."""
    _school, class_name = await staff.may_give(turn, place)
    what = post_name(place.role, class_name, place.title, place.until, turn.today)
    text = _("An invitation: {role}.\nWhat is this person called? Type it as families are to see it.")
    back = class_staff.of_class(place.class_id) if place.class_id else staff.what()
    return Screen(text.format(role=what), [[Button(_("Back"), back)]], hears=write_name(place))


@inviting.hear
async def write_name(turn: Turn, text: str, place: Place) -> Link:
    """Make the invitation and give it as a message to pass on."""
    of_school, class_name = await staff.may_give(turn, place)
    called = named(text, NAME_LENGTH, invitee(place))
    if clean_name(called) is None:
        raise Sorry(_("That is no name: there is no letter in it. Please type it once more."), invitee(place))
    await _issue(turn, of_school, called, place, class_name)
    return done(called, place.class_id)


@inviting.ask
async def done(turn: Turn, called: str, class_id: int) -> Screen:
    """That the message above is to be passed on."""
    if turn.person is None:
        raise NotYours
    text = _(
        "{name}: the invitation is the message above. Pass it on to this person alone; whoever opens it is in."
    )
    back = class_staff.of_class(class_id) if class_id else every()
    return Screen(text.format(name=called), [[Button(_("Back"), back)]])


@inviting.ask
async def every(turn: Turn, page: int = 0) -> Screen:
    """The invitations that nobody has taken up yet."""
    id_, _name = await own_school(turn.db, turn.person)
    found = await pending(turn.db, id_, turn.now)
    shown, pages = page_of(found, page, SHOWN, every)
    rows = [[Button(f"{one.name or '–'} · {_what(turn, one)}", one_of(one.id))] for one in shown]
    text = _("Invitations that nobody has taken up yet:") if found else _("No invitation is waiting.")
    return Screen(text, [*rows, *pages, [Button(_("Back"), staff.people())]])


@inviting.ask
async def one_of(turn: Turn, id_: int) -> Screen:
    """One invitation: made anew, or taken back."""
    _school, one = await _own(turn, id_)
    until = one.expires_at.astimezone(ZoneInfo(turn.speaker.timezone)).date()
    lines = [
        f"{one.name or '–'}: {_what(turn, one)}",
        _("Good until: {day}").format(day=short_day(until)),
        _("The links are not kept: a new invitation ends the old one."),
    ]
    rows = [
        [Button(_("Make a new invitation"), renew(id_))],
        [Button(_("Take the invitation back"), end(id_), Look.DANGER)],
        [Button(_("Back"), every())],
    ]
    return Screen("\n".join(lines), rows)


@inviting.do
async def renew(turn: Turn, id_: int) -> Link:
    """The same invitation with new secrets; the old one ends."""
    of_school, one = await _own(turn, id_)
    await _end(turn, of_school, one)
    held = one.post
    place = Place(held.role, held.class_id or 0, held.title or "", held.until)
    await _issue(turn, of_school, one.name, place, held.class_name)
    return done(one.name or "–", 0)


@inviting.do
async def end(turn: Turn, id_: int) -> Link:
    """Take it back: it does not work any more."""
    of_school, one = await _own(turn, id_)
    await _end(turn, of_school, one)
    return every().saying(_("✅ Taken back: it does not work any more."))


async def _own(turn: Turn, id_: int) -> tuple[int, Pending]:
    of_school, _name = await own_school(turn.db, turn.person)
    for one in await pending(turn.db, of_school, turn.now):
        if one.id == id_:
            return of_school, one
    raise Sorry(_("This invitation has been taken up, or has ended."), every())


async def _end(turn: Turn, of_school: int, one: Pending) -> None:
    await take_back(turn.db, of_school, one.id, turn.now)
    held = one.post
    await record(
        turn.db,
        of_school,
        turn.person,
        Deed.INVITATION_ENDED,
        turn.now,
        school_class=held.class_id,
        detail=held.role,
    )


async def _issue(turn: Turn, of_school: int, called: str, place: Place, class_name: str | None) -> None:
    """Write it, and send its secrets as a message of its own, which can be forwarded as it is."""
    offer = Offer(
        of_school,
        place.role,
        called,
        place.class_id or None,
        title=place.title or None,
        until=place.until,
        made_by=turn.person,
    )
    good_for = GOOD_FOR if place.until is None else min(GOOD_FOR, _end_of(turn, place) - turn.now)
    issued = await issue(turn.db, offer, turn.now, good_for)
    await record(
        turn.db,
        of_school,
        turn.person,
        Deed.INVITED,
        turn.now,
        school_class=place.class_id or None,
        detail=place.role,
    )
    await send_text(turn, _letter(turn, called, place, class_name, issued, good_for))


def _end_of(turn: Turn, place: Place) -> datetime:
    """When a substitute's last day is over by the school's clock."""
    assert place.until is not None  # noqa: S101 (asked by the caller)
    day = place.until + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(turn.speaker.timezone))


def _letter(
    turn: Turn, called: str, place: Place, class_name: str | None, issued: Issued, good_for: timedelta
) -> str:
    what = post_name(place.role, class_name, place.title, place.until, turn.today)
    links = {**turn.links(*issued), **turn.tappable(issued)}
    return "\n".join(
        [
            _("{school}: an invitation to the bot.").format(school=turn.speaker.school_name),
            f"{called}: {what}." if called else f"{what}.",
            *(f"{messengers.called(name)}: {link}" for name, link in links.items()),
            _("Or find the bot and type this code: {code}").format(code=issued.code),
            n_("Good once, for {n} day.", "Good once, for {n} days.", max(1, good_for.days)),
        ]
    )


def _what(turn: Turn, one: Pending) -> str:
    held = one.post
    return post_name(held.role, held.class_name, held.title, held.until, turn.today)
