"""Keeping media: what somebody sent is fetched once, looked at apart, and put into the store until a turn names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

from bot.core.errors import TooLarge
from bot.core.paper import SORTS, harmless
from bot.core.store import Store
from bot.core.workshop import WorkshopFailed, apart
from models.media import About, MediumSort

Read = Callable[[str, str, bytes | None], tuple[dict[str, Any], bytes, bytes]]
"""Says what a file is, what is to be kept of it, and a small picture (see papers/received.py); it runs apart."""
_MOST = 2**31 - 1


class Fetches(Protocol):
    """What an errand needs of a messenger.

    hands_out: bytes of the largest file that it lets be fetched. hands_on: whether it sends on by its own name for it
    what it does not hand out.
    """

    name: str
    hands_out: int
    hands_on: bool

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file of that reference, at most `most` bytes.

        Raises Lost or TooLarge, or Later or Misconfigured if it is to be tried again.
        """


class Keeping:
    """Puts what people send into the store."""

    def __init__(self, store: Store, read: Read) -> None:
        self._store = store
        self._read = read

    async def kept(self, file: Mapping[str, Any], messenger: Fetches, held: AsyncExitStack) -> About:
        """What a file is that lies in the store now, where it stays at least until `held` is closed.

        file: as `Turn.fetch_media` has written it down. What the messenger hands on and not out does not lie there.
        Raises what `Fetches.fetch` does, Unreadable or WorkshopFailed for what cannot be passed on, and StoreAway.
        """
        try:
            if file["size"] > messenger.hands_out:
                raise TooLarge("told")
            data: bytes | None = await messenger.fetch(file["ref"], messenger.hands_out)
        except TooLarge:
            if not messenger.hands_on:
                raise
            data = None
        found, drawn, small = await apart(self._read, file["name"], file["sort"], data, shut=True)
        if data is None:
            return _about(file, found, file["size"], None, None, {messenger.name: file["ref"]})
        body = drawn or data
        pieces = (body, small) if small else (body,)
        digest, *thumb = await held.enter_async_context(self._store.keeping(*pieces))
        return _about(file, found, len(body), digest, thumb[0] if thumb else None, {})


def _about(
    file: Mapping[str, Any],
    found: Any,
    size: int,
    digest: str | None,
    thumb: str | None,
    refs: dict[str, str],
) -> About:
    """What is written down; a process that a bad file has taken over can have said anything of it."""
    try:
        sort, ending = MediumSort(found["sort"]), str(found["ending"])
        mime = SORTS[ending]
        width, height, seconds = (
            _whole(found.get(name) or file.get(name)) for name in ("width", "height", "seconds")
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        raise WorkshopFailed("answer unreadable") from None
    stem, dot, _ending = str(file["name"]).rpartition(".")
    name = harmless(stem if dot else str(file["name"]), ending, sort.value)
    return About(sort, digest, thumb, mime, name, size, width, height, seconds, refs)


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 < value < _MOST else None
