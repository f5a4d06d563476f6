"""A stand-in for Viber's REST API."""

from .phone import ViberPhone
from .server import ViberServer

__all__ = ["ViberPhone", "ViberServer"]
