"""Viber's broadcasts: one message for up to 300 people, where Viber has opened that to the bot.

https://developers.viber.com/docs/guides/broadcast-rest-api: at most 500 calls in 10 s, "only opened on application".
Where it is not, or may not be just now, `most` is 1 and everybody has a message of their own.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.clock import Clock
from bot.core.errors import Later, Refused, Undelivered
from bot.core.outbox import Delivered, Parcel
from bot.viber.client import JSON_BYTES, NotOpened, TooNew, ViberClient, packed
from bot.viber.render import message

log = structlog.get_logger()

RECEIVERS = 300
"""People of one message at most."""
CALLS, CALLS_SECONDS = 400, 10.0
"""Calls in a span; Viber takes 500, and how late each comes there nobody knows."""
REFUSED_FOR = timedelta(hours=1)
"""How long until Viber is asked again that has not opened broadcasts to us."""
PLACEHOLDER = "replace_me_with_"
"""What begins so Viber replaces in a broadcast by the receiver's id or name, and in no other message."""


class Broadcasts:
    """`bot.core.together.Together` of one bot."""

    def __init__(
        self, client: ViberClient, clock: Clock, sender: dict[str, str], receivers: int = RECEIVERS
    ) -> None:
        """sender: name and, if there is one, avatar. receivers: people of one message at most."""
        self._client = client
        self._clock = clock
        self._sender = sender
        self._receivers = min(receivers, RECEIVERS)
        self._called: deque[float] = deque()
        self._closed_until: datetime | None = None
        self._told = False

    @property
    def most(self) -> int:
        """How many people one message may have just now."""
        now = time.monotonic()
        while self._called and self._called[0] <= now - CALLS_SECONDS:
            self._called.popleft()
        closed = self._closed_until is not None and self._clock.now() < self._closed_until
        return 1 if closed or len(self._called) >= CALLS else self._receivers

    def fitting(self, parcels: Sequence[Parcel]) -> int:
        """How many of these, from the first on, one request has room for."""
        try:
            bare = packed({**self._bare(parcels[0]), "broadcast_list": []})
        except Refused:  # by itself it is refused as well, and then it is known whose it is
            return 1
        if PLACEHOLDER.encode() in bare:
            return 1
        room, most = JSON_BYTES - len(bare), self.most
        for many, one in enumerate(parcels):
            room -= len(json.dumps(one.address, ensure_ascii=False).encode()) + 1
            if room < 0 or many == most:
                return many
        return len(parcels)

    async def deliver(self, parcels: Sequence[Parcel]) -> list[Delivered | Undelivered]:
        """broadcast_message; its answer names those whom it does not reach."""
        receivers = [one.address for one in parcels]
        payload = {**self._bare(parcels[0]), "broadcast_list": receivers}
        self._called.append(time.monotonic())
        try:
            answer, failed = await self._client.broadcast(payload)
        except NotOpened as error:
            self._closed_until = self._clock.now() + REFUSED_FOR
            if not self._told:
                log.warning("broadcasts.not_opened", why=error.why)
            self._told = True
            raise
        self._told = False
        return [
            _plainer(failed[one]) if one in failed else Delivered(answer.token, answer.billing)
            for one in receivers
        ]

    def _bare(self, parcel: Parcel) -> dict[str, object]:
        return message(parcel.words, parcel.same_as or parcel.id, self._sender, unsure=parcel.unsure)


def _plainer(error: Undelivered) -> Undelivered:
    """Whose Viber is too old gets it by itself, more plainly."""
    return Later(error.why, 0.0) if isinstance(error, TooNew) else error
