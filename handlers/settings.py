"""My settings: how and when Klasno speaks to me, and what it knows about me."""

from __future__ import annotations

from bot.core.flows import Flow
from bot.core.i18n import LANGUAGES, N_, _
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import language, messengers, privacy, quiet, wishes
from handlers.wording import quiet_name

settings = Flow("settings", command="settings", title=N_("My settings"))


@settings.ask
async def hub(turn: Turn) -> Screen:
    """How things are set, each with its button."""
    speaker = turn.speaker
    lines = [
        _("Language: {language}").format(language=LANGUAGES[speaker.language]),
        _("Quiet hours: {hours}").format(hours=quiet_name(speaker.quiet_from, speaker.quiet_to)),
    ]
    rows = [
        [Button(_("Language"), language.choose()), Button(_("Quiet hours"), quiet.choose())],
        [Button(_("What comes when"), wishes.kinds())],
        [Button(_("📱 My messengers"), messengers.show())],
        [Button(_("What is known about me"), privacy.page())],
    ]
    return Screen("\n".join(lines), rows, title=_("⚙️ My settings"))
