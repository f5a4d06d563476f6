"""One class, for its teacher and the administrators: its children, its families, and who looks after it."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import _, n_
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import admissions, calendar, children, class_staff, classes, families, letters, reports, roster
from models.people import Role, class_size, managed_class, roles_of, teachers_of

school_class = Flow("school_class")


@school_class.ask
async def hub(turn: Turn, id_: int) -> Screen:
    """The class at a glance, and the way to its lists."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    size = await class_size(turn.db, id_)
    lines = [n_("{n} child", "{n} children", size)]
    if not await teachers_of(turn.db, id_, turn.today):
        lines.append(_("⚠️ This class has no class teacher."))
    rows: list[list[Button]] = [
        *await admissions.button(turn, id_),
        [Button(_("👥 Families: who is in"), families.show(id_, False, 0))],
        [Button(_("✉️ Invitation letters"), letters.hub(id_))],
        [Button(_("📣 Announcements"), reports.of_class(id_, 0))],
        [
            Button(_("List of children"), children.listed_in(id_, 0)),
            Button(_("Add children"), roster.paste(id_), None if size else Look.MAIN),
        ],
        [
            Button(_("School days"), calendar.of_class(id_, 0)),
            Button(_("Who teaches the class"), class_staff.of_class(id_)),
        ],
    ]
    if Role.ADMINISTRATOR in await roles_of(turn.db, turn.person, turn.today):
        empty = [Button(_("Close the class"), classes.closing(id_))] if not size else []
        rows.append([Button(_("Rename the class"), classes.name(id_)), *empty])
        rows.append([Button(_("All classes"), classes.every())])
    return Screen("\n".join(lines), rows, title=name)
