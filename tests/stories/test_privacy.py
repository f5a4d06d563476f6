"""T15, R36: what people are called and what they write is in no log, and in no record of what broke."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import select

from bot.core import logs
from handlers import told
from models.chat import Parked
from models.people import Role
from tests.house import SECRET, TELEGRAM_TOKEN, VIBER_TOKEN, House

CHILD, GUARDIAN, TEACHER, WORDS = (
    "Канаринка Жовтенко",
    "Кенарій Тихий",
    "Пташниця Гніздівна",
    "гарячка-в-клітці",
)
CANARIES = [word for name in (CHILD, GUARDIAN, TEACHER, WORDS) for word in name.split()]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, at DEBUG, by us and by the libraries, through the door that the app uses."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    stream = io.StringIO()
    logs.set_up(stream, "DEBUG")
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    structlog.configure(**kept)
    root.handlers = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


async def a_full_story(house: House, platform: str) -> list[str]:
    """From joining to a step that breaks; returns the secrets of the invitations."""
    invitations = [
        await house.invite(Role.CLASS_TEACHER, TEACHER),
        await house.invite(Role.GUARDIAN, GUARDIAN, child=CHILD),
    ]
    teacher, guardian = house.stranger(platform, TEACHER), house.stranger(platform, GUARDIAN)
    await house.joins(teacher, invitations[0])
    await guardian.opens()
    await guardian.says(invitations[1].code)
    await guardian.presses("Даю згоду", "Мама")
    await guardian.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await guardian.says(WORDS)
    await house.later(minutes=6)
    assert WORDS in teacher.last
    await teacher.presses("Враховано")
    await guardian.sends("photo", WORDS)
    await guardian.sends("forward", WORDS)
    await guardian.says(f"{CHILD} {WORDS}")
    await house.later(minutes=1)
    (house.telegram if platform == "telegram" else house.viber).faults.queue += ["500", "garbage", "429"]
    await guardian.says("/menu")
    await house.later(minutes=1)
    await guardian.says("/menu")
    await guardian.presses("Записи про відсутність", f"Сьогодні · {CHILD}", "Змінити свої слова")
    return [secret for invitation in invitations for secret in invitation]


async def it_breaks(*_given: object) -> None:
    """A step with a mistake that says too much."""
    raise ValueError(f"{CHILD}: {WORDS}")


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_no_name_no_words_and_no_token_is_logged_or_parked(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    house = await House(tmp_path).open()
    try:
        secrets = await a_full_story(house, platform)
        monkeypatch.setattr(told, "_tell", it_breaks)
        [guardian] = [
            person
            for person in (house.telegram.people if platform == "telegram" else house.viber.people).values()
            if person.name == GUARDIAN
        ]
        await guardian.says(WORDS)
        await house.settled()
        parked = await house.facts(lambda db: db.all(select(Parked.key, Parked.turn, Parked.error)))
    finally:
        await house.close()
    written = log.getvalue()
    assert written.count("\n") > 20
    assert "turn.broken" in written
    assert len(parked) == 1
    for canary in [*CANARIES, *secrets, TELEGRAM_TOKEN, VIBER_TOKEN, SECRET, "/file/bot"]:
        assert canary not in written, canary
        assert canary not in str(parked), canary
        assert canary.encode("unicode_escape").decode() not in written, canary
