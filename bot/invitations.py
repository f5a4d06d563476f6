"""Making an invitation from the command line: who is invited to what, and the links and the code they get."""

from __future__ import annotations

from bot.core.clock import Clock, day_of
from bot.core.errors import Undelivered
from bot.settings import Settings
from bot.telegram.platform import Telegram
from bot.viber.platform import Viber
from models import schema
from models.database import Database, Db
from models.invite import GOOD_FOR, Issued, Offer, issue
from models.people import Role, child_named
from models.school import class_named, school_named


class CannotInvite(Exception):
    """What is missing, in a sentence."""


async def invite_person(settings: Settings, role: str, name: str, school_class: str, child: str) -> list[str]:
    """Write an invitation; returns the lines to show. CannotInvite says what is missing."""
    wanted = _role(role, name, school_class, child)
    clock, database = Clock(), Database(settings.database.url, beside=True)
    try:
        standing = await schema.standing(database)
        if standing is schema.Standing.EMPTY:
            await schema.upgrade(database)
        elif standing is not schema.Standing.CURRENT:
            raise CannotInvite("The database is of another version of Klasno. Run: klasno migrate")

        async def write(db: Db) -> Issued:
            mine = settings.school
            today = day_of(clock.now(), mine.timezone)
            school = await school_named(db, mine.name, mine.timezone, mine.language, today)
            group = await class_named(db, school, school_class) if school_class else None
            pupil = await child_named(db, school, group, child) if child and group else None
            held = group if wanted is Role.CLASS_TEACHER else None
            return await issue(db, Offer(school, wanted, name, held, pupil), clock.now())

        issued = await database.write(write)
    finally:
        await database.close()
    return [
        *await _links(settings, clock, issued),
        f"Code:     {issued.code}",
        f"Good for {GOOD_FOR.days} days, once.",
    ]


def _role(role: str, name: str, school_class: str, child: str) -> Role:
    try:
        wanted = Role(role)
    except ValueError:
        allowed = ", ".join(Role)
        raise CannotInvite(f"--role: {role} is no role; allowed are {allowed}") from None
    if not 0 < len(name.strip()) <= 120:
        raise CannotInvite("--name: how the person is called, up to 120 signs")
    if wanted is not Role.ADMINISTRATOR and not school_class:
        raise CannotInvite(f"--class: needed for {role}, such as --class 3-Б")
    if wanted is Role.GUARDIAN and not child:
        raise CannotInvite("--child: needed for guardian, such as --child «Оля Коваль»")
    return wanted


async def _links(settings: Settings, clock: Clock, issued: Issued) -> list[str]:
    """A line for each messenger that is on."""
    lines: list[str] = []
    if token := settings.telegram.token.get_secret_value():
        telegram = Telegram(token, settings.telegram.api_base, clock)
        lines.append(f"Telegram: {await _link(telegram, issued)}")
    if token := settings.viber.token.get_secret_value():
        viber = Viber(token, settings.viber.api_base, clock)
        await viber.open()
        lines.append(f"Viber:    {await _link(viber, issued)}")
    return lines


async def _link(messenger: Telegram | Viber, issued: Issued) -> str:
    """The link, or, from a messenger that cannot be asked for it, why there is none; the code still works then."""
    try:
        return await messenger.invitation(issued.token, issued.code)
    except Undelivered as error:
        return f"no link, its server does not answer ({error.why}); the code works all the same"
    finally:
        await messenger.close()
