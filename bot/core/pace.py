"""Pace: how fast a messenger may be written to, to everybody together and to one chat."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Protocol

LATENESS = 0.05
"""Seconds by which a message may start late without those behind it starting later too."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a messenger may be written to; 0 is no limit.

    per_second: messages in any second, to everybody. per_chat: messages a second to one chat, after `burst`.
    """

    per_second: int = 0
    per_chat: float = 0.0
    burst: int = 5


class Paced(Protocol):
    """Whatever has a pace."""

    pace: Pace


def now() -> float:
    """Seconds by the loop's time."""
    return asyncio.get_running_loop().time()


class Pacemaker:
    """Counts what goes to one messenger, and says when more may go."""

    def __init__(self, messenger: Paced) -> None:
        self._messenger = messenger
        self._calling: dict[int, int] = {}
        """Letters on their way, each with the messages that it counts for."""
        self._answered: deque[float] = deque()
        self._next = 0.0
        self._one_album = asyncio.Lock()

    def wait(self, reply: bool) -> float:
        """Seconds until the overall limit lets a message through. Replies may use what the rest leave.

        A message counts from its start until a second after its answer: when in between the messenger counted it,
        nobody can know. All but replies are spread evenly over the second, so that no reply meets a full one.
        """
        if not self._messenger.pace.per_second:
            return 0.0
        return self._full(1) or (0.0 if reply else self._next - now())

    def _full(self, many: int) -> float:
        """Seconds until there may be room for so many more messages; 0 if there is."""
        time = now()
        while self._answered and self._answered[0] <= time - 1:
            self._answered.popleft()
        counted = sum(self._calling.values()) + len(self._answered)
        if counted + many <= self._messenger.pace.per_second:
            return 0.0
        return self._answered[0] + 1 - time if self._answered else LATENESS

    def starts(self, letter: int) -> None:
        """A letter is on its way, as one message. One that starts late does not put off those behind it."""
        self._calling[letter] = 1
        if limit := self._messenger.pace.per_second:
            self._next = max(self._next, now() - LATENESS) + 1 / limit

    async def holds_files(self, letter: int, many: int) -> None:
        """A letter that is on its way turns out to hold several files: wait until there is room for all of them.

        An album is as many messages as it has files. No document of a limit says so
        (https://core.telegram.org/bots/faq), but all else does: each file comes back as a `Message` with an id of its
        own (https://core.telegram.org/bots/api#sendmediagroup), and Telegram's own server for bots adds up an album's
        files where it counts the messages of a chat (https://github.com/tdlib/telegram-bot-api,
        `yet_unsent_message_count_`). Were it one after all, we would be slower than we might, and never refused. To
        its own chat it is one of the bursts that are allowed.
        """
        limit = self._messenger.pace.per_second
        many = min(many, limit)
        if many < 2:
            return
        self._next = max(self._next, now()) + (many - 1) / limit
        self._calling[letter] = 0  # what waits here is not on its way
        async with self._one_album:
            while pause := self._full(many):  # noqa: ASYNC110 (it is time that passes, and nothing else to wait for)
                await asyncio.sleep(pause)
            self._calling[letter] = many

    def ends(self, letter: int) -> None:
        """It was answered."""
        many = self._calling.pop(letter)
        if self._messenger.pace.per_second:
            self._answered.extend([now()] * many)

    def chat_opens(self, sent: deque[float]) -> float:
        """When the limit for one chat, which was sent messages at these times, lets the next one through."""
        pace = self._messenger.pace
        if not pace.per_chat:
            return 0.0
        while sent and sent[0] < now() - pace.burst / pace.per_chat:
            sent.popleft()
        return sent[0] + pace.burst / pace.per_chat if len(sent) >= pace.burst else 0.0
