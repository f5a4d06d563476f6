"""What somebody sends that no screen has asked for: a family's question, or something that a teacher may announce."""

from __future__ import annotations

from bot.core.events import What
from bot.core.flows import Link
from bot.core.turn import Turn
from handlers import asking, compose


async def offered(turn: Turn, what: What) -> Link | None:
    """Where it leads; None if nothing can be done with it."""
    return await asking.typed(turn, what) or await compose.offered(turn, what)
