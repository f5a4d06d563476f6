"""Sheets of paper that lie beside the phones: a picture or printed lines, and codes that a phone's camera can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Phone


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code on a sheet. platform: whose camera reads it; payload: what opens the bot; picture: the code as PNG."""

    platform: str
    payload: str
    picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    name: its place in the address. captions: what it is, by language, "name, note". after: the address of the phone
    that it lies beside, whose owner it is for. picture: a PNG of it; without one, `lines` are what is printed on it.
    """

    name: str
    captions: Mapping[str, str]
    after: str
    codes: Sequence[Code]
    picture: bytes | None = field(default=None, repr=False)
    lines: Sequence[str] = ()

    def about(self) -> dict[str, Any]:
        """For the page; what opens the bot stays here."""
        return {
            "name": self.name,
            "captions": dict(self.captions),
            "after": self.after,
            "codes": [code.platform for code in self.codes],
            "picture": self.picture is not None,
            "lines": list(self.lines),
        }

    def code(self, platform: str) -> Code | None:
        """The code for that messenger, if there is one."""
        return next((code for code in self.codes if code.platform == platform), None)


async def scan(code: Code, phone: Phone) -> None:
    """Hold a phone over a code: the messenger opens the bot with what the code says."""
    await phone.opens(code.payload)
