"""Several pictures as one: all of them there, in their order, and small enough for every phone."""

from __future__ import annotations

import io
import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from papers.collage import ALONE, GAP, HEIGHTS, MOST_BYTES, NOTHING, WIDTH, _tiles, together

COLOURS = [
    "#C0392B",
    "#27AE60",
    "#2980B9",
    "#8E44AD",
    "#F39C12",
    "#16A085",
    "#2C3E50",
    "#D35400",
    "#7F8C8D",
    "#E84393",
]
SHAPES = [(400, 300), (300, 400), (640, 360), (360, 640), (300, 300)]


def picture(colour: str, size: tuple[int, int] = (400, 300), form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def seen(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    assert found.format == "JPEG"
    return found.convert("RGB")


def near(pixel: object, colour: str) -> bool:
    want = bytes.fromhex(colour[1:])
    return isinstance(pixel, tuple) and all(abs(a - b) < 12 for a, b in zip(pixel, want, strict=True))


@pytest.mark.parametrize("count", range(2, 11))
def test_all_are_there_in_their_order(count: int) -> None:
    shapes = [SHAPES[n % len(SHAPES)] for n in range(count)]
    whole = seen(together([False] * count, *(picture(COLOURS[n], shapes[n]) for n in range(count))))
    assert whole.width == WIDTH
    assert HEIGHTS[0] - 5 <= whole.height <= HEIGHTS[1] + 5
    for place, (left, top, width, height) in enumerate(_tiles([w / h for w, h in shapes])):
        assert near(whole.getpixel((left + width // 2, top + height // 2)), COLOURS[place])


@given(st.lists(st.floats(0.05, 20), min_size=1, max_size=10))
def test_tiles_fill_their_rows_and_do_not_meet(shapes: list[float]) -> None:
    tiles = list(_tiles(shapes))
    assert len(tiles) == len(shapes)
    rows = sorted({top for _left, top, _width, _height in tiles})
    for row in rows:
        beside = [tile for tile in tiles if tile[1] == row]
        assert beside[0][0] == 0
        assert beside[-1][0] + beside[-1][2] == WIDTH
        assert all(one[0] + one[2] + GAP == other[0] for one, other in pairwise(beside))
        assert len({height for _left, _top, _width, height in beside}) == 1
        assert min(width for _left, _top, width, _height in beside) >= 100
    for one, other in pairwise(tiles):
        assert other[1] in (one[1], one[1] + one[3] + GAP)


def test_a_video_is_marked_and_what_is_no_picture_is_an_empty_tile() -> None:
    cut_off = picture("#123456", (2000, 2000))[:2000]
    parts = [picture("#FF0000"), b"no picture", b"", cut_off]
    whole = seen(together([True, False, False, False], *parts))
    tiles = list(_tiles([4 / 3, 1.0, 1.0, 1.0]))
    middles = [(left + width // 2, top + height // 2) for left, top, width, height in tiles]
    assert near(whole.getpixel(middles[0]), "#FFFFFF"), "the sign of a video"
    assert near(whole.getpixel((tiles[0][0] + 40, tiles[0][1] + 40)), "#FF0000")
    assert near(whole.getpixel(middles[1]), NOTHING)
    assert near(whole.getpixel(middles[2]), NOTHING)


def test_the_most_colourful_pictures_are_still_small_enough() -> None:
    def noise(width: int, height: int) -> bytes:
        out = io.BytesIO()
        Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(out, "PNG")
        return out.getvalue()

    assert len(together([False] * 4, *[noise(700, 700)] * 4)) <= MOST_BYTES
    alone = together([False], noise(2000, 1000))
    assert len(alone) <= MOST_BYTES
    assert seen(alone).size == (ALONE, ALONE // 2)


def test_a_picture_made_for_a_chat_can_stand_in_it() -> None:
    whole = seen(together([False, False], picture("#FF0000", form="PNG"), picture("#00FF00")))
    assert near(whole.getpixel((200, 200)), "#FF0000")
    assert not together([False], picture("#FF0000")).startswith(b"\x89PNG")
