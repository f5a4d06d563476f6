"""A person's phone with Viber on it: what it shows, and what the person does with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sandbox.wire import Changes

from . import checks, keyboard, marks
from .people import User

if TYPE_CHECKING:
    from .server import ViberServer

_KINDS = {"picture": "photo", "video": "document", "file": "document", "sticker": "sticker"}
_SENT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "photo": ("picture", "photo.png", {}),
    "voice": ("file", "voice.m4a", {"file_size": 10_259}),
    "document": ("file", "dovidka.pdf", {"file_size": 48_213}),
    "sticker": ("sticker", "sticker.png", {"sticker_id": 46_105}),
}
_PHONE_NUMBER = "380440000000"
_KYIV = {"lat": 50.4501, "lon": 30.5234}


class ViberPhone:
    """wire.Phone on Viber; every act returns once the event is queued, before the bot has answered.

    offline: hold what arrives, and its `delivered`, until it is set to False. devices: how many of them say
    `delivered`. opened: the URLs that were opened. tracking_data: that of the bot's last message.
    """

    platform: str = "viber"

    def __init__(self, server: ViberServer, user: User) -> None:
        self.address: str = user.id
        self.name: str = user.name
        self.language: str = user.language
        self.changes = Changes()
        self.user = user
        self.devices = 1
        self.opened: list[str] = []
        self.tracking_data: str | None = None
        self._server = server
        self._offline = False
        self._held: list[tuple[dict[str, Any], int]] = []
        self._started = False
        self._blocked = False
        self._messages: list[dict[str, Any]] = []
        self._files: dict[int, tuple[str, bytes]] = {}
        self._keyboard: list[list[dict[str, Any]]] | None = None
        self._buttons: dict[str, dict[str, Any]] = {}
        self._unread: int | None = None
        self._seen_by_me = 0

    # What it shows

    @property
    def blocked(self) -> bool:
        """Whether this person has unsubscribed and not come back."""
        return self._blocked

    def view(self) -> dict[str, Any]:
        """What the screen shows; see wire.Phone."""
        return {
            "platform": self.platform,
            "address": self.address,
            "name": self.name,
            "blocked": self.blocked,
            "started": self._started or self.user.subscribed,
            "messages": [dict(message) for message in self._messages],
            "keyboard": self._keyboard,
            "commands": [],
            "toast": None,
        }

    @property
    def screen(self) -> dict[str, Any]:
        """The bot's newest message, as in `view`; LookupError if it has sent none."""
        newest: dict[str, Any] | None = next(
            (message for message in reversed(self._messages) if not message["mine"]), None
        )
        if newest is None:
            raise LookupError(f"the bot has sent nothing to {self.name}")
        return newest

    @property
    def texts(self) -> list[str]:
        """The texts of the bot's messages, oldest first."""
        return [message["text"] for message in self._messages if not message["mine"]]

    @property
    def labels(self) -> list[str]:
        """What is written on the keys of the keyboard that is shown."""
        return [key["label"] for row in self._keyboard or [] for key in row]

    async def until_text(self, fragment: str, seconds: float = 5) -> dict[str, Any]:
        """Wait for a message of the bot holding `fragment`, since this person last did something; it."""

        def found() -> list[dict[str, Any]]:
            fresh = self._messages[self._seen_by_me :]
            return [message for message in fresh if not message["mine"] and fragment in message["text"]]

        await self.changes.until(
            lambda: bool(found()), seconds, f"{fragment!r} on {self.name}'s phone: {self.texts}"
        )
        return found()[-1]

    # What arrives

    @property
    def offline(self) -> bool:
        """Whether the phone is out of reach."""
        return self._offline

    @offline.setter
    def offline(self, offline: bool) -> None:
        self._offline = offline
        if not offline:
            held, self._held = self._held, []
            for message, token in held:
                self.gets(message, token)

    def gets(self, message: dict[str, Any], token: int) -> None:
        """Show a message that the server took, unless the client rejects its keyboard; tell the bot which."""
        if self._offline:
            self._held.append((message, token))
            return
        if wrongs := checks.rejections(message):
            self._server.complaints.extend(f"{self.address}: {wrong}" for wrong in wrongs)
            self._tell("failed", {"user_id": self.address, "desc": "; ".join(wrongs)}, token)
            return
        self._server.notes.extend(f"{self.address}: {note}" for note in checks.notes(message))
        board = message.get("keyboard")
        self._keyboard = self._keys(board) if board else None
        self.tracking_data = message.get("tracking_data")
        if kind := message.get("type"):
            rich = message.get("rich_media")
            self._add(False, _KINDS.get(kind, "text"), _words(message), self._keys(rich) if rich else [])
        if kind in ("picture", "file"):
            self._server.fetching.start(message, partial(self._has_file, self._messages[-1]))
        self._unread = token
        for _ in range(self.devices):
            self._tell("delivered", {"user_id": self.address}, token)
        self.changes.tell()

    def _add(self, mine: bool, kind: str, text: str, keys: list[list[dict[str, Any]]] | None = None) -> None:
        words, spans = marks.spans(text)
        self._messages.append(
            {
                "id": len(self._messages) + 1,
                "mine": mine,
                "kind": kind,
                "text": words,
                "spans": spans,
                "edited": False,
                "at": self._server.clock(),
                "keys": keys or [],
                "file": None,
            }
        )

    def _has_file(self, shown: dict[str, Any], name: str, data: bytes) -> None:
        self._files[shown["id"]] = name, data
        shown["file"] = {"name": name, "size": len(data)}
        self.changes.tell()

    def file(self, message: int) -> tuple[str, bytes]:
        """Name and bytes of the file that the bot sent with this message; LookupError if there is none."""
        return self._files[message]

    def _keys(self, board: dict[str, Any]) -> list[list[dict[str, Any]]]:
        return [row for row in ([self._key(*one) for one in line] for line in keyboard.rows_of(board)) if row]

    def _key(self, button: dict[str, Any], place: keyboard.Place) -> dict[str, Any]:
        token = f"k{len(self._buttons) + 1}"
        self._buttons[token] = button
        action = button.get("ActionType", "reply")
        colour = button.get("BgColor")
        return {
            "label": marks.label(button.get("Text", "")),
            "token": token,
            "columns": place.columns,
            "rows": place.rows,
            "colour": colour.lower() if colour else None,
            "url": button["ActionBody"] if action == "open-url" else None,
            "style": None,
            "inert": action == "none",
        }

    # What the person does

    async def opens(self, payload: str = "") -> None:
        """Open the bot by its deep link: `conversation_started`, the welcome comes in its answer."""
        self._acts()
        self._started = True
        body: dict[str, Any] = {"type": "open", "user": self._server.profile(self.user)}
        if payload:
            body["context"] = payload
        body["subscribed"] = self.user.subscribed
        self._server.event(
            self.user, "conversation_started", body, answered=lambda raw: self._server.welcome(self, raw)
        )
        self.changes.tell()

    async def says(self, text: str) -> None:
        """Type a text and send it; whoever was not subscribed is so now."""
        self._add(True, "text", text)
        self._writes({"type": "text", "text": text}, self.tracking_data)

    async def type_raw(self, text: str, tracking_data: str | None = None) -> None:
        """Send a text with any tracking_data or none, as a meddled client may."""
        self._add(True, "text", text)
        self._writes({"type": "text", "text": text}, tracking_data)

    async def presses(self, key: str) -> None:
        """Press a key by token (also one of a keyboard that is gone) or by label; see wire.Phone."""
        button = self._buttons.get(key) or self._buttons[self._token_of(key)]
        action, body = button.get("ActionType", "reply"), button["ActionBody"]
        silent = button.get("Silent", False)
        message: dict[str, Any] = {"type": "text", "text": body}
        if action == "none":
            return
        if action == "open-url":
            self.opened.append(body)
            if silent:
                return
        if action == "share-phone":
            message = {"type": "contact", "contact": {"name": self.name, "phone_number": _PHONE_NUMBER}}
        if action == "location-picker":
            message = {"type": "location", "location": dict(_KYIV)}
        if not silent:
            self._add(True, "text", _words(message))
        self._writes(message, self.tracking_data, silent=silent)

    def _token_of(self, label: str) -> str:
        boards = [self._keyboard or [], *(message["keys"] for message in reversed(self._messages))]
        for board in boards:
            for key in (key for row in reversed(board) for key in reversed(row)):
                if key["label"] == label:
                    return str(key["token"])
        raise LookupError(f"no key {label!r} on {self.name}'s phone, only {self.labels}")

    async def sends(
        self, kind: Literal["photo", "voice", "sticker", "document", "forward"], text: str = ""
    ) -> None:
        """Send something that is not a plain text.

        A voice message arrives as a file (unsure), a forwarded one as a text like any other.
        """
        message: dict[str, Any] = {"type": "text", "text": text}
        if kind in _SENT:
            wire_type, name, more = _SENT[kind]
            message = {"type": wire_type, "media": self._server.media(name), "file_name": name, **more}
        if kind == "photo":
            message |= {"text": text, "thumbnail": message["media"]}
        self._add(True, "text" if kind == "forward" else kind, text)
        self._writes(message, self.tracking_data)

    async def sends_file(self, name: str, data: bytes, mime: str = "", told: int | None = None) -> None:
        """Send a file; its URL lives for an hour. told: the size that the message tells, if not the true one."""
        url = self._server.media(name, data, mime)
        size = len(data) if told is None else told
        self._add(True, "document", name)
        message = {"type": "file", "media": url, "file_name": name, "file_size": size}
        self._writes(message, self.tracking_data)

    async def blocks(self) -> None:
        """Unsubscribe."""
        self._acts()
        self._blocked = True
        self.user.subscribed = False
        self._tell("unsubscribed", {"user_id": self.address})
        self.changes.tell()

    async def unblocks(self) -> None:
        """Press "subscribe": `subscribed`, and none if already so."""
        self._acts()
        self._blocked = False
        if not self.user.subscribed:
            self.user.subscribed = True
            self._tell("subscribed", {"user": self._server.profile(self.user)})
        self.changes.tell()

    async def looks(self) -> None:
        """Look at the phone: one `seen` for all that was unread."""
        if self._unread is not None and not self._offline:
            self._tell("seen", {"user_id": self.address}, self._unread)
            self._unread = None

    def _acts(self) -> None:
        self._seen_by_me = len(self._messages)

    def _writes(self, message: dict[str, Any], tracking_data: str | None, silent: bool = False) -> None:
        self._acts()
        self._started, self._blocked = True, False
        self.user.writes(self._server.clock())
        if tracking_data is not None:
            message["tracking_data"] = tracking_data
        sender = self._server.profile(self.user)
        self._tell("message", {"sender": sender, "message": message, "silent": silent})
        self.changes.tell()

    def _tell(self, event: str, more: dict[str, Any], token: int | None = None) -> None:
        self._server.event(self.user, event, more, token=token)


def _words(message: dict[str, Any]) -> str:
    """What can be read of a bot's message of any type."""
    if contact := message.get("contact"):
        return f"{contact['name']} {contact['phone_number']}"
    if location := message.get("location"):
        return f"{location['lat']}, {location['lon']}"
    named = message.get("text") or message.get("file_name") or message.get("alt_text")
    return str(named or (message["media"] if message["type"] == "url" else ""))
