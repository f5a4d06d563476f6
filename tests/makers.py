"""Makers of papers for tests: they run in a process of their own, so this file imports next to nothing."""

from __future__ import annotations

import struct
import time
import zlib

from bot.core.bench import Unreadable


def letter(child: str, count: int = 1) -> bytes:
    """Something that begins like a PDF."""
    return b"%PDF-1.7\n" + f"Лист: {child}\n".encode() * count


def counted(child: str, tally: str) -> bytes:
    """The same, and each making leaves a stroke in a file."""
    with open(tally, "a") as strokes:
        strokes.write("|")
    return letter(child)


def picture(width: int) -> bytes:
    """A PNG of one colour."""
    head = struct.pack(">IIBBBBB", width, 8, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress((b"\0" + b"\x7a\xb8\xa0" * width) * 8)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def nothing(child: str) -> bytes:
    raise Unreadable("The bot understands no stickers, {name}.", name=child)


def broken(child: str) -> bytes:
    raise ValueError(child)


def slow(seconds: float) -> bytes:
    time.sleep(seconds)
    return letter("")
