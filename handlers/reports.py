"""What became of an announcement: who has it, who has answered, and whom to phone."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import _
from bot.core.screens import Screen
from bot.core.turn import Turn
from models.announcement import own_post
from models.reach import Reach, families_reached

reports = Flow("reports")


@reports.ask
async def card(turn: Turn, post: int) -> Screen:
    """How far it has come, family by family."""
    mine = await own_post(turn.db, turn.person, post, turn.today)
    found = await families_reached(turn.db, mine)
    lines = [
        f"{reach_name(reach)}: {sum(1 for one in found if one.reach is reach)}"
        for reach in Reach
        if any(one.reach is reach for one in found)
    ]
    return Screen("\n".join(lines) or _("Nobody is meant."), title=_("📣 Who has it"))


def reach_name(reach: Reach) -> str:
    """How far an announcement has come to a family."""
    match reach:
        case Reach.ANSWERED:
            return _("Confirmed")
        case Reach.SEEN:
            return _("Seen")
        case Reach.DELIVERED:
            return _("Delivered")
        case Reach.SENT:
            return _("Sent")
        case Reach.QUEUED:
            return _("Queued")
        case Reach.LEFT:
            return _("Not delivered: the bot is blocked")
        case Reach.REFUSED:
            return _("Not delivered: the messenger would not take it")
        case Reach.NOT_IN:
            return _("Not in yet")
