"""Orders given from another process: /control/… on the stand-in's own port, for benchmarks and fault tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.telegram.server import TelegramServer

ORDERED = ("rate", "kinds", "retry_after", "hold", "delay", "offline", "queue")
"""The fields of wire.Faults that can be set."""


async def handle(server: TelegramServer, request: web.Request, what: str) -> web.Response:
    """Carry out one order.

    POST update: an update to push. POST person: {"id", "name"?, "language"?, "started"?, "count"?}, where count
    makes as many people with consecutive ids. POST faults: fields of wire.Faults. POST reset: forget everything.
    GET stats: counts of calls, and the last text in each chat; with ?texts=all, all texts of each chat.
    """
    if request.method == "GET" and what == "stats":
        return web.json_response(_stats(server, request.query.get("texts") == "all"))
    if request.method != "POST":
        return web.json_response({"ok": False}, status=404)
    order: dict[str, Any] = await request.json() if request.can_read_body else {}
    match what:
        case "update":
            return web.json_response({"ok": True, "update_id": server.push(order)["update_id"]})
        case "person":
            first, name = order["id"], order.get("name", "Олена")
            for number in range(first, first + order.get("count", 1)):
                server.person(number, name, order.get("language", "uk"), started=order.get("started", True))
        case "faults":
            for field in ORDERED:
                if field in order:
                    setattr(server.faults, field, order[field])
        case "reset":
            await server.delivery.stop()
            server.reset()
            await server.delivery.start()
        case _:
            return web.json_response({"ok": False}, status=404)
    return web.json_response({"ok": True})


def _stats(server: TelegramServer, all_texts: bool) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for phone in server.people.values():
        if shown := phone.texts:
            texts[phone.address] = shown if all_texts else shown[-1]
    return {
        "accepted": dict(server.counts),
        "too_many": server.too_many,
        "undelivered": len(server.delivery.pending),
        "dropped": len(server.delivery.dropped),
        "texts": texts,
    }
