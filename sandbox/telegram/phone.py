"""A person with Telegram: their chat with the bot, what they see of it, and what they do in it."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from sandbox.samples import PAPER, PHOTO, sample
from sandbox.telegram import seeing
from sandbox.telegram.files import StoredFile
from sandbox.telegram.markup import found, pieces
from sandbox.telegram.seeing import Shown
from sandbox.wire import Changes, is_video

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramServer

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
"""What may stand behind ?start= (https://core.telegram.org/bots/features#deep-linking)."""


class TelegramPhone:
    """One person's private chat with the bot; made by TelegramServer.person. Implements sandbox.wire.Phone."""

    platform = "telegram"

    def __init__(
        self, server: TelegramServer, id: int, name: str, language: str | None, last_name: str
    ) -> None:
        self.id = id
        self.address = str(id)
        self.name = f"{name} {last_name}".strip()
        self.language = language or ""
        self.changes = Changes()
        self.started = False
        self.deactivated = False
        self.shown: dict[int, Shown] = {}
        self.keyboard: dict[str, Any] | None = None
        self.toast: str | None = None
        self.toast_is_alert = False
        self.followed: list[str] = []
        """What came of keys that do nothing at the server: opened links and copied texts."""
        self.reactions: dict[int, list[dict[str, Any]]] = {}
        self.pinned: list[int] = []
        self._server = server
        self._blocked = False
        names = {"first_name": name} | ({"last_name": last_name} if last_name else {})
        self.user: dict[str, Any] = {"id": id, "is_bot": False, **names}
        if language:
            self.user["language_code"] = language
        self.chat: dict[str, Any] = {"id": id, **names, "type": "private"}

    # What is seen

    @property
    def blocked(self) -> bool:
        return self._blocked

    def view(self) -> dict[str, Any]:
        keyboard = None
        if self.keyboard is not None:
            keyboard = [
                [seeing.key(button, f"k.{y}.{x}", len(row)) for x, button in enumerate(row)]
                for y, row in enumerate(self.keyboard["keyboard"])
            ]
        return {
            "platform": self.platform,
            "address": self.address,
            "name": self.name,
            "blocked": self.blocked,
            "started": self.started,
            "messages": [self._message(shown) for shown in self.shown.values()],
            "keyboard": keyboard,
            "commands": self._server.profile.commands_for(self.id, self.language),
            "toast": self.toast,
        }

    def _from_bot(self) -> list[Shown]:
        """The bot's messages, the newest first."""
        return [shown for shown in reversed(self.shown.values()) if not shown.mine]

    @property
    def screen(self) -> dict[str, Any] | None:
        """The bot's newest message as in view(), or None."""
        newest = self._from_bot()[:1]
        return self._message(newest[0]) if newest else None

    @property
    def texts(self) -> list[str]:
        """The texts (or captions) of all messages of the bot as they are shown now, the oldest first."""
        return [seeing.words(shown.message) for shown in reversed(self._from_bot())]

    @property
    def labels(self) -> list[str]:
        """The labels of the keys under the newest message that has keys, in reading order."""
        for shown in self._from_bot():
            if rows := seeing.rows(shown.message):
                return [button["text"] for row in rows for button in row]
        return []

    async def until_text(self, fragment: str, seconds: float = 5) -> dict[str, Any]:
        """Wait until a message of the bot shows `fragment`; gives the newest such message as in view()."""

        def with_it() -> Shown | None:
            return next(
                (shown for shown in self._from_bot() if fragment in seeing.words(shown.message)), None
            )

        await self.changes.until(lambda: with_it() is not None, seconds, f"{fragment!r} among {self.texts}")
        shown = with_it()
        assert shown is not None  # noqa: S101 - just waited for
        return self._message(shown)

    def file(self, message: int) -> tuple[str, bytes]:
        """Name and bytes of the file of this message; LookupError if there is none."""
        shown = self.shown.get(message)
        stored = self._stored(shown) if shown else None
        if stored is None or stored.data is None:
            raise LookupError(f"no file with message {message} on {self.name}'s phone")
        return stored.name, stored.data

    def _stored(self, shown: Shown) -> StoredFile | None:
        return self._server.files.by_id.get(seeing.file_id(shown.message) or "")

    def _message(self, shown: Shown) -> dict[str, Any]:
        return seeing.message(shown, self._stored(shown))

    # What is done

    async def opens(self, payload: str = "") -> None:
        """Press Start; raises ValueError for a payload that Telegram would not carry."""
        if not PAYLOAD.fullmatch(payload):
            raise ValueError(f"a start parameter is at most 64 of A-Z a-z 0-9 _ -, not {payload!r}")
        self._send({"text": f"/start {payload}".strip()})

    async def says(
        self, text: str, entities: Sequence[Mapping[str, Any]] = (), reply_to: int | None = None
    ) -> None:
        """Type a text and send it; one that is too long goes out in pieces, as the app does it."""
        answered = self._answered(reply_to)
        for piece, marks in pieces(text, list(map(dict, entities))):
            self._send({**answered, "text": piece, "entities": marks})

    def _answered(self, reply_to: int | None) -> dict[str, Any]:
        """What a reply carries of the message that it answers; LookupError if that is gone."""
        if reply_to is None:
            return {}
        if reply_to not in self.shown:
            raise LookupError(f"no message {reply_to} on {self.name}'s phone")
        whole = self.shown[reply_to].message
        return {"reply_to_message": {name: whole[name] for name in whole if name != "reply_to_message"}}

    async def forwards(self, text: str) -> None:
        """Send on what somebody else wrote elsewhere."""
        origin = {"type": "hidden_user", "sender_user_name": "Олена", "date": self._server.now() - 3600}
        self._send({"forward_origin": origin, "text": text})

    async def sends(
        self, kind: Literal["photo", "voice", "sticker", "document", "forward"], text: str = ""
    ) -> None:
        match kind:
            case "photo":
                await self.sends_photo(PHOTO, text)
            case "voice":
                self._sends("voice", "voice.ogg", "audio/ogg", sample("voice.ogg"), text, duration=4)
            case "sticker":
                self._sends("sticker", "sticker.webp", "image/webp", PHOTO)
            case "document":
                self._sends("document", "list.pdf", "application/pdf", PAPER, text)
            case "forward":
                await self.forwards(text or "Завтра збори о 18:00")

    async def sends_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> None:
        self._sends("photo", name, "image/jpeg", data, caption)

    async def sends_video(self, data: bytes, caption: str = "", duration: int = 10) -> None:
        self._sends("video", "video.mp4", "video/mp4", data, caption, duration=duration)

    async def sends_voice(self, data: bytes, duration: int = 4) -> None:
        self._sends("voice", "voice.ogg", "audio/ogg", data, duration=duration)

    async def sends_album(self, items: Sequence[tuple[str, bytes]], caption: str = "") -> None:
        """Several photos and videos as one: messages of their own, with the same media_group_id."""
        if not 2 <= len(items) <= 10:
            raise ValueError(f"an album is of 2 to 10, not {len(items)}")
        group = {"media_group_id": str(self._server.next_query_id())}
        for name, data in items:
            if is_video(name):
                self._sends("video", name, "video/mp4", data, caption, group, duration=10)
            else:
                self._sends("photo", name, "image/jpeg", data, caption, group)
            caption = ""

    async def sends_file(self, name: str, data: bytes, mime: str = "") -> None:
        kind = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._sends("document", name, kind, data)

    def _sends(
        self,
        kind: str,
        name: str,
        mime: str,
        data: bytes,
        caption: str = "",
        more: dict[str, Any] | None = None,
        **about: int,
    ) -> None:
        content = self._server.files.shown(self._server.files.keep(kind, name, mime, data, **about))
        self._send(content | (more or {}) | ({"caption": caption} if caption else {}))

    async def presses(self, key: str) -> None:
        keys = self._keys()
        found = keys.get(key) or next((each for each in keys.values() if each[0]["text"] == key), None)
        if found is None:
            raise LookupError(
                f"no key {key!r} on {self.name}'s phone, only {[k[0]['text'] for k in keys.values()]}"
            )
        button, message = found
        self.toast = None
        if message is None:
            if self.keyboard is not None and self.keyboard.get("one_time_keyboard"):
                self.keyboard = None
            self._send({"text": button["text"]})
        elif "callback_data" in button:
            self._tap(button["callback_data"], message)
        elif "url" in button:
            self.followed.append(button["url"])
        elif "copy_text" in button:
            self.followed.append(button["copy_text"]["text"])

    def press_raw(self, data: str, message_id: int) -> None:
        """A forged tap: any data under any message of this chat, even one that is gone."""
        shown = self.shown.get(message_id)
        gone = {"message_id": message_id, "chat": self.chat, "date": 0}
        self._tap(data, shown.message if shown else gone)

    async def blocks(self) -> None:
        self._member("member", "kicked")

    async def unblocks(self) -> None:
        self._member("kicked", "member")

    def deactivates(self) -> None:
        """Delete the account: from now on the bot gets "user is deactivated"."""
        self.deactivated = True

    # How it gets to the bot

    def _keys(self) -> dict[str, tuple[dict[str, Any], dict[str, Any] | None]]:
        """All visible keys by their tokens, the newest message's first; with their message if they hang on one."""
        keys: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {}
        for shown in self._from_bot():
            for y, row in enumerate(seeing.rows(shown.message)):
                for x, button in enumerate(row):
                    keys[seeing.token(shown, y, x)] = (button, shown.message)
        for y, row in enumerate(self.keyboard["keyboard"] if self.keyboard else []):
            for x, button in enumerate(row):
                keys[f"k.{y}.{x}"] = (button, None)
        return keys

    def _send(self, content: dict[str, Any]) -> None:
        """Put a message into the chat and the update about it on its way."""
        if self._blocked:
            raise RuntimeError(f"{self.name} has blocked the bot and cannot write to it")
        self.started = True
        self.toast = None
        message = {
            "message_id": self._server.next_message_id(),
            "from": self.user,
            "chat": self.chat,
            "date": self._server.now(),
            **{name: value for name, value in content.items() if name != "entities"},
        }
        entities = [*content.get("entities", []), *found(content.get("text", ""))]
        if entities:
            message["entities"] = sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))
        self.shown[message["message_id"]] = Shown(message, mine=True)
        self.changes.tell()
        self._server.push({"message": message})

    def _tap(self, data: str, message: dict[str, Any]) -> None:
        if self._blocked:
            raise RuntimeError(f"{self.name} has blocked the bot and cannot press its keys")
        query = {
            "id": self._server.next_query_id(),
            "from": self.user,
            "message": message,
            "chat_instance": str(-self.id * 7919),
            "data": data,
        }
        self._server.push({"callback_query": query})

    def _member(self, old: str, new: str) -> None:
        self._blocked = new == "kicked"
        until = {"until_date": 0}
        bot = self._server.me
        change = {
            "chat": self.chat,
            "from": self.user,
            "date": self._server.now(),
            "old_chat_member": {"user": bot, "status": old} | (until if old == "kicked" else {}),
            "new_chat_member": {"user": bot, "status": new} | (until if new == "kicked" else {}),
        }
        self.changes.tell()
        self._server.push({"my_chat_member": change})
