"""Makers of videos and Office files for tests: as little of each as its readers look at."""

from __future__ import annotations

import io
import zipfile

PLACE = b"+50.4501+030.5234/"
"""Where a phone says that a video was taken."""


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (len(body) + 8).to_bytes(4) + kind + body


def film(
    seconds: int = 7,
    sides: tuple[int, int] = (640, 360),
    *,
    coded: bytes = b"avc1",
    handler: bytes = b"vide",
    brand: bytes = b"mp42",
    lying: bool = False,
    wide: bool = False,
    data: bytes = b"\0" * 64,
) -> bytes:
    """An MP4 with one track, and a place in it as phones write it. wide: with times of 64 bits."""
    if wide:
        times = b"\1\0\0\0" + bytes(16) + (1000).to_bytes(4) + (seconds * 1000).to_bytes(8)
    else:
        times = bytes(12) + (1000).to_bytes(4) + (seconds * 1000).to_bytes(4)
    upright, turned = (1 << 16).to_bytes(4), bytes(4)
    matrix = (turned if lying else upright) + bytes(32)
    head = (b"\1" + bytes(51) if wide else bytes(40)) + matrix
    size = b"".join((side << 16).to_bytes(4) for side in sides)
    sample = box(b"stsd", bytes(4), (1).to_bytes(4), box(coded, bytes(70)))
    media = box(b"mdia", box(b"hdlr", bytes(8), handler, bytes(13)), box(b"minf", box(b"stbl", sample)))
    told = box(b"udta", box(b"\xa9xyz", PLACE))
    track = box(b"trak", box(b"tkhd", head, size), media, told)
    keys = box(b"meta", b"com.apple.quicktime.location.ISO6709", PLACE)
    whole = box(b"moov", box(b"mvhd", times, bytes(80)), track, told, keys)
    return box(b"ftyp", brand, bytes(4)) + box(b"uuid", b"<x:xmpmeta>", PLACE) + box(b"mdat", data) + whole


def packed(*parts: str, types: str = "", mimetype: str = "") -> bytes:
    """A zip with these files in it. types: what [Content_Types].xml says; mimetype: OpenDocument's first file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for part in parts:
            archive.writestr(part, types if part == "[Content_Types].xml" else "x")
    return out.getvalue()


def word(*more: str, types: str = "") -> bytes:
    return packed("[Content_Types].xml", "word/document.xml", *more, types=types)
