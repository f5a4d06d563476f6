"""Serves the page of phones: what it shows, what it may do, and to whom it answers."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.page import media
from sandbox.page.table import Code, Sheet, scan
from sandbox.samples import PHOTOS, sample
from sandbox.wire import Phone

HERE = Path(__file__).parent
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
KINDS: tuple[Literal["photo", "voice", "sticker", "document", "forward"], ...] = (
    "photo",
    "voice",
    "sticker",
    "document",
    "forward",
)
LONGEST_WIND = 31 * 24 * 3600
"""Seconds: a month at once is enough to try a month of reminders."""


class Clock(Protocol):
    """The one clock of the demo, shared with the bot."""

    def now(self) -> float:
        """Seconds since the epoch, as the bot believes."""

    def wind(self, seconds: float) -> None:
        """Move the clock forward by that many seconds."""


@dataclass(frozen=True, slots=True)
class Mischief:
    """A button that makes trouble.

    name: its place in the address, /mischief/{name}; "kill" is offered while the bot runs, "start" while not.
    label: a key of static/words.js ("slow", "offline", "online", "twice", "kill", "start"), else shown as is.
    action: is given the phone that is selected on the page; returns a key ("slow_done", …) or a sentence to show,
    or None.
    """

    name: str
    label: str
    action: Callable[[Phone | None], Awaitable[str | None]]


@dataclass(frozen=True)
class Stage:
    """Everything that the page shows and can do, put together by the demo command.

    ::

        stage = Stage(
            phones=[igor, olena],                          # sandbox.wire.Phone, of either messenger
            captions={igor.address: "Ігор, тато Олі"},     # name, role; a phone without one shows its name
            clock=clock,                                   # now() and wind(seconds)
            outbox=outbox,                                 # async, newest first
            mischief=[Mischief("kill", "kill", kill), Mischief("start", "start", start)],
            status=lambda: {"running": True, "pid": 4711, "since": started_at},
        )
        runner = web.AppRunner(page_app(stage))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 8080).start()

    A row of the outbox has id, chat, kind, state, attempts, text, when (seconds since the epoch, or words), and
    any further columns. status has running (bool), pid, since (seconds since the epoch); each may be absent.
    Blocking the bot needs no mischief: each phone can do it by itself. Every call must be quick and not raise.
    """

    phones: Sequence[Phone]
    captions: Mapping[str, str]
    clock: Clock
    outbox: Callable[[], Awaitable[Sequence[Mapping[str, str | int | float | None]]]]
    mischief: Sequence[Mischief] = field(default_factory=tuple)
    status: Callable[[], Mapping[str, object]] = dict
    bot: str = "Класно"
    zone: str = "Europe/Kyiv"
    hint: Mapping[str, str] = field(default_factory=dict)
    """What to try first, by language; a language without one shows the page's own."""
    table: Sequence[Sheet] = ()
    """Sheets of paper beside the phones."""

    def about(self) -> dict[str, Any]:
        """What does not change while the page is open."""
        return {
            "bot": self.bot,
            "zone": self.zone,
            "hint": dict(self.hint),
            "mischief": [{"name": each.name, "label": each.label} for each in self.mischief],
            "table": [sheet.about() for sheet in self.table],
            "samples": list(PHOTOS),
            "phones": [
                {
                    "platform": phone.platform,
                    "address": phone.address,
                    "language": phone.language,
                    "caption": self.captions.get(phone.address, phone.name),
                }
                for phone in self.phones
            ],
        }

    def moment(self) -> dict[str, Any]:
        """What changes with every second."""
        now = self.clock.now()
        zone = ZoneInfo(self.zone)
        tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
        morning = datetime.combine(tomorrow, time(7), zone).timestamp()
        return {"now": now, "to_morning": morning - now, "status": dict(self.status())}


STAGE = web.AppKey("stage", Stage)
WATCHERS = web.AppKey("watchers", set[asyncio.Task[Any]])


def page_app(stage: Stage) -> web.Application:
    """The page as an application, to be bound to 127.0.0.1 only: whoever reaches it holds every phone."""
    app = web.Application(middlewares=[own_house_only], client_max_size=2 * media.FILE_BYTES)
    app[STAGE] = stage
    app[WATCHERS] = set()
    app.router.add_get("/", index)
    app.router.add_get("/live", live)
    app.router.add_post("/clock", wind)
    app.router.add_post("/mischief/{name}", mischief)
    app.router.add_post("/phone/{platform}/{address}/{verb}", use_phone)
    app.router.add_get("/file/{platform}/{address}/{message}", file)
    app.router.add_get("/table/{sheet}/{picture}.png", picture)
    app.router.add_post("/table/{sheet}/{platform}", hold_over)
    app.router.add_get("/samples/{name}", drawing)
    app.router.add_static("/static", HERE / "static")
    app.on_response_prepare.append(armour)
    app.on_shutdown.append(let_go)
    return app


@web.middleware
async def own_house_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other sites' pages, also those that made their name point to this machine (DNS rebinding)."""
    host = request.headers.get("Host", "")
    if not LOOPBACK.fullmatch(host):
        raise web.HTTPForbidden(text="This page answers to 127.0.0.1 and localhost only.")
    if request.method not in ("GET", "HEAD"):
        if request.headers.get("Origin", f"http://{host}") != f"http://{host}":
            raise web.HTTPForbidden(text="This page takes orders from itself only.")
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="JSON, please.")
    return await handler(request)


async def armour(_request: web.Request, response: web.StreamResponse) -> None:
    """Nothing from outside runs or loads here, and nobody frames the page."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-cache"


async def let_go(app: web.Application) -> None:
    """End the streams, which would otherwise hold the server's shutdown for a minute."""
    for watcher in app[WATCHERS]:
        watcher.cancel()


async def index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / "static" / "index.html")


async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: `about` once, `phone` when a phone changes, `moment` and a new `outbox` each second."""
    stage = request.app[STAGE]
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await stream.prepare(request)
    one_at_a_time = asyncio.Lock()

    async def tell(event: str, data: str) -> None:
        async with one_at_a_time:
            await stream.write(f"event: {event}\ndata: {data}\n\n".encode())

    async def follow(phone: Phone) -> None:
        while True:
            seen = phone.changes.count

            def changed(seen: int = seen) -> bool:
                return phone.changes.count != seen

            await tell("phone", json.dumps(phone.view()))
            await phone.changes.until(changed, math.inf)

    async def tick() -> None:
        shown = ""
        while True:
            await tell("moment", json.dumps(stage.moment()))
            rows = json.dumps([dict(row) for row in await stage.outbox()])
            if rows != shown:
                await tell("outbox", rows)
                shown = rows
            await asyncio.sleep(1)

    watcher = asyncio.current_task()
    assert watcher is not None  # noqa: S101 — a handler always runs in a task
    request.app[WATCHERS].add(watcher)
    try:
        await stream.write(b"retry: 1000\n\n")
        await tell("about", json.dumps(stage.about()))
        async with asyncio.TaskGroup() as group:
            for phone in stage.phones:
                group.create_task(follow(phone))
            group.create_task(tick())
    except* ConnectionResetError:
        pass  # the tab was closed
    finally:
        request.app[WATCHERS].discard(watcher)
    return stream


async def use_phone(request: web.Request) -> web.Response:
    """Do on one phone what its owner would do; 409 with a key of words.js if the phone cannot."""
    phone = find_phone(request.app[STAGE], request.match_info["platform"], request.match_info["address"])
    if phone is None:
        raise web.HTTPNotFound(text="There is no such phone.")
    order = await read(request)
    verb = request.match_info["verb"]
    if phone.blocked and verb in ("says", "presses", "sends", "sends_file", "sends_media", "opens"):
        return sorry("blocked")
    match verb:
        case "says":
            try:
                await phone.says(word(order, "text"), reply_to=number(order, "reply_to"))
            except LookupError:
                return sorry("message_gone")
        case "presses":
            try:
                await phone.presses(word(order, "key"))
            except LookupError:
                return sorry("key_gone")
        case "sends":
            kind = next((kind for kind in KINDS if kind == word(order, "kind")), None)
            if kind is None:
                raise web.HTTPBadRequest(text=f"kind is one of {', '.join(KINDS)}.")
            await phone.sends(kind, word(order, "text"))
        case "sends_file":
            try:
                data = media.content(order)
            except media.TooLarge:
                return sorry("too_large")
            await phone.sends_file(word(order, "name")[:256], data, word(order, "mime"))
        case "sends_media":
            try:
                items = media.pictures(order)
            except media.TooLarge:
                return sorry("too_large")
            await media.send(phone, items, word(order, "caption"))
        case "opens":
            try:
                await phone.opens(word(order, "payload"))
            except ValueError:
                return sorry("bad_code")
        case "blocks":
            await phone.blocks()
        case "unblocks":
            await phone.unblocks()
        case _:
            raise web.HTTPNotFound(text="A phone cannot do that.")
    return web.json_response({"say": None})


def find_code(request: web.Request, platform: str) -> tuple[Sheet, Code | None]:
    """The sheet that is named in the address, and its code for that messenger; 404 if there is no such sheet."""
    named = request.match_info["sheet"]
    sheet = next((each for each in request.app[STAGE].table if each.name == named), None)
    if sheet is None:
        raise web.HTTPNotFound(text="There is no such sheet.")
    return sheet, sheet.code(platform)


async def picture(request: web.Request) -> web.Response:
    """A sheet as a picture ("sheet"), or the code on it for a messenger, by its name."""
    which = request.match_info["picture"]
    sheet, code = find_code(request, which)
    shown = sheet.picture if which == "sheet" else code.picture if code else None
    if shown is None:
        raise web.HTTPNotFound(text="There is no such picture.")
    return web.Response(body=shown, content_type="image/png")


async def hold_over(request: web.Request) -> web.Response:
    """Hold a phone over a sheet's code; 409 if that phone has the bot blocked."""
    platform = request.match_info["platform"]
    _sheet, code = find_code(request, platform)
    phone = find_phone(request.app[STAGE], platform, (await read(request)).get("address"))
    if code is None or phone is None:
        raise web.HTTPNotFound(text="There is no such code or phone.")
    if phone.blocked:
        return sorry("blocked")
    await scan(code, phone)
    return web.json_response({"say": None})


async def drawing(request: web.Request) -> web.Response:
    """A picture that a phone can send, by its name."""
    name = request.match_info["name"]
    if name not in PHOTOS:
        raise web.HTTPNotFound(text="There is no such picture.")
    return web.Response(body=sample(name), content_type="image/jpeg")


async def file(request: web.Request) -> web.Response:
    """What was sent with a message on a phone."""
    asked = request.match_info
    phone = find_phone(request.app[STAGE], asked["platform"], asked["address"])
    try:
        if phone is None or not asked["message"].isdecimal():
            raise LookupError
        name, data = phone.file(int(asked["message"]))
    except LookupError:
        raise web.HTTPNotFound(text="There is no such file.") from None
    return media.shown(request, name, data)


def sorry(why: str) -> web.Response:
    return web.json_response({"say": why}, status=409)


async def wind(request: web.Request) -> web.Response:
    """Wind the clock and answer with the new moment."""
    stage = request.app[STAGE]
    seconds = (await read(request)).get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_WIND:
        raise web.HTTPBadRequest(text=f"seconds is a number above 0, up to {LONGEST_WIND}.")
    stage.clock.wind(seconds)
    return web.json_response(stage.moment())


async def mischief(request: web.Request) -> web.Response:
    """Make the trouble of that name, on the phone that is named or on none."""
    stage = request.app[STAGE]
    trouble = next((each for each in stage.mischief if each.name == request.match_info["name"]), None)
    if trouble is None:
        raise web.HTTPNotFound(text="There is no such mischief.")
    order = await read(request)
    phone = find_phone(stage, order.get("platform"), order.get("address"))
    return web.json_response({"say": await trouble.action(phone), **stage.moment()})


def find_phone(stage: Stage, platform: object, address: object) -> Phone | None:
    """The phone of that messenger and address, or None."""
    return next((each for each in stage.phones if (each.platform, each.address) == (platform, address)), None)


async def read(request: web.Request) -> dict[str, Any]:
    """The JSON object that came; anything else is answered with 400."""
    try:
        order = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="That is not JSON.") from error
    if not isinstance(order, dict):
        raise web.HTTPBadRequest(text="A JSON object, please.")
    return order


def word(order: dict[str, Any], name: str) -> str:
    """The text under that name; 400 if it is not a text."""
    value = order.get(name)
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text=f"{name} must be a text.")
    return value


def number(order: dict[str, Any], name: str) -> int | None:
    """The whole number under that name, or None; 400 if it is something else."""
    value = order.get(name)
    if value is not None and type(value) is not int:
        raise web.HTTPBadRequest(text=f"{name} must be a whole number.")
    return value
