"""A stand-in for Telegram's Bot API server."""

from .phone import TelegramPhone
from .server import TelegramServer

__all__ = ["TelegramPhone", "TelegramServer"]
