"""The language: taken from the messenger at first contact, changed with a tap."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core import people
from bot.core.flows import Flow, Link
from bot.core.i18n import LANGUAGES, N_, _, speaking
from bot.core.laying import set_menu
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import home, settings
from models.people import roles_of
from models.school import school_of

language = Flow("language", command="language", title=N_("Language"), open_to_strangers=True)


@language.ask
async def choose(turn: Turn) -> Screen:
    """Each language that the school speaks, in its own words."""
    tags = await _spoken(turn)
    return Screen("Мова · Язык · Language", [[Button(LANGUAGES[tag], speak(tag))] for tag in tags])


@language.do
async def speak(turn: Turn, tag: str) -> Link:
    """Speak it from now on, everywhere."""
    turn.speaker.language = tag if tag in await _spoken(turn) else turn.speaker.language
    await send_menu(turn)
    with speaking(turn.speaker.language):
        on = settings.hub() if turn.person is not None else turn.home
        return on.saying(_("English it is."))


async def _spoken(turn: Turn) -> list[str]:
    """What there is to choose: the school's languages; all of ours to whoever has not joined one."""
    school = turn.speaker.school
    chosen = (await school_of(turn.db, school)).languages if school else tuple(LANGUAGES)
    return [tag for tag in LANGUAGES if tag in chosen] or list(LANGUAGES)


async def send_menu(turn: Turn) -> None:
    """Put the commands of this person's roles into the messenger's own menu, in their language."""
    flows = home.commands(await roles_of(turn.db, turn.person, turn.today))
    with speaking(turn.speaker.language):
        await set_menu(turn, [(one.command, _(one.title)) for one in flows])


async def send_menus(turn: Turn, whom: Iterable[int]) -> None:
    """The same for every chat of these people, after their roles have changed."""
    for one in await people.all_chats_of(turn.db, whom):
        await send_menu(turn if one.chat == turn.speaker.chat else turn.beside(one))
    turn.outcome.mail = True
