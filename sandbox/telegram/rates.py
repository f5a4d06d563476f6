"""Telegram's limits on how fast a bot may send."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

OVERALL = 30
"""Messages a second to all chats (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""
PER_CHAT = 1.0
"""Messages a second to one chat in the long run (as OVERALL)."""
BURST = 3
"""Messages that one chat takes at once ("short bursts" are allowed, says the same page; the number is a guess)."""


class Rates:
    """Counts messages by a clock in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second: deque[float] = deque()
        self._due: dict[int | str, float] = {}

    def take(self, chat_id: int | str, messages: int) -> int:
        """Count messages to a chat: 0 if they may go, else the whole seconds to wait (nothing is counted then)."""
        now = self._clock()
        while self._second and self._second[0] <= now - 1:
            self._second.popleft()
        if len(self._second) + messages > OVERALL:
            return max(1, math.ceil(self._second[0] + 1 - now)) if self._second else 1
        due = max(self._due.get(chat_id, now), now)
        early = due - now - (BURST - 1) / PER_CHAT
        if early > 1e-9:
            return max(1, math.ceil(early))
        self._due[chat_id] = due + messages / PER_CHAT
        self._second.extend([now] * messages)
        return 0
