"""`python -m sandbox.viber --port N --token T`: the stand-in by itself, its people led over HTTP.

POST /control/person {"address", "name", "language"?, "api_version"?}
POST /control/event {"address", "do": "opens"|"says"|"presses"|"sends"|"blocks"|"unblocks"|"looks", "with"?: […]}
GET /control/view?address=… and GET /control/stats
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter

from aiohttp import web

from .server import ViberServer

_ACTS = frozenset({"opens", "says", "presses", "sends", "blocks", "unblocks", "looks"})


class Control:
    """The small endpoints beside Viber's own."""

    def __init__(self, server: ViberServer) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """What to serve."""
        return [
            web.post("/control/person", self.person),
            web.post("/control/event", self.event),
            web.get("/control/view", self.view),
            web.get("/control/stats", self.stats),
        ]

    async def person(self, request: web.Request) -> web.Response:
        """Add a person; 400 if that is not possible."""
        try:
            phone = self._server.person(**await request.json())
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response(phone.view())

    async def event(self, request: web.Request) -> web.Response:
        """Let a person do something; 400 if they cannot."""
        asked = await request.json()
        phone = self._server.people.get(asked.get("address"))
        if phone is None or asked.get("do") not in _ACTS:
            raise web.HTTPBadRequest(text="nobody of that address, or nothing they can do")
        try:
            await getattr(phone, asked["do"])(*asked.get("with", []))
        except (TypeError, LookupError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response(phone.view())

    async def view(self, request: web.Request) -> web.Response:
        """What a person's phone shows."""
        phone = self._server.people.get(request.query.get("address", ""))
        if phone is None:
            raise web.HTTPNotFound
        return web.json_response(phone.view())

    async def stats(self, request: web.Request) -> web.Response:
        """Numbers to judge a run by."""
        server = self._server
        return web.json_response(
            {
                "people": len(server.people),
                "subscribed": sum(phone.user.subscribed for phone in server.people.values()),
                "shown": sum(len(phone.texts) for phone in server.people.values()),
                "accepted": Counter(call.method for call in server.journal if call.ok),
                "refused": Counter(
                    str(call.answer.get("status", call.fault)) for call in server.journal if not call.ok
                ),
                "callbacks": {
                    "pending": server.callbacks.pending,
                    "failures": server.callbacks.failures,
                    "lost": len(server.callbacks.lost),
                },
                "complaints": server.complaints,
                "notes": server.notes,
            }
        )


async def _serve(port: int, token: str) -> None:
    server = ViberServer(token)
    server.routes = Control(server).routes()
    await server.start(port)
    print(server.url, flush=True)  # noqa: T201 - a command's answer
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


def main() -> int:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.viber", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", required=True)
    asked = parser.parse_args()
    try:
        asyncio.run(_serve(asked.port, asked.token))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
