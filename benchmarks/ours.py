"""Klasno for a measurement: its settings, its database with families in it, and its process.

`python -m benchmarks.ours CONFIG STEPS` is `bot run` with steps that nobody takes added until there are so many.
"""

from __future__ import annotations

import sys
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import insert

import bot.__main__
import bot.app
from benchmarks.stage import FIRST, SECRET, TOKEN, Bot, free_port, running
from bot.core import outbox
from bot.core.flows import Flow
from bot.core.screens import Screen
from bot.core.turn import Turn
from models import schema
from models.chat import Chat
from models.database import Database, Db
from models.letter import Kind
from models.people import Child, Guardian, Person
from models.school import class_named, school_named
from sandbox.telegram import TelegramServer

SCHOOL = "Ліцей №7"
CLASS = 30
"""Children in a class."""
LETTER = {
    "title": "3-Б · Збори",
    "text": "Шановні батьки, збори відбудуться в четвер о 18:00 у кабінеті 24. Чекаємо на вас.",
    "rows": [[["Прийду", 0, "main"], ["Не зможу", 1, None]], [["Додому", 2, None]]],
}
"""An announcement as the outbox holds it."""


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


async def fill(folder: Path, parents: int, letters: int = 0) -> None:
    """A new database with so many parents of one child each, and a letter to each of the last `letters` of them."""
    database = Database(f"sqlite:///{folder / 'ours.db'}")
    await schema.upgrade(database)
    await database.write(lambda db: _families(db, parents))
    if letters:
        await database.write(lambda db: _letters(db, parents - letters + 1, parents))
    await database.close()


async def _families(db: Db, parents: int) -> None:
    school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", date(2026, 9, 1))
    ids = range(1, parents + 1)
    classes = [await class_named(db, school, f"{n}") for n in range(1, 2 + parents // CLASS)]
    await db.run(
        insert(Child),
        [
            {"id": n, "school_id": school, "class_id": classes[n // CLASS], "name": f"Оля Коваль {n}"}
            for n in ids
        ],
    )
    await db.run(insert(Person), [{"id": n, "school_id": school, "name": "Ігор"} for n in ids])
    await db.run(insert(Guardian), [{"school_id": school, "person_id": n, "child_id": n} for n in ids])
    chats = [
        {"id": n, "platform": "telegram", "address": str(FIRST + n - 1), "person_id": n, "language": "uk"}
        for n in ids
    ]
    await db.run(insert(Chat), chats)


async def _letters(db: Db, first: int, last: int) -> None:
    now = datetime.now(UTC)
    links = [["support.page"], ["support.page"], ["home.show"]]
    await outbox.write(
        db, [outbox.row(chat, Kind.TODAY, LETTER, links, "bench", now) for chat in range(first, last + 1)]
    )


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
