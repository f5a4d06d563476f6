"""Photos as they are kept: upright, in plain colours, small enough for every phone, and with nothing in them but the
picture. Whatever people send is read apart (bot/core/workshop.py), and drawn anew.
"""

from __future__ import annotations

import io
import warnings

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from bot.core.bench import Unreadable
from bot.core.i18n import N_

LONGEST, BYTES = 2048, 1_000_000
"""Pixels of the longer side, and bytes, of a photo: a Viber on an iPhone shows no more than a megabyte."""
SMALL, SMALL_BYTES = 400, 100_000
"""The same of its small picture: Viber's limits of a thumbnail."""
PIXELS = 60_000_000
"""Of a picture that is read at all: more than any phone takes."""
NARROW, RATIO = 10, 20
"""Pixels of the shorter side, and how often it goes into the longer one: Telegram shows none beyond (RATIO)."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "TIFF", "BMP")
_QUALITIES = (86, 78, 70, 60)

_TOO_LARGE = N_(
    "This picture is too large: at most {most} million pixels can be read. Please send it as a photo, not as a file."
)
_TOO_NARROW = N_("This picture is too small or too narrow to be shown. Please send another one.")
_BROKEN = N_("This picture cannot be read, it may be damaged. Please send it once more as a photo.")

_SRGB = ImageCms.createProfile("sRGB")
pillow_heif.register_heif_opener(thumbnails=False)
Image.init()  # while files can still be opened


def is_picture(data: bytes) -> bool:
    """Whether bytes begin like a picture of some kind that is read here."""
    if data[4:8] == b"ftyp":
        return data[8:12] in _HEIF
    return data.startswith(_BEGINNINGS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def photo(data: bytes) -> tuple[bytes, bytes, int, int]:
    """A JPEG of a picture, a small one, and the first one's width and height.

    Of what moves, the first picture; what can be seen through stands on white. Raises Unreadable with a sentence for
    whoever sent it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = _upright(_opened(data))
            large, small = _written(plain, LONGEST, BYTES), _written(plain, SMALL, SMALL_BYTES)
    except Unreadable:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Unreadable(_TOO_LARGE, most=PIXELS // 1_000_000) from error
    except Exception as error:  # Pillow breaks in whatever way the picture is broken
        raise Unreadable(_BROKEN) from error
    return large[0], small[0], *large[1]


def _opened(data: bytes) -> Image.Image:
    """The picture, of which no pixel is read yet, if its head says that it can be."""
    picture = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = picture.size
    if width * height > PIXELS:
        raise Unreadable(_TOO_LARGE, most=PIXELS // 1_000_000)
    if min(width, height) < NARROW or max(width, height) > RATIO * min(width, height):
        raise Unreadable(_TOO_NARROW)
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """The picture in plain RGB as one looks at it, no larger than needed; it is made small before all else."""
    profile = picture.info.get("icc_profile")
    if picture.mode in ("1", "P", "PA"):
        see_through = "transparency" in picture.info or picture.mode == "PA"
        picture = _same_way(picture, picture.convert("RGBA" if see_through else "RGB"))
    elif picture.mode.startswith(("I", "F")):
        picture = _same_way(picture, _of_more_bits(picture))
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    picture = ImageOps.exif_transpose(picture)
    return _in_srgb(_on_white(picture), profile)


def _same_way(before: Image.Image, picture: Image.Image) -> Image.Image:
    """Another picture, to be turned as the one before."""
    picture.info = dict(before.info)
    picture.getexif().update(before.getexif())
    return picture


def _of_more_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of 16 bits (or 32) a dot as one of 8."""
    grey = picture.convert("F")
    _low, high = grey.getextrema()
    many = picture.mode.startswith("I;16") or (isinstance(high, float) and high > 255)
    scale = 1 / 256 if many else 1.0
    return grey.point(lambda dot: dot * scale + 0.0).convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    over = picture.convert("RGBA")
    paper = Image.new("RGB", over.size, "white")
    paper.paste(over, mask=over.getchannel("A"))
    return paper


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in the colours that every screen has; a profile that does not fit it is left out of account."""
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, own, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None
        picture = turned or picture
    return picture.convert("RGB")


def _written(picture: Image.Image, longest: int, most: int) -> tuple[bytes, tuple[int, int]]:
    """A JPEG of at most so many pixels and bytes, with nothing in it but the picture; and its width and height."""
    while True:
        drawn = Image.new("RGB", picture.size)
        drawn.paste(picture)  # of what else Pillow knows about it, nothing comes along
        drawn.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        for quality in _QUALITIES:
            out = io.BytesIO()
            drawn.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= most:
                return out.getvalue(), drawn.size
        longest = max(drawn.size) * 4 // 5
