"""Lists as files: reading what strangers send, in a workshop process; writing sheets whose cells are texts alone."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence

import openpyxl
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.xml import DEFUSEDXML

from bot.core.bench import Unreadable
from bot.core.i18n import N_

PACKED, UNPACKED = 2 * 2**20, 50 * 2**20
"""Bytes of a file, and of all that is packed in it as its directory says."""
RATIO = 100
"""Times that a file may grow by unpacking; a list grows some ten times."""
PARTS = 500
"""Files within a file."""
ROWS, COLUMNS = 5000, 50
"""Rows that a list may have, and columns of it that are looked at."""
WIDEST = 16_384
"""Columns that a sheet can have at all."""
SIGNS = 200
"""Signs of a cell that are taken: more than a name has, so that it is still told to be too long."""
FORMULA = re.compile(r"[=+\-@\t\r]")
"""What a text begins with that a spreadsheet might take for a formula."""

_TOO_LARGE = N_("This file is too large: a list of children is smaller than 2 MB.")
_BOMB = N_("This file unpacks into far more than a list of children, so it was not opened.")
_OLD = N_("This is an old Excel file (.xls). Please save it as .xlsx and send it again.")
_LOCKED = N_("This file is locked with a password. Please save it without one and send it again.")
_MACROS = N_("This file has macros in it. Please save it as a plain .xlsx and send it again.")
_FORMULAS = N_(
    "Cell {cell} is a formula. Please copy the list, paste it as values only, and send the file again."
)
_TOO_LONG = N_("This list has more than {n} rows. Please send it in parts.")
_TOO_WIDE = N_("This table has too many columns to be a list of children.")
_BROKEN = N_("This file cannot be read, it seems to be damaged. Please save it anew and send it again.")
_NO_LIST = N_("This is not a list. Please send a file .xlsx, .csv or .txt.")
_EMPTY = N_("There is nothing in this file.")


def read(name: str, data: bytes) -> list[list[str]]:
    """The rows of a list, as texts without outer spaces; rows with nothing in them are left out.

    name: the file's. What it is, its first bytes say; one that is called .xlsx and is none is damaged. Of .xlsx the
    first sheet counts.
    Raises Unreadable with a sentence for whoever sent it.
    """
    if len(data) > PACKED:
        raise Unreadable(_TOO_LARGE)
    if data.startswith(b"PK"):
        rows = _of_sheet(data, name)
    elif data.startswith(bytes.fromhex("d0cf11e0a1b11ae1")):
        raise Unreadable(_LOCKED if "EncryptedPackage".encode("utf-16-le") in data else _OLD)
    elif data.startswith(_PICTURES):
        raise Unreadable(_NO_LIST)
    else:
        rows = _of_text(_decoded(data))
    found = list(_kept(rows))
    if not found:
        raise Unreadable(_EMPTY)
    if name.lower().endswith(".xlsx") and not data.startswith(b"PK"):
        raise Unreadable(_BROKEN)
    return found


def sheet(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """An .xlsx of one sheet: a head, and rows of texts. Every cell is a text, whatever it begins with.

    openpyxl makes a formula of whatever begins with "=" (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(re.sub(r"[\\/*?:\[\]\x00-\x1f']", " ", title)[:31].strip() or "1")
    page.freeze_panes = "A2"
    for place, row in enumerate([head, *rows]):
        page.append([_cell(page, text, bold=not place) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(page: WriteOnlyWorksheet, text: str, *, bold: bool) -> Cell:
    cell: Cell = WriteOnlyCell(page, "")
    cell.value = _UNPRINTABLE.sub("", text)[:32_767]
    cell.data_type = "s"
    cell.font = Font(bold=bold)
    if FORMULA.match(text):
        cell.quotePrefix = True  # or typing into the cell would make a formula of it
    return cell


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""


def _kept(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Rows with something in them, no more than a list has."""
    kept = 0
    for row in rows:
        cells = [cell.strip()[:SIGNS] for cell in row[:COLUMNS]]
        if any(cells):
            kept += 1
            if kept > ROWS:
                raise Unreadable(_TOO_LONG, n=ROWS)
            while not cells[-1]:
                cells.pop()
            yield cells


def _of_sheet(data: bytes, name: str) -> Iterator[list[str]]:
    """The rows of the first sheet of an .xlsx."""
    _look_over(data, name)
    assert DEFUSEDXML  # noqa: S101 (a broken installation must not read strangers' XML)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            yield from _rows(book)
    except Unreadable:
        raise
    except MemoryError as error:
        raise Unreadable(_BOMB) from error
    except Exception as error:  # openpyxl breaks in whatever way the file is broken
        raise Unreadable(_BROKEN) from error


def _look_over(data: bytes, name: str) -> None:
    """Refuse by the zip's directory alone, before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(_BROKEN) from error
    size = sum(part.file_size for part in parts)
    names = {part.filename.lower() for part in parts}
    if size > UNPACKED or size > RATIO * len(data) or len(parts) > PARTS:
        raise Unreadable(_BOMB)
    if any(part.flag_bits & 0x1 for part in parts):
        raise Unreadable(_LOCKED)
    if any(one.endswith("vbaproject.bin") for one in names) or name.lower().endswith((".xlsm", ".xltm")):
        raise Unreadable(_MACROS)
    if any(_climbs(part.filename) for part in parts) or len(names) < len(parts):
        raise Unreadable(_BROKEN)
    if "xl/workbook.xml" not in names:
        raise Unreadable(_NO_LIST if "[content_types].xml" in names or "mimetype" in names else _BROKEN)


def _climbs(name: str) -> bool:
    """Whether a name within a zip leads out of it."""
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name


def _rows(book: openpyxl.Workbook) -> Iterator[list[str]]:
    """Each row's cells as texts; a formula is not worked out, and not taken either."""
    if not book.worksheets:
        raise Unreadable(_EMPTY)
    page = book.worksheets[0]
    if (page.max_column or 0) > WIDEST:
        raise Unreadable(_TOO_WIDE)
    page.reset_dimensions()  # what a sheet says of its size may be too small; only the rows themselves count
    blank = 0
    for row in page.iter_rows(max_col=COLUMNS):
        for cell in row:
            if cell.data_type == "f":
                raise Unreadable(_FORMULAS, cell=cell.coordinate)
        cells = [_text(cell.value) for cell in row]
        blank = 0 if any(cells) else blank + 1
        if blank > ROWS:  # what lies beyond is no part of the list, and may be a million rows away
            return
        yield cells


def _text(value: object) -> str:
    """A cell's value as it is read on the sheet: 1, not 1.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _decoded(data: bytes) -> str:
    """The text of a file in one of the encodings that lists come in."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data:  # half of a space or of a line's end
        encodings = ["utf-16-le" if data.index(b"\0") % 2 else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1251"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BINARY.search(text):
            raise Unreadable(_NO_LIST)
        return text
    raise Unreadable(_NO_LIST)


_BINARY = re.compile("[\x00-\x08\x0e-\x1f]|^%PDF|^\\{\\\\rtf|^<(!|html|\\?xml)", re.IGNORECASE)
"""What no list has in it, or begins with."""


_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")


def _of_text(text: str) -> Iterator[list[str]]:
    """The rows of a .csv or .txt."""
    lines = [line for line in text.splitlines() if line.strip()]
    mark = max(";\t,", key=lambda one: sum(one in line for line in lines[:50]))
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), 1):
            if len(row) > WIDEST:
                raise Unreadable(_TOO_WIDE)
            for place, cell in enumerate(row[:COLUMNS]):
                if cell.lstrip().startswith("="):
                    raise Unreadable(_FORMULAS, cell=f"{get_column_letter(place + 1)}{number}")
            yield row
    except csv.Error as error:
        raise Unreadable(_BROKEN) from error
