"""Names that somebody might have, and texts that nobody should: for whatever is shown."""

from __future__ import annotations

import random
import unicodedata
from urllib.parse import unquote

from bot.core.marks import Mark, Marked, Style

PLAIN = [
    "Оля <b>Коваль</b>",
    "<script>alert(1)</script>",
    "</font><font color='red'>x",
    "a & b &amp; c &#60;",
    "*Оля* _Коваль_ ~x~ ```код```",
    "[Оля](https://example.org)",
    "_*[`",
    "Мар'яна Д’Артаньян-О\u02bcКоннор",
    "\u202eьлавоК ялО\u202c",
    "О\u200bл\u200dя\u2060\ufeff",
    "👩\u200d👩\u200d👧\u200d👦 Родина 🇺🇦",
    "🤒" * 60,
    "x" * 120,
    "Я" * 120,
    "#12.0",
    "/start",
    "{name} {0} %s %(n)d",
    "https://example.org/a_b_c*d",
    "=1+1",
    "ﷺ" * 20,
    "Z͑ͫ̓a̴l̸g̶o̷" * 5,
    "\u00a0 Оля \u2009",
    'O\'Brien "Бобі" \\n \\',
    "@klasno_bot",
    "1",
    "..",
]
PIECES = [
    *"<>&*_~`[](){}#@/\\|'\"%=+-.,:;!?",
    "\u202e",
    "\u202a",
    "\u200b",
    "\u200d",
    "\u2060",
    "\u00ad",
    "\ufe0f",
    "🤒",
    "👍🏽",
    "é",
    "е\u0301",
    "ß",
    "漢",
    "ﷲ",
    "𝓐",
    "Оля",
    "Коваль",
    "x",
    " ",
]


def names(count: int, seed: int = 7) -> list[str]:
    """So many names of at most 120 signs, all different, the same in every run; each has something to be seen."""
    dice = random.Random(seed)
    found = dict.fromkeys(PLAIN)
    while len(found) < count:
        name = "".join(dice.choices(PIECES, k=dice.randint(1, 40))).strip()[:120]
        if any(unicodedata.category(sign)[0] in "LNS" for sign in name):
            found[name] = None
    return list(found)


def marked(name: str, style: Style) -> list[Marked]:
    """Texts with a name and with marks: beside it, on it and around it."""
    word = Marked("завтра", (Mark(style, 0, 6),))
    called = Marked(name, (Mark(style, 0, len(name)),))
    around = (Mark(style, 9, len(name) + 10), Mark(Style.BOLD, 0, 9))
    return [
        Marked(f"{name}: ") + word + Marked(f", {name}"),
        Marked("Для: ") + called + Marked(". ") + word + Marked(f"! {name}"),
        Marked(f"Чекаємо: {name} (і всіх)", around) + Marked("\n") + called,
    ]


GAP = "\N{HAIR SPACE}"
"""What breaks a mark on Viber (bot/viber/render.py)."""


def seen(text: str) -> str:
    """A text as far as eyes go: white space is one space, and Viber's broken marks are marks.

    In addresses Viber is given %5F for a mark that would style them.
    """
    return " ".join(unquote(text).replace(GAP, "").split())
