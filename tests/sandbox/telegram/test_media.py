"""Photos, albums, voices and replies, both ways, as Telegram gives and takes them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
    ReplyParameters,
)
from PIL import Image

from sandbox.samples import PHOTO, THUMBNAIL, sample
from sandbox.telegram.phone import TelegramPhone
from sandbox.telegram.server import TelegramServer
from tests.sandbox.telegram.bot import post, updates

VIDEO = b"\0\0\0\x18ftypisom" + bytes(100)


def drawn(width: int, height: int) -> bytes:
    picture = io.BytesIO()
    Image.new("L", (width, height)).save(picture, "PNG")
    return picture.getvalue()


def photo(data: bytes = PHOTO, name: str = "a.jpg") -> BufferedInputFile:
    return BufferedInputFile(data, name)


async def told(bot: Bot) -> list[dict[str, Any]]:
    return [update["message"] for update in await updates(bot)][1:]


async def test_a_photo_has_sizes_and_the_largest_is_the_file_itself(bot: Bot, olena: TelegramPhone) -> None:
    await olena.sends_photo(drawn(640, 160), "Осінь")
    [message] = await told(bot)
    assert message["caption"] == "Осінь"
    sizes = message["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(90, 22), (640, 160)]
    held = [await bot.download(size["file_id"]) for size in sizes]
    assert [one.read() for one in held if one] == [THUMBNAIL, drawn(640, 160)]
    assert len({size["file_unique_id"] for size in sizes}) == 2


async def test_a_picture_with_too_many_pixels_is_never_unpacked(bot: Bot, olena: TelegramPhone) -> None:
    bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\0\0\0\0" + bytes(64)
    await olena.sends_photo(bomb)
    [message] = await told(bot)
    assert message["photo"][-1]["file_size"] == len(bomb)


async def test_an_album_is_messages_of_their_own_with_one_group(bot: Bot, olena: TelegramPhone) -> None:
    items = [("a.jpg", PHOTO), ("b.mp4", VIDEO), ("c.jpg", drawn(8, 8))]
    await olena.sends_album(items, "На прогулянці")
    messages = await told(bot)
    assert ["video" if "video" in message else "photo" for message in messages] == ["photo", "video", "photo"]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["На прогулянці", None, None]
    assert messages[1]["video"]["thumbnail"]["file_size"] == len(THUMBNAIL)

    shown = olena.view()["messages"][-3:]
    assert len({one["group"] for one in shown}) == 1
    assert [olena.file(one["id"]) for one in shown] == items
    with pytest.raises(ValueError, match="2 to 10"):
        await olena.sends_album(items[:1])
    await olena.sends_album(items[:2])
    assert olena.view()["messages"][-1]["group"] != shown[0]["group"]


async def test_voices_and_videos_say_how_long_they_last(bot: Bot, olena: TelegramPhone) -> None:
    await olena.sends_voice(sample("voice.ogg"), duration=7)
    await olena.sends_video(VIDEO, "Стрибок", duration=42)
    voice, video = await told(bot)
    assert (voice["voice"]["duration"], voice["voice"]["mime_type"]) == (7, "audio/ogg")
    assert (video["video"]["duration"], video["video"]["mime_type"], video["caption"]) == (
        42,
        "video/mp4",
        "Стрибок",
    )
    assert [(one["kind"], one["seconds"], one["text"]) for one in olena.view()["messages"][-2:]] == [
        ("voice", 7, ""),
        ("video", 42, "Стрибок"),
    ]


async def test_what_is_typed_keeps_its_style_in_every_piece(bot: Bot, olena: TelegramPhone) -> None:
    bold = {"type": "bold", "offset": 2, "length": 4200}
    await olena.says("  " + "б" * 4200 + " /help ", [bold, {"type": "code", "offset": 4203, "length": 5}])
    first, second = await told(bot)
    assert [first["entities"], second["entities"]] == [
        [{"type": "bold", "offset": 0, "length": 4096}],
        [
            {"type": "bold", "offset": 0, "length": 104},
            {"type": "code", "offset": 105, "length": 5},
            {"type": "bot_command", "offset": 105, "length": 5},
        ],
    ]
    styles = {span["type"] for one in olena.view()["messages"] for span in one["spans"]}
    assert styles == {"bold", "code"}


async def test_a_reply_carries_what_it_answers(bot: Bot, olena: TelegramPhone) -> None:
    asked = await bot.send_message(7, "Хто йде до театру?")
    await olena.says("Ми", reply_to=asked.message_id)
    [message] = await told(bot)
    assert message["reply_to_message"]["message_id"] == asked.message_id
    assert message["reply_to_message"]["text"] == "Хто йде до театру?"
    again = await bot.send_message(
        7, "Дякую", reply_parameters=ReplyParameters(message_id=message["message_id"])
    )
    assert again.reply_to_message is not None
    assert again.reply_to_message.reply_to_message is None
    assert [one["reply"] for one in olena.view()["messages"]][-2:] == [
        {"kind": "text", "text": "Хто йде до театру?"},
        {"kind": "text", "text": "Ми"},
    ]
    await bot.delete_message(7, asked.message_id)
    with pytest.raises(LookupError):
        await olena.says("Ми теж", reply_to=asked.message_id)


async def test_what_is_forwarded_says_so(bot: Bot, olena: TelegramPhone) -> None:
    await olena.forwards("Збори о 18:00")
    [message] = await told(bot)
    assert (message["text"], message["forward_origin"]["type"]) == ("Збори о 18:00", "hidden_user")


async def test_what_is_too_large_to_fetch_can_still_be_sent_on(bot: Bot, olena: TelegramPhone) -> None:
    await olena.sends_video(VIDEO + bytes(20 * 2**20))
    [message] = await told(bot)
    with pytest.raises(TelegramBadRequest, match="file is too big"):
        await bot.get_file(message["video"]["file_id"])
    sent = await bot.send_video(7, message["video"]["file_id"])
    assert sent.video is not None
    assert sent.video.file_size == message["video"]["file_size"]


async def test_the_bots_album_is_one_on_the_phone(bot: Bot, olena: TelegramPhone) -> None:
    first = await bot.send_photo(7, photo())
    assert first.photo is not None
    album = await bot.send_media_group(
        7,
        [
            InputMediaPhoto(media=first.photo[-1].file_id, caption="<b>Театр</b>", parse_mode="HTML"),
            InputMediaPhoto(media=photo(drawn(30, 20), "b.png")),
            InputMediaVideo(media=photo(VIDEO, "c.mp4"), duration=9, width=320, height=240),
        ],
    )
    assert len({message.media_group_id for message in album}) == 1
    assert album[2].video is not None
    assert (album[2].video.duration, album[2].video.width) == (9, 320)
    shown = olena.view()["messages"][-3:]
    assert {one["group"] for one in shown} == {album[0].media_group_id}
    assert [olena.file(one["id"]) for one in shown] == [
        ("a.jpg", PHOTO),
        ("b.png", drawn(30, 20)),
        ("c.mp4", VIDEO),
    ]
    assert (shown[0]["text"], shown[0]["spans"]) == (
        "Театр",
        [{"type": "bold", "offset": 0, "length": 5}],
    )
    await album[0].edit_caption(caption="Театр, 5 грудня")
    assert olena.view()["messages"][-3]["text"] == "Театр, 5 грудня"
    await bot.delete_messages(7, [message.message_id for message in album])
    assert [one for one in olena.view()["messages"] if one["group"]] == []


async def test_documents_are_an_album_among_themselves(bot: Bot, olena: TelegramPhone) -> None:
    papers = [InputMediaDocument(media=photo(name.encode(), name)) for name in ("a.pdf", "b.pdf")]
    await bot.send_media_group(7, [*papers])
    assert len({one["group"] for one in olena.view()["messages"][-2:]}) == 1
    with pytest.raises(TelegramBadRequest, match="document can't be mixed with other media types"):
        await bot.send_media_group(7, [papers[0], InputMediaPhoto(media=photo())])


async def test_everything_goes_on_by_its_id_and_as_what_it_is(bot: Bot, olena: TelegramPhone) -> None:
    await olena.sends_voice(sample("voice.ogg"))
    await olena.sends_file("list.pdf", b"%PDF")
    voice, paper = await told(bot)
    sent = await bot.send_voice(7, voice["voice"]["file_id"])
    assert sent.voice is not None
    assert olena.file(sent.message_id) == ("voice.ogg", sample("voice.ogg"))
    assert (await bot.send_document(7, paper["document"]["file_id"])).document is not None
    with pytest.raises(TelegramBadRequest, match="can't use file of type Voice as Video"):
        await bot.send_video(7, voice["voice"]["file_id"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (drawn(6000, 4001), "PHOTO_INVALID_DIMENSIONS"),
        (drawn(210, 10), "PHOTO_INVALID_DIMENSIONS"),
    ],
)
async def test_what_is_no_photo_is_refused_and_its_place_in_an_album_told(
    bot: Bot, olena: TelegramPhone, data: bytes, words: str
) -> None:
    with pytest.raises(TelegramBadRequest, match=f"Bad Request: {words}"):
        await bot.send_photo(7, photo(data))
    before = olena.view()["messages"]
    with pytest.raises(
        TelegramBadRequest, match=f'failed to send message #2 with the error message "{words}"'
    ):
        await bot.send_media_group(7, [InputMediaPhoto(media=photo(one)) for one in (PHOTO, data)])
    assert olena.view()["messages"] == before, "an album arrives whole or not at all"


@pytest.mark.parametrize(
    ("media", "words"),
    [
        ([], 'parameter "media" must have 2-10 items'),
        ([{}] * 11, "too many messages to send as an album"),
        ([{}, {"media": "attach://none"}], "can't parse InputMedia: media not found"),
        (
            [{}, {"media": "no-such-id"}],
            'failed to send message #2 with the error message "Wrong file identifier/HTTP URL specified"',
        ),
        ([{}, {"caption": "б" * 1025}], "message caption is too long"),
        (
            [{}, {"show_caption_above_media": True}],
            "parameter show_caption_above_media must be the same for all messages",
        ),
    ],
)
async def test_an_album_that_telegram_refuses(
    server: TelegramServer, olena: TelegramPhone, media: list[dict[str, Any]], words: str
) -> None:
    items = [{"type": "photo", "media": "https://klasno.ua/a.jpg", **item} for item in media]
    status, answer = await post(server, "sendMediaGroup", {"chat_id": 7, "media": items})
    assert (status, answer["description"]) == (400, f"Bad Request: {words}")


async def test_groups_have_no_keys(server: TelegramServer, olena: TelegramPhone) -> None:
    items = [{"type": "photo", "media": "https://klasno.ua/a.jpg"}] * 2
    body = {"chat_id": 7, "media": items, "reply_markup": {"inline_keyboard": []}}
    assert (await post(server, "sendMediaGroup", body))[0] == 400


async def test_entities_of_a_caption_are_shown(bot: Bot, olena: TelegramPhone) -> None:
    struck = MessageEntity(type="strikethrough", offset=0, length=3)
    await bot.send_photo(7, photo(), caption="500 грн", caption_entities=[struck])
    assert olena.view()["messages"][-1]["spans"] == [{"type": "strikethrough", "offset": 0, "length": 3}]
