"""T3: what was offered to one is of no use to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from bot import app
from bot.core.flows import Flow, Link
from bot.core.screens import Screen
from bot.core.turn import Turn
from handlers import told
from models.absence import Told
from models.absence import told as find
from models.errors import NotYours
from models.people import Child
from tests.crawl.replay import replay
from tests.crawl.test_crawl import everyone
from tests.crawl.walk import Walk
from tests.house import House
from tests.stories.lines import read

UNTRIED = {
    *("absence", "class_staff", "compose", "inviting", "newcomer", "planning", "preview"),
    *("public_holidays", "staff", "timing", "year"),
}
"""Flows with steps whose answers stand on no button of these walks: stories of theirs have strangers try them."""


@pytest.mark.parametrize(
    ("platform", "presses"),
    [
        pytest.param("telegram", 90, marks=pytest.mark.slow),
        pytest.param("viber", 90, marks=pytest.mark.slow),
    ],
)
async def test_nothing_of_a_crawl_is_of_use_to_others(tmp_path: Path, platform: str, presses: int) -> None:
    house = await House(tmp_path).open()
    try:
        one, three, teacher, head, _stranger, second, limited, *_others = await everyone(
            house, platform, "uk"
        )
        for friend in (one, three, second, limited, teacher, head):
            more = 2 if friend is head else 1  # there is more to set up than to use
            await Walk(friend, "uk").go(more * presses, to_the_end=False)
        tally = await replay(house, platform)
        wrongs = await house.wrongs()
    finally:
        await house.close()
    print(f"T3 on {platform}: {tally}")
    assert tally.attempts > 500
    assert [step for step in sorted(tally.untried) if step.split(".")[0] not in UNTRIED] == []
    assert tally.successes == []
    assert wrongs == []


async def anybodys(turn: Turn, id_: int) -> Told:
    """`told.own` with a hole: the absence, whoever asks."""
    found = await find(turn.db, id_, turn.person)
    if found is None:
        raise NotYours
    return found._replace(may_report=True)


async def test_the_replay_finds_a_hole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check of whose child it is taken away, the replay must say so."""
    monkeypatch.setattr(told, "own", anybodys)
    house = await House(tmp_path).open()
    try:
        ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
        await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
        tally = await replay(house, "telegram")
    finally:
        await house.close()
    assert any("was shown ['Оля Коваль']" in success for success in tally.successes)
    assert any(success.startswith("absence_words has") for success in tally.successes)


hole = Flow("hole")


@hole.ask
async def ask(turn: Turn, child: int) -> Screen:
    """Ask for a file about a child."""
    return Screen("?", takes=rename(child))


@hole.take(read=read)
async def rename(turn: Turn, lines: list[str], child: int) -> Link:
    """Name the child as the file says, whoever sent it."""
    await turn.db.run(update(Child).where(Child.id == child).values(name=lines[1]))
    return turn.home


async def test_the_replay_finds_a_hole_that_takes_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "FLOWS", (*app.FLOWS, hole))
    house = await House(tmp_path).open()
    try:
        ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
        await ihor.presses("🤒 Не буде сьогодні")  # a screen with the child in its links
        await ihor.forges(ask(1))
        walk = Walk(ihor, "uk")
        offered = await walk._look()
        tally = await replay(house, "telegram")
    finally:
        await house.close()
    assert ("hole.ask", "hole.rename", "sends") in offered
    assert any(success.startswith("child has lost") for success in tally.successes)


async def test_a_walk_sends_a_file_where_one_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "FLOWS", (*app.FLOWS, hole))
    house = await House(tmp_path).open()
    try:
        ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
        await ihor.forges(ask(1))
        await Walk(ihor, "uk")._press(("hole.ask", "hole.rename", "sends"), None)
    finally:
        await house.close()
    assert ihor.last.startswith("Шевченко Леся, 3-Б")
