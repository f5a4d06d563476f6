"""A flow of the tests' own: it asks for a file of lines, and shows what it got."""

from __future__ import annotations

from sqlalchemy import select

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from models.errand import Errand
from tests.house import Friend, House
from tests.stories.lines import read

sheets = Flow("sheets", command="sheet")
taken: list[list[str]] = []
"""What the step has got, each time that it ran."""


@sheets.ask
async def ask(turn: Turn) -> Screen:
    """Ask for a file."""
    return Screen("Надішліть список.", [[Button("Назад", turn.home)]], takes=keep("3-Б"))


@sheets.take(read=read)
async def keep(turn: Turn, lines: list[str], school_class: str) -> Link:
    """Take what was in it."""
    if "sorry" in lines:
        raise Sorry("Цього класу вже немає.", turn.home)
    taken.append(lines)
    return shown(school_class, len(lines) - 1)


@sheets.ask
async def shown(turn: Turn, school_class: str, many: int) -> Screen:
    """Show what came of it."""
    return Screen(f"{school_class}: {many}", [[Button("Ще раз", ask())]])


async def asked(house: House, platform: str) -> Friend:
    """A teacher whom the bot asks for a file."""
    return await (await house.teacher(platform)).says("/sheet")


async def waiting(house: House) -> int:
    """How many errands are not done."""
    return len(await house.facts(lambda db: db.all(select(Errand.id))))
