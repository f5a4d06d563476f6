"""Media go out to both messengers: an album in Telegram, one picture in Viber, and nothing lost in silence."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from PIL import Image
from sqlalchemy import delete, insert, select

from bot import app as app_module
from bot.core import people as people_module
from bot.core.broadcast import broadcast
from bot.core.flows import Flow, Link
from bot.core.marks import Mark, Marked, Style
from bot.core.paper import Stored
from bot.core.printer import THUMB
from bot.core.screens import Album, Button, Screen
from bot.core.turn import Turn
from models.database import Db
from models.errors import NotYours
from models.letter import Kind, Letter, State
from models.media import About, Medium, MediumSort, keep, remember_ref
from models.people import Guardian, children_of, own_child
from sandbox.samples import THUMBNAIL
from sandbox.wire import Call
from tests.databases import both_databases
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
MP4 = b"\0\0\0\x18ftypmp42" + bytes(400)
PDF = b"%PDF-1.7\n"

fest = Flow("fest", command="fest")


@fest.ask
async def show(turn: Turn) -> Screen:
    children = await children_of(turn.db, turn.person)
    media = [id_ for (id_,) in await turn.db.all(select(Medium.id).order_by(Medium.id))]
    child = children[0].id if children else 0
    rows = [[Button("усе", send(child, media))]] if media else []
    return Screen("Що надіслати?", [*rows, [Button("лист", send(child, media[:1]))]])


@fest.do
async def send(turn: Turn, child: int, media: list[int]) -> Link:
    await own_child(turn.db, turn.person, child)
    links = [photo(child, medium) for medium in media]
    if len(links) > 1:
        await turn.send_album(links, Marked("Свято осені", (Mark(Style.BOLD, 0, 5),)))
    else:
        await turn.send_file(links[0], "Свято осені")
    return show()


@fest.ask
async def card(turn: Turn) -> Screen:
    """A card with an album ahead of it, for whoever has a child."""
    children = await children_of(turn.db, turn.person)
    if not children:
        raise NotYours
    media = [id_ for (id_,) in await turn.db.all(select(Medium.id).order_by(Medium.id))]
    return Screen("Свято було чудове", ahead=[Album([photo(children[0].id, medium) for medium in media])])


@fest.file
async def photo(turn: Turn, child: int, medium: int) -> Stored:
    await own_child(turn.db, turn.person, child)
    return await turn.stored(medium)


@pytest.fixture(autouse=True)
def with_fest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flow of this file stands in the app; must come before the house."""
    monkeypatch.setattr(app_module, "FLOWS", (*app_module.FLOWS, fest))


def jpeg(colour: str, size: tuple[int, int] = (640, 480)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


PHOTOS = [jpeg("#AA3322"), jpeg("#22AA33", (480, 640)), jpeg("#3322AA")]


async def laid(
    house: House, data: bytes | None, sort: MediumSort = MediumSort.PHOTO, name: str = "a.jpg", **more: Any
) -> int:
    """Put a medium into the store, or (without data) with Telegram alone; returns its id."""
    digest = await house.app.store.put(data) if data is not None else None
    mime = {"jpg": "image/jpeg", "mp4": "video/mp4", "ogg": "audio/ogg"}.get(name[-3:], "application/pdf")
    more = {"thumb": await house.app.store.put(THUMBNAIL) if data is None or sort == "photo" else None} | more
    about = About(sort, digest, more.pop("thumb"), mime, name, more.pop("size", len(data or b"")), **more)
    return await house.app.database.write(lambda db: keep(db, 1, about, house.clock.now()))


async def with_photos(house: House, platform: str, count: int = 3) -> Friend:
    for data in PHOTOS[:count]:
        await laid(house, data)
    return await with_fest_open(house, platform)


async def with_fest_open(house: House, platform: str) -> Friend:
    return await (await house.guardian(platform, "Ігор", "Оля Коваль")).says("/fest")


async def no_child(house: House, guardian: Friend) -> None:
    """The right ends, and no step says so to anybody: the hardest case."""
    person = (await house.chat(guardian)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))


async def fates(house: House, friend: Friend) -> list[tuple[State, str | None]]:
    """State and trouble of every letter that held files."""
    chat = (await house.chat(friend)).id
    asked = select(Letter.state, Letter.trouble, Letter.words).where(Letter.chat_id == chat)
    found = await house.facts(lambda db: db.all(asked))
    return [(state, why) for state, why, words in found if words.keys() & {"files", "file"}]


async def refs(house: House) -> list[Any]:
    return [one for (one,) in await house.facts(lambda db: db.all(select(Medium.refs).order_by(Medium.id)))]


def shown(friend: Friend) -> list[dict[str, Any]]:
    """The bot's messages with a file, as the phone shows them."""
    return [one for one in friend.phone.view()["messages"] if one["file"] and not one["mine"]]


def groups(house: House) -> list[Call]:
    """Albums that Telegram took."""
    return house.telegram.accepted("sendMediaGroup")


def uploads(house: House) -> int:
    """How many files went to Telegram as bytes."""
    return sum(json.dumps(call.params, default=str).count("attach://") for call in house.telegram.accepted())


def forgive(house: House) -> None:
    """What Telegram refused here is no mistake of ours."""
    house.telegram.journal[:] = [call for call in house.telegram.journal if call.ok]


async def fetched(url: str) -> tuple[int, bytes]:
    async with ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read()


@both_databases
async def test_three_photos_are_an_album_in_telegram_that_is_uploaded_once(house: House) -> None:
    ihor = await with_photos(house, "telegram")
    await ihor.presses("усе")
    assert [data for _name, data in ihor.files] == PHOTOS
    assert len({one["group"] for one in shown(ihor)}) == 1
    assert [one["text"] for one in shown(ihor)] == ["Свято осені", "", ""]
    first = groups(house)[0].params["media"][0]
    assert first["caption_entities"] == [{"type": "bold", "offset": 0, "length": 5}]
    assert ihor.last.startswith("Що надіслати?")
    assert uploads(house) == 3
    assert [one.keys() for one in await refs(house)] == [{"telegram"}] * 3
    anna = await house.guardian("telegram", "Анна", "Іван Бондар")
    await anna.says("/fest")
    await anna.presses("усе")
    assert [data for _name, data in anna.files] == PHOTOS
    assert (len(groups(house)), uploads(house)) == (2, 3)
    assert await fates(house, anna) == [(State.SENT, None)]


async def test_three_photos_are_one_picture_in_viber(house: House) -> None:
    ihor = await with_photos(house, "viber")
    anna = await house.guardian("viber", "Анна", "Іван Бондар")
    await anna.says("/fest")
    for friend in (ihor, anna):
        await friend.presses("усе")
        (one,) = shown(friend)
        assert (one["kind"], one["text"]) == ("photo", "Свято осені")
        assert friend.last.startswith("Що надіслати?")
        assert "усе" in friend.labels
    sent = [call.params for call in house.viber.accepted("send_message") if call.params["type"] == "picture"]
    assert all("keyboard" in params for params in sent)
    assert {params["text"] for params in sent} == {"*Свято* осені"}
    assert ihor.files[0][1] == anna.files[0][1], "made once for both"
    whole = Image.open(io.BytesIO(ihor.files[0][1])).convert("RGB")
    assert whole.width == 1200
    reds, greens, blues = (band.tobytes() for band in whole.split())
    for want in ((0xAA, 0x33, 0x22), (0x22, 0xAA, 0x33), (0x33, 0x22, 0xAA)):
        pixels = zip(reds, greens, blues, strict=True)
        assert any(max(abs(a - b) for a, b in zip(want, got, strict=True)) < 12 for got in pixels)
    url = sent[0]["media"]
    assert (await fetched(url))[0] == 200
    await no_child(house, ihor)
    assert (await fetched(url))[0] == 404
    house.clock.wind(timedelta(days=8))
    assert [(await fetched(params["media"]))[0] for params in sent] == [404, 404]


@BOTH
async def test_one_photo_is_a_photo(house: House, platform: str) -> None:
    ihor = await with_photos(house, platform, 1)
    await ihor.presses("лист")
    (one,) = shown(ihor)
    assert (one["kind"], one["text"]) == ("photo", "Свято осені")
    assert ihor.files == [("a.jpg" if platform == "telegram" else "klasno.jpg", PHOTOS[0])]
    if platform == "viber":
        sent = house.viber.accepted("send_message")[-2].params
        assert sent["media"].endswith("/klasno.jpg")
        assert sent["thumbnail"].endswith(f"/{THUMB}")


@BOTH
async def test_a_video_is_played_and_its_words_are_there(house: House, platform: str) -> None:
    await laid(house, MP4, MediumSort.VIDEO, "a.mp4", seconds=12, width=640, height=360)
    ihor = await with_fest_open(house, platform)
    await ihor.presses("лист")
    (one,) = shown(ihor)
    assert (one["kind"], one["seconds"]) == ("video", 12)
    assert ihor.files[0][1] == MP4
    assert any("Свято осені" in text for text in ihor.texts[-2:])


@BOTH
async def test_a_voice_and_documents_come_as_they_can(house: House, platform: str) -> None:
    await laid(house, b"OggS" + bytes(50), MediumSort.VOICE, "слово.ogg", seconds=3)
    await laid(house, PDF, MediumSort.FILE, "План/\u202e.pdf")
    await laid(house, PHOTOS[0])
    ihor = await with_fest_open(house, platform)
    await ihor.presses("усе")
    kinds = [one["kind"] for one in shown(ihor)]
    assert sorted(kinds) == sorted(["voice" if platform == "telegram" else "document", "document", "photo"])
    names = {name for name, _data in ihor.files}
    assert {"слово.ogg", "План-.pdf"} <= names
    assert [text for text in ihor.texts if "Свято осені" in text] == ["Свято осені"]


@BOTH
async def test_what_only_telegram_has(house: House, platform: str) -> None:
    """A video too large to be fetched from Telegram: there it is sent on, in Viber somebody has to be asked."""
    ref = house.telegram.files.keep("video", "свято.mp4", "video/mp4", MP4)
    size, about = 40 * 2**20, {"telegram": ref}
    await laid(house, None, MediumSort.VIDEO, "свято.mp4", size=size, seconds=90, refs=about)
    ihor = await with_fest_open(house, platform)
    await ihor.presses("лист")
    if platform == "telegram":
        assert [one["kind"] for one in shown(ihor)] == ["video"]
        assert uploads(house) == 0
    else:
        assert shown(ihor) == []
        said = "📎 Це відео завелике для Viber. Попросіть його в класного керівника."
        assert any(said in text for text in ihor.texts[-2:])
        assert "лист" in ihor.labels
    assert await fates(house, ihor) == [(State.SENT, None)]


async def test_what_telegram_has_alone_and_forgets_is_not_lost_in_silence(house: House) -> None:
    await laid(house, None, MediumSort.VIDEO, "a.mp4", size=9, refs={"telegram": "of another bot"})
    ihor = await with_fest_open(house, "telegram")
    await ihor.presses("лист")
    assert any("Це відео завелике для Telegram" in text for text in ihor.texts[-2:])
    forgive(house)
    assert await fates(house, ihor) == [(State.SENT, None)]


async def test_a_name_that_telegram_has_forgotten_is_learnt_anew_in_the_same_try(house: House) -> None:
    ihor = await with_photos(house, "telegram")
    await house.app.database.write(lambda db: remember_ref(db, 2, "telegram", "of another bot"))
    await ihor.presses("усе")
    assert [data for _name, data in ihor.files] == PHOTOS
    known = [one["telegram"] for one in await refs(house)]
    assert all(one in house.telegram.files.by_id for one in known)
    forgive(house)
    assert await fates(house, ihor) == [(State.SENT, None)]


@BOTH
async def test_a_right_that_ends_before_the_letter_goes_is_asked_again(house: House, platform: str) -> None:
    ihor = await with_photos(house, platform)
    server = house.telegram if platform == "telegram" else house.viber
    server.faults.queue.append("500")
    await ihor.phone.presses("усе")
    await server.changes.until(lambda: not server.faults.queue, what="the first try")
    await no_child(house, ihor)
    await house.settled()
    assert shown(ihor) == []
    assert await fates(house, ihor) == [(State.DROPPED, "not theirs any more")]


async def test_an_album_ahead_of_a_card_comes_to_whoever_may_have_it_by_then(house: House) -> None:
    """Told to three families; one of them has no child in the class any more when the letters go."""
    ihor, anna = await with_photos(house, "telegram"), await house.guardian("viber", "Анна", "Іван Бондар")
    former = await house.guardian("telegram", "Петро", "Остап Вус")
    people = [(await house.chat(one)).person_id or 0 for one in (ihor, anna, former)]

    async def tell(turn: Turn) -> None:
        chats = await people_module.chats_of(turn.db, people)
        later = turn.now + timedelta(seconds=10)
        await broadcast(turn, chats, card(), Kind.TODAY, ahead=1, held_until=later)

    await house.app.turns.unasked(tell)
    await no_child(house, former)
    await house.later(seconds=11)
    for friend, count in ((ihor, 3), (anna, 1), (former, 0)):
        assert len(shown(friend)) == count
        assert ("Свято було чудове" in friend.last) is bool(count)
    about = select(Letter.state).where(Letter.about.is_not(None)).order_by(Letter.chat_id, Letter.id)
    states = [state for (state,) in await house.facts(lambda db: db.all(about))]
    assert states == [State.SENT] * 4 + [State.DROPPED] * 2


@BOTH
async def test_one_that_is_gone_keeps_the_others_from_nobody(house: House, platform: str) -> None:
    ihor = await with_photos(house, platform)
    gone = delete(Medium).where(Medium.id == 2)
    server = house.telegram if platform == "telegram" else house.viber
    server.faults.queue.append("500")
    await ihor.phone.presses("усе")
    await server.changes.until(lambda: not server.faults.queue, what="the first try")
    await house.app.database.write(lambda db: db.run(gone))
    await house.settled()
    if platform == "telegram":
        assert [data for _name, data in ihor.files] == [PHOTOS[0], PHOTOS[2]]
    else:
        assert len(ihor.files) == 1
    assert await fates(house, ihor) == [(State.SENT, None)]


async def test_an_album_half_of_which_telegram_refuses(house: House) -> None:
    """What it does not take lies at an address; the rest comes."""
    bad = b"no picture at all"
    for data in (bad, PHOTOS[0], bad + b"!", PHOTOS[1]):
        await laid(house, data, name=f"{len(data)}.jpg")
    ihor = await with_fest_open(house, "telegram")
    await ihor.presses("усе")
    assert [data for _name, data in ihor.files] == PHOTOS[:2]
    words = ihor.texts[-2]
    assert "«17.jpg»" in words
    addresses = [word for word in words.split() if word.startswith("http")]
    assert [(await fetched(address))[1] for address in addresses] == [bad, bad + b"!"]
    assert await fates(house, ihor) == [(State.SENT, None)]
    forgive(house)


async def test_what_viber_takes_in_no_form_lies_at_an_address(house: House) -> None:
    await laid(house, PDF, MediumSort.FILE, "гра.exe")
    ihor = await with_fest_open(house, "viber")
    await ihor.presses("лист")
    assert shown(ihor) == []
    (address,) = [word for text in ihor.texts[-2:] for word in text.split() if word.startswith("http")]
    assert (await fetched(address))[1] == PDF


async def test_what_was_taken_before_a_failure_does_not_come_twice(house: House) -> None:
    await laid(house, PDF, MediumSort.FILE, "План.pdf")
    ihor = await with_photos(house, "telegram")
    house.telegram.faults.only = frozenset({"sendMediaGroup"})
    house.telegram.faults.queue.append("500")
    await ihor.presses("усе")
    assert [one["kind"] for one in shown(ihor)] == ["document", "photo", "photo", "photo"]
    assert [one["text"] for one in shown(ihor)][:2] == ["Свято осені", ""]
    assert await fates(house, ihor) == [(State.SENT, None)]


@BOTH
async def test_killed_between_the_sending_and_its_writing_down_it_comes_twice_at_most(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ihor = await with_photos(house, platform)
    there, never, write = asyncio.Event(), asyncio.Event(), house.app.database.write

    async def stands_still(work: Any, *, lasting: bool = True) -> Any:
        if not lasting:  # a sender's
            there.set()
            await never.wait()
        return await write(work, lasting=lasting)

    with monkeypatch.context() as patch:
        patch.setattr(house.app.database, "write", stands_still)
        await ihor.phone.presses("усе")
        await there.wait()
        await house.viber.settled()
        await house.app.stop()
    await house.open_app()
    await house.settled()
    once = 3 if platform == "telegram" else 1
    assert len(shown(ihor)) == 2 * once
    assert await fates(house, ihor) == [(State.SENT, None)]
    await house.later(minutes=1)
    assert len(shown(ihor)) == 2 * once


@BOTH
async def test_a_letter_of_an_older_klasno_still_goes(house: House, platform: str) -> None:
    ihor = await with_photos(house, platform)
    chat = (await house.chat(ihor)).id
    (child,) = [one.id for one in await house.facts(lambda db: children_of(db, 1))] or [1]
    words = {"file": ["fest.photo", child, 1], "picture": True, "title": "", "text": "Ось", "rows": []}

    async def write(db: Db) -> None:
        values = {
            "chat_id": chat,
            "kind": 2,
            "state": State.QUEUED,
            "words": words,
            "links": [],
            "turn": "old",
        }
        await db.run(insert(Letter), {**values, "created_at": house.clock.now()})

    await house.app.database.write(write)
    house.app.wake()
    await house.settled()
    assert [one["text"] for one in shown(ihor)] == ["Ось"]
    assert await fates(house, ihor) == [(State.SENT, None)]


@BOTH
async def test_a_store_that_is_away_holds_the_letter_and_not_the_others(house: House, platform: str) -> None:
    ihor = await with_photos(house, platform)
    folder = house.folder / "klasno.db.media"
    folder.rename(house.folder / "away")
    folder.write_bytes(b"")
    await ihor.phone.presses("усе")
    await asyncio.sleep(0.3)
    assert shown(ihor) == []
    folder.unlink()
    (house.folder / "away").rename(folder)
    await house.later(seconds=5)
    assert shown(ihor)
    assert await fates(house, ihor) == [(State.SENT, None)]
