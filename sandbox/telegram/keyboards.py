"""Keyboards under messages: what of them Telegram refuses, beyond the types of their fields."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.schema import Refused, bad_request

BUTTONS = 100
"""Most buttons of an inline keyboard (not documented; libraries and practice agree on it)."""
ROW = 8
"""Most buttons in a row (as BUTTONS)."""
STYLES = {"danger", "success", "primary"}
SCHEMES = {"http", "https", "tg", "ton"}
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "disabled",
)

Markup = dict[str, Any]


def check(markup: Markup | None) -> Markup | None:
    """A keyboard as Telegram keeps it, without empty rows; None for an inline one without buttons.

    Raises Refused (400). Stricter than Telegram: a button with two actions is refused, as is a row of more than
    eight (which some clients show badly and others refuse).
    """
    if markup is None:
        return None
    inline = "inline_keyboard" in markup
    name = "inline_keyboard" if inline else "keyboard"
    if name not in markup:
        return markup
    rows = [row for row in markup[name] if row]
    if sum(map(len, rows)) > BUTTONS:
        raise bad_request("reply markup is too long")
    for row in rows:
        if len(row) > ROW:
            raise bad_request(f"BUTTON_ROW_INVALID: more than {ROW} buttons in a row")
        for button in row:
            _button(button, inline)
    if not rows:
        return None
    return {**markup, name: rows}


def _button(button: dict[str, Any], inline: bool) -> None:
    kind = "Inline keyboard button" if inline else "Keyboard button"
    if not button["text"].strip():
        raise bad_request(f"{kind} text must be non-empty")
    if button.get("style", "primary") not in STYLES:
        raise _unparsed(inline, "invalid button style specified")
    if not inline:
        return
    actions = [action for action in ACTIONS if action in button]
    if not actions:
        raise _unparsed(inline, "Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _unparsed(inline, "exactly one of the optional fields must be used")
    if "url" in button:
        _url(button["url"])


def _unparsed(inline: bool, what: str) -> Refused:
    return bad_request(f"Can't parse {'inline ' if inline else ''}keyboard button: {what}")


def _url(url: str) -> None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        parts = urlsplit("")
    wrong = None
    if parts.scheme not in SCHEMES:
        wrong = "Unsupported URL protocol"
    elif parts.scheme.startswith("http") and "." not in (parts.hostname or ""):
        wrong = "Wrong HTTP URL"
    if wrong:
        raise bad_request(f"Inline keyboard button URL '{url}' is invalid: {wrong}")
