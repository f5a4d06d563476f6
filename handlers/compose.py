"""Composing an announcement: from whatever a teacher sends, or from the menu, to its preview."""

from __future__ import annotations

from bot.core.events import What
from bot.core.flows import Link
from bot.core.turn import Turn


async def offered(turn: Turn, what: What) -> Link | None:
    """What somebody sends whom nobody has asked: nothing yet."""
    return None
