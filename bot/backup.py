"""Backups: a copy of the database that only the holder of a key can read, and the way back from it.

The copy is encrypted with age (https://age-encryption.org) to recipients whose keys are elsewhere, so that whoever
gets hold of the file has nothing. What was erased since the backup was made is erased from it again.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pyrage
from filelock import FileLock, Timeout
from sqlalchemy import make_url, update
from sqlalchemy.exc import SQLAlchemyError

from bot.core.clock import Clock
from bot.settings import Settings
from models import schema
from models.database import Database, Db
from models.erasure import Kin, erase_again
from models.forgotten import Buried, ForgottenList
from models.letter import Letter, State

FRESH = timedelta(hours=1)
"""Letters that waited when the backup was made and are older are not sent: they were, or nobody needs them now."""
PLAIN = b"SQLite format 3\x00"
"""How an SQLite file begins: https://www.sqlite.org/fileformat.html."""


class CannotBackUp(Exception):
    """Why there is no backup, or no way back from it, and what to do: a sentence for the operator."""


def make_key(file: Path) -> str:
    """Write a new key to a file that is not there yet; returns the recipient that backups are encrypted to."""
    key = pyrage.x25519.Identity.generate()
    with _new(file) as out:
        out.write(f"# public key: {key.to_public()}\n{key}\n".encode())
    return str(key.to_public())


def back_up(settings: Settings, file: Path, to: Sequence[str], *, plain: bool) -> str:
    """Write a backup of the database, while Klasno runs or not; returns the line to show.

    to: recipients beside those of the settings. plain: unencrypted. Raises CannotBackUp.
    """
    recipients = [_recipient(one) for one in dict.fromkeys([*settings.backup.recipients, *to])]
    source = _file_of(settings)
    if not recipients and not plain:
        raise CannotBackUp(
            "backup.recipients is empty, so nobody could read the backup. Make a key with klasno keygen, or say "
            "--to RECIPIENT; --plain writes it for everybody to read."
        )
    if not source.exists():
        raise CannotBackUp(f"{source}: there is no database yet")
    with tempfile.TemporaryDirectory(prefix="klasno-") as folder:  # which nobody else may enter
        copy = Path(folder) / "copy.db"
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        part = file.with_name(f"{file.name}.part")
        part.unlink(missing_ok=True)
        if file.exists():
            raise CannotBackUp(f"{file}: is there already; give another name")
        with copy.open("rb") as opened, _new(part) as out:
            if plain:
                out.writelines(iter(lambda: opened.read(2**20), b""))
            else:
                pyrage.encrypt_io(opened, out, recipients)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    size = file.stat().st_size
    return f"{file}: {size / 2**20:.1f} MB, {'readable by everybody' if plain else 'encrypted'}"


async def restore(settings: Settings, file: Path, key: Path | None, *, replace: bool) -> list[str]:
    """Put a backup in the place of the database; returns the lines to show. Raises CannotBackUp.

    replace: a database that is there is moved aside. Whoever was erased since is erased again.
    """
    target = _file_of(settings)
    with _held(target):
        if target.exists() and not replace:
            raise CannotBackUp(f"{target}: is there already; with --replace it is moved aside")
        copy = target.with_name(f"{target.name}.restored")
        copy.unlink(missing_ok=True)
        try:
            _unpack(file, key, copy)
            buried = [*_buried_in(target), *_list_of(settings).read()]
            lines = await _made_good(copy, buried, settings.retention.tombstones)
            lines += _move_aside(target)
            copy.rename(target)
        finally:
            for left in (copy, *_beside(copy)):
                left.unlink(missing_ok=True)
    return [*lines, f"{target}: restored from {file}"]


async def forget_again(settings: Settings) -> list[str]:
    """Erase whoever is on the list from the database as it is: after PostgreSQL's own restore."""
    database = Database(settings.database.url)
    found = ForgottenList.of(database, settings.backup.forgotten)
    try:
        if found is None or not found.path.exists():
            raise CannotBackUp("backup.forgotten: there is no such file, so nobody can be erased again")
        if not await database.claim():
            raise CannotBackUp("Klasno is running on this database. Stop it first.")
        buried = found.read()
        risen = await database.write(lambda db: erase_again(db, buried, Clock().now()))
    finally:
        await database.close()
    return [f"erased again: {risen}"]


def _file_of(settings: Settings) -> Path:
    url = make_url(settings.database.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise CannotBackUp(
            "PostgreSQL has its own: pg_dump -Fc klasno | age -r RECIPIENT > FILE, and back: age -d -i KEYFILE FILE "
            "| pg_restore -d klasno, then klasno restore without a file, which erases again who was erased since."
        )
    return Path(url.database)


def _list_of(settings: Settings) -> ForgottenList:
    return ForgottenList(Path(settings.backup.forgotten or f"{_file_of(settings)}.forgotten"))


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise CannotBackUp(f"{text}: no recipient; klasno keygen prints one such as age1…") from error


def _new(file: Path) -> BinaryIO:
    """A file that was not there, for nobody else to read."""
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise CannotBackUp(f"{file}: is there already; give another name") from error
    except OSError as error:
        raise CannotBackUp(f"{file}: cannot be written: {error.strerror}") from error


@contextmanager
def _held(target: Path) -> Iterator[None]:
    """Nobody runs on this database, and nobody can begin to."""
    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise CannotBackUp("Klasno is running on this database. Stop it first.") from error
    try:
        yield
    finally:
        lock.release()


def _unpack(file: Path, key: Path | None, copy: Path) -> None:
    if not file.is_file():
        raise CannotBackUp(f"{file}: there is no such file")
    with file.open("rb") as opened, _new(copy) as out:
        begins = opened.read(len(PLAIN))
        opened.seek(0)
        if begins == PLAIN:
            out.writelines(iter(lambda: opened.read(2**20), b""))
            return
        if key is None:
            raise CannotBackUp(f"{file}: is encrypted; say --key KEYFILE")
        try:
            pyrage.decrypt_io(opened, out, [_identity(key)])
        except (pyrage.DecryptError, OSError) as error:  # the latter where it ends too early
            raise CannotBackUp(f"{file}: cannot be read with this key, or is damaged") from error


def _identity(file: Path) -> pyrage.x25519.Identity:
    try:
        lines = file.read_text().splitlines()
        return pyrage.x25519.Identity.from_str(
            next(one for one in lines if one.startswith("AGE-SECRET-KEY-"))
        )
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
        raise CannotBackUp(f"{file}: no key; klasno keygen makes one") from error


def _buried_in(target: Path) -> list[Buried]:
    """Who was erased in the database that is there, as far as it can still be read."""
    if not target.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT kin, of_id, at FROM tombstone").fetchall()
    except sqlite3.Error:
        return []
    return [(Kin(kin), of_id, datetime.fromisoformat(at).replace(tzinfo=UTC)) for kin, of_id, at in rows]


async def _made_good(copy: Path, buried: Sequence[Buried], days: int) -> list[str]:
    """Look the copy over, bring it to this version, erase again, and send nothing old."""
    now = Clock().now()
    database = Database(f"sqlite:///{copy}")
    try:
        _look_over(copy)
        match await schema.standing(database):
            case schema.Standing.FUTURE:
                raise CannotBackUp(
                    "The backup is of a newer Klasno than this one. Please install the newer one."
                )
            case schema.Standing.EMPTY:
                raise CannotBackUp("The backup is of no Klasno.")
            case schema.Standing.OLDER:
                await schema.upgrade(database)
            case schema.Standing.CURRENT:
                pass

        async def mend(db: Db) -> tuple[int, int]:
            old = (Letter.state == State.QUEUED, Letter.created_at < now - FRESH)
            dropped = await db.run(update(Letter).where(*old).values(state=State.REPLACED))
            known = [one for one in buried if one[2] >= now - timedelta(days=days)]
            return await erase_again(db, known, now), dropped

        risen, dropped = await database.write(mend)
        await database.wipe()
    except SQLAlchemyError as error:
        raise CannotBackUp(f"The backup is damaged ({type(error).__name__})") from error
    finally:
        await database.close()
    return [f"erased again: {risen}", f"old letters that are not sent: {dropped}"]


def _look_over(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            lost = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        raise CannotBackUp("The backup is damaged, or is no database.") from error
    if not whole or lost:
        raise CannotBackUp("The backup is damaged: it does not pass SQLite's own checks.")


def _beside(file: Path) -> list[Path]:
    """What SQLite keeps beside a database."""
    return [file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm")]


def _move_aside(target: Path) -> list[str]:
    if not target.exists():
        return []
    aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    for one in (target, *_beside(target)):
        if one.exists():
            one.rename(aside.with_name(f"{aside.name}{one.name.removeprefix(target.name)}"))
    return [f"{aside}: what was there before; delete it when all is well"]
