"""What people send, as files of a few bytes."""

from __future__ import annotations

import mimetypes
import struct
import zlib

from aiohttp import web


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG of one colour."""
    rows = (b"\0" + b"\x7a\xb8\xa0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


PICTURE = _picture()


def response(name: str) -> web.Response:
    """The file of that name: a picture, or for anything else its name."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return web.Response(body=PICTURE if kind == "image/png" else name.encode(), content_type=kind)
