"""Pictures for a chat: a bar that says how far a class has come."""

from __future__ import annotations

from papers.setting import set_in

SHARP = 200
"""Pixels an inch: on a phone the bar is shown as wide as the chat."""


def bar(title: str, said: str, done: int, of: int, language: str) -> bytes:
    """A PNG: the title (a class), a sentence such as "18 of 28 families are in", and the bar itself.

    title, said: in the language (an IETF tag) of whoever gets it. done, of: how much of how much; of nothing is
    an empty bar.
    """
    part = min(max(done / of, 0), 1) if of > 0 else 0
    return set_in("bar.typ", {"title": title, "said": said, "part": part, "language": language}, "png", SHARP)
