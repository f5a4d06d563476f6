"""Files that go out: a letter for one's own child, in the chat and by an address, and for nobody else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import delete, select

from bot import app as app_module
from bot.core.flows import Flow, Link
from bot.core.paper import SORTS, Paper
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from models.errors import NotYours
from models.letter import Letter, State
from models.people import Guardian, children_of, own_child
from tests import makers
from tests.databases import both_databases
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
NOT_HERE = "Цієї сторінки тут немає"

tally = ""
"""A file in which each making of a letter leaves a stroke."""

trip = Flow("trip", command="trip")


@trip.ask
async def show(turn: Turn) -> Screen:
    children = await children_of(turn.db, turn.person)
    if not children:
        raise NotYours
    child = children[0].id
    rows = [
        [Button("лист", send(child)), Button("малюнок", draw(child)), Button("адреса", print_(child))],
        [Button("ніяк", fail(child, False)), Button("збій", fail(child, True))],
    ]
    return Screen("Що надіслати?", rows)


@trip.do
async def send(turn: Turn, child: int) -> Link:
    pupil = await own_child(turn.db, turn.person, child)
    await turn.send_file(sheet(child), f"Лист: {pupil.name}")
    return show()


@trip.do
async def draw(turn: Turn, child: int) -> Link:
    await turn.send_file(drawing(child), "Ось *малюнок*", picture=True)
    return show().saying("Далі?")


@trip.do
async def print_(turn: Turn, child: int) -> Link:
    return show().saying(str(await turn.address(sheet(child))))


@trip.do
async def fail(turn: Turn, child: int, badly: bool) -> Link:
    await turn.send_file(none(child, badly), "Ось лист")
    return show()


@trip.file
async def sheet(turn: Turn, child: int) -> Paper:
    pupil = await own_child(turn.db, turn.person, child)
    return Paper(f"Лист/{pupil.name}\u202e\n.pdf", SORTS[".pdf"], makers.counted, (pupil.name, tally))


@trip.file
async def drawing(turn: Turn, child: int) -> Paper:
    await own_child(turn.db, turn.person, child)
    return Paper("малюнок.png", SORTS[".png"], makers.picture, (12,))


@trip.file
async def none(turn: Turn, child: int, badly: bool) -> Paper:
    pupil = await own_child(turn.db, turn.person, child)
    return Paper("лист.pdf", SORTS[".pdf"], makers.broken if badly else makers.nothing, (pupil.name,))


@pytest.fixture(autouse=True)
def trips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The flow of this file stands in the app; must come before the house."""
    monkeypatch.setattr(app_module, "FLOWS", (*app_module.FLOWS, trip))
    monkeypatch.setitem(globals(), "tally", str(tmp_path / "tally"))


async def with_trip(house: House, platform: str) -> Friend:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    return await ihor.says("/trip")


async def no_child(house: House, guardian: Friend) -> None:
    """The right ends, and no step says so to anybody: the hardest case."""
    person = (await house.chat(guardian)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))


async def fates(house: House, friend: Friend) -> list[tuple[State, str | None]]:
    """State and trouble of every letter that held a file."""
    chat = (await house.chat(friend)).id
    asked = select(Letter.state, Letter.trouble, Letter.words).where(Letter.chat_id == chat)
    return [
        (state, why) for state, why, words in await house.facts(lambda db: db.all(asked)) if "files" in words
    ]


async def fetched(url: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    async with ClientSession() as session, session.request(method, url) as answer:
        return answer.status, dict(answer.headers), await answer.read()


def made() -> int:
    """How many letters were made."""
    return len(Path(tally).read_text()) if Path(tally).exists() else 0


def keyboards(house: House) -> list[bool]:
    """Of each message that went to Viber, whether it kept a keyboard."""
    return ["keyboard" in call.params for call in house.viber.accepted("send_message")]


async def address_of(friend: Friend) -> str:
    await friend.presses("адреса")
    return next(word for word in friend.last.split() if word.startswith("http"))


@BOTH
@both_databases
async def test_a_letter_comes_and_the_next_screen_below_it(house: House, platform: str) -> None:
    ihor = await with_trip(house, platform)
    await ihor.presses("лист")
    assert ihor.files == [("Лист-Оля Коваль.pdf", makers.letter("Оля Коваль"))]
    assert "Що надіслати?" in ihor.last
    shown = [one["kind"] for one in ihor.phone.view()["messages"] if not one["mine"]]
    assert shown[-2:] == ["document", "text"], "the screen stands below the file"
    assert any("Лист: Оля Коваль" in text for text in ihor.texts[-2:]), "its words stand with it or below it"
    assert "лист" in ihor.labels
    await ihor.presses("лист")
    assert len(ihor.files) == 2
    assert all(keyboards(house)), "no message may take the keyboard away"
    assert await fates(house, ihor) == [(State.SENT, None)] * 2


@BOTH
async def test_a_picture_is_shown_with_its_words(house: House, platform: str) -> None:
    ihor = await with_trip(house, platform)
    await ihor.presses("малюнок")
    *_before, shown, screen = [one for one in ihor.phone.view()["messages"] if not one["mine"]]
    assert shown["kind"] == "photo"
    assert shown["text"].replace("\u200a", "") == "Ось *малюнок*"
    assert shown["spans"] == []
    assert screen["text"].startswith("Далі?\n\nЩо")
    assert ihor.files[0][1] == makers.picture(12)
    assert all(keyboards(house))


@BOTH
async def test_a_right_that_ends_before_the_letter_goes_is_asked_again(house: House, platform: str) -> None:
    ihor = await with_trip(house, platform)
    server = house.telegram if platform == "telegram" else house.viber
    server.faults.queue.append("500")
    await ihor.phone.presses("лист")
    await server.changes.until(lambda: not server.faults.queue, what="the first try")
    await no_child(house, ihor)
    await house.settled()
    assert ihor.files == []
    assert await fates(house, ihor) == [(State.DROPPED, "not theirs any more")]
    assert (await house.chat(ihor)).reachable


@BOTH
async def test_what_cannot_be_made_is_said_and_the_buttons_stay(house: House, platform: str) -> None:
    ihor = await with_trip(house, platform)
    await ihor.presses("ніяк")
    assert "Оля Коваль" in ihor.texts[-2]
    await ihor.presses("збій")
    assert "Файл не вдалося створити" in ihor.texts[-2]
    assert "Що надіслати?" in ihor.last
    assert ihor.files == []
    assert all(keyboards(house))


@BOTH
@pytest.mark.parametrize("fault", ["429", "500", "502", "reset", "reset_after", "garbage"])
async def test_whatever_happens_on_the_way_nothing_is_lost(house: House, platform: str, fault: Any) -> None:
    ihor = await with_trip(house, platform)
    server = house.telegram if platform == "telegram" else house.viber
    server.faults.queue.append(fault)
    await ihor.presses("лист")
    taken = fault in ("reset_after", "garbage")
    assert len(ihor.files) == 1 + taken
    assert "Що надіслати?" in ihor.last
    if taken:
        assert any("↻" in text for text in ihor.texts), "a second copy says that it may be one"
    assert (await fates(house, ihor))[0][0] is State.SENT


async def test_an_address_opens_the_file_for_a_day(house: House) -> None:
    ihor = await with_trip(house, "telegram")
    url = await address_of(ihor)
    assert url.startswith(f"http://127.0.0.1:{house.port}/files/")
    assert url.endswith(".pdf")
    status, headers, body = await fetched(url)
    assert (status, body) == (200, makers.letter("Оля Коваль"))
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("inline; filename*=UTF-8''%D0%9B")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"].startswith("noindex")
    assert (await fetched(url, "HEAD"))[1]["Content-Length"] == str(len(body))
    assert (await fetched(url, "POST"))[0] == 405
    house.clock.wind(timedelta(hours=23, minutes=50))
    assert (await fetched(url))[0] == 200
    house.clock.wind(timedelta(minutes=20))
    assert (await fetched(url))[0] == 404


async def test_an_address_that_is_not_ours_is_the_same_plain_page(house: House) -> None:
    ihor, anna = await with_trip(house, "telegram"), await house.guardian("viber", "Анна", "Іван Бондар")
    url = await address_of(ihor)
    base, signed, name = url.rsplit("/", 2)
    theirs, child = (await house.chat(anna)).id, (await house.facts(lambda db: children_of(db, None)))
    assert child == []
    pages = set()
    for forged in (
        "x",
        "-",
        signed[:-1],
        signed[1:],
        signed[:-1] + ("A" if signed[-1] != "A" else "B"),
        signed.swapcase(),
        "%D0%9B" * 30,
        "%00" + signed,
        "A" * 4000,
        house.app.addresses.of(theirs, ["trip.sheet", 1], ".pdf", house.clock.now()).rsplit("/", 2)[1],  # type: ignore[union-attr]  # tests have a public address
        house.app.addresses.of(theirs, ["trip.show"], ".pdf", house.clock.now()).rsplit("/", 2)[1],  # type: ignore[union-attr]  # likewise
        house.app.addresses.of(99, ["trip.sheet", 1], ".pdf", house.clock.now()).rsplit("/", 2)[1],  # type: ignore[union-attr]  # likewise
        house.app.addresses.of(theirs, ["gone.by"], ".pdf", house.clock.now()).rsplit("/", 2)[1],  # type: ignore[union-attr]  # likewise
    ):
        status, headers, body = await fetched(f"{base}/{forged}/{name}")
        assert status == 404, forged
        pages.add((body, headers["Content-Type"], headers["Cache-Control"], headers["X-Robots-Tag"]))
    await no_child(house, ihor)
    status, headers, body = await fetched(url)
    assert status == 404
    pages.add((body, headers["Content-Type"], headers["Cache-Control"], headers["X-Robots-Tag"]))
    assert len(pages) == 1
    text = body.decode()
    assert all(words in text for words in (NOT_HERE, "This page is not here", "Этой страницы здесь нет"))
    assert made() == 0, "nothing was made for any of them"


async def test_who_opens_an_address_again_and_again_makes_us_print_once(house: House) -> None:
    ihor = await with_trip(house, "telegram")
    url = await address_of(ihor)
    for _time in range(30):
        assert (await fetched(url))[0] == 200
    assert made() == 1


async def test_no_secret_goes_out_with_a_file(house: House) -> None:
    """T7: neither a token nor an address that holds one, in anything that we send."""
    for platform in ("telegram", "viber"):
        ihor = await with_trip(house, platform)
        await ihor.presses("лист", "малюнок", "адреса")
    sent = json.dumps([call.params for call in [*house.telegram.journal, *house.viber.journal]], default=str)
    settings = house.settings()
    assert "/file/bot" not in sent
    for token in (settings.telegram.token, settings.viber.token):
        assert token.get_secret_value() not in sent
