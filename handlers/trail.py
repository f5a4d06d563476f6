"""The audit trail, for the administrators: what was done to people and rights, by whom and when; never a text."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.core.flows import Flow
from bot.core.i18n import N_, _, numeric_day
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import school
from handlers.wording import right_name, role_name
from models.audit import Deed, Entry, Names, names_in, trail
from models.people import Right, Role, own_school

audit_trail = Flow("trail")

SHOWN = 10
"""Entries on a page."""

DEEDS = {
    Deed.JOINED: N_("joined"),
    Deed.ASKED_TO_JOIN: N_("asked to be let in"),
    Deed.LET_IN: N_("let in"),
    Deed.TURNED_AWAY: N_("turned away"),
    Deed.CONSENTED: N_("consent given"),
    Deed.CONSENT_WITHDRAWN: N_("consent taken back"),
    Deed.INVITED: N_("invitation made"),
    Deed.INVITATION_ENDED: N_("invitation taken back"),
    Deed.LETTERS_PRINTED: N_("letters for printing"),
    Deed.MESSENGER_ADDED: N_("one more messenger"),
    Deed.MESSENGER_MOVED: N_("another messenger or phone"),
    Deed.MESSENGER_ENDED: N_("a messenger ended"),
    Deed.RIGHTS_CHANGED: N_("rights changed"),
    Deed.GUARDIAN_ENDED: N_("no longer a guardian"),
    Deed.ROLE_GIVEN: N_("role given"),
    Deed.ROLE_ENDED: N_("role ended"),
    Deed.SCHOOL_CHANGED: N_("school's settings changed"),
    Deed.CONSENT_TEXT_CHANGED: N_("consent text changed"),
    Deed.CLASS_MADE: N_("new class"),
    Deed.CLASS_CHANGED: N_("class changed"),
    Deed.CLASS_LET_GO: N_("class let go"),
    Deed.CHILDREN_ADDED: N_("children added"),
    Deed.CHILD_RENAMED: N_("child renamed"),
    Deed.CHILD_MOVED: N_("child moved to another class"),
    Deed.CHILD_LEFT: N_("child left the class"),
    Deed.PHOTOS_REFUSED: N_("no photos of the child"),
    Deed.PHOTOS_ALLOWED: N_("photos of the child are fine again"),
    Deed.UNDONE: N_("change undone"),
    Deed.YEAR_BEGUN: N_("new school year"),
    Deed.CALENDAR_CHANGED: N_("school days changed"),
    Deed.ANNOUNCED: N_("announcement sent"),
    Deed.ANNOUNCEMENT_CORRECTED: N_("announcement corrected"),
    Deed.ANNOUNCEMENT_RECALLED: N_("announcement taken back"),
    Deed.EXPORTED: N_("data given out as a file"),
    Deed.ERASED: N_("erased"),
}
"""What each deed is called; a test sees to it that none is missing."""


@audit_trail.ask
async def show(turn: Turn, before: int = 0) -> Screen:
    """The newest entries, or those before one; a page at a time."""
    id_, name = await own_school(turn.db, turn.person)
    found = await trail(turn.db, id_, before or None, SHOWN + 1)
    shown, more = found[:SHOWN], found[SHOWN:]
    names = await names_in(turn.db, id_, shown)
    lines = [line(one, names, turn.speaker.timezone) for one in shown]
    pages = [Button(_("‹ Newest"), show())] if before else []
    if more:
        pages.append(Button(_("Earlier ›"), show(shown[-1].id)))
    text = "\n".join(lines) or _("Nothing has been done yet.")
    rows = [*([pages] if pages else []), [Button(_("Back"), school.hub())]]
    return Screen(text, rows, title=" · ".join([name, _("What was done")]))


def line(one: Entry, names: Names, timezone: str) -> str:
    """An entry as people read it: when, who, what, and to whom."""
    at = one.at.astimezone(ZoneInfo(timezone))
    when = f"{numeric_day(at.date())} {at:%H:%M}"
    return f"{when} · {who(one, names)}: {', '.join([what(one), *about(one, names)])}"


def who(one: Entry, names: Names) -> str:
    """Who did it."""
    return _("Klasno itself") if one.by_id is None else names.people.get(one.by_id, _("erased person"))


def what(one: Entry) -> str:
    """What was done, with the role, the right or the number that it was done with."""
    done = _(DEEDS[one.deed])
    if one.deed is Deed.RIGHTS_CHANGED and one.detail and one.detail[1:] in list(Right):
        right = right_name(Right(one.detail[1:]))
        told = _("given: {right}") if one.detail[0] == "+" else _("taken: {right}")
        return f"{done} ({told.format(right=right)})"
    if one.detail in list(Role):
        return f"{done} ({role_name(Role(one.detail))})"
    return f"{done} ({one.detail})" if one.detail and one.detail.isdecimal() else done


def about(one: Entry, names: Names) -> list[str]:
    """To whom and to what it was done; the one who did it is said twice only where it might be another's role."""
    told = []
    of_a_role = one.deed in (Deed.ROLE_GIVEN, Deed.ROLE_ENDED)
    if one.about_person is not None and (of_a_role or one.about_person != one.by_id):
        told.append(names.people.get(one.about_person, _("erased person")))
    if one.about_child is not None:
        told.append(names.children.get(one.about_child, _("erased child")))
    if one.about_class is not None:
        told.append(names.classes.get(one.about_class, _("closed class")))
    return told
