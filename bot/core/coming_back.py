"""Coming back from an errand: what its turn shows, where, and of several that were sent together only once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.errors import Sorry
from bot.core.flows import Link, StaleLink
from bot.core.i18n import n_, speaking
from bot.core.laying import answer_later
from bot.core.turn import Turn
from models import errand as errands
from models.errand import Waiting
from models.errors import NotYours


@dataclass(frozen=True, slots=True)
class _SoFar:
    """What became of those before it that were sent together.

    refused: a sentence for each that could not be taken. then: where the last that was taken leads to. since: when
    the first was sent.
    """

    refused: tuple[str, ...]
    then: list[Any] | None
    since: datetime

    @staticmethod
    def of(errand: Waiting) -> _SoFar:
        told = errand.file.get("so_far")
        if told is None:
            return _SoFar((), None, errand.at)
        return _SoFar(tuple(told["refused"]), told["then"], datetime.fromisoformat(told["since"]))

    def packed(self) -> dict[str, Any]:
        return {"refused": list(self.refused), "then": self.then, "since": self.since.isoformat()}


async def come_back(errand: Waiting, turn: Turn, link: Link, *, refused: bool) -> None:
    """Show where an errand has led; of several media that were sent together, with the last of them.

    What could not be taken is told then, in one list: an album of ten neither answers ten times nor loses a word.
    """
    if not errand.keeps:
        await answer_later(turn, link, awaited=turn.speaker.takes == errand.link)
        return
    before = _SoFar.of(errand)
    if refused:
        so_far = _SoFar((*before.refused, link.note), before.then, before.since)
    else:
        so_far = _SoFar(before.refused, link.packed(), before.since)
    if await errands.pass_on(turn.db, errand.chat, so_far.packed()):
        return
    awaited = turn.speaker.rested_at in (before.since, errand.at)
    told = _told(turn, so_far)
    if refused and so_far.then is not None:
        try:
            await answer_later(turn, Link.unpacked(so_far.then).saying(told), awaited=awaited)
            return
        except (NotYours, StaleLink, Sorry):
            pass  # where those before it led to is not there any more; whoever was refused rests somewhere
    note = told if refused else "\n\n".join(said for said in (told, link.note) if said)
    await answer_later(turn, link.saying(note), awaited=awaited)


def _told(turn: Turn, so_far: _SoFar) -> str:
    """What could not be taken and why, each reason once; empty if all was."""
    reasons = "\n".join(dict.fromkeys(so_far.refused))
    if not reasons or (so_far.then is None and len(so_far.refused) == 1):
        return reasons
    with speaking(turn.speaker.language):
        head = n_("{n} file could not be taken:", "{n} files could not be taken:", len(so_far.refused))
    return f"{head}\n{reasons}"
