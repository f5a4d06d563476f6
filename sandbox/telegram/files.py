"""The files that the stand-in keeps: those a bot uploaded and those people sent."""

from __future__ import annotations

import io
import mimetypes
import warnings
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from sandbox.samples import THUMBNAIL
from sandbox.telegram.schema import Refused, Upload, bad_request

UPLOAD_BYTES = 50 * 2**20
"""Largest file that a bot may send (https://core.telegram.org/bots/api#sending-files)."""
PHOTO_BYTES = 10 * 2**20
PHOTO_SIDES, PHOTO_RATIO = 10_000, 20
"""Largest width and height together, and longest side to shortest (https://core.telegram.org/bots/api#sendphoto)."""
SMALL = 90
"""Longest side of the smallest size of a photo (https://core.telegram.org/api/files#image-thumbnail-types)."""
DOWNLOAD_BYTES = 20 * 2**20
"""Largest file that a bot may fetch (https://core.telegram.org/bots/api#getfile)."""
KINDS = {
    "photo": "photos",
    "document": "documents",
    "voice": "voice",
    "video": "videos",
    "sticker": "stickers",
}


@dataclass
class StoredFile:
    """One file: what it is sent as, its path under /file/bot<token>/, and its bytes (None: behind a foreign URL).

    width, height: of a photo or a video. duration: of a video or a voice message, in seconds. small: the file id of
    the thumbnail.
    """

    kind: str
    path: str
    name: str
    mime: str
    size: int
    data: bytes | None = field(repr=False)
    width: int = 0
    height: int = 0
    duration: int = 0
    small: str = ""


def measured(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture, without looking further than its head; None if it is none, or a bomb."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF", "BMP")) as picture:
                return picture.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


class Files:
    """File ids and what they stand for."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def keep(self, kind: str, name: str, mime: str, data: bytes, **about: int) -> str:
        """Keep a file and give its id; about: its width, height and duration, as far as they are known."""
        stored = StoredFile(kind, "", name, mime, len(data), data)
        stored.width, stored.height = about.get("width", 0), about.get("height", 0)
        stored.duration = about.get("duration", 0)
        if kind == "photo":
            stored.width, stored.height = measured(data) or (1280, 960)
        if kind == "video" and not stored.width:
            stored.width, stored.height = 1280, 720
        if kind in ("photo", "video"):
            stored.small = self._keep(StoredFile("photo", "", "thumbnail.jpg", "", len(THUMBNAIL), THUMBNAIL))
        return self._keep(stored)

    def _keep(self, stored: StoredFile) -> str:
        number = len(self.by_id) + 1
        name = stored.name
        suffix = name[name.rfind(".") :] if "." in name else mimetypes.guess_extension(stored.mime) or ""
        stored.path = f"{KINDS[stored.kind]}/file_{number}{suffix}"
        file_id = f"AgACAgIAAxkBAAI{stored.kind}{number:06d}"
        self.by_id[file_id] = self.by_path[stored.path] = stored
        return file_id

    def sent(self, kind: str, value: str | Upload, uploads: dict[str, Upload], **about: int) -> str:
        """The file id for what a bot gave as a file: an upload, attach://part, an id that it knows, or a URL.

        about: what it tells of a new file, as in `keep`.
        """
        if isinstance(value, str) and value.startswith("attach://"):
            value = uploads.get(value.removeprefix("attach://"), "")
        if value == "":
            raise bad_request(f"There is no {kind} in the request")
        if isinstance(value, Upload):
            if not value.data:
                raise bad_request("file must be non-empty")
            if len(value.data) > UPLOAD_BYTES:
                raise Refused(413, "Request Entity Too Large")
            if kind == "photo":
                _is_photo(value.data)
            return self.keep(kind, value.name, value.mime, value.data, **about)
        if value.startswith(("http://", "https://")):
            foreign = (kind, "", value.rsplit("/", 1)[-1], mimetypes.guess_type(value)[0] or "", 0, None)
            return self._keep(StoredFile(*foreign))
        known = self.by_id.get(value)
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.title()} as {kind.title()}")
        return value

    def shown(self, file_id: str) -> dict[str, Any]:
        """The part of a Message that shows a file, as {"photo": […]} or {"document": {…}}."""
        stored = self.by_id[file_id]
        about = _about(file_id, stored)
        sides = {"width": stored.width, "height": stored.height}
        match stored.kind:
            case "photo":
                return {"photo": [*self._small(stored), {**about, **sides}]}
            case "voice":
                lasts = {"duration": stored.duration, "mime_type": stored.mime or "audio/ogg"}
                return {"voice": {**about, **lasts}}
            case "video":
                more = {"duration": stored.duration, "mime_type": stored.mime, "file_name": stored.name}
                small = self._small(stored)
                return {"video": {**about, **sides, **more, **({"thumbnail": small[0]} if small else {})}}
            case "sticker":
                square = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
                return {"sticker": {**about, **square, "type": "regular", "emoji": "👍"}}
            case _:
                return {"document": {**about, "file_name": stored.name, "mime_type": stored.mime}}

    def _small(self, stored: StoredFile) -> list[dict[str, Any]]:
        """The small size of a photo or video, if it has one: a file of its own, with little to be seen in it."""
        if not stored.small:
            return []
        scale = SMALL / max(stored.width, stored.height, SMALL)
        sides = {"width": round(stored.width * scale), "height": round(stored.height * scale)}
        return [{**_about(stored.small, self.by_id[stored.small]), **sides}]

    def asked(self, file_id: str) -> dict[str, Any]:
        """The answer to getFile."""
        stored = self.by_id.get(file_id)
        if stored is None or stored.data is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if stored.size > DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        return {**_about(file_id, stored), "file_path": stored.path}


def _about(file_id: str, stored: StoredFile) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": f"AQAD{file_id[-6:]}", "file_size": stored.size}


def _is_photo(data: bytes) -> None:
    """Refuse what Telegram would not show as a photo (words: seen in practice, they come from its servers)."""
    if len(data) > PHOTO_BYTES:
        raise bad_request("file is too big for a photo")
    sides = measured(data)
    if sides is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(sides) > PHOTO_SIDES or max(sides) > PHOTO_RATIO * min(sides):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
