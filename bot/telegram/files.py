"""Files to Telegram: one alone or several as an album, by the names that it gave them or as bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramEntityTooLarge
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile

from bot.core.errors import Forgotten, Refused
from bot.core.marks import Marked
from bot.core.outbox import TEXT, Parcel
from bot.core.paper import Printed
from bot.telegram.client import (
    UPLOAD_TIMEOUT,
    SendAlbum,
    SendDocument,
    SendPhoto,
    SendText,
    SendVideo,
    SendVoice,
    SentFile,
    uploads,
)
from bot.telegram.render import Batch, batches, caption, message

log = structlog.get_logger()

_FORGOTTEN = re.compile(r"wrong (remote )?file.?id|can't use file of type|file.?reference", re.IGNORECASE)
"""How Telegram says that it does not know a file by this name, or as this kind of file
(https://github.com/tdlib/telegram-bot-api and https://github.com/tdlib/td; words that no document promises)."""
_CULPRIT = re.compile(r"failed to send message #(\d+)")
"""How it says which file of an album is at fault."""
OF_THE_CHAT = ("chat not found", "deactivated")
"""What a BadRequest says that is the chat's, not the letter's."""


async def send_files(bot: Bot, parcel: Parcel) -> None:
    """Send a letter's files, and words in the place of those that Telegram does not take; what was taken is noted in
    the parcel.

    Raises aiogram's errors; Forgotten if files must go as bytes; Refused if nothing can be sent and nothing said.
    """
    made = batches(parcel.files)
    await _send_each(bot, parcel, made, mark=parcel.unsure)
    left = [file for file in parcel.files if not parcel.taken.issuperset(file.of)]
    if left:
        await _say_instead(bot, parcel, left, mark=parcel.unsure and not made)


async def _send_each(bot: Bot, parcel: Parcel, of: Sequence[Batch], *, mark: bool) -> None:
    """mark: whether the first may have arrived already; those behind it were not tried then."""
    for batch in of:
        await _send(bot, parcel, batch, mark=mark)
        mark = False


async def _send(bot: Bot, parcel: Parcel, batch: Batch, *, mark: bool) -> None:
    """One call; if Telegram refuses a file, all but that go, or each alone where it does not say which."""
    said = Marked("") if TEXT in parcel.taken else _words(parcel)
    method = _method(int(parcel.address), batch, caption(said, unsure=mark))
    try:
        sent = await _call(bot, method)
    except (TelegramBadRequest, TelegramEntityTooLarge) as error:
        if any(words in error.message for words in OF_THE_CHAT):
            raise
        named = [file.stored.medium for file in _at_fault(batch, error.message) if file.ref and file.stored]
        if named and _FORGOTTEN.search(error.message):
            raise Forgotten(error.message, named) from error
        log.error("file.refused", letter=parcel.id, why=error.message)
        await _send_each(bot, parcel, _without(batch, _at_fault(batch, error.message)), mark=mark)
    else:
        _note(parcel, batch, sent)


async def _call(bot: Bot, method: TelegramMethod[SentFile] | SendAlbum) -> list[SentFile]:
    patience = UPLOAD_TIMEOUT if uploads(method) else None
    if isinstance(method, SendAlbum):
        return await bot(method, request_timeout=patience)
    return [await bot(method, request_timeout=patience)]


def _words(parcel: Parcel) -> Marked:
    return Marked.unpacked(parcel.words["text"], parcel.words.get("marks", ()))


def _method(chat: int, batch: Batch, said: dict[str, Any]) -> TelegramMethod[SentFile] | SendAlbum:
    if len(batch.files) > 1:
        return SendAlbum(chat_id=chat, media=_media(batch, said))
    file, content = batch.files[0], _content(batch.files[0])
    match batch.kinds[0]:
        case "photo":
            return SendPhoto(chat_id=chat, photo=content, **said)
        case "video":
            return SendVideo(
                chat_id=chat, video=content, **said, **_about(file, "width", "height", "duration")
            )
        case "voice":
            return SendVoice(chat_id=chat, voice=content, **said, **_about(file, "duration"))
        case _:
            return SendDocument(chat_id=chat, document=content, **said)


def _media(batch: Batch, said: dict[str, Any]) -> list[dict[str, Any]]:
    """An album's files. Words under its only captioned file are shown as the album's; of documents, below them all."""
    media: list[dict[str, Any]] = []
    for kind, file in zip(batch.kinds, batch.files, strict=True):
        one: dict[str, Any] = {"type": kind, "media": _content(file)}
        if kind == "video":
            one |= {"supports_streaming": True, **_about(file, "width", "height", "duration")}
        if kind == "document":
            one["disable_content_type_detection"] = True
        media.append(one)
    media[-1 if batch.kinds[0] == "document" else 0] |= said
    return media


def _content(file: Printed) -> BufferedInputFile | str:
    return file.ref if file.ref is not None else BufferedInputFile(file.data, file.name)


def _about(file: Printed, *names: str) -> dict[str, int]:
    """What is known of a video or voice message, by Telegram's names."""
    stored = file.stored
    if stored is None:
        return {}
    known = {"width": stored.width, "height": stored.height, "duration": stored.seconds}
    return {name: value for name in names if (value := known[name])}


def _at_fault(batch: Batch, why: str) -> list[Printed]:
    """The file that Telegram refuses, or all where it does not say which."""
    culprit = _CULPRIT.search(why)
    return batch.files[int(culprit[1]) - 1 :][:1] if culprit else batch.files


def _without(batch: Batch, refused: list[Printed]) -> list[Batch]:
    """What is to be tried after a refusal: the others together, or each alone where all may be at fault."""
    pairs = list(zip(batch.files, batch.kinds, strict=True))
    if len(pairs) == 1:
        return []
    if len(refused) != 1:
        return [Batch([file], [kind]) for file, kind in pairs]
    kept = [pair for pair in pairs if pair[0] is not refused[0]]
    return [Batch([file for file, _kind in kept], [kind for _file, kind in kept])]


def _note(parcel: Parcel, batch: Batch, sent: Sequence[SentFile]) -> None:
    """Note in the parcel what Telegram took, and what it calls what it did not know."""
    parcel.taken.add(TEXT)
    parcel.messages += [str(one.message_id) for one in sent]
    for file, kind, one in zip(batch.files, batch.kinds, sent, strict=False):
        parcel.taken.update(file.of)
        if file.ref is None and file.stored and (ref := one.named(kind)):
            parcel.refs[file.stored.medium] = ref


async def _say_instead(bot: Bot, parcel: Parcel, left: Sequence[Printed], *, mark: bool) -> None:
    """Words in the place of files: nothing is lost in silence."""
    lines = [file.instead for file in left if file.instead]
    if not lines:
        raise Refused(f"a file of {left[0].size} bytes")
    said = Marked("") if TEXT in parcel.taken else _words(parcel)
    said += Marked("\n\n".join(["", *lines] if said.text else lines))
    words = {"title": "", "text": said.text, "marks": said.packed(), "rows": []}
    fields = message(words, parcel.id, unsure=mark)
    sent = await bot(SendText(chat_id=int(parcel.address), **fields))
    parcel.taken.update(TEXT, *(file.of for file in left))
    parcel.messages.append(str(sent.message_id))
