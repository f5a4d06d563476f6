"""Texts and facts as files: a text that every phone opens, and JSON for whoever wants to work on it."""

from __future__ import annotations

import json


def as_text(text: str) -> bytes:
    """A plain text; its first bytes say that it is UTF-8, or Windows would guess."""
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def as_json(facts: object) -> bytes:
    """JSON, indented to be read."""
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode()
