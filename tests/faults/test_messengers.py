"""The messengers fail: a fifth of all calls, the token, people who leave."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.core import sender
from bot.core.posting import post
from bot.core.turn import Turn
from bot.telegram import client as telegram_client
from bot.viber.platform import Viber
from handlers import home
from sandbox.wire import ACCEPTED, Call
from tests.faults.conftest import Settling, Writing
from tests.faults.families import copies, letter_of
from tests.faults.rows import SEED, number, row, sizes, sound, sql, until
from tests.house import House

pytestmark = pytest.mark.faults
READERS = 20
QUEUED = "SELECT count(*) FROM letter WHERE state = 'queued'"
SLOW = 1.0
"""Seconds after which the bot gives a call up."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that waits less long than it should, for a test that ends."""
    monkeypatch.setattr(sender, "PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr(sender, "ALARM_PAUSE", 0.3)
    monkeypatch.setattr(telegram_client, "TIMEOUT", SLOW)
    assert Viber.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Viber.__init__.__kwdefaults__, "timeout", SLOW)


async def _until_sent(house: House, file: Path, seconds: float = 60.0) -> None:
    await until(lambda: number(file, QUEUED) == 0, seconds)
    await house.settled()


def _calls_while_told_to_wait(calls: list[Call], retry_after: float) -> int:
    """Calls that came although a 429 had forbidden them, those aside that were on their way when it was said."""
    forbidden = [call.at for call in calls if call.fault == "429"]
    return sum(any(said + 0.2 < call.at < said + retry_after - 0.05 for said in forbidden) for call in calls)


@sizes(100, 1500)
async def test_a_fifth_of_all_calls_fails(
    house: House, families: Settling, letters: Writing, file: Path, many: int
) -> None:
    readers = await families(READERS)
    for messenger in (house.telegram, house.viber):
        messenger.faults.seed, messenger.faults.hold = SEED, 2 * SLOW
        messenger.faults.__post_init__()
        messenger.faults.rate = 0.2
    begun = time.monotonic()
    await letters(readers, many)
    await _until_sent(house, file, 240)
    seconds = time.monotonic() - begun
    for messenger in (house.telegram, house.viber):
        messenger.faults.rate = 0.0
    taken = copies(house.telegram, house.viber)
    sending = [
        [call for call in house.telegram.journal if call.method == "sendMessage"],
        [call for call in house.viber.journal if call.method == "send_message"],
    ]
    unanswered = sum(call.ok and call.fault in ACCEPTED for calls in sending for call in calls)
    extra = sum(taken.values()) - len(taken)
    marked = sum("↻" in call.params.get("text", "") for calls in sending for call in calls if call.ok)
    ended = number(file, "SELECT count(*) FROM letter WHERE state = 'sent' AND turn = 'letters'")
    early = _calls_while_told_to_wait(sending[0], 1.0)
    row(
        "R3 a fifth of the calls fail",
        ended == len(taken) == many and extra <= unanswered and not early and sound(file),
        letters=many,
        calls=sum(map(len, sending)),
        failed=sum(call.fault is not None for calls in sending for call in calls),
        lost=many - len(taken),
        extra_copies=extra,
        accepted_but_unanswered=unanswered,
        marked_as_repeated=marked,
        calls_during_retry_after=early,
        seconds=round(seconds, 1),
    )


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_a_revoked_token_keeps_the_letters(
    house: House, families: Settling, letters: Writing, file: Path, platform: str
) -> None:
    readers = await families(READERS)
    messenger = house.telegram if platform == "telegram" else house.viber
    token, messenger.token = messenger.token, "1:another-token-of-nobody-at-all-00000000"
    begun = time.monotonic()
    await letters(readers, 2 * READERS)
    health = await house.get("/healthz")
    while platform not in health["troubles"] and time.monotonic() - begun < 10:
        await asyncio.sleep(0.02)
        health = await house.get("/healthz")
    alarmed = time.monotonic() - begun
    await asyncio.sleep(1.0)
    refused = number(file, "SELECT count(*) FROM letter WHERE state IN ('refused', 'gone')")
    waiting = number(file, QUEUED)
    messenger.token = token
    await _until_sent(house, file)
    health = await house.get("/healthz")
    taken = copies(house.telegram, house.viber)
    row(
        f"R27 token revoked, {platform}",
        alarmed < 5
        and not refused
        and waiting == READERS
        and len(taken) == 2 * READERS
        and not health["troubles"]
        and sum(taken.values()) == len(taken),
        alarm_s=round(alarmed, 2),
        refused=refused,
        waiting=waiting,
        lost=2 * READERS - len(taken),
        doubled=sum(taken.values()) - len(taken),
        troubles_afterwards=len(health["troubles"]),
    )


def _unreachable(file: Path) -> set[object]:
    return {chat for (chat,) in sql(file, "SELECT id FROM chat WHERE NOT reachable")}


async def test_whoever_left_is_called_once_and_comes_back(
    house: House, families: Settling, letters: Writing, file: Path
) -> None:
    readers = await families(40)
    left = readers[::10] + readers[1::10]
    for one in left:  # so quietly that the bot is not told
        if one.phone.platform == "telegram":
            one.phone._blocked = True
        else:
            one.phone.user.subscribed = False  # type: ignore[union-attr]  # as above
    await letters(readers, 4 * len(readers))
    await _until_sent(house, file)
    people = [int(str(person)) for (person,) in sql(file, "SELECT person_id FROM guardian")]

    async def announce(turn: Turn) -> None:
        await post(turn, people, home.show())

    await house.app.turns.unasked(announce)
    house.app.wake()
    await _until_sent(house, file)
    chats = {one.chat: one.phone.address for one in left}
    tried = [
        str(call.params.get("chat_id") or call.params.get("receiver"))
        for messenger in (house.telegram, house.viber)
        for call in messenger.journal
        if call.method in ("sendMessage", "send_message")
    ]
    most = max(tried.count(address) for address in chats.values())
    unreachable = len(_unreachable(file))
    right = len(chats.keys() & _unreachable(file))
    for one in left:
        await one.phone.unblocks()
        await one.comes()
    await house.settled()
    back = len(chats.keys() - _unreachable(file))
    others = len(
        {letter for letter in map(letter_of, house.telegram.journal + house.viber.journal) if letter}
    )
    row(
        "R28 blocked and unsubscribed",
        most <= 1 and unreachable == right == len(left) == back,
        left=len(left),
        most_calls_to_one=most,
        marked_unreachable=unreachable,
        rightly=right,
        back=back,
        letters_taken=others,
    )
