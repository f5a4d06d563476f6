"""A backup that only the holder of the key can read, and the way back, from which nobody who was erased rises."""

from __future__ import annotations

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from bot.__main__ import app
from models.chat import Chat
from models.database import Database
from models.erasure import Kin, erase_person
from models.forgotten import ForgottenList
from models.letter import Letter, State
from models.people import Person
from tests.house import House

ROLE = ("Канарко Ігор", "Канарка Оля Коваль", "Канарка: сильний кашель")
NAME, CHILD, WORDS = ROLE


class Desk:
    """The operator's desk: a folder with the settings, and the commands."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        monkeypatch.chdir(folder)
        self.config = folder / "config.toml"
        self.config.write_text('[database]\nurl = "sqlite:///klasno.db"\n')
        self.said = ""

    def runs(self, *words: str) -> int:
        """Run a command as a process of its own would: in a thread, which has no loop yet."""
        given = [*words] if words[0] == "keygen" else [*words, "--config", str(self.config)]
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(CliRunner().invoke, app, given).result()
        self.said = done.output
        return done.exit_code


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


@pytest.fixture
async def told(desk: Desk) -> House:
    """A school in which something was told; stopped."""
    house = await House(desk.folder).open()
    await house.teacher("viber")
    ihor = await house.guardian("telegram", NAME, CHILD)
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.says(WORDS)
    await house.later(seconds=1)
    await house.close()
    return house


def canaries_in(file: Path) -> set[str]:
    data = file.read_bytes()
    forms = {text: (text.encode(), json.dumps(text)[1:-1].encode()) for text in ROLE}
    return {text for text, both in forms.items() if any(form in data for form in both)}


async def erase(desk: Desk, house: House) -> None:
    """Ігор has himself forgotten, after the backup."""
    database = Database(f"sqlite:///{desk.folder}/klasno.db")
    person = (await database.read(lambda db: db.first(select(Person.id).where(Person.name == NAME))) or [0])[
        0
    ]
    await database.write(lambda db: erase_person(db, person, house.clock.now()))
    await database.close()


async def names(desk: Desk) -> set[str]:
    database = Database(f"sqlite:///{desk.folder}/klasno.db")
    found = {name for (name,) in await database.read(lambda db: db.all(select(Person.name)))}
    await database.close()
    return found


async def test_nobody_but_the_holder_of_the_key_can_read_it(desk: Desk, told: House) -> None:
    assert canaries_in(desk.folder / "klasno.db") == set(ROLE)
    assert desk.runs("keygen", "key.txt") == 0
    recipient = desk.said.strip()
    assert stat.S_IMODE((desk.folder / "key.txt").stat().st_mode) == 0o600
    assert desk.runs("backup", "one.age", "--to", recipient) == 0
    file = desk.folder / "one.age"
    assert "encrypted" in desk.said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert canaries_in(file) == set()
    assert file.read_bytes().startswith(b"age-encryption.org/v1")
    assert desk.runs("restore", "one.age", "--key", "key.txt") == 1
    assert "klasno.db: is there already; with --replace it is moved aside" in desk.said
    (desk.folder / "klasno.db").rename(desk.folder / "lost.db")
    assert desk.runs("restore", "one.age", "--key", "key.txt") == 0, desk.said
    assert canaries_in(desk.folder / "klasno.db") == set(ROLE)
    assert not list(desk.folder.glob("*.restored*"))


async def test_the_app_goes_on_with_what_was_restored(desk: Desk, told: House) -> None:
    """And sends nothing old: what was queued when the backup was made is not sent again."""
    database = Database(f"sqlite:///{desk.folder}/klasno.db")
    waits = {"state": State.QUEUED, "created_at": told.clock.now() - timedelta(days=1)}
    await database.write(lambda db: db.run(update(Letter).values(waits)))
    await database.close()
    assert desk.runs("backup", "one.db", "--plain") == 0
    assert desk.runs("restore", "one.db", "--replace") == 0, desk.said
    again = await House(desk.folder).open()
    try:
        await again.settled()
        assert again.telegram.accepted("sendMessage") == []
        assert again.viber.accepted("send_message") == []
        states = {state for (state,) in await again.facts(lambda db: db.all(select(Letter.state)))}
        assert states == {State.REPLACED}
    finally:
        await again.close()
    aside = [one for one in desk.folder.glob("klasno.db.before-*") if not one.name.endswith(("-wal", "-shm"))]
    assert len(aside) == 1


async def test_who_was_erased_since_does_not_rise(desk: Desk, told: House) -> None:
    desk.runs("keygen", "key.txt")
    desk.runs("backup", "one.age", "--to", desk.said.strip())
    await erase(desk, told)
    assert desk.runs("restore", "one.age", "--key", "key.txt", "--replace") == 0, desk.said
    assert "erased again: 1" in desk.said
    assert await names(desk) == {"Олена Петрівна"}
    assert NAME not in canaries_in(desk.folder / "klasno.db")


async def test_nor_if_the_database_itself_is_lost(desk: Desk, told: House) -> None:
    """The running app notes within a second who was erased, beside the database and without a name."""
    desk.runs("keygen", "key.txt")
    desk.runs("backup", "one.age", "--to", desk.said.strip())
    await erase(desk, told)
    running = await House(desk.folder).open()
    await running.later(seconds=1)
    await running.close()
    noted = desk.folder / "klasno.db.forgotten"
    assert stat.S_IMODE(noted.stat().st_mode) == 0o600
    assert canaries_in(noted) == set()
    assert [kin for kin, _id, _at in ForgottenList(noted).read()] == [Kin.PERSON]
    for file in desk.folder.glob("klasno.db*"):
        if file != noted and file.is_file():
            file.unlink()
    assert desk.runs("restore", "one.age", "--key", "key.txt") == 0, desk.said
    assert await names(desk) == {"Олена Петрівна"}


async def test_the_files_are_made_anew_within_the_hour(desk: Desk, told: House) -> None:
    running = await House(desk.folder).open()
    try:
        person = await running.facts(lambda db: db.first(select(Person.id).where(Person.name == NAME)))
        await running.app.database.write(lambda db: erase_person(db, person[0], running.clock.now()))
        await running.app.database.write(lambda db: db.run(update(Chat).values(rest=None)))
        await running.later(seconds=1)
        assert NAME not in canaries_in(desk.folder / "klasno.db")
        assert (desk.folder / "klasno.db-wal").stat().st_size < 100_000
        assert NAME not in canaries_in(desk.folder / "klasno.db-wal")
    finally:
        await running.close()


async def test_what_goes_wrong_is_one_line(desk: Desk, told: House) -> None:
    assert desk.runs("backup", "one.age") == 1
    assert "backup.recipients is empty" in desk.said
    assert not (desk.folder / "one.age").exists()
    desk.runs("keygen", "key.txt")
    recipient = desk.said.strip()
    assert desk.runs("keygen", "key.txt") == 1
    assert "is there already" in desk.said
    desk.runs("keygen", "other.txt")
    assert desk.runs("backup", "one.age", "--to", "age1nobody") == 1
    assert "no recipient" in desk.said
    assert desk.runs("backup", "one.age", "--to", recipient) == 0
    assert desk.runs("backup", "one.age", "--to", recipient) == 1
    assert "is there already" in desk.said
    for words, line in (
        (("one.age", "--key", "other.txt"), "cannot be read with this key, or is damaged"),
        (("one.age", "--key", "config.toml"), "no key"),
        (("one.age",), "say --key KEYFILE"),
        (("nothing.age", "--key", "key.txt"), "there is no such file"),
        (("half.age", "--key", "key.txt"), "cannot be read with this key, or is damaged"),
        (("bad.db",), "is damaged"),
    ):
        whole = (desk.folder / "one.age").read_bytes()
        (desk.folder / "half.age").write_bytes(whole[: len(whole) // 2])
        (desk.folder / "bad.db").write_bytes(b"SQLite format 3\x00" + b"x" * 9000)
        before = (desk.folder / "klasno.db").read_bytes()
        assert desk.runs("restore", *words, "--replace") == 1, words
        assert line in desk.said, desk.said
        assert desk.said.count("\n") == 1
        assert (desk.folder / "klasno.db").read_bytes() == before
        assert not list(desk.folder.glob("*.restored*"))


async def test_a_running_database_is_not_restored_over(desk: Desk, told: House) -> None:
    desk.runs("backup", "one.db", "--plain")
    running = await House(desk.folder).open()
    try:
        assert desk.runs("backup", "two.db", "--plain") == 0, desk.said
        assert desk.runs("restore", "one.db", "--replace") == 1
        assert "Klasno is running on this database. Stop it first." in desk.said
    finally:
        await running.close()


async def test_a_backup_of_another_version(desk: Desk, told: House) -> None:
    desk.runs("backup", "one.db", "--plain")
    with sqlite3.connect(desk.folder / "one.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert desk.runs("restore", "one.db", "--replace") == 1
    assert "of a newer Klasno" in desk.said


def test_postgresql_is_told_its_own_way(desk: Desk) -> None:
    desk.config.write_text('[database]\nurl = "postgresql://k@localhost/k"\n')
    assert desk.runs("backup", "one.age", "--plain") == 1
    assert "pg_dump" in desk.said
    assert desk.runs("restore", "one.age") == 1
    assert "pg_restore" in desk.said
    assert desk.runs("restore") == 1
    assert "backup.forgotten" in desk.said
