"""Several files on Telegram: as few messages as it allows, by the names it gave them, and nothing lost in silence."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.errors import Forgotten, Later, Refused
from bot.core.outbox import Parcel
from bot.core.paper import SORTS, Printed, Stored
from bot.telegram.platform import Telegram
from bot.telegram.render import ALBUM, PHOTO_BYTES, UPLOAD_BYTES, batches, joined, kind_of, parted
from sandbox.samples import PHOTO
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from sandbox.wire import Call

from .conftest import parcel

MP4 = b"\0\0\0\x18ftypmp42" + bytes(40)
SORT = {"photo": ("image/jpeg", ".jpg", PHOTO), "video": ("video/mp4", ".mp4", MP4)}
SORT |= {
    "voice": ("audio/ogg", ".ogg", b"OggS" + bytes(40)),
    "file": ("application/pdf", ".pdf", b"%PDF-1.7"),
}


def printed(
    medium: int, sort: str = "photo", *, data: bytes | None = None, ref: str | None = None, **about: Any
) -> Printed:
    """A file of the store as the printer gives it out."""
    mime, ending, bytes_ = SORT[sort]
    data = bytes_ if data is None else data
    mime, size = about.pop("mime", mime), about.pop("size", len(data))
    name = f"{sort}{medium}{ending}"
    stored = Stored(medium, sort, "d", None, mime, name, size, **about)
    instead = f"не показати: {name}"
    return Printed(
        name,
        mime,
        b"" if ref else data,
        stored=stored,
        sort=sort,
        ref=ref,
        of=(str(medium),),
        instead=instead,
    )


def letter(*files: Printed, text: str = "Свято осені", unsure: bool = False) -> Parcel:
    words = {"files": [[one.name] for one in files], "picture": True, "title": "", "text": text, "rows": []}
    made = parcel(words, unsure=unsure)
    made.files = list(files)
    return made


def sent(server: TelegramServer) -> list[Call]:
    """The calls that sent something."""
    return [call for call in server.journal if call.method.startswith("send")]


def kinds(phone: TelegramPhone) -> list[tuple[str, str]]:
    """What the bot's messages are, and their words."""
    return [(one["kind"], one["text"]) for one in phone.view()["messages"] if not one["mine"]]


async def test_photos_and_videos_come_as_one_album(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    video = printed(2, "video", width=1280, height=720, seconds=12)
    parts = letter(printed(1), video, printed(3))
    delivered = await telegram.deliver(parts)
    (call,) = sent(server)
    assert call.method == "sendMediaGroup"
    first, second, third = call.params["media"]
    assert [one["type"] for one in (first, second, third)] == ["photo", "video", "photo"]
    assert (first["caption"], "caption" in second, "caption" in third) == ("Свято осені", False, False)
    about = {"width": 1280, "height": 720, "duration": 12, "supports_streaming": True}
    assert about.items() <= second.items()
    shown = [one for one in olena.view()["messages"] if not one["mine"]]
    assert len({one["group"] for one in shown}) == 1
    assert [olena.file(one["id"])[1] for one in shown] == [PHOTO, MP4, PHOTO]
    assert delivered.message is not None
    assert parted(delivered.message) == [one["id"] for one in shown]
    assert parts.taken == {"", "1", "2", "3"}


async def test_what_telegram_calls_them_is_learnt_and_used(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    first = letter(printed(1), printed(2, "video"))
    await telegram.deliver(first)
    assert first.refs.keys() == {1, 2}
    again = letter(printed(1, ref=first.refs[1]), printed(2, "video", ref=first.refs[2]))
    await telegram.deliver(again)
    assert [one["media"] for one in sent(server)[-1].params["media"]] == list(first.refs.values())
    assert again.refs == {}, "nothing new was learnt"
    assert [kind for kind, _text in kinds(olena)] == ["photo", "video"] * 2


@pytest.mark.parametrize(
    ("sort", "method"),
    [("photo", "sendPhoto"), ("video", "sendVideo"), ("voice", "sendVoice"), ("file", "sendDocument")],
)
async def test_one_file_goes_as_what_it_is(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, sort: str, method: str
) -> None:
    alone = letter(printed(5, sort, seconds=7))
    await telegram.deliver(alone)
    (call,) = sent(server)
    assert (call.method, call.params["caption"]) == (method, "Свято осені")
    assert call.params.get("duration") == (7 if sort in ("video", "voice") else None)
    await telegram.deliver(letter(printed(5, sort, ref=alone.refs[5])))
    assert [call.method for call in sent(server)] == [method] * 2


async def test_a_mixed_letter_is_split_only_where_telegram_demands_it(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    mixed = [printed(1), printed(2, "file"), printed(3, "voice"), printed(4, "video"), printed(5, "file")]
    await telegram.deliver(letter(*mixed, printed(6, "voice")))
    calls = sent(server)
    assert [call.method for call in calls] == ["sendMediaGroup", "sendMediaGroup", "sendVoice", "sendVoice"]
    assert [one["type"] for one in calls[0].params["media"]] == ["photo", "video"]
    assert [one["type"] for one in calls[1].params["media"]] == ["document", "document"]
    assert [text for _kind, text in kinds(olena) if text == "Свято осені"] == ["Свято осені"]


async def test_the_words_of_documents_stand_below_them(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await telegram.deliver(letter(printed(1, "file"), printed(2, "file")))
    assert [one.get("caption") for one in sent(server)[0].params["media"]] == [None, "Свято осені"]


def test_no_call_takes_more_than_telegram_does() -> None:
    many = batches([printed(n) for n in range(ALBUM + 3)])
    assert [len(batch.files) for batch in many] == [ALBUM, 3]
    large = bytes(UPLOAD_BYTES // 2)
    videos = batches([printed(n, "video", data=large) for n in range(5)])
    assert [len(batch.files) for batch in videos] == [2, 2, 1]
    known = batches([printed(n, "video", size=len(large), ref="x") for n in range(5)])
    assert [len(batch.files) for batch in known] == [5], "what Telegram has already weighs nothing"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (printed(1, size=PHOTO_BYTES + 1), "document"),
        (printed(1, width=9000, height=1001), "document"),
        (printed(1, width=2100, height=100), "document"),
        (printed(1, width=4000, height=3000), "photo"),
        (printed(1, mime="image/webp"), "document"),
        (printed(1, "video", mime="video/quicktime"), "document"),
        (printed(1, "voice", mime="audio/mp4"), "voice"),
        (printed(1, "voice", mime="audio/x-wav"), "document"),
        (printed(1, data=b""), None),
        (printed(1, "video", data=b"", size=10**9), None),
        (printed(1, "video", data=b"", size=10**9, ref="x"), "video"),
        (Printed("a.png", SORTS[".png"], b"x", sort="photo"), "photo"),
    ],
)
def test_a_file_goes_as_what_telegram_would_take(file: Printed, kind: str | None) -> None:
    assert kind_of(file) == kind


async def test_a_name_that_telegram_does_not_know_is_told(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    """One of an album, of which it says which; one alone; and one that is known as something else."""
    good = letter(printed(1))
    await telegram.deliver(good)
    ref = good.refs[1]
    for files, media in (
        ([printed(1, ref=ref), printed(2, ref="of another bot")], [2]),
        ([printed(2, ref="of another bot")], [2]),
        ([printed(3, "video", ref=ref)], [3]),
    ):
        with pytest.raises(Forgotten) as told:
            await telegram.deliver(letter(*files))
        assert told.value.media == media
    assert len(kinds(olena)) == 1


async def test_of_an_album_half_of_which_is_refused_the_rest_comes_and_nothing_is_lost(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    bad = [printed(n, data=b"no picture") for n in (1, 3, 5)]
    parts = letter(bad[0], printed(2), bad[1], printed(4), bad[2], printed(6))
    await telegram.deliver(parts)
    assert [kind for kind, _text in kinds(olena)] == ["photo", "photo", "photo", "text"]
    assert kinds(olena)[0] == ("photo", "Свято осені")
    for one in bad:
        assert one.instead in olena.texts[-1]
    assert parts.taken == {"", *"123456"}
    assert parts.refs.keys() == {2, 4, 6}


async def test_where_all_are_refused_the_words_are_said_with_what_stands_for_them(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await telegram.deliver(letter(printed(1, data=b"none"), printed(2, data=b""), unsure=True))
    assert kinds(olena) == [("text", "Свято осені\n\nне показати: photo1.jpg\n\nне показати: photo2.jpg")]
    nothing = Printed("a.pdf", SORTS[".pdf"], b"", of=("1",))
    with pytest.raises(Refused, match="0 bytes"):
        await telegram.deliver(letter(nothing))


async def test_what_was_taken_before_a_failure_does_not_come_twice(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    parts = letter(printed(1), printed(2), printed(3, "file"))
    server.faults.only = frozenset({"sendDocument"})
    server.faults.queue.append("429")
    with pytest.raises(Later, match="429"):
        await telegram.deliver(parts)
    assert parts.taken == {"", "1", "2"}
    parts.files = [file for file in parts.files if not parts.taken.issuperset(file.of)]  # as `fill` does
    delivered = await telegram.deliver(parts)
    assert [kind for kind, _text in kinds(olena)] == ["photo", "photo", "document"]
    assert len(parted(delivered.message or "")) == 3


@pytest.mark.parametrize("fault", ["reset_after", "garbage"])
async def test_an_album_that_may_be_there_already_says_so_once(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone, fault: Any
) -> None:
    parts = letter(printed(1), printed(2), printed(3, "file"))
    server.faults.queue.append(fault)
    with pytest.raises(Later) as told:
        await telegram.deliver(parts)
    assert told.value.unsure
    parts.unsure = True
    await telegram.deliver(parts)
    words = [text for _kind, text in kinds(olena)]
    assert words == ["Свято осені", "", "↻ Свято осені", "", "file3.pdf"]


async def test_an_album_is_taken_away_as_a_whole(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    delivered = await telegram.deliver(letter(printed(1), printed(2)))
    away = parcel({"take_away": True}, over=delivered.message)
    await telegram.deliver(away)
    assert kinds(olena) == []


def test_ids_of_messages_are_told_as_one_short_text() -> None:
    ids = [str(4_000_000_000 + n) for n in range(10)]
    text = joined(ids)
    assert text is not None
    assert len(text) <= 64
    assert parted(text) == [int(one) for one in ids]
    assert joined(["7"]) == "7"
    assert joined([]) is None


async def test_whoever_blocked_the_bot_is_gone_and_not_asked_file_by_file(
    server: TelegramServer, telegram: Telegram, olena: TelegramPhone
) -> None:
    await olena.blocks()
    with pytest.raises(Exception, match="blocked"):
        await telegram.deliver(letter(printed(1), printed(2)))
    assert len(sent(server)) == 1
