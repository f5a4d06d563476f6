"""The peer's database with families in it, and its process; the bot itself is in peer.py."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from sqlalchemy import insert

from benchmarks import peer
from benchmarks.stage import FIRST, SECRET, TOKEN, Bot, free_port, running
from sandbox.telegram import TelegramServer


async def fill(folder: Path, form: str, parents: int) -> None:
    """A new database with so many parents of one child each."""
    engine = peer.engine_of(str(folder / f"{form}.db"))
    children = [{"id": n, "name": f"Оля Коваль {n}", "class_name": "3-Б"} for n in range(1, parents + 1)]
    guardians = [{"user_id": FIRST + n - 1, "child_id": n} for n in range(1, parents + 1)]
    async with engine.begin() as connection:
        await connection.run_sync(peer.Base.metadata.create_all)
        await connection.execute(insert(peer.Child), children)
        await connection.execute(insert(peer.Guardian), guardians)
    await engine.dispose()


def start(
    folder: Path, server: TelegramServer, form: str, handlers: int = 60
) -> AbstractAsyncContextManager[Bot]:
    """Its process, with its buttons filtered by `form`: "F" or "factories"."""
    database = folder / f"{form}.db"
    port = free_port()
    options = ["--form", form, "--handlers", str(handlers), "--database", str(database), "--port", str(port)]
    options += ["--token", TOKEN, "--secret", SECRET, "--api", server.url]
    return running(f"aiogram, {form}", server, database, "benchmarks.peer", *options)
