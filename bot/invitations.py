"""Invitations from the school's computer: the first administrator's, and any other that `klasno invite` makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.core.clock import Clock, day_of
from bot.core.errors import Undelivered
from bot.settings import Settings
from bot.telegram.platform import Telegram
from bot.viber.platform import Viber
from models import schema
from models.audit import Deed, record
from models.database import Database, Db
from models.invite import GOOD_FOR, TITLE_LENGTH, Issued, Offer, issue
from models.naming import CLASS_LENGTH, BadName, tidied
from models.people import Role, child_named
from models.school import any_school, class_named, first_school, school_named
from models.staff import first_invitation, has_administrator

ROLES = (Role.ADMINISTRATOR, Role.CLASS_TEACHER, Role.SPECIALIST, Role.GUARDIAN)
LABELS = {"telegram": "Telegram:", "viber": "Viber:   "}
NAME_LENGTH = 120


class CannotInvite(Exception):
    """What is missing, in a sentence."""


class Messenger(Protocol):
    """What is asked of a messenger here."""

    async def invitation(self, token: str, code: str) -> str:
        """The link of an invitation; one of the `Undelivered` errors if the messenger cannot be asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line; empty where nothing was said."""

    role: str
    name: str = ""
    school: str = ""
    school_class: str = ""
    child: str = ""
    title: str = ""


async def invite_person(settings: Settings, wanted: Wanted) -> list[str]:
    """Write an invitation; returns the lines to show. CannotInvite says what is missing."""
    role = _role(wanted)
    clock, database = Clock(), Database(settings.database.url, beside=True)
    try:
        standing = await schema.standing(database)
        if standing is schema.Standing.EMPTY:
            await schema.upgrade(database)
        elif standing is not schema.Standing.CURRENT:
            raise CannotInvite("The database is of another version of Klasno. Run: klasno migrate")
        issued = await database.write(lambda db: _write(db, settings, clock, role, wanted))
    finally:
        await database.close()
    return await _with_messengers(settings, clock, issued)


async def first_lines(database: Database, clock: Clock, messengers: Mapping[str, Messenger]) -> list[str]:
    """How the first administrator joins: the lines to show, or none if there is one already.

    What was printed before ends with it, so that only the newest on the terminal holds.
    """

    async def write(db: Db) -> Issued | None:
        school, _name = (await any_school(db))[0]
        if await has_administrator(db, school):
            return None
        return await first_invitation(db, school, clock.now())

    issued = await database.write(write)
    if issued is None:
        return []
    lines = await _lines(messengers, issued)
    head = "The school has no administrator yet. Whoever opens this first becomes the first one:"
    return ["", head, "", *lines, "Printed anew by: klasno invite --role administrator", ""]


async def _write(db: Db, settings: Settings, clock: Clock, role: Role, wanted: Wanted) -> Issued:
    mine, now = settings.school, clock.now()
    today = day_of(now, mine.timezone)
    found_or_made = school_named if wanted.school else first_school
    school = await found_or_made(db, wanted.school or mine.name, mine.timezone, mine.language, today)
    if role is Role.ADMINISTRATOR and not wanted.name and not await has_administrator(db, school):
        return await first_invitation(db, school, now)
    of_class = role in (Role.CLASS_TEACHER, Role.GUARDIAN)
    group = await class_named(db, school, wanted.school_class) if of_class else None
    pupil = await child_named(db, school, group, wanted.child) if group and role is Role.GUARDIAN else None
    held = group if role is Role.CLASS_TEACHER else None
    offer = Offer(school, role, wanted.name, held, pupil, title=wanted.title or None)
    issued = await issue(db, offer, now)
    await record(db, school, None, Deed.INVITED, now, child=pupil, school_class=held, detail=role)
    return issued


def _role(wanted: Wanted) -> Role:
    """The role that was asked for, if all that belongs to it was said."""
    if wanted.role not in ROLES:
        raise CannotInvite(f"--role: {wanted.role} is no role; allowed are {', '.join(ROLES)}")
    role = Role(wanted.role)
    for option, text, most in (
        ("--name", wanted.name, NAME_LENGTH),
        ("--school", wanted.school, NAME_LENGTH),
        ("--class", wanted.school_class, CLASS_LENGTH),
        ("--child", wanted.child, NAME_LENGTH),
        ("--title", wanted.title, TITLE_LENGTH),
    ):
        try:
            if text:
                tidied(text, most)
        except BadName:
            raise CannotInvite(f"{option}: letters, digits and dashes, up to {most} signs") from None
    if role in (Role.CLASS_TEACHER, Role.GUARDIAN) and not wanted.school_class:
        raise CannotInvite(f"--class: needed for {role}, such as --class 3-Б")
    if role is Role.GUARDIAN and not wanted.child:
        raise CannotInvite("--child: needed for guardian, such as --child «Оля Коваль»")
    if role is Role.SPECIALIST and not wanted.title:
        raise CannotInvite("--title: needed for specialist, such as --title «Психолог»")
    return role


async def _with_messengers(settings: Settings, clock: Clock, issued: Issued) -> list[str]:
    """The lines, with a link of each messenger that is on."""
    messengers: dict[str, Telegram | Viber] = {}
    if token := settings.telegram.token.get_secret_value():
        messengers["telegram"] = Telegram(token, settings.telegram.api_base, clock)
    if token := settings.viber.token.get_secret_value():
        messengers["viber"] = viber = Viber(token, settings.viber.api_base, clock)
        await viber.open()
    try:
        return await _lines(messengers, issued)
    finally:
        await _close(messengers.values())


async def _lines(messengers: Mapping[str, Messenger], issued: Issued) -> list[str]:
    """A line for each messenger, the code, and how long it is good."""
    return [
        *[f"{LABELS[name]} {await _link(one, issued)}" for name, one in messengers.items()],
        f"Code:     {issued.code}",
        f"Good for {GOOD_FOR.days} days, once.",
    ]


async def _link(messenger: Messenger, issued: Issued) -> str:
    """The link, or, from a messenger that cannot be asked for it, why there is none; the code still works then."""
    try:
        return await messenger.invitation(issued.token, issued.code)
    except Undelivered as error:
        return f"no link, its server does not answer ({error.why}); the code works all the same"


async def _close(messengers: Iterable[Telegram | Viber]) -> None:
    for one in messengers:
        await one.close()
