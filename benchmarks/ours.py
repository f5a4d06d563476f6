"""Klasno for a measurement: its settings, its database with families in it, and its process.

`python -m benchmarks.ours CONFIG STEPS` is `bot run` with steps that nobody takes added until there are so many.
"""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from datetime import date
from pathlib import Path

from sqlalchemy import insert

import bot.__main__
import bot.app
from benchmarks.stage import FIRST, SECRET, TOKEN, Bot, free_port, running
from bot.core.flows import Flow
from bot.core.screens import Screen
from bot.core.turn import Turn
from models import schema
from models.chat import Chat
from models.database import Database, Db
from models.people import Child, Guardian, Person, Role, Staff
from models.school import class_named, school_named
from sandbox.telegram import TelegramServer

SCHOOL = "Ліцей №7"
TEXT = "Шановні батьки, збори відбудуться в четвер о 18:00 у кабінеті 24. Чекаємо на вас."
"""What the teacher announces."""


def config(folder: Path, api: str, port: int, per_second: int = 0) -> Path:
    """A configuration file for this stand-in."""
    file = folder / "ours.toml"
    file.write_text(
        f"""
[school]
name = "{SCHOOL}"
[database]
url = "sqlite:///{folder / "ours.db"}"
[telegram]
token = "{TOKEN}"
mode = "webhook"
api_base = "{api}"
webhook_secret = "{SECRET}"
per_second = {per_second}
[http]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
"""
    )
    return file


async def fill(folder: Path, parents: int, taught: int = 0) -> None:
    """A new database with so many parents of one child each, and behind them, if `taught`, one more chat: of the class
    teacher of the last so many.
    """
    database = Database(f"sqlite:///{folder / 'ours.db'}")
    await schema.upgrade(database)
    await database.write(lambda db: _families(db, parents, taught))
    await database.close()


async def _families(db: Db, parents: int, taught: int) -> None:
    school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", date(2026, 9, 1))
    ids = range(1, parents + 1 + bool(taught))
    hers, others = await class_named(db, school, "3-Б"), await class_named(db, school, "4-А")
    await db.run(
        insert(Child),
        [
            {
                "id": n,
                "school_id": school,
                "class_id": hers if n > parents - taught else others,
                "name": f"Оля Коваль {n}",
            }
            for n in range(1, parents + 1)
        ],
    )
    await db.run(insert(Person), [{"id": n, "school_id": school, "name": "Ігор"} for n in ids])
    await db.run(
        insert(Guardian),
        [{"school_id": school, "person_id": n, "child_id": n} for n in range(1, parents + 1)],
    )
    chats = [
        {"id": n, "platform": "telegram", "address": str(FIRST + n - 1), "person_id": n, "language": "uk"}
        for n in ids
    ]
    await db.run(insert(Chat), chats)
    if taught:
        role = {"school_id": school, "person_id": parents + 1, "role": Role.CLASS_TEACHER, "class_id": hers}
        await db.run(insert(Staff), role)


def start(
    folder: Path, server: TelegramServer, *, steps: int = 0, per_second: int = 0
) -> AbstractAsyncContextManager[Bot]:
    """Its process; steps: pad to so many, or 0 for the app as it is."""
    file = str(config(folder, server.url, free_port(), per_second))
    command = ("benchmarks.ours", file, str(steps)) if steps else ("bot", "run", "--config", file)
    return running("Klasno", server, folder / "ours.db", *command)


def _padding(number: int) -> Flow:
    """Steps that nobody takes."""
    flow = Flow("padding")
    for one in range(number):

        async def step(_turn: Turn, _child: int) -> Screen:
            return Screen("")

        step.__name__ = f"step{one}"
        flow.ask(step)
    return flow


def steps_now() -> int:
    """How many steps the app has."""
    return sum(len(flow.steps) for flow in bot.app.FLOWS)


if __name__ == "__main__":
    file, wanted = sys.argv[1:]
    padding = _padding(int(wanted) - steps_now())
    bot.app.FLOWS += (padding,)  # type: ignore[assignment]  # its length is a part of its type
    bot.__main__.app(["run", "--config", file])
