"""Lists of children as people write them: lines and tables become names, and what looks wrong is told. Pure."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from models.naming import CLASS_LENGTH, same_class

LONGEST_NAME = 80
"""Signs of a child's name."""
MOST_WORDS = 6
HEAD_ROWS = 10
"""Among so many rows from the top the head of a table is looked for; titles may stand above it."""


class Mistake(enum.StrEnum):
    """What is wrong with a line. All but ONE_WORD keep it from being saved."""

    EMAIL = "email"
    PHONE = "phone"
    DIGITS = "digits"
    TOO_LONG = "too_long"
    NO_NAME = "no_name"
    TWICE = "twice"
    HERE = "here"
    NO_CLASS = "no_class"
    OTHER_CLASS = "other_class"
    ONE_WORD = "one_word"


class Row(NamedTuple):
    """A child as a list has it: its class, or "" where the list tells none, and its name."""

    school_class: str
    name: str


class Looked(NamedTuple):
    """A row with what is wrong with it, or None."""

    row: Row
    mistake: Mistake | None

    @property
    def good(self) -> bool:
        """Whether it is saved."""
        return self.mistake in (None, Mistake.ONE_WORD)


def of_text(text: str) -> list[Row]:
    """The children of a pasted list: one a line, several with a comma between them, or a table's cells."""
    found: list[Row] = []
    for mark, lines in groupby(
        text.splitlines(), lambda line: next((one for one in "\t;" if one in line), "")
    ):
        if mark:
            found += of_table([line.split(mark) for line in lines])
        else:
            found += of_table([[name] for line in lines for name in _several(line)])
    return found


def _several(line: str) -> list[str]:
    """The names of a line, if there are several with commas between; a surname alone before a comma is no name."""
    names = [name for name in line.split(",") if name.strip()]
    return names if len(names) > 1 and all(len(name.split()) > 1 for name in names) else [" ".join(names)]


def of_table(rows: Sequence[Sequence[str]]) -> list[Row]:
    """The children of a table, by its head if it has one, and by what stands in its columns otherwise."""
    head, body = _head(rows)
    columns = head or _guessed(body)
    found = []
    for cells in body:
        name = tidy(" ".join(cells[place] for place in columns.name if place < len(cells)))
        school_class = cells[columns.of] if columns.of is not None and columns.of < len(cells) else ""
        if name:
            found.append(Row(tidy_class(school_class), name))
    return found


class _Columns(NamedTuple):
    """Which columns make up a name, and which one tells the class."""

    name: tuple[int, ...]
    of: int | None


_CLASS = {"клас", "класс", "class", "група", "группа", "group", "form", "grade"}
_SURNAME = {"прізвище", "фамилия", "surname", "last name", "family name"}
_GIVEN = {"імя", "имя", "first name", "given name", "given names", "name"}
_WHOLE = {
    "піб", "п і б", "фио", "ф и о", "прізвище імя", "прізвище та імя", "прізвище і імя", "фамилия имя",
    "фамилия и имя", "прізвище імя по батькові", "фамилия имя отчество", "full name", "name", "child", "student",
    "pupil", "учень", "учениця", "учні", "дитина", "діти", "ученик", "ученики", "ребенок", "дети", "children",
    "students", "pupils", "прізвище імя учня", "фамилия имя ученика", "піб учня", "піб дитини", "фио ученика",
}  # fmt: skip


def _head(rows: Sequence[Sequence[str]]) -> tuple[_Columns | None, Sequence[Sequence[str]]]:
    """The columns by the table's head and what stands below it; without a head, None and everything."""
    for number, cells in enumerate(rows[:HEAD_ROWS]):
        titles = [_title(cell) for cell in cells]
        of = next((place for place, title in enumerate(titles) if title in _CLASS), None)
        surname = next((place for place, title in enumerate(titles) if title in _SURNAME), None)
        given = next((place for place, title in enumerate(titles) if title in _GIVEN), None)
        whole = next((place for place, title in enumerate(titles) if title in _WHOLE), None)
        if surname is not None:
            return _Columns((surname, *([given] if given is not None else [])), of), rows[number + 1 :]
        if whole is not None or given is not None:
            return _Columns((whole if whole is not None else given or 0,), of), rows[number + 1 :]
    return None, rows


def _title(cell: str) -> str:
    """A column's title without what people write differently."""
    plain = "".join(sign for sign in cell.casefold().replace("ё", "е") if sign not in APOSTROPHES)
    return " ".join(re.sub(r"[^\w\s]", " ", plain).split())


_A_CLASS = re.compile(r"\d{1,2}\s*[-–—‑ ]?\s*[^\W\d_]{1,2}")


def _guessed(rows: Sequence[Sequence[str]]) -> _Columns:
    """The columns by what stands in them: a class is 3-Б or 10А, a name is made of words."""
    wide = max((len(cells) for cells in rows), default=0)
    if wide <= 1:
        return _Columns((0,), None)
    columns = [
        [cells[place].strip() for cells in rows if place < len(cells) and cells[place].strip()]
        for place in range(wide)
    ]
    of = next((place for place, cells in enumerate(columns) if _mostly(cells, _A_CLASS)), None)
    words = [place for place, cells in enumerate(columns) if place != of and _mostly(cells, _WORDS)]
    whole = next((place for place in words if _mostly(columns[place], _TWO_WORDS)), None)
    if whole is not None and (not words or whole == words[0]):
        return _Columns((whole,), of)
    return _Columns(tuple(words[:2]) or (0,), of)


_WORDS = re.compile(r"[^\d@]*[^\W\d_][^\d@]*")
_TWO_WORDS = re.compile(r"[^\d@]*[^\W\d_]\S*\s+[^\W\d_][^\d@]*")


def _mostly(cells: Sequence[str], form: re.Pattern[str]) -> bool:
    """Whether more than half of the cells have this form."""
    return sum(form.fullmatch(cell) is not None for cell in cells) * 2 > len(cells)


APOSTROPHES = "'’ʼ‘`´′ʹ＇‛"
"""Signs that stand for the apostrophe, by the keyboard; in a name it is ’."""
_NUMBER = re.compile(r"\s*(?:№\s*)?\(?\d{1,4}(?:\s*[.):\]]+(?=\D|$)|\s*[-–—]+\s|\s+(?=[^\W\d_])|\s*$)\s*")
_BULLET = re.compile(r"[\s\-–—−•·*▪▫●○◦‣✓✔☐☑☒✅➤>+#]+")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BETWEEN = re.compile(f"(?<=\\w)[{APOSTROPHES}](?=\\w)")
_DASH = re.compile(r"(?<=\w)[‐‑–—−](?=\w)")


def tidy(text: str) -> str:
    """A name without number, bullet and unseen signs; spaces single, apostrophes ’, capitals as in a name.

    The order of its words stays. Case is touched only where the whole of it is in capitals.
    """
    name = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    name = " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in name).split())
    before = None
    while before != name:
        before = name
        for mark in (_BULLET, _NUMBER):
            if found := mark.match(name):
                name = name[found.end() :]
        name = name.strip(" ,;.:")
    name = _DASH.sub("-", _BETWEEN.sub("’", name))
    return _lowered(name) if name.isupper() and len(name) > 3 else name


def _lowered(name: str) -> str:
    """A name in capitals as people write it: Д’Артаньян, but Мар’яна."""
    made, begins = [], True
    for place, sign in enumerate(name):
        made.append(sign if begins else sign.lower())
        one_letter = place > 0 and (place == 1 or not name[place - 2].isalpha())
        begins = not sign.isalpha() and (sign != "’" or one_letter)
    return "".join(made)


def tidy_class(name: str) -> str:
    """A class's name with single spaces and a plain dash, without quotes and such around it."""
    plain = " ".join(_UNSEEN.sub("", name).split()).strip("«»\"' .,;")
    return re.sub(r"\s*[-‐‑–—−]\s*", "-", plain)


def same(name: str) -> str:
    """What is the same for two names that people take for one, in whatever order their words stand."""
    bare = "".join(sign for sign in name if sign not in APOSTROPHES)
    plain = unicodedata.normalize("NFKC", bare).casefold()
    return " ".join(sorted(plain.replace("ё", "е").replace("-", " ").split()))


def mistake_in(name: str) -> Mistake | None:
    """What is wrong with a name by itself."""
    if "@" in name:
        return Mistake.EMAIL
    if sum(sign.isdigit() for sign in name) >= 7:
        return Mistake.PHONE
    if any(sign.isdigit() for sign in name):
        return Mistake.DIGITS
    if len(name) > LONGEST_NAME or len(name.split()) > MOST_WORDS:
        return Mistake.TOO_LONG
    if not any(sign.isalpha() for sign in name) or _STRANGE.search(name):
        return Mistake.NO_NAME
    return None if len(name.split()) > 1 else Mistake.ONE_WORD


_STRANGE = re.compile(r"[<>{}\[\]|\\/*_~=$%^&#:;!?…]")


def look_over(
    rows: Iterable[Row], here: Iterable[Row], only: str | None = None, *, in_classes: bool = False
) -> list[Looked]:
    """Each row with what is wrong with it, in the order given.

    here: who is there already. only: the one class that the list is for; its own column may leave it out or name it
    differently. in_classes: whether each row has to name its class.
    """
    there = {_key(row, only) for row in here}
    before: set[tuple[str, str]] = set()
    found = []
    for row in rows:
        key = _key(row, only)
        mistake = mistake_in(row.name)
        if only is not None and row.school_class and same_class(row.school_class) != same_class(only):
            mistake = Mistake.OTHER_CLASS
        elif in_classes and not _CLASS_NAME.fullmatch(row.school_class):
            mistake = Mistake.NO_CLASS
        elif mistake in (None, Mistake.ONE_WORD) and key in before:
            mistake = Mistake.TWICE
        elif mistake in (None, Mistake.ONE_WORD) and key in there:
            mistake = Mistake.HERE
        before.add(key)
        found.append(Looked(row, mistake))
    return found


_CLASS_NAME = re.compile(rf"(?=.*\w)[\w .,()№«»’'/+&-]{{1,{CLASS_LENGTH}}}")


def _key(row: Row, only: str | None) -> tuple[str, str]:
    return same_class(only if only is not None else row.school_class), same(row.name)
