"""Showing: a letter that has no words shows its card as it is when the letter goes, and waits in quiet hours."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import bindparam, update

from bot.core import outbox, people
from bot.core.errors import Sorry
from bot.core.flows import Link
from bot.core.hours import after_quiet_hours
from bot.core.laying import way_out
from bot.core.outbox import Parcel
from bot.core.screens import ahead_words, lay_out
from bot.core.turn import Turn
from bot.core.turns import Turns
from models.errors import NotYours
from models.letter import Card, Kind

_NEWER = update(Card).where(Card.letter_id == bindparam("old")).values(letter_id=bindparam("new"))


class Showing:
    """Runs cards for letters that are about to go, by the rights and in the language of whoever gets them."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def show(self, parcel: Parcel) -> bool:
        """Put into a letter what its card shows now; False if it was taken back, or has come into quiet hours.

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
    morning = _until_morning(parcel, turn)
    if morning is not None:
        await _wait(parcel, turn, morning)
        return False
    links: list[object] = []
    if parcel.ahead is None:
        parcel.words, links = lay_out(screen, note, way_out(turn, where, standing=True))
    elif parcel.ahead < len(screen.ahead):
        parcel.words = ahead_words(screen.ahead[parcel.ahead])
    else:  # it has become shorter meanwhile
        raise NotYours
    return await outbox.shows(turn.db, parcel.id, links)


def _until_morning(parcel: Parcel, turn: Turn) -> datetime | None:
    """Until when a letter waits that was to go earlier, and would wake somebody now; None if it may go."""
    silent = parcel.over is not None and turn.traits[turn.speaker.platform].edits
    return None if silent or parcel.kind in (Kind.REPLY, Kind.URGENT) else after_quiet_hours(turn)


async def _wait(parcel: Parcel, turn: Turn, morning: datetime) -> None:
    """Write a letter anew that is to wait, in the place of the one that was about to go."""
    if not await outbox.replace(turn.db, parcel.id):
        return
    row = outbox.row(
        parcel.chat,
        Kind(parcel.kind),
        {},
        [],
        turn.id,
        turn.now,
        over=parcel.over_id,
        not_before=morning,
        about=parcel.about,
        ahead=parcel.ahead,
    )
    letter = (await outbox.write(turn.db, [{**row, "unsure": parcel.unsure}]))[0]
    await turn.db.run(_NEWER, {"old": parcel.id, "new": letter})
