"""Sending an announcement: its letters are written with the press, and can be stopped for ten seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.core import digest, people
from bot.core.anew import bring, has_ahead
from bot.core.broadcast import broadcast, standing, stop
from bot.core.turn import Turn
from handlers import announcements
from models.announcement import Post, Stage, change, post_of
from models.audience import Addressees, addressees, allowed
from models.audit import Deed, record
from models.copies import deal_out, take_back
from models.errors import NotYours
from models.letter import Kind, State
from models.people import managed_classes
from models.spared import give
from models.wishes import News, Wish, wished

STOPPABLE = timedelta(seconds=10)
"""How long after the press nothing goes, so that it can be stopped."""


async def whom(turn: Turn, post: Post) -> Addressees:
    """Everybody whom an announcement is for; NotYours if not all of it is its author's to address now.

    What is urgent spares nobody: whoever leaves the rest to another guardian may be the one who is awake.
    """
    if await allowed(turn.db, post.author, post.audience, turn.today) != post.audience:
        raise NotYours
    mine = [id_ for id_, _name in await managed_classes(turn.db, post.author, turn.today)]
    who = await addressees(turn.db, post.school, post.audience, mine)
    return replace(who, spared=frozenset()) if post.kind is Kind.URGENT else who


async def send_out(turn: Turn, post: Post, held: timedelta = STOPPABLE) -> None:
    """Write the letters of an announcement: nothing goes for as long as it is held, and each at its person's hour."""
    who = await whom(turn, post)
    link = announcements.show(post.id)
    chats = await people.chats_of(turn.db, who.people.keys() - who.spared)
    late = [one for one in chats if waits_for_digest(post, one)]
    now = [one for one in chats if not waits_for_digest(post, one)]
    await change(turn.db, post.id, stage=Stage.SENT, sent_at=turn.now, send_at=None)
    face = announcements.face(turn, await announcements.beforehand(turn, post))
    until = turn.now + held if held else None
    await broadcast(turn, now, link, post.kind, ahead=len(face.ahead), held_until=until)
    keys: dict[int, str | None] = dict.fromkeys(who.people, people.keyed(link.packed()))
    keys |= dict.fromkeys(who.spared)
    keys |= await digest.put(turn, late, link)
    await deal_out(turn.db, post, who, keys)
    await record(turn.db, post.school, post.author, Deed.ANNOUNCED, turn.now, detail=str(post.id))


def waits_for_digest(post: Post, one: people.Speaker) -> bool:
    """Whether it comes to somebody with the day's digest."""
    wish = wished(one.wishes, News.ANNOUNCEMENTS)
    return post.kind is Kind.DIGEST or (post.kind is Kind.TODAY and wish is Wish.DIGEST)


async def stop_sending(turn: Turn, post: Post) -> bool:
    """Take back an announcement of which nothing can have gone: it is a draft again; False if it is too late."""
    if post.stage is not Stage.SENT:
        raise NotYours
    link = announcements.show(post.id)
    begun = any(one.state is not State.QUEUED or one.going for one in await standing(turn, link))
    if begun or await has_ahead(turn, link) or await digest.has_come_with(turn, link):
        return False
    await stop(turn, link)
    await take_back(turn.db, post.id)
    await change(turn.db, post.id, stage=Stage.DRAFT, sent_at=None)
    await record(turn.db, post.school, turn.person, Deed.ANNOUNCEMENT_RECALLED, turn.now, detail=str(post.id))
    return True


async def give_instead(turn: Turn, announcement: int, whom: Iterable[int]) -> None:
    """To these people, who were spared it, it goes after all: it could not come to whoever was to have it for them."""
    post, link = await post_of(turn.db, announcement), announcements.show(announcement)
    chats = await people.chats_of(turn.db, whom)
    face = announcements.face(turn, await announcements.beforehand(turn, post))
    kind = Kind.URGENT if post.kind is Kind.URGENT else Kind.TODAY
    await bring(turn, chats, link, kind, len(face.ahead))
    await give(turn.db, announcement, whom, people.keyed(link.packed()))
