"""The web server: webhooks, files, /healthz and /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from bot.handout import add_handouts
from bot.pages import invitation_page
from models.database import Db
from models.invite import code_of
from models.letter import Letter, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.app import App


def web_app(app: App) -> web.Application:
    """The routes. Whatever is behind a webhook is proven before it is read; see each platform."""
    served = web.Application(client_max_size=256 * 1024)
    if app.telegram is not None:
        telegram = app.telegram

        async def telegram_hook(request: web.Request) -> web.Response:
            return await telegram.webhook(request, app.handle)

        served.router.add_post("/telegram/webhook", telegram_hook)
    if app.viber is not None:
        viber = app.viber

        async def viber_hook(request: web.Request) -> web.Response:
            return await viber.webhook(request, app.handle, app.receive)

        served.router.add_post("/viber/webhook", viber_hook)

    add_handouts(served, app)
    if app.settings.http.public_url:

        async def invitation(request: web.Request) -> web.Response:
            token = request.match_info["token"]
            links = {
                name: link for name, one in app.platforms.items() if (link := one.link(token, code_of(token)))
            }
            return invitation_page(token, links, request.headers.get("Accept-Language", ""))

        served.router.add_get("/open/{token}", invitation)

    async def health(_request: web.Request) -> web.Response:
        waiting = await app.database.read(_waiting)
        troubles = app.troubles()
        status = "degraded" if troubles else "ok"
        return web.json_response({"status": status, "letters_waiting": waiting, "troubles": troubles})

    async def metrics(_request: web.Request) -> web.Response:
        waiting = await app.database.read(_waiting)
        registry = CollectorRegistry()
        registry.register(_Snapshot(app, waiting))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    served.router.add_get("/healthz", health)
    served.router.add_get("/metrics", metrics)
    return served


async def _waiting(db: Db) -> int:
    row = await db.first(select(func.count()).select_from(Letter).where(Letter.state == State.QUEUED))
    return row[0] if row else 0


class _Snapshot:
    """What is counted, read at the moment of asking."""

    def __init__(self, app: App, waiting: int) -> None:
        self._app = app
        self._waiting = waiting

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The figures."""
        yield GaugeMetricFamily("klasno_letters_waiting", "Letters that are not delivered yet", self._waiting)
        hand = GaugeMetricFamily("klasno_letters_in_hand", "Letters on their way", labels=["messenger"])
        alarm = GaugeMetricFamily(
            "klasno_messenger_alarm", "1 while a messenger takes nothing", labels=["messenger"]
        )
        for name, sender in self._app.senders.items():
            hand.add_metric([name], sender.in_hand)
            alarm.add_metric([name], float(bool(sender.alarm)))
        yield hand
        yield alarm
