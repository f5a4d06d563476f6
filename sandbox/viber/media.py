"""What people send, as the files that it is."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that a person sent. until: seconds since the epoch; data: its bytes."""

    until: float
    name: str
    data: bytes = field(repr=False)
    mime: str

    def kind(self) -> str:
        """What it is, by its name unless the phone has said so."""
        return self.mime or mimetypes.guess_type(self.name)[0] or "application/octet-stream"
