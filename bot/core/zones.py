"""Time zones as people name them: by a city or a country, in any of our languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from bot.core.i18n import LANGUAGES, language

LIKELY = (
    "Europe/Kyiv",
    "Europe/Warsaw",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Bucharest",
    "Europe/London",
)
"""Offered first: where most of those live who speak our languages."""


def label(zone: str, now: datetime) -> str:
    """A zone on a button, with the time that it is there: "Київ · 08:10"."""
    return f"{city(zone)} · {now.astimezone(ZoneInfo(zone)):%H:%M}"


def city(zone: str) -> str:
    """The city that stands for a zone, in the reader's language where it has a name there."""
    return _city(zone, language())


def found(wanted: str, most: int) -> list[str]:
    """The zones whose city, country or own name begins with what was typed, in any language; at most so many."""
    typed = " ".join(wanted.casefold().split())
    if not typed:
        return []
    hits = [
        (typed not in names, zone not in LIKELY, zone)
        for zone, names in _names().items()
        if any(name.startswith(typed) for name in names)
    ]
    return [zone for _inexact, _unlikely, zone in sorted(hits)][:most]


def known() -> Iterable[str]:
    """Every zone that a school can be in."""
    return _names().keys()


@cache
def _names() -> dict[str, frozenset[str]]:
    """All that each zone is called. Zones of no country (the open sea, fixed offsets) are no school's."""
    names = {}
    for zone, country in get_global("zone_territories").items():
        if country in ("001", "ZZ"):
            continue
        called = {zone.split("/")[-1].replace("_", " "), zone}
        for tag in LANGUAGES:
            called |= {_city(one, tag) for one in (zone, *_older().get(zone, ()))}
            called.add(Locale(tag).territories.get(country, ""))
        names[zone] = frozenset(one.casefold() for one in called if one)
    return names


@cache
def _older() -> dict[str, list[str]]:
    """The former names of a zone: some of them are still the keys of Unicode's list of cities."""
    older = defaultdict(list)
    for former, present in get_global("zone_aliases").items():
        older[present].append(former)
    return older


@cache
def _city(zone: str, tag: str) -> str:
    known = Locale(tag).time_zones
    for key in (zone, *_older().get(zone, ())):
        if name := known.get(key, {}).get("city"):
            return str(name)
    return zone.split("/")[-1].replace("_", " ")
