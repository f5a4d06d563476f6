"""Moments as people type them."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from models.moments import LATELY, Odd, Typed, read_moment

NOW = datetime(2026, 11, 23, 14, 0)  # noqa: DTZ001 (what a wall clock shows)
AHEAD = st.dates(date(2026, 9, 24), date(2027, 9, 23))


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        ("завтра о 9", date(2026, 11, 24), time(9)),
        ("завтра 9:15", date(2026, 11, 24), time(9, 15)),
        ("завтра 10.11", date(2026, 11, 24), time(10, 11)),
        ("післязавтра 8", date(2026, 11, 25), time(8)),
        ("25.11 14.30", date(2026, 11, 25), time(14, 30)),
        ("25 ноября в 9 вечера", date(2026, 11, 25), time(21)),
        ("у п'ятницю о 10", date(2026, 11, 27), time(10)),
        ("в понедельник в 8:00", date(2026, 11, 30), time(8)),
        ("tomorrow 5pm", date(2026, 11, 24), time(17)),
        ("November 25th at 9:00", date(2026, 11, 25), time(9)),
        ("15.01 8:00", date(2027, 1, 15), time(8)),
        ("20.11 8:00", date(2026, 11, 20), time(8)),
        ("18:00", date(2026, 11, 23), time(18)),
        ("9:00", date(2026, 11, 24), time(9)),
        ("26.11", date(2026, 11, 26), None),
    ],
)
def test_is_understood(text: str, day: date, at: time | None) -> None:
    assert read_moment(text, NOW) == Typed(day, at)


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("25:00", Odd.NO_SUCH_HOUR),
        ("завтра 12:60", Odd.NO_SUCH_HOUR),
        ("31.11 8:00", Odd.NO_SUCH_DAY),
        ("25.13 8:00", Odd.NO_SUCH_DAY),
        ("30 лютого о 8", Odd.NO_SUCH_DAY),
        ("колись потім", Odd.NOTHING),
        ("", Odd.NOTHING),
        ("25.11 14:30 " + "а" * 60, Odd.NOTHING),
    ],
)
def test_is_not_understood(text: str, odd: Odd) -> None:
    assert read_moment(text, NOW) is odd


@given(
    AHEAD, st.times(), st.sampled_from(["d.M", "dd.MM.yyyy", "yyyy-MM-dd", "d MMMM", "d MMMM y"]), st.data()
)
def test_every_day_and_minute_is_found_again(day: date, at: time, form: str, data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(["uk", "ru", "en"]))
    order = data.draw(st.sampled_from(["{day} {time}", "{day}, {time}", "{time} {day}"]))
    text = order.format(day=format_date(day, form, locale=language), time=f"{at:%H:%M}")
    found = read_moment(text, NOW)
    assert found == Typed(day, time(at.hour, at.minute))


@given(st.text(max_size=80) | st.from_regex(r"[0-9.:/ -]{1,20}", fullmatch=True))
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    found = read_moment(text, NOW)
    assert isinstance(found, Odd | Typed)


def test_a_day_without_a_year_is_not_long_past() -> None:
    for number in range(1, 366):
        day = date.fromordinal(date(2026, 12, 31).toordinal() - number)
        found = read_moment(f"{day.day}.{day.month} 8:00", NOW)
        assert isinstance(found, Typed)
        assert found.day >= NOW.date() - LATELY
