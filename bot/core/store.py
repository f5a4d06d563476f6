"""The media store: bytes by the hash of their content, in a folder or in a bucket of S3's kind; no name is in it.

A folder is written as a bucket is, by obstore: beside its place, and then moved there, so that nothing is ever half
there. What no row of the database names is swept away (`sweep`), but for what is just being kept (`keeping`): bytes
come before the row that names them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

log = structlog.get_logger()

_DIGEST = re.compile(r"[0-9a-f]{64}")
_LEFT_OVER = re.compile(r"[0-9a-f]{64}#[0-9]+")
"""What obstore leaves in a folder when it is killed while it writes."""
_TRIAL = 2**20
"""Bytes that are put and taken away to see whether the store takes anything: about a photo."""


class NotStored(Exception):
    """It is not in the store, or not any more."""


class StoreAway(Exception):
    """The store takes or gives nothing just now; `why` is for the operator, and has no secret in it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Store:
    """What the school's people sent, by the SHA-256 of it in hexadecimal."""

    def __init__(self, place: LocalStore | S3Store, where: str, folder: Path | None = None) -> None:
        """where: said to the operator. folder: where the files lie, if they do so here."""
        self.where = where
        self._place = place
        self._folder = folder
        self._held: Counter[str] = Counter()
        self._spared: set[str] = set()
        """Held at some moment since the last sweep began."""
        self._changing = asyncio.Lock()
        self.trouble = ""
        """Why the last that was to be kept was not, or empty."""

    @staticmethod
    def in_folder(folder: Path) -> Store:
        """A store in a folder, which is made if need be, for us alone; OSError if it cannot be."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Store(LocalStore(folder.absolute()), str(folder), folder)

    @staticmethod
    def in_bucket(bucket: str, endpoint: str, region: str, key_id: str, secret: str) -> Store:
        """A store in a bucket of Amazon's S3, or of whoever speaks like it at `endpoint`; nothing is asked yet."""
        place = S3Store(
            bucket,
            endpoint=endpoint or None,
            region=region,
            access_key_id=key_id or None,
            secret_access_key=secret or None,
            virtual_hosted_style_request=not endpoint,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )
        return Store(place, f"bucket {bucket}")

    def tidy(self) -> None:
        """Take away what a kill left half written; only for who alone writes here."""
        for one in self._folder.iterdir() if self._folder else ():
            if _LEFT_OVER.fullmatch(one.name):
                one.unlink()

    @asynccontextmanager
    async def keeping(self, *pieces: bytes) -> AsyncIterator[list[str]]:
        """Within, these pieces are in the store, whether or not a row names them yet: their digests, in order.

        Raises StoreAway if they cannot be put there.
        """
        digests = [await asyncio.to_thread(digest_of, data) for data in pieces]
        self._held.update(digests)
        self._spared.update(digests)
        try:
            for digest, data in zip(digests, pieces, strict=True):
                await self._put(digest, data)
            yield digests
        finally:
            self._held.subtract(digests)
            self._held += Counter()  # forgets what nobody holds

    async def put(self, data: bytes) -> str:
        """Put bytes there, once however often they come; returns their digest. StoreAway if that cannot be."""
        digest = await asyncio.to_thread(digest_of, data)
        await self._put(digest, data)
        return digest

    async def get(self, digest: str) -> bytes:
        """The bytes of that digest; NotStored if there are none, StoreAway if nobody can tell just now."""
        if not _DIGEST.fullmatch(digest):
            raise NotStored
        try:
            found = await self._place.get_async(digest)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            raise NotStored from None
        except (BaseError, OSError) as error:
            raise self._away(error) from None

    async def drop(self, digests: Iterable[str]) -> None:
        """Take away what lies under these digests, if anything does."""
        for digest in digests:
            if _DIGEST.fullmatch(digest):
                await self._drop(digest)

    async def all(self) -> set[str]:
        """The digests of all that lies there; whatever else does is none of ours."""
        try:
            pages = [page async for page in self._place.list()]
        except (BaseError, OSError) as error:
            raise self._away(error) from None
        names = {one["path"] for page in pages for one in page}
        return {name for name in names if _DIGEST.fullmatch(name)}

    async def sweep(self, named: Callable[[], Awaitable[set[str]]]) -> int:
        """Take away what nobody names and nobody is about to; returns how much. named: the digests in use."""
        self._spared = set(self._held)
        found = await self.all()
        dropped = 0
        for digest in sorted(found - await named()):
            async with self._changing:
                if digest not in self._spared:
                    await self._drop(digest)
                    dropped += 1
        return dropped

    async def check(self) -> None:
        """Put something there, and take it away again; StoreAway if that cannot be."""
        await self.drop([await self.put(os.urandom(_TRIAL))])

    async def _put(self, digest: str, data: bytes) -> None:
        try:
            async with self._changing:
                await self._place.put_async(digest, data)
                if self._folder is not None:
                    await asyncio.to_thread(_make_lasting, self._folder, digest)
        except (BaseError, OSError) as error:
            raise self._away(error) from None
        self.trouble = ""

    async def _drop(self, digest: str) -> None:
        try:
            with suppress(FileNotFoundError):
                await self._place.delete_async(digest)
        except (BaseError, OSError) as error:
            raise self._away(error) from None

    def _away(self, error: Exception) -> StoreAway:
        first = _DIGEST.sub("…", str(error).partition("\n")[0])[:200]
        away = StoreAway(first or type(error).__name__)
        if away.why != self.trouble:
            log.error("store.away", why=away.why)
        self.trouble = away.why
        return away


def digest_of(data: bytes) -> str:
    """What bytes are called in the store; of 50 MB it takes 30 ms, so it is asked for beside the loop."""
    return hashlib.sha256(data).hexdigest()


def _make_lasting(folder: Path, name: str) -> None:
    """Have a file survive a power cut, which obstore leaves to the machine's mood."""
    for path in (folder / name, folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
