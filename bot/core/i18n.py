"""Words in the language of whoever reads them: gettext catalogues, and dates and lists through Babel."""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency

FOLDER = Path(__file__).resolve().parents[2] / "locales"
LANGUAGES = {"uk": "Українська", "ru": "Русский", "en": "English"}
"""What Klasno speaks, by IETF tag, each in its own name; the first is the default."""
DEFAULT = "uk"

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def _(message: str) -> str:
    """The sentence in the reader's language."""
    return _catalogue(_current.get()).gettext(message)


def n_(one: str, many: str, number: int) -> str:
    """The sentence in the form that this number asks for; `{n}` in it is the number."""
    return _catalogue(_current.get()).ngettext(one, many, number).format(n=number)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Marks a sentence that is said later, with `_`."""
    return message


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within, everything is said in this language."""
    token = _current.set(language if language in LANGUAGES else DEFAULT)
    try:
        yield
    finally:
        _current.reset(token)


def language() -> str:
    """The language being spoken."""
    return _current.get()


def closest(tag: str | None, otherwise: str) -> str:
    """The language nearest to a messenger's setting such as "uk-UA", "pt-br" or None."""
    spoken = (tag or "").replace("_", "-").split("-")[0].lower()
    return spoken if spoken in LANGUAGES else otherwise


def long_day(day: date, today: date) -> str:
    """A day as people say it: "сьогодні, понеділок, 23 листопада"; the year only when it is another."""
    name = _form(day, "EEEE, d MMMM" if abs((day - today).days) < 300 else "EEEE, d MMMM y")
    match (day - today).days:
        case 0:
            return _("today, {day}").format(day=name)
        case 1:
            return _("tomorrow, {day}").format(day=name)
        case _other:
            return name


def short_day(day: date) -> str:
    """A day on a button: "ср 25 лист."."""
    return _form(day, "E d MMM")


def numeric_day(day: date) -> str:
    """A day in figures, as in lists: "23.11.2026"."""
    return _form(day, "dd.MM.y")


def span(first: date, last: date, today: date) -> str:
    """One day or a range, as people say it: "ср 25 – пт 27 листопада", with no abbreviation whose dot ends it."""
    if first == last:
        return long_day(first, today)
    begins = "E d" if (first.year, first.month) == (last.year, last.month) else "E d MMMM"
    return f"{_form(first, begins)} – {_form(last, 'E d MMMM')}"


def month_name(day: date) -> str:
    """A month, for a calendar's head: "листопад"; with its year it would not fit between two arrows."""
    return _form(day, "LLLL")


def month_and_year(day: date) -> str:
    """A month and its year: "листопад 2026"."""
    return _form(day, "LLLL y")


def weekday_names(days: Sequence[date]) -> list[str]:
    """The shortest names of these days' weekdays."""
    return [_form(day, "cccccc") for day in days]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "Оля, Іван і Марко"."""
    return format_list(list(names), locale=language())


def euros(amount: float) -> str:
    """Money, as it is written: "0,24 €"."""
    return format_currency(amount, "EUR", locale=language()).replace("EUR", "€")


def _form(day: date, pattern: str) -> str:
    """A day by a CLDR pattern; day before month suits all three languages, also the English of Europe.

    CLDR has an apostrophe of its own in Ukrainian; there is to be one.
    """
    return format_date(day, pattern, locale=language()).replace("ʼ", "’")


@cache
def _catalogue(tag: str) -> gettext.NullTranslations:
    if tag == "en":  # the msgids are the English sentences
        return gettext.NullTranslations()
    path = FOLDER / tag / "LC_MESSAGES" / "klasno.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=tag)
    packed = io.BytesIO()
    write_mo(packed, catalogue)
    packed.seek(0)
    return gettext.GNUTranslations(packed)
