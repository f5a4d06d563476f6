"""Asking about an announcement: what a family writes goes to the teacher alone, and can be taken back."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.core import shown
from bot.core.digest import items_of
from bot.core.errors import Sorry
from bot.core.events import Said, Sent, Thing, What
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_
from bot.core.posting import comes_at, post
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from bot.core.withdraw import withdraw
from handlers import announcements, questions, recent
from handlers.wording import too_long
from models.announcement import Stage
from models.copies import Reading, reading
from models.errors import NotYours
from models.people import managed_classes
from models.question import (
    MOST_OPEN,
    QUESTION_LENGTH,
    TooManyOpen,
    answerers,
    ask,
    own_question,
    questions_about,
    withdraw_question,
)

asking = Flow("asking")

BEGINNING = 60
"""Signs of an announcement by which it is known again."""


@asking.ask
async def write(turn: Turn, announcement: int) -> Screen:
    """A question is asked for."""
    mine = await _open(turn, announcement)
    teachers = await _teachers(turn, mine)
    lines = [
        f"📣 {_about(mine)}",
        _("Write your question in one message. Only these people see it: {teachers}.").format(
            teachers=listed(list(teachers.values()))
        ),
    ]
    rows = [[Button(_("Back"), announcements.show(announcement))]]
    return Screen("\n\n".join(lines), rows, title=_("✉️ Question"), hears=send(announcement))


@asking.hear
async def send(turn: Turn, text: str, announcement: int) -> Link:
    """Pass it on to the teacher."""
    return await _pass_on(turn, announcement, text)


@asking.ask
async def asked(turn: Turn, question: int) -> Screen:
    """What became of a question: who has it, or what was answered; what is typed here goes on asking."""
    mine = await own_question(turn.db, turn.person, question)
    about = await reading(turn.db, turn.person, mine.announcement)
    back = Button(_("To the announcement"), announcements.show(mine.announcement))
    hears = None if await _is_staff(turn) else send(mine.announcement)
    lines = [f"📣 {_about(about)}", f"«{mine.text}»"]
    if mine.answer is None:
        lines.append(await _who_has_it(turn, about))
        rows = [[Button(_("Take the question back"), take_back(question), Look.DANGER)], [back]]
        return Screen("\n\n".join(lines), rows, title=_("✉️ Question"), hears=hears)
    lines.append(f"{mine.teacher}: {mine.answer}" if mine.teacher else mine.answer)
    rows = [[Button(_("✉️ Ask more"), write(mine.announcement))], [back]]
    return Screen("\n\n".join(lines), rows, title=_("✉️ Answer"), hears=hears)


@asking.do
async def take_back(turn: Turn, question: int) -> Link:
    """Take it back, as long as nobody has answered."""
    mine = await own_question(turn.db, turn.person, question)
    about = await reading(turn.db, turn.person, mine.announcement)
    assert turn.person is not None  # noqa: S101 (whoever has asked is somebody)
    teachers = await answerers(turn.db, about.post, turn.person, turn.today)
    if not await withdraw_question(turn.db, turn.person, question):
        return asked(question).saying(_("There is an answer already."))
    await withdraw(turn, teachers)
    return announcements.show(mine.announcement).saying(_("The question is taken back."))


async def replied(turn: Turn, what: What) -> Link | None:
    """An answer to a message that shows an announcement is a question about it; a teacher's is not."""
    text, reply_to = _text(what), getattr(what, "reply_to", None)
    if not text or reply_to is None or await _is_staff(turn):
        return None
    return await _meant(turn, await shown.of_message(turn, reply_to), what, text)


async def typed(turn: Turn, what: What) -> Link | None:
    """What is typed below an announcement's card, and no screen waits for, is a question about it."""
    text = _text(what)
    if not text or await _is_staff(turn):
        return None
    return await _meant(turn, await shown.newest(turn), what, text)


async def _meant(turn: Turn, link: Link | None, what: What, text: str) -> Link | None:
    """Ask about what a message shows, if that is an announcement or what was said of it."""
    try:
        about = await _announcements(turn, link) if link else []
        for announcement in about:
            await reading(turn.db, turn.person, announcement)
    except NotYours:
        return None
    if len(about) > 1:
        return recent.page(0).saying(_("Which one is your question about? Open it and press “✉️ Ask”."))
    if not about:
        return None
    there = await _pass_on(turn, about[0], text)
    if isinstance(what, Sent):
        return there.saying(_("Only your words were passed on, without the photo or file."))
    return there


async def _announcements(turn: Turn, link: Link) -> list[int]:
    """What a message is about: an announcement, a question about one, or a day's digest of several."""
    name = link.step
    if name == announcements.show.name:
        return [int(link.answers[0])]
    if name == asked.name:
        return [(await own_question(turn.db, turn.person, int(link.answers[0]))).announcement]
    if name == turn.book.digest(turn.today).step:
        _step, (day,) = turn.book.find(link.packed())
        items = [await _announcements(turn, one) for one in await items_of(turn, day)]
        return [announcement for one in items for announcement in one]
    return []


def _text(what: What) -> str:
    """The words of what was sent; none of what somebody else wrote."""
    match what:
        case Said(text):
            return "" if text.startswith("/") else text.strip()
        case Sent(thing, caption) if thing is not Thing.FORWARD:
            return caption.strip()
        case _:
            return ""


async def _pass_on(turn: Turn, announcement: int, text: str) -> Link:
    mine = await _open(turn, announcement)
    teachers = await _teachers(turn, mine)
    if len(text) > QUESTION_LENGTH:
        raise Sorry(too_long(QUESTION_LENGTH), write(announcement))
    assert turn.person is not None  # noqa: S101 (`reading` has found a guardian)
    before = await questions_about(turn.db, next(iter(teachers)), announcement, turn.today)
    try:
        question = await ask(turn.db, mine.post, turn.person, text, turn.now)
    except TooManyOpen:
        sentence = n_(
            "{n} question of yours waits for an answer. Please wait for that first.",
            "{n} questions of yours wait for an answer. Please wait for these first.",
            MOST_OPEN,
        )
        raise Sorry(sentence, announcements.show(announcement)) from None
    all_answered = all(one.answer is not None for one in before)
    await post(turn, teachers, questions.card(announcement), ring=all_answered)
    return asked(question)


async def _open(turn: Turn, announcement: int) -> Reading:
    """The announcement, as long as it can be asked about."""
    mine = await reading(turn.db, turn.person, announcement)
    if mine.post.stage is Stage.RECALLED:
        raise Sorry(_("This announcement has been taken back."), announcements.show(announcement))
    return mine


async def _teachers(turn: Turn, mine: Reading) -> dict[int, str]:
    """Who gets it; Sorry if nobody can be reached here."""
    assert turn.person is not None  # noqa: S101 (`reading` has found a guardian)
    teachers = await answerers(turn.db, mine.post, turn.person, turn.today)
    if not teachers:
        raise Sorry(_nobody(), announcements.show(mine.post.id))
    return teachers


def _nobody() -> str:
    return _("No teacher can be reached here. Please phone the school.")


async def _who_has_it(turn: Turn, mine: Reading) -> str:
    """The truth about who has it, or when; and that nobody else sees it."""
    assert turn.person is not None  # noqa: S101 (`reading` has found a guardian)
    teachers = await answerers(turn.db, mine.post, turn.person, turn.today)
    hours = await comes_at(turn, teachers)
    if not hours:
        return _nobody()
    first = min(hours.values(), key=lambda hour: hour or turn.now)
    names = listed([teachers[id_] for id_, hour in hours.items() if hour == first])
    if first is None:
        passed_on = _("✉️ Passed on: {teacher}.").format(teacher=names)
    else:
        time = f"{first.astimezone(ZoneInfo(turn.speaker.timezone)):%-H:%M}"
        passed_on = _("✉️ To be passed on at {time}: {teacher}.").format(time=time, teacher=names)
    return "\n".join((passed_on, _("Other families do not see this.")))


def _about(mine: Reading) -> str:
    beginning = shorten(" ".join(mine.post.text.split()), BEGINNING)
    return beginning or " · ".join(part for part in (listed(mine.classes), mine.author_name) if part)


async def _is_staff(turn: Turn) -> bool:
    """Whoever manages a class: what they write is theirs to announce."""
    return bool(await managed_classes(turn.db, turn.person, turn.today))
