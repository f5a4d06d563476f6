"""What is known about me: a short screen in plain words, and all of it as a file to read."""

from __future__ import annotations

from datetime import datetime

from bot.core.flows import Flow, Link
from bot.core.i18n import N_, _, n_
from bot.core.paper import SORTS, Paper
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import children, forgetting, mydata, no_photos, settings
from models.audit import Deed, record
from models.errors import NotYours
from models.mydata import Facts, of_child, of_person
from models.people import (
    Pupil,
    Right,
    children_of,
    classes_of,
    managed_child,
    own_child,
)
from papers.written import as_json, as_text

privacy = Flow("privacy", command="mydata", title=N_("What is known about me"))


@privacy.ask
async def page(turn: Turn) -> Screen:
    """How much of each there is, for how long, and who sees it."""
    facts = await of_person(turn.db, _me(turn), turn.now)
    rows = [[Button(_("All of it as files"), send())]]
    mine = await children_of(turn.db, turn.person)
    rows += [[Button(_("About: {name}").format(name=one.name), child(one.id))] for one in mine[:6]]
    rows.append([Button(_("Forget me"), forgetting.surely(), Look.DANGER)])
    rows.append([Button(_("Back"), settings.hub())])
    return Screen("\n".join(_counted(turn, facts)), rows, title=_("What is known about me"))


def _counted(turn: Turn, facts: Facts) -> list[str]:
    days = turn.days
    lines = [_("Name: {name}").format(name=facts["name"])]
    lines += [f"· {line}" for line in mydata.belongings(facts)]
    lines += [
        "",
        _("How much, and for how long:"),
        *_of_absences(turn, facts),
        *_of_announcements(turn, facts),
        "· " + n_("{n} message to you", "{n} messages to you", len(facts["letters"])) + _kept(days.letters),
        "· " + n_("{n} line in the audit trail", "{n} lines in the audit trail", len(facts["trail"]))
        + _kept(days.audit),
        "",
        _who_sees(facts),
        n_(
            "Whoever belongs to no child and no class is forgotten after {n} day.",
            "Whoever belongs to no child and no class is forgotten after {n} days.",
            days.idle,
        ),
    ]  # fmt: skip
    return lines


def _of_absences(turn: Turn, facts: Facts) -> list[str]:
    """How much was told of absences; nothing for whoever has no child here and never told of one."""
    told, words, days = len(facts["absences"]), len(facts["words"]), turn.days
    if not (facts["children"] or told or words):
        return []
    return [
        "· " + n_("{n} absence reported", "{n} absences reported", told) + _kept_after_year(days.absences),
        "· " + n_("{n} note for the teacher", "{n} notes for the teacher", words) + _kept(days.words),
    ]


def _of_announcements(turn: Turn, facts: Facts) -> list[str]:
    """How much was said to announcements; nothing for whoever never said anything."""
    answers, asked, kept = len(facts["answers"]), len(facts["questions"]), _kept(turn.days.announcements)
    lines = []
    if answers:
        lines.append(
            "· " + n_("{n} answer to an announcement", "{n} answers to announcements", answers) + kept
        )
    if asked:
        lines.append("· " + n_("{n} question to the teacher", "{n} questions to the teacher", asked) + kept)
    return lines


def _who_sees(facts: Facts) -> str:
    """In the same words as the consent."""
    if not facts["children"]:
        return _("Who sees it: the school's administrators; your name and role also colleagues and families.")
    return _(
        "Who sees it: the class teacher; the administrator, but no reasons for absences; of your children's "
        "absences their other guardians too."
    )


def _kept(days: int) -> str:
    return "; " + n_("kept for {n} day", "kept for {n} days", days)


def _kept_after_year(days: int) -> str:
    return "; " + n_(
        "kept for {n} day after the school year", "kept for {n} days after the school year", days
    )


@privacy.do
async def send(turn: Turn) -> Link:
    """Send it: once to be read, once for a computer."""
    me = _me(turn)
    await turn.send_file(readable(turn.now), _to_be_read(_("About me")))
    await turn.send_file(raw(turn.now), _for_a_computer(_("About me")))
    await record(turn.db, _school(turn), me, Deed.EXPORTED, turn.now, person=me)
    return page().saying(_("Here are the files. They are yours alone: please keep them so."))


def _to_be_read(name: str) -> str:
    return _("{file}: to be read").format(file=f"{name}.txt")


def _for_a_computer(name: str) -> str:
    return _("{file}: for a computer").format(file=f"{name}.json")


@privacy.file
async def readable(turn: Turn, at: datetime) -> Paper:
    """All of it as a text, as it stood at that moment."""
    facts = await of_person(turn.db, _me(turn), at)
    return Paper(
        _("About me") + ".txt", SORTS[".txt"], as_text, (mydata.about_person(facts, turn.speaker.timezone),)
    )


@privacy.file
async def raw(turn: Turn, at: datetime) -> Paper:
    """All of it as JSON, as it stood at that moment."""
    facts = await of_person(turn.db, _me(turn), at)
    return Paper(_("About me") + ".json", SORTS[".json"], as_json, (facts,))


@privacy.ask
async def child(turn: Turn, id_: int) -> Screen:
    """What is known about a child, for its guardian, its teacher or an administrator."""
    pupil = (await _pupil(turn, id_))[0]
    facts = await _facts(turn, id_)
    others = [n_("{n} guardian", "{n} guardians", facts["guardians"])] if "guardians" in facts else []
    lines = [
        _("Class: {name}").format(name=pupil.class_name),
        *others,
        n_("{n} absence", "{n} absences", len(facts["absences"])) + _kept_after_year(turn.days.absences),
        mydata.photos_name(facts),
        _("No birthday, no address, no picture: these are not asked for."),
    ]
    rows = [[Button(_("All of it as files"), send_child(id_)), Button(_("📷 Photos"), no_photos.show(id_))]]
    rows.append([Button(_("Erase the child's data"), forgetting.surely_child(id_), Look.DANGER)])
    own = id_ in [one.id for one in await children_of(turn.db, turn.person)]
    rows.append([Button(_("Back"), page() if own else children.one(id_))])
    return Screen("\n".join(lines), rows, title=pupil.name)


@privacy.do
async def send_child(turn: Turn, id_: int) -> Link:
    """Send what is known about a child."""
    pupil = (await _pupil(turn, id_))[0]
    await turn.send_file(readable_child(id_), _to_be_read(pupil.name))
    await turn.send_file(raw_child(id_), _for_a_computer(pupil.name))
    await record(turn.db, pupil.school_id, turn.person, Deed.EXPORTED, turn.now, child=id_)
    return child(id_).saying(_("Here are the files. They are yours alone: please keep them so."))


@privacy.file
async def readable_child(turn: Turn, id_: int) -> Paper:
    """A child's file to be read."""
    facts = await _facts(turn, id_)
    return Paper(f"{facts['name']}.txt", SORTS[".txt"], as_text, (mydata.about_child(facts),))


@privacy.file
async def raw_child(turn: Turn, id_: int) -> Paper:
    """A child's file for a computer."""
    facts = await _facts(turn, id_)
    return Paper(f"{facts['name']}.json", SORTS[".json"], as_json, (facts,))


async def _facts(turn: Turn, id_: int) -> Facts:
    _child, reasons, kin = await _pupil(turn, id_)
    return await of_child(turn.db, id_, _me(turn), reasons=reasons, kin=kin)


async def _pupil(turn: Turn, id_: int) -> tuple[Pupil, bool, bool]:
    """The child, and whether the reasons of its absences, and how many guardians it has, are this person's to know.

    A guardian is not told whether there is another home.
    """
    try:
        return await own_child(turn.db, turn.person, id_, Right.SEE), True, False
    except NotYours:
        pupil = await managed_child(turn.db, turn.person, id_, turn.today)
    taught = [school_class for school_class, _name in await classes_of(turn.db, turn.person, turn.today)]
    return pupil, pupil.class_id in taught, True


def _me(turn: Turn) -> int:
    if turn.person is None:
        raise NotYours
    return turn.person


def _school(turn: Turn) -> int:
    if turn.speaker.school is None:
        raise NotYours
    return turn.speaker.school
