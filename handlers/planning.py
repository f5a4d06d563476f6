"""An announcement that goes by itself at its time: it waits, is taken back, goes by the clock, or loses its author."""

from __future__ import annotations

import enum
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.clock import day_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _
from bot.core.laying import send_ahead, send_sample
from bot.core.posting import post as show_to
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from bot.core.withdraw import withdraw
from handlers import announcements, announcing, audience, compose, timing
from models.announcement import Ask, Post, Stage, change, discard, own_post, post_of
from models.audience import allowed, classes_meant
from models.errors import NotYours
from models.letter import Kind
from models.people import managed_classes, teachers_of
from models.school import school_of
from models.staff import administrators

planning = Flow("planning")

GRACE = timedelta(hours=1)
"""So much too late it goes whatever the day is; later only while its day lasts."""

SHOWN = 2500
"""UTF-16 units of a text that whoever is asked to take it over is shown."""


class Why(enum.StrEnum):
    """Why something planned has not gone."""

    LATE = "late"
    OTHERS = "others"
    """Some of those whom it was for are not in the author's classes any more."""


@planning.ask
async def when(turn: Turn, post: int) -> Screen:
    """When it is to go."""
    await compose.drafted(turn, post)
    rows = [
        [
            Button(_("At once"), at_once(post)),
            Button(_("Tomorrow at 8:00"), timing.tomorrow(post, timing.What.SEND, 8)),
        ],
        [Button(_("Another day and hour"), timing.day(post, timing.What.SEND, turn.today))],
        [Button(_("Back"), compose.hub(post))],
    ]
    hears = timing.typed(post, timing.What.SEND)
    return Screen(timing.how_to_type(), rows, title=_("When is it to go?"), hears=hears)


@planning.do
async def at_once(turn: Turn, post: int) -> Link:
    """With the press that sends it."""
    await compose.drafted(turn, post)
    await change(turn.db, post, send_at=None)
    return compose.hub(post)


def when_name(turn: Turn, mine: Post) -> str:
    """When it goes, in small letters."""
    return announcements.moment(turn, mine.send_at) if mine.send_at else _("at once")


async def plan(turn: Turn, mine: Post) -> Link:
    """Let it wait for its time; Sorry if that has passed meanwhile."""
    if mine.send_at is None or mine.send_at <= turn.now:
        raise Sorry(_("That hour has passed already. Please choose a later one."), when(mine.id))
    await change(turn.db, mine.id, stage=Stage.PLANNED)
    return planned(mine.id)


@planning.ask
async def planned(turn: Turn, post: int) -> Screen | Link:
    """That it waits for its time, and what can be done until then."""
    mine = await own_post(turn.db, turn.person, post, turn.today)
    if mine.stage is not Stage.PLANNED:
        return compose.whereabouts(mine)
    lines = [
        f"«{compose.beginning(mine)}»",
        _("It goes: {when}").format(when=when_name(turn, mine)),
        *await compose.summary(turn, mine),
    ]
    rows = [
        [Button(_("Look at it"), look(post))],
        [Button(_("Change something"), change_it(post)), Button(_("Do not send"), unplan(post), Look.DANGER)],
    ]
    return Screen("\n".join(lines), rows, title=_("📣 Waits for its time"))


@planning.do
async def look(turn: Turn, post: int) -> Link:
    """Show what waits exactly as families will see it."""
    mine = await _waiting(turn, post)
    face = announcements.face(turn, await announcements.beforehand(turn, mine))
    await send_ahead(turn, face.ahead)
    await send_sample(turn, face)
    return planned(post)


@planning.do
async def change_it(turn: Turn, post: int) -> Link:
    """A draft again, to be changed; it does not go while it is one."""
    await _waiting(turn, post)
    await change(turn.db, post, stage=Stage.DRAFT)
    return compose.hub(post).saying(_("It is a draft again, and does not go by itself until you send it."))


@planning.do
async def unplan(turn: Turn, post: int) -> Link:
    """Do not send it: it is a draft again, without a time."""
    await _waiting(turn, post)
    await change(turn.db, post, stage=Stage.DRAFT, send_at=None)
    return compose.hub(post).saying(_("It will not be sent. It is a draft again."))


async def _waiting(turn: Turn, post: int) -> Post:
    mine = await own_post(turn.db, turn.person, post, turn.today)
    if mine.stage is not Stage.PLANNED:
        raise Sorry(
            _("This announcement does not wait any more. Here is how it is now."), compose.whereabouts(mine)
        )
    return mine


# What the clock does


async def goes(turn: Turn, announcement: int) -> None:
    """The time of something planned has come: it goes, once; or it becomes a draft, and somebody is told why.

    It goes by the rights of its author at this moment. What was held up for longer than GRACE goes on its own day
    only.
    """
    mine = await post_of(turn.db, announcement)
    if mine.stage is not Stage.PLANNED or mine.send_at is None or mine.send_at > turn.now:
        return
    zone = (await school_of(turn.db, mine.school)).timezone
    there = replace(turn, today=day_of(turn.now, zone))
    if not await managed_classes(turn.db, mine.author, there.today):
        await _without_author(there, mine)
    elif _too_late(mine, turn.now, zone):
        await _told(there, mine, Why.LATE)
    elif await allowed(turn.db, mine.author, mine.audience, there.today) != mine.audience:
        await _told(there, mine, Why.OTHERS)
    else:
        await announcing.send_out(there, mine, held=timedelta())


def _too_late(mine: Post, now: datetime, zone: str) -> bool:
    assert mine.send_at is not None  # noqa: S101 (told to the type checker)
    closed = mine.asks is Ask.POLL and announcements.is_closed(mine, now)
    return closed or (now - mine.send_at > GRACE and day_of(now, zone) > day_of(mine.send_at, zone))


async def _told(turn: Turn, mine: Post, why: Why) -> None:
    """Make it a draft, and tell its author."""
    await change(turn.db, mine.id, stage=Stage.DRAFT)
    await show_to(turn, [mine.author or 0], missed(mine.id, why), Kind.TODAY, ring=True)


@planning.ask
async def missed(turn: Turn, post: int, why: Why) -> Screen | Link:
    """To the author: that something planned has not gone, and why."""
    mine = await own_post(turn.db, turn.person, post, turn.today)
    if mine.stage is not Stage.DRAFT:
        return compose.whereabouts(mine)
    lines = [f"«{compose.beginning(mine)}»"]
    if mine.send_at is not None:
        lines.append(_("It was to go: {when}").format(when=announcements.moment(turn, mine.send_at)))
    match why:
        case Why.LATE:
            lines.append(_("Klasno was not running then, and its time is over."))
        case Why.OTHERS:
            lines.append(_("Some of those whom it was for are not in your classes any more."))
    lines.append(_("It is a draft now: look it over and send it, or throw it away."))
    rows = [[Button(_("Open the draft"), compose.hub(post), Look.MAIN)]]
    return Screen("\n".join(lines), rows, title=_("⚠️ An announcement has not gone"))


# What is left without an author


async def _without_author(turn: Turn, mine: Post) -> None:
    """Its author manages no class any more: nothing is sent, and whoever has the classes now is asked."""
    await change(turn.db, mine.id, stage=Stage.DRAFT, author_id=None)
    heirs: set[int] = set()
    for school_class in await classes_meant(turn.db, mine.school, mine.audience):
        heirs |= {id_ for id_, _name in await teachers_of(turn.db, school_class, turn.today)}
    if not heirs:
        heirs = {one.id for one in await administrators(turn.db, mine.school, turn.today)}
    await show_to(turn, heirs, left(mine.id), Kind.TODAY, ring=True)


@planning.ask
async def left(turn: Turn, post: int) -> Screen:
    """To whoever has the class now: an announcement that has not gone, as its author is not here any more."""
    mine = await _left(turn, post)
    names = dict(await managed_classes(turn.db, turn.person, turn.today))
    meant = await classes_meant(turn.db, mine.school, mine.audience)
    lines = [_("Its author does not have the class any more, so nothing was sent.")]
    lines.append(_("It was to go: {when}").format(when=when_name(turn, mine)))
    lines.append(_("To: {whom}").format(whom=await audience.whom_name(turn, mine)))
    rows = [
        [Button(_("Take it over"), take_over(post), Look.MAIN)],
        [Button(_("Throw it away"), drop(post))],
    ]
    title = " · ".join(["📣", *(name for id_, name in names.items() if id_ in meant)][:4])
    text = shorten(mine.text, SHOWN)
    return Screen("\n".join([f"«{text}»", "", *lines]), rows, title=title)


@planning.do
async def take_over(turn: Turn, post: int) -> Link:
    """Make it a draft of one's own, for those of one's own classes."""
    mine = await _left(turn, post)
    others = await _asked_too(turn, mine)
    kept = await allowed(turn.db, turn.person, mine.audience, turn.today)
    await change(turn.db, post, author_id=turn.person, audience=kept, send_at=None)
    await withdraw(turn, others)
    return compose.hub(post).saying(_("It is your draft now."))


@planning.do
async def drop(turn: Turn, post: int) -> Link:
    """Nobody is to send it."""
    mine = await _left(turn, post)
    others = await _asked_too(turn, mine)
    await discard(turn.db, post)
    await withdraw(turn, others)
    return turn.home.saying(_("The draft is thrown away."))


async def _asked_too(turn: Turn, mine: Post) -> set[int]:
    """Everybody on whose phone the card may stand."""
    heirs = {one.id for one in await administrators(turn.db, mine.school, turn.today)}
    for school_class in await classes_meant(turn.db, mine.school, mine.audience):
        heirs |= {id_ for id_, _name in await teachers_of(turn.db, school_class, turn.today)}
    return heirs


async def _left(turn: Turn, post: int) -> Post:
    """What was planned and has no author, if it concerns a class of this person's; NotYours otherwise."""
    mine = await post_of(turn.db, post)
    if mine.author is None and mine.stage is Stage.DRAFT and mine.send_at is not None:
        meant = await classes_meant(turn.db, mine.school, mine.audience)
        if meant & {id_ for id_, _name in await managed_classes(turn.db, turn.person, turn.today)}:
            return mine
    raise NotYours
