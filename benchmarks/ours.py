"""Klasno for a measurement: its settings, its database with families in it, and its process.

`python -m benchmarks.ours CONFIG STEPS` is `bot run` with so many steps more that nobody takes, to see what they cost.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import typer
from sqlalchemy import insert

import bot.__main__
import bot.app
from benchmarks.stage import FIRST, SECRET, TOKEN, Bot, free_port, running
from bot.core.flows import Flow
from bot.core.screens import Screen
from bot.core.turns import Turn
from models import schema
from models.chat import Chat
from models.database import Database, Db
from models.people import Child, Guardian, Person, class_named, school_named
from sandbox.telegram import TelegramServer

SCHOOL = "Ліцей №7"
CLASS_SIZE = 30
