"""Keeps the catalogues true: `python -m locales update` after a change of words, `check` in CI."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TAGS = ("uk", "ru")
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2)}
SOURCES = [
    ("bot/**.py", "python"),
    ("handlers/**.py", "python"),
    ("papers/**.py", "python"),
    ("scheduler/**.py", "python"),
]
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_HIDDEN = re.compile(r"\{_\(|\{n_\(")
ALLOWED_LATIN = {"Telegram", "Viber", "klasno", "invite", "menu", "language", "help"}
ALLOWED_LATIN |= {"Excel", "PDF", "csv", "txt", "xls", "xlsx"}


def extracted() -> Catalog:
    """Every sentence in the code, with where it stands (file, without lines that would change daily)."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(ROOT, SOURCES, keywords=KEYWORDS)
    for file, _line, sentence, _comments, _context in found:
        catalog.add(sentence, locations=[(file, 0)])
    return catalog


def path_of(tag: str) -> Path:
    """The catalogue of a language."""
    return HERE / tag / "LC_MESSAGES" / "klasno.po"


def catalogue(tag: str) -> Catalog:
    """The catalogue of a language as it is on disk, or an empty one."""
    path = path_of(tag)
    if not path.exists():
        return Catalog(locale=tag)
    with path.open("rb") as source:
        return read_po(source, locale=tag)


def updated(tag: str) -> bytes:
    """The catalogue as it must be for today's code."""
    known = catalogue(tag)
    known.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    known.project, known.version = "Klasno", "1"
    known.revision_date = known.creation_date = datetime(2026, 11, 21, tzinfo=UTC)
    packed = BytesIO()
    write_po(packed, known, omit_header=False, sort_output=True, include_lineno=False, width=110)
    return packed.getvalue()


def hidden() -> list[str]:
    """Sentences inside f-strings, which the extraction does not see."""
    files = [file for folder in ("bot", "handlers", "scheduler") for file in (ROOT / folder).rglob("*.py")]
    return [
        f"{file.relative_to(ROOT)}: a sentence inside an f-string"
        for file in files
        if _HIDDEN.search(file.read_text())
    ]


def faults(tag: str) -> list[str]:
    """What is wrong with a catalogue, a line each."""
    found: list[str] = []
    if path_of(tag).read_bytes() != updated(tag):
        found.append(f"{tag}: not up to date with the code; run: python -m locales update")
    for message in catalogue(tag):
        if message.id:
            found += [f"{tag}: {what}: {message.id!r}" for what in wrong_with(message)]
    return found


def wrong_with(message: Message) -> list[str]:
    """What is wrong with one translation."""
    ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    wrong = []
    if message.fuzzy:
        wrong.append("fuzzy")
    translated = [string for string in strings if string]
    if len(translated) < len(strings):
        return [*wrong, "not translated"]
    if isinstance(message.id, (list, tuple)) and len(strings) != 3:
        wrong.append("needs three plural forms")
    wanted = set(_PLACEHOLDER.findall(ids[-1]))
    if any(set(_PLACEHOLDER.findall(string)) != wanted for string in translated):
        wrong.append("other placeholders")
    if any(string != string.strip() for string in (*ids, *translated)):
        wrong.append("space at an end")
    if any(set(_LATIN.findall(_PLACEHOLDER.sub("", string))) - ALLOWED_LATIN for string in translated):
        wrong.append("English left in it")
    if any("'" in string for string in translated):
        wrong.append("a straight apostrophe: it is ’")
    return wrong


def main(arguments: list[str]) -> int:
    """Update or check; the exit code."""
    match arguments:
        case ["update"]:
            for tag in TAGS:
                path_of(tag).parent.mkdir(parents=True, exist_ok=True)
                path_of(tag).write_bytes(updated(tag))
            return 0
        case ["check"]:
            found = hidden() + [fault for tag in TAGS for fault in faults(tag)]
            for fault in found:
                sys.stderr.write(f"{fault}\n")
            return 1 if found else 0
        case _:
            sys.stderr.write("python -m locales update | check\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
