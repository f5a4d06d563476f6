"""A PostgreSQL of the tests' own: a cluster in a temporary folder, reached by a socket in it, gone at the end."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships without types

from models import schema
from models.database import Database

HINT = "install PostgreSQL (on Debian: apt install postgresql)"
SUPERUSER = "postgres"
OWNER = "klasno"
"""Whom Klasno connects as: nobody whom walls let pass (models/walls.py)."""
MIGRATED = "migrated"
"""The template of databases that hold Klasno's tables already."""
FOR_SPEED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
_HOMES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, or None. Debian keeps them off the PATH; the newest version is taken."""
    found = shutil.which("initdb")
    if found and shutil.which("pg_ctl"):
        return Path(found).parent
    homes = [home for pattern in _HOMES for home in Path("/").glob(pattern) if (home / "initdb").exists()]
    return max(homes, key=lambda home: int(re.sub(r"\D", "", home.parent.name) or 0), default=None)


@dataclass
class Cluster:
    """A server that runs."""

    folder: Path
    _made: int = 0
    _template: bool = False
    _owner: bool = False

    def url(self, name: str) -> str:
        """The address of a database, as the settings take it."""
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    async def new(self, *, migrated: bool = True) -> str:
        """The address of a database that nobody has used: with Klasno's tables, or empty."""
        if not self._owner:
            self._owner = True
            await self._tell(f"CREATE ROLE {OWNER} LOGIN")
        if migrated and not self._template:
            self._template = True
            await self._create(MIGRATED, "template0")
            database = Database(self.url(MIGRATED))
            await schema.upgrade(database)
            await database.close()
        self._made += 1
        name = f"test_{self._made}"
        await self._create(name, MIGRATED if migrated else "template0")
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Away with a database, whoever is still connected to it."""
        name = url.partition("?")[0].rpartition("/")[2]
        await self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    async def _create(self, name: str, template: str) -> None:
        await self._tell(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")

    async def _tell(self, statement: str) -> None:
        connection = await asyncpg.connect(host=str(self.folder), user=SUPERUSER, database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def running(binaries: Path) -> Iterator[Cluster]:
    """Start a cluster, and stop it by the process id that it wrote into its own folder."""
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="klasno-pg-"))
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"

    def run(tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [binaries / tool, "-D", data, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stdout}{done.stderr}")

    try:
        run("initdb", "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' {FOR_SPEED}"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Cluster(folder)
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _owner() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root, so it is somebody else where we are root."""
    if os.getuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")
