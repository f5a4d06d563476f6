"""Work apart: what comes back, what is refused, and that neither a crash nor a bomb is felt outside."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import os
import resource
import socket
import sys
import time
from typing import Any

import pytest

from bot.core.bench import Unreadable
from bot.core.workshop import WorkshopFailed, apart

MARK = "klasno-workshop-test"


def shout(text: str, data: bytes, times: int) -> list[Any]:
    print("a library's chatter")
    os.write(1, b"and more of it")
    return [text.upper(), len(data), times]


def doubled(data: bytes) -> bytes:
    return data * 2


def picky(name: str) -> bytes:
    raise Unreadable("«{name}» is no list.", name=name)


def broken(name: str) -> bytes:
    return bytes(int(name))


def odd() -> object:
    return {1, 2}


def greedy() -> int:
    return len(bytearray(900 * 2**20))


def endless(mark: str) -> None:
    while mark:
        pass


def asleep(mark: str) -> None:
    time.sleep(600)


def crash() -> None:
    ctypes.string_at(0)


def chatty() -> bytes:
    return bytes(61 * 2**20)


def deep() -> object:
    """What somebody would say who has taken the process over."""
    data = b"[" * 100_000
    os.write(3, b"j" + len(data).to_bytes(8) + data)
    os._exit(0)


def photo_and_thumb(data: bytes) -> tuple[dict[str, int], bytes, bytes]:
    return {"width": 3}, data, data[:1]


def half_odd() -> tuple[object, ...]:
    return b"photo", {1, 2}


def opens(path: str) -> list[str]:
    """What of the world can be reached."""
    found = []
    for way in (lambda: os.open(path, os.O_RDONLY), socket.socket, os.pipe, lambda: os.listdir("/")):
        try:
            way()
            found.append(path)
        except OSError as error:
            found.append(errno.errorcode[error.errno or 0])
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9))
        found.append("raised")
    except (OSError, ValueError):
        found.append("kept")
    return found


def environment() -> list[str]:
    return sorted(os.environ)


def modules() -> list[str]:
    return sorted(sys.modules)


async def test_values_and_bytes_go_there_and_back() -> None:
    assert await apart(shout, "ялинка", b"\0\xff" * 300_000, 3) == ["ЯЛИНКА", 600_000, 3]
    assert await apart(doubled, b"\xd0\xaf\n" * 1_000_000) == b"\xd0\xaf\n" * 2_000_000


async def test_several_values_come_back_each_as_it_is() -> None:
    told: Any = await apart(photo_and_thumb, b"\xff\xd8")
    assert told == [{"width": 3}, b"\xff\xd8", b"\xff"]
    with pytest.raises(WorkshopFailed, match="TypeError"):
        await apart(half_odd)


async def test_what_is_shut_in_opens_nothing() -> None:
    """Root alone could raise its own limit again, and nobody should run Klasno as root."""
    told = await apart(opens, __file__, shut=True)
    assert told[:4] == ["EMFILE"] * 4
    assert told[4] == "kept" or os.getuid() == 0
    assert (await apart(opens, __file__))[0] == __file__


async def test_a_refusal_comes_back_as_itself() -> None:
    with pytest.raises(Unreadable) as refused:
        await apart(picky, "клас\n3-Б")
    assert refused.value.sentence == "«{name}» is no list."
    assert refused.value.values == {"name": "клас\n3-Б"}


@pytest.mark.parametrize(
    ("function", "args", "why"),
    [
        (broken, ("Оля Коваль",), "ValueError broken:"),
        (odd, (), "TypeError "),
        (greedy, (), "memory"),
        (crash, (), "ended by -11"),
        (chatty, (), "answer too large"),
        (deep, (), "answer unreadable"),
    ],
)
async def test_whatever_breaks_is_named_without_a_value(function: Any, args: Any, why: str) -> None:
    with pytest.raises(WorkshopFailed) as failed:
        await apart(function, *args, megabytes=512)
    assert failed.value.why.startswith(why)
    assert "Оля" not in failed.value.why


@pytest.mark.parametrize("function", [endless, asleep])
async def test_what_takes_too_long_is_killed_and_nobody_waits_for_it(function: Any) -> None:
    ticks = 0

    async def others() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    going = asyncio.ensure_future(others())
    begun = time.monotonic()
    with pytest.raises(WorkshopFailed, match="time"):
        await apart(function, MARK, seconds=0.5)
    assert time.monotonic() - begun < 2
    assert ticks > 20, "the loop stood still meanwhile"
    going.cancel()
    assert not children()


async def test_whoever_waits_no_more_leaves_no_process_behind() -> None:
    work = asyncio.ensure_future(apart(asleep, MARK))
    while not children():  # noqa: ASYNC110 (the kernel tells nobody)
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not children()


async def test_it_is_told_nothing_and_loads_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLASNO_TELEGRAM__TOKEN", "710000001:telegram-token-of-nobody-at-all-0")
    assert await apart(environment) == ["LC_CTYPE", "MALLOC_ARENA_MAX", "RAYON_NUM_THREADS"]
    heavy = {"bot.app", "sqlalchemy", "aiogram", "aiohttp", "pydantic"}
    assert not heavy & set(await apart(modules))


async def test_a_function_that_cannot_be_found_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="cannot be found"):
        await apart(lambda: None)


def children() -> set[str]:
    """Processes that this one has started and that are not gone."""
    return set(open(f"/proc/self/task/{os.getpid()}/children").read().split())
