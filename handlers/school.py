"""The school, for its administrators: the way to everything that they set up and hand over."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import N_, _, euros, n_
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import calendar, classes, consent_text, quiet, roster, setup, staff, trail, year
from models.billing import billed, month_of
from models.people import own_school
from models.school import school_of, year_label

school = Flow("school", command="school", title=N_("School"))


@school.ask
async def hub(turn: Turn) -> Screen:
    """What there is to set up."""
    id_, name = await own_school(turn.db, turn.person)
    mine = await school_of(turn.db, id_)
    lines = [_("School year: {year}").format(year=year_label(mine.year)), *await _paid(turn, id_)]
    rows: list[list[Button]] = []
    if not mine.ready:
        rows.append([Button(_("🏫 Set up the school"), setup.name(), Look.MAIN)])
    rows.append([Button(_("Classes"), classes.every()), Button(_("Staff"), staff.people())])
    rows.append([Button(_("Name of the school"), setup.name()), Button(_("Time zone"), setup.zone())])
    rows.append([Button(_("Languages"), setup.languages()), Button(_("Consent text"), consent_text.show())])
    rows.append([Button(_("School days"), calendar.show(0)), Button(_("Quiet hours"), quiet.choose(True))])
    rows.append([Button(_("Children from a file"), roster.whole_school())])
    rows.append([Button(_("New school year"), year.offer()), Button(_("What was done"), trail.show())])
    return Screen("\n".join(lines), rows, title=name)


async def _paid(turn: Turn, id_: int) -> list[str]:
    """How many messages the school has paid for this month, where a messenger wants money."""
    if not any(traits.paid for traits in turn.traits.values()):
        return []
    number = await billed(turn.db, month_of(turn.now), id_)
    line = n_("Viber this month: {n} paid message", "Viber this month: {n} paid messages", number)
    if turn.costs.price:
        line += f" ≈ {euros(number * turn.costs.price)}"
    if turn.costs.cap:
        line += " · " + _("cap: {n}").format(n=turn.costs.cap)
    return [line]
