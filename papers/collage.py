"""Several pictures as one, for a messenger that shows no albums."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

WIDTH = 1200
HEIGHTS = (WIDTH * 3 // 5, WIDTH * 6 // 5)
"""How flat or tall the whole may be: a phone shows it as wide as a message, and cuts what is much taller."""
ALONE = 1600
"""The longer side of a photo that stands for itself."""
GAP, CORNER = 10, 22
BESIDE = 4
"""Pictures in a row, at most."""
SLIMMEST, WIDEST = 0.7, 1.9
"""Width by height: beyond these a picture is cut, its middle stays."""
ABOVE = 0.4
"""How much of what is cut off goes at the top: faces are rather there."""
MOST_BYTES = 2**20
QUALITIES = (88, 80, 70, 60, 45)
PAPER, NOTHING = "#FFFFFF", "#DAD6E6"
SMOOTH = 4
"""Shapes are drawn so much larger and then made small: round edges have no steps."""

Tile = tuple[int, int, int, int]
"""Left, top, width, height."""


def together(videos: Sequence[bool], *pictures: bytes) -> bytes:
    """A JPEG of at most a megabyte that shows all pictures, in their order, in rows of the same width.

    videos: of each picture whether it is a video's, which is marked. What is no picture is an empty tile. A single
    photo is only made small enough.
    """
    read = [_read(data) for data in pictures]
    if len(read) == 1 and read[0] and not videos[0]:
        return _smaller(read[0])
    tiles = list(_tiles([one.width / one.height if one else 1.0 for one in read]))
    whole = Image.new("RGB", (WIDTH, max(top + height for _left, top, _width, height in tiles)), PAPER)
    for picture, video, tile in zip(read, videos, tiles, strict=True):
        left, top, width, height = tile
        whole.paste(_fitted(picture, video, width, height), (left, top), _rounded(width, height))
    return _written(whole)


def _read(data: bytes) -> Image.Image | None:
    """A picture, its pixels not read yet; None if it is none."""
    try:
        return Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
    except (UnidentifiedImageError, Image.DecompressionBombError):
        return None


# Where each stands


def _tiles(shapes: Sequence[float]) -> Iterator[Tile]:
    """A place for each picture, by their shapes (width by height), in the rows that suit these shapes best."""
    shapes = [min(max(shape, SLIMMEST), WIDEST) for shape in shapes]
    rows = min(_divided(len(shapes)), key=lambda rows: _oddness(rows, shapes))
    heights = _heights(rows, shapes)
    gaps = GAP * (len(rows) - 1)
    scale = (min(max(sum(heights), HEIGHTS[0] - gaps), HEIGHTS[1] - gaps)) / sum(heights)
    top = first = 0
    for count, natural in zip(rows, heights, strict=True):
        height = round(natural * scale)
        room = WIDTH - GAP * (count - 1)
        beside = shapes[first : first + count]
        edges = [round(room * sum(beside[:place]) / sum(beside)) for place in range(count + 1)]
        for place, (left, right) in enumerate(pairwise(edges)):
            yield left + GAP * place, top, right - left, height
        top, first = top + height + GAP, first + count


def _divided(count: int) -> Iterator[list[int]]:
    """All ways to put so many into rows."""
    if count == 0:
        yield []
    for beside in range(1, min(count, BESIDE) + 1):
        for rest in _divided(count - beside):
            yield [beside, *rest]


def _heights(rows: Sequence[int], shapes: Sequence[float]) -> list[float]:
    """How tall rows are that fill the width and cut nothing off."""
    starts = [sum(rows[:place]) for place in range(len(rows))]
    return [
        (WIDTH - GAP * (count - 1)) / sum(shapes[start : start + count])
        for start, count in zip(starts, rows, strict=True)
    ]


def _oddness(rows: Sequence[int], shapes: Sequence[float]) -> float:
    """How far rows are from a whole about as tall as it is wide, whose rows are about as tall as one another."""
    heights = _heights(rows, shapes)
    return abs(math.log(sum(heights) / WIDTH)) + 0.5 * math.log(max(heights) / min(heights))


# How it looks


def _fitted(picture: Image.Image | None, video: bool, width: int, height: int) -> Image.Image:
    tile = (picture and _cut(picture, width, height)) or Image.new("RGB", (width, height), NOTHING)
    if video:
        mark, where = _play(min(width, height) // 3)
        middle = ((width - mark.width) // 2, (height - mark.height) // 2)
        tile.paste(mark, middle, where)
    return tile


def _cut(picture: Image.Image, width: int, height: int) -> Image.Image | None:
    """The picture as large as its tile; None if it breaks off."""
    try:
        picture.draft("RGB", (width, height))  # a JPEG is read not much larger than it will be shown
        return ImageOps.fit(
            picture.convert("RGB"), (width, height), Image.Resampling.LANCZOS, centering=(0.5, ABOVE)
        )
    except OSError:
        return None


def _rounded(width: int, height: int) -> Image.Image:
    mask = Image.new("L", (width * SMOOTH, height * SMOOTH), 0)
    corners = (0, 0, width * SMOOTH - 1, height * SMOOTH - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, CORNER * SMOOTH, fill=255)
    return mask.resize((width, height), Image.Resampling.BOX)


def _play(size: int) -> tuple[Image.Image, Image.Image]:
    """The sign of a video, and where it covers what is below it."""
    large = size * SMOOTH
    triangle = [(large * x, large * y) for x, y in ((0.39, 0.29), (0.39, 0.71), (0.74, 0.5))]
    mark, where = Image.new("RGB", (large, large), "#1E1A33"), Image.new("L", (large, large), 0)
    ImageDraw.Draw(where).ellipse((0, 0, large - 1, large - 1), fill=165)
    ImageDraw.Draw(where).polygon(triangle, fill=255)
    ImageDraw.Draw(mark).polygon(triangle, fill=PAPER)
    small = (size, size)
    return mark.resize(small, Image.Resampling.BOX), where.resize(small, Image.Resampling.BOX)


def _smaller(photo: Image.Image) -> bytes:
    photo.thumbnail((ALONE, ALONE), Image.Resampling.LANCZOS)
    return _written(photo.convert("RGB"))


def _written(whole: Image.Image) -> bytes:
    for quality in QUALITIES:
        out = io.BytesIO()
        whole.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()
