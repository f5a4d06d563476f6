"""Files on the page of phones: what they send, and what a browser is given of what they show."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.samples import PHOTOS, sample
from sandbox.wire import Phone, is_video

FILE_BYTES = 12 * 2**20
"""Most that a phone sends from the page at once; it comes as base64, a third longer."""
ALBUM = 10
SHOWN = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".mov": "video/mp4",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
}
"""Files that the browser shows, by their endings; any other might be a page of somebody's."""


class TooLarge(Exception):
    """More than FILE_BYTES."""


def content(order: dict[str, Any]) -> bytes:
    """The bytes of a file that came; 400 if it is not base64. Raises TooLarge."""
    try:
        data = base64.b64decode(order.get("data", ""), validate=True)
    except (TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text="data must be base64.") from error
    if len(data) > FILE_BYTES:
        raise TooLarge
    return data


def pictures(order: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The photos and videos that came, by name and bytes: of one's own, or samples. Raises TooLarge, 400."""
    items = order.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise web.HTTPBadRequest(text="items must be a list of objects.")
    if not 1 <= len(items) <= ALBUM:
        raise web.HTTPBadRequest(text=f"There must be 1 to {ALBUM} items.")
    found = [_picture(item) for item in items]
    if sum(len(data) for _name, data in found) > FILE_BYTES:
        raise TooLarge
    return found


def _picture(item: dict[str, Any]) -> tuple[str, bytes]:
    if item.get("sample") in PHOTOS:
        return item["sample"], sample(item["sample"])
    name, data = item.get("name"), content(item)
    if not isinstance(name, str) or not data:
        raise web.HTTPBadRequest(text="An item is a sample, or has a name and data.")
    return name[:256], data


async def send(phone: Phone, items: list[tuple[str, bytes]], caption: str) -> None:
    """Send one photo or video, or an album."""
    name, data = items[0]
    if len(items) > 1:
        await phone.sends_album(items, caption)
    elif is_video(name):
        await phone.sends_video(data, caption)
    else:
        await phone.sends_photo(data, caption, name)


def shown(request: web.Request, name: str, data: bytes) -> web.Response:
    """A file for the browser, or the part of it that was asked for, as players do; 416 if there is no such part.

    Whatever is not to be shown is to be kept.
    """
    kind = SHOWN.get(PurePosixPath(name).suffix.lower())
    where = f"{'inline' if kind else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Type": kind or "application/octet-stream", "Content-Disposition": where}
    headers["Accept-Ranges"] = "bytes"
    if "Range" not in request.headers:
        return web.Response(body=data, headers=headers)
    try:
        start, stop, _step = request.http_range.indices(len(data))
    except ValueError:
        start = stop = 0
    if start >= stop:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], headers=headers)
