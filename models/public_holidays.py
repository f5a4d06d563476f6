"""Public holidays of a country, from the package `holidays`, named in the best language that it has for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from babel import Locale
from babel.core import get_global

from models.calendar import NAME_LENGTH, school_year

LIKELY = ("UA", "PL", "CZ", "DE", "MD", "KZ")
"""Offered first, after the country of the school's time zone."""


class Holidays(NamedTuple):
    """What a country's law says of a school year, by day.

    working: days that are holidays by name only: there are lessons, unless the school itself says otherwise. Ukraine
    has had no others since 2022, by the law of martial law.
    """

    free: dict[date, str]
    working: dict[date, str]


def holidays_of(country: str, year: int, languages: Sequence[str]) -> Holidays:
    """The holidays of a country (ISO code, one of `countries`) in a school year, in the first of the languages that
    there is; else in English, or in the country's own."""
    from holidays import PUBLIC, WORKDAY, country_holidays  # 25 MB, which few schools need and once a year

    known = country_holidays(country)
    wanted = [
        tag for one in (*languages, "en") for tag in known.supported_languages if tag.split("_")[0] == one
    ]
    language = next(iter(wanted), None)
    begins, ends = school_year(year)

    def of(category: str) -> dict[date, str]:
        if category not in known.supported_categories:
            return {}
        found = country_holidays(country, years=[year, year + 1], language=language, categories=category)
        return {day: found[day][:NAME_LENGTH] for day in sorted(found) if begins <= day <= ends}

    free = of(PUBLIC)
    return Holidays(free, {day: name for day, name in of(WORKDAY).items() if day not in free})


def countries() -> list[str]:
    """The ISO codes of all countries that the package knows."""
    from holidays.registry import EntityLoader

    return [code for code in EntityLoader.get_country_codes(include_aliases=False) if len(code) == 2]


def is_country(code: str) -> bool:
    """Whether the package knows the holidays of this country."""
    return code in countries()


def likely_countries(timezone: str) -> list[str]:
    """Those to offer first: the country of a time zone, and its neighbours."""
    here = get_global("zone_territories").get(timezone)
    known = countries()
    return [code for code in dict.fromkeys([here, *LIKELY]) if code in known]


def country_name(code: str, language: str) -> str:
    """What a country is called in a language."""
    return str(Locale.parse(language).territories.get(code, code))


def countries_named(text: str, languages: Sequence[str]) -> list[str]:
    """The countries whose name begins with this in one of the languages, or else has it in it."""
    wanted = text.casefold().strip()
    names = {code: [country_name(code, one).casefold() for one in languages] for code in countries()}
    begin = [code for code, known in names.items() if any(name.startswith(wanted) for name in known)]
    return begin or [code for code, known in names.items() if any(wanted in name for name in known)]
