"""Turns: one event, one transaction. Facts and the letters they cause are committed together or not at all.

An errand (bot/core/errands.py) ends in a turn like an event's: what marks an event as seen is here the deleting of
its row.
"""

from __future__ import annotations

import secrets
import traceback
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot.core import outbox, people
from bot.core.addresses import Addresses
from bot.core.clock import Clock, day_of
from bot.core.coming_back import come_back
from bot.core.doubt import Doubt
from bot.core.errors import Sorry
from bot.core.events import Came, Event, Left, Pressed, Returned, Said, Sent
from bot.core.flows import Book, Link, StaleLink
from bot.core.i18n import LANGUAGES, N_, closest
from bot.core.laying import answer, lay_screen, mark_reachable
from bot.core.meaning import meant, resting
from bot.core.screens import Screen
from bot.core.turn import Outcome, Traits, Turn
from models import errand as errands
from models.billing import Costs
from models.chat import Parked, Seen
from models.database import Busy, Database, Db, Work
from models.errors import NotYours
from models.retention import Days
from models.school import for_newcomers
from models.walls import enclose

log = structlog.get_logger()

T = TypeVar("T")

FLOOD, FLOOD_SPAN = 30, timedelta(seconds=30)
"""So many events of one chat within the span are answered; what is beyond is counted as seen and left.

One a second in the long run: a messenger lets no more through to one chat, and answers must not pile up.
"""

Begun = tuple[Turn, people.Button | None]
Begin = Callable[[Db, str], Awaitable[Begun | None]]
"""Begins a turn of that id, and finds the button that was pressed; None if it was done before."""
Act = Callable[[Turn, people.Button | None], Awaitable[None]]
Answer = Callable[[Turn, Link], Awaitable[None]]

_SEEN = {
    "sqlite": sqlite.insert(Seen).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(Seen).on_conflict_do_nothing(),
}


class Turns:
    """Handles events: whoever brings one gets an outcome after the commit, and only then confirms the event."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        book: Book,
        traits: Mapping[str, Traits],
        language: str,
        doubt: Doubt,
        addresses: Addresses,
        key: bytes,
        days: Days,
        costs: Costs,
    ) -> None:
        """language: spoken to those whose messenger tells none of ours. doubt: shared with the senders. key, days,
        costs: see `Turn`.
        """
        self._database = database
        self._clock = clock
        self._book = book
        self._traits = traits
        self._language = language
        self._doubt = doubt
        self._addresses = addresses
        self._key = key
        self._days = days
        self._costs = costs
        self._began = clock.now()
        self._recent: OrderedDict[tuple[str, str], deque[datetime]] = OrderedDict()

    async def handle(self, event: Event) -> Outcome:
        """Do what the event asks for, in one transaction.

        A step that breaks is rolled back, apologised for, and recorded, and the events behind it go on. Raises Busy
        when the database is held by another process; nothing was done then, and the event may be brought again.
        """
        turn = secrets.token_hex(4)
        with structlog.contextvars.bound_contextvars(turn=turn, platform=event.platform):
            flood = self._flooding(event)
            begin, act = partial(self._begin, event), partial(self._act, event, flood)
            try:
                outcome = await self._carefully(turn, event.key, begin, act, answer)
            except (Busy, OperationalError):
                self._uncount(event)
                raise
            if outcome.repeated:
                self._uncount(event)
            log.info(
                "turn",
                step=outcome.step,
                what=type(event.what).__name__,
                repeated=outcome.repeated,
                flood=flood > FLOOD,
            )
        return outcome

    async def resume(self, errand: errands.Waiting, work: Callable[[Turn], Awaitable[Link]]) -> Outcome:
        """End an errand in one transaction: its row is deleted, `work` is done, and its link is shown in the chat.

        Refused and broken steps end as in `handle`. Nothing is done, and the outcome is `repeated`, if the row is
        gone already, and nothing but deleting it if the person has left meanwhile. Raises Busy as `handle` does.
        """
        turn = secrets.token_hex(4)
        show: Answer = partial(come_back, errand, refused=True)

        async def act(turn: Turn, _pressed: people.Button | None) -> None:
            if turn.person is None and not self._book.is_open(Link.unpacked(errand.link)):
                raise StaleLink(errand.link[0])
            await come_back(errand, turn, await work(turn), refused=False)

        with structlog.contextvars.bound_contextvars(turn=turn, platform=errand.platform):
            begin = partial(self._begin_again, errand)
            outcome = await self._carefully(turn, f"errand:{errand.id}", begin, act, show)
            log.info("turn", step=outcome.step, what="Errand", repeated=outcome.repeated)
        return outcome

    async def _carefully(self, turn: str, key: str, begin: Begin, act: Act, show: Answer) -> Outcome:
        try:
            return await self._taken_or_refused(turn, begin, act, show)
        except (Busy, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001 (whatever a step breaks on must not stop the events behind it)
            broken = error
        return await self._write(turn, lambda db: self._apologise(db, begin, turn, key, broken))

    async def _taken_or_refused(self, turn: str, begin: Begin, act: Act, show: Answer) -> Outcome:
        refusal: Sorry | None = None
        known = self._doubt.count
        try:
            return await self._write(turn, lambda db: self._take(db, begin, turn, act))
        except Sorry as sorry:
            refusal = sorry
        except (NotYours, StaleLink):
            pass

        def told() -> Sorry | None:
            """Why not; if rights were taken since the step ran, its sentence may tell what is theirs no more."""
            return refusal if self._doubt.holds(known) else None

        return await self._write(turn, lambda db: self._say_sorry(db, begin, turn, told(), show))

    async def _write(self, turn: str, work: Work[Outcome]) -> Outcome:
        """A turn's transaction; what it takes back is doubted in the senders' hands from before the commit on."""

        async def whole(db: Db) -> Outcome:
            outcome = await work(db)
            for parcel in outcome.parcels:
                parcel.known = self._doubt.count
            if outcome.doubt:
                self._doubt.begin(turn)
            return outcome

        try:
            return await self._database.write(whole)
        finally:
            self._doubt.end(turn)

    async def unasked(self, work: Callable[[Turn], Awaitable[None]]) -> None:
        """Run something that no event asked for, such as the morning's cards, in one transaction."""
        id_ = secrets.token_hex(4)
        now = self._clock.now()

        async def take(db: Db) -> Outcome:
            turn = self._turn(id_, db, now, now, people.NOBODY)
            await work(turn)
            return turn.outcome

        with structlog.contextvars.bound_contextvars(turn=id_):
            await self._write(id_, take)

    async def working(self, chat: int, work: Callable[[Turn], Awaitable[T]]) -> T:
        """Do something as the person of a chat may at this moment, of which nobody is told; NotYours without a chat.

        What it writes may be forgotten when the power goes.
        """
        return await self._database.write(partial(self._as_person, chat, work), lasting=False)

    async def looking(self, chat: int, look: Callable[[Turn], Awaitable[T]]) -> T:
        """Read something as the person of a chat may at this moment; NotYours if there is no such chat."""
        return await self._database.read(partial(self._as_person, chat, look))

    async def _as_person(self, chat: int, work: Callable[[Turn], Awaitable[T]], db: Db) -> T:
        now = self._clock.now()
        speaker = await people.speaker_of(db, chat)
        if speaker is None:
            raise NotYours
        await self._enclose(db, speaker)
        return await work(self._turn(secrets.token_hex(4), db, now, now, speaker))

    def _turn(self, id_: str, db: Db, now: datetime, at: datetime, speaker: people.Speaker) -> Turn:
        """at: when it happened that the turn is about."""
        return Turn(
            id_,
            db,
            now,
            day_of(at, speaker.timezone),
            speaker,
            self._book,
            self._traits,
            Outcome(id_),
            self._addresses,
            self._key,
            self._days,
            self._costs,
        )

    def _flooding(self, event: Event) -> int:
        """How many events this chat brought within the span, this one included."""
        who = (event.platform, event.address)
        times = self._recent.setdefault(who, deque(maxlen=FLOOD + 2))
        self._recent.move_to_end(who)
        if len(self._recent) > 10_000:
            self._recent.popitem(last=False)
        now = self._clock.now()
        while times and not timedelta() <= now - times[0] < FLOOD_SPAN:
            times.popleft()
        times.append(now)
        return len(times)

    def _uncount(self, event: Event) -> None:
        """The messenger brings it once more: nobody floods us by that."""
        if times := self._recent.get((event.platform, event.address)):
            times.pop()

    async def _take(self, db: Db, begin: Begin, id_: str, act: Act) -> Outcome:
        begun = await begin(db, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, pressed = begun
        await act(turn, pressed)
        return turn.outcome

    async def _act(self, event: Event, flood: int, turn: Turn, pressed: people.Button | None) -> None:
        """Do what the event asks for."""
        if flood > FLOOD:
            if flood == FLOOD + 1:
                await answer(turn, turn.home.saying(turn.say(N_("Too much at once. Please wait a little."))))
            return
        if isinstance(event.what, Left | Returned):
            await mark_reachable(turn, isinstance(event.what, Returned))
            return
        link = await meant(turn, event, pressed)
        if link is not None:
            message = event.what.message if isinstance(event.what, Pressed) else None
            await answer(turn, link, pressed, message)

    async def _say_sorry(self, db: Db, begin: Begin, id_: str, sorry: Sorry | None, show: Answer) -> Outcome:
        """The step refused: its writes are gone, and the person is told why and where to go on."""
        begun = await begin(db, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, _pressed = begun
        if sorry is None:
            link = turn.home.saying(turn.say(N_("This is not available any more. Here is how things stand.")))
        else:
            link = (sorry.link or resting(turn)).saying(sorry.sentence)
        try:
            await show(turn, link)
        except (NotYours, StaleLink, Sorry):
            await show(turn, turn.home.saying(link.note))
        return turn.outcome

    async def _apologise(self, db: Db, begin: Begin, id_: str, key: str, broken: Exception) -> Outcome:
        """The step broke: recorded without a word of what the person wrote, and the person is not left alone."""
        begun = await begin(db, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, _pressed = begun
        place = _place(broken)
        log.error("turn.broken", error=type(broken).__name__, place=place)
        await db.run(
            insert(Parked),
            {
                "key": key,
                "turn": id_,
                "error": f"{type(broken).__name__} {place}"[:120],
                "at": turn.now,
            },
        )
        sorry = N_("Something went wrong on our side, and nothing was written down. Please try again.")
        await lay_screen(turn, turn.home, Screen(turn.say(sorry)), "", over=None)
        return turn.outcome

    async def _begin_again(self, errand: errands.Waiting, db: Db, id_: str) -> Begun | None:
        """Take the errand's row away and find out whose it was; None if it is gone, or the person is."""
        if not await errands.end(db, errand.id):
            return None
        speaker = await people.speaker_of(db, errand.chat)
        if speaker is None or not speaker.reachable:
            return None
        await self._enclose(db, speaker)
        now = self._clock.now()
        return self._turn(id_, db, now, min(errand.at, now), speaker), None

    async def _begin(self, event: Event, db: Db, id_: str) -> Begun | None:
        """Mark the event as seen and find out who speaks; None if it was seen before."""
        now = self._clock.now()
        welcoming = isinstance(event.what, Came) and event.what.welcome
        fresh = await db.run(_SEEN[self._database.dialect], {"key": event.key, "at": now})
        if not fresh and not welcoming:  # a welcome is the call's own answer: who asks again did not get it
            return None
        letter = event.what.letter if isinstance(event.what, Pressed) else None
        found = await people.speaker(db, event.platform, event.address, letter)
        if found is None:
            spoken = await for_newcomers(db) or (*dict.fromkeys((self._language, *LANGUAGES)),)
            nearest = closest(event.language, spoken[0])
            language = nearest if nearest in spoken else spoken[0]
            there = not welcoming
            found = await people.newcomer(db, event.platform, event.address, language, reachable=there), None
        speaker, pressed = found
        if not fresh and speaker.reachable:  # but who has been heard since waits for it no more
            return None
        if not isinstance(event.what, Left) and not welcoming:
            speaker.reachable = True
        if isinstance(event.what, Said | Sent | Pressed):
            speaker.heard_at = min(event.at, now)
        if (
            isinstance(event.what, Pressed)
            and pressed
            and pressed.waits_since
            and pressed.waits_since < self._began
        ):
            # Sent before a kill, and not written down: a copy may be on its way, and the answer must come below it.
            await outbox.arrived(db, pressed.letter, event.what.message, now)
            speaker.tail = None
        await self._enclose(db, speaker)
        turn = self._turn(id_, db, now, min(event.at, now), speaker)
        turn.welcoming = welcoming
        turn.profile = event.name or ""
        return turn, pressed

    async def _enclose(self, db: Db, speaker: people.Speaker) -> None:
        """From here on there is only the speaker's school."""
        if self._database.dialect == "postgresql" and speaker.school is not None:
            await enclose(db, speaker.school)


def _place(broken: Exception) -> str:
    """Where in the code it broke: a function and a line, never a value."""
    last = traceback.extract_tb(broken.__traceback__)[-1]
    return f"{last.name}:{last.lineno}"
