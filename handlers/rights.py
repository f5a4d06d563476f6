"""What follows when rights change: nothing waits for whom it is no longer for, and the menus are true."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.turn import Turn
from bot.core.withdraw import withdraw
from handlers import language


async def recheck(turn: Turn, people: Iterable[int]) -> None:
    """After a right, a role or a link of these people was taken (or given), in the same transaction.

    Their cards and screens are looked at once more (see `withdraw`), what waited for them and is no longer theirs
    is not sent, and their menu of commands is set anew.
    """
    whom = list(people)
    await withdraw(turn, whom)
    await language.send_menus(turn, whom)
