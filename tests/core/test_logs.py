"""Logs: JSON where no person watches, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.core import logs

TELEGRAM = "710000001:AAE-telegram_token-of-nobody-at-all0"
VIBER = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
HEX = "4f5a6b7c8d9e0f1a-4f5a6b7c8d9e0f1a-4f5a6b7c8d9e0f1a"


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Where the logs go now; afterwards everything is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = getattr(request, "param", io.StringIO)()
    structlog.reset_defaults()
    logs.set_up(stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_off_a_terminal_each_line_is_json_in_its_own_letters(written: io.StringIO) -> None:
    structlog.get_logger().info("turn", step="home.show", flood=False)
    logging.getLogger("aiohttp.server").error("broken: %s", 7)
    ours, theirs = lines(written)
    assert (ours["event"], ours["step"], ours["flood"], ours["level"]) == ("turn", "home.show", False, "info")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("broken: 7", "error")


@pytest.mark.parametrize("written", [Terminal], indirect=True)
def test_on_a_terminal_it_is_made_for_reading(written: io.StringIO) -> None:
    structlog.get_logger().info("turn", step="home.show")
    assert "turn" in written.getvalue()
    assert "{" not in written.getvalue()


@pytest.mark.parametrize(
    "secret",
    [
        *(TELEGRAM, VIBER, HEX, f"https://api.telegram.org/file/bot{TELEGRAM}/photos/1.jpg"),
        f"https://klasno.example/files/{'WzEsMTc2_' * 9}-x/klasno.jpg",
    ],
)
def test_no_secret_is_written_wherever_it_stands(written: io.StringIO, secret: str) -> None:
    log = structlog.get_logger()
    log.error("messenger.alarm", why=f"GET {secret} failed", causes=[secret], by={"url": secret})
    log.error(f"GET {secret}")
    logging.getLogger("aiogram").error("Failed: %s", secret)
    logging.getLogger(secret).error("x")
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("broken")
        logging.getLogger("aiohttp").exception("broken too")
    assert secret.rsplit("/", 1)[0] not in written.getvalue()
    assert TELEGRAM not in written.getvalue()
    assert len(lines(written)) == 6


def test_a_librarys_chatter_is_not_heard(written: io.StringIO) -> None:
    logging.getLogger("aiogram.event").info("Update id=1 is handled")
    logging.getLogger("aiosqlite").debug("SELECT name")
    logging.getLogger("viber.bot.api").error("text of a message")
    assert written.getvalue() == ""
