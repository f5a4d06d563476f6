"""Words that several screens share: reasons, and the same thing always called the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import cache

from bot.core.errors import Sorry
from bot.core.flows import Link
from bot.core.i18n import LANGUAGES, N_, _, long_day, n_, span, speaking
from bot.core.screens import Button
from models.absence import LONGEST, Impossible, NoLessons, PastDay, Reason, TooFar
from models.naming import NoName, StrangeSigns, TooLong, tidied
from models.people import Relation, Right, Role
from models.roster import Mistake

NAME_LENGTH = 60
"""Letters of a name that somebody types."""


def reason_name(reason: Reason) -> str:
    """A reason in the reader's language, in small letters."""
    match reason:
        case Reason.ILLNESS:
            return _("illness")
        case Reason.DOCTOR:
            return _("doctor")
        case Reason.FAMILY:
            return _("family")
        case Reason.TRANSPORT:
            return _("transport")
        case Reason.OTHER:
            return _("other")


def relation_name(relation: Relation) -> str:
    """Who somebody is to the child, in the reader's language, in small letters."""
    match relation:
        case Relation.MOTHER:
            return _("mother")
        case Relation.FATHER:
            return _("father")
        case Relation.GRANDMOTHER:
            return _("grandmother")
        case Relation.GRANDFATHER:
            return _("grandfather")
        case Relation.OTHER:
            return _("another relation")


_TYPED_RELATIONS = {
    Relation.MOTHER: "мама мати матуся мамуся мать мамочка mother mom mum mummy mommy",
    Relation.FATHER: "тато татусь батько папа отец father dad daddy",
    Relation.GRANDMOTHER: "бабуся бабця баба бабушка grandmother grandma granny",
    Relation.GRANDFATHER: "дідусь дід дедушка дед grandfather grandpa granddad",
    Relation.OTHER: "інше інший інша опікун опікунка вітчим мачуха тітка дядько другое другой другая опекун отчим "
    "мачеха тётя тетя дядя other guardian stepfather stepmother aunt uncle",
}
"""What people write where they could tap who they are, in whatever language."""


def relation_in(text: str) -> Relation | None:
    """Who somebody says they are to the child: "Я мама"; None where nobody or more than one is named."""
    said = set(re.findall(r"\w+", text.casefold()))
    found = [relation for relation, words in _TYPED_RELATIONS.items() if said & set(words.split())]
    return found[0] if len(found) == 1 else None


def related(name: str, relation: Relation) -> str:
    """ "Ігор, тато"; the name alone where it is not said who they are."""
    return name if relation is Relation.OTHER else f"{name}, {relation_name(relation)}"


def clean_name(typed: str) -> str | None:
    """A typed name in one line, without signs that nobody sees; None if it can be no name, or is too long."""
    plain = unicodedata.normalize("NFC", typed)
    seen = (sign for sign in plain if sign.isspace() or not unicodedata.category(sign).startswith("C"))
    name = " ".join("".join(seen).split())
    return name if 0 < len(name) <= NAME_LENGTH and any(sign.isalpha() for sign in name) else None


def impossible(why: Impossible, today: date) -> str:
    """Why an absence of these days cannot be told, and what can."""
    match why:
        case PastDay():
            return _("That day has passed. Please choose today or later.")
        case TooFar():
            return _("That is more than a year ahead. Please choose a nearer date.")
        case NoLessons(name=name, first=first, last=last) if name:
            return " ".join((no_lessons(first, last, name, today), _("Please choose a school day.")))
        case NoLessons():
            return _("There are no lessons on these days. Please choose a school day.")
        case _:
            return n_(
                "An absence can be reported for up to {n} day at once.",
                "An absence can be reported for up to {n} days at once.",
                LONGEST.days,
            )


def no_lessons(first: date, last: date, name: str, today: date) -> str:
    """That there are no lessons, and why: "п’ятниця, 25 грудня: Різдво, уроків немає."."""
    sentence = _("{days}: {name}, no lessons.") if name else _("{days}: no lessons.")
    return sentence.format(days=capital(span(first, last, today)), name=name)


def right_name(right: Right) -> str:
    """What a guardian may do for a child."""
    match right:
        case Right.SEE:
            return _("Sees the child's news")
        case Right.REPORT:
            return _("Reports absences")
        case Right.BOOK:
            return _("Books consultations")


def role_name(role: Role) -> str:
    """A role in the reader's language, in small letters."""
    match role:
        case Role.ADMINISTRATOR:
            return _("administrator")
        case Role.CLASS_TEACHER:
            return _("class teacher")
        case Role.SPECIALIST:
            return _("specialist")
        case Role.COMMITTEE:
            return _("parents' committee")
        case Role.GUARDIAN:
            return _("guardian")


TITLES = (
    N_("Psychologist"),
    N_("Speech therapist"),
    N_("Social worker"),
    N_("English"),
    N_("Mathematics"),
    N_("Nurse"),
)
"""What specialists are offered to be called."""


@cache
def _titles() -> dict[str, str]:
    """Each of TITLES by how it is said in any of our languages, in small letters."""
    found: dict[str, str] = {}
    for tag in LANGUAGES:
        with speaking(tag):
            found.update((_(one).casefold(), one) for one in TITLES)
    return found


def title_name(role: Role, title: str | None) -> str:
    """What a role is called by its title: one of TITLES in the reader's language, another in the school's own words.

    A title is kept as it was said, so that a school still has its words when ours change.
    """
    if not title:
        return role_name(role)
    known = _titles().get(title.casefold())
    return title if known is None else _(known)


def post_name(role: Role, class_name: str | None, title: str | None, until: date | None, today: date) -> str:
    """What somebody is: "class teacher, 3-Б, until Friday"; a specialist by the title."""
    parts = [title_name(role, title), *([class_name] if class_name else [])]
    if until is not None:
        parts.append(_("until {day}").format(day=long_day(until, today)))
    return ", ".join(parts)


def too_long(most: int) -> str:
    """That a typed text does not fit."""
    return n_(
        "That is too long: there is room for {n} character.",
        "That is too long: there is room for {n} characters.",
        most,
    )


def named(text: str, most: int, again: Link) -> str:
    """A typed name made tidy; Sorry, leading back to where it was asked for, where it cannot be one."""
    try:
        return tidied(text, most)
    except TooLong as long:
        raise Sorry(too_long(most), again) from long
    except StrangeSigns as strange:
        raise Sorry(
            _("A name has letters, digits and dashes only. Please type it once more."), again
        ) from strange
    except NoName as nothing:
        raise Sorry(_("There is no letter and no digit in it. Please type it once more."), again) from nothing


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def hour_name(hour: int) -> str:
    """A full hour: "7:00"."""
    return f"{hour % 24}:00"


def quiet_name(begins: int, ends: int) -> str:
    """Quiet hours: "20:00–7:00", or that there are none."""
    return _("none") if begins == ends else f"{hour_name(begins)}–{hour_name(ends)}"


def hours_to_choose(pick: Callable[[int], Link | None], but: int = -1) -> list[list[Button]]:
    """The hours of a day as rows of buttons, the one `but` left out of choice; "21:00" would not fit six in a row."""
    hours = [Button(str(hour), pick(hour) if hour != but else None) for hour in range(24)]
    return [hours[start : start + 6] for start in range(0, 24, 6)]


def mistake_name(mistake: Mistake | None) -> str:
    """What is wrong with a line of a list, in small letters."""
    match mistake:
        case Mistake.EMAIL:
            return _("an e-mail address")
        case Mistake.PHONE:
            return _("a phone number")
        case Mistake.DIGITS:
            return _("digits in the name")
        case Mistake.TOO_LONG:
            return _("too long for a name")
        case Mistake.TWICE:
            return _("twice in the list")
        case Mistake.HERE:
            return _("already in the class")
        case Mistake.NO_CLASS:
            return _("no class is given")
        case Mistake.OTHER_CLASS:
            return _("of another class")
        case Mistake.ONE_WORD:
            return _("one word only")
        case _:
            return _("not a name")
