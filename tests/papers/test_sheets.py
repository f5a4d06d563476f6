"""Lists from strangers: every file is read or refused with a sentence, quickly; and sheets of ours hold texts alone."""

from __future__ import annotations

import io
import resource
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.bench import Unreadable
from bot.core.workshop import apart
from papers.sheets import PACKED, read, sheet
from tests.stories.hostile import names

TABLE = [["№", "ПІБ", "Клас"], ["1", "Коваль Оля", "3-Б"], ["2", "Бондар Мар'яна", "3-Б"]]
FORMULAS = ["=1+1", "+380501234567", "-5", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]


def book(rows: Sequence[Sequence[str | float | None]], **parts: bytes) -> bytes:
    """An .xlsx as a school makes it; parts: files that stand in it besides, or in the place of its own."""
    made = openpyxl.Workbook()
    page = made.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return rebuilt(
        out.getvalue(), {name.replace("__", "/").replace("_", "."): one for name, one in parts.items()}
    )


def rebuilt(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, one in changed.items():
            new.writestr(name, one)
    return out.getvalue()


def with_sheet(inner: str, head: str = "") -> bytes:
    """An .xlsx whose first sheet is written by hand."""
    xml = (
        f'<?xml version="1.0"?>{head}<worksheet '
        f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{inner}</worksheet>'
    )
    return book([["x"]], xl__worksheets__sheet1_xml=xml.encode())


def refused(data: bytes, name: str = "список.xlsx") -> str:
    with pytest.raises(Unreadable) as caught:
        read(name, data)
    return caught.value.sentence


def csv_text(mark: str) -> str:
    return "\r\n".join(mark.join(row) for row in TABLE)


def test_a_sheet_is_read() -> None:
    rows: list[list[str | float | None]] = [
        ["№", "ПІБ", "Клас"],
        [1, " Коваль Оля ", "3-Б"],
        [None],
        [2.0, "Бондар Мар'яна", "3-Б", ""],
    ]
    assert read("список.xlsx", book(rows)) == TABLE


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
def test_a_text_is_read_in_every_encoding_and_with_every_mark(mark: str, encoding: str) -> None:
    assert read("список.csv", csv_text(mark).encode(encoding)) == TABLE


def test_quotes_and_plain_lines() -> None:
    quoted = 'Коваль;"Оля; старша"\n"Бондар ""Яна""";б\n'
    assert read("x.csv", quoted.encode()) == [["Коваль", "Оля; старша"], ['Бондар "Яна"', "б"]]
    assert read("x.txt", "1. Коваль Оля\n\n2. Бондар Яна\n".encode()) == [
        ["1. Коваль Оля"],
        ["2. Бондар Яна"],
    ]


def test_only_so_many_columns_are_looked_at() -> None:
    assert read("x.xlsx", book([[f"к{number}" for number in range(200)]])) == [
        [f"к{number}" for number in range(50)]
    ]
    assert len(read("x.csv", ";".join("к" * 200).encode())[0]) == 50


def as_sheet(many: int) -> bytes:
    return book([[f"Дитина {number}"] for number in range(many)])


def as_text(many: int) -> bytes:
    return "\n".join(f"Дитина {number}" for number in range(many)).encode()


@pytest.mark.parametrize("made", [as_sheet, as_text])
def test_five_thousand_rows_and_no_more(made: Callable[[int], bytes]) -> None:
    assert len(read("x", made(5000))) == 5000
    assert "more than {n} rows" in refused(made(5001))


def bomb(size: int = 300 * 2**20) -> bytes:
    """A small .xlsx that unpacks to so much."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        new.writestr("xl/workbook.xml", "<x/>")
        with new.open("xl/worksheets/sheet1.xml", "w") as part:
            for _chunk in range(size // 2**20):
                part.write(bytes(2**20))
    return out.getvalue()


def test_a_bomb_is_refused_at_once_and_without_memory() -> None:
    made = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    said = refused(made)
    took = time.perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"bomb of {len(made) / 1000:.0f} kB into 300 MB: refused in {took * 1000:.1f} ms, memory +{grown} kB"
    )
    assert "unpacks into far more" in said
    assert took < 0.05
    assert grown < 2000


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """The directory says 100 bytes: no more than that is ever unpacked."""
    made = bytearray(bomb(40 * 2**20))
    size = (40 * 2**20).to_bytes(4, "little")
    while (place := made.find(size)) >= 0:
        made[place : place + 4] = (100).to_bytes(4, "little")
    assert "cannot be read" in refused(bytes(made))


def encrypted() -> bytes:
    """An .xlsx of which the directory says that it is encrypted."""
    made = bytearray(book([["x"]]))
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = -1
        while (place := made.find(mark, place + 1)) >= 0:
            made[place + offset] |= 1
    return bytes(made)


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
)
CELL = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData>'
HOSTILE = {
    "20 MB": (b"x" * 20 * 2**20, "too large"),
    "2 MB and a byte": (b"x" * (PACKED + 1), "too large"),
    "old Excel": (OLE + bytes(600), "old Excel"),
    "a password": (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
    "encrypted parts": (encrypted(), "password"),
    "macros": (book([["x"]], xl__vbaProject_bin=b"x"), "macros"),
    "a path that climbs": (rebuilt(book([["x"]]), {"../../etc/passwd": b"x"}), "damaged"),
    "a path from the root": (rebuilt(book([["x"]]), {"/etc/passwd": b"x"}), "damaged"),
    "a path with a drive": (rebuilt(book([["x"]]), {"C:\\x": b"x"}), "damaged"),
    "truncated": (book(TABLE)[:-200], "damaged"),
    "half": (book(TABLE)[:2000], "damaged"),
    "a formula": (book([["Коваль Оля"], ["=1+1"]]), "is a formula"),
    "a formula far down": (book([["Коваль Оля"]] * 400 + [["", "", "=WEBSERVICE(A1)"]]), "is a formula"),
    "an entity from outside": (with_sheet(CELL.format("&e;"), XXE), "damaged"),
    "a billion laughs": (with_sheet(CELL.format("&c;"), LAUGHS), "damaged"),
    "100 000 columns": (
        with_sheet('<dimension ref="A1:ZZZ1"/>' + CELL.format("Коваль")),
        "too many columns",
    ),
    "100 000 columns untold": (
        with_sheet('<sheetData><row r="1"><c r="EQXD1"><v>1</v></c></row></sheetData>'),
        "damaged",
    ),
    "a row beyond all rows": (
        with_sheet('<sheetData><row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData>'),
        "nothing in this file",
    ),
    "thousands of parts": (rebuilt(book([["x"]]), {f"x{number}": b"" for number in range(600)}), "unpacks"),
    "another zip": (rebuilt(book([["x"]]), {}).replace(b"xl/workbook.xml", b"xl/workbooc.xml"), "not a list"),
    "PK and no more": (b"PK\x03\x04", "damaged"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a list"),
    "a PDF": (b"%PDF-1.7 ...", "not a list"),
    "a page": ("<!DOCTYPE html><p>Оля".encode(), "not a list"),
    "nothing": (b"", "nothing in this file"),
    "white space": (b" \r\n \r\n", "nothing in this file"),
    "a sheet with nothing": (book([]), "nothing in this file"),
}  # fmt: skip


@pytest.mark.parametrize("sort", HOSTILE)
def test_a_hostile_file_is_refused_by_name_and_soon(sort: str) -> None:
    data, expected = HOSTILE[sort]
    begun = time.perf_counter()
    assert expected in refused(data)
    assert time.perf_counter() - begun < 2


def test_more_refusals() -> None:
    assert "macros" in refused(book([["x"]]), "список.xlsm")
    assert "is a formula" in refused("Коваль;=1+1\n".encode(), "x.csv")
    assert "too many columns" in refused(b"x" + b"," * 100_000, "x.csv")
    with pytest.raises(Unreadable) as caught:
        read("x.csv", "Оля\nа;=1".encode())
    assert caught.value.values == {"cell": "B2"}


async def test_apart_a_refusal_comes_back_whole() -> None:
    with pytest.raises(Unreadable, match="far more than a list"):
        await apart(read, "x.xlsx", bomb(60 * 2**20))
    assert await apart(read, "x.xlsx", book(TABLE)) == TABLE


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", OLE, b"\xff\xfe", "Оля;".encode()]))
def test_any_bytes_are_read_or_refused(data: bytes, head: bytes) -> None:
    try:
        rows = read("x", head + data)
    except Unreadable:
        return
    assert all(isinstance(cell, str) for row in rows for cell in row)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_sheet_with_any_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    made = bytearray(_BOOK)
    for _change in range(data.draw(st.integers(1, 4))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    try:
        read("x.xlsx", bytes(made))
    except Unreadable:
        return


_BOOK = book(TABLE)


def test_no_text_that_we_write_becomes_a_formula() -> None:
    texts = [*FORMULAS, *names(400)]
    made = sheet("Діти [3/Б]", ["=1+1", "Текст"], [[text, text] for text in texts])
    page = openpyxl.load_workbook(io.BytesIO(made)).active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    kinds = {cell.data_type for cell in cells}
    assert kinds == {"s"}
    guarded = [cell.value for cell in cells if cell.quotePrefix]
    assert {text.strip() for text in FORMULAS} <= {str(text).strip() for text in guarded}
    assert page["A3"].value == "+380501234567"
    print(f"T12: {len(cells)} cells, 0 formulas")


def test_what_we_write_we_read() -> None:
    rows = [["+380501234567", "Оля <b>"], ['Мар\'яна "Я"', "-"], ["00123", "3-Б"]]
    assert read("x.xlsx", sheet("x", ["Телефон", "Ім'я"], rows)) == [["Телефон", "Ім'я"], *rows]
