"""Letters that go together over a real database: who joins, what holds when something is taken back, and who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.core import outbox, together
from bot.core import sender as rules
from bot.core.clock import Clock
from bot.core.doubt import Doubt
from bot.core.errors import Gone, Later, Misconfigured, Refused, Undelivered
from bot.core.outbox import Delivered, Parcel
from bot.core.sender import Sender
from models.chat import Chat
from models.database import Database, Db
from models.errors import NotYours
from models.letter import Kind, Letter, State
from tests.core.test_sender import NoFiles, Office, Post
from tests.databases import both_databases

Taken = Callable[[Sequence[Parcel]], Awaitable[list[Delivered | Undelivered]]]


@dataclass
class Bus:
    """A messenger's way to take many; `answer` says how it takes them."""

    most: int = 300
    fits: int = 300
    answer: Taken | None = None
    calls: list[list[Parcel]] = field(default_factory=list)
    flying: int = 0

    def fitting(self, parcels: Sequence[Parcel]) -> int:
        return min(len(parcels), self.fits, self.most)

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        self.calls.append(list(parcels))
        assert not self.flying, "one group at a time"
        self.flying += 1
        try:
            return await self.answer(parcels) if self.answer else [Delivered("one for all")] * len(parcels)
        finally:
            self.flying -= 1


@dataclass
class Cards:
    """Shows the same to all but those of whom `of` tells otherwise, as the database takes it."""

    database: Database
    of: dict[str, Any] = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    said: str = "Завтра екскурсія"

    async def show(self, parcel: Parcel) -> bool:
        self.shown.append(parcel.id)
        said = self.of.get(parcel.address, self.said)
        if isinstance(said, Exception):
            raise said
        parcel.words = {"title": "", "text": said, "rows": []}
        links = [["card.show", parcel.id]]
        return await self.database.write(lambda db: outbox.shows(db, parcel.id, links))


@dataclass
class Station(Office):
    """An office whose messenger takes many at once."""

    bus: Bus = field(default_factory=Bus)
    cards: Cards = field(init=False)

    async def cards_to(
        self, count: int, kind: Kind = Kind.TODAY, about: str = '["card.show"]', first: int = 0
    ) -> list[int]:
        """A card that gets its words when it goes, to so many chats of their own."""

        async def write(db: Db) -> list[int]:
            rows = []
            for number in range(first, first + count):
                person = {"platform": "telegram", "address": str(number), "language": "uk", "reachable": True}
                chat = (await db.new(insert(Chat).returning(Chat.id), person))[0]
                rows.append(outbox.row(chat, kind, {}, [], "t", self.clock.now(), about=about))
            return await outbox.write(db, rows)

        return await self.database.write(write)

    async def fates(self, letters: Sequence[int]) -> list[tuple[State, str | None, int | None]]:
        ask = select(Letter.state, Letter.message, Letter.same_as).where(Letter.id.in_(letters))
        found = await self.database.read(lambda db: db.all(ask.order_by(Letter.id)))
        return [(row[0], row[1], row[2]) for row in found]


def of(calls: list[list[Parcel]]) -> list[list[int]]:
    return [[one.id for one in call] for call in calls]


@pytest.fixture
async def station(database: Database) -> AsyncIterator[Station]:
    clock, doubt, bus, cards = Clock(), Doubt(), Bus(), Cards(database)
    post = Post(together=bus)
    sender = Sender(post, database, clock, doubt, NoFiles(), cards)
    made = Station(database, clock, post, sender, doubt, bus)
    made.cards = cards
    yield made
    await made.sender.stop()


@both_databases
async def test_a_card_to_many_goes_by_as_many_as_the_messenger_takes(station: Station) -> None:
    station.bus.most = 30
    letters = await station.cards_to(70)
    station.sender.start()
    await station.idle()
    assert [len(call) for call in station.bus.calls] == [30, 30, 10]
    assert station.post.calls == []
    firsts = [call[0].id for call in station.bus.calls]
    fates = await station.fates(letters)
    assert {fate[:2] for fate in fates} == {(State.SENT, "one for all")}
    assert [fate[2] for fate in fates] == [firsts[0]] * 30 + [firsts[1]] * 30 + [firsts[2]] * 10
    assert sorted(station.cards.shown) == letters, "each is shown once"


async def test_no_more_than_fit_into_one(station: Station) -> None:
    station.bus.fits = 7
    await station.cards_to(20)
    station.sender.start()
    await station.idle()
    assert [len(call) for call in station.bus.calls] == [7, 7, 6]


async def test_who_is_shown_something_else_gets_it_alone(station: Station) -> None:
    station.cards.of = {"3": "Ваш Тарас", "5": "Ваша Оля", "6": NotYours(), "8": "ru", "9": "ru"}
    letters = await station.cards_to(10)
    station.sender.start()
    await station.idle()
    assert of(station.bus.calls) == [[letters[n] for n in (0, 1, 2, 4, 7)], letters[8:]]
    assert sorted(station.post.ids) == [letters[3], letters[5]]
    assert (await station.fates(letters))[6][0] is State.DROPPED
    assert station.cards.shown.count(letters[3]) == 1, "what it shows is fresh enough"


async def test_only_new_cards_of_the_same_join(station: Station) -> None:
    one = await station.cards_to(3, about='["a"]')
    other = await station.cards_to(3, about='["b"]', first=10)
    over = await station.cards_to(2, about='["a"]', first=20)
    ahead = await station.cards_to(2, about='["a"]', first=30)
    tried = await station.cards_to(2, about='["a"]', first=40)
    reply = await station.cards_to(2, Kind.REPLY, about='["a"]', first=50)

    async def write(db: Db) -> None:
        await db.run(update(Letter).where(Letter.id.in_(over)).values(over_id=1))
        await db.run(update(Letter).where(Letter.id.in_(ahead)).values(ahead=0))
        await db.run(update(Letter).where(Letter.id.in_(tried)).values(attempts=1))

    await station.database.write(write)
    station.sender.start()
    await station.idle()
    assert of(station.bus.calls) == [one, other]
    assert sorted(station.post.ids) == sorted([*over, *ahead, *tried, *reply])


async def test_each_has_an_end_of_their_own(station: Station) -> None:
    async def some(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        ends: list[Delivered | Undelivered] = [
            Delivered("7", 5), Gone("6"), Refused("3"), Later("12", 60.0), Later("13", 0.0), Delivered("7", 5)
        ]  # fmt: skip
        return ends

    station.bus.answer = some
    letters = await station.cards_to(6)
    station.sender.start()
    await station.post.until(lambda: station.post.ids == [letters[4]])
    async with asyncio.timeout(5):
        while (await station.fate(letters[4]))["state"] is State.QUEUED:  # noqa: ASYNC110 (the database tells nobody)
            await asyncio.sleep(0.01)
    states = [(await station.fate(letter))["state"] for letter in letters]
    assert states == [State.SENT, State.GONE, State.REFUSED, State.QUEUED, State.SENT, State.SENT]
    assert not (await station.fate(letters[1]))["reachable"]
    assert (await station.fate(letters[0]))["billing"] == 5
    assert not station.post.calls[0][1].unsure
    assert len(station.bus.calls) == 1


@pytest.mark.parametrize("raised", [Refused("20"), Gone("21"), Refused("413")])
async def test_what_is_refused_together_goes_one_by_one(station: Station, raised: Undelivered) -> None:
    async def refuses(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        station.bus.most = 1
        raise raised

    station.bus.answer = refuses
    letters = await station.cards_to(40)
    station.sender.start()
    await station.idle()
    assert len(station.bus.calls) == 1
    assert sorted(station.post.ids) == letters
    assert {fate[0] for fate in await station.fates(letters)} == {State.SENT}
    assert not any(parcel.unsure for _at, parcel in station.post.calls)
    assert {(await station.fate(letter))["attempts"] for letter in letters} == {1}


@pytest.mark.parametrize("raised", [Later("timeout", 0.01, unsure=True), ZeroDivisionError()])
async def test_of_what_may_have_arrived_all_are_unsure(
    station: Station, raised: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PAUSES", (0.01,))

    async def breaks(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        raise raised

    station.bus.answer = breaks
    letters = await station.cards_to(12)
    station.sender.start()
    await station.idle()
    assert len(station.bus.calls) == 1
    assert sorted(station.post.ids) == letters
    assert all(parcel.unsure for _at, parcel in station.post.calls)


async def test_while_the_messenger_takes_nothing_no_group_goes(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ALARM_PAUSE", 0.1)
    station.bus.fits = 5
    broken = True

    async def unauthorized(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        if broken:
            raise Misconfigured("2 invalidAuthToken")
        return [Delivered("7")] * len(parcels)

    station.bus.answer = unauthorized
    letters = await station.cards_to(20)
    station.sender.start()
    async with asyncio.timeout(5):
        while not station.sender.alarm:  # noqa: ASYNC110 (the sender tells nobody)
            await asyncio.sleep(0.005)
    assert len(station.bus.calls) == 1
    broken = False
    await station.idle()
    assert station.sender.alarm == ""
    assert {fate[0] for fate in await station.fates(letters)} == {State.SENT}


# What was taken back


async def test_who_was_taken_out_after_it_was_shown_is_not_among_them(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await station.cards_to(20)
    really = station.cards.show

    async def show(parcel: Parcel) -> bool:
        shown = await really(parcel)
        if len(station.cards.shown) == 20:
            station.doubt.begin("turn")
            await station.database.write(lambda db: outbox.replace(db, letters[4]))
            station.cards.said = "Завтра нікуди"
            station.doubt.end("turn")
        return shown

    monkeypatch.setattr(station.cards, "show", show)
    station.sender.start()
    await station.idle()
    handed = [one for call in station.bus.calls for one in call]
    assert sorted(one.id for one in handed) == [one for one in letters if one != letters[4]]
    assert {one.words["text"] for one in handed} == {"Завтра нікуди"}
    assert (await station.fates(letters))[4][0] is State.REPLACED


async def test_a_doubt_that_never_rests_stops_nothing(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = station.cards.show

    async def show(parcel: Parcel) -> bool:
        shown = await really(parcel)
        times = station.cards.shown.count(parcel.id)  # each round twice, as it is shown anew at once
        if parcel.id == last and times % 2 and times < 2 * together.ROUNDS:
            station.doubt.begin("turn")
            station.doubt.end("turn")
        return shown

    letters = await station.cards_to(20)
    last = letters[-1]
    monkeypatch.setattr(station.cards, "show", show)
    station.sender.start()
    await station.idle()
    assert station.bus.calls == []
    assert sorted(station.post.ids) == letters


# Who waits for whom


async def test_replies_and_urgent_letters_pass_a_group_that_is_on_its_way(station: Station) -> None:
    go = asyncio.Event()

    async def slowly(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        await go.wait()
        return [Delivered("7")] * len(parcels)

    station.bus.answer = slowly
    station.bus.most = 50
    cards = await station.cards_to(120, first=100)
    station.sender.start()
    async with asyncio.timeout(5):
        while not station.bus.calls:  # noqa: ASYNC110 (the bus tells nobody)
            await asyncio.sleep(0.005)
    replies = await station.letters(5, Kind.REPLY)
    urgent = await station.letters(20, Kind.URGENT)
    station.sender.wake()
    await station.post.until(lambda: len(station.post.calls) == 25)
    assert sorted(station.post.ids) == sorted([*replies, *urgent])
    assert len(station.bus.calls) == 1
    go.set()
    await station.idle()
    assert [len(call) for call in station.bus.calls] == [50, 50, 20]
    assert {fate[0] for fate in await station.fates(cards)} == {State.SENT}


async def test_after_a_kill_the_same_go_again_with_the_same_buttons(station: Station) -> None:
    letters = await station.cards_to(6)
    sent = update(Letter).where(Letter.id == letters[1]).values(state=State.SENT)
    await station.database.write(lambda db: outbox.go_together(db, letters[1:4], letters[1]))
    await station.database.write(lambda db: db.run(sent))
    shown = update(Letter).where(Letter.id.in_(letters[2:4])).values(unsure=True)
    await station.database.write(lambda db: db.run(shown))
    station.sender.start()
    await station.idle()
    [others, again] = station.bus.calls
    assert of([others, again]) == [[letters[0], *letters[4:]], letters[2:4]]
    assert [one.unsure for one in others + again] == [False] * 3 + [True] * 2
    same = [fate[2] for fate in await station.fates(letters)]
    assert same[2:4] == [letters[1]] * 2, "the buttons of the copy that may be there stay good"


async def test_stopping_settles_the_group_on_its_way_and_begins_no_other(station: Station) -> None:
    go = asyncio.Event()

    async def slowly(parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        await go.wait()
        return [Delivered("7")] * len(parcels)

    station.bus.answer = slowly
    station.bus.fits = 10
    letters = await station.cards_to(30)
    station.sender.start()
    async with asyncio.timeout(5):
        while not station.bus.calls:  # noqa: ASYNC110 (the bus tells nobody)
            await asyncio.sleep(0.005)
    stopping = asyncio.create_task(station.sender.stop())
    await asyncio.sleep(0)
    go.set()
    await stopping
    assert [fate[0] for fate in await station.fates(letters)] == [State.SENT] * 10 + [State.QUEUED] * 20
