"""An outage, or a clock that is set, in the middle of an announcement: nothing lost, nothing twice, nobody woken."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core import sender
from sandbox.wire import Fault
from tests.faults.announced import LETTERS, QUEUED, announces, received
from tests.faults.conftest import Settling
from tests.faults.families import teachers
from tests.faults.rows import number, row, sizes, sound, until
from tests.house import KYIV, Friend, House

pytestmark = pytest.mark.faults
BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
EVENING = datetime(2026, 11, 23, 19, 52, tzinfo=KYIV)
FORGOTTEN = "І візьміть змінне взуття."
STOPPED = "Зупинено: ніхто нічого не отримав."
TOO_LATE = "Зупинити вже пізно"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that tries again sooner than it should, for a test that ends."""
    monkeypatch.setattr(sender, "PAUSES", (0.05, 0.1, 0.2))
    monkeypatch.setattr(sender, "ALARM_PAUSE", 0.2)


async def under_way(house: House, teacher: Friend, many: int) -> None:
    """An announcement of which about a third has gone on Telegram, while Viber has just begun."""
    await announces(teacher.phone, many)
    house.telegram.faults.delay = house.viber.faults.delay = 0.05
    house.telegram.journal.clear()
    house.viber.journal.clear()
    house.clock.wind(timedelta(seconds=11))
    house.app.wake()
    await until(lambda: len(received(house, but=teacher)) >= many // 6, 30)


def cut(house: House, off: bool) -> None:
    """Neither calls nor events come through; or they do again."""
    house.telegram.faults.offline = house.viber.faults.offline = off
    house.viber.callbacks.dark_until = asyncio.get_running_loop().time() + 3600 if off else 0.0


async def go_to(house: House, moment: datetime) -> None:
    house.clock.wind(moment - house.clock.now())
    await house.app.clockwork.tick()


def doubled(came: Counter[str]) -> int:
    return sum(came.values()) - len(came)


@BOTH
@pytest.mark.parametrize("ours", [False, True], ids=["of the network", "of Klasno"])
@pytest.mark.parametrize(
    "lasts", [timedelta(minutes=10), timedelta(hours=25)], ids=["10 minutes", "25 hours"]
)
@sizes(24, 400)
async def test_an_outage_in_the_middle(
    house: House, families: Settling, file: Path, platform: str, ours: bool, lasts: timedelta, many: int
) -> None:
    await families(many)
    phones = await teachers(house.app.database, house.telegram, house.viber)
    teacher = Friend(house, phones[platform == "viber"])
    await go_to(house, EVENING)
    await under_way(house, teacher, many)
    if ours:
        await house.app.stop()
    cut(house, not ours)
    await asyncio.sleep(0.1)  # what is on its way arrives
    before = len(received(house, but=teacher))
    await teacher.phone.presses("Зупинити")
    await teacher.phone.says(FORGOTTEN)
    await asyncio.sleep(0.5)
    house.clock.wind(lasts)
    await asyncio.sleep(1.2)  # whoever tries again finds nobody still, and gives up what is too old
    cut(house, False)
    if ours:
        await house.open_app()
    await house.app.clockwork.tick()
    await house.settled(60)
    woken = len(received(house, but=teacher)) - before
    told, heard = any(TOO_LATE in text for text in teacher.texts), "Що з цим зробити?" in teacher.last
    waits = number(file, QUEUED)
    morning = (house.clock.now() + timedelta(days=1)).astimezone(KYIV).replace(hour=7, minute=0, second=5)
    await go_to(house, morning)
    await until(lambda: number(file, QUEUED) == 0, 60)
    await house.settled(60)
    came = received(house, but=teacher)
    short = lasts < timedelta(hours=1)
    row(
        "R10 an outage in the middle of an announcement",
        len(came) == many
        and not doubled(came)
        and not woken
        and waits == many - before
        and told == (short and platform == "viber")  # a tap on Telegram is kept for 150 seconds
        and heard == short
        and not any(STOPPED in text for text in teacher.texts)
        and sound(file),
        outage="Klasno" if ours else "network",
        minutes=int(lasts.total_seconds() / 60),
        teacher=platform,
        recipients=many,
        before=before,
        lost=many - len(came),
        doubled=doubled(came),
        woken=woken,
        press_answered=int(told),
        words_heard=int(heard),
    )


@pytest.mark.parametrize(
    ("fault", "sure"), [("500", True), ("reset_after", False), ("late", False)], ids=["500", "cut", "late"]
)
async def test_stop_tells_the_truth(
    house: House,
    families: Settling,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    sure: bool,
) -> None:
    """Where it is sure that nobody has it, it is stopped; where somebody may have it, nobody says that nobody does."""
    many = 12
    monkeypatch.setattr(sender, "PAUSES", (2.0,))
    await families(many)
    teacher = Friend(house, (await teachers(house.app.database, house.telegram, house.viber))[0])
    await announces(teacher.phone, many)
    for messenger in (house.telegram, house.viber):
        messenger.journal.clear()
        messenger.faults.only = frozenset({"sendMessage", "send_message", "broadcast_message"})
        messenger.faults.hold = 3.0
        messenger.faults.rate, messenger.faults.kinds = 1.0, (fault,)
    house.clock.wind(timedelta(seconds=11))
    house.app.wake()
    tried = f"{LETTERS} AND attempts > 0"
    await until(
        lambda: number(file, tried) == many or (not sure and number(file, f"{LETTERS} AND unsure") > 0), 10
    )
    await teacher.phone.presses("Зупинити")
    await teacher.phone.changes.until(
        lambda: any(STOPPED in text or TOO_LATE in text for text in teacher.texts), 20, "an answer"
    )
    for messenger in (house.telegram, house.viber):
        messenger.faults.rate = 0.0
    await house.later(minutes=1)
    await until(lambda: number(file, QUEUED) == 0, 30)
    await house.settled(30)
    said_none = any(STOPPED in text for text in teacher.texts)
    came = received(house, but=teacher)
    row(
        "R10 what «stop» says",
        said_none == sure and (len(came) == 0 if said_none else len(came) == many),
        fault=fault,
        said_that_nobody_has_it=int(said_none),
        have_it=len(came),
    )


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(hours=-1), timedelta(days=-1)], ids=str)
@sizes(24, 400)
async def test_the_clock_is_set_in_the_middle(
    house: House, families: Settling, file: Path, jump: timedelta, many: int
) -> None:
    """And then set right again: what was planned for tomorrow at eight has gone once, when it first was eight."""
    await families(many)
    teacher = Friend(house, (await teachers(house.app.database, house.telegram, house.viber))[0])
    planned = "Завтра контрольна робота."
    await teacher.says(planned)
    await teacher.presses("📣 Оголосити", "Коли", "Завтра о 8:00", "Переглянути й надіслати")
    await teacher.presses(f"Запланувати: {many}")
    await under_way(house, teacher, many)
    house.telegram.faults.queue += ["500"] * 3  # they are put off, by the clock of that moment
    before = len(received(house, but=teacher))
    house.clock.wind(jump)
    await house.app.clockwork.tick()
    late = await until(lambda: len(received(house, but=teacher)) == many, 30)
    await until(lambda: number(file, QUEUED) == 0, 30)
    await house.settled(60)
    early = len(received(house, planned, but=teacher))
    await house.app.stop()  # what has been put off is read anew, by the clock as it is now
    house.clock.wind(-jump)
    await house.open_app()
    await house.later(seconds=1)
    at_eight = datetime(2026, 11, 24, 8, 0, 1, tzinfo=KYIV)
    for day in range(2):
        await go_to(house, at_eight + timedelta(days=day))
        await until(lambda: number(file, QUEUED) == 0, 30)
        await house.settled(60)
    came, then = received(house, but=teacher), received(house, planned, but=teacher)
    row(
        "R16 the clock is set in the middle of an announcement",
        len(came) == len(then) == many
        and not doubled(came)
        and not doubled(then)
        and early == (many if jump > timedelta() else 0)
        and late <= 2.0 + many * 0.05
        and sound(file),
        jump_hours=jump.total_seconds() / 3600,
        recipients=many,
        before=before,
        lost=2 * many - len(came) - len(then),
        doubled=doubled(came) + doubled(then),
        planned_gone_with_the_jump=early,
        rest_out_s=round(late, 2),
    )
