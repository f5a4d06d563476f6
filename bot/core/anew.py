"""Broadcasts anew: what went out to many is changed where it stands, comes once more, or is taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from bot.core import outbox, people
from bot.core.broadcast import Shown
from bot.core.flows import Link
from bot.core.hours import goes_at
from bot.core.people import Speaker
from bot.core.turn import Turn
from models.chat import Chat
from models.letter import Card, Kind, Letter, State

_NO_CARDS = delete(Card).where(
    Card.key == bindparam("of_key"), Card.chat_id.in_(bindparam("chats", expanding=True))
)
_NO_TAILS = update(Chat).where(Chat.id.in_(bindparam("chats", expanding=True))).values(tail_id=None)
_PARTS = (
    select(
        Letter.id, Letter.chat_id, Letter.ahead, Letter.kind, Letter.state, Letter.unsure, Letter.not_before
    )
    .where(Letter.about == bindparam("of_key"), Letter.state.in_([State.SENT, State.QUEUED]))
    .order_by(Letter.id)
)
_STOP = update(Letter).where(Letter.id == bindparam("letter")).values(state=State.REPLACED)


class _Part(NamedTuple):
    """A letter of a card: place, see `Screen.ahead`; None for the card itself."""

    id: int
    chat: int
    place: int | None
    kind: int
    state: State
    unsure: bool
    not_before: datetime | None

    @property
    def there(self) -> bool:
        """Whether it has come, or may be on its way just now, with what the card showed when it set out."""
        return self.state is State.SENT or self.unsure


async def show_anew(
    turn: Turn,
    cards: Sequence[Shown],
    link: Link,
    kind: Kind,
    *,
    ring: bool = False,
    texts: Collection[int] = (),
) -> None:
    """Show a card anew that has changed, where it has come or is on its way just now: in its place, where the

    messenger can change it.

    What waits gets its words when it goes. ring: it must not pass unheard; where messages can be taken away, the old
    one is, and a new one comes. texts: the places of what goes ahead of it that has changed as well (see
    `Screen.ahead`). What there was not before is sent, and the card comes anew behind it.
    """
    there = await speakers(turn, cards)
    parts = await _parts(turn, link) if texts else {}
    anew = _Anew(turn, link, kind, ring=ring, texts=sorted(texts))
    for one in cards:
        if one.chat in there:
            anew.add(one, parts.get(one.chat, ()), goes_at(turn.beside(there[one.chat]), kind))
    if anew.stopped:
        await turn.db.run(_STOP, [{"letter": letter} for letter in anew.stopped])
    letters = await _write(turn, anew.rows)
    # Where a newer one waits, which will take this one away, that is the card.
    await _stand(turn, link, {chat: letter for chat, letter in letters.items() if chat not in anew.stays})
    if ring:
        await turn.db.run(_NO_TAILS, {"chats": list(letters)})
    turn.outcome.doubt = True  # what has got its words already and has not gone gets them anew


class _Anew:
    """The letters that show a card anew, chat by chat. stopped: letters that they take the place of. stays: the chats

    in which the card stays the letter that it is.
    """

    def __init__(self, turn: Turn, link: Link, kind: Kind, *, ring: bool, texts: Sequence[int]) -> None:
        self._turn = turn
        self._link = link
        self._kind = kind
        self._ring = ring
        self._texts = texts
        self.rows: list[dict[str, Any]] = []
        self.stopped: list[int] = []
        self.stays: set[int] = set()

    def add(self, one: Shown, parts: Sequence[_Part], later: datetime | None) -> None:
        """What is to be written to a chat. later: when something that makes a sound may go there."""
        came = {part.place: part.id for part in parts if part.place is not None and part.there}
        changes = self._turn.traits[one.platform].edits
        if changes:
            for place in self._texts:
                if place in came:
                    self._row(one.chat, self._kind, place, over=came[place])
        if one.state is State.SENT or one.going:
            self._where_it_is(one, parts, later, changes=changes)
        if one.waits:
            self._where_it_waits(one.chat, parts, came, changes=changes)

    def _where_it_is(
        self, one: Shown, parts: Sequence[_Part], later: datetime | None, *, changes: bool
    ) -> None:
        further = set(self._texts) - {part.place for part in parts}
        if one.waits and (self._ring or not changes or one.going):
            return  # that one shows it
        if changes and not (one.waits or self._ring or further):
            self._row(one.chat, self._kind, over=one.letter)
        elif changes and one.waits:
            self._row(one.chat, self._kind, over=one.letter)
            self.stays.add(one.chat)
        elif changes:
            self.rows.append(_away(self._turn, one.chat, self._kind, one.letter, not_before=later))
            self._whole(one.chat, self._kind, sorted(further), later)
        else:
            self._whole(one.chat, self._kind, self._texts, later, over=one.letter if one.going else None)

    def _where_it_waits(
        self, chat: int, parts: Sequence[_Part], came: Mapping[int, int], *, changes: bool
    ) -> None:
        """What waits has room for as many parts as there were: where there are more, it is written anew.

        So it is where parts have gone that cannot be changed.
        """
        waiting = [part for part in parts if not part.there]
        cards = [part for part in waiting if part.place is None]
        further = set(self._texts) - {part.place for part in parts}
        begun = not changes and any(place in came for place in self._texts)
        if not cards or not (further or begun):
            return
        rest = further if changes else self._texts
        self.stopped += [part.id for part in cards]
        self.stopped += [part.id for part in waiting if part.place in rest]
        self._whole(chat, Kind(cards[-1].kind), sorted(rest), cards[-1].not_before)
        self.stays.discard(chat)

    def _whole(
        self, chat: int, kind: Kind, places: Sequence[int], later: datetime | None, over: int | None = None
    ) -> None:
        """The card with what goes ahead of it in these places, as messages of their own.

        over: the letter but for which they need not go (see `outbox.shows_what_was`), where nothing can be changed.
        """
        for place in (*places, None):
            self._row(chat, kind, place, over=over, not_before=later)

    def _row(
        self,
        chat: int,
        kind: Kind,
        place: int | None = None,
        *,
        over: int | None = None,
        not_before: datetime | None = None,
    ) -> None:
        self.rows.append(
            _row(self._turn, chat, kind, self._link, ahead=place, over=over, not_before=not_before)
        )


async def bring(turn: Turn, chats: Sequence[Speaker], link: Link, kind: Kind, ahead: int = 0) -> None:
    """Write the letters that bring a card to chats in which it does not stand, whatever became of earlier ones.

    ahead: how many messages go before it (see `Screen.ahead`).
    """
    rows = [
        _row(turn, one.chat, kind, link, ahead=place, not_before=goes_at(turn.beside(one), kind))
        for one in chats
        for place in (*range(ahead), None)
    ]
    letters = await _write(turn, rows)
    await _stand(turn, link, letters)
    await turn.db.run(_NO_TAILS, {"chats": list(letters)})


async def take_ahead_away(
    turn: Turn,
    cards: Sequence[Shown],
    link: Link,
    places: Collection[int],
    says: Mapping[int, str],
) -> None:
    """Take away what went ahead of a card, in these places of it, where the messenger can.

    says: for each place of a text among it, the sentence, marked with N_, that it becomes once it is too old to be
    taken away; files stay then.
    """
    there = await speakers(turn, cards)
    rows = []
    for part in await _ahead_of(turn, link, places):
        if part.chat in there and turn.traits[there[part.chat].platform].edits:
            sentence = says.get(part.place or 0)
            said = turn.beside(there[part.chat]).say(sentence) if sentence else ""
            rows.append(_away(turn, part.chat, Kind(part.kind), part.id, says=said))
    await _write(turn, rows)


async def has_ahead(turn: Turn, link: Link) -> bool:
    """Whether anything has gone ahead of a card."""
    return bool(await _ahead_of(turn, link))


async def speakers(turn: Turn, cards: Sequence[Shown]) -> dict[int, Speaker]:
    """Who is in these chats and can be reached there, by the chat."""
    found = {one.chat: one.person for one in cards if one.reachable}
    whose = {person for person in found.values() if person is not None}
    return {one.chat: one for one in await people.all_chats_of(turn.db, whose) if one.chat in found}


async def _ahead_of(turn: Turn, link: Link, places: Collection[int] | None = None) -> list[_Part]:
    """All that has gone ahead of a card, or may be on its way; the newest, where it was changed."""
    if places is not None and not places:
        return []
    parts = [part for there in (await _parts(turn, link)).values() for part in there]
    found = {(part.chat, part.place): part for part in parts if part.place is not None and part.there}
    return [part for part in found.values() if places is None or part.place in places]


async def _parts(turn: Turn, link: Link) -> dict[int, list[_Part]]:
    """Every letter of a card that has come or is to come, by the chat."""
    found: dict[int, list[_Part]] = {}
    for row in await turn.db.all(_PARTS, {"of_key": people.keyed(link.packed())}):
        part = _Part._make(row)
        found.setdefault(part.chat, []).append(part)
    return found


def _row(
    turn: Turn,
    chat: int,
    kind: Kind,
    link: Link,
    *,
    ahead: int | None = None,
    over: int | None = None,
    not_before: datetime | None = None,
) -> dict[str, Any]:
    return outbox.row(
        chat,
        kind,
        {},
        [],
        turn.id,
        turn.now,
        over=over,
        not_before=not_before,
        about=people.keyed(link.packed()),
        ahead=ahead,
    )


def _away(
    turn: Turn, chat: int, kind: Kind, over: int, *, says: str = "", not_before: datetime | None = None
) -> dict[str, Any]:
    words = {"take_away": True, "title": "", "text": says, "rows": []}
    return outbox.row(chat, kind, words, [], turn.id, turn.now, over=over, not_before=not_before)


async def _write(turn: Turn, rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Put letters into the outbox; returns for each chat the one that shows the card."""
    if not rows:
        return {}
    turn.outcome.mail = True
    letters = await outbox.write(turn.db, rows)
    await outbox.outdate(turn.db, {row["over_id"] for row in rows if row["about"] and row["over_id"]})
    return {
        row["chat_id"]: letter
        for row, letter in zip(rows, letters, strict=True)
        if row["about"] is not None and row["ahead"] is None
    }


async def _stand(turn: Turn, link: Link, letters: Mapping[int, int]) -> None:
    """From now on these letters show the card in these chats."""
    key = people.keyed(link.packed())
    if letters:
        await turn.db.run(_NO_CARDS, {"of_key": key, "chats": list(letters)})
        cards = [{"chat_id": chat, "key": key, "letter_id": letter} for chat, letter in letters.items()]
        await turn.db.run(insert(Card), cards)
