"""What can go wrong, named once: sentences for people, and the few fates of what could not be delivered or fetched."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.flows import Link


class Sorry(Exception):
    """A step cannot do what was asked: says why in a sentence and goes on at `link` (or where the chat rests).

    Whatever the step wrote is rolled back.
    """

    def __init__(self, sentence: str, link: Link | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.link = link


class Undelivered(Exception):
    """A letter, or a file that was to be fetched, did not get through.

    `why` is for the log and the outbox: a code or the vendor's words, no secrets.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = (
            why[:120].replace("\0", "").encode("utf-8", "replace").decode()
        )  # no database takes half a sign


class Later(Undelivered):
    """Try again.

    after: seconds that the messenger asks for, or None for a growing pause of our own. everyone: whether it holds for
    all letters to this messenger. unsure: it may have arrived nevertheless.
    """

    def __init__(
        self, why: str, after: float | None = None, *, everyone: bool = False, unsure: bool = False
    ) -> None:
        super().__init__(why)
        self.after = after
        self.everyone = everyone
        self.unsure = unsure


class Gone(Undelivered):
    """The person cannot be reached on this messenger any more."""


class Refused(Undelivered):
    """The messenger will never take this letter: our mistake."""


class Capped(Undelivered):
    """The letter would cost money that the school does not want to spend any more this month."""


class Misconfigured(Undelivered):
    """The messenger does not take anything from us (token, account, webhook): the letters wait, and it is an alarm."""


class Forgotten(Undelivered):
    """The messenger does not know files by the names that it gave them: they go again as bytes, at once.

    media: the ids of those that may be meant.
    """

    def __init__(self, why: str, media: Collection[int]) -> None:
        super().__init__(why)
        self.media = media


class Lost(Undelivered):
    """The file is not there (any more), or lies where we do not go for it."""


class TooLarge(Undelivered):
    """The file is larger than it may be."""
