"""Questions of families about an announcement: one card for the teacher, who answers one of them or all at once."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_
from bot.core.posting import comes_at, post
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from bot.core.withdraw import withdraw
from handlers import asking
from handlers.wording import related, too_long
from models.announcement import post_of
from models.errors import NotYours
from models.question import (
    QUESTION_LENGTH,
    Waiting,
    give_answer,
    question_to,
    questions_about,
    waiting_for,
)

questions = Flow("questions")

SHOWN = 6
"""Questions on a card; as these are answered, the others come."""
BEGINNING, LABEL, SAID = 60, 30, 240
"""Signs of an announcement, of one on a button, and of a question among others."""
LISTED = 8
"""Announcements with questions on a screen."""


@questions.ask
async def card(turn: Turn, announcement: int) -> Screen:
    """What waits for an answer, or what was answered last. NotYours once everything was taken back."""
    found = await questions_about(turn.db, turn.person, announcement, turn.today)
    if not found:
        raise NotYours
    beginning = (await post_of(turn.db, announcement)).text.split()
    lines = [f"📣 {shorten(' '.join(beginning), BEGINNING)}"] if beginning else []
    waits = [one for one in found if one.answer is None]
    if not waits:
        lines += [f"{_line(one)}\n{_short(one.answer or '')}" for one in found[-SHOWN:]]
        return Screen("\n\n".join(lines), title=_("✅ Every question is answered"))
    lines += _lines(waits)
    rows = [[Button(_("Answer: {name}").format(name=one.name), reply(one.id))] for one in waits[:SHOWN]]
    if len(waits) > 1:
        rows.append([Button(_("Answer all at once"), reply_all(announcement, waits[-1].id))])
    return Screen("\n\n".join(lines), rows, title=_("✉️ Questions: {n}").format(n=len(waits)))


@questions.ask
async def reply(turn: Turn, question: int) -> Screen:
    """The answer to one of them is asked for; also another one than was given."""
    one = await question_to(turn.db, turn.person, question, turn.today)
    lines = [f"{_who(one)}: «{one.text}»"]
    if one.answer is not None:
        lines.append(_("The answer now: {answer}").format(answer=one.answer))
    lines.append(_("Write the answer in one message. Nobody else gets it: {name}.").format(name=one.name))
    rows = [[Button(_("Back"), card(one.announcement))]]
    hears = write(question) if one.answer is None else rewrite(question)
    return Screen("\n\n".join(lines), rows, title=_("✉️ Answer"), hears=hears)


@questions.hear
async def write(turn: Turn, text: str, question: int) -> Link:
    """Answer it, if no other teacher has done so meanwhile."""
    one = await question_to(turn.db, turn.person, question, turn.today)
    if one.answer is not None:
        raise Sorry(_("There is an answer already."), reply(question))
    await _answer(turn, [one], text, reply(question))
    return answered(question)


@questions.hear
async def rewrite(turn: Turn, text: str, question: int) -> Link:
    """Put another answer in the place of the one that was given."""
    one = await question_to(turn.db, turn.person, question, turn.today)
    await _answer(turn, [one], text, reply(question))
    return answered(question)


@questions.ask
async def answered(turn: Turn, question: int) -> Screen:
    """An answer that was given, and when it comes."""
    one = await question_to(turn.db, turn.person, question, turn.today)
    lines = [await _who_gets_it(turn, [one]), f"{_who(one)}: «{one.text}»", one.answer or ""]
    others = await questions_about(turn.db, turn.person, one.announcement, turn.today)
    rows = [[Button(_("Change the answer"), reply(question))]]
    if number := len([other for other in others if other.answer is None]):
        more = _("✉️ Questions: {n}").format(n=number)
        rows.insert(0, [Button(more, card(one.announcement), Look.MAIN)])
    return Screen("\n\n".join(lines), rows)


@questions.ask
async def reply_all(turn: Turn, announcement: int, last: int) -> Screen:
    """One answer to all is asked for. last: the newest question that the teacher has seen."""
    waits = await _seen(turn, announcement, last)
    lines = [
        *_lines(waits),
        n_(
            "Write the answer in one message. {n} person gets it.",
            "Write the answer in one message. {n} people get it; none sees what the others asked.",
            len({one.person for one in waits}),
        ),
    ]
    rows = [[Button(_("Back"), card(announcement))]]
    title = _("✉️ One answer to all")
    return Screen("\n\n".join(lines), rows, title=title, hears=write_all(announcement, last))


@questions.hear
async def write_all(turn: Turn, text: str, announcement: int, last: int) -> Link:
    """Answer all that were seen."""
    waits = await _seen(turn, announcement, last)
    await _answer(turn, waits, text, reply_all(announcement, last))
    return card(announcement).saying(await _who_gets_it(turn, waits))


async def _seen(turn: Turn, announcement: int, last: int) -> list[Waiting]:
    found = await questions_about(turn.db, turn.person, announcement, turn.today)
    waits = [one for one in found if one.answer is None and one.id <= last]
    if not waits:
        raise Sorry(_("Every question is answered already."), turn.home)
    return waits


@questions.ask
async def waiting(turn: Turn) -> Screen | Link:
    """The announcements about which somebody waits for an answer."""
    found = await waiting_for(turn.db, turn.person, turn.today)
    if len(found) == 1:
        return card(next(iter(found)))
    rows = [
        [Button(f"{number} · {shorten(' '.join(text.split()), LABEL)}", card(id_))]
        for id_, (text, number) in list(found.items())[:LISTED]
    ]
    text = _("About which announcement?") if rows else _("Every question is answered already.")
    return Screen(text, rows, title=_("✉️ Questions"))


async def button(turn: Turn) -> Button | None:
    """The way to what waits for an answer of whoever speaks; None if nothing does."""
    found = await waiting_for(turn.db, turn.person, turn.today)
    if not found:
        return None
    label = _("✉️ Questions: {n}").format(n=sum(number for _text, number in found.values()))
    return Button(label, waiting(), Look.MAIN)


async def _answer(turn: Turn, to: Sequence[Waiting], text: str, again: Link) -> None:
    """Keep the answer, bring it to each who has asked, and have the teacher's card shown as it is now."""
    if len(text) > QUESTION_LENGTH:
        raise Sorry(too_long(QUESTION_LENGTH), again)
    assert turn.person is not None  # noqa: S101 (whoever is to answer is somebody)
    await give_answer(turn.db, [one.id for one in to], turn.person, text, turn.now)
    for one in to:
        await post(turn, [one.person], asking.asked(one.id), ring=True)
    await withdraw(turn, [turn.person])


async def _who_gets_it(turn: Turn, to: Sequence[Waiting]) -> str:
    """The truth about whom the answer reaches, and when."""
    hours = await comes_at(turn, {one.person for one in to})
    names = {one.person: one.name for one in to}
    lines = []
    if now := [names[id_] for id_, hour in hours.items() if hour is None]:
        lines.append(_("✅ Answered: {names}.").format(names=listed(now)))
    for id_, hour in hours.items():
        if hour is not None:
            time = f"{hour.astimezone(ZoneInfo(turn.speaker.timezone)):%-H:%M}"
            lines.append(_("✅ The answer goes at {time}: {name}.").format(time=time, name=names[id_]))
    if gone := [name for id_, name in names.items() if id_ not in hours]:
        lines.append(_("⚠️ Not delivered, the bot is blocked: {names}.").format(names=listed(gone)))
    return "\n".join(lines)


def _lines(waits: Sequence[Waiting]) -> list[str]:
    lines = [_line(one) for one in waits[:SHOWN]]
    if len(waits) > SHOWN:
        lines.append(_("And more: {n}.").format(n=len(waits) - SHOWN))
    return lines


def _line(one: Waiting) -> str:
    return f"{_who(one)}: «{_short(one.text)}»"


def _who(one: Waiting) -> str:
    """Who asks, and of which child: "Ігор, тато · Оля Коваль"."""
    return f"{related(one.name, one.relation)} · {listed(one.children)}"


def _short(text: str) -> str:
    return shorten(text, SAID)
