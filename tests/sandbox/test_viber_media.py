"""Photos, albums, voices and replies on Viber, both ways, by addresses that phones and bots fetch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from sandbox.samples import PHOTO, THUMBNAIL, sample
from sandbox.viber import ViberPhone, ViberServer
from sandbox.viber.limits import PICTURE_BYTES, THUMBNAIL_BYTES

from .viber_bot import Bot, Clock

VIDEO = b"\0\0\0\x18ftypisom" + bytes(100)
FILES = {
    "a.jpg": PHOTO,
    "large.jpg": PHOTO + bytes(PICTURE_BYTES),
    "small.jpg": THUMBNAIL,
    "heavy.jpg": THUMBNAIL + bytes(THUMBNAIL_BYTES),
    "drawn.png": b"\x89PNG\r\n\x1a\n",
    "v.mp4": VIDEO,
    "none.mp4": bytes(len(VIDEO)),
}


@pytest.fixture
async def shelf() -> AsyncIterator[str]:
    """Where a bot has its files."""

    async def give(request: web.Request) -> web.Response:
        if request.match_info["name"] not in FILES:
            raise web.HTTPNotFound
        return web.Response(body=FILES[request.match_info["name"]])

    app = web.Application()
    app.router.add_get("/{name}", give)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def told(server: ViberServer, bot: Bot) -> list[dict[str, Any]]:
    await server.settled()
    return [event["message"] for event in bot.events("message")][1:]


async def test_an_album_is_one_picture_after_another(
    server: ViberServer, bot: Bot, olena: ViberPhone
) -> None:
    items = [("a.jpg", PHOTO), ("b.mp4", VIDEO), ("c.jpg", THUMBNAIL)]
    await olena.sends_album(items, "На прогулянці")
    messages = await told(server, bot)
    assert [message["type"] for message in messages] == ["picture", "video", "picture"]
    assert [message.get("text") for message in messages] == ["На прогулянці", None, ""]
    assert len({message["media"] for message in messages}) == 3
    shown = olena.view()["messages"][-3:]
    assert len({one["group"] for one in shown}) == 1
    assert [olena.file(one["id"]) for one in shown] == items
    with pytest.raises(ValueError, match="2 to 10"):
        await olena.sends_album(items * 4)


async def test_media_live_for_an_hour_and_say_what_they_are(
    server: ViberServer, bot: Bot, olena: ViberPhone, clock: Clock
) -> None:
    await olena.sends_photo(PHOTO, "Довідка")
    await olena.sends_video(VIDEO, "Стрибок", duration=42)
    await olena.sends_voice(sample("voice.m4a"))
    photo, video, words, voice = await told(server, bot)
    assert (photo["type"], photo["text"], photo["file_name"]) == ("picture", "Довідка", "photo.jpg")
    assert (video["type"], video["size"], video["duration"]) == ("video", len(VIDEO), 42)
    assert "text" not in video
    assert words["text"] == "Стрибок"
    assert (voice["type"], voice["file_size"]) == ("file", len(sample("voice.m4a")))
    for message, kind in ((photo, "image/jpeg"), (video, "video/mp4")):
        assert await bot.get(message["media"]) == (200, kind)
        assert await bot.get(message["thumbnail"]) == (200, "image/jpeg")
    clock.now += 3600
    assert [(await bot.get(one["media"]))[0] for one in (photo, video, voice)] == [404] * 3
    assert [one["kind"] for one in olena.view()["messages"][-4:]] == ["photo", "video", "text", "voice"]


async def test_styles_are_typed_as_marks(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    styles = [
        ("italic", 3, 3),
        ("bold", 0, 10),
        ("strikethrough", 11, 2),
        ("code", 14, 1),
        ("text_link", 0, 2),
    ]
    entities = [{"type": kind, "offset": at, "length": length} for kind, at, length in styles]
    await olena.says("🙂 Усі йд. ні x", entities)
    [message] = await told(server, bot)
    assert message["text"] == "*🙂 _Усі_ йд.* ~ні~ ```x```"
    assert {span["type"] for span in olena.view()["messages"][-1]["spans"]} >= {
        "bold",
        "strikethrough",
        "code",
    }


async def test_a_reply_is_seen_on_the_phone_alone(server: ViberServer, bot: Bot, olena: ViberPhone) -> None:
    await bot.send(olena, {"type": "text", "text": "Хто йде до театру?"})
    await olena.says("Ми", reply_to=olena.screen["id"])
    assert olena.view()["messages"][-1]["reply"] == {"kind": "text", "text": "Хто йде до театру?"}
    [message] = await told(server, bot)
    assert set(message) <= {"type", "text", "tracking_data"}
    with pytest.raises(LookupError):
        await olena.says("Ми", reply_to=99)


async def test_what_a_bot_sends_by_address_is_on_the_phone(
    server: ViberServer, bot: Bot, olena: ViberPhone, shelf: str
) -> None:
    picture = {
        "type": "picture",
        "text": "*Театр*",
        "media": shelf + "a.jpg",
        "thumbnail": shelf + "small.jpg",
    }
    video = {"type": "video", "media": shelf + "v.mp4", "size": len(VIDEO), "duration": 9}
    for message in (picture, video):
        assert (await bot.send(olena, message))["status"] == 0
    await server.settled()
    shown = olena.view()["messages"][-2:]
    assert [(one["kind"], one["seconds"]) for one in shown] == [("photo", None), ("video", 9)]
    assert [olena.file(one["id"]) for one in shown] == [("a.jpg", PHOTO), ("v.mp4", VIDEO)]
    assert (shown[0]["text"], shown[0]["spans"][0]["type"]) == ("Театр", "bold")
    assert server.complaints == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"type": "picture", "text": "", "media": "large.jpg"}, "picture: 1"),
        (
            {"type": "picture", "text": "", "media": "drawn.png", "thumbnail": "heavy.jpg"},
            "picture: thumbnail: 1",
        ),
        (
            {"type": "picture", "text": "", "media": "a.jpg", "thumbnail": "no.jpg"},
            "picture: thumbnail: HTTP 404",
        ),
        ({"type": "video", "media": "v.mp4", "size": 7}, f"video: {len(VIDEO)} bytes, not 7"),
        ({"type": "video", "media": "none.mp4", "size": len(VIDEO)}, "video: no MP4"),
        (
            {"type": "video", "media": "v.mp4", "size": len(VIDEO), "thumbnail": "drawn.png"},
            "video: thumbnail: no picture",
        ),
    ],
)
async def test_what_phones_cannot_show_is_a_complaint(
    server: ViberServer, bot: Bot, olena: ViberPhone, shelf: str, message: dict[str, Any], complaint: str
) -> None:
    addresses: dict[str, str] = {
        name: shelf + message[name] for name in ("media", "thumbnail") if name in message
    }
    assert (await bot.send(olena, {**message, **addresses}))["status"] == 0
    await server.settled()
    assert [one[: len(complaint)] for one in server.complaints] == [complaint]


async def test_a_broadcast_is_one_message_with_receipts_of_each(
    server: ViberServer, bot: Bot, olena: ViberPhone, shelf: str
) -> None:
    ihor = server.person("ihor=", "Ігор")
    await ihor.says("Привіт")
    picture = {"type": "picture", "text": "Театр", "media": shelf + "a.jpg"}
    verdict = await bot.broadcast([olena.address, ihor.address], picture)
    assert (verdict["status"], verdict["failed_list"]) == (0, [])
    await ihor.looks()
    await server.settled()
    receipts = [
        (one["event"], one["user_id"], one["message_token"]) for one in bot.events("delivered", "seen")
    ]
    token = verdict["message_token"]
    assert sorted(receipts) == [
        ("delivered", "ihor=", token),
        ("delivered", "olena=", token),
        ("seen", "ihor=", token),
    ]
    assert ihor.file(ihor.screen["id"]) == olena.file(olena.screen["id"]) == ("a.jpg", PHOTO)
