"""Photos, videos and files come in: fetched once, looked at, and kept; several that were sent together answer once."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from bot.core.errands import TRIES
from models.base import Base
from models.chat import Parked
from models.database import Db
from models.errand import Errand
from models.media import Medium, MediumSort
from sandbox.samples import PAPER, PHOTO, PHOTOS, THUMBNAIL, sample
from tests.core.test_store import full_disk
from tests.databases import both_databases
from tests.films import film
from tests.house import TELEGRAM_TOKEN, House
from tests.papers.test_photos import png_of
from tests.stories.sheets import waiting
from tests.stories.shelf import kept
from tests.stories.test_files_in import BOTH, fetches, out_of_reach

pytestmark = pytest.mark.usefixtures("with_shelf")
KEPT = "3-Б: є."
NOT_PASSED = "Такий файл не можна передати далі. Надішліть його, будь ласка, як фото або як PDF."
NO_ROOM = "Зараз немає місця для фото й файлів, тому це не збережено. Надішліть, будь ласка, пізніше."
ALBUM = [(f"{number}.jpg", sample(name)) for number, name in enumerate(PHOTOS)]


async def media(house: House) -> list[Medium]:
    """All that is kept, in the order in which it came."""

    async def read(db: Db) -> list[Medium]:
        columns = Medium.__table__.c
        rows = await db.all(select(*columns).order_by(columns.id))
        return [Medium(**row._mapping) for row in rows]

    return list(await house.facts(read))


def files(house: House) -> set[str]:
    return {one.name for one in Path(f"{house.folder}/klasno.db.media").iterdir()}


@BOTH
@both_databases
async def test_a_photo_is_kept_as_a_photo_and_a_small_one(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_photo()
    assert teacher.last.startswith(f"{KEPT}\n\nНа полиці: 1")
    (one,) = await media(house)
    assert (one.sort, one.mime, one.name, one.school_id) == (MediumSort.PHOTO, "image/jpeg", "photo.jpg", 1)
    assert [(got.medium, got.sort) for got in kept] == [(one.id, "photo")]
    assert one.digest is not None
    assert one.thumb is not None
    data, small = await house.app.store.get(one.digest), await house.app.store.get(one.thumb)
    assert hashlib.sha256(data).hexdigest() == one.digest
    assert Image.open(io.BytesIO(data)).size == (one.width, one.height) == Image.open(io.BytesIO(PHOTO)).size
    assert len(data) == one.size
    assert max(Image.open(io.BytesIO(small)).size) <= 400
    assert data != PHOTO
    assert one.refs is None
    assert await waiting(house) == 0


@BOTH
async def test_of_every_sort(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_video(film(95, (1280, 720)), duration=9)
    await teacher.sends_voice()
    await teacher.sends_file("План на тиждень.pdf", PAPER)
    await teacher.sends_file("IMG_1.png", THUMBNAIL)
    found = [(one.sort, one.name, one.mime, one.seconds, one.width) for one in await media(house)]
    voice = ("voice.ogg", "audio/ogg", 4) if platform == "telegram" else ("voice.m4a", "audio/mp4", 4)
    assert found[0] == (MediumSort.VIDEO, "video.mp4", "video/mp4", 95, 1280)
    assert found[1][:3] == (MediumSort.VOICE, *voice[:2])
    assert found[2] == (MediumSort.FILE, "План на тиждень.pdf", "application/pdf", None, None)
    assert found[3][:3] == (MediumSort.PHOTO, "IMG_1.jpg", "image/jpeg")


@BOTH
async def test_the_same_photo_is_kept_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_photo()
    before = (await media(house))[0]
    await house.later(days=1)
    await teacher.sends_photo()
    (one,) = await media(house)
    assert (one.id, one.digest) == (before.id, before.digest)
    assert (one.at - before.at).days == 1
    assert len(files(house)) == 2
    assert len(kept) == 2
    other = await house.teacher(platform, "Інша", school="Школа №8")
    await other.sends_photo()
    assert [one.school_id for one in await media(house)] == [1, 2]
    assert len(files(house)) == 2


@BOTH
async def test_an_album_answers_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    before = len(teacher.texts)
    await teacher.sends_album(ALBUM)
    assert len(await media(house)) == len(kept) == len(ALBUM)
    assert [one.medium for one in kept] == [one.id for one in await media(house)]
    said = teacher.texts[before:]
    below = [f"{KEPT}\n\nНа полиці: {len(ALBUM)}"]
    assert said == below if platform == "telegram" else said[-1:] == below
    assert len(said) <= 2  # Viber shows «Хвилинку.» as a message of its own


@BOTH
async def test_what_cannot_be_taken_of_an_album_is_told_once(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    mixed = [
        ALBUM[0],
        ("bomb.jpg", png_of(50_000, 50_000)),
        ALBUM[1],
        ("bad.jpg", b"MZ" + bytes(99)),
        ("a.jpg", b"MZ"),
    ]
    before = len(teacher.texts)
    await teacher.sends_album(mixed)
    assert len(kept) == 2
    assert teacher.last.startswith("3 файли не вдалося взяти:\nЦе зображення завелике")
    assert teacher.last.count(NOT_PASSED) == 1
    assert "На полиці: 2" in teacher.last
    assert len(teacher.texts) - before <= 2


@BOTH
async def test_if_none_of_them_can_be_taken_the_screen_stands(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_album([("a.jpg", b"MZ" + bytes(9)), ("b.jpg", b"MZ" + bytes(8))])
    assert teacher.last.startswith(f"2 файли не вдалося взяти:\n{NOT_PASSED}")
    await teacher.sends_file("a.exe", b"MZ" + bytes(99))
    assert teacher.last.startswith(f"{NOT_PASSED}\n\n")
    assert (kept, await media(house), files(house), await waiting(house)) == ([], [], set(), 0)


@BOTH
async def test_what_a_step_refuses_is_told_and_not_kept(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_file("sorry.pdf", PAPER)
    assert teacher.last.startswith("Цього класу вже немає.")
    assert (kept, await media(house), await waiting(house)) == ([], [], 0)
    await teacher.sends_photo()
    await house.later(hours=2)
    assert len(files(house)) == 2, "what no row names is swept"


async def test_a_step_that_breaks_takes_the_others_not_along(house: House) -> None:
    teacher = await house.teacher("telegram")
    phone: Any = teacher.phone
    await phone.sends_file("broken.pdf", PAPER)
    await teacher.sends_photo()
    assert len(kept) == len(await media(house)) == 1
    assert "На полиці: 1" in teacher.last
    assert any("nothing was written down" in text or "нічого не записано" in text for text in teacher.texts)
    (parked,) = await house.wrongs()
    assert "RuntimeError" in parked
    await house.app.database.write(lambda db: db.run(delete(Parked)))


@BOTH
@pytest.mark.parametrize("moment", ["fetching", "reading", "keeping", "handing over"])
async def test_killed_at_any_moment_it_is_kept_once(
    house: House, platform: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher(platform)
    there, never = asyncio.Event(), asyncio.Event()

    async def stands_still(*_: Any, **__: Any) -> Any:
        there.set()
        await never.wait()

    def loses(*_: Any) -> None:
        there.set()

    with monkeypatch.context() as patch:
        match moment:
            case "fetching":
                patch.setattr(house.app.platforms[platform], "fetch", stands_still)
            case "reading":
                patch.setattr("bot.core.keeping.apart", stands_still)
            case "keeping":
                patch.setattr(house.app.turns, "resume", stands_still)
            case _:
                patch.setattr(house.app.errands, "_hand_over", loses)
        await teacher.phone.sends_album(ALBUM[:3])
        await there.wait()
        await house.app.stop()
    await house.open_app()
    await house.settled()
    assert len(kept) == 3
    assert len(await media(house)) == 3
    assert await waiting(house) == 0
    assert "На полиці: 3" in teacher.last
    await house.later(minutes=61)
    assert len(files(house)) == 6


@BOTH
async def test_while_it_is_being_kept_nobody_sweeps_it_away(
    house: House, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = await house.teacher(platform)
    resume = house.app.turns.resume

    async def swept_before(*args: Any) -> Any:
        await house.app.clockwork.tick()
        return await resume(*args)

    monkeypatch.setattr(house.app.turns, "resume", swept_before)
    await teacher.phone.sends_photo(PHOTO)
    house.app.clockwork._swept = house.begins.replace(year=2020)
    await house.settled()
    assert len(files(house)) == 2


@BOTH
async def test_on_a_full_disk_it_is_said_plainly(
    house: House, platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_photo()
    before = files(house)
    large = PAPER + bytes(9 * 2**20)
    with full_disk(8 * 2**20):
        await teacher.sends_file("Книга.pdf", large)
    assert teacher.last.startswith(NO_ROOM)
    assert (len(kept), len(await media(house)), await waiting(house)) == (1, 1, 0)
    assert files(house) == before
    assert "large" in (await house.get("/healthz"))["troubles"]["media"]
    assert "store.away" in capsys.readouterr().out
    await house.later(minutes=2)
    assert (await house.get("/healthz"))["troubles"] == {}
    await teacher.sends_file("Книга.pdf", large)
    assert len(await media(house)) == 2


@BOTH
async def test_where_the_small_picture_cannot_be_written_nothing_is_kept(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.sends_photo()
    (one,) = await media(house)
    assert one.digest is not None
    assert one.thumb is not None
    folder = Path(f"{house.folder}/klasno.db.media")
    await house.app.database.write(lambda db: db.run(delete(Medium)))
    for digest in (one.digest, one.thumb):
        (folder / digest).unlink()
    (folder / one.thumb / "in the way").mkdir(parents=True)
    await teacher.sends_photo()
    assert teacher.last.startswith(NO_ROOM)
    assert (len(kept), await media(house), await waiting(house)) == (1, [], 0)
    shutil.rmtree(folder / one.thumb)
    await house.later(minutes=61)
    assert files(house) == set(), "the large one, which no row names, is swept"
    await teacher.sends_photo()
    assert [(again.digest, again.thumb) for again in await media(house)] == [(one.digest, one.thumb)]
    assert files(house) == {one.digest, one.thumb}


@BOTH
async def test_however_the_messenger_fails_it_is_kept_in_the_end(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    with out_of_reach(house, platform):
        await teacher.sends_album(ALBUM[:3])
        assert await waiting(house) == 3
    while await waiting(house):
        await house.later(seconds=61)
    assert len(kept) == 3
    assert teacher.last.startswith(f"{KEPT}\n\nНа полиці: 3")


@BOTH
async def test_a_messenger_that_stays_away_is_told_once_for_all(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    with out_of_reach(house, platform):
        await teacher.sends_album(ALBUM[:3])
        await house.later(minutes=11)
    assert teacher.last.startswith("3 файли не вдалося взяти:\nФайл не вдалося отримати")
    assert (kept, await waiting(house)) == ([], 0)


async def test_what_telegram_does_not_hand_out_is_handed_on(house: House) -> None:
    teacher = await house.teacher("telegram")
    await teacher.sends_video(film(400, data=bytes(21 * 2**20)), duration=400)
    (one,) = await media(house)
    assert (one.sort, one.digest, one.thumb, one.seconds) == (MediumSort.VIDEO, None, None, 400)
    assert one.refs is not None
    assert list(one.refs) == ["telegram"]
    assert one.refs["telegram"] in house.telegram.files.by_id
    assert one.size > 21 * 2**20
    assert (fetches(house), files(house)) == (0, set())
    await teacher.sends_file("велике.exe", bytes(21 * 2**20))
    assert NOT_PASSED in teacher.last


async def test_on_viber_up_to_fifty_megabytes(house: House) -> None:
    teacher = await house.teacher("viber")
    await teacher.sends_file("Книга.pdf", PAPER + bytes(30 * 2**20))
    assert (await media(house))[0].size > 30 * 2**20
    await teacher.sends_file("Завелика.pdf", PAPER + bytes(50 * 2**20))
    assert teacher.last.startswith("Файл завеликий: тут можна прочитати щонайбільше 50 МБ.")
    assert len(await media(house)) == 1


@BOTH
async def test_what_kills_us_does_not_do_so_for_ever(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    with out_of_reach(house, platform):
        await teacher.sends_album(ALBUM[:2])
        await house.app.database.write(lambda db: db.run(update(Errand).values(attempts=TRIES)))
    await house.later(seconds=5)
    assert teacher.last.startswith("2 файли не вдалося взяти:\nЦей файл не читається.")
    assert (kept, await waiting(house)) == ([], 0)


@BOTH
async def test_nobody_but_who_is_let_starts_it(house: House, platform: str) -> None:
    stranger = await house.stranger(platform).opens()
    await stranger.sends_photo()
    assert (fetches(house), await waiting(house), files(house)) == (0, 0, set())


async def _everything(db: Db) -> str:
    return str(
        [await db.all(select(table)) for table in Base.metadata.sorted_tables if table.name != "medium"]
    )


@BOTH
async def test_of_a_photo_nothing_is_told(
    house: House, platform: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """T7, T15: neither the token nor a file's name is in a log, in other tables, or in the store."""
    caplog.set_level("DEBUG")
    teacher = await house.teacher(platform)
    await teacher.sends_file("Канарейченко Оля.pdf", PAPER)
    await teacher.sends_file("Канарейченко.exe", b"MZ")
    logged = "".join(capsys.readouterr()) + caplog.text
    sent = json.dumps([call.params for call in (*house.telegram.journal, *house.viber.journal)])
    stored = await house.facts(_everything)
    assert "turn" in logged
    assert "Канарейченко" not in logged + stored
    assert not [one for one in ("/file/bot", TELEGRAM_TOKEN) if one in logged + sent + stored]
    assert all(len(name) == 64 for name in files(house))
