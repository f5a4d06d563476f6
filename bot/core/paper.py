"""What a `file` step gives: a paper, whose bytes are made later and apart from data that the step has read, or a file
that lies in the media store.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.bench import framed
from bot.core.workshop import name_of

SORTS = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".json": "application/json",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
}
"""What goes out, by its ending: nothing that a browser would run."""
PICTURES = {"image/png", "image/jpeg"}
VIDEO = "video/mp4"
_SHOWN_AS = {"image/jpeg": ".jpg", "image/png": ".png", VIDEO: ".mp4"}
"""How what is shown ends, whatever it was called: messengers look at it."""
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
NAME_LENGTH = 100
"""Signs of a file's name that are kept, its ending not counted."""
_SPACES = " \t\n\r"
_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that somebody may have: its name with an ending, its mime type, and how its bytes are made.

    make: a module's function, called apart (see workshop.py) with `given`: JSON values or bytes, read under the rights
    of whoever gets the file, and in their language.
    """

    name: str
    mime: str
    make: Callable[..., bytes]
    given: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        if SORTS.get(self.ending) != self.mime:
            raise ValueError(f"no file of ours is {self.mime} and ends so: {self.ending!r}")

    @property
    def file_name(self) -> str:
        """The name as a file can have it anywhere: no path, no sign that cannot be seen, not too long."""
        return harmless(self.name.removesuffix(self.ending), self.ending)

    @property
    def ending(self) -> str:
        """How its name ends, with the dot."""
        return ending_of(self.name)

    def fingerprint(self) -> bytes:
        """The same for papers whose bytes are the same."""
        made_of = hashlib.sha256(name_of(self.make).encode())
        for value in self.given:
            made_of.update(framed(value))
        return made_of.digest()


def ending_of(name: str) -> str:
    """How a file's name ends, with the dot; empty if it has none."""
    return "".join(name.rpartition(".")[1:]) if "." in name else ""


def harmless(stem: str, ending: str, otherwise: str = "klasno") -> str:
    """A file's name as it can be anywhere, whatever it is to be called; `otherwise` if nothing is left of that."""
    seen = "".join(sign for sign in stem if sign in _SPACES or not unicodedata.category(sign).startswith("C"))
    plain = " ".join(seen.split()).translate(_NOT_IN_NAMES).strip(" .")
    return f"{plain[:NAME_LENGTH].rstrip() or otherwise}{ending}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in the media store (see store.py), as `models.media.Medium` has it.

    medium: its id. sort: photo, video, voice or file. digest: of its bytes; None where only a messenger has them.
    thumb: of a small picture of it. refs: by messenger, what it is called there.
    """

    medium: int
    sort: str
    digest: str | None
    thumb: str | None
    mime: str
    name: str
    size: int
    width: int | None = None
    height: int | None = None
    seconds: int | None = None
    refs: Mapping[str, str] = field(default_factory=dict)

    @property
    def ending(self) -> str:
        """How its name ends, with the dot; empty if it has no ending."""
        said = _ENDING.search(self.name)
        return _SHOWN_AS.get(self.mime) or (said[0] if said else "")

    @property
    def file_name(self) -> str:
        """The name as a file can have it anywhere."""
        return harmless(_ENDING.sub("", self.name), self.ending)


@dataclass(frozen=True, slots=True)
class Printed:
    """A file as it goes.

    data: empty where the messenger has it already (`ref`), fetches it (`address`), or nobody has it.
    address, thumb_address: where it, and a small picture of it, can be fetched for some time, or None (see
    addresses.py). stored: what it is, if it lies in the store. sort: what it is shown as, see `Stored`. ref: what the
    messenger calls it. of: keys of those files of the letter that it stands for. instead: what is said where the
    messenger does not take it.
    """

    name: str
    mime: str
    data: bytes
    address: str | None = None
    stored: Stored | None = None
    thumb_address: str | None = None
    sort: str = "file"
    ref: str | None = None
    of: tuple[str, ...] = ()
    instead: str = ""

    @property
    def size(self) -> int:
        """Bytes, wherever they lie."""
        return self.stored.size if self.stored else len(self.data)


def sort_of(file: Paper | Stored, picture: bool) -> str:
    """What a file is shown as, see `Stored`; a paper is a photo if it is meant as a picture and is one."""
    if isinstance(file, Stored):
        return file.sort
    return "photo" if picture and file.mime in PICTURES else "file"


def shown(sorts: Sequence[str], albums: bool) -> bool:
    """Whether files of these sorts can carry words as a picture does.

    albums: whether the messenger shows several together; else they become one picture (see printer.py).
    """
    return "photo" in sorts or (not albums and sorts.count("video") > 1)
