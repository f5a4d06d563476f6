"""A page of phones that remember what was done to them, for tests that look at it in a browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from playwright.async_api import Page

from sandbox.page.stage import Mischief, Stage
from sandbox.page.table import Code, Sheet
from sandbox.wire import Changes, Phone

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest picture."""
MONDAY_SEVEN = 1_795_410_600.0  # Monday, 23 November 2026, 07:10 in Kyiv


def key(label: str, token: str = "", **more: Any) -> dict[str, Any]:
    bare = {"columns": 6, "rows": 1, "colour": None, "url": None, "style": None, "inert": False}
    return {"label": label, "token": token or label, **bare, **more}


class FakePhone:
    """A phone without a messenger behind it: shows what the test puts there, writes down what the page did."""

    def __init__(self, platform: str, address: str, name: str, language: str = "uk") -> None:
        self.platform, self.address, self.name, self.language = platform, address, name, language
        self.changes = Changes()
        self.blocked = False
        self.started = True
        self.messages: list[dict[str, Any]] = []
        self.keyboard: list[list[dict[str, Any]]] | None = None
        self.commands: list[dict[str, str]] = []
        self.toast: str | None = None
        self.done: list[tuple[str, ...]] = []
        self.files: dict[int, tuple[str, bytes]] = {}

    def view(self) -> dict[str, Any]:
        shown = (
            "platform",
            "address",
            "name",
            "blocked",
            "started",
            "messages",
            "keyboard",
            "commands",
            "toast",
        )
        return {name: getattr(self, name) for name in shown}

    def bot_says(self, text: str, *rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        return self.gets(text, mine=False, keys=list(rows), **more)

    def gets(self, text: str, **more: Any) -> dict[str, Any]:
        message = {
            "id": len(self.messages) + 1, "mine": True, "kind": "text", "text": text, "spans": [],
            "edited": False, "at": MONDAY_SEVEN, "keys": [], "file": None, "group": None, "reply": None,
            "seconds": None, **more,
        }  # fmt: skip
        self.messages.append(message)
        self.changes.tell()
        return message

    def note(self, *what: str) -> None:
        self.done.append(what)
        self.changes.tell()

    async def was(self, *what: str) -> None:
        """Wait until that was done on this phone."""
        await self.changes.until(lambda: what in self.done, what=f"{what} among {self.done}")

    async def opens(self, payload: str = "") -> None:
        if not payload.isascii():
            raise ValueError(payload)
        self.started = True
        self.note("opens", payload)

    async def says(
        self, text: str, entities: Sequence[Mapping[str, Any]] = (), reply_to: int | None = None
    ) -> None:
        if reply_to not in {None, *(message["id"] for message in self.messages)}:
            raise LookupError(reply_to)
        self.gets(text)
        self.note("says", text, *([] if reply_to is None else [str(reply_to)]))

    async def forwards(self, text: str) -> None:
        self.note("forwards", text)

    async def sends_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> None:
        self.note("sends_photo", name, str(len(data)), caption)

    async def sends_video(self, data: bytes, caption: str = "", duration: int = 10) -> None:
        self.note("sends_video", str(len(data)), caption)

    async def sends_voice(self, data: bytes, duration: int = 4) -> None:
        self.note("sends_voice", str(len(data)))

    async def sends_album(self, items: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        self.note("sends_album", *(name for name, _data in items), caption)

    def file(self, message: int) -> tuple[str, bytes]:
        return self.files[message]

    async def presses(self, key: str) -> None:
        tokens = [each["token"] for message in self.messages for row in message["keys"] for each in row]
        if key not in tokens + [each["token"] for row in self.keyboard or [] for each in row]:
            raise LookupError(key)
        self.note("presses", key)

    async def sends(
        self, kind: Literal["photo", "voice", "sticker", "document", "forward"], text: str = ""
    ) -> None:
        self.note("sends", kind, text)

    async def sends_file(self, name: str, data: bytes, mime: str = "") -> None:
        self.note("sends_file", name, data.decode(), mime)

    async def blocks(self) -> None:
        self.blocked = True
        self.note("blocks")

    async def unblocks(self) -> None:
        self.blocked = False
        self.note("unblocks")


class Clock:
    def __init__(self) -> None:
        self.time = MONDAY_SEVEN

    def now(self) -> float:
        return self.time

    def wind(self, seconds: float) -> None:
        self.time += seconds


class Show:
    """A stage with two phones, served at `url`."""

    def __init__(self) -> None:
        self.telegram = FakePhone("telegram", "101", "Ігор")
        self.viber = FakePhone("viber", "aB/c+d==", "Ніна", "ru")
        self.clock = Clock()
        self.letters: list[dict[str, str | int | float | None]] = []
        self.alive = True
        self.troubled: list[Phone | None] = []
        phones: list[Phone] = [self.telegram, self.viber]
        self.stage = Stage(
            phones=phones,
            captions={"101": "Ігор, тато Олі", "aB/c+d==": "Ніна, бабуся Максима"},
            clock=self.clock,
            outbox=self.outbox,
            mischief=[Mischief("kill", "kill", self.kill), Mischief("twice", "twice", self.twice)],
            status=lambda: {"running": self.alive, "pid": 4711, "since": MONDAY_SEVEN},
            hint={"uk": "Спробуйте: Ігор."},
            table=[
                Sheet(
                    "letter",
                    {"uk": "Лист, на столі", "en": "A letter, on the table"},
                    "aB/c+d==",
                    [Code("telegram", "tg-secret", PNG), Code("viber", "vb-secret", PNG)],
                    lines=("Клас 3-Б",),
                ),
                Sheet(
                    "poster",
                    {"uk": "Плакат, на стіні"},
                    "101",
                    [Code("telegram", "tg-wall", PNG)],
                    picture=PNG,
                ),
            ],
        )
        self.url = ""

    async def outbox(self) -> list[dict[str, str | int | float | None]]:
        return self.letters

    async def kill(self, phone: Phone | None) -> str | None:
        self.alive = False
        return None

    async def twice(self, phone: Phone | None) -> str | None:
        self.troubled.append(phone)
        return "Надіслано двічі."


def chat(page: Page, name: str) -> Any:
    return page.get_by_role("log", name=re.compile(name))
