"""A stand-in for Amazon's S3, of the few calls that a media store makes: put, get, delete and list, in one bucket."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from aiohttp import web

PAGE = 2
"""Objects that a list has; what is beyond has to be asked for."""


class S3:
    """A bucket on a port of this machine; whoever does not show the key is turned away."""

    def __init__(self, bucket: str, key_id: str) -> None:
        self.bucket = bucket
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.refuses = 0
        """The status of every answer from now on, if not 0."""
        self.url = ""
        self._key_id = key_id
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        bucket, _slash, key = request.match_info["path"].partition("/")
        self.asked.append((request.method, key))
        signed = re.match(
            rf"AWS4-HMAC-SHA256 Credential={self._key_id}/", request.headers.get("Authorization", "")
        )
        if self.refuses or not signed or bucket != self.bucket:
            return _error(self.refuses or (403 if not signed else 404), "AccessDenied")
        match request.method:
            case "PUT":
                self.objects[key] = await request.read()
                return web.Response(headers={"ETag": f'"{len(self.asked)}"'})
            case "GET" if key == "":
                return self._list(request.query.get("continuation-token", ""))
            case "GET" if key in self.objects:
                headers = {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 06:10:00 GMT"}
                return web.Response(body=self.objects[key], headers=headers)
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
            case "POST" if "delete" in request.query:
                named = re.findall(r"<Key>([^<]*)</Key>", (await request.read()).decode())
                for one in named:
                    self.objects.pop(one, None)
                done = "".join(f"<Deleted><Key>{escape(one)}</Key></Deleted>" for one in named)
                return _xml(f"<DeleteResult>{done}</DeleteResult>")
            case _:
                return _error(404, "NoSuchKey")

    def _list(self, after: str) -> web.Response:
        """The objects that come after that one, of which there may be more."""
        rest = sorted(key for key in self.objects if key > after)
        page = rest[:PAGE]
        more = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if rest[PAGE:] else ""
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-23T06:10:00.000Z</LastModified>"
            f"<ETag>&quot;1&quot;</ETag><Size>{len(self.objects[key])}</Size></Contents>"
            for key in page
        )
        return _xml(
            f"<ListBucketResult><Name>{self.bucket}</Name><IsTruncated>{str(bool(more)).lower()}</IsTruncated>"
            f"<KeyCount>{len(page)}</KeyCount>{more}{rows}</ListBucketResult>"
        )


def _xml(body: str, status: int = 200) -> web.Response:
    return web.Response(
        text=f'<?xml version="1.0" encoding="UTF-8"?>{body}', status=status, content_type="application/xml"
    )


def _error(status: int, code: str) -> web.Response:
    return _xml(f"<Error><Code>{code}</Code></Error>", status)
