"""What lies on the demo's table: a child's letter, and what the first run of Klasno printed for an empty school."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

import segno

from bot.demo_class import CLASS, EMPTY, PEOPLE, SCHOOL, Guest
from handlers.letters import letter
from models.invite import GOOD_FOR, Issued
from papers.letters import picture
from sandbox.page.table import Code, Sheet


def sheets(
    issued: Mapping[Guest, list[Issued]], links: Mapping[Guest, Mapping[str, str]], now: datetime
) -> list[Sheet]:
    """A sheet for each guest who is not in yet. links: of their invitation, by messenger."""
    return [_sheet(guest, issued[guest][0], links[guest], now) for guest in PEOPLE if not guest.is_in]


def _sheet(guest: Guest, issued: Issued, links: Mapping[str, str], now: datetime) -> Sheet:
    codes = [Code(messenger, issued.token, _code(link)) for messenger, link in links.items()]
    after = str(guest.number) if guest.platform == "telegram" else f"demo{guest.number}="
    if guest.children:
        child = guest.children[0]
        captions = {
            "uk": f"Лист на столі, {child}",
            "ru": f"Письмо на столе, {child}",
            "en": f"A letter on the table, {child}",
        }
        made = letter(f"{SCHOOL} · {CLASS}", "Europe/Kyiv", "uk", child, issued, now + GOOD_FOR, links)
        return Sheet("letter", captions, after, codes, picture(made))
    captions = {
        "uk": "Роздруківка на столі, порожня школа",
        "ru": "Распечатка на столе, пустая школа",
        "en": "A printout on the table, an empty school",
    }
    shown = [f"{messenger.capitalize()}: {link}" for messenger, link in links.items()]
    lines = ["$ klasno run", "", f"{EMPTY}: nobody is here yet.", *shown, f"Code: {issued.code}"]
    return Sheet("printout", captions, after, codes, lines=lines)


def _code(link: str) -> bytes:
    """A QR code as PNG."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", scale=4, border=3)
    return out.getvalue()
