"""A person's phone with Viber on it: what it shows, and what the person does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from sandbox.samples import PAPER, PHOTO, THUMBNAIL, sample
from sandbox.wire import Changes, is_video

from . import checks, keyboard, marks
from .people import User

if TYPE_CHECKING:
    from .server import ViberServer

_KINDS = {"picture": "photo", "video": "video", "file": "document", "sticker": "sticker"}
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
        if kind in ("picture", "video", "file"):
            self._messages[-1]["seconds"] = message.get("duration")
            self._server.fetching.start(message, partial(self._has_file, self._messages[-1]))
        self._unread = token
        for _ in range(self.devices):
            self._tell("delivered", {"user_id": self.address}, token)
        self.changes.tell()

    def _add(
        self, mine: bool, kind: str, text: str, keys: list[list[dict[str, Any]]] | None = None, **more: Any
    ) -> dict[str, Any]:
        words, spans = marks.spans(text)
        message = {
            "id": len(self._messages) + 1,
            "mine": mine,
            "kind": kind,
            "text": words,
            "spans": spans,
            "edited": False,
            "at": self._server.clock(),
            "keys": keys or [],
            "file": None,
            "group": None,
            "reply": None,
            "seconds": None,
            **more,
        }
        self._messages.append(message)
        return message

    def _has_file(self, shown: dict[str, Any], name: str, data: bytes) -> None:
        self._files[shown["id"]] = name, data
        shown["file"] = {"name": name, "size": len(data)}
        self.changes.tell()

    def file(self, message: int) -> tuple[str, bytes]:
        """Name and bytes of the file of this message; LookupError if there is none."""
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

    async def says(
        self, text: str, entities: Sequence[Mapping[str, Any]] = (), reply_to: int | None = None
    ) -> None:
        """Type a text, its styles as marks, and send it; whoever was not subscribed is so now.

        reply_to: the message that is answered. The bot hears nothing of it.
        """
        written, answered = marks.typed(text, entities), None
        if reply_to is not None:
            answered = next((one for one in self._messages if one["id"] == reply_to), None)
            if answered is None:
                raise LookupError(f"no message {reply_to} on {self.name}'s phone")
        reply = answered and {"kind": answered["kind"], "text": answered["text"]}
        self._add(True, "text", written, reply=reply)
        self._writes({"type": "text", "text": written}, self.tracking_data)

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

    async def forwards(self, text: str) -> None:
        """Send on what somebody else wrote elsewhere: a text like any other (unsure)."""
        await self.says(text)

    async def sends(
        self, kind: Literal["photo", "voice", "sticker", "document", "forward"], text: str = ""
    ) -> None:
        """Send something that is not a plain text; only pictures have words."""
        match kind:
            case "photo":
                await self.sends_photo(PHOTO, text)
            case "voice":
                await self.sends_voice(sample("voice.m4a"))
            case "sticker":
                url = self._server.media("sticker.png", THUMBNAIL)
                self._add(True, "sticker", text)
                self._writes({"type": "sticker", "media": url, "sticker_id": 46_105}, self.tracking_data)
            case "document":
                await self.sends_file("dovidka.pdf", PAPER)
            case "forward":
                await self.forwards(text or "Завтра збори о 18:00")

    async def sends_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> None:
        self._sends_photo(data, caption, name)

    def _sends_photo(self, data: bytes, caption: str, name: str, group: str | None = None) -> None:
        small = self._server.media("thumbnail.jpg", THUMBNAIL)
        self._sends(
            "photo", name, data, {"type": "picture", "text": caption, "thumbnail": small}, group=group
        )

    async def sends_video(self, data: bytes, caption: str = "", duration: int = 10) -> None:
        """Send a video; it has no words, so a caption is a message of its own, after it."""
        self._sends_video(data, "video.mp4", duration)
        if caption:
            await self.says(caption)

    def _sends_video(self, data: bytes, name: str, duration: int, group: str | None = None) -> None:
        small = self._server.media("thumbnail.jpg", THUMBNAIL)
        about = {"type": "video", "thumbnail": small, "duration": duration, "size": len(data)}
        self._sends("video", name, data, about, seconds=duration, group=group)

    async def sends_voice(self, data: bytes, duration: int = 4) -> None:
        """Send a voice message: it arrives as a file (unsure)."""
        about = {"type": "file", "file_size": len(data)}
        self._sends("voice", "voice.m4a", data, about, seconds=duration)

    async def sends_album(self, items: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Several photos and videos, quickly one after another; the bot cannot know that they belong together."""
        if not 2 <= len(items) <= 10:
            raise ValueError(f"an album is of 2 to 10, not {len(items)}")
        group = f"album {len(self._messages) + 1}"
        for name, data in items:
            if is_video(name):
                self._sends_video(data, name, 10, group)
            else:
                self._sends_photo(data, caption, name, group)
                caption = ""

    async def sends_file(self, name: str, data: bytes, mime: str = "", told: int | None = None) -> None:
        """Send a file; its URL lives for an hour. told: the size that the message tells, if not the true one."""
        size = len(data) if told is None else told
        self._sends("document", name, data, {"type": "file", "file_size": size}, mime)

    def _sends(
        self, kind: str, name: str, data: bytes, message: dict[str, Any], mime: str = "", **more: Any
    ) -> None:
        """Put a file into the chat, and the message about it on its way."""
        words = name if kind == "document" else message.get("text", "")
        shown = self._add(True, kind, words, **more)
        self._has_file(shown, name, data)
        url = self._server.media(name, data, mime)
        self._writes({**message, "media": url, "file_name": name}, self.tracking_data)

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
