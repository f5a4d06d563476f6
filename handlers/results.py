"""What families have answered to an announcement: a list with totals, a sheet, and a picture of how far it has come."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_, numeric_day
from bot.core.paper import SORTS, Paper
from bot.core.pickers import page_of
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import announcements, compose, reports
from handlers.wording import related, relation_name
from models.announcement import Ask, Post
from models.audit import Deed, record
from models.reach import Household, Reader, Report
from papers import pictures, sheets

results = Flow("results")

PAGE = 15
"""Answers on a screen."""


@results.ask
async def answers(turn: Turn, post: int, page: int) -> Screen:
    """The totals, and each family's answer; the newest of a family counts."""
    mine = await reports.report(turn, post)
    answered = [one for one in mine.families if one.newest is not None]
    here, pages = page_of(answered, page, PAGE, lambda other: answers(post, other))
    lines = [*totals(mine), "", *(f"· {_answer(mine, one)}" for one in here)]
    rows = [*pages, [Button(_("As a sheet"), send_sheet(post))], [Button(_("Back"), reports.card(post))]]
    return Screen("\n".join(lines).strip(), rows, title=_("Answers"))


def _answer(mine: Report, family: Household) -> str:
    newest = family.newest
    if newest is None:
        return family.name
    said = said_name(mine.post, newest.answer or [])
    return f"{family.name}: {said} ({related(newest.name, newest.relation)})"


def said_name(post: Post, said: list[Any]) -> str:
    """What somebody has answered, for those who read it behind their name."""
    match said:
        case ["yes", int(number)]:
            return n_("coming: {n} person", "coming: {n} people", number)
        case ["no"]:
            return _("not coming")
        case ["maybe"]:
            return _("not sure yet")
        case ["read"]:
            return _("read")
        case _:
            chosen = [post.options[place] for place in said if place < len(post.options)]
            return listed(chosen) if chosen else _("nothing is chosen")


def totals(mine: Report) -> list[str]:
    """What all answers come to."""
    post, found = mine.post, mine.families
    unanswered = sum(1 for one in found if one.newest is None)
    silent = n_("No answer: {n} family", "No answer: {n} families", unanswered)
    match post.asks:
        case Ask.COMING:
            said = Counter(_first(one) for family in found if (one := family.newest) is not None)
            return [
                *come(mine),
                n_("Coming: {n} family", "Coming: {n} families", said["yes"]),
                n_("Not coming: {n} family", "Not coming: {n} families", said["no"]),
                n_("Not sure yet: {n} family", "Not sure yet: {n} families", said["maybe"]),
                silent,
            ]
        case Ask.POLL:
            people = {one.id: one for family in found for one in family.readers}
            votes = Counter(place for one in people.values() for place in one.answer or ())
            counted = [votes[place] for place in range(len(post.options))]
            return [*announcements.results(post, counted), silent]
        case _:
            confirmed = len([one for one in found if one.newest is not None])
            return [n_("Confirmed: {n} family", "Confirmed: {n} families", confirmed), silent]


def come(mine: Report) -> list[str]:
    """How many people come, where that is asked. Whoever answers for two children comes once."""
    if mine.post.asks is not Ask.COMING:
        return []
    newest = {one.newest.id: one.newest for one in mine.families if one.newest is not None}
    return [_("People who come, in all: {n}").format(n=sum(_number(one) for one in newest.values()))]


def _first(one: Reader) -> object:
    return (one.answer or [None])[0]


def _number(one: Reader) -> int:
    match one.answer:
        case ["yes", int(number)]:
            return number
        case _:
            return 0


@results.do
async def send_sheet(turn: Turn, post: int) -> Link:
    """The answers as a file; that it was taken is written down."""
    mine = await reports.report(turn, post)
    await turn.send_file(sheet(post), reports.title(mine.post))
    await record(turn.db, mine.post.school, turn.person, Deed.EXPORTED, turn.now, detail="answers")
    return answers(post, 0)


@results.file
async def sheet(turn: Turn, post: int) -> Paper:
    """Every grown-up of every family a row, and the totals below."""
    mine = await reports.report(turn, post)
    zone = ZoneInfo(turn.speaker.timezone)
    head = [_("Child"), _("Class"), _("Grown-up"), _("Who they are"), _("How far it has come")]
    head += [_("The answer"), _("How many"), _("When")]
    rows: list[list[str]] = []
    for family in mine.families:
        child = [family.name, mine.classes[family.class_id]]
        for one in family.readers:
            at = one.answered_at.astimezone(zone) if one.answered_at else None
            rows.append(
                [
                    *(*child, one.name, relation_name(one.relation), reports.status(mine.post, one)),
                    said_name(mine.post, one.answer or []) if at else "",
                    str(_number(one) or "") if mine.post.asks is Ask.COMING else "",
                    f"{numeric_day(at.date())} {at:%H:%M}" if at else "",
                ]
            )
        if not family.readers:
            rows.append([*child, reports.reach_name(family.reach, mine.post.asks), "", "", "", "", ""])
    rows += [[], *([line] for line in totals(mine))]
    name = compose.beginning(mine.post)
    return Paper(f"{name}.xlsx", SORTS[".xlsx"], sheets.sheet, (name, head, rows))


@results.do
async def send_picture(turn: Turn, post: int) -> Link:
    """How far it has come, as a picture: figures, and no name of a child."""
    mine = await reports.report(turn, post)
    await turn.send_file(picture(post), reports.title(mine.post), picture=True)
    return reports.card(post)


@results.file
async def picture(turn: Turn, post: int) -> Paper:
    """A bar for each stage."""
    mine = await reports.report(turn, post)
    name, found = compose.beginning(mine.post), mine.families
    sent = announcements.moment(turn, mine.post.sent_at or mine.post.made_at)
    said = " · ".join([*mine.classes.values(), sent, _("Families: {n}").format(n=len(found))])
    given = (name, said, reports.stages(mine), len(found), turn.speaker.language)
    return Paper(f"{name}.png", SORTS[".png"], pictures.stages, given)
