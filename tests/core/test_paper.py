"""Papers and their addresses: harmless names, and signatures that nobody else can make."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Addresses, Forged, key_of
from bot.core.paper import NAME_LENGTH, SORTS, Paper
from tests import makers

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LINK = ["lists.letters", 7, "3-Б"]


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("Листи 3-Б.pdf", "Листи 3-Б.pdf"),
        ("../../etc/passwd.pdf", "-..-etc-passwd.pdf"),
        ("C:\\Windows\\a.pdf", "C--Windows-a.pdf"),
        ("рахунок\u202efdp.exe.pdf", "рахунокfdp.exe.pdf"),
        ('a"b\r\nX-Evil: 1.pdf', "a-b X-Evil- 1.pdf"),
        ("   .pdf", "klasno.pdf"),
        ("Ярослава-Їжакевич’.pdf", "Ярослава-Їжакевич’.pdf"),
    ],
)
def test_a_name_is_harmless_anywhere(name: str, harmless: str) -> None:
    assert Paper(name, SORTS[".pdf"], makers.letter).file_name == harmless


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_name_has_a_path_or_a_sign_that_cannot_be_seen(stem: str) -> None:
    name = Paper(f"{stem}.pdf", SORTS[".pdf"], makers.letter).file_name
    assert name.endswith(".pdf")
    assert len(name) <= NAME_LENGTH + 4
    assert name[0] not in " ."
    assert not set(name) & set('/\\:*?"<>|')
    assert not any(unicodedata.category(sign).startswith("C") for sign in name)


@pytest.mark.parametrize(
    ("name", "mime"), [("a.html", "text/html"), ("a.pdf", "text/html"), ("pdf", SORTS[".pdf"])]
)
def test_no_page_goes_out_as_a_file(name: str, mime: str) -> None:
    with pytest.raises(ValueError, match="no file of ours"):
        Paper(name, mime, makers.letter)


def test_papers_of_the_same_data_are_the_same() -> None:
    papers = [Paper("a.pdf", SORTS[".pdf"], makers.letter, (child, 1)) for child in ("Оля", "Оля", "Іван")]
    one, again, other = (paper.fingerprint() for paper in papers)
    assert one == again != other


def of(key: bytes = b"k", **more: timedelta) -> str:
    address = Addresses(key, "https://klasno.example/").of(5, LINK, ".pdf", NOW, **more)
    assert address is not None
    return address


def test_an_address_says_where_and_for_whom() -> None:
    assert of().startswith("https://klasno.example/files/")
    assert of().endswith("/klasno.pdf")
    assert of().isascii()
    assert Addresses(b"k", "x").read(of().split("/")[-2], NOW) == (5, LINK)


def test_where_the_world_does_not_find_us_there_is_none() -> None:
    assert Addresses(b"k", "").of(5, LINK, ".pdf", NOW) is None


@given(st.data())
def test_no_change_of_an_address_is_one_of_ours(data: st.DataObject) -> None:
    signed = of().split("/")[-2]
    place = data.draw(st.integers(0, len(signed) - 1))
    sign = data.draw(st.characters(exclude_characters=signed[place]))
    with pytest.raises(Forged):
        Addresses(b"k", "x").read(signed[:place] + sign + signed[place + 1 :], NOW)


@given(st.text(max_size=300))
def test_whatever_else_stands_there_is_none_of_ours(text: str) -> None:
    with pytest.raises(Forged):
        Addresses(b"k", "x").read(text, NOW)


def test_it_ends_and_another_key_opens_nothing() -> None:
    signed = of(good_for=timedelta(hours=1)).split("/")[-2]
    Addresses(b"k", "x").read(signed, NOW + timedelta(hours=1))
    with pytest.raises(Forged):
        Addresses(b"k", "x").read(signed, NOW + timedelta(hours=1, seconds=1))
    with pytest.raises(Forged):
        Addresses(b"other", "x").read(signed, NOW)


def test_a_key_is_for_one_purpose() -> None:
    assert key_of(b"s", "addresses") != key_of(b"s", "turn")
    assert key_of(b"s", "turn") == key_of(b"s", "turn")
