"""Bytes that several want at once: made one time, kept for a while, and no more of them than there is room for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.core import shares as rules
from bot.core.shares import Shares
from bot.core.store import NotStored, StoreAway


@pytest.fixture
async def shares() -> AsyncIterator[Shares]:
    made = Shares()
    yield made
    await made.close()


class Maker:
    """Makes these bytes, or fails so, and counts."""

    def __init__(self, outcome: bytes | Exception) -> None:
        self.outcome = outcome
        self.made = 0

    async def __call__(self) -> bytes:
        self.made += 1
        await asyncio.sleep(0)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


async def test_whoever_wants_the_same_at_once_shares_it(shares: Shares) -> None:
    make = Maker(b"whole")
    assert await asyncio.gather(*(shares.get(b"a", make) for _one in range(5))) == [b"whole"] * 5
    assert await shares.get(b"a", make) == b"whole"
    assert make.made == 1
    await shares.get(b"b", make)
    assert make.made == 2


async def test_what_is_old_is_made_anew(shares: Shares) -> None:
    make = Maker(b"whole")
    await shares.get(b"a", make, 0.01)
    await asyncio.sleep(0.03)
    assert shares._made == {}, "its room is free without anybody asking"
    await shares.get(b"a", make, 0.01)
    assert make.made == 2


async def test_the_oldest_goes_where_there_is_no_room_for_all(
    shares: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "KEPT_BYTES", 10)
    first, second = Maker(b"123456"), Maker(b"123456")
    await shares.get(b"a", first)
    await shares.get(b"b", second)
    await shares.get(b"b", second)
    assert second.made == 1
    await shares.get(b"a", first)
    assert first.made == 2


@pytest.mark.parametrize(("fault", "tries"), [(NotStored(), 1), (StoreAway("full"), 2)])
async def test_a_fault_is_shared_too_but_what_passes_is_tried_again(
    shares: Shares, fault: Exception, tries: int
) -> None:
    make: Callable[[], Awaitable[bytes]] = Maker(fault)
    for _time in range(2):
        with pytest.raises(type(fault)):
            await shares.get(b"a", make)
    assert isinstance(make, Maker)
    assert make.made == tries
