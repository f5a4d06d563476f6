"""The calendar: every month of five years fits every messenger, and offers each school day once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.core.flows import Link
from bot.core.i18n import speaking
from bot.core.pickers import BLANK, month_of_days
from bot.core.screens import COLUMNS, LABEL_LENGTH, ROWS, Button
from models.calendar import Calendar

is_school_day = Calendar().is_school_day

MONTHS = [date(year, month, 1) for year in range(2025, 2030) for month in range(1, 13)]


def calendar(month: date) -> list[list[Button]]:
    return month_of_days(
        month,
        lambda day: Link("pick", (day,)) if is_school_day(day) else None,
        lambda other: Link("page", (other,)),
    )


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_a_month_fits_and_offers_each_school_day_once(month: date) -> None:
    rows = calendar(month)
    assert len(rows) <= ROWS - 3  # «only this day», «back» and a spare
    assert all(1 <= len(row) <= COLUMNS for row in rows)
    assert all(len(button.text) <= LABEL_LENGTH for row in rows for button in row)
    days = [button for row in rows[2:] for button in row]
    offered = [(button.text, button.link.answers[0]) for button in days if button.link]
    following = (month + timedelta(days=32)).replace(day=1)
    school = [
        day
        for day in (month + timedelta(days=number) for number in range((following - month).days))
        if is_school_day(day)
    ]
    assert offered == [(str(day.day), day) for day in school]
    assert {button.text for button in days if not button.link} <= {BLANK}


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_a_day_stands_under_its_weekday_and_the_pages_turn_by_one(month: date) -> None:
    with speaking("en"):
        rows = calendar(month)
    assert [button.text for button in rows[0]] == ["‹", f"{month:%B}", "›"]
    for row in rows[2:]:
        for column, button in enumerate(row):
            assert button.link is None or button.link.answers[0].weekday() == column
    earlier, later = (button.link.answers[0] for button in rows[0] if button.link)
    assert earlier == (month - timedelta(days=1)).replace(day=1)
    assert later == (month + timedelta(days=31)).replace(day=1)


def test_any_day_of_a_month_shows_that_month_and_a_page_that_leads_nowhere_is_not_offered() -> None:
    rows = month_of_days(date(2026, 11, 30), lambda _day: None, lambda _month: None)
    with speaking("uk"):
        assert rows == month_of_days(date(2026, 11, 1), lambda _day: None, lambda _month: None)
        assert [[button.text for button in row] for row in rows] == [
            ["листопад"],
            ["пн", "вт", "ср", "чт", "пт", "сб"],
        ]


def test_weeks_without_a_day_to_choose_are_left_out() -> None:
    rows = month_of_days(
        date(2026, 11, 1),
        lambda day: Link("pick", (day,)) if day == date(2026, 11, 25) else None,
        lambda _month: None,
    )
    assert [[button.text for button in row] for row in rows[2:]] == [
        [BLANK, BLANK, "25", BLANK, BLANK, BLANK]
    ]
