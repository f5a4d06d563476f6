"""Viber's REST API over our own wire: one call, one answer, or one of the core's errors.

viberbot's own sender is not used: it blocks without a timeout, keeps the token in the body and writes it to the log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.core.errors import Gone, Later, Misconfigured, Refused, Undelivered

API = "https://chatapi.viber.com/pa"
JSON_BYTES = 30_000
"""A whole request, in UTF-8 bytes ("30kb" in developers.viber.com/docs/faq; the smaller reading)."""
TIMEOUT = 10.0
CONNECT_TIMEOUT = 3.0
CONNECTIONS = 20
NO_CONNECTION_PAUSE = 2.0
"""Seconds until Viber is called again after it could not be reached at all; it holds for all letters."""
EVENTS = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
"""The callbacks we ask for; `message` comes unasked."""
_HEADER = "X-Viber-Auth-Token"


class TooNew(Refused):
    """This person's Viber is too old for the message's min_api_version; a plainer message may pass."""


class NotOpened(Refused):
    """Viber opens broadcasts to a bot on application only, and has not to this one."""


_VERDICTS: dict[int, tuple[str, type[Undelivered]]] = {
    1: ("invalidUrl", Misconfigured),
    2: ("invalidAuthToken", Misconfigured),
    3: ("badData", Refused),
    4: ("missingData", Refused),
    5: ("receiverNotRegistered", Gone),
    6: ("receiverNotSubscribed", Gone),
    7: ("publicAccountBlocked", Misconfigured),
    8: ("publicAccountNotFound", Misconfigured),
    9: ("publicAccountSuspended", Misconfigured),
    10: ("webhookNotSet", Misconfigured),
    11: ("receiverNoSuitableDevice", TooNew),
    12: ("tooManyRequests", Later),
    13: ("apiVersionNotSupported", TooNew),
    14: ("incompatibleWithVersion", Refused),
    15: ("publicAccountNotAuthorized", Misconfigured),
    16: ("inchatReplyMessageNotAllowed", Refused),
    17: ("publicAccountIsNotInline", Refused),
    18: ("noPublicChat", Refused),
    19: ("cannotSendBroadcast", NotOpened),
    20: ("broadcastNotAllowed", NotOpened),
    21: ("unsupportedCountry", Gone),
    22: ("paymentUnsupported", Refused),
    23: ("freeMessagesExceeded", Misconfigured),
    24: ("noBalance", Misconfigured),
}
"""Viber's `status` (creators.viber.com, errors): its name and what it means for the letter; any other is passing.

12 is told to wait no set time, although a person who does not answer gets 100 messages in a clock hour: whoever
answers starts a new count, and the reply to them stands behind the refused letter, so that the sender's own pauses
(a minute at most) serve people better than the rest of the hour.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Viber took it. token: its id of the message; billing: billing_status, 0 free … 5 billed; body: all it said."""

    token: str | None
    billing: int | None
    body: dict[str, Any]


def packed(payload: dict[str, Any]) -> bytes:
    """The JSON that goes over the wire, whose bytes Viber counts; Refused if it holds half a sign."""
    try:
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Refused("half a sign") from None


class ViberClient:
    """Calls methods of one bot. Every method raises one of the `Undelivered` errors; nothing here is logged."""

    def __init__(self, token: str, base: str = API, *, timeout: float = TIMEOUT) -> None:
        """timeout: seconds for a whole call."""
        self._token = token
        self._base = base.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT_TIMEOUT)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Be ready to call; inside a running loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            timeout=self._timeout,
            headers={_HEADER: self._token, "Content-Type": "application/json"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Let the connections go."""
        if self._session:
            await self._session.close()

    async def send(self, payload: dict[str, Any]) -> Answer:
        """send_message; TooNew if a plainer message may pass."""
        return await self._call("send_message", payload)

    async def broadcast(self, payload: dict[str, Any]) -> tuple[Answer, dict[str, Undelivered]]:
        """broadcast_message: what is sent, and why it does not reach some; raises if it reaches none."""
        answer = await self._call("broadcast_message", payload)
        return answer, _failures(answer.body.get("failed_list"))

    async def set_webhook(self, url: str) -> Answer:
        """Have events come to `url`, which must already answer 200: Viber tries it within this call."""
        # Without send_name people come as "Subscriber"; their pictures are none of our business.
        wishes = {"url": url, "event_types": EVENTS, "send_name": True, "send_photo": False}
        return await self._call("set_webhook", wishes)

    async def account_info(self) -> dict[str, Any]:
        """What Viber says of the bot itself: name, uri, webhook and more."""
        return (await self._call("get_account_info", {})).body

    async def _call(self, method: str, payload: dict[str, Any]) -> Answer:
        if self._session is None:
            raise RuntimeError("the client is not open")
        data = packed(payload)
        if len(data) > JSON_BYTES:
            raise Refused(f"{len(data)} bytes are more than {JSON_BYTES}")
        try:
            async with self._session.post(
                f"{self._base}/{method}", data=data, allow_redirects=False
            ) as response:
                status, retry_after = response.status, response.headers.get("Retry-After", "")
                raw = await response.read()
        # "from None": aiohttp's errors carry the request, and that the token
        except aiohttp.InvalidURL:
            raise Misconfigured("the address of Viber's API") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            why = type(error).__name__
            raise Later(why, NO_CONNECTION_PAUSE, everyone=True) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Later(type(error).__name__, unsure=True) from None
        if status != 200:
            raise _http_trouble(status, retry_after)
        return _answer(raw)


def _http_trouble(status: int, retry_after: str) -> Undelivered:
    """Viber gives its verdicts with HTTP 200: anything else comes from before or around the Bot API."""
    why = f"HTTP {status}"
    if status >= 500:
        # a gateway that got no proper answer cannot know whether the message was taken
        return Later(why, unsure=status in (502, 504))
    if status == 429:
        return Later(why, float(retry_after) if retry_after.isdecimal() else None, everyone=True)
    return Refused(why) if status in (400, 413) else Misconfigured(why)


def _answer(raw: bytes) -> Answer:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    status = body.get("status") if isinstance(body, dict) else None
    if not isinstance(body, dict) or type(status) is not int:
        raise Later("answer unreadable", unsure=True)
    if status != 0:
        raise _verdict(status)
    token, billing = body.get("message_token"), body.get("billing_status")
    return Answer(str(token) if token is not None else None, billing if type(billing) is int else None, body)


def _verdict(status: object) -> Undelivered:
    name, error = _VERDICTS.get(status if type(status) is int else -1, ("generalError", Later))
    return error(f"{str(status)[:10]} {name}")


def _failures(listed: object) -> dict[str, Undelivered]:
    """Whom a broadcast does not reach, by their id, and why; it says nothing of them but in this list."""
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one.get("receiver")): _verdict(one.get("status")) for one in entries}
