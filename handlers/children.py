"""The children of a class: the list, one child with its name, class and language, leaving, and undoing."""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import LANGUAGES, _, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import admissions, letters, no_photos, privacy, rights, roster, school_class
from handlers.wording import mistake_name
from models.admission import waiting_in
from models.children import (
    Change,
    Last,
    TooLate,
    children_in,
    guardians_of,
    language_of,
    last_change,
    leave,
    move,
    moved_to,
    photos_allowed,
    rename,
    speak_to_family,
    stays,
    undo,
)
from models.erasure import forget_name
from models.errors import NotYours
from models.people import Pupil, classes_of, managed_child, managed_class, own_school, teachers_of
from models.roster import Mistake, Row, look_over, tidy
from models.school import classes_in, school_of

children = Flow("children")

ON_A_PAGE = 8
"""Children on a page of the list."""
CLASSES = 16
"""Classes on a page."""


@children.ask
async def listed_in(turn: Turn, class_id: int, page: int) -> Screen:
    """The children of a class, each to be opened."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    all_ = await children_in(turn.db, class_id)
    shown, turns = page_of(all_, page, ON_A_PAGE, lambda other: listed_in(class_id, other))
    buttons = [Button(child, one(id_)) for id_, child in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    last = await last_change(turn.db, class_id, turn.now)
    if last is not None:
        rows.append([Button(_("↩ Undo: {what}").format(what=_what(last)), undoing(class_id, last.id))])
    if all_:
        rows.append([Button(_("✉️ Print letters"), letters.how(class_id, letters.Whose.ALL, 0))])
    rows.append(
        [Button(_("Add children"), roster.paste(class_id)), Button(_("Back"), school_class.hub(class_id))]
    )
    text = n_("{n} child", "{n} children", len(all_))
    return Screen(text, [*turns, *rows], title=_("{name}: list of children").format(name=name))


@children.ask
async def one(turn: Turn, child: int) -> Screen:
    """One child: what can be changed."""
    pupil = await _here(turn, child)
    speaks = await language_of(turn.db, child)
    language = LANGUAGES.get(speaks or "") or _("the school's")
    lines = [
        _("Class: {name}").format(name=pupil.class_name),
        _("Letters to the family: {language}").format(language=language),
    ]
    if not await photos_allowed(turn.db, child):
        lines.append(_("Photos: none, please"))
    rows = [[Button(_("Change the name"), naming(child)), Button(_("Language"), language_for(child))]]
    rows.append([Button(_("📷 Photos"), no_photos.show(child))])
    if await _others(turn, pupil):
        rows[-1].append(Button(_("Move to another class"), moving(child, 0)))
    rows.append(
        [Button(_("Leaves the class"), leaving(child)), Button(_("What is known"), privacy.child(child))]
    )
    rows.append([Button(_("Back"), listed_in(pupil.class_id, 0))])
    return Screen("\n".join(lines), rows, title=pupil.name)


async def _here(turn: Turn, child: int) -> Pupil:
    """The child, if the speaker manages its class and it has not left; NotYours otherwise."""
    pupil = await managed_child(turn.db, turn.person, child, turn.today)
    if not await stays(turn.db, child):
        raise NotYours
    return pupil


@children.ask
async def naming(turn: Turn, child: int) -> Screen:
    """Ask for the new name."""
    pupil = await _here(turn, child)
    others = [name for id_, name in await children_in(turn.db, pupil.class_id) if id_ != child]
    text = _("Write the name as it is to be read.")
    if others:
        order = _("The others are in the list like this: {names}.").format(names=", ".join(others[:2]))
        text = f"{text}\n{order}"
    return Screen(text, [[Button(_("Back"), one(child))]], title=pupil.name, hears=named(child))


@children.hear
async def named(turn: Turn, text: str, child: int) -> Link:
    """Call the child so."""
    pupil = await _here(turn, child)
    name = tidy(" ".join(text.split()))
    others = [Row("", other) for id_, other in await children_in(turn.db, pupil.class_id) if id_ != child]
    mistake = look_over([Row("", name)], others)[0].mistake
    if mistake not in (None, Mistake.ONE_WORD):
        sentence = _("This name cannot be taken: {why}.").format(why=mistake_name(mistake))
        raise Sorry(sentence, naming(child))
    if name != pupil.name:
        await rename(turn.db, pupil, name, turn.person, turn.now)
        await rights.recheck(turn, await forget_name(turn.db, pupil.school_id, pupil.name))
        await _show_anew(turn, pupil)
    return one(child).saying(_("✅ Saved."))


@children.ask
async def language_for(turn: Turn, child: int) -> Screen:
    """In which language the family's letters are printed."""
    pupil = await _here(turn, child)
    spoken = (await school_of(turn.db, pupil.school_id)).languages
    rows = [[Button(LANGUAGES[tag], speak(child, tag))] for tag in spoken if tag in LANGUAGES]
    rows += [[Button(_("As the school"), speak(child, ""))], [Button(_("Back"), one(child))]]
    text = _("In which language is the family's letter to be printed?")
    return Screen(text, rows, title=pupil.name)


@children.do
async def speak(turn: Turn, child: int, tag: str) -> Link:
    """Keep the language of the family's letters; an empty tag is the school's."""
    await _here(turn, child)
    if tag and tag not in LANGUAGES:
        raise NotYours
    await speak_to_family(turn.db, child, tag or None)
    return one(child).saying(_("✅ Saved."))


@children.ask
async def moving(turn: Turn, child: int, page: int) -> Screen:
    """Which class the child moves to: one that the speaker manages too."""
    pupil = await _here(turn, child)
    others = await _others(turn, pupil)
    shown, turns = page_of(others, page, CLASSES, lambda other: moving(child, other))
    buttons = [Button(name, moved(child, id_)) for id_, name in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    back = [Button(_("Back"), one(child))]
    return Screen(_("To which class?"), [*rows, *turns, back], title=f"{pupil.name}, {pupil.class_name}")


async def _others(turn: Turn, pupil: Pupil) -> list[tuple[int, str]]:
    """The classes besides the child's own that the speaker manages."""
    try:
        mine = await classes_in(turn.db, (await own_school(turn.db, turn.person))[0])
    except NotYours:
        mine = await classes_of(turn.db, turn.person, turn.today)
    return [(id_, name) for id_, name in mine if id_ != pupil.class_id]


@children.do
async def moved(turn: Turn, child: int, to: int) -> Link:
    """Move the child to another class."""
    pupil = await _here(turn, child)
    _id, name = await managed_class(turn.db, turn.person, to, turn.today)
    if to != pupil.class_id:
        await move(turn.db, pupil, to, turn.person, turn.now)
        await _show_anew(turn, pupil, to)
    return one(child).saying(_("✅ {child}: now in {name}.").format(child=pupil.name, name=name))


@children.ask
async def leaving(turn: Turn, child: int) -> Screen:
    """Ask before a child leaves."""
    pupil = await _here(turn, child)
    text = _(
        "The child leaves the class: its guardians no longer see it here, and its invitations end.\n"
        "Within a day this can be undone. After 30 days everything about the child is erased."
    )
    rows = [[Button(_("Yes, leaves the class"), left(child), Look.DANGER)], [Button(_("Back"), one(child))]]
    return Screen(text, rows, title=f"{pupil.name}, {pupil.class_name}")


@children.do
async def left(turn: Turn, child: int) -> Link:
    """The child leaves: at once nobody sees it, and nothing about it is sent any more."""
    pupil = await _here(turn, child)
    over = [one for one in await waiting_in(turn.db, pupil.class_id) if one.child_id == child]
    await leave(turn.db, pupil, turn.person, turn.now)
    await admissions.end_all(turn, over)
    await _show_anew(turn, pupil)
    return listed_in(pupil.class_id, 0).saying(
        _("✅ {child}: no longer in the class.").format(child=pupil.name)
    )


async def _show_anew(turn: Turn, pupil: Pupil, to: int | None = None) -> None:
    """Look once more at what the child's guardians and teachers have on their phones, or are about to get."""
    people = await guardians_of(turn.db, [pupil.id])
    for class_id in {pupil.class_id, to or pupil.class_id}:
        people |= {id_ for id_, _name in await teachers_of(turn.db, class_id, turn.today)}
    await rights.recheck(turn, people)


@children.ask
async def undoing(turn: Turn, class_id: int, change: int) -> Screen:
    """Say what would be undone, and ask."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    last = await last_change(turn.db, class_id, turn.now)
    if last is None or last.id != change:
        raise Sorry(_too_late(), listed_in(class_id, 0))
    rows = [
        [Button(_("Undo this"), undone(class_id, change), Look.MAIN)],
        [Button(_("Back"), listed_in(class_id, 0))],
    ]
    return Screen(_whole(last), rows, title=_("{name}: the last change").format(name=name))


@children.do
async def undone(turn: Turn, class_id: int, change: int) -> Link:
    """Undo the last change of the class."""
    await managed_class(turn.db, turn.person, class_id, turn.today)
    to = await moved_to(turn.db, class_id, change)
    if to is not None:
        await managed_class(turn.db, turn.person, to, turn.today)
    if turn.speaker.school is None:
        raise NotYours
    last = await last_change(turn.db, class_id, turn.now)
    try:
        touched = await undo(turn.db, turn.speaker.school, class_id, change, turn.person, turn.now)
    except TooLate as too_late:
        raise Sorry(_too_late(), listed_in(class_id, 0)) from too_late
    if last is not None and last.change is Change.RENAMED:
        touched |= await forget_name(turn.db, turn.speaker.school, last.names[0])
    for one_class in {class_id, to or class_id}:
        touched |= {id_ for id_, _name in await teachers_of(turn.db, one_class, turn.today)}
    await rights.recheck(turn, touched)
    return listed_in(class_id, 0).saying(_("✅ Undone."))


def _too_late() -> str:
    return _("This cannot be undone any more: it is too long ago, or something was built on it since.")


def _what(last: Last) -> str:
    """The change in a few letters, for a button."""
    match last.change:
        case Change.ADDED:
            return n_("{n} added", "{n} added", len(last.names))
        case Change.RENAMED:
            return _("a new name")
        case Change.MOVED:
            return _("another class")
        case Change.LEFT:
            return _("left the class")


def _whole(last: Last) -> str:
    """The change with its names."""
    name = last.names[0]
    match last.change:
        case Change.ADDED:
            listed = "\n".join(f"· {name}" for name in last.names[:40])
            rest = "\n…" if len(last.names) > 40 else ""
            head = n_("Added: {n} child", "Added: {n} children", len(last.names))
            return f"{head}\n{listed}{rest}"
        case Change.RENAMED:
            return _("{former}: the name is now {name}").format(former=last.names[1], name=name)
        case Change.MOVED:
            return _("{child}: moved to another class").format(child=name)
        case Change.LEFT:
            return _("{child}: left the class").format(child=name)
