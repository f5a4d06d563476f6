"""The workshop's other end: runs one function in a process of its own, within limits, and says what came of it.

Imports next to nothing, since it is started for each piece of work (see workshop.py). What goes over the pipes either
way is JSON and bytes, never pickle: whoever takes this process over by a bad file can only lie about its result.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

_HEAD = 9
"""Bytes before a value: its sort, and its length."""


class Unreadable(Exception):
    """The function refuses its material, such as a file that is none: a sentence marked with N_, and what fills it."""

    def __init__(self, sentence: str, /, **values: str | int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values


def framed(value: object) -> bytes:
    """A JSON value or bytes as they go over a pipe; TypeError or ValueError for anything else."""
    raw = isinstance(value, bytes)
    data = value if isinstance(value, bytes) else json.dumps(value, allow_nan=False).encode()
    return (b"b" if raw else b"j") + len(data).to_bytes(_HEAD - 1) + data


def unframed(wire: bytes, longest_json: int) -> Iterator[Any]:
    """What `framed` made of values, one after another; ValueError or RecursionError if it did not."""
    place = 0
    while place < len(wire):
        sort, begin = wire[place : place + 1], place + _HEAD
        place = begin + int.from_bytes(wire[place + 1 : begin])
        if place > len(wire) or (sort == b"j" and place - begin > longest_json):
            raise ValueError("cut off, or too long")
        data = wire[begin:place]
        yield data if sort == b"b" else json.loads(data)


def main() -> None:
    """Read what is to be done, do it, and write what came of it."""
    out = _quiet()
    order, *args = unframed(sys.stdin.buffer.read(), sys.maxsize)
    _limit(order["seconds"], order["megabytes"])
    out.write(b"".join(map(framed, _outcome(order["function"], args, shut=order["shut"]))))
    out.flush()


def _outcome(name: str, args: list[Any], *, shut: bool) -> list[object]:
    """What came of it, as [fate, value]; of a tuple, as [fate, value, value, …]."""
    try:
        function = _found(name)
        if shut:
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        result = function(*args)
        done: list[object] = [["several"], *result] if isinstance(result, tuple) else [["done"], result]
        for value in done:
            framed(value)
    except Unreadable as refusal:
        return [["unreadable", refusal.sentence, refusal.values]]
    except MemoryError:
        return [["failed", "memory"]]
    except Exception as error:  # noqa: BLE001 (whatever it is: it is told by its name and place, without a value)
        return [["failed", f"{type(error).__name__} {_place(error)}"]]
    return done


def _found(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"


def _quiet() -> BinaryIO:
    """Our way out; whatever else the function or a library prints goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return out


def _limit(seconds: float, megabytes: int) -> None:
    """Bind this process before it sees a stranger's byte, also for the case that nobody is there to kill it."""
    whole, size = math.ceil(seconds), megabytes * 2**20
    signal.alarm(whole + 1)
    limits = {
        resource.RLIMIT_CPU: (whole, whole + 1),
        resource.RLIMIT_FSIZE: (size, size),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_AS: (size, size),
    }
    for limit, most in limits.items():
        try:
            resource.setrlimit(limit, most)
        except ValueError:  # a limit below ours is set already, or macOS, which knows no RLIMIT_AS
            continue
