"""Videos and recordings in MP4: what is in them and how long they last; where they were taken is blanked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.bench import Unreadable
from bot.core.i18n import N_

_BROKEN = N_("This video cannot be read, it may be damaged. Please send it once more.")

_BOXES = 20_000
"""Parts that are looked at: a video of a phone has some hundred."""
_WITHIN = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_TOLD = {b"udta", b"meta", b"uuid"}
"""What a phone writes about a video: where and when, on what, by whom (ISO/IEC 14496-12, QuickTime's file format)."""
_SHOWN = {b"avc1", b"avc3"}
"""H.264, which every phone shows."""


@dataclass(slots=True)
class Film:
    """What a file in MP4 is. pictures: whether there is something to see. shown: whether every phone can show it."""

    seconds: int | None = None
    width: int | None = None
    height: int | None = None
    pictures: bool = False
    shown: bool = False


def is_film(data: bytes) -> bool:
    """Whether bytes begin like MP4, and not like QuickTime's own films."""
    return data[4:8] == b"ftyp" and data[8:12] != b"qt  "


def film(data: bytes) -> tuple[Film, bytes]:
    """What it is, and the same bytes with what is told about it blanked; Unreadable if it is none."""
    found, clean = Film(), bytearray(data)
    whole = False
    sides: tuple[int, int] | None = None
    for kind, begin, end in _boxes(data, 0, len(data)):
        body = data[begin : min(end, begin + 200)]
        match kind:
            case b"moov":
                whole = True
            case b"mvhd":
                found.seconds = _seconds(body)
            case b"tkhd":
                sides = _sides(body)
            case b"hdlr" if body[8:12] == b"vide":
                found.pictures = True
                found.width, found.height = sides or (None, None)
            case b"stsd" if body[12:16] in _SHOWN:
                found.shown = True
            case _ if kind in _TOLD:
                clean[begin - 4 : begin] = b"free"
                clean[begin:end] = bytes(end - begin)
    if not whole:
        raise Unreadable(_BROKEN)
    return found, bytes(clean)


def _boxes(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box: its kind, where its content begins and ends; then those within it."""
    waiting, seen = [(start, stop)], 0
    while waiting:
        place, stop = waiting.pop()
        while place + 8 <= stop:
            seen += 1
            size, kind, begin = (
                int.from_bytes(data[place : place + 4]),
                data[place + 4 : place + 8],
                place + 8,
            )
            if size == 1:
                size, begin = int.from_bytes(data[place + 8 : place + 16]), place + 16
            end = stop if size == 0 else place + size
            if not begin <= end <= stop or seen > _BOXES:
                raise Unreadable(_BROKEN)
            yield kind, begin, end
            if kind in _WITHIN:
                waiting.append((end, stop))
                place, stop = begin, end
            else:
                place = end


def _seconds(body: bytes) -> int | None:
    """How long it lasts, by its movie header."""
    at, wide = (20, 8) if body[:1] == b"\1" else (12, 4)
    scale, length = int.from_bytes(body[at : at + 4]), int.from_bytes(body[at + 4 : at + 4 + wide])
    seconds = -(-length // scale) if scale else 0
    return seconds if 0 < seconds < 86_400 else None


def _sides(body: bytes) -> tuple[int, int] | None:
    """Width and height by a track's header, as one looks at it: the matrix tells whether it lies on its side."""
    matrix = 52 if body[:1] == b"\1" else 40
    across, sides = body[matrix : matrix + 4], body[matrix + 36 : matrix + 44]
    width, height = int.from_bytes(sides[:4]) >> 16, int.from_bytes(sides[4:8]) >> 16
    if not (0 < width < 20_000 and 0 < height < 20_000):
        return None
    return (height, width) if across == bytes(4) else (width, height)
