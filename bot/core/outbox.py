"""The outbox: writes letters in a turn's transaction, finds those that are due, and settles what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from bot.core.events import Fate, Receipt
from models.billing import CAPPED, is_free
from models.chat import Chat
from models.database import Db
from models.letter import Card, Kind, Letter, State

if TYPE_CHECKING:
    from bot.core.paper import Printed

Board = tuple[int, list[Any]]
"""A keyboard that stands: the letter whose buttons they are, and its rows."""


@dataclass(slots=True)
class Parcel:
    """A letter in the sender's hands.

    over_id: the letter whose message it changes; over: that message's own id, once known. about, ahead: the card that
    it shows when it goes, if it has no words of its own yet (see `Letter`). same_as: the letter whose buttons it gets,
    if it goes together with others; alone: it goes with no others. in_session: whether the person wrote or pressed
    something lately, so that it is free (models/billing.py). taken_up: when the sender took it in hand, by the loop's
    time. known: the count of `Doubt` at which it was known to wait. warm: whether its
    files have been made ahead. files, board: what goes with a letter that holds files: they themselves, and the
    keyboard that stands in the chat. Of such a letter, which may be several messages: taken: keys of the files that
    the messenger took, and TEXT if it took the words; messages: its ids of them; refs: what it calls media now.
    """

    id: int
    chat: int
    address: str
    kind: int
    words: dict[str, Any]
    over_id: int | None = None
    over: str | None = None
    attempts: int = 0
    unsure: bool = False
    taken_up: float = 0.0
    known: int = -1
    warm: bool = False
    files: list[Printed] = field(default_factory=list)
    board: Board | None = None
    about: str | None = None
    ahead: int | None = None
    same_as: int | None = None
    alone: bool = False
    in_session: bool = True
    taken: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    refs: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The messenger took it. message: its own id; billing: Viber's billing_status."""

    message: str | None = None
    billing: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a letter: its new state, and what is to be remembered of it."""

    parcel: Parcel
    state: State
    message: str | None = None
    trouble: str | None = None
    not_before: datetime | None = None
    unsure: bool = False
    billing: int | None = None


TEXT = ""
"""Stands in `Parcel.taken` for the words."""
MESSAGE_LENGTH = 64
"""Signs of a messenger's own id that are kept; the real ones have up to 20."""
_NEW = insert(Letter).returning(Letter.id, sort_by_parameter_order=True)
_DUE = (
    select(
        Letter.id,
        Letter.chat_id,
        Chat.address,
        Letter.kind,
        Letter.words,
        Letter.over_id,
        Letter.attempts,
        Letter.unsure,
        Letter.about,
        Letter.ahead,
        Letter.same_as,
        Chat.heard_at,
    )
    .join(Chat, Chat.id == Letter.chat_id)
    .where(
        Letter.state == State.QUEUED,
        Chat.platform == bindparam("platform"),
        or_(Letter.not_before.is_(None), Letter.not_before <= bindparam("now")),
    )
    .order_by(Letter.kind, case((and_(Letter.unsure, Letter.ahead.is_(None)), 1), else_=0), Letter.id)
    .limit(bindparam("most"))
)
"""What may have arrived goes after what has not: or the same few would be doubled by each kill of several."""
_OVER = select(Letter.message, Letter.over_id).where(Letter.id == bindparam("id"))
_BOARD = select(Letter.words).where(Letter.id == bindparam("id"))
_WAITS = select(Letter.id).where(Letter.id == bindparam("letter"), Letter.state == State.QUEUED)
_SHOWS = (
    update(Letter)
    .where(Letter.id == bindparam("letter"), Letter.state == State.QUEUED)
    .values(links=bindparam("new_links"), unsure=True, outdated=False)
)
"""Whatever ends us from here on leaves the letter as one that may have arrived."""
_OUTDATED = update(Letter).where(Letter.id == bindparam("letter")).values(outdated=True)
_SHOWS_WHAT_WAS = select(Letter.id).where(
    Letter.id == bindparam("letter"),
    Letter.outdated,
    or_(Letter.state == State.SENT, and_(Letter.state == State.REPLACED, Letter.unsure)),
)
_GROUP = (Letter.id.in_(bindparam("letters", expanding=True)), Letter.state == State.QUEUED)
_WAITING = select(Letter.id).where(*_GROUP)
_GO_TOGETHER = update(Letter).where(*_GROUP).values(same_as=bindparam("first"))
_SETTLE = (
    update(Letter)
    .where(Letter.id == bindparam("letter"))
    .values(
        state=bindparam("new_state"),
        message=func.coalesce(bindparam("new_message"), Letter.message),
        trouble=bindparam("new_trouble"),
        not_before=bindparam("later"),
        unsure=bindparam("new_unsure"),
        attempts=Letter.attempts + 1,
        sent_at=bindparam("now"),
        billing=bindparam("new_billing"),
    )
)
_AGAIN = and_(Letter.id == bindparam("letter"), Letter.state == State.QUEUED)
_RETRY = (
    update(Letter)
    .where(_AGAIN)
    .values(
        trouble=bindparam("new_trouble"),
        not_before=bindparam("later"),
        unsure=bindparam("new_unsure"),
        attempts=Letter.attempts + 1,
    )
)
_ARRIVED = (
    update(Letter)
    .where(Letter.id == bindparam("letter"), Letter.state == State.QUEUED)
    .values(state=State.SENT, message=bindparam("new_message"), sent_at=bindparam("now"))
)
_MAIL = (
    select(
        Letter.kind,
        Letter.words,
        Letter.links,
        Letter.about,
        Letter.ahead,
        Letter.turn,
        Letter.created_at,
        Letter.not_before,
        Card.key,
    )
    .outerjoin(Card, Card.letter_id == Letter.id)
    .where(Letter.state == State.QUEUED, Letter.kind != int(Kind.REPLY))
    .order_by(Letter.id)
)
_UNSENT, _UNPAID = (
    _MAIL.where(Letter.chat_id == bindparam("chat")),
    _MAIL.where(Letter.id == bindparam("letter")),
)
_THEIRS = aliased(Chat)
_OTHER_CHAT = (
    select(_THEIRS.id)
    .join(Chat, Chat.person_id == _THEIRS.person_id)
    .where(Chat.id == bindparam("chat"), _THEIRS.id != Chat.id, _THEIRS.reachable)
    .order_by(_THEIRS.id)
    .limit(1)
)
_OTHER_MESSENGER = _OTHER_CHAT.where(_THEIRS.platform != Chat.platform)
_NO_CARD = delete(Card).where(
    Card.key == bindparam("of_key"), Card.chat_id.in_([bindparam("old"), bindparam("new")])
)
_NOT_SENT = (
    update(Letter)
    .where(Letter.chat_id == bindparam("chat"), Letter.state == State.QUEUED, Letter.kind != int(Kind.REPLY))
    .values(state=State.GONE, trouble="left")
)
"""But for replies: whoever has just done something is there."""
_UNREACHABLE = update(Chat).where(Chat.id == bindparam("chat")).values(reachable=False)
_REPLACE = (
    update(Letter)
    .where(Letter.id == bindparam("letter"), Letter.state == State.QUEUED)
    .values(state=State.REPLACED)
)
_ADDRESSED = (
    select(Chat.id)
    .where(Chat.platform == bindparam("platform"), Chat.address == bindparam("address"))
    .scalar_subquery()
)
_ARRIVES: dict[str, Any] = {
    "delivered_at": func.coalesce(Letter.delivered_at, bindparam("at")),
    "state": case((Letter.state == State.REFUSED, State.SENT), else_=Letter.state),
}
"""Whoever has it, has it, whatever is told of it before or after."""
_NOT_THERE = Letter.delivered_at.is_(None)
_RECEIPTS: dict[Fate, dict[str, Any]] = {
    Fate.DELIVERED: _ARRIVES,
    Fate.SEEN: {"seen_at": func.coalesce(Letter.seen_at, bindparam("at")), **_ARRIVES},
    Fate.FAILED: {
        "trouble": case((_NOT_THERE, bindparam("new_trouble")), else_=Letter.trouble),
        "state": case((_NOT_THERE, State.REFUSED), else_=Letter.state),
    },
}


def held(words: dict[str, Any]) -> list[list[Any]]:
    """The links of the files that a letter holds; "file" is how one that an older Klasno wrote has its only one."""
    links: list[list[Any]] = words.get("files") or ([words["file"]] if "file" in words else [])
    return links


async def write(db: Db, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Put letters into the outbox; returns their ids in order."""
    return await db.new(_NEW, rows)


def row(
    chat: int,
    kind: Kind,
    words: dict[str, Any],
    links: list[Any],
    turn: str,
    now: datetime,
    *,
    over: int | None = None,
    not_before: datetime | None = None,
    state: State = State.QUEUED,
    about: str | None = None,
    ahead: int | None = None,
) -> dict[str, Any]:
    """One letter as `write` takes it."""
    return {
        "chat_id": chat,
        "kind": int(kind),
        "state": state,
        "words": words,
        "links": links,
        "about": about,
        "ahead": ahead,
        "over_id": over,
        "not_before": not_before,
        "turn": turn,
        "created_at": now,
        "sent_at": now if state is State.SENT else None,
    }


async def replace(db: Db, letter: int) -> bool:
    """Take a letter back that has not gone yet, since a newer one says it better; False if it has gone."""
    return bool(await db.run(_REPLACE, {"letter": letter}))


async def due(db: Db, platform: str, now: datetime, most: int) -> list[Parcel]:
    """The letters that may go now, the most pressing first."""
    found = await db.all(_DUE, {"platform": platform, "now": now, "most": most})
    parcels = []
    for id_, chat, address, kind, words, over_id, attempts, unsure, about, ahead, same_as, heard_at in found:
        parcel = Parcel(id_, chat, address, kind, words, over_id, None, attempts, unsure)
        parcel.about, parcel.ahead, parcel.same_as = about, ahead, same_as
        parcel.in_session = is_free(heard_at, now)
        parcels.append(parcel)
    return parcels


async def arrived(db: Db, letter: int, message: str | None, now: datetime) -> None:
    """Write a letter down as sent of which somebody has pressed a button."""
    await db.run(_ARRIVED, {"letter": letter, "new_message": message, "now": now})


async def shows(db: Db, letter: int, links: list[Any]) -> bool:
    """Write down where the buttons lead of a letter that is about to go; False if it is not to go any more."""
    return bool(await db.run(_SHOWS, {"letter": letter, "new_links": links}))


async def outdate(db: Db, letters: Collection[int]) -> None:
    """Write down of letters that have got their words, and have gone or are going, that their card has changed."""
    if letters:
        await db.run(_OUTDATED, [{"letter": letter} for letter in letters])


async def shows_what_was(db: Db, letter: int) -> bool:
    """Whether a letter has come, or may have, with what its card showed before it changed.

    One that waits to be tried once more has not: it gets its words anew then, and so must not be changed by another.
    """
    return await db.first(_SHOWS_WHAT_WAS, {"letter": letter}) is not None


async def go_together(db: Db, letters: Sequence[int], first: int) -> set[int]:
    """Write down of letters that are about to go as one message that their buttons are those of `first`.

    Returns those that are still to go.
    """
    waiting = await db.all(_WAITING, {"letters": letters})
    await db.run(_GO_TOGETHER, {"letters": letters, "first": first})
    return {id_ for (id_,) in waiting}


async def waits(db: Db, letter: int) -> bool:
    """Whether a letter is still to be sent."""
    return await db.first(_WAITS, {"letter": letter}) is not None


async def board(db: Db, screen: int | None) -> Board | None:
    """The keyboard of a chat's screen, or None if it has none."""
    found = await db.first(_BOARD, {"id": screen}) if screen is not None else None
    rows = found[0].get("rows") if found else None
    return (screen, rows) if screen is not None and rows else None


async def message_under(db: Db, letter: int | None) -> str | None:
    """The messenger's id of the message that a letter is laid over; replaced letters are looked through."""
    while letter is not None:
        found = await db.first(_OVER, {"id": letter})
        if found is None:
            return None
        message, letter = found
        if message is not None:
            return message
    return None


async def settle(db: Db, outcomes: Sequence[Settled], now: datetime) -> None:
    """Write down what became of letters: one statement for each sort of outcome, however many there are."""
    ended = [_as_params(one, now) for one in outcomes if one.state is not State.QUEUED]
    again = [_as_params(one, now) for one in outcomes if one.state is State.QUEUED]
    gone = [{"chat": one.parcel.chat} for one in outcomes if one.state is State.GONE]
    for one in gone:
        await move_on(db, one["chat"])
    for capped in [one for one in outcomes if one.state is State.REFUSED and one.trouble == CAPPED]:
        await _goes_elsewhere(db, capped.parcel)
    if ended:
        await db.run(_SETTLE, ended)
    if again:
        await db.run(_RETRY, [{k: v for k, v in one.items() if k in _RETRY_KEYS} for one in again])
    if gone:
        await db.run(_UNREACHABLE, gone)
        await db.run(_NOT_SENT, gone)


async def move_on(db: Db, chat: int) -> None:
    """What waits for somebody who cannot be reached in this chat goes to their other one, if they have one."""
    if other := await db.first(_OTHER_CHAT, {"chat": chat}):
        await _move(db, await db.all(_UNSENT, {"chat": chat}), chat, other[0])


async def _goes_elsewhere(db: Db, parcel: Parcel) -> None:
    """A letter that costs more than the school pays for goes to the person's other messenger, if they have one."""
    if other := await db.first(_OTHER_MESSENGER, {"chat": parcel.chat}):
        await _move(db, await db.all(_UNPAID, {"letter": parcel.id}), parcel.chat, other[0])


async def _move(db: Db, mail: Sequence[Any], old: int, to: int) -> None:
    for kind, words, links, about, ahead, turn, created_at, not_before, key in mail:
        if "take_away" in words:
            continue
        shown = {"about": about, "ahead": ahead}
        new = row(to, Kind(kind), words, links, turn, created_at, not_before=not_before, **shown)
        letter = (await write(db, [new]))[0]
        if key is not None:
            await db.run(_NO_CARD, {"of_key": key, "old": old, "new": to})
            await db.run(insert(Card), {"chat_id": to, "key": key, "letter_id": letter})


_RETRY_KEYS = {"letter", "new_trouble", "later", "new_unsure"}


def _as_params(one: Settled, now: datetime) -> dict[str, Any]:
    return {
        "letter": one.parcel.id,
        "new_state": one.state,
        "new_message": one.message and one.message[:MESSAGE_LENGTH],
        "new_trouble": one.trouble,
        "later": one.not_before,
        "new_unsure": one.unsure,
        "new_billing": one.billing,
        "now": now if one.state is State.SENT else None,
    }


async def receive(db: Db, receipt: Receipt) -> int:
    """Write a messenger's word on a letter's fate; late and doubled ones change nothing.

    One message may have gone to many: it is the letter to whoever the receipt is about.
    Returns 0 if there is no such letter (yet).
    """
    change = (
        update(Letter)
        .where(Letter.message == bindparam("token"), Letter.chat_id == _ADDRESSED)
        .values(_RECEIPTS[receipt.fate])
    )
    params: dict[str, Any] = {
        "token": receipt.message,
        "platform": receipt.platform,
        "address": receipt.address,
    }
    if receipt.fate is Fate.FAILED:
        params["new_trouble"] = (receipt.trouble or "failed")[:120]
    else:
        params["at"] = receipt.at
    return await db.run(change, params)
