"""Telegram: polling or webhook in, letters out, errors named."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable

import structlog
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    DeleteMessages,
    DeleteWebhook,
    GetFile,
    SetMyCommands,
    SetWebhook,
)
from aiogram.types import BotCommand, BotCommandScopeChat, BotCommandScopeDefault
from aiohttp import ClientConnectorError, web
from sqlalchemy.exc import DBAPIError

from bot.core.clock import Background, Clock
from bot.core.errors import Gone, Later, Lost, Misconfigured, Refused, TooLarge, Undelivered
from bot.core.events import Event, Pressed
from bot.core.outbox import Delivered, Parcel
from bot.core.pace import Pace
from bot.core.turn import Outcome
from bot.download import Downloads
from bot.telegram.client import EditText, GetRawUpdates, SendText, make_bot
from bot.telegram.files import OF_THE_CHAT, send_files
from bot.telegram.intake import ALLOWED, event_of
from bot.telegram.render import joined, message, parted
from models.database import Busy

log = structlog.get_logger()

Handle = Callable[[Event], Awaitable[Outcome]]

POLL = 25
"""Seconds that getUpdates waits for news."""
BUSY_PAUSE = 0.05
"""Seconds before an update is handled again after the database would not take it."""
BODY = 256 * 1024
"""Bytes of a webhook's body that are read at all."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)
PACE = Pace(per_second=30, per_chat=1.0, burst=8)
"""https://core.telegram.org/bots/faq: about 30 a second overall, one a second a chat with short bursts."""


class Telegram:
    """The messenger, as the app, the sender and the web server use it."""

    name = "telegram"
    edits = True
    one_keyboard = False
    paid = False
    captions = True
    hands_out, hands_on = 20 * 2**20, True
    """https://core.telegram.org/bots/api#getfile: a bot can fetch no more, and yet send it on by its file_id."""
    albums = True
    together = None

    def __init__(
        self, token: str, api_base: str, clock: Clock, *, secret: str = "", pace: Pace = PACE
    ) -> None:
        """secret: what Telegram must show at the webhook; without it no webhook is served."""
        self.pace = pace
        self._secret = secret
        self._clock = clock
        self._bot = make_bot(token, api_base)
        self._downloads = Downloads(api_base)
        self._background = Background()
        self._username = ""
        self.trouble = ""
        """Why updates do not come in, or empty."""

    async def close(self) -> None:
        """Let the connections go."""
        await self._background.close()
        await self._bot.session.close()
        await self._downloads.close()

    async def username(self) -> str:
        """The bot's own name, for links; one of the `Undelivered` errors if it cannot be asked."""
        try:
            self._username = (await self._bot.me()).username or ""
        except (TelegramAPIError, ClientDecodeError) as error:
            raise _named(error) from error
        return self._username

    def link(self, token: str, _code: str) -> str | None:
        """The link that opens the bot with an invitation; None before the bot's name is known."""
        return f"https://t.me/{self._username}?start={token}" if self._username else None

    def tappable(self, token: str, code: str) -> str | None:
        """The same link: it is an https address."""
        return self.link(token, code)

    async def invitation(self, token: str, code: str) -> str:
        """The same, asking for the bot's name where it is not known."""
        await self.username()
        return self.link(token, code) or ""

    async def set_up(self, menus: dict[str, list[tuple[str, str]]], webhook: str = "") -> None:
        """Tell Telegram how updates reach us (webhook: an https address, or polling), and the menu by language."""
        way = (
            SetWebhook(url=webhook, secret_token=self._secret, allowed_updates=ALLOWED)
            if webhook
            else DeleteWebhook()
        )
        await self.username()
        try:
            await self._bot(way)
            for language, commands in menus.items():
                scope = BotCommandScopeDefault()
                menu = SetMyCommands(commands=_menu(commands), scope=scope, language_code=language or None)
                await self._bot(menu)
        except (TelegramAPIError, ClientDecodeError) as error:
            raise _named(error) from error

    async def poll(self, handle: Handle) -> None:
        """Fetch updates and handle each before the next; the server forgets them only when they are committed.

        Our own loop, since aiogram's moves on past an update whose handler failed, loses a whole batch to one
        update that it cannot read, and prints the text of an update that it does not know.
        """
        offset: int | None = None
        tries = 0
        while True:
            try:
                ask = GetRawUpdates(offset=offset, timeout=POLL, allowed_updates=ALLOWED)
                updates = await self._bot(ask, request_timeout=POLL + 10)
                tries, self.trouble = 0, ""
            except (TelegramAPIError, ClientDecodeError) as error:
                named = _named(error)
                if not self.trouble:
                    log.error("telegram.no_updates", why=named.why)
                self.trouble = named.why
                tries += 1
                pause = (
                    named.after if isinstance(named, Later) and named.after else min(0.25 * 2**tries, 15.0)
                )
                await asyncio.sleep(pause)
                continue
            for raw in updates:
                await self._handle_surely(raw, handle)
                offset = raw["update_id"] + 1

    async def _handle_surely(self, raw: dict[str, object], handle: Handle) -> None:
        while True:
            try:
                if query := await self._handle(raw, handle):
                    self._answer(query)
                return
            except (Busy, DBAPIError):
                log.warning("database.busy")
                await asyncio.sleep(BUSY_PAUSE)
            except Exception as error:  # noqa: BLE001 (even its apology broke; what is behind it must still come in)
                log.error("telegram.update_lost", error=type(error).__name__)
                return

    async def _handle(self, raw: dict[str, object], handle: Handle) -> str | None:
        """Handle one update; returns the id of a button's press that is to be answered, if it was one."""
        event = event_of(raw, self._clock)
        if not isinstance(event, Event):
            return event
        await handle(event)
        return event.what.query if isinstance(event.what, Pressed) else None

    def _answer(self, query: str) -> None:
        """Stop a button's spinning; of no account if it fails."""
        self._background.start(self._answer_quietly(query), "answer")

    async def _answer_quietly(self, query: str) -> None:
        try:
            await self._bot(AnswerCallbackQuery(callback_query_id=query))
        except TelegramAPIError as error:
            log.debug("telegram.unanswered", why=_named(error).why)

    async def webhook(self, request: web.Request, handle: Handle) -> web.Response:
        """One update by webhook: the secret first, in constant time, and nothing is read without it.

        A press is answered by the response itself, which may carry one call whose outcome nobody is told:
        https://core.telegram.org/bots/api#making-requests-when-getting-updates. It saves every tap a request.
        """
        shown = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not self._secret or not hmac.compare_digest(shown, self._secret.encode()):
            return web.Response(status=401)
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            return web.Response(status=200)  # genuine, and unreadable for ever: it must not be sent again
        try:
            query = await self._handle(raw, handle) if isinstance(raw, dict) else None
        except Busy:
            return web.Response(status=503, headers={"Retry-After": "1"})
        if query:
            return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query})
        return web.Response(status=200)

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file of that file_id; see `Downloads.get`. Its address holds the token, and leaves this function never.

        https://core.telegram.org/bots/api#getfile: none above 20 MB.
        """
        try:
            file = await self._bot(GetFile(file_id=ref))
        except TelegramBadRequest as error:
            if "too big" in error.message:
                raise TooLarge(error.message) from error
            if "temporarily unavailable" in error.message:
                raise Later(error.message) from error
            raise Lost(error.message) from error
        except (TelegramAPIError, ClientDecodeError) as error:
            raise _named(error) from error
        if (file.file_size or 0) > most:
            raise TooLarge("told by getFile")
        if file.file_path is None:
            raise Later("no path")
        return await self._downloads.get(
            self._bot.session.api.file_url(self._bot.token, file.file_path), most
        )

    async def deliver(self, parcel: Parcel) -> Delivered:
        """Send a letter, change the message it is laid over, take a message away, or set a chat's menu."""
        try:
            return await self._deliver(parcel)
        except (TelegramAPIError, ClientDecodeError) as error:
            raise _named(error) from error

    async def _deliver(self, parcel: Parcel) -> Delivered:
        chat = int(parcel.address)
        if "menu" in parcel.words:
            scope = BotCommandScopeChat(chat_id=chat)
            await self._bot(SetMyCommands(commands=_menu(parcel.words["menu"]), scope=scope))
            return Delivered()
        if "take_away" in parcel.words:
            return await self._take_away(chat, parcel)
        if parcel.files:
            await send_files(self._bot, parcel)
            return Delivered(joined(parcel.messages))
        if parcel.over is not None:
            done = await self._edit(chat, parted(parcel.over)[0], parcel)
            if done:
                return done
        fields = message(parcel.words, parcel.id, unsure=parcel.unsure)
        sent = await self._bot(SendText(chat_id=chat, **fields))
        return Delivered(str(sent.message_id))

    async def _edit(self, chat: int, over: int, parcel: Parcel) -> Delivered | None:
        """Change a message; None where it is not there to be changed, and must be sent anew."""
        try:
            await self._bot(EditText(chat_id=chat, message_id=over, **message(parcel.words, parcel.id)))
        except TelegramBadRequest as error:
            if "not modified" not in error.message:
                if "to edit not found" in error.message or "can't be edited" in error.message:
                    return None
                raise
        return Delivered(str(over))

    async def _take_away(self, chat: int, parcel: Parcel) -> Delivered:
        """Delete a message; one that is too old for that is changed, where the letter has words to put there."""
        if parcel.over is None:
            return Delivered()
        ids = parted(parcel.over)
        alone = len(ids) == 1
        try:
            await self._bot(
                DeleteMessage(chat_id=chat, message_id=ids[0])
                if alone
                else DeleteMessages(chat_id=chat, message_ids=ids)
            )
        except TelegramBadRequest as error:  # gone already, or older than Telegram lets us delete
            log.debug("telegram.not_taken_away", why=error.message)
            if alone and "can't be deleted" in error.message and parcel.words.get("text"):
                await self._edit(chat, ids[0], parcel)
        return Delivered()


async def _body(request: web.Request) -> bytes | None:
    """The body, or None if it is larger than any update."""
    if (request.content_length or 0) > BODY:
        return None
    body = await request.content.read(BODY + 1)
    while not request.content.at_eof() and len(body) <= BODY:
        body += await request.content.read(BODY + 1 - len(body))
    return body if len(body) <= BODY else None


def _menu(commands: list[tuple[str, str]]) -> list[BotCommand]:
    return [BotCommand(command=command, description=title) for command, title in commands]


def _named(error: Exception) -> Undelivered:
    """aiogram's error as one of ours; `why` is Telegram's own description, which holds no names."""
    why = f"{type(error).__name__}: {getattr(error, 'message', '')}"
    match error:
        case TelegramEntityTooLarge():  # which aiogram takes for a trouble of the network
            return Refused(why)
        case TelegramRetryAfter():
            return Later("429", float(error.retry_after), everyone=True)
        case TelegramNetworkError():
            return Later(why, unsure=not isinstance(error.__cause__, ClientConnectorError))
        case ClientDecodeError():
            return Later("answer unreadable", unsure=True)
        case TelegramServerError():
            return Later(why)
        case TelegramForbiddenError() | TelegramMigrateToChat():
            return Gone(why)
        case TelegramUnauthorizedError() | TelegramNotFound() | TelegramConflictError():
            return Misconfigured(why)
        case TelegramBadRequest() if any(words in error.message for words in OF_THE_CHAT):
            return Gone(why)
        case _:
            return Refused(why)
