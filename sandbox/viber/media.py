"""What people send, as files of a few bytes."""

from __future__ import annotations

import mimetypes
import struct
import zlib
from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that a person sent. until: seconds since the epoch; data: its bytes, None for a few of our own."""

    until: float
    name: str
    data: bytes | None = field(repr=False)
    mime: str

    def kind(self) -> str:
        """What it is, by its name unless the phone has said so."""
        return self.mime or mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def body(self) -> bytes:
        """Its bytes: what was sent, or a picture, or for anything else its name."""
        if self.data is not None:
            return self.data
        return PICTURE if self.kind() == "image/png" else self.name.encode()
