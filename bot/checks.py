"""klasno check: what is fine, what is not, and how to mend it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Select, literal_column, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.app import CannotStart, media_folder, store_of
from bot.core.clock import Clock
from bot.core.errors import Undelivered
from bot.core.store import StoreAway
from bot.settings import Settings
from bot.telegram.platform import Telegram
from bot.viber.platform import Viber
from models import schema
from models.audit import broken_at
from models.database import Busy, Database

SAFE_SQLITE = (3, 51, 3)
"""Older ones can corrupt a WAL that two connections write (sqlite.org/wal.html#walreset); Klasno writes by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. mend: what to do, if anything."""

    what: str
    fine: bool
    found: str
    mend: str = ""


async def look(settings: Settings, file: Path | None) -> list[Finding]:
    """Look at everything that Klasno stands on. file: where the settings were read from, if from a file."""
    return [
        _configuration(settings, file),
        await _database(settings),
        await _walls(settings),
        _sqlite(settings),
        await _media(settings),
        _zone(settings),
        await _telegram(settings),
        await _viber(settings),
        _public(settings),
    ]


def _configuration(settings: Settings, file: Path | None) -> Finding:
    tokens = (settings.telegram.token, settings.viber.token)
    if file is not None and any(one.get_secret_value() for one in tokens) and file.stat().st_mode & 0o077:
        return Finding("configuration", False, f"{file} can be read by others", f"run: chmod 600 {file}")
    return Finding("configuration", True, f"{file or 'no file'}: every key is known and well formed")


def _is_new(url: str) -> bool:
    """Whether it is an SQLite file that is not there yet; to look into it would make it."""
    file = make_url(url).database
    return url.startswith("sqlite") and not (file and Path(file).exists())


async def _database(settings: Settings) -> Finding:
    if _is_new(settings.database.url):
        return Finding("database", True, "new; klasno run will set it up")
    database = Database(settings.database.url, beside=True)
    try:
        standing = await schema.standing(database)
        broken = await database.read(broken_at) if standing is schema.Standing.CURRENT else None
    except (SQLAlchemyError, OSError) as error:
        return Finding(
            "database", False, f"cannot be opened ({type(error).__name__})", "look at database.url"
        )
    finally:
        await database.close()
    match standing:
        case schema.Standing.CURRENT if broken is not None:
            found = f"up to date, but row {broken} of the audit trail does not fit the one before it"
            return Finding(
                "database", False, found, "the table audit was changed by hand: compare with a backup"
            )
        case schema.Standing.CURRENT:
            return Finding("database", True, "up to date; the audit trail is whole")
        case schema.Standing.EMPTY:
            return Finding("database", True, "new; klasno run will set it up")
        case schema.Standing.OLDER:
            return Finding("database", False, "of an older Klasno", "back it up, then run: klasno migrate")
        case schema.Standing.FUTURE:
            return Finding("database", False, "of a newer Klasno", "install the newer Klasno")


async def _walls(settings: Settings) -> Finding:
    """Whether PostgreSQL keeps schools apart even where a query of ours would not (models/walls.py)."""
    what = "walls between schools"
    if settings.database.url.startswith("sqlite"):
        return Finding(what, True, "Klasno's own; PostgreSQL would add a second one")
    database = Database(settings.database.url, beside=True)
    passes: Select[bool] = select(literal_column("rolsuper OR rolbypassrls")).select_from(text("pg_roles"))
    try:
        row = await database.read(lambda db: db.first(passes.where(text("rolname = current_user"))))
    except (SQLAlchemyError, OSError, Busy):
        return Finding(what, True, "not looked at, as the database cannot be opened")
    finally:
        await database.close()
    if row is not None and row[0]:
        mend = "let Klasno connect as a role of its own that owns its database: CREATE ROLE klasno LOGIN"
        return Finding(what, False, "this role passes through PostgreSQL's walls", mend)
    return Finding(what, True, "two: Klasno's own and PostgreSQL's")


def _sqlite(settings: Settings) -> Finding:
    if not settings.database.url.startswith("sqlite"):
        return Finding("SQLite", True, "not used")
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return Finding("SQLite", True, sqlite3.sqlite_version)
    found = f"{sqlite3.sqlite_version}, safe as long as only Klasno's own commands write to the file"
    return Finding("SQLite", True, found, "let no other program write to the database while Klasno runs")


async def _media(settings: Settings) -> Finding:
    """Whether photos and files can be kept where they are to lie."""
    what, folder = "media", media_folder(settings)
    if not settings.media.bucket and not folder.exists():
        return Finding(what, True, f"{folder} is new; klasno run will make it")
    if not settings.media.bucket and folder.stat().st_mode & 0o077:
        return Finding(what, False, f"{folder} can be read by others", f"run: chmod 700 {folder}")
    try:
        store = store_of(settings)
        await store.check()
    except CannotStart as error:
        return Finding(what, False, str(error), "look at media.folder")
    except StoreAway as away:
        return Finding(what, False, away.why, "look at [media], the disk and the network")
    return Finding(what, True, f"{store.where} takes and gives")


def _zone(settings: Settings) -> Finding:
    zone = settings.school.timezone
    here = Clock().now().astimezone(ZoneInfo(zone))
    return Finding("time zone", True, f"{zone}, where it is {here:%H:%M} now")


async def _telegram(settings: Settings) -> Finding:
    token = settings.telegram.token.get_secret_value()
    if not token:
        return Finding("Telegram", True, "off (telegram.token is empty)")
    telegram = Telegram(token, settings.telegram.api_base, Clock())
    try:
        return Finding("Telegram", True, f"@{await telegram.username()}, by {settings.telegram.mode}")
    except Undelivered as error:
        return Finding(
            "Telegram", False, error.why, "look at telegram.token (from @BotFather) and the network"
        )
    finally:
        await telegram.close()


async def _viber(settings: Settings) -> Finding:
    token = settings.viber.token.get_secret_value()
    if not token:
        return Finding("Viber", True, "off (viber.token is empty)")
    viber = Viber(token, settings.viber.api_base, Clock())
    await viber.open()
    try:
        return Finding("Viber", True, await viber.check())
    except Undelivered as error:
        return Finding(
            "Viber", False, error.why, "look at viber.token (from partners.viber.com) and the network"
        )
    finally:
        await viber.close()


def _public(settings: Settings) -> Finding:
    hooks = settings.telegram.mode == "webhook" or bool(settings.viber.token.get_secret_value())
    url = settings.http.public_url
    if url.startswith("https://") or not hooks:
        return Finding("public address", True, url or "not needed")
    mend = "set http.public_url to this server's https address, with a certificate that is not self-signed"
    return Finding("public address", False, url or "empty, but Viber and webhooks need one", mend)
