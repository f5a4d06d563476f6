"""The letters of a class: for each child its invitation, with codes for a phone's camera and one to type."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import segno

from papers.setting import set_in


class Door(TypedDict):
    """A messenger by which one can come in. name: the bot's own there, may be empty."""

    label: str
    name: str
    link: str


class Letter(TypedDict):
    """What one letter says, each text in the family's language (an IETF tag).

    place: school and class. title: what this is, in a few words. how: what to do with the codes for the camera.
    by_hand: what to do with the code that is typed. until: how long it is good for. lines: what this is and what
    becomes of the data, three short ones.
    """

    language: str
    place: str
    child: str
    title: str
    how: str
    doors: list[Door]
    by_hand: str
    code: str
    until: str
    lines: list[str]


Form = Literal["page", "four"]


def letters(title: str, language: str, form: Form, of: Sequence[Letter]) -> bytes:
    """The letters as PDF, in the order given. title, language: of the document, which readers and screens tell.

    form: one on a page, or four on a page with lines to cut along.
    """
    return set_in("letters.typ", _drawn(title, language, form, of), "pdf")


def picture(of: Letter) -> bytes:
    """One letter, a page of its own, as PNG."""
    return set_in("letters.typ", _drawn(of["title"], of["language"], "page", [of]), "png", ppi=110)


def _drawn(title: str, language: str, form: str, of: Sequence[Letter]) -> dict[str, Any]:
    """What the template gets: the letters, and the codes of their doors as pictures."""
    drawn = [{**one, "doors": [{**door, "svg": _code(door["link"])} for door in one["doors"]]} for one in of]
    return {"title": title, "language": language, "form": form, "letters": drawn}


def _code(link: str) -> str:
    """The link as a QR code: a picture with the white edge that cameras need."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False, omitsize=True)
    return out.getvalue().decode()
