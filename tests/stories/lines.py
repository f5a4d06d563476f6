"""What the tests' own flow does with a file; apart from it, since a process of its own imports nothing else."""

from __future__ import annotations

import os

from bot.core.bench import Unreadable

SENTENCE = "This file cannot be read. Please save it anew and send it once more, or try another one."
"""One that the catalogues have."""


def read(name: str, data: bytes) -> list[str]:
    """The file's name and its lines; one that begins with «die» ends this process instead."""
    if data.startswith(b"die"):
        os._exit(9)
    try:
        return [name, *data.decode().splitlines()]
    except UnicodeDecodeError:
        raise Unreadable(SENTENCE) from None
