"""Whether what is shown is said in one language, names apart."""

from __future__ import annotations

import re
from functools import cache

from babel.messages.pofile import read_po
from sqlalchemy import select

from bot.core.i18n import FOLDER, LANGUAGES
from models.absence import AbsenceWords
from models.admission import JoinRequest
from models.calendar import CalendarDay
from models.database import Db
from models.people import Child, Person, Staff
from models.public_holidays import holidays_of, likely_countries
from models.school import School, SchoolClass

LATIN = re.compile(r"[A-Za-z][A-Za-z']+")
CYRILLIC = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ][А-Яа-яЁёІіЇїЄєҐґʼ'’]*")
NOT_OURS = {"uk": re.compile("[ыэёъЫЭЁЪ]"), "ru": re.compile("[іїєґІЇЄҐ]")}
"""Letters that the other of the two languages has."""
CHOOSER = re.compile("Мова · Язык · Language|" + "|".join(LANGUAGES.values()))
OFFERED = likely_countries("Europe/Kyiv")
CUT = re.compile(r"\w+…")
COMMAND = re.compile(r"[a-z]+://\S+|/[a-z]+|\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}\b")
"""What is in no language: addresses, commands, an invitation's code."""


@cache
def _catalogue(language: str) -> tuple[set[str], set[str]]:
    """The English words of all sentences, and the Latin words that this language's sentences have too."""
    with (FOLDER / language / "LC_MESSAGES" / "klasno.po").open("rb") as source:
        messages = [message for message in read_po(source, locale=language) if message.id]
    english: set[str] = set()
    own: set[str] = set()
    for message in messages:
        ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        english.update(word for text in ids for word in LATIN.findall(_bare(str(text))))
        own.update(word for text in strings for word in LATIN.findall(_bare(str(text))))
    return english, own


def _bare(text: str) -> str:
    """The text without commands and places to be filled in."""
    return re.sub(r"\{\w*\}", " ", COMMAND.sub(" ", text))


async def names_of(db: Db) -> set[str]:
    """Every word of every name, and what people wrote themselves; holidays are named in the school's language."""
    columns = (
        Child.name,
        Person.name,
        School.name,
        SchoolClass.name,
        Staff.title,
        AbsenceWords.words,
        CalendarDay.name,
        JoinRequest.name,
        JoinRequest.child_name,
        JoinRequest.words,
    )
    asked = [select(one) for one in columns]
    texts = [text for ask in asked for (text,) in await db.all(ask) if text]
    known = [holidays_of(country, 2026, ["uk"]) for country in OFFERED]
    texts += [name for part in known for days in part for name in days.values()]
    return {word for text in texts for word in re.findall(r"[^\W\d_]+", text)}


def foreign(text: str, language: str, names: set[str]) -> list[str]:
    """The words of a shown text that are not of this language."""
    text = CUT.sub(" ", CHOOSER.sub(" ", COMMAND.sub(" ", text)))
    if language == "en":
        return [word for word in CYRILLIC.findall(text) if word not in names]
    english, own = _catalogue(language)
    left = [word for word in LATIN.findall(text) if word in english and word not in own | names]
    strange = NOT_OURS[language]
    return left + [word for word in CYRILLIC.findall(text) if strange.search(word) and word not in names]
