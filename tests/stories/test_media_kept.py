"""What lies in the store goes out by letter and by address, to whoever may have it, and as what it is."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from bot.core.outbox import Parcel
from bot.core.printer import THUMB
from models.media import remember_ref
from sandbox.samples import PHOTO, THUMBNAIL
from tests.house import Friend, House
from tests.stories.shelf import give, laid

pytestmark = pytest.mark.usefixtures("with_shelf")


async def address_of(house: House, friend: Friend, medium: int, ending: str = ".jpg") -> str:
    """The address of something on the shelf, as a person's messenger is told it."""
    chat = (await house.chat(friend)).id
    found = house.app.addresses.of(chat, give(medium).packed(), ending, house.clock.now())
    assert found is not None
    return found


async def opened(url: str) -> tuple[int, bytes, dict[str, str]]:
    async with ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def test_an_address_gives_the_photo_and_its_small_picture(house: House) -> None:
    teacher = await house.teacher("viber")
    medium = await laid(house, PHOTO, THUMBNAIL)
    url = await address_of(house, teacher, medium)
    status, data, headers = await opened(url)
    assert (status, data, headers["Content-Type"]) == (200, PHOTO, "image/jpeg")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "photo.jpg" in headers["Content-Disposition"]
    small = f"{url.rpartition('/')[0]}/{THUMB}"
    status, data, headers = await opened(small)
    assert (status, data, headers["Content-Type"]) == (200, THUMBNAIL, "image/jpeg")


async def test_what_is_not_there_is_not_here(house: House) -> None:
    teacher = await house.teacher("viber")
    bare = await laid(house, PHOTO)
    url = await address_of(house, teacher, bare)
    assert (await opened(f"{url.rpartition('/')[0]}/{THUMB}"))[0] == 404
    house.app.printer._shares._made.clear()  # a minute later
    await house.app.store.drop(await house.app.store.all())
    assert (await opened(url))[0] == 404
    assert (await opened(await address_of(house, teacher, 990099)))[0] == 404


async def test_of_another_school_there_is_nothing(house: House) -> None:
    medium = await laid(house, PHOTO)
    other = await house.teacher("viber", "Інша", school="Школа №8")
    assert (await opened(await address_of(house, other, medium)))[0] == 404


async def test_a_store_that_is_away_is_not_forever(house: House) -> None:
    teacher = await house.teacher("viber")
    medium = await laid(house, PHOTO)
    folder = house.folder / "klasno.db.media"
    folder.rename(house.folder / "away")
    folder.write_bytes(b"")
    status, _data, _headers = await opened(await address_of(house, teacher, medium))
    assert status == 503


@pytest.mark.parametrize("platform", ["telegram", "viber"])
async def test_a_letter_has_it(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    medium = await laid(house, PHOTO)
    await teacher.says("/shelf")
    await teacher.presses(f"Дай {medium}")
    assert teacher.files[-1][1] == PHOTO
    await house.app.store.drop(await house.app.store.all())
    house.app.printer._shares._made.clear()
    await teacher.presses(f"Дай {medium}")
    if platform == "viber":
        assert teacher.texts[-2].endswith("⚠️ Цього фото чи файлу вже немає.")
    else:
        assert len(teacher.files) == 2, "Telegram has it, and sends it again by its own name for it"


async def test_what_the_messenger_has_is_not_fetched(house: House) -> None:
    teacher = await house.teacher("telegram")
    medium = await laid(house, PHOTO)
    chat = (await house.chat(teacher)).id
    letter = Parcel(1, chat, "7", 0, {"files": [give(medium).packed()], "title": "", "text": "", "rows": []})
    await house.app.printer.fill(letter)
    assert (letter.files[0].data, letter.files[0].ref) == (PHOTO, None)
    await house.app.database.write(lambda db: remember_ref(db, medium, "telegram", "AgAC"))
    await house.app.printer.fill(letter)
    assert (letter.files[0].data, letter.files[0].ref) == (b"", "AgAC")
    await house.app.printer.fill(letter, {medium})
    assert (letter.files[0].data, letter.files[0].ref) == (PHOTO, None)


async def test_what_nobody_names_goes_within_the_hour(house: House) -> None:
    medium = await laid(house, PHOTO, THUMBNAIL)
    lost = await house.app.store.put(b"nobody's")
    await house.later(minutes=59)
    assert lost in await house.app.store.all()
    await house.later(minutes=2)
    assert len(await house.app.store.all()) == 2
    await house.later(days=91)
    await house.later(hours=1)
    assert await house.app.store.all() == set()
    assert medium
