"""What is passed on and what is not, by content and by name; and what phones write into videos is gone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.bench import Unreadable
from bot.core.paper import SORTS
from bot.core.workshop import apart
from models.media import MediumSort
from papers import documents, received
from papers.received import read
from sandbox.samples import PAPER, PHOTO, sample
from tests.films import PLACE, film, packed, word

ODT = "application/vnd.oasis.opendocument.text"
MP3 = b"ID3\4" + bytes(60)
DOS = b"MZ\x90\0" + bytes(60)
NOT_PASSED = documents.NOT_PASSED
ARCHIVE, MACROS = documents._ARCHIVE, documents._WITH_MACROS
MISNAMED, BROKEN = documents._MISNAMED, documents._BROKEN


@pytest.mark.parametrize(
    ("name", "sort", "data", "found"),
    [
        ("IMG_1.jpg", "photo", PHOTO, ("photo", ".jpg")),
        ("IMG_1.png", "file", PHOTO, ("photo", ".jpg")),
        ("", "photo", PHOTO, ("photo", ".jpg")),
        ("План.PDF", "file", PAPER, ("file", ".pdf")),
        ("", "file", PAPER, ("file", ".pdf")),
        ("Меню.docx", "file", word(), ("file", ".docx")),
        ("Список.xlsx", "file", packed("[Content_Types].xml", "xl/workbook.xml"), ("file", ".xlsx")),
        ("Свято.pptx", "file", packed("[Content_Types].xml", "ppt/presentation.xml"), ("file", ".pptx")),
        ("Меню.odt", "file", packed("content.xml", mimetype=ODT), ("file", ".odt")),
        ("Слова.txt", "file", "Ялинка, зіронька".encode(), ("file", ".txt")),
        ("Слова.txt", "file", "Ялинка".encode("cp1251"), ("file", ".txt")),
        ("video.mp4", "video", film(), ("video", ".mp4")),
        ("IMG_1.MOV", "video", film(), ("video", ".mp4")),
        ("", "video", film(brand=b"isom"), ("video", ".mp4")),
        ("video.mp4", "file", film(), ("video", ".mp4")),
        ("video.m4v", "file", film(coded=b"hvc1"), ("file", ".mp4")),
        ("voice.m4a", "voice", sample("voice.m4a"), ("voice", ".m4a")),
        ("voice.m4a", "voice", film(handler=b"soun", coded=b"mp4a"), ("voice", ".m4a")),
        ("voice.ogg", "voice", sample("voice.ogg"), ("voice", ".ogg")),
        ("voice.oga", "file", sample("voice.ogg"), ("file", ".ogg")),
        ("Гімн.mp3", "voice", MP3, ("voice", ".mp3")),
        ("Гімн.mp3", "file", b"\xff\xfb\x90" + bytes(99), ("file", ".mp3")),
    ],
)
def test_what_is_passed_on(name: str, sort: str, data: bytes, found: tuple[str, str]) -> None:
    about, _body, _small = read(name, sort, data)
    assert (about["sort"], about["ending"]) == found
    assert about["ending"] in SORTS
    assert MediumSort(about["sort"])


@pytest.mark.parametrize(
    ("name", "sort", "data", "why"),
    [
        ("a.exe", "file", DOS, NOT_PASSED),
        ("a.exe", "photo", PHOTO, NOT_PASSED),
        ("a.pdf.exe", "file", PAPER, NOT_PASSED),
        ("a.pdf", "file", DOS, NOT_PASSED),
        ("фото.jpg", "photo", DOS, NOT_PASSED),
        ("", "file", b"\x7fELF" + bytes(60), NOT_PASSED),
        ("a.apk", "file", packed("classes.dex"), NOT_PASSED),
        ("a.js", "file", b"alert(1)", NOT_PASSED),
        ("a.sh", "file", b"#!/bin/sh\n", NOT_PASSED),
        ("a.txt", "file", b"#!/bin/sh\nrm -rf /", NOT_PASSED),
        ("a.txt", "file", b"\n <!DOCTYPE html><script>", NOT_PASSED),
        ("a.txt", "file", b"\xef\xbb\xbf<svg onload=x>", NOT_PASSED),
        ("a.svg", "photo", b"<svg xmlns=''/>", NOT_PASSED),
        ("a.html", "file", b"hello", NOT_PASSED),
        ("a.txt", "file", b"\0\1\2", NOT_PASSED),
        ("a.rtf", "file", b"{\\rtf1}", NOT_PASSED),
        ("a.doc", "file", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), NOT_PASSED),
        ("a.csv", "file", b"a;b", NOT_PASSED),
        ("a.pdf", "file", MP3, MISNAMED),
        ("a.txt", "file", PAPER, MISNAMED),
        ("a.xlsx", "file", word(), MISNAMED),
        ("a.zip", "file", packed("a.exe", "b.pdf"), ARCHIVE),
        ("a.docx", "file", packed("a.exe"), ARCHIVE),
        ("a.docx", "file", packed("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"), ARCHIVE),
        ("a.7z", "file", b"7z\xbc\xaf\x27\x1c" + bytes(60), ARCHIVE),
        ("a.rar", "file", b"Rar!\x1a\7" + bytes(60), ARCHIVE),
        ("a.docx", "file", word("word/vbaProject.bin"), MACROS),
        ("a.docm", "file", word("word/vbaProject.bin"), MACROS),
        ("a.docx", "file", word(types="application/vnd.ms-word.document.macroEnabled.main+xml"), MACROS),
        ("a.xlsx", "file", packed("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), MACROS),
        ("a.odt", "file", packed("Basic/Standard/x.xml", mimetype=ODT), MACROS),
        ("a.docx", "file", word()[:-30], BROKEN),
        ("a.docx", "file", b"PK\3\4", BROKEN),
        ("a.pdf", "file", b"", documents._EMPTY),
        ("a.mov", "file", film(brand=b"qt  "), documents._OTHER_FILM),
        ("a.webm", "video", b"\x1aE\xdf\xa3" + bytes(60), documents._OTHER_FILM),
        ("a.avi", "file", b"RIFF\0\0\0\0AVI " + bytes(60), documents._OTHER_FILM),
    ],
)
def test_what_is_not(name: str, sort: str, data: bytes, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(name, sort, data)
    assert refused.value.sentence == why


@pytest.mark.parametrize(
    ("name", "sort", "found"),
    [
        ("film.mp4", "video", ("video", ".mp4")),
        ("IMG_1.MOV", "video", ("video", ".mp4")),
        ("", "voice", ("voice", ".ogg")),
        ("Книга.pdf", "file", ("file", ".pdf")),
    ],
)
def test_what_cannot_be_looked_into_is_what_it_is_called(
    name: str, sort: str, found: tuple[str, str]
) -> None:
    about, body, small = read(name, sort, None)
    assert (about["sort"], about["ending"], body, small) == (*found, b"", b"")


@pytest.mark.parametrize(
    ("name", "sort"), [("a.exe", "file"), ("", "file"), ("a.exe", "video"), ("a.heic", "photo")]
)
def test_and_not_passed_on_if_that_says_nothing(name: str, sort: str) -> None:
    with pytest.raises(Unreadable):
        read(name, sort, None)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "Їжак".encode("cp1251")),
        ("a.docx", word()),
        ("a.odt", packed("content.xml", mimetype=ODT)),
        ("Ялинка.xlsx", packed("[Content_Types].xml", "xl/workbook.xml", "xl/Ялинка.xml")),
        ("a.mp4", film()),
        ("a.exe", DOS),
        ("a.pdf", DOS),
        ("a.docx", word()[:-30]),
        ("a.zip", packed("Ёлка.pdf", "b.pdf")),
    ],
)
async def test_it_is_the_same_where_no_file_can_be_opened(name: str, data: bytes) -> None:
    """As it runs: what Python would load only then must be there before."""
    try:
        told: Any = list(read(name, "file", data))
    except Unreadable as refusal:
        told = refusal.sentence
    try:
        found: Any = await apart(read, name, "file", data, shut=True)
    except Unreadable as refusal:
        found = refusal.sentence
    assert found == told


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("lying", [False, True])
def test_of_a_video_it_is_told_how_long_and_how_large(wide: bool, lying: bool) -> None:
    about, _body, _small = read("v.mp4", "video", film(95, (1280, 720), wide=wide, lying=lying))
    sides = (720, 1280) if lying else (1280, 720)
    assert (about["seconds"], about["width"], about["height"]) == (95, *sides)


def test_where_a_video_was_taken_is_blanked_and_nothing_else_is_moved() -> None:
    whole = film(data=b"pictures" * 99)
    _about, body, _small = read("v.mp4", "video", whole)
    assert whole.count(PLACE) == 4
    assert PLACE not in body
    assert b"ISO6709" not in body
    assert b"xmpmeta" not in body
    assert len(body) == len(whole)
    assert body.index(b"pictures" * 99) == whole.index(b"pictures" * 99)
    assert read("v.mp4", "video", body)[0] == read("v.mp4", "video", whole)[0]


def test_a_text_comes_out_as_every_phone_reads_it() -> None:
    assert read("a.txt", "file", "Їжак".encode("cp1251"))[1].decode("utf-8-sig") == "Їжак"
    assert read("a.txt", "file", "Їжак".encode())[1] == b""  # as it came


@pytest.mark.parametrize("at", [10, 60, 200, 300, 600])
def test_a_video_that_breaks_off_is_refused(at: int) -> None:
    with pytest.raises(Unreadable, match="video"):
        read("v.mp4", "video", film()[:at])


ANY: Any = st.sampled_from([film(), word(), sample("voice.m4a"), PAPER, packed("content.xml", mimetype=ODT)])


@settings(deadline=None, max_examples=300)
@given(
    whole=ANY,
    place=st.integers(0, 20_000),
    noise=st.binary(max_size=40),
    sort=st.sampled_from(list(MediumSort)),
)
@example(
    packed("content.xml", mimetype=ODT), 29, b"\x01", MediumSort.FILE
)  # its first part ends behind the file
def test_whatever_is_in_a_file_it_is_told_or_refused(
    whole: bytes, place: int, noise: bytes, sort: MediumSort
) -> None:
    at = place % len(whole)
    data = whole[:at] + noise + whole[at + len(noise) :]
    try:
        about, body, _small = received.read("", sort.value, data)
    except Unreadable:
        return
    assert about["ending"] in SORTS
    assert not body or len(body) == len(data) or about["ending"] == ".txt"


@given(st.binary(max_size=300), st.text(max_size=30))
@example(b"%PDF-", "")
def test_random_bytes_are_what_they_begin_as_or_nothing(data: bytes, name: str) -> None:
    try:
        about, _body, _small = received.read(name, "file", data)
    except Unreadable:
        return
    assert about["ending"] in (".txt", ".mp3") or data.startswith((b"%PDF-", b"OggS"))
