"""Composing an announcement: from whatever a teacher sends, or from the menu, to a draft that says all of it."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Sorry
from bot.core.events import Said, Sent, What
from bot.core.flows import SILENCE, Flow, Link
from bot.core.i18n import N_, _
from bot.core.marks import Marked
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from handlers import announcements, audience, media, planning, polling, preview, reports
from handlers.wording import capital, too_long
from models.announcement import (
    LONGEST,
    Ask,
    Audience,
    Post,
    Stage,
    change,
    discard,
    draft,
    media_of,
    own_post,
    posts_by,
    take_media_out,
)
from models.audience import allowed
from models.errand import awaited
from models.errors import NotYours
from models.letter import Kind
from models.people import classes_of, managed_classes

compose = Flow("compose", command="announce", title=N_("Announce something"))

PLANNED = 5
"""Planned ones that are offered to be opened."""
LAST = 10
"""Earlier announcements that are offered to be used once more."""
SHOWN = 2500
"""UTF-16 units of it that a draft shows among everything else."""
OF_DRAFTS = {"compose", "preview", "audience", "media", "planning", "polling"}
"""Flows of drafts: whoever rests on a step of theirs and sends something adds to the draft that it is about."""
BEGINNING = 36
"""Signs of an announcement by which it is known again on a button."""


@compose.ask
async def start(turn: Turn) -> Screen | Link:
    """What is to be announced; drafts that wait are offered first."""
    if not await managed_classes(turn.db, turn.person, turn.today):
        return turn.home.saying(_("Announcements are made by class teachers and administrators."))
    waiting = await posts_by(turn.db, turn.person, [Stage.DRAFT], 3)
    rows = [[Button(_("Draft: {text}").format(text=beginning(one)), hub(one.id))] for one in waiting]
    planned = await posts_by(turn.db, turn.person, [Stage.PLANNED], PLANNED)
    rows += [
        [Button(_("Waits: {text}").format(text=beginning(one)), planning.planned(one.id))] for one in planned
    ]
    rows.append([Button(_("Use an earlier one"), earlier())])
    rows.append([Button(_("My announcements"), reports.all_mine(0))])
    text = _("Write the text, or send a photo, an album, a video, a file or a voice message.")
    return Screen(text, rows, title=_("📣 A new announcement"), hears=write())


@compose.hear(most=LONGEST)
async def write(turn: Turn, _text: str) -> Link:
    """Begin an announcement with a text."""
    return hub(await _begin(turn, turn.styled))


@compose.ask
async def earlier(turn: Turn) -> Screen:
    """The last ones of this person, to be used once more."""
    found = await posts_by(turn.db, turn.person, [Stage.SENT, Stage.RECALLED], LAST)
    rows = [[Button(beginning(one), again(one.id))] for one in found]
    text = _("Which one? You can change everything before it goes.") if found else _("There is none yet.")
    return Screen(text, [*rows, [Button(_("Back"), start())]], title=_("Earlier announcements"))


@compose.do
async def again(turn: Turn, post: int) -> Link:
    """A draft like an earlier announcement, for the same people as far as they are this person's still.

    A poll that hid its results until it closed asks for a new closing time when it is to go.
    """
    old = await own_post(turn.db, turn.person, post, turn.today)
    if old.author != turn.person:
        raise NotYours
    new = await _begin(turn, announcements.marked(old))
    kept = {"kind": int(old.kind), "asks": old.asks, "options": list(old.options) or None}
    await change(turn.db, new, **kept, several=old.several, hidden=old.hidden)
    if (whom := await allowed(turn.db, turn.person, old.audience, turn.today)) != Audience():
        await change(turn.db, new, audience=whom)
    return hub(new)


async def offered(turn: Turn, what: What) -> Link | None:
    """What somebody sends that nobody has asked for: a teacher may want it announced."""
    if not isinstance(what, Said | Sent) or not await managed_classes(turn.db, turn.person, turn.today):
        return None
    said = what.styled or Marked(what.text if isinstance(what, Said) else what.caption)
    said, file = said.part(0, LONGEST).stripped(), what.file if isinstance(what, Sent) else None
    if file is None and not said.text:
        return None
    mine = await _at_hand(turn)
    if mine is None:
        where = what_now(await _begin(turn, said))
    else:
        where = going_on(turn, mine.id)
        if said.text:
            await _write(turn, mine.id, (announcements.marked(mine) + Marked("\n\n") + said).stripped())
    if file is None:
        return where
    post = where.answers[0]
    alone = await turn.fetch_media(file, media.attach(post))
    if not alone or not turn.traits[turn.speaker.platform].edits:
        return (
            SILENCE  # what comes of it is the answer; of several that came together, what comes of the last
        )
    return where.saying(_("One moment: it is being fetched."))


def going_on(turn: Turn, post: int) -> Link:
    """Where something leads that was sent for a draft: whoever has not said yet what it is for is asked."""
    rest = turn.speaker.rest or [""]
    composing = rest[0].split(".")[0] in OF_DRAFTS and rest != what_now(post).packed()
    return hub(post) if composing else what_now(post)


async def _at_hand(turn: Turn) -> Post | None:
    """The draft that this person is at, or for which something is being fetched."""
    for link in (*await awaited(turn.db, turn.speaker.chat), turn.speaker.rest or []):
        mine = await _draft_of(turn, link)
        if mine is not None:
            return mine
    return None


async def _draft_of(turn: Turn, link: list[Any]) -> Post | None:
    match link:
        case [str(step), int(post), *_more] if step.split(".")[0] in OF_DRAFTS:
            mine = await own_post(turn.db, turn.person, post, turn.today)
            return mine if mine.stage is Stage.DRAFT else None
    return None


async def _begin(turn: Turn, text: Marked) -> int:
    """A new draft for the one class that this person teaches, or for nobody yet."""
    mine = await classes_of(turn.db, turn.person, turn.today) or await managed_classes(
        turn.db, turn.person, turn.today
    )
    whom = Audience(classes=(mine[0][0],)) if len(mine) == 1 else Audience()
    assert turn.person is not None and turn.speaker.school is not None  # noqa: S101, PT018 (who manages a class is somebody)
    school, marks = turn.speaker.school, text.packed() or None
    return await draft(turn.db, school, turn.person, whom, text.text, marks, turn.now)


@compose.ask
async def what_now(turn: Turn, post: int) -> Screen | Link:
    """What is to be done with what was sent."""
    mine = await drafted(turn, post)
    photos = len(await media_of(turn.db, post))
    lines = [f"«{beginning(mine)}»"] if mine.text else []
    lines += [_("Photos and files: {n}").format(n=photos)] if photos else []
    rows = [
        [Button(_("📣 Announce it"), hub(post), Look.MAIN)],
        [Button(_("Nothing, throw it away"), throw_away(post))],
    ]
    return Screen("\n".join(lines), rows, title=_("What shall be done with this?"))


@compose.ask
async def hub(turn: Turn, post: int) -> Screen | Link:
    """Everything about a draft at a glance, and the way to change it."""
    mine = await drafted(turn, post)
    said = announcements.marked(mine) if mine.text else Marked(_("There is no text yet: please write it."))
    photos = len(await media_of(turn.db, post))
    lines = [
        "",
        "",
        *([_("Photos and files: {n}").format(n=photos)] if photos else []),
        *await summary(turn, mine),
        _("When: {when}").format(when=planning.when_name(turn, mine)),
    ]
    rows = [
        [Button(_("Look at it and send"), preview.show(post), Look.MAIN)],
        [Button(_("To whom"), audience.choose(post)), Button(_("When"), planning.when(post))],
        [Button(_("Kind"), kind(post)), Button(_("What is asked"), asks(post))],
        [Button(_("Write the text anew"), text(post)), Button(_("Throw it away"), throw_away(post))],
    ]
    if photos:
        rows.insert(3, [Button(_("Without photos and files"), without_media(post))])
    shown = said.shortened(SHOWN) + Marked("\n".join(lines))
    return Screen(shown.text, rows, title=_("📣 Draft"), hears=more(post), marks=shown.marks)


async def summary(turn: Turn, mine: Post) -> list[str]:
    """To whom it goes, how pressing it is, and what is asked."""
    return [
        _("To: {whom}").format(whom=await audience.whom_name(turn, mine)),
        _("Kind: {kind}").format(kind=kind_name(mine.kind)),
        _("Answer: {answer}").format(answer=ask_name(mine.asks)),
    ]


@compose.hear(most=LONGEST)
async def more(turn: Turn, _said: str, post: int) -> Link:
    """One more paragraph."""
    mine = await drafted(turn, post)
    await _write(turn, post, (announcements.marked(mine) + Marked("\n\n") + turn.styled).stripped())
    return hub(post)


@compose.ask
async def text(turn: Turn, post: int) -> Screen:
    """The text, anew."""
    await drafted(turn, post)
    rows = [[Button(_("Back"), hub(post))]]
    return Screen(_("Write the whole text; it takes the place of what is there."), rows, hears=rewrite(post))


@compose.hear(most=LONGEST)
async def rewrite(turn: Turn, _said: str, post: int) -> Link:
    """Keep the new text."""
    await drafted(turn, post)
    await _write(turn, post, turn.styled)
    return hub(post)


async def _write(turn: Turn, post: int, text: Marked) -> None:
    if len(text.text) > LONGEST:
        raise Sorry(too_long(LONGEST), hub(post))
    await change(turn.db, post, text=text.text, marks=text.packed() or None)


@compose.do
async def without_media(turn: Turn, post: int) -> Link:
    """Take all photos and files out of it."""
    await drafted(turn, post)
    await take_media_out(turn.db, post)
    return hub(post)


@compose.ask
async def kind(turn: Turn, post: int) -> Screen:
    """How pressing it is."""
    mine = await drafted(turn, post)
    lines = [
        _("Ordinary: now, outside of quiet hours."),
        _("Urgent: at once, at night too."),
        _("In the digest: once a day, at the hour that each person has chosen, with other news."),
    ]
    rows = [
        [Button(capital(kind_name(one)), keep_kind(post, one), Look.MAIN if one is mine.kind else None)]
        for one in (Kind.TODAY, Kind.URGENT, Kind.DIGEST)
    ]
    return Screen("\n".join(lines), [*rows, [Button(_("Back"), hub(post))]], title=_("Kind"))


@compose.do
async def keep_kind(turn: Turn, post: int, chosen: Kind) -> Link:
    """Keep how pressing it is."""
    await drafted(turn, post)
    if chosen is Kind.REPLY:
        raise Sorry(_("Please choose one of the buttons."), kind(post))
    await change(turn.db, post, kind=int(chosen))
    return hub(post)


@compose.ask
async def asks(turn: Turn, post: int) -> Screen:
    """What families are to answer."""
    mine = await drafted(turn, post)
    rows = [
        [Button(capital(ask_name(one)), keep_asks(post, one), Look.MAIN if one is mine.asks else None)]
        for one in Ask
    ]
    return Screen(
        _("What are families to answer?"), [*rows, [Button(_("Back"), hub(post))]], title=_("What is asked")
    )


@compose.do
async def keep_asks(turn: Turn, post: int, chosen: Ask) -> Link:
    """Keep what is asked."""
    await drafted(turn, post)
    await change(turn.db, post, asks=chosen)
    return polling.show(post) if chosen is Ask.POLL else hub(post)


@compose.do
async def throw_away(turn: Turn, post: int) -> Link:
    """Throw a draft away."""
    await drafted(turn, post)
    await discard(turn.db, post)
    return turn.home.saying(_("The draft is thrown away."))


async def drafted(turn: Turn, post: int) -> Post:
    """A draft of this person's own; Sorry, leading to what became of it, once it has been sent."""
    mine = await own_post(turn.db, turn.person, post, turn.today)
    if mine.stage is Stage.PLANNED:
        raise Sorry(_("It waits for its time. To change it, press “Change something”."), whereabouts(mine))
    if mine.stage is not Stage.DRAFT:
        raise Sorry(_("This announcement has been sent already."), whereabouts(mine))
    return mine


def whereabouts(mine: Post) -> Link:
    """The screen of an announcement by how far it has come."""
    match mine.stage:
        case Stage.DRAFT:
            return hub(mine.id)
        case Stage.PLANNED:
            return planning.planned(mine.id)
        case Stage.SENT | Stage.RECALLED:
            return reports.card(mine.id)


def beginning(post: Post) -> str:
    """By what an announcement is known again."""
    return shorten(" ".join(post.text.split()), BEGINNING)


def kind_name(kind: Kind) -> str:
    """How pressing something is, in small letters."""
    match kind:
        case Kind.URGENT:
            return _("urgent")
        case Kind.DIGEST:
            return _("in the digest")
        case _:
            return _("ordinary")


def ask_name(asks: Ask) -> str:
    """What families are to answer, in small letters."""
    match asks:
        case Ask.NOTHING:
            return _("none is needed")
        case Ask.READ:
            return _("“I have read it”")
        case Ask.COMING:
            return _("coming or not")
        case Ask.POLL:
            return _("a poll")
