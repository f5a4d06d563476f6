"""Photos, videos and files of an announcement: they come in for its draft, and go out to whoever may read it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.errors import Sorry
from bot.core.flows import Flow, Kept, Link
from bot.core.i18n import _, n_
from bot.core.paper import Stored
from bot.core.screens import Album, Button
from bot.core.turn import Turn
from handlers import announcements, compose
from models.announcement import add_medium, media_of, own_post
from models.copies import reading
from models.errors import NotYours

media = Flow("media")

ALBUM = 10
"""Photos of one announcement: as many as an album of Telegram has."""


@media.take_media
async def attach(turn: Turn, kept: Kept, post: int) -> Link:
    """One more of them for a draft."""
    await compose.drafted(turn, post)
    there = compose.going_on(turn, post)
    if len(await media_of(turn.db, post)) >= ALBUM:
        raise Sorry(
            n_(
                "An announcement has room for {n} photo. The rest can go in the next one.",
                "An announcement has room for {n} photos. The rest can go in the next one.",
                ALBUM,
            ),
            there,
        )
    await add_medium(turn.db, post, kept.medium)
    return there


@media.file
async def one(turn: Turn, announcement: int, medium: int) -> Stored:
    """One of them, for whoever reads the announcement, and for whoever made it."""
    if medium not in await _seen(turn, announcement):
        raise NotYours
    return await turn.stored(medium)


@media.do
async def every(turn: Turn, announcement: int) -> Link:
    """Send each by itself, where an album comes as one picture."""
    mine = await reading(turn.db, turn.person, announcement)
    for link in links_of(announcement, mine.media):
        await turn.send_file(link, "", picture=True)
    return announcements.show(announcement)


async def _seen(turn: Turn, announcement: int) -> Sequence[int]:
    """What of it whoever speaks may see: nothing of what was taken back, but for who manages a class of it."""
    try:
        return (await reading(turn.db, turn.person, announcement)).media
    except NotYours:
        await own_post(turn.db, turn.person, announcement, turn.today)
        return await media_of(turn.db, announcement)


def links_of(announcement: int, mine: Sequence[int]) -> list[Link]:
    """Where each of them is to be had."""
    return [one(announcement, medium) for medium in mine]


def album(announcement: int, mine: Sequence[int]) -> list[Album]:
    """What goes ahead of an announcement with these media."""
    return [Album(links_of(announcement, mine))] if mine else []


def all_of_them(turn: Turn, announcement: int, mine: Sequence[int]) -> list[list[Button]]:
    """The way to each by itself, where an album comes as one picture."""
    if len(mine) < 2 or turn.traits[turn.speaker.platform].albums:
        return []
    return [[Button(_("All photos: {n}").format(n=len(mine)), every(announcement))]]
