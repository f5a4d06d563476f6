"""The workshop: work done apart, in a short-lived process of its own, so that it can neither block nor harm us.

For papers, whose making takes long, and for strangers' files, which may be made to break whoever reads them. The
process gets its arguments and nothing else: no environment, no secrets, no open files, no folder of ours.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from bot.core.bench import Unreadable, framed, unframed

T = TypeVar("T")

SECONDS = 20.0
MEGABYTES = 768
AT_ONCE = 2
"""Processes at one moment; others wait for their turn."""
ANSWER_BYTES = 60 * 2**20
JSON_BYTES = 4 * 2**20
"""What is read of an answer that is not a file; parsing it holds up everybody for some 40 ms at most."""
SENTENCE, VALUE = 300, 200
"""Signs of a refusal that are taken from a process that a bad file may have taken over."""

_ROOT = str(Path(__file__).resolve().parents[2])
_BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from bot.core.bench import main; main()"
_ALONE = ("-I", "-S", "-X", "utf8")
"""Python without environment, home folder and the venv's start-up files; its path is given by us."""
_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "2"}
"""Threads reserve address space, which is what the limit on memory counts."""


class WorkshopFailed(Exception):
    """The work broke, or took more time or memory than it may: `why` names it without a value."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def apart(
    function: Callable[..., T],
    *args: object,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    shut: bool = False,
) -> T:
    """Call a function in a process of its own and return what it returns.

    function: of a module, importable by its name. args, and what it returns: JSON values or bytes, or a tuple of such,
    which comes back as a list. seconds, megabytes: what it may take; it is killed beyond. shut: whether it can open
    no file and no connection, once its module is imported: for what is read by a library written in C.
    Raises Unreadable if the function does, and WorkshopFailed if it breaks or is killed.
    """
    order = {"function": name_of(function), "seconds": seconds, "megabytes": megabytes, "shut": shut}
    request = b"".join(map(framed, (order, *args)))
    async with _room():
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *_ALONE,
            "-c",
            _BEGIN,
            *_paths(),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(seconds):
                answer = await _talk(child, request)
                await child.wait()
        except TimeoutError:
            raise WorkshopFailed("time") from None
        finally:
            await _end(child)
    result: T = _result(answer, child.returncode)
    return result


def name_of(function: Callable[..., Any]) -> str:
    """The name by which the other process finds a function; ValueError for one inside of another."""
    if "<" in function.__qualname__:
        raise ValueError(f"{function.__qualname__} cannot be found by its name")
    return f"{function.__module__}:{function.__qualname__}"


def _paths() -> list[str]:
    """Where the other process finds modules: where this one does."""
    return [_ROOT, *(os.path.abspath(place) for place in sys.path if place)]


async def _talk(child: Process, request: bytes) -> bytes:
    """Give the process its work, and read its answer while it goes in."""
    assert child.stdin is not None  # noqa: S101 (told to the type checker)
    assert child.stdout is not None  # noqa: S101 (likewise)
    feeding = asyncio.ensure_future(_feed(child.stdin, request))
    answer = bytearray()
    try:
        while chunk := await child.stdout.read(2**18):
            answer += chunk
            if len(answer) > ANSWER_BYTES:
                raise WorkshopFailed("answer too large")
    finally:
        feeding.cancel()
    return bytes(answer)


async def _feed(pipe: asyncio.StreamWriter, request: bytes) -> None:
    try:
        pipe.write(request)
        await pipe.drain()
        pipe.close()
    except ConnectionError:  # it ended before it had read everything, and its answer says why
        return


async def _end(child: Process) -> None:
    """Leave no process behind, however this ended."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _result(answer: bytes, code: int | None) -> Any:
    """The function's value out of what the process said, which may be anything."""
    if code in (-signal.SIGXCPU, -signal.SIGALRM):
        raise WorkshopFailed("time")
    if code != 0:
        raise WorkshopFailed(f"ended by {code}")
    try:
        match list(unframed(answer, JSON_BYTES)):
            case [["done"], value]:
                return value
            case [["several"], *values]:
                return values
            case [["unreadable", str(sentence), dict(values)]]:
                raise Unreadable(sentence[:SENTENCE], **_plain(values))
            case [["failed", str(why)]]:
                raise WorkshopFailed(why[:80])
    except (ValueError, RecursionError):
        pass
    raise WorkshopFailed("answer unreadable")


def _plain(values: dict[str, Any]) -> dict[str, str | int]:
    return {
        name: value if isinstance(value, int) else str(value)[:VALUE]
        for name, value in values.items()
        if isinstance(value, int | str)
    }


_rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _room() -> asyncio.Semaphore:
    """The places of this loop."""
    return _rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
