"""What follows when rights change: nothing waits for whom it is no longer for, and the menus are true."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.turn import Turn
from bot.core.withdraw import withdraw
from handlers import language
from models.audit import Deed, record
from models.families import leave_committee, mark_idle, without_a_child
from models.people import Role
from models.staff import end_unbacked


async def recheck(turn: Turn, people: Iterable[int]) -> None:
    """After a right, a role or a link of these people was taken (or given), in the same transaction.

    Their cards and screens are looked at once more (see `withdraw`), what waited for them and is no longer theirs
    is not sent, and their menu of commands is set anew. Whoever has no child in a class any more leaves its
    committee; what somebody has invited others to and could not any more ends; and since when somebody belongs to
    nobody here is written down.
    """
    whom = list(people)
    for person, school_class, school in await without_a_child(turn.db, whom):
        await leave_committee(turn.db, person, school_class)
        await record(
            turn.db,
            school,
            turn.person,
            Deed.ROLE_ENDED,
            turn.now,
            person=person,
            school_class=school_class,
            detail=Role.COMMITTEE,
        )
    for school, of_class, role in await end_unbacked(turn.db, whom, turn.today, turn.now):
        await record(
            turn.db,
            school,
            turn.person,
            Deed.INVITATION_ENDED,
            turn.now,
            school_class=of_class,
            detail=role,
        )
    await mark_idle(turn.db, turn.today, turn.now, whom)
    await withdraw(turn, whom)
    await language.send_menus(turn, whom)
