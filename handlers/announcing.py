"""Sending an announcement: its letters are written with the press, and can be stopped for ten seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core import digest, people
from bot.core.broadcast import broadcast, standing, stop
from bot.core.turn import Turn
from handlers import announcements
from models.announcement import Post, Stage, change, own_post
from models.audience import Addressees, addressees
from models.copies import deal_out, take_back
from models.errors import NotYours
from models.letter import Kind, State
from models.people import managed_child, managed_class
from models.wishes import News, Wish, wished

STOPPABLE = timedelta(seconds=10)
"""How long after the press nothing goes, so that it can be stopped."""


async def whom(turn: Turn, post: Post) -> Addressees:
    """Everybody whom an announcement is for; NotYours if its author does not manage all of these classes now.

    What is urgent spares nobody: whoever leaves the rest to another guardian may be the one who is awake.
    """
    audience, author = post.audience, post.author
    for school_class in {*audience.classes, *audience.committees}:
        await managed_class(turn.db, author, school_class, turn.today)
    for child in audience.children:
        await managed_child(turn.db, author, child, turn.today)
    if audience.silent is not None:
        await own_post(turn.db, author, audience.silent, turn.today)
    who = await addressees(turn.db, post.school, audience)
    return replace(who, spared=frozenset()) if post.kind is Kind.URGENT else who


async def send_out(turn: Turn, post: Post) -> None:
    """Write the letters of an announcement: nothing goes within STOPPABLE, and each at its person's hour."""
    who = await whom(turn, post)
    link = announcements.show(post.id)
    chats = await people.chats_of(turn.db, who.people.keys() - who.spared)
    late = [one for one in chats if _waits_for_digest(post, one)]
    now = [one for one in chats if not _waits_for_digest(post, one)]
    held = turn.now + STOPPABLE
    await change(turn.db, post.id, stage=Stage.SENT, sent_at=turn.now, send_at=None)
    face = announcements.face(turn, await announcements.beforehand(turn, post))
    await broadcast(turn, now, link, post.kind, ahead=len(face.ahead), held_until=held)
    keys: dict[int, str | None] = dict.fromkeys(who.people, people.keyed(link.packed()))
    keys |= dict.fromkeys(who.spared)
    keys |= await digest.put(turn, late, link)
    await deal_out(turn.db, post, who, keys)


def _waits_for_digest(post: Post, one: people.Speaker) -> bool:
    wish = wished(one.wishes, News.ANNOUNCEMENTS)
    return post.kind is Kind.DIGEST or (post.kind is Kind.TODAY and wish is Wish.DIGEST)


async def stop_sending(turn: Turn, post: Post) -> bool:
    """Take back an announcement of which nothing has gone yet, so that it is a draft again; False if it is too late."""
    if post.stage is not Stage.SENT:
        raise NotYours
    link = announcements.show(post.id)
    if any(one.state is not State.QUEUED for one in await standing(turn, link)):
        return False
    await stop(turn, link)
    await take_back(turn.db, post.id)
    await change(turn.db, post.id, stage=Stage.DRAFT, sent_at=None)
    return True
