"""Pictures for a chat: bars that say how far a class, or an announcement, has come."""

from __future__ import annotations

from collections.abc import Sequence

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


def stages(title: str, said: str, rows: Sequence[tuple[str, str, int]], of: int, language: str) -> bytes:
    """A PNG: the title, a sentence, and for each stage a bar of how much of `of` has come so far.

    rows: the stage (its colour's name in stages.typ), what it is called, and how many. title, said and what stages
    are called: in the language (an IETF tag) of whoever gets it.
    """
    bars = [
        (stage, label, min(max(number / of, 0), 1) if of > 0 else 0, str(number))
        for stage, label, number in rows
    ]
    data = {"title": title, "said": said, "rows": bars, "language": language}
    return set_in("stages.typ", data, "png", SHARP)
