"""The sender over a real database: pace, order, what goes first, and what becomes of a letter."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.core import handing, outbox
from bot.core import sender as rules
from bot.core.clock import Clock
from bot.core.doubt import Doubt
from bot.core.errors import Gone, Later, Misconfigured, Refused
from bot.core.outbox import Delivered, Parcel
from bot.core.pace import Pace
from bot.core.paper import Printed
from bot.core.sender import Sender
from bot.core.together import Together
from models.chat import Chat
from models.database import Database, Db
from models.errors import NotYours
from models.letter import Kind, Letter, State
from tests.databases import both_databases


class NoCards:
    """Letters here have words of their own."""

    async def show(self, parcel: Parcel) -> bool:
        raise AssertionError(parcel)


class NoFiles:
    """No letter here holds a file; see tests/stories/test_files_out.py."""

    async def warm(self, parcel: Parcel) -> None:
        raise AssertionError(parcel)

    async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
        raise AssertionError(parcel)


Answer = Callable[[Parcel], Awaitable[Delivered]]


@dataclass
class Post:
    """A messenger that writes down when it was handed what; `answer` says how it takes it."""

    name: str = "telegram"
    pace: Pace = field(default_factory=Pace)
    together: Together | None = None
    answer: Answer | None = None
    calls: list[tuple[float, Parcel]] = field(default_factory=list)
    flying: int = 0
    most: int = 0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def deliver(self, parcel: Parcel) -> Delivered:
        self.calls.append((asyncio.get_running_loop().time(), parcel))
        self.flying += 1
        self.most = max(self.most, self.flying)
        await self._tell()
        try:
            return await self.answer(parcel) if self.answer else Delivered(str(parcel.id))
        finally:
            self.flying -= 1
            await self._tell()

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def until(self, true: Callable[[], bool], seconds: float = 8.0) -> None:
        async with asyncio.timeout(seconds), self.news:
            await self.news.wait_for(true)

    @property
    def ids(self) -> list[int]:
        return [parcel.id for _at, parcel in self.calls]


@dataclass
class Office:
    """A sender, its messenger, and an outbox to fill."""

    database: Database
    clock: Clock
    post: Post
    sender: Sender
    doubt: Doubt

    async def letters(
        self, count: int, kind: Kind = Kind.TODAY, chats: int = 0, over: int | None = None
    ) -> list[int]:
        """Write letters to so many chats in turn (each to its own, if 0), and return their ids."""

        async def write(db: Db) -> list[int]:
            known = {address: id_ for id_, address in await db.all(select(Chat.id, Chat.address))}
            for number in range(chats or count):
                if str(number) not in known:
                    person = {
                        "platform": "telegram",
                        "address": str(number),
                        "language": "uk",
                        "reachable": True,
                    }
                    known[str(number)] = (await db.new(insert(Chat).returning(Chat.id), person))[0]
            rows = [
                outbox.row(
                    known[str(n % (chats or count))], kind, {"n": n}, [], "t", self.clock.now(), over=over
                )
                for n in range(count)
            ]
            return await outbox.write(db, rows)

        return await self.database.write(write)

    async def fate(self, letter: int) -> dict[str, Any]:
        async def read(db: Db) -> dict[str, Any]:
            asked = select(
                Letter.state, Letter.trouble, Letter.attempts, Letter.unsure, Letter.message, Letter.not_before,
                Chat.reachable, Letter.billing,
            ).join(Chat, Chat.id == Letter.chat_id).where(Letter.id == letter)  # fmt: skip
            row = await db.first(asked)
            assert row is not None
            return dict(row._mapping)

        return await self.database.read(read)

    async def idle(self) -> None:
        async with asyncio.timeout(8):
            while not self.sender.idle:  # noqa: ASYNC110 (the sender tells nobody when it comes to rest)
                await asyncio.sleep(0.005)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    clock, post, doubt = Clock(), Post(), Doubt()
    office = Office(database, clock, post, Sender(post, database, clock, doubt, NoFiles(), NoCards()), doubt)
    yield office
    await office.sender.stop()


# Pace and order


@pytest.mark.parametrize("replies", [0, 30])
async def test_never_more_than_the_limit_in_any_second(office: Office, replies: int) -> None:
    office.post.pace = Pace(per_second=20)
    await office.letters(40 - replies)
    await office.letters(replies or 1, Kind.REPLY)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) >= 40)
    times = [at for at, _parcel in office.post.calls]
    for place, begin in enumerate(times):
        assert len([at for at in times[place:] if at < begin + 1.0]) <= 20


async def test_an_album_counts_as_as_many_messages_as_it_has_files(office: Office) -> None:
    class Albums(SlowFiles):
        async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
            parcel.files = [Printed("a.jpg", "image/jpeg", b"x")] * 5

    office.post.pace, files = Pace(per_second=20), Albums()
    files.go.set()
    office.sender = Sender(office.post, office.database, office.clock, office.doubt, files, NoCards())
    ids = await office.letters(4)
    holds = update(Letter).where(Letter.id.in_(ids)).values(words={"files": [["x"]] * 5})
    await office.database.write(lambda db: db.run(holds))
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 4)
    times = [at for at, _parcel in office.post.calls]
    assert times[3] - times[1] >= 2 * 5 / 20 - 0.06  # the first may be as late as LATENESS


async def test_an_album_waits_until_there_is_room_for_all_of_it(office: Office) -> None:
    class Albums(SlowFiles):
        async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
            parcel.files = [Printed("a.jpg", "image/jpeg", b"x")] * 10

    office.post.pace, files = Pace(per_second=20), Albums()
    files.go.set()
    office.sender = Sender(office.post, office.database, office.clock, office.doubt, files, NoCards())
    ids = await office.letters(24)
    albums = ids[16:19]
    holds = update(Letter).where(Letter.id.in_(albums)).values(words={"files": [["x"]] * 10})
    await office.database.write(lambda db: db.run(holds))
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 24)
    messages = [at for at, one in office.post.calls for _file in range(10 if one.id in albums else 1)]
    for place, begin in enumerate(messages):
        assert len([at for at in messages[place:] if at < begin + 1.0]) <= 20


async def test_one_chat_gets_a_burst_and_then_one_at_a_time(office: Office) -> None:
    office.post.pace = Pace(per_chat=10.0, burst=3)
    await office.letters(8, chats=1)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 8)
    times = [at for at, _parcel in office.post.calls]
    assert times[2] - times[0] < 0.2
    assert all(times[place + 3] - times[place] >= 0.29 for place in range(5))


async def test_a_chat_reads_its_letters_in_order_one_at_a_time(office: Office) -> None:
    flying: set[int] = set()

    async def slowly(parcel: Parcel) -> Delivered:
        assert parcel.chat not in flying
        flying.add(parcel.chat)
        await asyncio.sleep(0.001 * (parcel.id % 3))
        flying.discard(parcel.chat)
        return Delivered(str(parcel.id))

    office.post.answer = slowly
    await office.letters(60, chats=5)
    office.sender.start()
    await office.idle()
    assert len(office.post.calls) == 60
    for chat in {parcel.chat for _at, parcel in office.post.calls}:
        mine = [parcel.id for _at, parcel in office.post.calls if parcel.chat == chat]
        assert mine == sorted(mine)
    assert office.post.most <= rules.IN_FLIGHT


async def test_a_letter_put_off_is_not_overtaken_in_its_own_chat(office: Office) -> None:
    tries: list[int] = []

    async def first_later(parcel: Parcel) -> Delivered:
        tries.append(parcel.id)
        if len(tries) == 1:
            raise Later("429", 0.1)
        return Delivered(str(parcel.id))

    office.post.answer = first_later
    first, second = await office.letters(2, chats=1)
    office.sender.start()
    await office.idle()
    assert tries == [first, first, second]


async def test_replies_overtake_a_bulk_of_five_hundred(office: Office) -> None:
    async def slowly(parcel: Parcel) -> Delivered:
        await asyncio.sleep(0.01)
        return Delivered(str(parcel.id))

    office.post.answer = slowly
    office.post.pace = Pace(per_second=400)
    bulk = await office.letters(500)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) > 20)
    replies = await office.letters(10, Kind.REPLY)
    urgent = await office.letters(10, Kind.URGENT)
    before = len(office.post.calls)
    fresh = office.doubt.count
    office.sender.take([Parcel(id_, 1000 + id_, "9", int(Kind.REPLY), {}, known=fresh) for id_ in replies])
    await office.post.until(lambda: set(replies) <= set(office.post.ids))
    assert office.post.ids.index(replies[-1]) - before <= 10 + rules.IN_FLIGHT
    await office.idle()
    assert sorted(office.post.ids) == sorted([*bulk, *replies, *urgent])


async def test_the_most_pressing_goes_first(office: Office) -> None:
    today = await office.letters(3)
    urgent = await office.letters(3, Kind.URGENT)
    reply = await office.letters(3, Kind.REPLY)
    office.sender.start()
    await office.idle()
    kinds = [parcel.kind for _at, parcel in office.post.calls]
    assert kinds == sorted(kinds)
    assert sorted(office.post.ids) == sorted(today + urgent + reply)


async def test_a_letter_that_is_not_due_waits_for_its_time(office: Office) -> None:
    [letter] = await office.letters(1)
    at = office.clock.now() + timedelta(hours=1)
    await office.database.write(lambda db: db.run(update(Letter).values(not_before=at)))
    office.sender.start()
    await office.idle()
    assert office.post.calls == []
    office.clock.wind(timedelta(hours=1))
    office.sender.wake()
    await office.idle()
    assert office.post.ids == [letter]


# What becomes of a letter


@both_databases
@pytest.mark.parametrize(
    ("raised", "state", "reachable"),
    [
        (None, State.SENT, True),
        (Gone("403 blocked"), State.GONE, False),
        (Refused("400 too long"), State.REFUSED, True),
        (ZeroDivisionError(), State.REFUSED, True),
    ],
    ids=["taken", "gone", "refused", "broken"],
)
async def test_how_a_letter_ends(
    office: Office, raised: Exception | None, state: State, reachable: bool
) -> None:
    async def answer(parcel: Parcel) -> Delivered:
        if raised:
            raise raised
        return Delivered("77", 1)

    office.post.answer = answer
    [letter] = await office.letters(1)
    office.sender.start()
    await office.idle()
    fate = await office.fate(letter)
    assert (fate["state"], fate["reachable"], fate["attempts"]) == (state, reachable, 1)
    assert fate["message"] == (None if raised else "77")
    assert fate["billing"] == (None if raised else 1)
    assert (fate["trouble"] is None) == (raised is None)
    assert len(office.post.calls) == 1


@both_databases
async def test_later_is_tried_again_after_the_pause_that_the_messenger_asks_for(office: Office) -> None:
    async def busy_twice(parcel: Parcel) -> Delivered:
        if len(office.post.calls) < 3:
            raise Later("timeout", 0.1, unsure=len(office.post.calls) == 1)
        return Delivered("77")

    office.post.answer = busy_twice
    [letter] = await office.letters(1)
    office.sender.start()
    await office.idle()
    times = [at for at, _parcel in office.post.calls]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(times))
    fate = await office.fate(letter)
    assert (fate["state"], fate["attempts"], fate["trouble"]) == (State.SENT, 3, None)
    assert office.post.calls[1][1].unsure
    assert office.post.calls[2][1].unsure, "what may have arrived once may have arrived ever after"


async def test_what_is_put_off_is_written_down_so_that_a_restart_keeps_the_pause(office: Office) -> None:
    async def busy(parcel: Parcel) -> Delivered:
        raise Later("429", 60.0)

    office.post.answer = busy
    [letter] = await office.letters(1)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 1)
    await office.sender.stop()
    fate = await office.fate(letter)
    assert (fate["state"], fate["trouble"], fate["attempts"]) == (State.QUEUED, "429", 1)
    assert fate["not_before"] > office.clock.now() + timedelta(seconds=50)


async def test_later_for_everyone_holds_everyone(office: Office) -> None:
    async def too_many(parcel: Parcel) -> Delivered:
        if len(office.post.calls) == 1:
            raise Later("429", 0.3, everyone=True)
        return Delivered(str(parcel.id))

    office.post.answer = too_many
    office.post.pace = Pace(per_second=50)
    await office.letters(20)
    office.sender.start()
    await office.idle()
    times = [at for at, _parcel in office.post.calls]
    asked = times[0] + 0.3
    assert [at for at in times[1:] if times[0] + 0.05 < at < asked] == []


async def test_a_messenger_that_takes_nothing_is_an_alarm_and_no_letter_is_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ALARM_PAUSE", 0.1)
    well = asyncio.Event()

    async def unauthorized(parcel: Parcel) -> Delivered:
        if not well.is_set():
            raise Misconfigured("401 Unauthorized")
        return Delivered(str(parcel.id))

    office.post.answer = unauthorized
    letters = await office.letters(5)
    office.sender.start()
    await office.post.until(lambda: bool(office.post.calls))
    assert office.sender.alarm == "401 Unauthorized"
    well.set()
    await office.idle()
    assert office.sender.alarm == ""
    assert [(await office.fate(letter))["state"] for letter in letters] == [State.SENT] * 5


async def test_one_chat_that_cannot_be_reached_holds_up_nobody_else(office: Office) -> None:
    async def one_is_stuck(parcel: Parcel) -> Delivered:
        if parcel.address == "0":
            raise Later("flood", 60.0)
        return Delivered(str(parcel.id))

    office.post.answer = one_is_stuck
    await office.letters(40, chats=4)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 31)
    assert office.post.most <= rules.IN_FLIGHT


# Stopping, and starting again


async def test_stopping_finishes_the_letter_in_hand_and_takes_no_other(office: Office) -> None:
    go = asyncio.Event()

    async def held(parcel: Parcel) -> Delivered:
        await go.wait()
        return Delivered(str(parcel.id))

    office.post.answer = held
    letters = await office.letters(rules.IN_FLIGHT + 5)
    office.sender.start()
    await office.post.until(lambda: office.post.flying == rules.IN_FLIGHT)
    stopping = asyncio.create_task(office.sender.stop())
    await asyncio.sleep(0)
    go.set()
    await stopping
    states = [(await office.fate(letter))["state"] for letter in letters]
    assert states == [State.SENT] * rules.IN_FLIGHT + [State.QUEUED] * 5
    again = Sender(office.post, office.database, office.clock, office.doubt, NoFiles(), NoCards())
    again.start()
    await office.post.until(lambda: len(office.post.calls) == len(letters))
    await again.stop()
    assert sorted(office.post.ids) == letters


async def test_a_letter_over_another_gets_that_ones_message(office: Office) -> None:
    [below] = await office.letters(1)
    office.sender.start()
    await office.idle()
    [above] = await office.letters(1, over=below)
    office.sender.wake()
    await office.idle()
    assert office.post.calls[-1][1].id == above
    assert office.post.calls[-1][1].over == str(below)


async def test_more_chats_put_off_than_a_hand_holds_hold_up_nobody_else(office: Office) -> None:
    async def put_off(parcel: Parcel) -> Delivered:
        if parcel.words["n"] < rules.HAND:
            raise Later("too many", 600.0)
        return Delivered(str(parcel.id))

    office.post.answer = put_off
    letters = await office.letters(rules.HAND + 1)
    office.sender.start()
    await office.post.until(lambda: letters[-1] in office.post.ids)


async def test_a_letter_taken_back_while_it_is_put_off_does_not_go(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing, "LOOK_AFTER", 0.1)
    away = True

    async def put_off(parcel: Parcel) -> Delivered:
        if away:
            raise Later("away", 0.3)
        return Delivered(str(parcel.id))

    office.post.answer = put_off
    [first] = await office.letters(1)
    office.sender.start()
    await office.post.until(lambda: office.post.ids == [first])
    await office.database.write(lambda db: outbox.replace(db, first))
    [second] = await office.letters(1, over=first)
    away = False
    office.sender.wake()
    await office.post.until(lambda: second in office.post.ids)
    await office.idle()
    assert office.post.ids == [first, second]
    assert (await office.fate(first))["state"] is State.REPLACED


async def test_a_messenger_that_asks_for_an_age_of_patience_stalls_nothing(office: Office) -> None:
    async def put_off(parcel: Parcel) -> Delivered:
        raise Later("too many", float("inf"))

    office.post.answer = put_off
    letters = await office.letters(rules.IN_FLIGHT + 1)
    office.sender.start()
    await office.post.until(lambda: letters[-1] in office.post.ids)


# Files


class SlowFiles:
    """A printer that is busy until `go`; it fills letters with nothing."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.warmed: list[int] = []

    async def warm(self, parcel: Parcel) -> None:
        self.warmed.append(parcel.id)
        await self.go.wait()

    async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
        assert parcel.id in self.warmed


async def test_while_files_are_made_letters_to_others_go(office: Office) -> None:
    """More files than there are places for replies; the letter behind each file waits for it."""
    files = SlowFiles()
    office.sender = Sender(office.post, office.database, office.clock, office.doubt, files, NoCards())
    many = rules.REPLIES_IN_FLIGHT + 9
    letters = await office.letters(2 * many, Kind.REPLY, chats=many)
    others = await office.letters(1, Kind.REPLY, chats=many + 1)
    chats = {id_: 1000 + place % many for place, id_ in enumerate(letters)}
    parcels = [
        Parcel(id_, chat, "9", int(Kind.REPLY), {"files": [["x"]]} if place < many else {})
        for place, (id_, chat) in enumerate(chats.items())
    ]
    office.sender.take([*parcels, Parcel(others[0], 999, "8", int(Kind.REPLY), {})])
    office.sender.start()
    await office.post.until(lambda: office.post.ids == others)
    files.go.set()
    await office.post.until(lambda: len(office.post.calls) == 2 * many + 1)
    assert all(office.post.ids.index(file) < office.post.ids.index(file + many) for file in letters[:many])
    await office.idle()


async def test_a_file_is_asked_for_once_more_when_it_is_tried_again(office: Office) -> None:
    files = SlowFiles()
    files.go.set()
    office.sender = Sender(office.post, office.database, office.clock, office.doubt, files, NoCards())
    letter = (await office.letters(1, Kind.REPLY))[0]

    async def later(parcel: Parcel) -> Delivered:
        if len(office.post.calls) == 1:
            raise Later("429", 0.01)
        raise NotYours

    office.post.answer = later
    office.sender.take([Parcel(letter, 1000, "9", int(Kind.REPLY), {"files": [["x"]]})])
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) == 2)
    await office.idle()
    assert files.warmed == [letter, letter]
    found = await office.fate(letter)
    assert (found["state"], found["trouble"]) == (State.DROPPED, "not theirs any more")
    assert found["reachable"]
