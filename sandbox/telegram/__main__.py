"""Runs the stand-in by itself: `python -m sandbox.telegram --port 8081 --token 1:a`; prints its url as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from sandbox.telegram.server import TelegramServer


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM."""
    server = TelegramServer(
        options.token, options.username, limits=options.limits, webhook_retry=options.webhook_retry
    )
    await server.start(options.port)
    print(json.dumps({"url": server.url}), flush=True)  # noqa: T201 - this is a command
    over = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    await over.wait()
    await server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sandbox.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--token", default="100000:stand-in")
    parser.add_argument("--username", default="klasno_bot")
    parser.add_argument("--limits", action="store_true", help="keep Telegram's rates")
    parser.add_argument(
        "--webhook-retry", type=float, default=0.02, help="seconds that one second of the retry ladder lasts"
    )
    asyncio.run(serve(parser.parse_args()))
