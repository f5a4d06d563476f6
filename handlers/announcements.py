"""Announcements as families have them: a card that says what is asked, and takes the answer in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core import digest
from bot.core.anew import show_anew
from bot.core.broadcast import standing_with
from bot.core.clock import day_of
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, long_day, n_
from bot.core.marks import Marked
from bot.core.screens import ROWS, Button, Look, Screen, Words
from bot.core.turn import Turn
from handlers import asking, media, recent, reports
from handlers.wording import capital
from models.announcement import Ask, Post, Stage, media_of
from models.audience import classes_meant
from models.copies import Reading, answer, reading, votes
from models.letter import Kind
from models.people import managed_classes, person_name

announcements = Flow("announcements")

ON_CARD = 2800
"""UTF-16 units of a text that stand on the card; what is asked has room below."""
MOST_COME = 6
"""How many of a family can be said to come."""
ALONE = 6
"""Options of a poll that have a row each; more stand two in a row, where a phone has room for that."""
BAR = 8
"""Signs of the longest bar."""


@announcements.ask
async def show(turn: Turn, announcement: int) -> Screen:
    """The announcement, and what can be answered; the card that every family gets."""
    mine = await reading(turn.db, turn.person, announcement)
    if _shows_votes(turn, mine):
        mine = mine._replace(votes=await votes(turn.db, mine.post))
    return face(turn, mine)


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


@announcements.do
async def choose(turn: Turn, announcement: int, option: int) -> Link:
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
    await _show_elsewhere(turn, mine.post, turn.person)
    await reports.refresh(turn, mine.post)
    return show(announcement)


async def _show_elsewhere(turn: Turn, post: Post, person: int) -> None:
    """Have the answer seen wherever else this person has the announcement, where that makes no sound.

    A card that was pressed is written anew by whoever lays the answer.
    """
    link = show(post.id)
    days = sorted(await digest.days_of(turn, link, [person]))
    for one in (link, *(turn.book.digest(day) for day in days)):
        pressed = turn.speaker.chat if one is link and turn.speaker.rest != link.packed() else None
        cards = [
            card
            for card in await standing_with(turn, one, [person])
            if turn.traits[card.platform].edits and card.chat != pressed
        ]
        await show_anew(turn, cards, one, post.kind)


def _open_for_answers(turn: Turn, post: Post, asked: Ask) -> None:
    """Sorry, if this is not what is asked, or not any more."""
    here = show(post.id)
    if post.stage is Stage.RECALLED or post.asks is not asked:
        raise Sorry(_("There is nothing to answer here any more."), here)
    if is_closed(post, turn.now):
        raise Sorry(_("This vote came too late to be counted."), here)


def is_closed(post: Post, now: datetime) -> bool:
    """Whether a poll takes no votes any more."""
    return post.closes_at is not None and post.closes_at <= now


def face(turn: Turn, mine: Reading) -> Screen:
    """An announcement as somebody sees it: families, and its author beforehand."""
    post = mine.post
    if post.stage is Stage.RECALLED:
        return Screen(_("This announcement has been taken back."), title=_title(turn, mine))
    *ahead, text = marked(post).parts(ON_CARD) or [Marked("")]
    lines = [text.text] if text.text else []
    if mine.children:
        lines.append(_("For: {names}").format(names=listed(mine.children)))
    if post.corrected_at is not None:
        lines.append(_("✏️ Corrected {when}").format(when=moment(turn, post.corrected_at)))
    said, rows = _asked(turn, mine)
    rows += media.all_of_them(turn, post.id, mine.media)
    ways_on = [Button(_("✉️ Ask"), asking.write(post.id)), Button(_("All announcements"), recent.page(0))]
    if said:
        lines.append("\n".join(said))
    return Screen(
        "\n\n".join(lines),
        [*rows[: ROWS - 1], ways_on],
        title=_title(turn, mine),
        ahead=[*media.album(post.id, mine.media), *(Words(part.text, part.marks) for part in ahead)],
        marks=text.marks,
    )


def marked(post: Post) -> Marked:
    """The text of an announcement with its marks."""
    return Marked.unpacked(post.text, post.marks or ())


async def beforehand(turn: Turn, post: Post) -> Reading:
    """An announcement that has not gone yet, as a family of one child will read it."""
    names = dict(await managed_classes(turn.db, post.author, turn.today))
    ids = (*post.audience.classes, *post.audience.committees)
    meant = [
        names[id_] for id_ in ids or await classes_meant(turn.db, post.school, post.audience) if id_ in names
    ]
    author = await person_name(turn.db, post.author)
    photos = tuple(await media_of(turn.db, post.id))
    return Reading(post, (), tuple(meant[:1]), author, photos, None)


def _title(turn: Turn, mine: Reading) -> str:
    post = mine.post
    again = post.reminded_at is not None and mine.answer is None and not is_closed(post, turn.now)
    where = " · ".join(part for part in (listed(mine.classes), mine.author_name) if part)
    if again and post.stage is Stage.SENT:
        return " · ".join(part for part in (_("⏰ Reminder"), where) if part)
    start = [_("⚠️ Urgent")] if post.kind is Kind.URGENT else ["📣"]
    return " ".join([*start, where])


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
            return _coming(post, said)
        case Ask.POLL:
            return _poll(turn, mine)
        case Ask.NOTHING:
            return [], []


def _coming(post: Post, said: list[Any] | None) -> tuple[list[str], list[list[Button]]]:
    """One press says that they come; how many of them, a second one, which can be left out."""
    number = said[1] if said and said[0] == "yes" else 0
    lines = [answer_name(post, said)] if said else [_("Are you coming?")]
    if number:
        lines.append(_("Another number? Press how many of you come."))
        numbers = range(1, MOST_COME + 1)
        yes = [Button(f"✓ {n}" if n == number else str(n), comes(post.id, n)) for n in numbers]
    else:
        yes = [Button(_("I am coming"), comes(post.id, 1), None if said else Look.MAIN)]
    no, maybe = _("Not coming"), _("Not sure yet")
    others = [
        Button(f"✓ {no}" if said == ["no"] else no, comes(post.id, 0)),
        Button(f"✓ {maybe}" if said == ["maybe"] else maybe, comes(post.id, -1)),
    ]
    return lines, [yes, others]


def _poll(turn: Turn, mine: Reading) -> tuple[list[str], list[list[Button]]]:
    post, chosen = mine.post, set(mine.answer or ())
    closed = is_closed(post, turn.now)
    lines = [_("The poll is closed.")] if closed else []
    if chosen:
        lines.append(answer_name(post, sorted(chosen)))
    elif not closed:
        lines.append(_("Please choose; several are possible.") if post.several else _("Please choose one."))
    if post.closes_at is not None and not closed:
        lines.append(_("Open until {when}").format(when=moment(turn, post.closes_at)))
    if mine.votes is not None:
        lines += results(post, mine.votes)
    elif post.hidden and not closed:
        lines.append(_("The results are shown when the poll is closed."))
    buttons = [
        Button(f"✓ {option}" if place in chosen else option, choose(post.id, place))
        for place, option in enumerate(post.options)
    ]
    wide = 2 if len(buttons) > ALONE else 1
    rows = [buttons[place : place + wide] for place in range(0, len(buttons), wide)]
    return lines, [] if closed else rows


def _shows_votes(turn: Turn, mine: Reading) -> bool:
    """Whether they may see how many have chosen what: after closing; before, once they have chosen themselves."""
    open_now = mine.answer is not None and not mine.post.hidden
    return mine.post.asks is Ask.POLL and (is_closed(mine.post, turn.now) or open_now)


def results(post: Post, counted: Sequence[int]) -> list[str]:
    """The options of a poll with how many have chosen each, as small bars."""
    most = max((*counted, 1))
    lines = ["", n_("{n} vote:", "{n} votes:", sum(counted))]
    for option, number in zip(post.options, counted, strict=True):
        filled = round(number / most * BAR)
        lines.append(f"{'▰' * filled}{'▱' * (BAR - filled)} {number} · {option}")
    return lines


def answer_name(post: Post, said: list[Any]) -> str:
    """What somebody has answered, in the reader's language."""
    return said_name(post.options, said)


def said_name(options: Sequence[str], said: list[Any]) -> str:
    """The same, by the options of a poll."""
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
            chosen = [options[place] for place in said if place < len(options)]
            return (
                _("Chosen: {options}").format(options=listed(chosen)) if chosen else _("Nothing is chosen.")
            )


def moment(turn: Turn, at: datetime) -> str:
    """A moment as the school's clock shows it: "сьогодні, середа, 25 листопада, 14:20"."""
    local = at.astimezone(ZoneInfo(turn.speaker.timezone))
    day = long_day(day_of(at, turn.speaker.timezone), turn.today)
    return f"{day}, {local.hour}:{local:%M}"


def when_name(turn: Turn, at: datetime) -> str:
    """The same at the beginning of a sentence."""
    return capital(moment(turn, at))
