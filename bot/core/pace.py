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
        self._calling = 0
        self._answered: deque[float] = deque()
        self._next = 0.0

    def wait(self, reply: bool) -> float:
        """Seconds until the overall limit lets a message through. Replies may use what the rest leave.

        A message counts from its start until a second after its answer: when in between the messenger counted it,
        nobody can know. All but replies are spread evenly over the second, so that no reply meets a full one.
        """
        limit = self._messenger.pace.per_second
        if not limit:
            return 0.0
        time = now()
        while self._answered and self._answered[0] <= time - 1:
            self._answered.popleft()
        if self._calling + len(self._answered) >= limit:
            return self._answered[0] + 1 - time if self._answered else 1.0
        return 0.0 if reply else self._next - time

    def starts(self) -> None:
        """A message is on its way. One that starts late does not put off those behind it."""
        self._calling += 1
        if limit := self._messenger.pace.per_second:
            self._next = max(self._next, now() - LATENESS) + 1 / limit

    def holds_files(self, many: int) -> None:
        """Several files are as many messages (unsure: no document says how an album counts), so those behind it wait.

        To its own chat it is one of the bursts that are allowed.
        """
        if (limit := self._messenger.pace.per_second) and many > 1:
            self._next = max(self._next, now()) + (many - 1) / limit

    def ends(self) -> None:
        """It was answered."""
        self._calling -= 1
        if self._messenger.pace.per_second:
            self._answered.append(now())

    def chat_opens(self, sent: deque[float]) -> float:
        """When the limit for one chat, which was sent messages at these times, lets the next one through."""
        pace = self._messenger.pace
        if not pace.per_chat:
            return 0.0
        while sent and sent[0] < now() - pace.burst / pace.per_chat:
            sent.popleft()
        return sent[0] + pace.burst / pace.per_chat if len(sent) >= pace.burst else 0.0
