"""The database's shape and its history: what revision it is at, and the way up (and, in tests, down).

Alembic is imported by those who change the shape: it is 13 MB and a tenth of the start, and most starts change nothing.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from models import (
    absence,
    admission,
    announcement,
    audit,
    calendar,
    chat,
    children,
    consent,
    digest,
    erasure,
    errand,
    invite,
    letter,
    media,
    people,
    question,
    school,
)
from models.base import Base
from models.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

metadata = Base.metadata
SUBJECTS = (
    absence,
    admission,
    announcement,
    audit,
    calendar,
    chat,
    children,
    consent,
    digest,
    erasure,
    errand,
    invite,
    letter,
    media,
    people,
    question,
    school,
)
"""Every module with tables: importing them is what fills `metadata`."""
FOLDER = Path(__file__).parent / "migrations"


class Standing(enum.Enum):
    """How a database stands to this version of Klasno."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    FUTURE = "future"


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


async def standing(database: Database) -> Standing:
    """Whether the database is empty, current, older than this version, or written by a newer one."""
    return await database.on_connection(_standing)


def _standing(connection: Connection) -> Standing:
    if not inspect(connection).has_table("alembic_version"):
        return Standing.EMPTY
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is None:
        return Standing.EMPTY
    known = _revisions()
    if found == known[-1]:
        return Standing.CURRENT
    return Standing.OLDER if found in known else Standing.FUTURE


def _revisions() -> list[str]:
    """All that this version knows, the oldest first: a migration's file begins with its revision's number."""
    return sorted(file.name.split("_")[0] for file in FOLDER.glob("versions/[0-9]*.py"))


async def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to a revision; all of it or nothing."""
    from alembic import command

    await database.on_connection(lambda connection: command.upgrade(_config(connection), to))


async def downgrade(database: Database, to: str = "base") -> None:
    """Take the database back to a revision; all of it or nothing."""
    from alembic import command

    await database.on_connection(lambda connection: command.downgrade(_config(connection), to))


async def draft(database: Database, message: str) -> None:
    """Write the draft of a new migration from what the tables are and what the database has."""
    from alembic import command

    await database.on_connection(
        lambda connection: command.revision(_config(connection), message, autogenerate=True) and None
    )
