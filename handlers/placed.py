"""Where an announcement stands: in which chats, as what, and where it can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import digest
from bot.core.broadcast import Shown, standing
from bot.core.flows import Link
from bot.core.turn import Turn
from handlers import announcements
from models.announcement import Post
from models.letter import State


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an announcement has come: own cards and digests, on messengers that change messages, and on others.

    waiting: the own cards on their way, in whatever messenger. waits: to how many it is on its way, in digests too; it
    gets there as it is then, and is changed behind what is being sent this very moment.
    """

    cards: Sequence[Shown]
    digests: Sequence[tuple[Link, Sequence[Shown]]]
    other_cards: Sequence[Shown]
    other_digests: Sequence[Shown]
    waiting: Sequence[Shown]
    waits: int

    @staticmethod
    async def of(turn: Turn, post: Post) -> Placed:
        """As it is now."""
        link = announcements.show(post.id)
        own = await standing(turn, link)
        came = [one for one in own if one.state is State.SENT and one.reachable]
        has_card = {one.person for one in own if one.state in (State.SENT, State.QUEUED)}
        waiting = [one for one in own if one.state is State.QUEUED]
        waits = len(waiting)
        digests, other = [], []
        for day, there in (await digest.days_with(turn, link)).items():
            in_it = [one for one in await standing(turn, turn.book.digest(day)) if one.person in there]
            waits += sum(1 for one in in_it if one.state is State.QUEUED and not one.going)
            sent = [one for one in in_it if (one.state is State.SENT or one.going) and one.reachable]
            digests.append((turn.book.digest(day), [one for one in sent if _edits(turn, one)]))
            other += [one for one in sent if not _edits(turn, one) and one.person not in has_card]
        return Placed(
            [one for one in came if _edits(turn, one)],
            digests,
            [one for one in came if not _edits(turn, one)],
            other,
            waiting,
            waits,
        )

    @property
    def changed(self) -> int:
        """In how many chats what stands can be changed."""
        return len(
            {one.chat for cards in (self.cards, *(there for _d, there in self.digests)) for one in cards}
        )

    @property
    def others(self) -> Sequence[Shown]:
        """The chats in which it stands and stays as it is."""
        return [*self.other_cards, *self.other_digests]

    def keeping(self, post: Post) -> Sequence[Shown]:
        """Of these the chats in which nothing has been said of it since it was taken back."""
        back = post.recalled_at
        told = [one for one in self.other_cards if back is not None and one.written >= back]
        return [one for one in self.others if one not in told]


def _edits(turn: Turn, one: Shown) -> bool:
    return turn.traits[one.platform].edits
