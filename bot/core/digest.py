"""The day's digest: cards that can wait come as one message, at each person's hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, bindparam, delete, insert, or_, select

from bot.core import outbox, people
from bot.core.clock import day_of
from bot.core.flows import Link
from bot.core.hours import next_digest
from bot.core.turn import Turn
from models.chat import Chat
from models.digest import DigestItem
from models.letter import Card, Kind, Letter, State

FEW = 500
"""Chats that are asked for one by one; beyond, all that wait are gone through."""
_ITEMS = select(DigestItem.person_id, DigestItem.day).where(DigestItem.key == bindparam("of_key"))
_MINE = (
    select(DigestItem.key)
    .where(DigestItem.person_id == bindparam("person"), DigestItem.day == bindparam("day"))
    .order_by(DigestItem.key)
)
_CAME = (
    select(Chat.person_id)
    .join(Letter, Letter.chat_id == Chat.id)
    .where(
        Letter.about == bindparam("of_key"),
        or_(Letter.state == State.SENT, and_(Letter.state == State.QUEUED, Letter.unsure)),
    )
)
_TAKE_OUT = delete(DigestItem).where(
    DigestItem.key == bindparam("of_key"),
    DigestItem.person_id == bindparam("person"),
    DigestItem.day == bindparam("of_day"),
)
_QUEUED = (
    select(Card.chat_id, Card.key)
    .join(Letter, Letter.id == Card.letter_id)
    .where(Letter.state == State.QUEUED, Letter.kind == int(Kind.DIGEST), Letter.about.is_not(None))
)
_CARDS = select(Card.chat_id).where(Card.key == bindparam("of_key"))


async def put(turn: Turn, chats: Sequence[people.Speaker], link: Link) -> dict[int, str]:
    """Put a card into the next digest of whoever is in these chats, and see to it that the digest comes.

    Returns the key of that digest's card for each of these people.
    """
    key = people.keyed(link.packed())
    known = set(await turn.db.all(_ITEMS, {"of_key": key}))
    keys: dict[int, str] = {}
    items = []
    for day, there in (await _next_days(turn, chats)).items():
        whole = turn.book.digest(day)
        await _come(turn, whole, [(one, hour) for one, hour in there if hour is not None])
        for one, _hour in there:
            assert one.person is not None  # noqa: S101 (a chat that is spoken to unasked is somebody's)
            keys[one.person] = people.keyed(whole.packed())
            if (one.person, day) not in known:
                items.append({"person_id": one.person, "day": day, "key": key})
    if items:
        await turn.db.run(insert(DigestItem), items)
    turn.outcome.mail = True
    return keys


async def _next_days(
    turn: Turn, chats: Sequence[people.Speaker]
) -> dict[date, list[tuple[people.Speaker, datetime | None]]]:
    """By the day of each chat's next digest: the chats, and when it goes; None where it waits already.

    A digest that waits takes whatever comes, also if its hour was changed meanwhile; one that has gone takes no more,
    and the next is another day's.
    """
    waits = await _waiting(turn, chats)
    found: dict[date, list[tuple[people.Speaker, datetime | None]]] = {}
    new: dict[date, list[tuple[people.Speaker, datetime]]] = {}
    for one in chats:
        if one.chat in waits:
            found.setdefault(waits[one.chat], []).append((one, None))
        else:
            hour = next_digest(turn.beside(one), turn.now)
            new.setdefault(day_of(hour, one.timezone), []).append((one, hour))
    for day, there in new.items():
        key = people.keyed(turn.book.digest(day).packed())
        had = {chat for (chat,) in await turn.db.all(_CARDS, {"of_key": key})}
        for one, hour in there:
            later = next_digest(turn.beside(one), hour) if one.chat in had else hour
            found.setdefault(day_of(later, one.timezone), []).append((one, later))
    return found


async def _waiting(turn: Turn, chats: Sequence[people.Speaker]) -> dict[int, date]:
    """The day of the digest that waits for its hour, for each of these chats that has one."""
    asked = _QUEUED if len(chats) > FEW else _QUEUED.where(Card.chat_id.in_([one.chat for one in chats]))
    found: dict[int, date] = {}
    step = turn.book.digest(turn.today).step
    for chat, key in await turn.db.all(asked):
        packed = people.unkeyed(key) or [""]
        if packed[0] == step:
            _step, (found[chat],) = turn.book.find(packed)
    return found


async def take_out(turn: Turn, link: Link) -> None:
    """Take a card out of everybody's digests that have not come; one that has nothing left does not come at all."""
    key = people.keyed(link.packed())
    out = [
        {"of_key": key, "person": person, "of_day": day}
        for day, there in (await days_with(turn, link)).items()
        for person in there - await came(turn, turn.book.digest(day))
    ]
    if out:
        await turn.db.run(_TAKE_OUT, out)


async def days_with(turn: Turn, link: Link) -> dict[date, set[int]]:
    """In whose digests of which days a card is."""
    found: dict[date, set[int]] = {}
    for person, day in await turn.db.all(_ITEMS, {"of_key": people.keyed(link.packed())}):
        found.setdefault(day, set()).add(person)
    return found


async def has_come_with(turn: Turn, link: Link) -> bool:
    """Whether a digest with a card in it has come to somebody, or is on its way just now."""
    days = await days_with(turn, link)
    return any([there & await came(turn, turn.book.digest(day)) for day, there in days.items()])


async def came(turn: Turn, digest: Link) -> set[int | None]:
    """The people to whom this digest has come, or is on its way just now."""
    rows = await turn.db.all(_CAME, {"of_key": people.keyed(digest.packed())})
    return {person for (person,) in rows}


async def _come(turn: Turn, link: Link, there: Sequence[tuple[people.Speaker, datetime]]) -> None:
    """A letter for each of these chats, which have none of this digest yet."""
    if not there:
        return
    key = people.keyed(link.packed())
    rows = [
        outbox.row(one.chat, Kind.DIGEST, {}, [], turn.id, turn.now, not_before=hour, about=key)
        for one, hour in there
    ]
    letters = await outbox.write(turn.db, rows)
    cards = [
        {"chat_id": one.chat, "key": key, "letter_id": letter}
        for (one, _hour), letter in zip(there, letters, strict=True)
    ]
    await turn.db.run(insert(Card), cards)


async def days_of(turn: Turn, link: Link, whose: Sequence[int]) -> set[date]:
    """The days in whose digests of these people a card stands."""
    asked = _ITEMS.where(DigestItem.person_id.in_(whose))
    return {day for _person, day in await turn.db.all(asked, {"of_key": people.keyed(link.packed())})}


async def items_of(turn: Turn, day: date) -> list[Link]:
    """What whoever speaks has in the digest of a day."""
    keys = await turn.db.all(_MINE, {"person": turn.person, "day": day})
    return [Link.unpacked(people.unkeyed(key) or []) for (key,) in keys]
