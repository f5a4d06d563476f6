"""The one door to time, and the one door to work that goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

log = structlog.get_logger()


class Clock:
    """Tells the time. It can be wound, by hand in a test or through a file in the demo."""

    def __init__(self, wound_by: Path | None = None) -> None:
        """wound_by: a file that holds the seconds to add; it is read again when it changes."""
        self._file = wound_by
        self._file_at = -1
        self._ahead = timedelta()

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        if self._file is not None:
            self._look()
        return datetime.now(UTC) + self._ahead

    def wind(self, by: timedelta) -> None:
        """Set this clock ahead (or back)."""
        self._ahead += by

    def _look(self) -> None:
        assert self._file is not None  # noqa: S101 (told to the type checker)
        try:
            changed = self._file.stat().st_mtime_ns
            if changed != self._file_at:
                self._ahead = timedelta(seconds=float(self._file.read_text() or 0))
                self._file_at = changed
        except (OSError, ValueError):
            log.warning("clock.unreadable")


def day_of(moment: datetime, zone: str) -> date:
    """The date that a school's wall calendar shows at this moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def next_hour(now: datetime, zone: str, hour: int) -> datetime:
    """When a wall clock next shows this full hour: once a date, whatever is done to the clock at night.

    An hour that is left out comes when the clock is past it, one that comes twice is the first of the two.
    """
    here = ZoneInfo(zone)
    day = day_of(now, zone)
    while True:
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=here).astimezone(UTC)
        if moment > now:
            return moment
        day += timedelta(days=1)


class Background:
    """Holds tasks that nobody awaits, so that none is lost sight of and all are ended on closing."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Let it run; what it raises is logged under its name."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """End whatever still runs."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("background.failed", task=task.get_name(), error=type(error).__name__)
