"""Viber: webhook in, letters out, and the one welcome that goes back as an answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web

from bot.core.clock import Clock
from bot.core.errors import Misconfigured, Refused
from bot.core.events import Event, Receipt
from bot.core.outbox import TEXT, Delivered, Parcel
from bot.core.pace import Pace
from bot.core.paper import Printed
from bot.core.signs import shorten
from bot.core.turn import Outcome
from bot.download import Downloads
from bot.viber.broadcasts import RECEIVERS, Broadcasts
from bot.viber.client import TIMEOUT, TooNew, ViberClient, packed
from bot.viber.intake import api_version, event_of, verify
from bot.viber.render import API_VERSION, FILE_BYTES, SENDER_NAME, file_message, message, sort_of
from models.database import Busy

log = structlog.get_logger()

Handle = Callable[[Event], Awaitable[Outcome]]
Receive = Callable[[Receipt], Awaitable[None]]

WEBHOOK = "/viber/webhook"
BODY = 256 * 1024
"""Bytes of a webhook's body that are read at all."""
SIGNATURE_HEADER = "X-Viber-Content-Signature"
PACE = Pace()
"""Viber publishes no overall rate; the 100 an hour to a person who does not answer come as status 12 (client.py)."""


class Viber:
    """The messenger, as the app, the sender and the web server use it."""

    name = "viber"
    edits = False
    one_keyboard = True
    paid = True
    captions = False
    hands_out, hands_on = FILE_BYTES, False
    """More could be fetched, but nobody would get it."""
    albums = False

    def __init__(
        self,
        token: str,
        api_base: str,
        clock: Clock,
        *,
        sender: str = "Klasno",
        avatar: str = "",
        pace: Pace = PACE,
        timeout: float = TIMEOUT,
        pages: str = "",
        broadcast: int = RECEIVERS,
    ) -> None:
        """sender, avatar: the name and the picture's address over each message. timeout: seconds for a call.

        pages: where people reach our own pages, if they do. broadcast: how many people one message may be for.
        """
        self._pages = pages.rstrip("/")
        self.pace = pace
        self._token = token
        self._clock = clock
        self._client = ViberClient(token, api_base, timeout=timeout)
        self._downloads = Downloads(api_base)
        self._sender = {"name": shorten(sender, SENDER_NAME)}
        if avatar:
            self._sender["avatar"] = avatar
        self._uri = ""
        self.together = Broadcasts(self._client, clock, self._sender, broadcast)

    async def open(self) -> None:
        """Be ready to call; nothing is called yet."""
        await self._client.open()

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()
        await self._downloads.close()

    async def set_up(self, public_url: str) -> None:
        """Have Viber bring events here; the server must be up, as Viber tries the address at once."""
        await self.address()
        await self._client.set_webhook(public_url.rstrip("/") + WEBHOOK)

    async def address(self) -> str:
        """The bot's own name in links; one of the `Undelivered` errors if it cannot be asked."""
        if not self._uri:
            self._uri = str((await self._client.account_info()).get("uri") or "")
            if not self._uri:
                raise Misconfigured("the account has no uri")
        return self._uri

    def link(self, token: str, code: str) -> str | None:
        """The link that opens the bot with an invitation, and with the code ready to be sent where that is lost.

        None before the bot's address is known.
        """
        asked = {"chatURI": self._uri, "context": token, "text": code}
        return f"viber://pa?{urlencode(asked, quote_via=quote)}" if self._uri else None

    def tappable(self, token: str, code: str) -> str | None:
        """The address of our page that opens Viber (bot/pages.py); the link itself where nobody reaches our pages."""
        return f"{self._pages}/open/{token}" if self._pages else self.link(token, code)

    async def invitation(self, token: str, code: str) -> str:
        """The same, asking for the bot's address where it is not known."""
        await self.address()
        return self.link(token, code) or ""

    async def check(self) -> str:
        """Who the bot is and where its events go, in a line; one of the `Undelivered` errors if nobody says so."""
        info = await self._client.account_info()
        return f"{info.get('name')} ({info.get('uri')}), webhook: {info.get('webhook') or 'not set'}"

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file at the address that Viber gave, for an hour, with somebody's message; see `Downloads.get`.

        The address is out of a signed callback, and yet what a client of Viber may have made up: it leads to nothing
        but public hosts, and nothing of ours goes along.
        """
        return await self._downloads.get(ref, most)

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Send a letter, more plainly if the person's Viber is old; a chat's menu is Telegram's alone."""
        if "menu" in parcel.words:
            return Delivered()
        if parcel.files:
            return await self._deliver_files(parcel)
        return await self._send(parcel, parcel.words, unsure=parcel.unsure)

    async def _deliver_files(self, parcel: Parcel) -> Delivered:
        """A message for each file; words where no picture carries them, and in the place of what Viber does not take.

        Refused if there are none to be said in its place.
        """
        delivered, words, unsure, lines = Delivered(), parcel.words, parcel.unsure, []
        for file in parcel.files:
            carries = sort_of(file) == "picture" and TEXT not in parcel.taken
            said = {**words, "text": words["text"] if carries else ""}
            try:
                delivered = await self._send(parcel, said, file, unsure=unsure)
            except Refused as refused:
                if not file.instead:
                    raise
                log.info("file.refused", letter=parcel.id, why=refused.why)
                lines.append(file.instead)
                continue
            parcel.taken.update(file.of, [TEXT] if carries else [])
            unsure = False
        marks = []
        if words["text"] and TEXT not in parcel.taken:
            lines.insert(0, words["text"])
            marks = words.get("marks", [])
        if lines:
            said = {**words, "text": "\n\n".join(lines), "marks": marks}
            delivered = await self._send(parcel, said, unsure=unsure)
        return delivered

    async def _send(
        self, parcel: Parcel, words: dict[str, Any], file: Printed | None = None, *, unsure: bool
    ) -> Delivered:
        """One message, more plainly if the person's Viber is old."""
        letter = parcel.id
        if parcel.board is not None:  # the screen's keyboard, as one without would take it away
            letter, rows = parcel.board
            words = {**words, "rows": rows}
        make = partial(message, words) if file is None else partial(file_message, words, file)
        made = partial(make, letter, self._sender, parcel.address, unsure=unsure)
        try:
            answer = await self._client.send(made())
        except TooNew:
            answer = await self._client.send(made(plain=True))
        return Delivered(answer.token, answer.billing)

    def welcome(self, parcel: Parcel, *, plain: bool = False) -> dict[str, Any]:
        """The answer to a conversation_started: a message to nobody named. plain: for an old Viber."""
        return message(parcel.words, parcel.id, self._sender, plain=plain)

    async def webhook(self, request: web.Request, handle: Handle, receive: Receive) -> web.Response:
        """One callback: its signature first, over the bytes as they came, and nothing is read without it.

        Whatever is genuine gets 200 even if it says nothing to us, as Viber would only send it again; 503 while the
        database is held, so that it does.
        """
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        if not verify(self._token, body, request.headers.get(SIGNATURE_HEADER)):
            return web.Response(status=401)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            return web.Response(status=200)
        try:
            return (
                await self._take(raw, handle, receive) if isinstance(raw, dict) else web.Response(status=200)
            )
        except Busy:
            return web.Response(status=503, headers={"Retry-After": "1"})

    async def _take(self, raw: dict[str, Any], handle: Handle, receive: Receive) -> web.Response:
        event = event_of(raw, self._clock)
        if isinstance(event, Receipt):
            await receive(event)
        elif event is not None:
            outcome = await handle(event)
            if outcome.welcome is not None:
                return self._answered(outcome.welcome, api_version(raw))
        return web.Response(status=200)

    def _answered(self, parcel: Parcel, version: int | None) -> web.Response:
        try:
            answer = self.welcome(parcel, plain=version is not None and version < API_VERSION)
        except Refused as refused:  # our mistake, and Viber would not take it a second time either
            log.error("letter.refused", letter=parcel.id, why=refused.why)
            return web.Response(status=200)
        return web.Response(body=packed(answer), content_type="application/json")


async def _body(request: web.Request) -> bytes | None:
    """The request's body, or None if it is larger than any that Viber sends."""
    if (request.content_length or 0) > BODY:
        return None
    read = bytearray()
    async for chunk in request.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) > BODY:
            return None
    return bytes(read)
