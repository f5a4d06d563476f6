"""Addresses of files: a link that opens one file for some time, and leaves no trace in the database.

An address says which chat's person may have which file, and until when; a signature proves that we have made it. Who
that person is and what they may see is asked anew each time that it is opened.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

PATH = "/files"
PRINT_GOOD_FOR = timedelta(hours=24)
"""How long a person may print from it."""
_MAC = 43
"""Signs of a signature: 256 bits in base64url."""


class Forged(Exception):
    """An address that we have not made, or that has expired."""


def key_of(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose, made from what is known to the running Klasno and not to its database."""
    return hmac.digest(secret, f"klasno {purpose}".encode(), "sha256")


class Addresses:
    """Makes and reads addresses."""

    def __init__(self, key: bytes, public_url: str) -> None:
        """public_url: where the world finds our web server; empty if it does not."""
        self._key = key
        self._base = public_url.rstrip("/")

    def of(
        self, chat: int, link: list[Any], ending: str, now: datetime, good_for: timedelta = PRINT_GOOD_FOR
    ) -> str | None:
        """The address of a file for the person of a chat, or None if nobody could reach it.

        link: or a list of links, for one picture of several files. ending: of the file's name, which messengers want
        to see; the name itself is in no address.
        """
        if not self._base:
            return None
        until = int((now + good_for).timestamp())
        said = _packed(json.dumps([chat, until, link], ensure_ascii=False, separators=(",", ":")).encode())
        return f"{self._base}{PATH}/{said}{self._signature(said)}/klasno{ending}"

    def read(self, signed: str, now: datetime) -> tuple[int, list[Any]]:
        """The chat and the link or links, out of an address's signed part; Forged if it is not good (any more)."""
        said, signature = signed[:-_MAC], signed[-_MAC:]
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(said).encode()):
            raise Forged
        try:
            chat, until, link = json.loads(_unpacked(said))
        except (ValueError, binascii.Error) as error:  # cannot be: we have signed it
            raise Forged from error
        if now.timestamp() > until:
            raise Forged
        return chat, link

    def _signature(self, said: str) -> str:
        return _packed(hmac.digest(self._key, said.encode("utf-8", "replace"), "sha256"))


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
