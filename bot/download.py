"""Downloads: a file of a given address, up to a size and a time, from public hosts or from the messenger's own."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

import aiohttp
from yarl import URL

from bot.core.errors import Later, Lost, TooLarge

TIMEOUT, CONNECT_TIMEOUT, SILENCE = 120.0, 5.0, 20.0
"""Seconds for a whole file (a video of 50 MB takes its time), until somebody answers, and without a word of it."""


class Downloads:
    """Fetches files. Errors hold no address: Telegram's has the token in it, and Viber's opens what somebody sent."""

    def __init__(self, own: str, timeout: float = TIMEOUT) -> None:
        """own: the messenger's configured address, trusted wherever it is. timeout: seconds for a file."""
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT, sock_read=SILENCE)
        self._own = URL(own).origin()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Let the connections go."""
        for session in self._sessions.values():
            await session.close()

    async def get(self, address: str, most: int) -> bytes:
        """The file's bytes.

        Raises TooLarge beyond `most` bytes, whatever was told before; Lost if it is not there, or if the address is
        none of http or https, leads into our own network or on to another one; Later if it may come in a while.
        """
        try:
            url = URL(address)
            trusted = url.origin() == self._own
        except ValueError:
            raise Lost("no address") from None
        if url.scheme not in ("http", "https") or url.user is not None:
            raise Lost("no address of a file")
        try:
            return await self._get(self._session(trusted), url, most)
        # "from None": aiohttp's errors hold the address
        except aiohttp.InvalidURL:
            raise Lost("no address") from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Private):
                raise Lost("not a public address") from None
            raise Later(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Later(type(error).__name__) from None

    async def _get(self, session: aiohttp.ClientSession, url: URL, most: int) -> bytes:
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status == 429 or answer.status >= 500:
                raise Later(f"HTTP {answer.status}")
            if answer.status != 200:
                raise Lost(f"HTTP {answer.status}")
            if (answer.content_length or 0) > most:
                raise TooLarge("told by its length")
            data = bytearray()
            async for chunk in answer.content.iter_chunked(2**16):
                data += chunk
                if len(data) > most:
                    raise TooLarge("larger than told")
            return bytes(data)

    def _session(self, trusted: bool) -> aiohttp.ClientSession:
        """The connections to the messenger's own host, or those that open to public ones alone."""
        if trusted not in self._sessions:
            self._sessions[trusted] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=None if trusted else _public_only),
                timeout=self._timeout,
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,  # whatever it says it is: bytes are counted as they come
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._sessions[trusted]


_TRANSLATED = ip_network("64:ff9b::/96")
"""Behind these a router of ours may reach any address of IPv4 (RFC 6052)."""


class _Private(OSError):
    """An address that is not the public network's."""


def _public_only(info: tuple[Any, ...]) -> socket.socket:
    """A socket for an address that is about to be connected to, after all names are resolved."""
    family, kind, protocol, _name, where = info
    address = ip_address(str(where[0]).partition("%")[0])
    embedded = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address in _TRANSLATED:
        embedded = IPv4Address(int(address) & 0xFFFFFFFF)
    if not address.is_global or address.is_multicast or (embedded and not embedded.is_global):
        raise _Private("not a public address")
    return socket.socket(family, kind, protocol)
