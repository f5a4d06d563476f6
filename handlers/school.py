"""The school, for its administrators: the way to everything that they set up and hand over."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import N_, _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import calendar, classes, consent_text, roster, setup, staff, trail, year
from models.people import own_school
from models.school import school_of, year_label

school = Flow("school", command="school", title=N_("School"))


@school.ask
async def hub(turn: Turn) -> Screen:
    """What there is to set up."""
    id_, name = await own_school(turn.db, turn.person)
    mine = await school_of(turn.db, id_)
    text = _("School year: {year}").format(year=year_label(mine.year))
    rows: list[list[Button]] = []
    if not mine.ready:
        rows.append([Button(_("🏫 Set up the school"), setup.name(), Look.MAIN)])
    rows.append([Button(_("Classes"), classes.every()), Button(_("Staff"), staff.people())])
    rows.append([Button(_("Name of the school"), setup.name()), Button(_("Time zone"), setup.zone())])
    rows.append([Button(_("Languages"), setup.languages()), Button(_("Consent text"), consent_text.show())])
    rows.append([Button(_("Children from a file"), roster.whole_school())])
    rows.append([Button(_("School days"), calendar.show(0)), Button(_("What was done"), trail.show())])
    rows.append([Button(_("New school year"), year.offer())])
    return Screen(text, rows, title=name)
