"""Media on Viber: what each goes as, within its limits, and words for what it does not take."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.errors import Later, Refused
from bot.core.outbox import Board, Parcel
from bot.core.paper import Printed, Stored
from bot.viber.render import (
    FILE_BYTES,
    PICTURE_BYTES,
    PICTURE_TEXT,
    VIDEO_BYTES,
    VIDEO_SECONDS,
    file_message,
    sort_of,
)
from sandbox.viber import ViberPhone, checks

from .conftest import School, parcel

SENDER = {"name": "Klasno"}
BOARD: Board = (11, [[["Усі фото: 3", 0, None]]])
BASE = "https://klasno.example/files/abc"
MIMES = {
    "photo": ("image/jpeg", ".jpg"),
    "video": ("video/mp4", ".mp4"),
    "voice": ("audio/ogg", ".ogg"),
    "file": ("application/pdf", ".pdf"),
}


def printed(sort: str = "photo", *, address: str | None = "", size: int = 900, **more: Any) -> Printed:
    """A file of the store as the printer gives it out."""
    mime, ending = MIMES[sort]
    mime, name = more.pop("mime", mime), more.pop("name", f"a{ending}")
    of, instead = more.pop("of", "1"), more.pop("instead", "не показати")
    stored = Stored(1, sort, "d", "t", mime, name, size, seconds=more.pop("seconds", 12))
    where = f"{BASE}/klasno{stored.ending}" if address == "" else address
    thumb = f"{BASE}/thumb.jpg" if where else None
    return Printed(name, mime, b"x", where, stored, thumb, sort, None, (of,), instead)


def made(file: Printed, text: str = "", **more: bool) -> dict[str, Any]:
    letter, rows = BOARD
    words = {"files": [["x"]], "picture": True, "title": "", "text": text, "rows": rows}
    return file_message(words, file, letter, SENDER, "olena=", **more)


def letter(*files: Printed, text: str = "Свято осені") -> Parcel:
    words = {"files": [["x"]] * len(files), "picture": True, "title": "", "text": text, "rows": []}
    one: Parcel = parcel(words)
    one.files, one.board = list(files), BOARD
    return one


def judged(payload: dict[str, Any]) -> list[str]:
    checks.message(payload, "receiver")
    return [*checks.rejections(payload), *checks.notes(payload)]


def test_a_picture_has_a_small_one_beside_it() -> None:
    payload = made(printed(), "Свято " + "осені" * 200)
    assert judged(payload) == []
    assert payload["type"] == "picture"
    assert payload["media"] == f"{BASE}/klasno.jpg"
    assert payload["thumbnail"] == f"{BASE}/thumb.jpg"
    assert len(payload["text"]) == PICTURE_TEXT
    assert [one["ActionBody"] for one in payload["keyboard"]["Buttons"]] == ["#11.0"]


@pytest.mark.parametrize("plain", [False, True])
def test_a_video_says_how_long_and_how_large_it_is(plain: bool) -> None:
    payload = made(printed("video", size=VIDEO_BYTES, seconds=VIDEO_SECONDS), "Свято", plain=plain)
    assert judged(payload) == []
    assert payload["type"] == "video"
    assert payload["media"] == f"{BASE}/klasno.mp4"
    assert payload["thumbnail"] == f"{BASE}/thumb.jpg"
    assert (payload["size"], payload["duration"]) == (VIDEO_BYTES, VIDEO_SECONDS)
    assert "text" not in payload
    assert [one["ActionBody"] for one in payload["keyboard"]["Buttons"]] == ["#11.0"]


@pytest.mark.parametrize(
    ("file", "sort"),
    [
        (printed(size=PICTURE_BYTES), "picture"),
        (printed(size=PICTURE_BYTES + 1), "file"),
        (printed(mime="image/webp", name="a.webp"), "file"),
        (printed("video", size=VIDEO_BYTES + 1), "file"),
        (printed("video", seconds=VIDEO_SECONDS + 1), "file"),
        (printed("video", seconds=None), "file"),
        (printed("video", mime="video/quicktime", name="a.mov"), "file"),
        (printed("video", size=FILE_BYTES), "file"),
        (printed("video", size=FILE_BYTES + 1), None),
        (printed("voice"), "file"),
        (printed("file"), "file"),
        (printed("file", name="гра.EXE", mime="application/x"), None),
        (printed("file", name="README", mime="application/x"), None),
        (printed(address=None), None),
        (printed(address=f"{BASE}/{'a' * 2000}.jpg"), None),
        (printed("file", size=0), None),
    ],
)
def test_a_file_goes_as_what_viber_would_take(file: Printed, sort: str | None) -> None:
    assert sort_of(file) == sort
    if sort is None:
        with pytest.raises(Refused):
            made(file)
    else:
        assert made(file)["type"] == sort
        assert judged(made(file)) == []


async def test_words_stand_with_the_picture_and_in_the_place_of_what_is_not_taken(school: School) -> None:
    olena: ViberPhone = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    one = letter(printed("file", of="1"), printed(of="2"), printed("video", address=None, of="3"))
    await school.viber.deliver(one)
    await school.server.settled()
    sent = [call.params for call in school.server.accepted("send_message")]
    assert [payload["type"] for payload in sent] == ["file", "picture", "text"]
    assert [payload.get("text") for payload in sent] == [None, "Свято осені", "не показати"]
    assert olena.labels == ["Усі фото: 3"]
    assert one.taken == {"", "1", "2"}


async def test_words_that_no_picture_carries_are_not_lost(school: School) -> None:
    olena: ViberPhone = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    await school.viber.deliver(letter(printed("video")))
    await school.viber.deliver(letter(printed("video", address=None)))
    await school.server.settled()
    assert olena.texts[-2:] == ["Свято осені", "Свято осені\n\nне показати"]


async def test_what_is_in_no_form_taken_and_has_no_words_is_our_mistake(school: School) -> None:
    olena: ViberPhone = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    with pytest.raises(Refused, match="no address"):
        await school.viber.deliver(letter(printed(address=None, instead="")))


async def test_what_was_taken_before_a_failure_does_not_come_twice(school: School) -> None:
    olena: ViberPhone = school.server.person("olena=", "Олена")
    await olena.says("Добрий день")
    one = letter(printed(of="1"), printed("file", of="2"))
    real, tries = school.viber._client.send, 0

    async def second_fails(payload: dict[str, Any]) -> Any:
        nonlocal tries
        tries += 1
        if tries == 2:
            raise Later("500")
        return await real(payload)

    school.viber._client.send = second_fails  # type: ignore[method-assign]  # the stand-in's faults know no second call
    with pytest.raises(Later):
        await school.viber.deliver(one)
    assert one.taken == {"", "1"}
    one.files = [file for file in one.files if not one.taken.issuperset(file.of)]  # as `fill` does
    await school.viber.deliver(one)
    await school.server.settled()
    assert [call.params["type"] for call in school.server.accepted("send_message")] == ["picture", "file"]
