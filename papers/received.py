"""What people send to be passed on, as it is to be kept: photos are drawn anew, all else is what it says it is."""

from __future__ import annotations

import re
from typing import Any

from bot.core.bench import Unreadable
from papers import documents, films, photos
from papers.documents import NOT_PASSED
from papers.written import as_text

_RUN = re.compile(
    r"\.(bat|bin|cmd|com|cpl|exe|gadget|inf1|ins|inx|isu|job|jse|lnk|msc|msi|msp|mst|paf|pif|ps1|reg|rgs|sct|shb|shs"
    r"|u3p|vb|vbe|vbs|vbscript|ws|wsf|action|app|command|csh|osx|workflow|ksh|out|run|apk|ipa"
    r"|js|jar|sh|py|scr|hta|dll|html?|svg|xml)"
)
"""Endings that are not passed on whatever is behind them: Viber's list of what it does not take, and more."""


def read(name: str, sort: str, data: bytes | None) -> tuple[dict[str, Any], bytes, bytes]:
    """What a file is, its bytes as they are to be kept (empty: as they came), and a small picture (empty: none).

    name, sort: as told by whoever sent it (see `MediumSort`). data: None where the messenger keeps it to itself. What
    it is: its sort, how its name is to end, and, where there are such, width and height in pixels and how many seconds
    it lasts.
    Raises Unreadable with a sentence for whoever sent it.
    """
    named = documents.named_ending(name)
    if _RUN.fullmatch(named):
        raise Unreadable(NOT_PASSED)
    if data is None:
        return _unseen(named, sort), b"", b""
    if photos.is_picture(data):
        large, small, width, height = photos.photo(data)
        return _about("photo", ".jpg", width=width, height=height), large, small
    ending = documents.ending_of("" if sort in ("video", "voice") else name, data)
    if ending in (".mp4", ".m4a"):
        return _of_film(sort, data)
    if ending == ".txt":
        return _about("file", ending), _in_utf8(data), b""
    spoken = sort == "voice" and ending in (".ogg", ".mp3")
    return _about("voice" if spoken else "file", ending), b"", b""


def _of_film(sort: str, data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """A video only if every phone can show it; what is only heard is a voice if it was sent as one."""
    film, clean = films.film(data)
    if film.pictures:
        shown = "video" if film.shown else "file"
        about = _about(shown, ".mp4", width=film.width, height=film.height, seconds=film.seconds)
    else:
        about = _about("voice" if sort == "voice" else "file", ".m4a", seconds=film.seconds)
    return about, clean, b""


def _in_utf8(data: bytes) -> bytes:
    """A text that every phone reads; its encoding is looked at in documents.py."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return as_text(data.decode("cp1251"))
    return b""


def _unseen(named: str, sort: str) -> dict[str, Any]:
    """What nobody can look into: by how it was sent, or else by its name."""
    ending = {"video": ".mp4", "voice": ".ogg"}.get(sort, named)
    if ending not in documents.PASSED:
        raise Unreadable(NOT_PASSED)
    return _about(sort if sort in ("video", "voice") else "file", ending)


def _about(sort: str, ending: str, **more: int | None) -> dict[str, Any]:
    return {"sort": sort, "ending": ending, **more}
