"""Showing: a letter that has no words shows its card as it is when the letter goes."""

from __future__ import annotations

from functools import partial

from bot.core import outbox, people
from bot.core.errors import Sorry
from bot.core.flows import Link
from bot.core.laying import way_out
from bot.core.outbox import Parcel
from bot.core.screens import ahead_words, lay_out
from bot.core.turn import Turn
from bot.core.turns import Turns
from models.errors import NotYours


class Showing:
    """Runs cards for letters that are about to go, by the rights and in the language of whoever gets them."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def show(self, parcel: Parcel) -> bool:
        """Put into a letter what its card shows now; False if it was taken back.

        NotYours or StaleLink if it is not this person's (any more): then nothing may be sent.
        """
        return await self._turns.working(parcel.chat, partial(_show, parcel))


async def _show(parcel: Parcel, turn: Turn) -> bool:
    if parcel.over_id is not None and not await outbox.shows_what_was(turn.db, parcel.over_id):
        return False
    link = Link.unpacked(people.unkeyed(parcel.about) or [])
    try:
        where, screen, note = await turn.follow(link)
    except Sorry as sorry:
        raise NotYours from sorry
    if where.packed() != link.packed():  # it leads this person elsewhere: it is not theirs to see
        raise NotYours
    links: list[object] = []
    if parcel.ahead is None:
        parcel.words, links = lay_out(screen, note, way_out(turn, where, standing=True))
    elif parcel.ahead < len(screen.ahead):
        parcel.words = ahead_words(screen.ahead[parcel.ahead])
    else:  # it has become shorter meanwhile
        raise NotYours
    return await outbox.shows(turn.db, parcel.id, links)
