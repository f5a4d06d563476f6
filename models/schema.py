"""The database's shape and its history: what revision it is at, and the way up (and, in tests, down)."""

from __future__ import annotations

import enum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from models import absence, chat, invite, letter, people
from models.base import Base
from models.database import Database

metadata = Base.metadata
SUBJECTS = (absence, chat, invite, letter, people)
"""Every module with tables: importing them is what fills `metadata`."""
FOLDER = Path(__file__).parent / "migrations"


class Standing(enum.Enum):
    """How a database stands to this version of Klasno."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    FUTURE = "future"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


async def standing(database: Database) -> Standing:
    """Whether the database is empty, current, older than this version, or written by a newer one."""
    return await database.on_connection(_standing)


def _standing(connection: Connection) -> Standing:
    found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if found is None:
        return Standing.EMPTY
    if found == scripts.get_current_head():
        return Standing.CURRENT
    known = {script.revision for script in scripts.walk_revisions()}
    return Standing.OLDER if found in known else Standing.FUTURE


async def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to a revision; all of it or nothing."""
    await database.on_connection(lambda connection: command.upgrade(_config(connection), to))


async def downgrade(database: Database, to: str = "base") -> None:
    """Take the database back to a revision; all of it or nothing."""
    await database.on_connection(lambda connection: command.downgrade(_config(connection), to))


async def draft(database: Database, message: str) -> None:
    """Write the draft of a new migration from what the tables are and what the database has."""
    await database.on_connection(
        lambda connection: command.revision(_config(connection), message, autogenerate=True) and None
    )
