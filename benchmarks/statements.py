"""What a turn asks of the database: statements and commits, counted where SQLAlchemy hands them to the driver."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import event

from benchmarks import ours
from benchmarks.stage import FIRST, free_port, stand_in
from bot.app import App
from bot.core import logs
from bot.settings import load
from models.database import Database
from sandbox.telegram.phone import TelegramPhone

TURNS = ("home", "reason", "save")


def _count(database: Database, counts: Counter[str]) -> None:
    """Count from now on what the writing engine does; a settled letter is a transaction of its own, marked so."""
    engine = database._writer
    assert engine is not None

    @event.listens_for(engine, "before_cursor_execute")
    def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        counts["settle" if statement.startswith("UPDATE letter SET") else statement.split()[0]] += 1

    @event.listens_for(engine, "commit")
    def committed(_connection: object) -> None:
        counts["COMMIT"] += 1


async def count() -> dict[str, Counter[str]]:
    """By turn: how many statements of each verb, and how many commits, the settling of its reply included."""
    found: dict[str, Counter[str]] = {}
    logs.set_up(level="WARNING")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        await ours.fill(folder, 1)
        async with stand_in() as server:
            app = App(load(ours.config(folder, server.url, free_port())))
            await app.start()
            counts: Counter[str] = Counter()
            await server.changes.until(lambda: server.delivery.webhook is not None)
            _count(app.database, counts)
            phone = server.person(FIRST, "Ігор")
            for turn in TURNS:
                counts.clear()
                await _take(phone, turn)
                await server.until_delivered()
                while not app.senders["telegram"].idle:  # noqa: ASYNC110 (nothing tells of it but asking)
                    await asyncio.sleep(0.01)
                found[turn] = Counter(counts)
            await app.stop()
    return found


async def _take(phone: TelegramPhone, turn: str) -> None:
    if turn == "home":
        await phone.opens()
        return
    newest = phone.screen
    assert newest is not None
    await phone.presses(newest["keys"][0][0]["token"])
