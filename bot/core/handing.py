"""Handing over: one letter on its way to the messenger gets its words and files, and is looked at once more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from bot.core import outbox
from bot.core.budget import Budget
from bot.core.doubt import Doubt
from bot.core.errors import Forgotten, Refused
from bot.core.flows import StaleLink
from bot.core.outbox import Delivered, Parcel, Settled
from bot.core.pace import Pace, Pacemaker, now
from bot.core.together import Together
from models.database import Busy, Database
from models.errors import NotYours
from models.letter import State

LOOK_AFTER = 1.0
"""Seconds in hand after which a letter is looked at once more before it goes: it may have been taken back."""


class Platform(Protocol):
    """What the sender needs of a messenger. together: how it takes one message for many people, if it can."""

    name: str
    pace: Pace

    @property
    def together(self) -> Together | None: ...

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Hand a letter to the messenger; raises one of the `Undelivered` errors, named once at this edge.

        Of a letter that holds files, it notes in the parcel what it took, message by message.
        """


class Files(Protocol):
    """What the sender needs of the printer, for letters that hold files."""

    async def warm(self, parcel: Parcel) -> None:
        """Make them ahead."""

    async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
        """Put them into the letter; NotYours or StaleLink if this person may not have them any more.

        anew: media that the messenger has forgotten.
        """


class Shows(Protocol):
    """What the sender needs for letters that have no words before they go."""

    async def show(self, parcel: Parcel) -> bool:
        """Put into it what its card shows now; False if it is not to go any more.

        NotYours or StaleLink if it is not this person's (any more).
        """


class Handing:
    """Hands letters to one messenger, each by itself."""

    def __init__(
        self,
        platform: Platform,
        database: Database,
        doubt: Doubt,
        files: Files,
        cards: Shows,
        budget: Budget | None,
        pacemaker: Pacemaker,
    ) -> None:
        """doubt, budget: see `Sender`. pacemaker: counts what goes."""
        self._platform = platform
        self._database = database
        self._doubt = doubt
        self._files = files
        self._cards = cards
        self._budget = budget
        self._pacemaker = pacemaker

    async def warm(self, parcel: Parcel) -> None:
        """Have a letter's files made ahead."""
        try:
            await self._files.warm(parcel)
        except (NotYours, StaleLink, Busy, DBAPIError):
            pass  # it is asked once more when it goes, and counts then
        finally:
            parcel.warm = True

    async def deliver(self, parcel: Parcel) -> Settled:
        """Hand a letter over; what became of it if nothing is raised: sent, or not to go any more."""
        if parcel.over is None and parcel.over_id is not None:
            over_id = parcel.over_id
            parcel.over = await self._database.read(lambda db: outbox.message_under(db, over_id))
        if self._budget is not None:
            await self._budget.allow(parcel)
        if parcel.about is not None and not self._shows_now(parcel) and not await self.shown(parcel):
            return Settled(parcel, State.REPLACED)
        if outbox.held(parcel.words):
            await self._files.fill(parcel)
            await self._pacemaker.holds_files(parcel.id, len(parcel.files))
        if not await self._still_waits(parcel):
            return Settled(parcel, State.REPLACED)  # a newer one says it better by now, or it was taken back
        delivered = await self._hand_over(parcel)
        return Settled(parcel, State.SENT, delivered.message, billing=delivered.billing)

    async def shown(self, parcel: Parcel) -> bool:
        """Have the letter's card shown as it is now; once more, if something was taken back meanwhile."""
        if self._budget is not None:
            await self._budget.allow(parcel)
        while True:
            await self._doubt.over()
            parcel.known, parcel.taken_up = self._doubt.count, now()
            if not await self._cards.show(parcel):
                return False
            if self._doubt.holds(parcel.known):
                return True

    def _shows_now(self, parcel: Parcel) -> bool:
        """Whether a letter that was to go with others has just got its words."""
        return parcel.alone and bool(parcel.words) and self._is_fresh(parcel)

    def _is_fresh(self, parcel: Parcel) -> bool:
        return now() - parcel.taken_up <= LOOK_AFTER and self._doubt.holds(parcel.known)

    async def _still_waits(self, parcel: Parcel) -> bool:
        """Whether the letter is still to go: looked up where it was long in hand, or something was taken back."""
        looked = self._is_fresh(parcel)
        while not looked:
            await self._doubt.over()
            parcel.known = self._doubt.count
            if not await self._database.read(lambda db: outbox.waits(db, parcel.id)):
                return False
            looked = self._doubt.holds(parcel.known)
        return True

    async def _hand_over(self, parcel: Parcel) -> Delivered:
        forgotten: set[int] = set()
        while True:
            try:
                return await self._platform.deliver(parcel)
            except Forgotten as error:
                if forgotten.issuperset(error.media):
                    raise Refused(error.why) from error
                forgotten.update(error.media)
            await self._files.fill(parcel, forgotten)
