"""Rows of the fault table: one JSON line each, and the sizes of a quick and of a long run."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SEED = int(os.environ.get("KLASNO_SEED", "7"))
"""What all dice of the fault tests start from."""


def row(id: str, passed: bool, **figures: int | float | str | dict[str, float]) -> None:
    """Print a row and fail the test if it has not passed."""
    line = json.dumps({"id": id, "seed": SEED, **figures, "pass": passed}, ensure_ascii=False)
    print(f"\n{line}", flush=True)
    assert passed, line


def sizes(quick: int, long: int) -> pytest.MarkDecorator:
    """Run a test with `many` of a small number, and in `make faults` of a large one as well."""
    return pytest.mark.parametrize("many", [quick, pytest.param(long, marks=pytest.mark.slow)])


def percentile(times: list[float], part: float) -> float:
    """The time that this part of all times does not exceed, in milliseconds."""
    ordered = sorted(times)
    return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * part))], 1)


async def until(true: Callable[[], bool], seconds: float = 60.0) -> float:
    """Look again and again until it is true or the time is over; returns the seconds that it took."""
    begun = time.monotonic()
    while not true() and time.monotonic() - begun < seconds:  # noqa: ASYNC110 (a file has no event to wait for)
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


def sql(file: Path, ask: str) -> list[tuple[object, ...]]:
    """Ask an SQLite file itself, past the app."""
    with sqlite3.connect(file, timeout=10) as connection:
        found: list[tuple[object, ...]] = connection.execute(ask).fetchall()
    connection.close()
    return found


def number(file: Path, ask: str) -> int:
    """The one number that the question has as its answer."""
    found = sql(file, ask)[0][0]
    assert isinstance(found, int)
    return found


def sound(file: Path) -> bool:
    """Whether SQLite finds its file whole and every reference kept."""
    return sql(file, "PRAGMA integrity_check") == [("ok",)] and not sql(file, "PRAGMA foreign_key_check")
