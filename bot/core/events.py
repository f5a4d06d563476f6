"""Events: what a messenger tells us, said once for all messengers."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.marks import Marked
from models.media import MediumSort


class Thing(enum.StrEnum):
    """What a person sent that is not a text they wrote."""

    PHOTO = "photo"
    VOICE = "voice"
    STICKER = "sticker"
    FILE = "file"
    FORWARD = "forward"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a person typed.

    text: sign for sign as it was typed. styled: the same with what they marked in it, and without the signs by which
    they did; None if nothing is marked. reply_to: the messenger's id of the message that it answers, where it tells.
    """

    text: str
    styled: Marked | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button: the letter it belongs to and its place in it, as the payload says; a stranger can say anything.

    message: the messenger's id of the message with the button, where it tells. query: what the messenger wants
    answered so that the button stops spinning.
    """

    letter: int
    place: int
    message: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that somebody sent and that lies with the messenger; nothing of it is here.

    ref: how the messenger finds it. All else is as told, which is a stranger's word: name, size in bytes (0 if not
    told), what it is sent as, how long it lasts, and its width and height in pixels.
    """

    ref: str
    name: str
    size: int
    sort: MediumSort = MediumSort.FILE
    seconds: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Something that is not a typed text; a caption counts as one.

    file: what can be fetched, if it is a file. styled, reply_to: of the caption, as in `Said`.
    """

    thing: Thing
    caption: str = ""
    file: Attachment | None = None
    styled: Marked | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """The person opened the bot, perhaps by an invitation's link.

    welcome: they cannot be written to yet, and the answer goes back as the response of this very call (Viber).
    """

    invitation: str = ""
    welcome: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked the bot or unsubscribed."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The person let the bot in again."""


What = Said | Pressed | Sent | Came | Left | Returned


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in one chat.

    key: the same for every redelivery. address: the messenger's id of the chat. at: when it happened, by the
    messenger's clock where it tells. language: the messenger's own setting, an IETF tag, if it tells. name: what
    the person calls themselves there; offered to them, and neither stored nor logged.
    """

    key: str
    platform: str
    address: str
    at: datetime
    what: What
    language: str | None = None
    name: str | None = field(default=None, repr=False)


class Fate(enum.StrEnum):
    """What a messenger tells of a letter after it took it."""

    DELIVERED = "delivered"
    SEEN = "seen"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A letter's fate; late and doubled ones are harmless.

    address: whose letter, as one message may have gone to many. trouble: the messenger's own words for a failure.
    """

    platform: str
    message: str
    address: str
    fate: Fate
    at: datetime
    trouble: str | None = None
