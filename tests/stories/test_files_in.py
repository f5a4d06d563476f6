"""A file comes in: asked for by a screen, fetched and read outside of any turn, and its effect is there once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from sqlalchemy import select, update

from bot.core.errands import AT_ONCE, TRIES
from bot.core.meaning import FILE_BYTES
from models.base import Base
from models.chat import Chat
from models.database import Db
from models.errand import Errand
from sandbox.viber.phone import ViberPhone
from sandbox.wire import Fault, Faults
from tests.databases import both_databases
from tests.house import TELEGRAM_TOKEN, House
from tests.stories.sheets import asked, keep, taken, waiting

pytestmark = pytest.mark.usefixtures("with_sheets")
BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
ASKS = "Надішліть список."
READING = "Читаємо файл. Хвилинку."
TOO_LARGE = "Файл завеликий: тут можна прочитати щонайбільше 2 МБ."
GONE = "Файл уже не можна отримати. Надішліть його, будь ласка, ще раз."
UNREADABLE = "Цей файл не читається."
NAMES = "Леся Шевченко\nПетро Ющенко\n".encode()
READ = ["діти.txt", "Леся Шевченко", "Петро Ющенко"]


def fetches(house: House) -> int:
    """How often anything was asked of either messenger about a file."""
    calls = [*house.telegram.journal, *house.viber.journal]
    return sum(call.method in ("getFile", "file", "media") for call in calls)


def faults_of(house: House, platform: str) -> Faults:
    """The mischief of a messenger, which from now on is about files alone."""
    faults = house.telegram.faults if platform == "telegram" else house.viber.faults
    faults.only, faults.hold = frozenset({"getFile", "file", "media"}), 0.02
    return faults


@contextmanager
def out_of_reach(house: House, platform: str) -> Iterator[None]:
    """Within, no file can be fetched."""
    faults = faults_of(house, platform)
    faults.rate, faults.kinds = 1.0, ("500",)
    yield
    faults.rate = 0.0


@BOTH
@both_databases
async def test_a_file_is_fetched_and_read_and_its_effect_is_there(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    before = len(teacher.texts)
    await teacher.sends_file("діти.txt", NAMES)
    assert teacher.last == "3-Б: 2"
    assert taken == [READ]
    assert await waiting(house) == 0
    below = [f"{READING}\n\n{ASKS}", "3-Б: 2"] if platform == "viber" else ["3-Б: 2"]  # or in its place
    assert teacher.texts[before:] == below
    await teacher.presses("Ще раз")
    assert teacher.last == ASKS


@BOTH
async def test_what_nobody_asked_for_is_not_fetched(house: House, platform: str) -> None:
    guardian = await house.guardian(platform, "Ігор", "Оля Коваль")
    await guardian.sends_file("діти.txt", NAMES)
    assert guardian.last.startswith("Тут файл не потрібен.")
    stranger = await house.stranger(platform).opens()
    chat = (await house.chat(stranger)).id
    takes = update(Chat).where(Chat.id == chat).values(takes=keep("3-Б").packed())
    await house.app.database.write(lambda db: db.run(takes))
    await stranger.sends_file("діти.txt", NAMES)
    assert "Вхід за запрошенням" in stranger.last
    assert (fetches(house), taken, await waiting(house)) == (0, [], 0)


@BOTH
async def test_other_things_are_told_how_a_file_is_sent(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    for kind in ("photo", "voice", "sticker"):
        await teacher.sends(kind)
        assert "Надішліть, будь ласка, файлом: 📎, далі «Файл»." in teacher.last, kind
        assert ASKS in teacher.last
    await teacher.says("Леся Шевченко")
    assert "Цього бот не розуміє. Надішліть, будь ласка, файлом" in teacher.last
    await teacher.sends("document", "ось він")  # on Telegram with a caption, which goes with its file
    assert UNREADABLE in teacher.last or platform == "viber"


@BOTH
@pytest.mark.parametrize("size", [FILE_BYTES + 1, 20 * 2**20])
async def test_a_large_file_is_refused_before_it_is_fetched(house: House, platform: str, size: int) -> None:
    teacher = await asked(house, platform)
    await teacher.sends_file("діти.xlsx", bytes(size))
    assert teacher.last == f"{TOO_LARGE}\n\n{ASKS}"
    assert fetches(house) == 0


@BOTH
async def test_a_file_that_is_larger_than_was_told_is_refused_too(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    if isinstance(teacher.phone, ViberPhone):
        await teacher.phone.sends_file("діти.xlsx", bytes(20 * 2**20), told=9)
    else:
        await teacher.phone.sends_file("діти.xlsx", bytes(9))
        next(iter(house.telegram.files.by_id.values())).data = bytes(20 * 2**20)
    await house.settled()
    assert teacher.last == f"{TOO_LARGE}\n\n{ASKS}"
    assert taken == []


@BOTH
@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"die", b""], ids=["refused", "killed", "empty"])
async def test_what_cannot_be_read_changes_nothing(house: House, platform: str, data: bytes) -> None:
    teacher = await asked(house, platform)
    await teacher.sends_file("діти.txt", data)
    if data:
        assert teacher.last.startswith(UNREADABLE)
        assert ASKS in teacher.last
        assert taken == []
    else:
        assert taken == [["діти.txt"]]
    await teacher.says("/sheet")
    await teacher.sends_file("діти.txt", NAMES)
    assert taken[-1] == READ


@BOTH
async def test_a_step_that_refuses_says_so(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    await teacher.sends_file("діти.txt", b"sorry")
    assert teacher.last.startswith("Цього класу вже немає.\n\n3-Б · сьогодні")
    assert (taken, await waiting(house)) == ([], 0)


@BOTH
async def test_however_the_messenger_fails_it_is_done_in_the_end_and_once(
    house: House, platform: str
) -> None:
    teacher = await asked(house, platform)
    faults = faults_of(house, platform)
    faults.queue = [*(fault for fault in get_args(Fault) if fault != "late"), "late"]
    await teacher.sends_file("діти.txt", NAMES)
    tries = 0
    while await waiting(house):
        tries += 1
        await house.later(seconds=61)
    assert taken == [READ]
    assert not faults.queue
    assert 5 <= tries <= 9
    assert teacher.last.startswith("3-Б: 2")


@BOTH
async def test_a_messenger_that_stays_away_is_given_up_after_ten_minutes(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    with out_of_reach(house, platform):
        await teacher.sends_file("діти.txt", NAMES)
        await house.later(minutes=9)
        assert READING in teacher.last
        await house.later(minutes=2)
    assert teacher.last.startswith("Файл не вдалося отримати: месенджер зараз його не віддає.")
    await house.later(minutes=2)
    assert (taken, await waiting(house)) == ([], 0)


@BOTH
async def test_a_file_that_is_gone_is_asked_for_again(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    with out_of_reach(house, platform):
        await teacher.sends_file("діти.txt", NAMES)
    house.telegram.files.by_path.clear()
    await house.later(minutes=61)  # which Viber's address does not live to see
    assert teacher.last.startswith(GONE)
    assert (taken, await waiting(house)) == ([], 0)


@BOTH
@both_databases
@pytest.mark.parametrize("moment", ["fetching", "reading", "handing over"])
async def test_killed_at_any_moment_it_is_done_once(
    house: House, platform: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await asked(house, platform)
    there, never = asyncio.Event(), asyncio.Event()

    async def stands_still(*_: Any) -> Any:
        there.set()
        await never.wait()

    def loses(*_: Any) -> None:
        there.set()

    with monkeypatch.context() as patch:
        if moment == "fetching":
            patch.setattr(house.app.platforms[platform], "fetch", stands_still)
        elif moment == "reading":
            patch.setattr("bot.core.errands.apart", stands_still)
        else:
            patch.setattr(house.app.errands, "_hand_over", loses)
        await teacher.phone.sends_file("діти.txt", NAMES)
        await there.wait()
        await house.app.stop()
    await house.open_app()
    await house.settled()
    assert taken == [READ]
    assert teacher.last == "3-Б: 2"
    assert await waiting(house) == 0
    await house.later(minutes=1)
    assert teacher.texts.count("3-Б: 2") == 1


@BOTH
async def test_a_second_file_takes_the_place_of_the_first(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    with out_of_reach(house, platform):
        await teacher.sends_file("старі.txt", b"old")
        await teacher.sends_file("діти.txt", NAMES)
        assert await waiting(house) == 1
    await house.later(seconds=5)
    assert taken == [READ]


@BOTH
async def test_who_went_elsewhere_gets_it_below(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    with out_of_reach(house, platform):
        await teacher.sends_file("діти.txt", NAMES)
        await teacher.presses("Назад")
    home = teacher.last
    await house.later(seconds=5)
    assert teacher.texts[-2:] == [home, "3-Б: 2"]
    await teacher.presses("Ще раз")
    assert teacher.last == ASKS


async def test_who_waited_long_hears_of_it(house: House) -> None:
    """On Telegram, where a message that is changed makes no sound."""
    teacher = await asked(house, "telegram")
    with out_of_reach(house, "telegram"):
        await teacher.sends_file("діти.txt", NAMES)
    await house.later(seconds=31)
    assert teacher.texts[-2:] == [f"{READING}\n\n{ASKS}", "3-Б: 2"]


@BOTH
async def test_for_whoever_blocked_the_bot_nothing_is_done(house: House, platform: str) -> None:
    teacher = await asked(house, platform)
    with out_of_reach(house, platform):
        await teacher.sends_file("діти.txt", NAMES)
        await teacher.blocks()
    await house.later(seconds=5)
    assert (taken, await waiting(house)) == ([], 0)
    await teacher.unblocks()
    await teacher.says("/sheet")
    await teacher.sends_file("діти.txt", NAMES)
    assert taken == [READ]


@BOTH
async def test_two_at_once_and_one_a_chat(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teachers = [await asked(house, platform)]
    for number in range(4):
        teachers.append(await (await house.teacher(platform, f"Вчителька {number}")).says("/sheet"))
    messenger: Any = house.app.platforms[platform]
    fetch, at_once, most, full = messenger.fetch, 0, 0, asyncio.Event()

    async def counted(ref: str, size: int) -> bytes:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        if at_once == AT_ONCE:
            full.set()
        await full.wait()
        try:
            data: bytes = await fetch(ref, size)
        finally:
            at_once -= 1
        return data

    monkeypatch.setattr(messenger, "fetch", counted)
    for teacher in teachers:
        await teacher.phone.sends_file("діти.txt", NAMES)
    await house.settled(30)
    assert len(taken) == len(teachers)
    assert most == AT_ONCE


async def test_what_kills_us_does_not_do_so_for_ever(house: House) -> None:
    teacher = await asked(house, "telegram")
    with out_of_reach(house, "telegram"):
        await teacher.sends_file("діти.txt", NAMES)
        await house.app.database.write(lambda db: db.run(update(Errand).values(attempts=TRIES)))
    before = fetches(house)
    await house.later(seconds=5)
    assert teacher.last.startswith(UNREADABLE)
    assert (fetches(house), taken, await waiting(house)) == (before, [], 0)


async def test_an_errand_of_yesterday_is_dropped(house: House) -> None:
    teacher = await asked(house, "telegram")
    with out_of_reach(house, "telegram"):
        await teacher.sends_file("діти.txt", NAMES)
        house.app.telegram, house.app.errands._messengers = None, {}  # Telegram is switched off
        await house.later(hours=25)
        assert await waiting(house) == 0
    assert taken == []


async def _everything(db: Db) -> str:
    rows = [await db.all(select(table)) for table in Base.metadata.sorted_tables]
    return str(rows)


@BOTH
async def test_of_a_file_nothing_is_told(
    house: House, platform: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """T7: Telegram's address of a file holds the token. T15: neither its name nor what is in it is logged."""
    caplog.set_level("DEBUG")
    teacher = await asked(house, platform)
    faults_of(house, platform).queue = ["500", "garbage"]
    await teacher.sends_file("канарка.txt", "Канарейченко".encode())
    await house.later(seconds=5)
    await teacher.says("/sheet")
    await teacher.sends_file("канарка.txt", b"\xff")
    logged = "".join(capsys.readouterr()) + caplog.text
    sent = json.dumps([call.params for call in (*house.telegram.journal, *house.viber.journal)])
    kept = await house.facts(_everything)
    assert "errand" in logged
    assert not [one for one in ("канарка", "Канарейченко", TELEGRAM_TOKEN) if one in logged]
    assert not [one for one in ("/file/bot", TELEGRAM_TOKEN) if one in logged + sent + kept]
