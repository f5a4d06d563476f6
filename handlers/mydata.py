"""What is known about somebody, said in plain words: the text of the file that they can have."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.i18n import LANGUAGES, _, listed, long_day
from handlers import announcements, messengers, trail
from handlers.wording import hour_name, quiet_name, reason_name, relation_name, title_name
from models.absence import Reason
from models.audit import Deed
from models.mydata import Facts
from models.people import Relation, Role


def about_person(facts: Facts, zone: str) -> str:
    """All that `models.mydata.of_person` found, as a text. zone: the school's, whose clock the times are of."""
    settings = facts["settings"]
    return _sections(
        [
            (_("What is known about me"), [facts["name"], facts["school"], *belongings(facts)]),
            (
                _("Settings"),
                [
                    _("Quiet hours: {hours}").format(
                        hours=quiet_name(settings["quiet_from"], settings["quiet_to"])
                    ),
                    _("The day's digest comes at {hour}.").format(hour=hour_name(settings["digest_at"])),
                ],
            ),
            (_("Messengers"), [_chat(one) for one in facts["chats"]]),
            (_("Consent"), [_consent(one, zone) for one in facts["consents"]]),
            (_("Absences that I reported"), [_absence(one) for one in facts["absences"]]),
            (_("Words for the teacher"), [_words(one) for one in facts["words"]]),
            (_("Answers to announcements"), [_answer(one, zone) for one in facts["answers"]]),
            (_("Questions about announcements"), [_question(one, zone) for one in facts["questions"]]),
            (
                _("Requests to join"),
                [f"{_moment(one['at'], zone)}: {one['child']}" for one in facts["requests"]],
            ),
            (_("Messages to me"), [_letter(one, zone) for one in facts["letters"]]),
            (_("Audit trail: what was done with my rights"), [_deed(one, zone) for one in facts["trail"]]),
        ]
    )


def about_child(facts: Facts) -> str:
    """All that `models.mydata.of_child` found, as a text."""
    return _sections(
        [
            (
                facts["name"],
                [facts["school"], _("Class: {name}").format(name=facts["class"]), photos_name(facts)],
            ),
            (_("Absences"), [_absence(one) for one in facts["absences"]]),
            (_("Words for the teacher"), [_words(one) for one in facts["words"]]),
        ]
    )


def photos_name(facts: Facts) -> str:
    """Whether photos of a child may be shown."""
    return _("Photos: none, please") if facts["no_photos"] else _("Photos: fine")


def belongings(facts: Facts) -> list[str]:
    """Children, roles and messengers, a line each."""
    children = [
        f"{one['name']}, {one['class']} ({relation_name(Relation(one['relation']))})"
        for one in facts["children"]
    ]
    roles = [_role(one) for one in facts["roles"]]
    through = listed([messengers.called(one["messenger"]) for one in facts["chats"]])
    return [*children, *roles, _("By: {messengers}").format(messengers=through)]


def _role(one: Facts) -> str:
    return ", ".join(part for part in (title_name(Role(one["role"]), one["title"]), one["class"]) if part)


def _sections(sections: Iterable[tuple[str, list[str]]]) -> str:
    """Headings with what stands under each; what is empty is told to be."""
    parts = ["\n".join([head.upper(), *(lines or [_("Nothing.")])]) for head, lines in sections]
    return "\n\n".join(parts) + "\n"


def _chat(one: Facts) -> str:
    name = messengers.called(one["messenger"])
    return f"{name}, {one['address']}, {LANGUAGES.get(one['language'], one['language'])}"


def _consent(one: Facts, zone: str) -> str:
    name = messengers.called(one["messenger"])
    said = _("text: {text}").format(text=one["text"])
    return f"{_moment(one['at'], zone)}, {name}, {said}, {one['language']}"


def _absence(one: Facts) -> str:
    days = list(dict.fromkeys([_day(one["first_day"]), _day(one["last_day"])]))
    line = f"{' – '.join(days)}: {one['child']}"
    if reason := one.get("reason"):
        line = f"{line}, {reason_name(Reason(reason))}"
    withdrawn = _("withdrawn")
    return f"{line} ({withdrawn})" if one["withdrawn_at"] else line


def _words(one: Facts) -> str:
    where = f"{_day(one['first_day'])}, {one['child']}" if one["child"] else _day(one["at"])
    return f"{where}: «{one['words']}»"


def _answer(one: Facts, zone: str) -> str:
    return f"{_moment(one['at'], zone)}: {announcements.said_name(one['options'] or (), one['answer'])}"


def _question(one: Facts, zone: str) -> str:
    asked = f"{_moment(one['at'], zone)}: «{one['text']}»"
    answer = _("Answer: {answer}").format(answer=one["answer"]) if one["answer"] else ""
    return f"{asked}\n{answer}" if answer else asked


def _letter(one: Facts, zone: str) -> str:
    head = f"{_moment(one['at'], zone)}, {messengers.called(one['messenger'])}"
    return f"{head}:\n{one['text']}" if one["text"] else head


def _deed(one: Facts, zone: str) -> str:
    who = _("by me") if one["by_me"] else _("by the school")
    deed = _(trail.DEEDS[Deed(one["deed"])])
    return f"{_moment(one['at'], zone)}: {deed} ({who})"


def _moment(at: str, zone: str) -> str:
    """A day with its year, and the time."""
    here = datetime.fromisoformat(at).astimezone(ZoneInfo(zone))
    return f"{_day(here.isoformat())}, {here:%-H:%M}"


def _day(at: str) -> str:
    """A day with its year; as a file is read at any time, none is today."""
    return long_day(datetime.fromisoformat(at).date(), date.min)
