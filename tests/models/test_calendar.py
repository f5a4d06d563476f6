"""The calendar against plain sets of days, and breaks as people type them, in all their forms."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import pytest
from babel.dates import format_date
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models import schema
from models.absence import AbsenceDay, NoLessons, Reason, days_of, report, spread, withdraw
from models.breaks import LONGEST, MOST_LINES, Odd, read_breaks
from models.calendar import (
    LONGEST_BREAK,
    MOST_FREE,
    Break,
    Calendar,
    TooManyFree,
    calendar_of,
    each_day,
    forget_days,
    free_days,
    school_year,
    turn_day,
)
from models.database import Database, Db
from models.people import child_named
from models.public_holidays import countries_named, country_name, holidays_of, likely_countries
from models.school import class_named, school_named
from tests.databases import both_databases

YEAR = 2026
BEGINS, ENDS = school_year(YEAR)
NOW = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
days = st.dates(BEGINS, ENDS)
calendars = st.builds(Calendar, st.dictionaries(days, st.booleans(), max_size=60))


def on(text: str) -> date:
    return date.fromisoformat(text)


@st.composite
def breaks(draw: st.DrawFn) -> Break:
    first = draw(days)
    length = draw(st.integers(0, 40) | st.just(0))
    return Break(
        first, min(first + timedelta(days=length), ENDS), draw(st.sampled_from(["", "Різдво", "Зима"]))
    )


@given(calendars, days)
def test_school_days_follow_one_another_and_none_is_left_out(calendar: Calendar, day: date) -> None:
    following = list(islice(calendar.days_from(day), 40))
    assert following == calendar.days_between(day, following[-1])
    for before, after in pairwise(following):
        assert calendar.day_before(after) == before
    assert not [one for one in following if one.weekday() == 6]


@given(calendars)
def test_breaks_are_the_days_that_are_said_each_once(calendar: Calendar) -> None:
    found = calendar.breaks(BEGINS, ENDS)
    said = {day for day, lessons in calendar.said.items() if not lessons}
    assert said <= {day for one in found for day in each_day(one.first, one.last)}
    assert not [day for one in found for day in calendar.days_between(one.first, one.last)]
    assert all(one.last < other.first for one, other in pairwise(found))
    assert {day for one in found for day in (one.first, one.last)} <= said


def test_the_longest_break_that_can_be_is_shorter_than_what_is_not_believed() -> None:
    """All that may be free at the end of one year and at the beginning of the next, and still a day comes."""
    first = [day for day in each_day(*school_year(2026)) if day.weekday() < 5][-MOST_FREE:]
    second = [day for day in each_day(*school_year(2027)) if day.weekday() < 5][:MOST_FREE]
    calendar = Calendar(dict.fromkeys([*first, *second], False))
    assert second[-1] - first[0] < LONGEST_BREAK
    assert next(calendar.days_from(first[0])) > second[-1]


async def _school(db: Db) -> int:
    return await school_named(db, "Ліцей №7", "Europe/Kyiv", "uk", NOW.date())


@both_databases
async def test_what_is_said_later_holds_and_ranges_merge(database: Database) -> None:
    school = await database.write(_school)
    holiday, winter = Break(on("2026-12-25"), on("2026-12-25"), "Різдво"), on("2026-12-24")
    assert await database.write(lambda db: free_days(db, school, [holiday])) == 1
    longer = [Break(winter, on("2027-01-05"), "Зима"), Break(on("2027-01-04"), on("2027-01-10"), "Зима")]
    assert await database.write(lambda db: free_days(db, school, longer)) == 11  # of 12 one was free already
    calendar = await database.read(lambda db: calendar_of(db, school))
    assert calendar.breaks(BEGINS, ENDS) == [Break(winter, on("2027-01-10"), "Зима")]
    assert calendar.name_between(on("2026-12-20"), on("2026-12-25")) == "Зима"


@both_databases
async def test_a_day_turned_twice_is_as_before_and_a_sunday_never_turns(database: Database) -> None:
    school = await database.write(_school)
    friday, saturday, sunday = (on(f"2026-12-{number}") for number in (25, 26, 27))
    for day, lessons in ((friday, False), (saturday, True), (sunday, False)):
        assert await database.write(partial(turn_day, school=school, day=day)) is lessons
    calendar = await database.read(lambda db: calendar_of(db, school))
    assert calendar.said == {friday: False, saturday: True}
    for day in (friday, saturday):
        await database.write(partial(turn_day, school=school, day=day))
    assert await database.read(lambda db: calendar_of(db, school)) == Calendar()


@both_databases
async def test_too_much_is_refused_and_changes_nothing(database: Database) -> None:
    school = await database.write(_school)
    most = [day for day in each_day(BEGINS, ENDS) if day.weekday() < 5][: MOST_FREE + 1]
    await database.write(lambda db: free_days(db, school, [Break(most[0], most[-2], "Довго")]))
    before = await database.read(lambda db: calendar_of(db, school))
    with pytest.raises(TooManyFree):
        await database.write(lambda db: free_days(db, school, [Break(most[-1], most[-1], "")]))
    with pytest.raises(TooManyFree):
        await database.write(lambda db: turn_day(db, school, most[-1]))
    assert await database.read(lambda db: calendar_of(db, school)) == before
    other = Break(on("2027-07-05"), on("2027-07-09"), "")  # another school year counts for itself
    assert await database.write(lambda db: free_days(db, school, [other])) == 5


@both_databases
async def test_one_schools_calendar_is_not_anothers(database: Database) -> None:
    school = await database.write(_school)
    other = await database.write(lambda db: school_named(db, "Гімназія", "Europe/Kyiv", "uk", NOW.date()))
    day = on("2026-12-25")
    await database.write(lambda db: free_days(db, school, [Break(day, day, "Різдво")]))
    assert await database.read(lambda db: calendar_of(db, other)) == Calendar()
    await database.write(lambda db: forget_days(db, other, [day]))
    await database.write(lambda db: turn_day(db, other, day))
    assert (await database.read(lambda db: calendar_of(db, school))).names == {day: "Різдво"}


async def _applied(folder: str, changes: list[list[Break]]) -> tuple[Calendar, list[bool]]:
    database = Database(f"sqlite:///{folder}/klasno.db")
    await schema.upgrade(database)
    school = await database.write(_school)
    taken = []
    for change in changes:
        try:
            await database.write(partial(free_days, school=school, breaks=change))
            taken.append(True)
        except TooManyFree:
            taken.append(False)
    calendar = await database.read(lambda db: calendar_of(db, school))
    await database.close()
    return calendar, taken


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(breaks(), max_size=6), max_size=5))
async def test_any_breaks_one_after_another_against_a_dictionary(changes: list[list[Break]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        calendar, taken = await _applied(folder, changes)
    model: dict[date, str] = {}
    for change, was_taken in zip(changes, taken, strict=True):
        wanted = {**model, **{day: one.name for one in change for day in each_day(one.first, one.last)}}
        assert was_taken is (sum(1 for day in wanted if day.weekday() < 5) <= MOST_FREE)
        model = wanted if was_taken else model
    assert calendar.said == dict.fromkeys(model, False)
    assert calendar.names == {day: name for day, name in model.items() if name}


@both_databases
async def test_a_day_that_becomes_a_school_day_belongs_to_who_is_away_around_it(database: Database) -> None:
    monday, saturday = on("2026-11-23"), on("2026-11-28")

    async def told(db: Db) -> tuple[int, int, int]:
        school = await _school(db)
        school_class = await class_named(db, school, "3-Б")
        children = [await child_named(db, school, school_class, name) for name in ("Оля", "Іван", "Яна")]
        made = [
            await report(db, child, school, first, last, Reason.ILLNESS, None, monday, NOW)
            for child, first, last in (
                (children[0], on("2026-11-26"), on("2026-12-01")),
                (children[1], on("2026-11-26"), on("2026-11-27")),
                (children[2], on("2026-11-26"), on("2026-12-01")),
            )
        ]
        await withdraw(db, made[2], NOW)
        await spread(db, school, [saturday])
        await spread(db, school, [saturday])  # once more does nothing
        return made[0], children[0], school

    absence, child, _school_id = await database.write(told)
    asked = select(AbsenceDay.child_id, AbsenceDay.absence_id).where(AbsenceDay.day == saturday)
    assert [tuple(row) for row in await database.read(lambda db: db.all(asked))] == [(child, absence)]


def test_a_day_without_lessons_says_what_it_is_called() -> None:
    christmas = on("2026-12-25")
    calendar = Calendar({christmas: False}, {christmas: "Різдво"})
    with pytest.raises(NoLessons) as refused:
        days_of(christmas, on("2026-12-27"), on("2026-11-23"), calendar)
    assert refused.value.name == "Різдво"


EXAMPLES = [
    ("Осінні канікули 26.10–01.11", "2026-10-26", "2026-11-01", "Осінні канікули"),
    ("26.10.2026 - 01.11.2026 канікули", "2026-10-26", "2026-11-01", "канікули"),
    ("Зимові канікули: з 25 грудня по 11 січня", "2026-12-25", "2027-01-11", "Зимові канікули"),
    ("25–29 березня весняні канікули", "2027-03-25", "2027-03-29", "весняні канікули"),
    ("2) з 25.12.26 до 11.01.27 р. зимові", "2026-12-25", "2027-01-11", "зимові"),
    ("с 29 марта по 2 апреля весенние каникулы", "2027-03-29", "2027-04-02", "весенние каникулы"),
    ("25 дек. – 8 янв. зима", "2026-12-25", "2027-01-08", "зима"),
    ("October 26 – November 1, autumn break", "2026-10-26", "2026-11-01", "autumn break"),
    ("from 1st of May to 3rd of May 2027", "2027-05-01", "2027-05-03", ""),
    ("• Осінні (26.10 — 01.11)", "2026-10-26", "2026-11-01", "Осінні"),
    ("2026-10-26 – 2026-11-01 Herbstferien", "2026-10-26", "2026-11-01", "Herbstferien"),
    ("26-10-2026 - 01-11-2026", "2026-10-26", "2026-11-01", ""),
    ("осінні канікули 26 — 30 жовтня 2026 року", "2026-10-26", "2026-10-30", "осінні канікули"),
    ("25.12 – 11.01.2027 зима", "2026-12-25", "2027-01-11", "зима"),
    ("1. Різдво 25.12", "2026-12-25", "2026-12-25", "Різдво"),
    ("8.03 День 8 березня", "2027-03-08", "2027-03-08", "День 8 березня"),
    ("01.06–31.08 літо", "2027-06-01", "2027-06-30", "літо"),
    ("20.05–05.07 літо", "2027-05-20", "2027-06-30", "літо"),
]


@pytest.mark.parametrize(("line", "first", "last", "name"), EXAMPLES)
def test_breaks_as_people_write_them(line: str, first: str, last: str, name: str) -> None:
    assert read_breaks(line, YEAR) == ([Break(on(first), on(last), name)], [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Різдво", Odd.NO_DATE),
        ("2 – 3 клас", Odd.NO_DATE),
        ("о 8.30 збори", Odd.NO_DATE),
        ("26.10–01.11, 25.12–11.01", Odd.SEVERAL),
        ("31.02 свято", Odd.NO_SUCH_DAY),
        ("29 лютого", Odd.NO_SUCH_DAY),
        ("01.11–26.10", Odd.BACKWARDS),
        ("01.09–30.05", Odd.TOO_LONG),
        ("25.12.2025", Odd.OTHER_YEAR),
        ("25.12.2027 – 11.01.2028", Odd.OTHER_YEAR),
    ],
)
def test_what_is_not_understood_says_why(line: str, why: Odd) -> None:
    assert read_breaks(line, YEAR) == ([], [(line, why)])


def test_a_leap_year_has_its_day() -> None:
    assert read_breaks("29 лютого", 2027).breaks == [Break(on("2028-02-29"), on("2028-02-29"), "")]


names = st.text("абвїєж'АБВ ", max_size=20).map(lambda text: " ".join(text.split()))


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Break]:
    """A break, and one of the ways to write it."""
    first = draw(days)
    last = min(ENDS, first + timedelta(days=draw(st.integers(0, LONGEST.days - 1))))
    name, language = draw(names), draw(st.sampled_from(["uk", "ru", "en"]))
    style = draw(
        st.sampled_from(["d MMMM", "d MMMM y", "d.MM", "dd.MM.y", "d.M.yy", "y-MM-dd", "MMMM d", "d/MM/y"])
    )
    one, other = (
        format_date(day, style, locale="en" if style == "MMMM d" else language) for day in (first, last)
    )
    if first == last and draw(st.booleans()):
        said = one
    else:
        said = f"{one}{draw(st.sampled_from([' – ', '–', '-', ' до ', ' по ', ' to ']))}{other}"
    if style == "y-MM-dd" or draw(st.booleans()):
        said = said.replace("-", " - ") if style != "y-MM-dd" else f"{one} – {other}"
    before = draw(st.booleans())
    parts = [name, said] if before else [said, name]
    return draw(st.sampled_from(["", "• ", "- ", "3) "])) + " ".join(filter(None, parts)), Break(
        first, last, name
    )


@settings(max_examples=400)
@given(written())
def test_every_break_is_read_in_every_form(case: tuple[str, Break]) -> None:
    line, meant = case
    read = read_breaks(line, YEAR)
    assert read.odd == []
    assert read.breaks[0][:2] == meant[:2]
    assert read.breaks[0].name.strip("'") == meant.name.strip("'")


@given(st.text(max_size=300) | st.text("0123456789.-–/ \nгрудняпо", max_size=120))
def test_any_text_is_read_without_an_error_and_no_line_is_lost(text: str) -> None:
    read = read_breaks(text, YEAR)
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(read.breaks) + len(read.odd) == len(lines)
    assert all(BEGINS <= one.first <= one.last <= ENDS and len(one.name) <= 60 for one in read.breaks)


def test_many_lines_are_too_many() -> None:
    read = read_breaks("\n".join(["25.12 свято"] * (MOST_LINES + 2)), YEAR)
    assert len(read.breaks) == MOST_LINES
    assert [why for _line, why in read.odd] == [Odd.TOO_MANY] * 2


@pytest.mark.parametrize(
    "text", [" " * 2000, "1" * 2000, "1." * 1000, "- " * 1000, "1 грудня " * 220, "25 -" * 500]
)
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    began = time.perf_counter()
    read_breaks(text, YEAR)
    assert time.perf_counter() - began < 0.5


def test_ukraine_has_no_free_holidays_and_their_names_are_known() -> None:
    known = holidays_of("UA", YEAR, ["uk", "ru", "en"])
    assert known.free == {}
    assert known.working[on("2026-12-25")] == "Різдво Христове"
    assert all(BEGINS <= day <= ENDS for day in known.working)


@pytest.mark.parametrize(
    ("country", "languages", "day", "name"),
    [
        ("PL", ["uk"], "2026-11-11", "День незалежності"),
        ("PL", ["ru", "en"], "2027-05-03", "National Day of the Third of May"),
        ("DE", ["en"], "2026-10-03", "German Unity Day"),
    ],
)
def test_holidays_are_named_in_the_best_language(
    country: str, languages: list[str], day: str, name: str
) -> None:
    assert holidays_of(country, YEAR, languages).free[on(day)] == name


def test_countries_are_found_by_their_names_in_three_languages() -> None:
    languages = ["uk", "ru", "en"]
    for text in ("Німеч", "герман", "GERM", " німеччина "):
        assert countries_named(text, languages) == ["DE"]
    assert countries_named("кюр", languages) == ["CW"]
    assert countries_named("немає такої", languages) == []
    assert likely_countries("Europe/Kyiv")[0] == "UA"
    assert likely_countries("Europe/Warsaw")[:2] == ["PL", "UA"]
    assert country_name("PL", "ru") == "Польша"


def test_every_country_can_be_asked(tmp_path: Path) -> None:
    for code in countries_named("", ["en"]):
        known = holidays_of(code, YEAR, ["uk", "ru", "en"])
        assert not known.free.keys() & known.working.keys()
