"""Telegram, spoken through aiogram, whose models are built when they are first used.

On import aiogram builds the validators of all its 400 models: 110 MB and two seconds, of which we need a tenth.
So its import is kept from doing that, and each model is built when it is first asked to validate something.
"""

from __future__ import annotations

from typing import Any, Literal, Optional, Union
from unittest.mock import patch

from pydantic import BaseModel

with patch.object(BaseModel, "model_rebuild", lambda **_: None):
    from aiogram import types
    from aiogram.client.context_controller import BotContextController
    from aiogram.client.default import Default
    from aiogram.methods import Response

_build = BaseModel.__dict__["model_rebuild"].__func__
_NAMES: dict[str, Any] = {name: getattr(types, name) for name in types.__all__}
_NAMES |= {"List": list, "Optional": Optional, "Union": Union, "Literal": Literal, "Default": Default}
"""What the models' annotations speak of, as aiogram/types/__init__.py lists it."""


def _when_used(model: type[BaseModel], /, **_: object) -> object:
    return _build(model, _types_namespace=_NAMES)


for _base in (BotContextController, Response):  # what all objects and methods are, and what all answers are
    _base.model_rebuild = classmethod(_when_used)  # type: ignore[method-assign,assignment]  # pydantic asks it
