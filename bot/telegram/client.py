"""aiogram's client with two changes: calls go as JSON (but for files), and what is many is read no further than we
need it.

A letter's fields are made by render.py as JSON has them, and its answer is a whole Message, of which we want the id.
getUpdates is read as raw dictionaries, so that one update that aiogram does not know yet cannot hold up the
ninety-nine behind it.
"""

from __future__ import annotations

import json
from typing import Any, cast

from aiogram import Bot
from aiogram.client.default import Default
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InputFile
from aiohttp import ClientError
from pydantic import BaseModel, ConfigDict

API = "https://api.telegram.org"
TIMEOUT = 10.0
"""Seconds for a call; getUpdates adds its own waiting."""
UPLOAD_TIMEOUT = 120
"""Seconds for a call that takes a file along."""


class Sent(BaseModel):
    """What we keep of a message that was sent."""

    model_config = ConfigDict(extra="ignore")
    message_id: int


class SendText(TelegramMethod[Sent]):
    """sendMessage with fields as JSON has them: https://core.telegram.org/bots/api#sendmessage."""

    __returning__ = Sent
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    entities: list[dict[str, Any]] | None = None
    link_preview_options: dict[str, Any] | None = None
    reply_markup: dict[str, Any] | None = None


class EditText(SendText):
    """editMessageText, likewise: https://core.telegram.org/bots/api#editmessagetext."""

    __api_method__ = "editMessageText"

    message_id: int


class Named(BaseModel):
    """What Telegram calls a file."""

    model_config = ConfigDict(extra="ignore")
    file_id: str


class SentFile(Sent):
    """The same of a message with a file."""

    photo: list[Named] = []
    """The same in several sizes, the largest last."""
    video: Named | None = None
    voice: Named | None = None
    document: Named | None = None

    def named(self, kind: str) -> str | None:
        """What Telegram calls the file; None if it has made something else of it than what it was sent as."""
        largest = self.photo[-1] if self.photo else None
        found = {"photo": largest, "video": self.video, "voice": self.voice, "document": self.document}[kind]
        return found.file_id if found else None


class SendPhoto(TelegramMethod[SentFile]):
    """https://core.telegram.org/bots/api#sendphoto."""

    __returning__ = SentFile
    __api_method__ = "sendPhoto"

    chat_id: int
    photo: InputFile | str
    caption: str | None = None
    caption_entities: list[dict[str, Any]] | None = None


class SendVideo(TelegramMethod[SentFile]):
    """https://core.telegram.org/bots/api#sendvideo."""

    __returning__ = SentFile
    __api_method__ = "sendVideo"

    chat_id: int
    video: InputFile | str
    caption: str | None = None
    caption_entities: list[dict[str, Any]] | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    supports_streaming: bool = True


class SendVoice(TelegramMethod[SentFile]):
    """https://core.telegram.org/bots/api#sendvoice."""

    __returning__ = SentFile
    __api_method__ = "sendVoice"

    chat_id: int
    voice: InputFile | str
    caption: str | None = None
    caption_entities: list[dict[str, Any]] | None = None
    duration: int | None = None


class SendDocument(TelegramMethod[SentFile]):
    """https://core.telegram.org/bots/api#senddocument."""

    __returning__ = SentFile
    __api_method__ = "sendDocument"

    chat_id: int
    document: InputFile | str
    caption: str | None = None
    caption_entities: list[dict[str, Any]] | None = None
    disable_content_type_detection: bool = True


class SendAlbum(TelegramMethod[list[SentFile]]):
    """sendMediaGroup, its media as JSON has them: https://core.telegram.org/bots/api#sendmediagroup."""

    __returning__ = list[SentFile]
    __api_method__ = "sendMediaGroup"

    chat_id: int
    media: list[dict[str, Any]]


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates, unread: https://core.telegram.org/bots/api#getupdates."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None


_KEPT = (Response[Sent], Response[SentFile], Response[list[SentFile]], Response[bool])
"""pydantic forgets a model of this kind as soon as nobody holds it, and aiogram would build it anew: 1 ms."""


class JsonSession(AiohttpSession):
    """Sends a call as one JSON body, which costs a third of aiogram's multipart form; that only where bytes go."""

    async def close(self) -> None:
        """Let the connections go; aiogram would wait a quarter of a second for each to say goodbye."""
        if self._session is not None:
            await self._session.close()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 (aiogram's own signature)
    ) -> TelegramType:
        """One call; TelegramNetworkError and the other errors of aiogram.exceptions."""
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        body: dict[str, Any]
        if uploads(method):
            body = {"data": self.build_form_data(bot, method)}
        else:
            fields = method.model_dump(exclude_none=True, warnings=False)
            # what is a Default nobody has set
            body = {"json": {name: one for name, one in fields.items() if not isinstance(one, Default)}}
        seconds: Any = timeout or self.timeout  # a plain number, as aiogram itself passes it
        try:
            async with session.post(url, **body, timeout=seconds) as answer:
                content = await answer.text(errors="replace")
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="timeout") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        response = self.check_response(bot=bot, method=method, status_code=answer.status, content=content)
        return cast(TelegramType, response.result)


def uploads(method: TelegramMethod[Any]) -> bool:
    """Whether bytes go with a call."""
    match method:
        case (
            SendPhoto(photo=file)
            | SendVideo(video=file)
            | SendVoice(voice=file)
            | SendDocument(document=file)
        ):
            return isinstance(file, InputFile)
        case SendAlbum(media=media):
            return any(isinstance(one["media"], InputFile) for one in media)
        case _:
            return False


def make_bot(token: str, api_base: str = API) -> Bot:
    """aiogram's Bot on our session. The token's form is checked by aiogram (TokenValidationError)."""
    session = JsonSession(
        api=TelegramAPIServer.from_base(api_base),
        timeout=TIMEOUT,
        json_dumps=lambda value: json.dumps(value, ensure_ascii=False),
    )
    return Bot(token, session=session)
