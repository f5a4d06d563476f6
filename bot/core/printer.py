"""The printer: has papers made, or files fetched from the store, for whoever may have them at this very moment.

The last ones are kept for a minute.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from bot.core import outbox
from bot.core.addresses import Addresses
from bot.core.bench import Unreadable
from bot.core.clock import Background, Clock
from bot.core.errors import Later
from bot.core.flows import Link
from bot.core.i18n import N_, _, speaking
from bot.core.outbox import Board, Parcel
from bot.core.paper import SORTS, Paper, Printed, Stored
from bot.core.store import NotStored, Store, StoreAway
from bot.core.turn import Turn
from bot.core.turns import Turns
from bot.core.workshop import WorkshopFailed, apart

log = structlog.get_logger()

KEPT = 60.0
"""Seconds that made papers are kept: whoever opens one address again and again makes us print once a minute."""
KEPT_BYTES = 64 * 2**20
MESSENGER_GOOD_FOR = timedelta(days=7)
"""How long a messenger may fetch what it was told to show: a phone may do so when the message is first seen (unsure),
and the rights are asked each time."""
THUMB = "thumb.jpg"
"""What the small picture of a photo is called."""
_NOT_MADE = N_("⚠️ The file could not be made. Please try again in a few minutes.")
_NOT_KEPT = N_("⚠️ This photo or file is not kept any more.")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read of a file in one moment: the paper, the keyboard that stands in that chat, its language and
    messenger.
    """

    paper: Paper | Stored
    board: Board | None
    language: str
    platform: str


class Printer:
    """Gives files out, to letters on their way and to whoever opens an address."""

    def __init__(self, turns: Turns, clock: Clock, addresses: Addresses, store: Store) -> None:
        self._turns = turns
        self._clock = clock
        self._addresses = addresses
        self._store = store
        self._made: OrderedDict[bytes, tuple[float, asyncio.Task[bytes | Exception]]] = OrderedDict()
        self._background = Background()

    async def close(self) -> None:
        """Stop what is being made."""
        await self._background.close()

    async def printed(self, chat: int, link: list[Any]) -> Printed:
        """A file for the person of a chat, by their rights of this moment.

        Raises NotYours or StaleLink if they may not have it or it is not there; NotStored if it is not in the store
        (any more); Unreadable, WorkshopFailed or StoreAway if it could not be made or fetched.
        """
        seen = await self._seen(chat, link)
        return await self._print(seen.paper)

    async def thumb(self, chat: int, link: list[Any]) -> Printed:
        """The small picture of a file; errors as of `printed`, NotStored if it has none."""
        paper = (await self._seen(chat, link)).paper
        if isinstance(paper, Paper) or paper.thumb is None:
            raise NotStored
        return Printed(THUMB, SORTS[".jpg"], _whole(await self._fetched(paper.thumb)))

    async def warm(self, parcel: Parcel) -> None:
        """Have a letter's file at hand, so that `fill` finds it; what goes wrong will go wrong there again."""
        seen = await self._seen(parcel.chat, parcel.words["file"])
        if not _is_there(seen):
            await self._outcome(seen.paper)

    async def fill(self, parcel: Parcel) -> None:
        """Put a letter's file into it, or words instead if it cannot be made.

        Of what that messenger has already there are no bytes (see `Printed`). NotYours or StaleLink if the person may
        not have it any more: then nothing may be sent. Later if the store gives nothing just now.
        """
        link = parcel.words["file"]
        seen = await self._seen(parcel.chat, link)
        parcel.board = seen.board
        try:
            printed = await self._print(seen.paper, without=_is_there(seen))
        except (Unreadable, WorkshopFailed, NotStored) as error:
            parcel.words = {"title": "", "text": _instead(error, seen.language), "rows": []}
            return
        except StoreAway as away:
            raise Later(away.why) from None
        address = self._addresses.of(
            parcel.chat, link, seen.paper.ending, self._clock.now(), MESSENGER_GOOD_FOR
        )
        thumbed = printed.stored is not None and printed.stored.thumb is not None
        thumb = f"{address.rpartition('/')[0]}/{THUMB}" if address and thumbed else None
        parcel.file = replace(printed, address=address, thumb_address=thumb)

    async def _seen(self, chat: int, link: list[Any]) -> _Seen:
        async def look(turn: Turn) -> _Seen:
            paper = await turn.paper(Link.unpacked(link))
            board = await outbox.board(turn.db, turn.speaker.screen)
            return _Seen(paper, board, turn.speaker.language, turn.speaker.platform)

        return await self._turns.looking(chat, look)

    async def _print(self, paper: Paper | Stored, *, without: bool = False) -> Printed:
        """without: its bytes, as whoever gets it has them."""
        data = b"" if without else _whole(await self._outcome(paper))
        if isinstance(paper, Stored):
            return Printed(paper.name, paper.mime, data, stored=paper)
        return Printed(paper.file_name, paper.mime, data)

    async def _outcome(self, paper: Paper | Stored) -> bytes | Exception:
        """The bytes or why there are none, made now or a moment ago; whoever wants the same at once shares it."""
        if isinstance(paper, Stored):
            return await self._fetched(paper.digest or "")
        return await self._once(paper.fingerprint(), lambda: _made(paper))

    async def _fetched(self, digest: str) -> bytes | Exception:
        """The same of what lies in the store."""
        return await self._once(digest.encode(), lambda: _from(self._store, digest))

    async def _once(
        self, key: bytes, work: Callable[[], Coroutine[Any, Any, bytes | Exception]]
    ) -> bytes | Exception:
        self._clear()
        if key not in self._made:
            loop = asyncio.get_running_loop()
            self._made[key] = loop.time(), self._background.start(work(), "paper")
            loop.call_later(KEPT, self._clear)
        return await asyncio.shield(self._made[key][1])

    def _clear(self) -> None:
        """Let go of what is old, and of the oldest while all is too large; what is being made stays."""
        old = asyncio.get_running_loop().time() - KEPT
        done = [(key, begun, task) for key, (begun, task) in self._made.items() if task.done()]
        held = sum(_size(task) for _key, _begun, task in done)
        for key, begun, task in done:
            if begun > old and held <= KEPT_BYTES:
                return
            held -= _size(task)
            del self._made[key]


async def _made(paper: Paper) -> bytes | Exception:
    try:
        return await apart(paper.make, *paper.given)
    except Unreadable as refusal:
        return refusal
    except WorkshopFailed as failed:
        log.error("paper.failed", maker=paper.make.__name__, why=failed.why)
        return failed


async def _from(store: Store, digest: str) -> bytes | Exception:
    try:
        return await store.get(digest)
    except (NotStored, StoreAway) as error:
        return error


def _whole(outcome: bytes | Exception) -> bytes:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _is_there(seen: _Seen) -> bool:
    """Whether that messenger has the file already, and sends it by what it is called there."""
    return isinstance(seen.paper, Stored) and seen.platform in seen.paper.refs


def _size(task: asyncio.Task[bytes | Exception]) -> int:
    outcome = None if task.cancelled() else task.result()
    return len(outcome) if isinstance(outcome, bytes) else 0


def _instead(error: Unreadable | WorkshopFailed | NotStored, language: str) -> str:
    """What the person is told who waits for the file."""
    with speaking(language):
        if isinstance(error, NotStored):
            return _(_NOT_KEPT)
        if isinstance(error, Unreadable):
            return _(error.sentence).format(**error.values)
        return _(_NOT_MADE)
