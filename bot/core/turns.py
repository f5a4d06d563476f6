"""Turns: one event, one transaction. Facts and the letters they cause are committed together or not at all."""

from __future__ import annotations

import secrets
import traceback
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from bot.core import outbox, people
from bot.core.clock import Clock, day_of
from bot.core.doubt import Doubt
from bot.core.errors import Sorry
from bot.core.events import Came, Event, Left, Pressed, Returned
from bot.core.flows import Book, StaleLink
from bot.core.i18n import N_, closest
from bot.core.laying import answer, lay_screen, mark_reachable
from bot.core.meaning import meant, resting
from bot.core.screens import Screen
from bot.core.turn import Outcome, Traits, Turn
from models.chat import Parked, Seen
from models.database import Busy, Database, Db, Work
from models.errors import NotYours
from models.walls import enclose

log = structlog.get_logger()

FLOOD, FLOOD_SPAN = 30, timedelta(seconds=30)
"""So many events of one chat within the span are answered; what is beyond is counted as seen and left.

One a second in the long run: a messenger lets no more through to one chat, and answers must not pile up.
"""

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
    ) -> None:
        """language: spoken to those whose messenger tells none of ours. doubt: shared with the senders."""
        self._database = database
        self._clock = clock
        self._book = book
        self._traits = traits
        self._language = language
        self._doubt = doubt
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
            try:
                outcome = await self._taken_or_refused(event, turn, flood)
            except (Busy, OperationalError):
                self._uncount(event)
                raise
            except Exception as error:  # noqa: BLE001 (whatever a step breaks on must not stop the events behind it)
                broken = error
                outcome = await self._write(turn, lambda db: self._apologise(db, event, turn, broken))
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

    async def _taken_or_refused(self, event: Event, turn: str, flood: int) -> Outcome:
        refusal: Sorry | None = None
        try:
            return await self._write(turn, lambda db: self._take(db, event, turn, flood))
        except Sorry as sorry:
            refusal = sorry
        except (NotYours, StaleLink):
            pass
        return await self._write(turn, lambda db: self._say_sorry(db, event, turn, refusal))

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
            turn = Turn(id_, db, now, now.date(), people.NOBODY, self._book, self._traits, Outcome(id_))
            await work(turn)
            return turn.outcome

        with structlog.contextvars.bound_contextvars(turn=id_):
            await self._write(id_, take)

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

    async def _take(self, db: Db, event: Event, id_: str, flood: int) -> Outcome:
        begun = await self._begin(db, event, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, pressed = begun
        if flood > FLOOD:
            if flood == FLOOD + 1:
                await answer(turn, turn.home.saying(turn.say(N_("Too much at once. Please wait a little."))))
            return turn.outcome
        if isinstance(event.what, Left | Returned):
            await mark_reachable(turn, isinstance(event.what, Returned))
            return turn.outcome
        link = await meant(turn, event, pressed)
        if link is not None:
            message = event.what.message if isinstance(event.what, Pressed) else None
            await answer(turn, link, pressed, message)
        return turn.outcome

    async def _say_sorry(self, db: Db, event: Event, id_: str, sorry: Sorry | None) -> Outcome:
        """The step refused: its writes are gone, and the person is told why and where to go on."""
        begun = await self._begin(db, event, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, _pressed = begun
        if sorry is None:
            link = turn.home.saying(turn.say(N_("This is not available any more. Here is how things stand.")))
        else:
            link = (sorry.link or resting(turn)).saying(sorry.sentence)
        try:
            await answer(turn, link)
        except (NotYours, StaleLink, Sorry):
            await answer(turn, turn.home.saying(link.note))
        return turn.outcome

    async def _apologise(self, db: Db, event: Event, id_: str, broken: Exception) -> Outcome:
        """The step broke: recorded without a word of what the person wrote, and the person is not left alone."""
        begun = await self._begin(db, event, id_)
        if begun is None:
            return Outcome(id_, repeated=True)
        turn, _pressed = begun
        place = _place(broken)
        log.error("turn.broken", error=type(broken).__name__, place=place)
        await db.run(
            insert(Parked),
            {
                "key": event.key,
                "turn": id_,
                "error": f"{type(broken).__name__} {place}"[:120],
                "at": turn.now,
            },
        )
        sorry = N_("Something went wrong on our side, and nothing was written down. Please try again.")
        await lay_screen(turn, turn.home, Screen(turn.say(sorry)), "", over=None)
        return turn.outcome

    async def _begin(self, db: Db, event: Event, id_: str) -> tuple[Turn, people.Button | None] | None:
        """Mark the event as seen and find out who speaks; None if it was seen before."""
        now = self._clock.now()
        welcoming = isinstance(event.what, Came) and event.what.welcome
        fresh = await db.run(_SEEN[self._database.dialect], {"key": event.key, "at": now})
        if not fresh and not welcoming:  # a welcome is the call's own answer: who asks again did not get it
            return None
        letter = event.what.letter if isinstance(event.what, Pressed) else None
        found = await people.speaker(db, event.platform, event.address, letter)
        if found is None:
            language = closest(event.language, self._language)
            there = not welcoming
            found = await people.newcomer(db, event.platform, event.address, language, reachable=there), None
        speaker, pressed = found
        if not fresh and speaker.reachable:  # but who has been heard since waits for it no more
            return None
        if not isinstance(event.what, Left) and not welcoming:
            speaker.reachable = True
        if (
            isinstance(event.what, Pressed)
            and pressed
            and pressed.waits_since
            and pressed.waits_since < self._began
        ):
            # Sent before a kill, and not written down: a copy may be on its way, and the answer must come below it.
            await outbox.arrived(db, pressed.letter, event.what.message, now)
            speaker.tail = None
        if self._database.dialect == "postgresql" and speaker.school is not None:
            await enclose(db, speaker.school)
        today = day_of(min(event.at, now), speaker.timezone)
        turn = Turn(id_, db, now, today, speaker, self._book, self._traits, Outcome(id_), welcoming)
        return turn, pressed


def _place(broken: Exception) -> str:
    """Where in the code it broke: a function and a line, never a value."""
    last = traceback.extract_tb(broken.__traceback__)[-1]
    return f"{last.name}:{last.lineno}"
