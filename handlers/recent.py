"""The announcements that a family can read again, also one that has joined since: the newest first, or by a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.clock import day_of
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_, numeric_day
from bot.core.laying import send_ahead
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from handlers import announcements, announcing
from models import recent as facts
from models.errors import NotYours
from models.people import children_of
from models.recent import Headline

recent = Flow("recent")

PAGE = 7
"""Announcements on a screen."""
BEGINNING = 24
"""Signs of an announcement by which it is known again on a button."""
WORD = 40
"""Signs of what is searched for."""


@recent.ask
async def page(turn: Turn, number: int) -> Screen:
    """A page of them, those marked that wait for an answer."""
    everything, waits = await _all(turn)
    rows = await _listed(turn, everything, waits, number, page)
    lines = [_("The newest come first.") if everything else _("There is none yet.")]
    if number_waiting := len([one for one in everything if one.id in waits]):
        lines.append(
            n_(
                "● {n} announcement waits for your answer.",
                "● {n} announcements wait for your answer.",
                number_waiting,
            )
        )
    if everything:
        rows.append([Button(_("Search by a word"), search())])
    return Screen("\n".join(lines), rows, title=_("📣 Announcements"))


@recent.ask
async def search(turn: Turn) -> Screen:
    """A word is asked for."""
    await _family(turn)
    text = _("Write a word or a part of it: museum, trip, book.")
    return Screen(text, [[Button(_("Back"), page(0))]], title=_("Search in announcements"), hears=find())


@recent.hear
async def find(turn: Turn, text: str) -> Link:
    """Look for what was typed."""
    await _family(turn)
    return found(" ".join(text.split())[:WORD], 0)


@recent.ask
async def found(turn: Turn, word: str, number: int) -> Screen:
    """The announcements with this word."""
    everything, waits = await _all(turn)
    sought = word.casefold()
    fitting = [one for one in everything if sought in " ".join((one.text, *one.options)).casefold()]
    rows = await _listed(turn, fitting, waits, number, lambda other: found(word, other))
    rows.append([Button(_("All announcements"), page(0))])
    if fitting:
        text = n_("Found: {n} announcement.", "Found: {n} announcements.", len(fitting))
    else:
        text = _("Nothing was found. Write another word, or a part of it.")
    return Screen(text, rows, title=_("Search: “{word}”").format(word=word), hears=find())


@recent.do
async def look(turn: Turn, announcement: int) -> Link:
    """Show one of them with the photos and the text that go before it."""
    link = announcements.show(announcement)
    _where, screen, _note = await turn.follow(link)
    await send_ahead(turn, screen.ahead)
    return link


async def button(turn: Turn) -> Button:
    """The way here, for a guardian, with how many wait for an answer."""
    waits = await facts.unanswered(turn.db, turn.person, _before(turn), turn.now)
    if waits:
        label = n_("📣 Announcements: {n} waits", "📣 Announcements: {n} wait", len(waits))
        return Button(label, page(0), Look.MAIN)
    return Button(_("📣 Announcements"), page(0))


async def _all(turn: Turn) -> tuple[list[Headline], set[int]]:
    await _family(turn)
    before = _before(turn)
    everything = await facts.recent(turn.db, turn.person, before)
    return everything, await facts.unanswered(turn.db, turn.person, before, turn.now)


def _before(turn: Turn) -> datetime:
    """What was sent later can be stopped still."""
    return turn.now - announcing.STOPPABLE


async def _family(turn: Turn) -> None:
    if not await children_of(turn.db, turn.person):
        raise NotYours


async def _listed(
    turn: Turn, lines: Sequence[Headline], waits: set[int], number: int, turn_to: Callable[[int], Link]
) -> list[list[Button]]:
    """A row for each announcement of a page: its day, its beginning, its photos; and the way to others."""
    here, pages = page_of(lines, number, PAGE, turn_to)
    photos = await facts.photos_of(turn.db, [one.id for one in here])
    rows = []
    for one in here:
        day = numeric_day(day_of(one.sent_at, turn.speaker.timezone))[:5]
        with_photos = n_("{n} photo", "{n} photos", photos[one.id]) if one.id in photos else ""
        parts = [day, shorten(" ".join(one.text.split()), BEGINNING - len(with_photos)), with_photos]
        label = " · ".join(part for part in parts if part)
        rows.append([Button(f"● {label}" if one.id in waits else label, look(one.id))])
    return [*rows, *pages]
