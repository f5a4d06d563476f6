"""The classes of the school, for its administrators: all of them, new ones, another name, closing an empty one."""

from __future__ import annotations

import re

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import rights, school, school_class
from handlers.wording import named
from models.audit import Deed, record
from models.classes import NotEmpty, Taken, close_class, make_class, rename_class
from models.errors import NotYours
from models.naming import CLASS_LENGTH
from models.people import own_school
from models.school import classes_in, school_of, year_label
from models.staff import with_teacher

classes = Flow("classes")

SHOWN = 14
"""Classes on a page, two in a row."""
AT_ONCE = 60
"""Classes that can be typed at once."""
_BETWEEN = re.compile(r"[\n,;]")


@classes.ask
async def every(turn: Turn, page: int = 0) -> Screen:
    """All classes in counting order, a page at a time."""
    id_, name = await own_school(turn.db, turn.person)
    mine = await school_of(turn.db, id_)
    found = await classes_in(turn.db, id_)
    shown, pages = page_of(found, page, SHOWN, every)
    buttons = [Button(called, school_class.hub(one)) for one, called in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    lines = [
        _("School year: {year}").format(year=year_label(mine.year)),
        n_("{n} class", "{n} classes", len(found)) if found else _("There is no class yet."),
    ]
    led = await with_teacher(turn.db, id_, turn.today)
    alone = [called for one, called in shown if one not in led]
    if alone:
        lines.append(_("⚠️ No class teacher: {names}").format(names=", ".join(alone)))
    add = Button(_("Add classes"), several(), None if found else Look.MAIN)
    return Screen("\n".join(lines), [*rows, *pages, [add], [Button(_("Back"), school.hub())]], title=name)


@classes.ask
async def several(turn: Turn) -> Screen:
    """New classes, typed in one go."""
    await own_school(turn.db, turn.person)
    text = _(
        "Type the classes, one a line or with commas between them, such as: 1-A, 1-B, 2-A.\n"
        "Letters of any language are fine, and so are names."
    )
    return Screen(text, [[Button(_("Back"), every())]], hears=write_several())


@classes.hear
async def write_several(turn: Turn, text: str) -> Link:
    """Make them all, but for those that are here already; one that cannot be a name makes none of them."""
    id_, _name = await own_school(turn.db, turn.person)
    typed = [part for part in _BETWEEN.split(text) if part.strip()]
    if len(typed) > AT_ONCE:
        raise Sorry(
            n_("At most {n} class at once, please.", "At most {n} classes at once, please.", AT_ONCE),
            several(),
        )
    made, here = 0, []
    for called in [class_name(part, several()) for part in typed] or [class_name("", several())]:
        try:
            new = await make_class(turn.db, id_, called)
        except Taken:
            here.append(called)
            continue
        await record(turn.db, id_, turn.person, Deed.CLASS_MADE, turn.now, school_class=new)
        made += 1
    parts = [n_("✅ {n} class is new.", "✅ {n} classes are new.", made)] if made else []
    if here:
        parts.append(_("Already here: {names}.").format(names=", ".join(here)))
    return every().saying("\n".join(parts))


@classes.ask
async def name(turn: Turn, id_: int) -> Screen:
    """Another name for a class."""
    called, _school = await own(turn, id_)
    text = _("{name}: what is it to be called?").format(name=called)
    return Screen(text, [[Button(_("Back"), school_class.hub(id_))]], hears=write_name(id_))


@classes.hear
async def write_name(turn: Turn, text: str, id_: int) -> Link:
    """Call it so."""
    _called, of_school = await own(turn, id_)
    new = class_name(text, name(id_))
    try:
        await rename_class(turn.db, of_school, id_, new)
    except Taken as already:
        raise taken(new, name(id_)) from already
    await record(
        turn.db, of_school, turn.person, Deed.CLASS_CHANGED, turn.now, school_class=id_, detail="renamed"
    )
    return school_class.hub(id_).saying(_("✅ Saved."))


@classes.ask
async def closing(turn: Turn, id_: int) -> Screen:
    """Whether it is really to be closed."""
    called, _school = await own(turn, id_)
    text = _(
        "{name}: close the class? It is empty. Its invitations end, and so do the roles of its teachers."
    )
    rows = [
        [Button(_("Yes, close the class"), close(id_), Look.DANGER)],
        [Button(_("Back"), school_class.hub(id_))],
    ]
    return Screen(text.format(name=called), rows)


@classes.do
async def close(turn: Turn, id_: int) -> Link:
    """Close it, if it is empty."""
    called, of_school = await own(turn, id_)
    try:
        held = await close_class(turn.db, of_school, id_)
    except NotEmpty as not_empty:
        sentence = _(
            "{name}: there are children in this class, or some left it not long ago. It can be closed once it is empty."
        )
        raise Sorry(sentence.format(name=called), school_class.hub(id_)) from not_empty
    await record(
        turn.db, of_school, turn.person, Deed.CLASS_CHANGED, turn.now, school_class=id_, detail="closed"
    )
    for person, role in held:
        await record(
            turn.db,
            of_school,
            turn.person,
            Deed.ROLE_ENDED,
            turn.now,
            person=person,
            school_class=id_,
            detail=role,
        )
    await rights.recheck(turn, {person for person, _role in held})
    return every().saying(_("✅ {name}: closed.").format(name=called))


async def own(turn: Turn, id_: int) -> tuple[str, int]:
    """The class's name and its school's id, if the person is an administrator of it; NotYours otherwise."""
    of_school, _name = await own_school(turn.db, turn.person)
    for mine, called in await classes_in(turn.db, of_school):
        if mine == id_:
            return called, of_school
    raise NotYours


def class_name(text: str, again: Link) -> str:
    """A typed name of a class; Sorry where it cannot be one."""
    return named(text, CLASS_LENGTH, again)


def taken(called: str, again: Link) -> Sorry:
    """That there is a class of this name already."""
    return Sorry(_("{name}: there is a class of this name already.").format(name=called), again)
