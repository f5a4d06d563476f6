"""The page behind an invitation's https address: a button that opens the messenger, and the code in large signs.

For messengers that do not let people tap the other one's links. It asks nothing of the database and keeps nothing:
what it shows is what the address says. No script, nothing fetched, not kept by the browser, told to no other site.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from aiohttp import web

from bot.core.i18n import LANGUAGES, _, closest, speaking
from models.invite import code_of

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:18px/1.5 system-ui,sans-serif;max-width:26em;margin:3em auto;padding:0 1em;text-align:center}"
    "a{display:block;margin:1em 0;padding:.8em;border-radius:.6em;background:#1d5fbf;color:#fff;"
    "text-decoration:none;font-weight:600}"
    "a:focus-visible{outline:3px solid;outline-offset:3px}"
    "b{display:block;margin:.4em 0;font-size:1.7em;letter-spacing:.06em}"
)


def invitation_page(token: str, links: Mapping[str, str], accepts: str) -> web.Response:
    """The page of one invitation. links: by messenger, what its button opens. accepts: an Accept-Language header."""
    if not TOKEN.fullmatch(token):
        return web.Response(status=404, headers=HEADERS)
    tag = spoken(accepts)
    with speaking(tag):
        title, write = _("An invitation to Klasno"), _("Does nothing open? Write this code to the bot:")
        opening = _("Open {messenger}")
        buttons = "".join(
            f'<a href="{escape(link)}">{escape(opening.format(messenger=name.capitalize()))}</a>'
            for name, link in links.items()
        )
        text = (
            f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
            f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{buttons}"
            f"<p>{escape(write)}<b>{code_of(token)}</b></p>"
            "</body></html>"
        )
    return web.Response(text=text, content_type="text/html", headers=HEADERS)


def spoken(accepts: str) -> str:
    """The first of an Accept-Language header's languages that Klasno speaks; browsers name the dearest first."""
    for part in accepts.split(",")[:20]:
        found = closest(part.split(";")[0].strip(), "")
        if found:
            return found
    return next(iter(LANGUAGES))
