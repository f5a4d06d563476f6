"""Pictures and a voice of our own, for phones whose owners have something to send."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
PHOTOS = ("leaves.jpg", "trip.jpg", "theatre.jpg", "fair.jpg", "rainbow.jpg", "tree.jpg")


def sample(name: str) -> bytes:
    """The bytes of one of the files in this folder."""
    return (HERE / name).read_bytes()


PHOTO = sample(PHOTOS[0])
THUMBNAIL = sample("thumbnail.jpg")
"""What a messenger offers in place of a large picture: small enough to be told from it."""
PAPER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""Something that begins like a PDF, with the four bytes that say that it is no text."""
