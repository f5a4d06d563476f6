"""My settings: how and when Klasno speaks to me, and what it knows about me."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import LANGUAGES, N_, _
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import language

settings = Flow("settings", command="settings", title=N_("My settings"))


@settings.ask
async def hub(turn: Turn) -> Screen:
    """How things are set, each with its button."""
    lines = [_("Language: {language}").format(language=LANGUAGES[turn.speaker.language])]
    rows = [[Button(_("Language"), language.choose())]]
    return Screen("\n".join(lines), rows, title=_("⚙️ My settings"))
