"""How a call that meets a fault ends on the wire."""

from __future__ import annotations

import socket
import struct
from typing import Any

from aiohttp import web

from sandbox.wire import Fault

_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def ending(fault: Fault, request: web.Request, answer: dict[str, Any]) -> web.Response:
    """What the caller gets, `answer` being what it should have got; the holding of a slow call is done by then."""
    match fault:
        case "429":
            return web.json_response({"status": 12, "status_message": "tooManyRequests"})
        case "500":
            return web.json_response({"error": "Internal Server Error"}, status=500)
        case "502":
            return web.Response(text=_HTML, status=502, content_type="text/html")
        case "garbage":
            return web.Response(text='{"status":0,"status_mess', content_type="application/json")
        case "late":
            return web.json_response(answer)
        case _:
            _cut(request)
            return web.Response()


def _cut(request: web.Request) -> None:
    """End the TCP connection with a reset, so that not even a proper close is seen."""
    if request.transport is None:
        return
    sock = request.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
