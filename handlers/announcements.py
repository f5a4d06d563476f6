"""Announcements as families have them: a card that says what is asked, and takes the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.clock import day_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, long_day
from bot.core.marks import Marked
from bot.core.screens import Button, Look, Screen, Words
from bot.core.turn import Turn
from handlers import media
from handlers.wording import capital
from models.announcement import Ask, Post, Stage, media_of
from models.copies import Reading, answer, reading
from models.letter import Kind
from models.people import managed_classes, person_name

announcements = Flow("announcements")

ON_CARD = 2800
"""UTF-16 units of a text that stand on the card; what is asked has room below."""
MOST_COME = 6
"""How many of a family can be said to come."""


@announcements.ask
async def show(turn: Turn, announcement: int) -> Screen:
    """The announcement, and what can be answered; the card that every family gets."""
    return face(turn, await reading(turn.db, turn.person, announcement))


@announcements.do
async def read(turn: Turn, announcement: int) -> Link:
    """That they have read it."""
    return await _answered(turn, announcement, Ask.READ, ["read"])


@announcements.do
async def comes(turn: Turn, announcement: int, how_many: int) -> Link:
    """That so many of them come; 0: nobody does, -1: they do not know yet."""
    said: list[Any] = ["yes", how_many] if how_many > 0 else ["no"] if how_many == 0 else ["maybe"]
    if not -1 <= how_many <= MOST_COME:
        raise Sorry(_("Please choose one of the buttons."), show(announcement))
    return await _answered(turn, announcement, Ask.COMING, said)


@announcements.ask
async def how_many(turn: Turn, announcement: int) -> Screen:
    """How many of them come."""
    mine = await reading(turn.db, turn.person, announcement)
    _open_for_answers(turn, mine.post, Ask.COMING)
    numbers = [Button(str(number), comes(announcement, number)) for number in range(1, MOST_COME + 1)]
    return Screen(
        _("How many of you come?"), [numbers, [Button(_("Back"), show(announcement))]], title=_title(mine)
    )


@announcements.do
async def votes(turn: Turn, announcement: int, option: int) -> Link:
    """Choose an option of a poll; where several can be chosen, chosen once more it is not any more."""
    mine = await reading(turn.db, turn.person, announcement)
    if not 0 <= option < len(mine.post.options):
        raise Sorry(_("Please choose one of the buttons."), show(announcement))
    chosen = set(mine.answer or ()) if mine.post.several else set()
    return await _answered(turn, announcement, Ask.POLL, sorted(chosen ^ {option}))


async def _answered(turn: Turn, announcement: int, asked: Ask, said: list[Any]) -> Link:
    mine = await reading(turn.db, turn.person, announcement)
    _open_for_answers(turn, mine.post, asked)
    assert turn.person is not None  # noqa: S101 (`reading` has found a guardian)
    await answer(turn.db, announcement, turn.person, said, turn.now)
    return show(announcement)


def _open_for_answers(turn: Turn, post: Post, asked: Ask) -> None:
    """Sorry, if this is not what is asked, or not any more."""
    here = show(post.id)
    if post.stage is Stage.RECALLED or post.asks is not asked:
        raise Sorry(_("There is nothing to answer here any more."), here)
    if is_closed(post, turn.now):
        raise Sorry(_("The poll is closed."), here)


def is_closed(post: Post, now: datetime) -> bool:
    """Whether a poll takes no votes any more."""
    return post.closes_at is not None and post.closes_at <= now


def face(turn: Turn, mine: Reading) -> Screen:
    """An announcement as somebody sees it: families, and its author beforehand."""
    post = mine.post
    if post.stage is Stage.RECALLED:
        return Screen(_("This announcement has been taken back."), title=_title(mine))
    *ahead, text = marked(post).parts(ON_CARD) or [Marked("")]
    lines = [text.text] if text.text else []
    if len(mine.children) > 1:
        lines.append(_("For: {names}").format(names=listed(mine.children)))
    if post.corrected_at is not None:
        lines.append(_("✏️ Corrected {when}").format(when=moment(turn, post.corrected_at)))
    said, rows = _asked(turn, mine)
    rows += media.all_of_them(turn, post.id, mine.media)
    return Screen(
        "\n\n".join([*lines, *said]),
        rows,
        title=_title(mine),
        ahead=[*media.album(post.id, mine.media), *(Words(part.text, part.marks) for part in ahead)],
        marks=text.marks,
    )


def marked(post: Post) -> Marked:
    """The text of an announcement with its marks."""
    return Marked.unpacked(post.text, post.marks or ())


async def beforehand(turn: Turn, post: Post) -> Reading:
    """An announcement that has not gone yet, as a family of one child will read it."""
    names = dict(await managed_classes(turn.db, post.author, turn.today))
    meant = [names[id_] for id_ in (*post.audience.classes, *post.audience.committees) if id_ in names]
    author = await person_name(turn.db, post.author)
    photos = tuple(await media_of(turn.db, post.id))
    return Reading(post, (), tuple(meant[:1]), author, photos, None)


def _title(mine: Reading) -> str:
    urgent = [_("⚠️ Urgent")] if mine.post.kind is Kind.URGENT else []
    start = urgent or ["📣"]
    return " ".join([*start, " · ".join(part for part in (listed(mine.classes), mine.author_name) if part)])


def _asked(turn: Turn, mine: Reading) -> tuple[list[str], list[list[Button]]]:
    """What is asked of them, or what they have answered, and the buttons for it."""
    post, said = mine.post, mine.answer
    match post.asks:
        case Ask.READ if said:
            return [_("✅ You have confirmed that you have read it.")], []
        case Ask.READ:
            return [_("Please confirm that you have read it.")], [
                [Button(_("I have read it"), read(post.id), Look.MAIN)]
            ]
        case Ask.COMING:
            lines = [answer_name(post, said)] if said else [_("Are you coming?")]
            return lines, [
                [Button(_("I am coming"), how_many(post.id), None if said else Look.MAIN)],
                [Button(_("Not coming"), comes(post.id, 0)), Button(_("Not sure yet"), comes(post.id, -1))],
            ]
        case Ask.POLL:
            return _poll(turn, mine)
        case Ask.NOTHING:
            return [], []


def _poll(turn: Turn, mine: Reading) -> tuple[list[str], list[list[Button]]]:
    post, chosen = mine.post, set(mine.answer or ())
    closed = is_closed(post, turn.now)
    if closed:
        lines = [_("The poll is closed.")]
    elif chosen:
        lines = [answer_name(post, sorted(chosen))]
    else:
        lines = [_("Please choose; several are possible.") if post.several else _("Please choose one.")]
    if post.closes_at is not None and not closed:
        lines.append(_("Open until {when}").format(when=moment(turn, post.closes_at)))
    rows = [
        [Button(f"✓ {option}" if place in chosen else option, votes(post.id, place))]
        for place, option in enumerate(post.options)
    ]
    return ["\n".join(lines)], [] if closed else rows


def answer_name(post: Post, said: list[Any]) -> str:
    """What somebody has answered, in the reader's language."""
    match said:
        case ["yes", int(number)]:
            return _("✅ Coming: {n}").format(n=number)
        case ["no"]:
            return _("Answer: not coming")
        case ["maybe"]:
            return _("Answer: not sure yet")
        case ["read"]:
            return _("✅ Read")
        case _:
            chosen = [post.options[place] for place in said if place < len(post.options)]
            return (
                _("Chosen: {options}").format(options=listed(chosen)) if chosen else _("Nothing is chosen.")
            )


def moment(turn: Turn, at: datetime) -> str:
    """A moment as the school's clock shows it: "сьогодні, середа, 25 листопада, 14:20"."""
    local = at.astimezone(ZoneInfo(turn.speaker.timezone))
    day = long_day(day_of(at, turn.speaker.timezone), turn.today)
    return f"{day}, {local:%H:%M}"


def when_name(turn: Turn, at: datetime) -> str:
    """The same at the beginning of a sentence."""
    return capital(moment(turn, at))
