"""Help: what can be done here, in a few lines."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import N_, _
from bot.core.screens import Screen
from bot.core.turn import Turn
from models.people import Role, roles_of

support = Flow("help", command="help", title=N_("Help"))


@support.ask
async def page(turn: Turn) -> Screen:
    """For each role, what it can do."""
    roles = await roles_of(turn.db, turn.person, turn.today)
    lines: list[str] = []
    if Role.GUARDIAN in roles:
        lines += [
            _(
                "🤒 The child will not come: “Absent today” or “Report an absence”, then the reason. That is all."
            ),
            _("Another day, several days, a few words for the teacher: with the buttons too."),
            _("The reason and your words are seen by the class teacher and the child's own guardians alone."),
        ]
    if Role.CLASS_TEACHER in roles:
        lines += [
            _("🤒 Absences come as one card a day, which changes as news comes in."),
            _("“Noticed” tells the families that you have seen it."),
        ]
        lines.append(
            _("“Families” shows who is in, and what each guardian may do; both can be changed there.")
        )
    if Role.COMMITTEE in roles:
        lines.append(_("You are in the parents' committee: the class teacher has given you that task."))
    if Role.ADMINISTRATOR in roles:
        lines.append(_("🏫 School: classes, people, school days, and the record of what was done."))
    lines.append(_("/menu opens the main screen at any time, /language changes the language."))
    return Screen("\n".join(lines), title=_("What can be done here"))
