"""Photos: whatever people send comes out upright, small, and with nothing in it but the picture, or is refused."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from bot.core.bench import Unreadable
from bot.core.workshop import WorkshopFailed, apart
from papers.photos import BYTES, FORMATS, LONGEST, PIXELS, SMALL, SMALL_BYTES, is_picture, photo
from sandbox.samples import PHOTO

RED, GREEN = (220, 30, 30), (30, 180, 60)
OWNER = "Канарейченко"


def two_halves(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Red above, green below."""
    picture = Image.new("RGB", size, GREEN)
    picture.paste(RED, (0, 0, size[0], size[1] // 2))
    return picture


def written(picture: Image.Image, form: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def shown(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    found.load()
    assert (found.format, found.mode) == ("JPEG", "RGB")
    return found


def near(pixel: object, wanted: tuple[int, ...], by: int = 12) -> bool:
    return isinstance(pixel, tuple) and all(abs(a - b) <= by for a, b in zip(pixel, wanted, strict=True))


def is_upright(data: bytes) -> bool:
    picture = shown(data)
    above, below = (picture.width // 2, picture.height // 4), (picture.width // 2, picture.height * 3 // 4)
    return near(picture.getpixel(above), RED) and near(picture.getpixel(below), GREEN)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG whose head tells of so many pixels, whatever is behind it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("form", FORMATS)
def test_of_every_kind_comes_a_jpeg_and_a_small_one(form: str) -> None:
    data = written(two_halves(), form)
    assert is_picture(data)
    large, small, width, height = photo(data)
    assert (width, height) == shown(large).size == (320, 200)
    assert is_upright(large)
    assert is_upright(small)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_comes_upright_however_the_phone_was_held(form: str, orientation: int) -> None:
    back = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}  # as Image.Transpose numbers them
    lying = two_halves()
    for way in back.get(orientation, []):
        lying = lying.transpose(Image.Transpose(way))
    exif = Image.Exif()
    exif[0x0112] = orientation
    large, small, width, height = photo(written(lying, form, exif=exif.tobytes()))
    assert (width, height) == (320, 200)
    assert is_upright(large)
    assert is_upright(small)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "TIFF"])
def test_nothing_comes_along_but_the_picture(form: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "Nokia", OWNER
    exif[0x8825] = {1: "N", 2: (50.0, 27.0, 0.4), 29: "2026:11:23"}
    more: dict[str, Any] = {"exif": exif.tobytes(), "xmp": f"<x:xmpmeta>{OWNER}</x:xmpmeta>".encode()}
    if form == "JPEG":
        more["comment"] = OWNER.encode()
    data = written(
        two_halves(),
        form,
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        **more,
    )
    assert b"Nokia" in data or b"2026:11:23" in data
    for made in photo(data)[:2]:
        assert not [
            one
            for one in (b"Nokia", b"2026:11:23", OWNER.encode(), b"Exif", b"xmpmeta", b"ICC_PROFILE", b"sRGB")
            if one in made
        ]
        assert Image.open(io.BytesIO(made)).info.keys() <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (2049, 2049), (8000, 500)])
def test_large_ones_are_made_to_fit(size: tuple[int, int]) -> None:
    noise = Image.frombytes("RGB", (500, 500), os.urandom(750_000)).resize(size)
    large, small, width, height = photo(written(noise, quality=95))
    assert max(width, height) <= LONGEST
    assert len(large) <= BYTES
    assert len(small) <= SMALL_BYTES
    assert max(shown(small).size) <= SMALL
    assert abs(width / height - size[0] / size[1]) < 0.05 * size[0] / size[1]


def test_what_cannot_be_packed_tighter_becomes_smaller() -> None:
    noise = Image.frombytes("RGB", (2048, 2048), os.urandom(2048 * 2048 * 3))
    large, small, width, _height = photo(written(noise, "PNG"))
    assert len(large) <= BYTES
    assert len(small) <= SMALL_BYTES
    assert 800 < width < LONGEST


def test_a_good_photo_loses_little() -> None:
    large, _small, width, height = photo(PHOTO)
    assert (width, height) == Image.open(io.BytesIO(PHOTO)).size
    assert len(large) < 4 * len(PHOTO)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "LAB"])
def test_colours_of_every_kind(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((64, 64))
    if mode == "I;16":
        picture = Image.frombytes(mode, grey.size, b"".join(bytes([0, dot]) for dot in grey.tobytes()))
    elif mode == "I":
        picture = grey.convert("I").point(lambda dot: dot * 257)
    else:
        picture = (grey if mode in ("F", "LA") else grey.convert("RGB")).convert(
            mode, palette=Image.Palette.ADAPTIVE
        )
    form = "TIFF" if mode in ("CMYK", "I", "F", "YCbCr", "LAB") else "PNG"
    found = shown(photo(written(picture, form))[0]).convert("L")
    assert abs(float(found.resize((1, 1)).getpixel((0, 0)) or 0) - 127) < 8  # type: ignore[arg-type]
    dark, light = found.getpixel((32, 4)), found.getpixel((32, 60))
    assert mode == "1" or (isinstance(dark, int) and isinstance(light, int) and dark < 40 and light > 215)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF", "HEIF", "TIFF"])
def test_what_can_be_seen_through_stands_on_white(form: str) -> None:
    clear = Image.new("RGBA", (80, 60), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 40, 60))
    found = shown(photo(written(clear, form))[0])
    assert near(found.getpixel((60, 30)), (255, 255, 255))
    assert near(found.getpixel((20, 30)), (0, 0, 255), 40)


def test_colours_of_a_wide_screen_are_those_that_are_meant() -> None:
    """What the picture's own profile calls so is not what sRGB does: left alone, it would come out pale."""
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = written(two_halves().convert("LAB"), "TIFF", icc_profile=swapped)
    assert is_upright(photo(data)[0])
    broken = written(two_halves(), icc_profile=b"no profile at all")
    assert is_upright(photo(broken)[0])


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_what_moves_the_first_picture(form: str) -> None:
    others = [Image.new("RGB", (320, 200), (0, 0, 0)) for _frame in range(3)]
    assert is_upright(photo(written(two_halves(), form, save_all=True, append_images=others))[0])


@pytest.mark.parametrize("size", [(1, 1), (9, 9), (5, 400), (4001, 200)])
def test_what_nobody_could_see_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="too small or too narrow"):
        photo(written(Image.new("RGB", size), "PNG"))


@pytest.mark.parametrize(
    "data",
    [
        png_of(50_000, 50_000),
        png_of(2**31 - 1, 2**31 - 1),
        png_of(8000, 8000, zlib.compress(bytes(10**7))),
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 40_000, 40_000, 1, 24, 0, 0, 0, 0, 0, 0),
        b"GIF89a"
        + struct.pack("<HH", 65_535, 65_535)
        + b"\0\0\0,\0\0\0\0"
        + struct.pack("<HH", 65_535, 65_535)
        + b"\0\2\0;",
    ],
    ids=["head", "largest", "squeezed", "bmp", "gif"],
)
def test_a_bomb_is_refused_by_its_head(data: bytes) -> None:
    begun = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        photo(data)
    assert time.monotonic() - begun < 0.25
    assert refused.value.values in ({"most": PIXELS // 1_000_000}, {})


def test_just_not_a_bomb_is_read() -> None:
    width, height = 10_000, PIXELS // 10_000
    assert photo(written(Image.new("L", (width, height)), "PNG"))[2:] == (2048, 1229)


@pytest.mark.parametrize("form", FORMATS)
def test_what_breaks_off_is_refused(form: str) -> None:
    noise = Image.frombytes("RGB", (300, 300), os.urandom(270_000))
    whole = written(noise, form)
    for part in (20, len(whole) // 3, len(whole) * 2 // 3):
        with pytest.raises(Unreadable):
            photo(whole[:part])


def test_a_head_that_lies_costs_no_more_than_it_says() -> None:
    """It tells of a thousand rows, and has ten: what is there is drawn. It tells of ten, and has a thousand."""
    assert photo(png_of(1000, 1000, zlib.compress(bytes(3001) * 10)))[2:] == (1000, 1000)
    assert photo(png_of(1000, 60, zlib.compress(bytes(3001) * 1000)))[2:] == (1000, 60)


BEGINNINGS = st.sampled_from([written(two_halves((40, 30)), form) for form in FORMATS])


@settings(deadline=None, max_examples=150)
@given(
    whole=BEGINNINGS, place=st.integers(0, 10_000), noise=st.binary(max_size=60), cut=st.integers(0, 10_000)
)
def test_whatever_is_in_a_picture_it_is_drawn_or_refused(
    whole: bytes, place: int, noise: bytes, cut: int
) -> None:
    at = place % len(whole)
    data = (whole[:at] + noise + whole[at + len(noise) :])[: len(whole) - cut % 200]
    try:
        large, small, width, height = photo(data)
    except Unreadable:
        return
    assert shown(large).size == (width, height)
    assert len(small) <= SMALL_BYTES


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        photo(data)


async def test_a_phone_s_largest_photo_is_read_in_the_workshop() -> None:
    """Within its memory, and shut in: neither a codec nor a profile is opened only then."""
    many = Image.linear_gradient("L").resize((9000, 6600))
    photos = {
        "JPEG": many.convert("RGB"),
        "HEIF": many.resize((4032, 3024)).convert("RGB"),
        "PNG": many.convert("RGB"),
        "WEBP": many.resize((4032, 3024)).convert("RGBA"),
    }
    for form, picture in photos.items():
        told: Any = await apart(photo, written(picture, form), shut=True)
        assert told[2:] == [2048, round(2048 * picture.height / picture.width)], form


@pytest.mark.parametrize("form", FORMATS)
async def test_it_is_the_same_where_no_file_can_be_opened(form: str) -> None:
    """As it runs: what Pillow would load only then must be there before."""
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    more: dict[str, Any] = {} if form in ("GIF", "BMP") else {"exif": exif.tobytes(), "icc_profile": profile}
    data = written(two_halves(), form, **more)
    told: Any = await apart(photo, data, shut=True)
    assert told == list(photo(data))
    with pytest.raises(Unreadable):
        await apart(photo, data[: len(data) // 2], shut=True)


async def test_a_bomb_in_the_workshop_takes_no_memory() -> None:
    with pytest.raises(Unreadable):
        await apart(photo, png_of(50_000, 50_000), shut=True, megabytes=256)
    with pytest.raises((Unreadable, WorkshopFailed)):
        await apart(photo, written(Image.new("RGB", (9000, 6600)), "PNG"), shut=True, megabytes=256)
