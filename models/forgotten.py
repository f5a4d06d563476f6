"""The list of those who were erased, kept beside the database: numbers only, for whoever rises from a backup."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from models.database import Database
from models.erasure import Kin

Buried = tuple[Kin, int, datetime]


class ForgottenList:
    """A file of one line for each; it only loses what is older than any backup."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @staticmethod
    def of(database: Database, configured: str) -> ForgottenList | None:
        """The list of this database: where the settings say, or beside an SQLite file; None if there is none."""
        if configured:
            return ForgottenList(Path(configured))
        if database.dialect == "sqlite":
            return ForgottenList(Path(f"{database.plain.database}.forgotten"))
        return None

    def read(self) -> list[Buried]:
        """Everybody on it; nobody if there is no file."""
        if not self.path.exists():
            return []
        lines = [json.loads(line) for line in self.path.read_text().splitlines() if line]
        return [(Kin(kin), of_id, datetime.fromisoformat(at)) for kin, of_id, at in lines]

    def keep(self, buried: Iterable[Buried], since: datetime) -> None:
        """Add to it, and leave out who was erased before `since`; it is whole at any moment, also after a power cut."""
        known = {(kin, of_id): at for kin, of_id, at in [*self.read(), *buried] if at >= since}
        lines = [
            json.dumps([kin.value, of_id, at.isoformat()]) + "\n"
            for (kin, of_id), at in sorted(known.items(), key=lambda one: (one[1], one[0]))
        ]
        part = self.path.with_name(f"{self.path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)
