"""Files for whoever opens their address: a person who prints, or a messenger that shows them (see addresses.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog
from aiohttp import web

from bot.core.addresses import PATH, Forged
from bot.core.bench import Unreadable
from bot.core.flows import StaleLink
from bot.core.i18n import LANGUAGES, N_, _, speaking
from bot.core.paper import Printed
from bot.core.printer import THUMB
from bot.core.store import NotStored, StoreAway
from bot.core.workshop import WorkshopFailed
from models.database import Busy
from models.errors import NotYours

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger()

_DISCREET = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
_SHOWN = {
    "application/pdf",
    "image/png",
    "image/jpeg",
    "text/plain",
    "video/mp4",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
}
"""What a browser shows; the rest it is told to keep."""
_NOT_HERE = N_("This page is not here, or not any more. Please ask the bot for a new address.")
_NOT_NOW = N_("The file cannot be made just now. Please open this page again in a minute.")


def add_handouts(served: web.Application, app: App) -> None:
    """The route of addresses, for GET and HEAD."""

    async def hand_out(request: web.Request) -> web.Response:
        try:
            chat, link = app.addresses.read(request.match_info["signed"], app.clock.now())
            small = request.match_info["name"] == THUMB
            return _file(await (app.printer.thumb if small else app.printer.printed)(chat, link))
        except (Forged, NotYours, StaleLink, NotStored):
            return _page(404, _NOT_HERE)
        except (Unreadable, WorkshopFailed, StoreAway, Busy):
            return _page(503, _NOT_NOW)
        except Exception as error:  # noqa: BLE001 (whatever a step breaks on, a stranger learns nothing of it)
            log.error("download.broken", error=type(error).__name__)
            return _page(503, _NOT_NOW)

    served.router.add_get(f"{PATH}/{{signed}}/{{name}}", hand_out)


def _file(file: Printed) -> web.Response:
    way = "inline" if file.mime in _SHOWN else "attachment"
    kept = f"{way}; filename*=UTF-8''{quote(file.name, safe='')}"
    kind = f"{file.mime}; charset=utf-8" if file.mime.startswith("text/") else file.mime
    headers = {**_DISCREET, "Content-Type": kind, "Content-Disposition": kept}
    return web.Response(body=file.data, headers=headers)


def _page(status: int, sentence: str) -> web.Response:
    """A plain sentence in every language, since nobody knows who asks."""
    lines = []
    for language in LANGUAGES:
        with speaking(language):
            lines.append(_(sentence))
    text = "\n\n".join(lines) + "\n"
    return web.Response(status=status, text=text, headers=_DISCREET, content_type="text/plain")
