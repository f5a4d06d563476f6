"""The files that the stand-in keeps: those a bot uploaded and those people sent."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.schema import Refused, Upload, bad_request

UPLOAD_BYTES = 50 * 2**20
"""Largest file that a bot may send (https://core.telegram.org/bots/api#sending-files)."""
PHOTO_BYTES = 10 * 2**20
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
    """One file: what it is sent as, its path under /file/bot<token>/, and its bytes (None: behind a foreign URL)."""

    kind: str
    path: str
    name: str
    mime: str
    size: int
    data: bytes | None = field(repr=False)


class Files:
    """File ids and what they stand for."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.by_path: dict[str, StoredFile] = {}

    def keep(self, kind: str, name: str, mime: str, data: bytes) -> str:
        """Keep a file and give its id."""
        number = len(self.by_id) + 1
        suffix = name[name.rfind(".") :] if "." in name else mimetypes.guess_extension(mime) or ""
        stored = StoredFile(kind, f"{KINDS[kind]}/file_{number}{suffix}", name, mime, len(data), data)
        file_id = f"AgACAgIAAxkBAAI{kind}{number:06d}"
        self.by_id[file_id] = self.by_path[stored.path] = stored
        return file_id

    def sent(self, kind: str, value: str | Upload, uploads: dict[str, Upload]) -> str:
        """The file id for what a bot gave as a file: an upload, attach://part, an id that it knows, or a URL."""
        if isinstance(value, str) and value.startswith("attach://"):
            value = uploads.get(value.removeprefix("attach://"), "")
        if value == "":
            raise bad_request(f"There is no {kind} in the request")
        if isinstance(value, Upload):
            if not value.data:
                raise bad_request("file must be non-empty")
            if len(value.data) > UPLOAD_BYTES:
                raise Refused(413, "Request Entity Too Large")
            if kind == "photo" and len(value.data) > PHOTO_BYTES:
                raise bad_request("file is too big for a photo")
            return self.keep(kind, value.name, value.mime, value.data)
        if value.startswith(("http://", "https://")):
            file_id = self.keep(kind, value.rsplit("/", 1)[-1], mimetypes.guess_type(value)[0] or "", b"")
            self.by_id[file_id].data = None
            return file_id
        known = self.by_id.get(value)
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise bad_request(f"can't use file of type {known.kind.title()} as {kind.title()}")
        return value

    def shown(self, file_id: str) -> dict[str, Any]:
        """The part of a Message that shows a file, as {"photo": […]} or {"document": {…}}."""
        stored = self.by_id[file_id]
        about: dict[str, Any] = {
            "file_id": file_id,
            "file_unique_id": f"AQAD{file_id[-6:]}",
            "file_size": stored.size,
        }
        match stored.kind:
            case "photo":
                small = {**about, "file_unique_id": about["file_unique_id"] + "s", "width": 90, "height": 68}
                return {"photo": [small, {**about, "width": 1280, "height": 960}]}
            case "voice":
                return {"voice": {**about, "duration": 4, "mime_type": stored.mime or "audio/ogg"}}
            case "video":
                return {
                    "video": {**about, "width": 1280, "height": 720, "duration": 10, "file_name": stored.name}
                }
            case "sticker":
                square = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
                return {"sticker": {**about, **square, "type": "regular", "emoji": "👍"}}
            case _:
                return {"document": {**about, "file_name": stored.name, "mime_type": stored.mime}}

    def asked(self, file_id: str) -> dict[str, Any]:
        """The answer to getFile."""
        stored = self.by_id.get(file_id)
        if stored is None or stored.data is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if stored.size > DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"AQAD{file_id[-6:]}",
            "file_size": stored.size,
            "file_path": stored.path,
        }
