"""Days, ranges and numbers as people of three languages say them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.core.i18n import (
    LANGUAGES,
    closest,
    listed,
    long_day,
    month_and_year,
    month_name,
    n_,
    short_day,
    span,
    speaking,
)

TODAY = date(2026, 11, 23)
NEXT_YEAR = date(2028, 1, 3)
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("uk", TODAY, "сьогодні, понеділок, 23 листопада"),
        ("uk", TODAY + timedelta(days=1), "завтра, вівторок, 24 листопада"),
        ("uk", WEDNESDAY, "середа, 25 листопада"),
        ("uk", TODAY - timedelta(days=1), "неділя, 22 листопада"),
        ("uk", NEXT_YEAR, "понеділок, 3 січня 2028"),
        ("ru", TODAY, "сегодня, понедельник, 23 ноября"),
        ("ru", TODAY + timedelta(days=1), "завтра, вторник, 24 ноября"),
        ("ru", WEDNESDAY, "среда, 25 ноября"),
        ("en", TODAY, "today, Monday, 23 November"),
        ("en", TODAY + timedelta(days=1), "tomorrow, Tuesday, 24 November"),
        ("en", WEDNESDAY, "Wednesday, 25 November"),
        ("en", NEXT_YEAR, "Monday, 3 January 2028"),
    ],
)
def test_a_day(language: str, day: date, said: str) -> None:
    with speaking(language):
        assert long_day(day, TODAY) == said
        assert span(day, day, TODAY) == said


@pytest.mark.parametrize(
    ("language", "last", "said"),
    [
        ("uk", WEDNESDAY, "пн 23 – ср 25 листопада"),
        ("ru", WEDNESDAY, "пн 23 – ср 25 ноября"),
        ("en", WEDNESDAY, "Mon 23 – Wed 25 November"),
        ("uk", date(2026, 12, 1), "пн 23 листопада – вт 1 грудня"),
    ],
)
def test_a_range_of_days(language: str, last: date, said: str) -> None:
    with speaking(language):
        assert span(TODAY, last, TODAY) == said


@pytest.mark.parametrize(
    ("language", "said"), [("uk", "листопад 2026"), ("ru", "ноябрь 2026"), ("en", "November 2026")]
)
def test_a_month(language: str, said: str) -> None:
    with speaking(language):
        assert month_and_year(TODAY) == said
        assert month_name(TODAY) == said.split()[0]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("uk", {1: "знака", 2: "знаків", 5: "знаків", 11: "знаків", 21: "знака", 112: "знаків"}),
        ("ru", {1: "знака", 2: "знаков", 5: "знаков", 11: "знаков", 21: "знака", 112: "знаков"}),
        ("en", {1: "character", 2: "characters", 5: "characters", 21: "characters", 112: "characters"}),
    ],
)
def test_a_number_asks_for_its_form(language: str, said: dict[int, str]) -> None:
    with speaking(language):
        for number, word in said.items():
            sentence = n_(
                "Too long: up to {n} character, please.", "Too long: up to {n} characters, please.", number
            )
            assert f"{number} " in sentence
            assert word in sentence.replace(",", "").replace(".", "").split(), sentence


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [
        ("uk-UA", "uk"),
        ("uk", "uk"),
        ("UK_ua", "uk"),
        ("ru", "ru"),
        ("en-GB", "en"),
        ("pt-br", "uk"),
        ("", "uk"),
        (None, "uk"),
        ("українська", "uk"),
    ],
)
def test_the_nearest_language_to_a_messengers_setting(tag: str | None, spoken: str) -> None:
    assert closest(tag, "uk") == spoken


def test_a_language_that_is_not_ours_speaks_the_default_and_the_old_one_comes_back() -> None:
    with speaking("en"):
        with speaking("xx"):
            assert long_day(TODAY, TODAY).startswith("сьогодні")
        assert long_day(TODAY, TODAY).startswith("today")


@pytest.mark.parametrize("language", LANGUAGES)
def test_short_days_of_five_years_fit_two_on_a_row(language: str) -> None:
    with speaking(language):
        days = (date(2025, 1, 1) + timedelta(days=number) for number in range(5 * 365))
        assert max(len(short_day(day)) for day in days) <= 14


def test_names_in_a_sentence() -> None:
    said = {"uk": "Оля, Іван і Марко", "ru": "Оля, Іван и Марко", "en": "Оля, Іван, and Марко"}
    for language, sentence in said.items():
        with speaking(language):
            assert listed(["Оля", "Іван", "Марко"]) == sentence
            assert listed(["Оля"]) == "Оля"
