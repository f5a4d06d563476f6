"""Files that are passed on as they are: what one is, its content says, and its name must say the same."""

from __future__ import annotations

import codecs
import io
import re
import zipfile

from bot.core.bench import Unreadable
from bot.core.i18n import N_
from bot.core.paper import SORTS
from papers.films import is_film

PASSED = frozenset(
    (".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".txt", ".mp4", ".m4a", ".ogg", ".mp3")
)
"""How the name ends of what is passed on: nothing that a machine runs or a browser obeys."""
ALIKE = {".oga": ".ogg", ".opus": ".ogg", ".m4v": ".mp4", ".m4b": ".m4a"}
"""Other endings of the same."""
_MAIN = {
    "word/document.xml": ".docx",
    "xl/workbook.xml": ".xlsx",
    "ppt/presentation.xml": ".pptx",
}
_MACROS = re.compile(r"vbaproject|macrosheets/|activex|^basic/|^scripts/", re.IGNORECASE)
"""What has a name like this within an Office file runs by itself."""
_PARTS = 5_000
"""Files within a file."""

for _encoding in ("utf-8-sig", "cp1251", "cp437"):  # the last is that of names in a zip
    codecs.lookup(_encoding)  # while files can still be opened

NOT_PASSED = N_("This sort of file cannot be passed on. Please send it as a photo or as PDF.")
_OTHER_FILM = N_("This sort of video cannot be passed on. Please send it as a video, not as a file.")
_ARCHIVE = N_("An archive cannot be passed on. Please send what is in it, file by file.")
_WITH_MACROS = N_("This file has macros in it, so it cannot be passed on. Please send it as PDF.")
_MISNAMED = N_(
    "What is in this file is not what its name says, so it cannot be passed on. Please send it as a photo or as PDF."
)
_BROKEN = N_("This file cannot be read, it seems to be damaged. Please save it anew and send it again.")
_EMPTY = N_("There is nothing in this file.")


def ending_of(name: str, data: bytes) -> str:
    """How the name of a file must end, by its content: one of PASSED.

    Raises Unreadable for what is not passed on, and for what is not what its name says.
    """
    if not data:
        raise Unreadable(_EMPTY)
    named = named_ending(name)
    found = _found(data)
    if data[4:12] == b"ftypqt  " or data.startswith((b"\x1aE\xdf\xa3", b"RIFF")):
        raise Unreadable(_OTHER_FILM)
    if data.startswith((b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")):
        raise Unreadable(_ARCHIVE)
    if found is None or (named and named not in PASSED):
        raise Unreadable(NOT_PASSED)
    if (
        named and named != found and {named, found} != {".mp4", ".m4a"}
    ):  # which are told apart by what is in them
        raise Unreadable(_MISNAMED)
    return found


def named_ending(name: str) -> str:
    """How a name ends, as one of its kind; empty if it does not say."""
    _stem, dot, ending = name.strip().lower().rpartition(".")
    return ALIKE.get(dot + ending, dot + ending) if dot else ""


def _found(data: bytes) -> str | None:
    """What the content is, if it is of use."""
    if data.startswith(b"PK"):
        return _of_zip(data)
    if data.startswith(b"%PDF-"):
        return ".pdf"
    if is_film(data):
        return ".m4a" if data[8:11] == b"M4A" else ".mp4"
    if data.startswith(b"OggS") and re.search(rb"OpusHead|\x01vorbis", data[:200]):
        return ".ogg"
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and data[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2")):
        return ".mp3"
    return ".txt" if _is_text(data) else None


def _of_zip(data: bytes) -> str:
    """Which Office file it is, by the zip's directory alone: nothing is unpacked but a line of OpenDocument's."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if any(_MACROS.search(name) for name in names):
            raise Unreadable(_WITH_MACROS)
        if len(parts) > _PARTS:
            raise Unreadable(_ARCHIVE)
        first = parts[0] if parts else None
        if first and first.filename == "mimetype" and first.file_size < 100 and not first.compress_type:
            mime = _read(archive, first).decode("ascii", "replace")
            return next((end for end in (".odt", ".ods") if SORTS[end] == mime), None) or _none()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError) as error:
        raise Unreadable(_BROKEN) from error
    mains = [ending for name, ending in _MAIN.items() if name in names]
    if len(mains) != 1 or "[Content_Types].xml" not in names:
        raise Unreadable(_ARCHIVE)
    types = archive.getinfo("[Content_Types].xml")
    if types.file_size > 2**20 or b"macroenabled" in _read(archive, types).lower():
        raise Unreadable(_WITH_MACROS)
    return mains[0]


def _none() -> str:
    raise Unreadable(NOT_PASSED)


def _read(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(part)
    except Exception as error:  # zipfile and zlib break in whatever way the file is broken
        raise Unreadable(_BROKEN) from error


def _is_text(data: bytes) -> bool:
    """Whether it is words in UTF-8 or Windows' Cyrillic, and neither a page nor something to be run."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not re.search("[\x00-\x08\x0e-\x1f\x7f]", text) and not _RUN.match(text)
    return False


_RUN = re.compile(r"\s*(<|#!|\{\\rtf|@echo|MZ)", re.IGNORECASE)
"""How pages, scripts and programs begin."""
