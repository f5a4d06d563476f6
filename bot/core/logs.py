"""Logs: one line a turn, with ids and never a token, a name, a phone number or a text."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRETS = re.compile(
    r"\d{6,}:[\w-]{30,}|[0-9a-z]{16}-[0-9a-z]{16}-[0-9a-z]{16}|/file/bot[^\s\"']+|/files/[\w-]{40,}[^\s\"']*"
)
"""Telegram's tokens, Viber's tokens, Telegram's file addresses, which hold a token, and our own, which open a file."""


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """Takes secrets out of a whole line, however deep in it they stand."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return _SECRETS.sub("***", super().format(record))


def set_up(stream: TextIO = sys.stderr, level: str = "INFO") -> None:
    """Send all logs, ours and the libraries', through one door: readable on a terminal, JSON lines elsewhere."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: Processor = (
        structlog.dev.ConsoleRenderer()
        if stream.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _Discreet(
            foreign_pre_chain=[_bare, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("aiogram", "aiohttp", "apscheduler", "sqlalchemy", "aiosqlite", "asyncio", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    viber = logging.getLogger("viber.bot.api")  # it logs the token and the texts of messages
    viber.propagate, viber.disabled = False, True


def _bare(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    """A library's line keeps its name and its words' first line, without what it formatted in from a traceback."""
    fields.pop("exc_info", None)
    fields.pop("exception", None)
    return fields
