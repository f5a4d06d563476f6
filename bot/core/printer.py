"""The printer: gives files to whoever may have them at this very moment, made or from the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from bot.core import outbox, people
from bot.core.addresses import Addresses
from bot.core.bench import Unreadable
from bot.core.clock import Clock
from bot.core.errors import Later
from bot.core.flows import Link, StaleLink
from bot.core.i18n import N_, _, speaking
from bot.core.outbox import Board, Parcel
from bot.core.paper import SORTS, Paper, Printed, Stored, sort_of
from bot.core.shares import Shares
from bot.core.store import NotStored, Store, StoreAway
from bot.core.turn import Turn
from bot.core.turns import Turns
from bot.core.workshop import WorkshopFailed, apart
from models.errors import NotYours

log = structlog.get_logger()

MESSENGER_GOOD_FOR = timedelta(days=7)
"""How long a messenger may fetch what it was told to show: a phone may do so when the message is first seen (unsure),
and the rights are asked each time."""
SHOWN_BYTES = 2**20
"""A photo of more is made smaller for a messenger without albums: not all phones show it."""
TOGETHER_KEPT = 3600.0
"""Seconds that a picture made of several is kept: the phones of a whole class fetch the same one."""
THUMB, TOGETHER = "thumb.jpg", "klasno.jpg"
"""What the small picture of a file is called, and the one that is made of several."""
_JPEG = SORTS[".jpg"]
_NOT_MADE = N_("⚠️ The file could not be made. Please try again in a few minutes.")
_ELSEWHERE = N_("📎 {messenger} does not show «{name}». It opens here, for a week: {address}")
_TOO_LARGE = N_("📎 «{name}» is too large for {messenger}. Please ask the class teacher for it.")
_VIDEO_TOO_LARGE = N_("📎 This video is too large for {messenger}. Please ask the class teacher for it.")
_NOT_KEPT = N_("⚠️ This photo or file is not kept any more.")


@dataclass(frozen=True, slots=True)
class _File:
    """One file of those that were asked for. sort: what it is shown as, see `Stored`."""

    link: list[Any]
    file: Paper | Stored
    sort: str

    @property
    def key(self) -> str:
        return people.keyed(self.link)

    def fingerprint(self) -> bytes:
        """The same where it looks the same."""
        if isinstance(self.file, Paper):
            return self.file.fingerprint()
        return f"{self.file.digest or self.file.thumb or self.file.medium}".encode()


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read in one moment: the files, in whose chat of which messenger, and the keyboard that stands there.

    together: those that become one picture (or a smaller one), as the messenger has no albums.
    """

    alone: list[_File]
    together: list[_File]
    chat: int
    messenger: str
    language: str
    board: Board | None


class Printer:
    """Gives files out, to letters on their way and to whoever opens an address."""

    def __init__(
        self, turns: Turns, clock: Clock, addresses: Addresses, store: Store, collage: Callable[..., bytes]
    ) -> None:
        """collage: makes a JPEG of pictures, told first of each whether it is a video's; it runs apart."""
        self._turns = turns
        self._clock = clock
        self._addresses = addresses
        self._store = store
        self._collage = collage
        self._shares = Shares()

    async def close(self) -> None:
        """Stop what is being made."""
        await self._shares.close()

    async def printed(self, chat: int, link: list[Any]) -> Printed:
        """A file for the person of a chat, by their rights of this moment; of a list of links, one picture of all.

        Raises NotYours or StaleLink if they may not have it or it is not there; a `shares.Fault` if there are no
        bytes.
        """
        if isinstance(link[0], list):
            seen = await self._see(chat, link, picture=True)
            return Printed(TOGETHER, _JPEG, await self._joined([*seen.together, *seen.alone]))
        file = (await self._see(chat, [link])).alone[0].file
        return Printed(file.file_name, file.mime, await self._bytes(file))

    async def thumb(self, chat: int, link: list[Any]) -> Printed:
        """The small picture of a file; errors as of `printed`, NotStored if it has none."""
        if isinstance(link[0], list):
            raise NotStored
        file = (await self._see(chat, [link])).alone[0].file
        if isinstance(file, Paper) or file.thumb is None:
            raise NotStored
        return Printed(THUMB, _JPEG, await self._kept(file.thumb))

    async def warm(self, parcel: Parcel) -> None:
        """Have a letter's files at hand, so that `fill` finds them; what goes wrong will go wrong there again."""
        with suppress(StoreAway):
            await self._filled(await self._of(parcel), ())

    async def fill(self, parcel: Parcel, anew: Collection[int] = ()) -> None:
        """Put a letter's files into it: those that the messenger has not taken yet and this person may (still) have.

        anew: media that the messenger does not know by the name it gave them. NotYours or StaleLink if nothing is
        left: then nothing may be sent. Later if the store gives nothing just now.
        """
        seen = await self._of(parcel)
        try:
            parcel.board, parcel.files = seen.board, await self._filled(seen, anew)
        except StoreAway as away:
            raise Later(away.why) from None

    async def _of(self, parcel: Parcel) -> _Seen:
        links = [link for link in outbox.held(parcel.words) if people.keyed(link) not in parcel.taken]
        return await self._see(parcel.chat, links, picture=bool(parcel.words.get("picture")))

    async def _see(self, chat: int, links: Sequence[list[Any]], *, picture: bool = False) -> _Seen:
        async def look(turn: Turn) -> _Seen:
            found: list[_File] = []
            refusal: NotYours | StaleLink | None = None
            for link in links:
                try:
                    file = await turn.paper(Link.unpacked(link))
                    found.append(_File(link, file, sort_of(file, picture)))
                except (NotYours, StaleLink) as error:
                    refusal = error
            if refusal and not found:
                raise refusal
            speaker = turn.speaker
            traits = turn.traits[speaker.platform]
            together = [] if traits.albums else [one for one in found if one.sort in ("photo", "video")]
            if len(together) == 1 and not _is_large(together[0]):
                together = []
            alone = [one for one in found if one not in together]
            board = await outbox.board(turn.db, speaker.screen)
            return _Seen(alone, together, chat, speaker.platform, speaker.language, board)

        return await self._turns.looking(chat, look)

    async def _filled(self, seen: _Seen, anew: Collection[int]) -> list[Printed]:
        with speaking(seen.language):
            alone = [await self._one(seen, one, anew) for one in seen.alone]
            return [await self._one_picture(seen), *alone] if seen.together else alone

    async def _one(self, seen: _Seen, one: _File, anew: Collection[int]) -> Printed:
        """A file as it goes: by the messenger's own name for it, or with its bytes and its address."""
        file, data, address, small = one.file, b"", None, None
        stored = file if isinstance(file, Stored) else None
        ref = stored.refs.get(seen.messenger) if stored and stored.medium not in anew else None
        instead = ""
        if stored is None or stored.digest is not None:
            address = self._address(seen.chat, one.link, file.ending)
            try:
                data = b"" if ref else await self._bytes(file)
            except (Unreadable, WorkshopFailed, NotStored) as fault:
                address, instead = None, _without(fault)
        if address and stored and stored.thumb:
            small = f"{address.rpartition('/')[0]}/{THUMB}"
        instead = instead or _elsewhere(file, address, seen.messenger)
        return Printed(
            file.file_name, file.mime, data, address, stored, small, one.sort, ref, (one.key,), instead
        )

    async def _one_picture(self, seen: _Seen) -> Printed:
        """What becomes one picture."""
        data, keys = b"", tuple(one.key for one in seen.together)
        address = self._address(seen.chat, [one.link for one in seen.together], ".jpg")
        try:
            data = await self._joined(seen.together)
        except WorkshopFailed:
            address = None
        return Printed(TOGETHER, _JPEG, data, address, sort="photo", of=keys, instead=_(_NOT_MADE))

    def _address(self, chat: int, link: list[Any], ending: str) -> str | None:
        return self._addresses.of(chat, link, ending, self._clock.now(), MESSENGER_GOOD_FOR)

    async def _bytes(self, file: Paper | Stored) -> bytes:
        """All of a file; a Fault if that cannot be."""
        if isinstance(file, Paper):
            return await self._shares.get(file.fingerprint(), lambda: _made(file.make, *file.given))
        if file.digest is None:
            raise NotStored
        return await self._kept(file.digest)

    async def _kept(self, digest: str) -> bytes:
        return await self._shares.get(digest.encode(), lambda: self._store.get(digest))

    async def _joined(self, files: Sequence[_File]) -> bytes:
        """One picture of several, the same for all who may have the same ones."""
        prints = hashlib.sha256(b"together")
        for one in files:
            prints.update(one.fingerprint() + one.sort.encode() + b";")

        async def make() -> bytes:
            pictures = [await self._picture(one) for one in files]
            return await _made(self._collage, [one.sort == "video" for one in files], *pictures)

        return await self._shares.get(prints.digest(), make, TOGETHER_KEPT)

    async def _picture(self, one: _File) -> bytes:
        """How a file looks; nothing if that is not known."""
        file = one.file
        try:
            if isinstance(file, Paper) or (one.sort == "photo" and file.digest is not None):
                return await self._bytes(file)
            return await self._kept(file.thumb) if file.thumb is not None else b""
        except (Unreadable, WorkshopFailed, NotStored):
            return b""


def _is_large(one: _File) -> bool:
    return one.sort == "photo" and isinstance(one.file, Stored) and one.file.size > SHOWN_BYTES


async def _made(make: Callable[..., bytes], *given: object) -> bytes:
    try:
        return await apart(make, *given)
    except WorkshopFailed as failed:
        log.error("paper.failed", maker=make.__name__, why=failed.why)
        raise


def _elsewhere(file: Paper | Stored, address: str | None, messenger: str) -> str:
    """What is said in the place of a file that the messenger does not take."""
    video = isinstance(file, Stored) and file.sort == "video"
    sentence = _ELSEWHERE if address else _VIDEO_TOO_LARGE if video else _TOO_LARGE
    return _(sentence).format(name=file.file_name, messenger=messenger.title(), address=address)


def _without(fault: Unreadable | WorkshopFailed | NotStored) -> str:
    """What is said in the place of a file of which there are no bytes."""
    if isinstance(fault, Unreadable):
        return _(fault.sentence).format(**fault.values)
    return _(_NOT_KEPT if isinstance(fault, NotStored) else _NOT_MADE)
