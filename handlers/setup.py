"""Setting the school up: name, time zone, languages, and whose class comes first; each can be changed later."""

from __future__ import annotations

from bot.core import zones
from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import LANGUAGES, _
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import classes, school, school_class
from handlers.wording import named
from models.announcement import keep_wall_times
from models.audit import Deed, record
from models.classes import Taken, make_class
from models.people import Role, give_role, own_school
from models.school import (
    SCHOOL_LENGTH,
    Schooling,
    make_ready,
    name_school,
    school_of,
    set_languages,
    set_zone,
)

setup = Flow("setup")

ZONES = 7
"""Zones on one screen."""


@setup.ask
async def name(turn: Turn) -> Screen:
    """What the school is called."""
    mine = await _mine(turn)
    text = _("What is the school called? Type it as it is to stand in letters to the families.")
    keep = Button(_("Keep: {name}").format(name=mine.name), zone() if not mine.ready else school.hub())
    return Screen(text, [[keep]], title=_steps(mine, 1), hears=write_name())


@setup.hear
async def write_name(turn: Turn, text: str) -> Link:
    """Call it so."""
    mine = await _mine(turn)
    called = named(text, SCHOOL_LENGTH, name())
    await name_school(turn.db, mine.id, called)
    await record(turn.db, mine.id, turn.person, Deed.SCHOOL_CHANGED, turn.now, detail="name")
    await turn.look_again()
    return _next(mine, zone())


@setup.ask
async def zone(turn: Turn) -> Screen:
    """Where the school's clock runs: the present zone first, then the likely ones."""
    mine = await _mine(turn)
    offered = dict.fromkeys((mine.timezone, *zones.LIKELY))
    rows = _zone_rows(turn, list(offered)[:ZONES])
    rows.append([Button(_("Another place"), other_zone())])
    text = _("What time is it at the school? The day's card and the quiet hours go by it.")
    return Screen(text, [*rows, *_back(mine, name())], title=_steps(mine, 2), hears=search_zone())


@setup.ask
async def other_zone(turn: Turn) -> Screen:
    """A place to be typed."""
    mine = await _mine(turn)
    text = _("Type the country or its capital, such as Poland or Warsaw.")
    return Screen(text, [[Button(_("Back"), zone())]], title=_steps(mine, 2), hears=search_zone())


@setup.hear
async def search_zone(turn: Turn, text: str) -> Link:
    """Look for what was typed."""
    await _mine(turn)
    hits = zones.found(text, ZONES)
    if not hits:
        sentence = _("No place of this name is known here. Please type the country or its capital.")
        raise Sorry(sentence, other_zone())
    return found_zones(tuple(hits))


@setup.ask
async def found_zones(turn: Turn, hits: tuple[str, ...]) -> Screen:
    """What was found, each with the time that it is there."""
    mine = await _mine(turn)
    rows = _zone_rows(turn, [one for one in hits if one in zones.known()])
    text = _("Which of them? If it is not here, type another place.")
    back = [Button(_("Back"), zone())]
    return Screen(text, [*rows, back], title=_steps(mine, 2), hears=search_zone())


@setup.do
async def choose_zone(turn: Turn, chosen: str) -> Link:
    """The school's clock runs there from now on."""
    mine = await _mine(turn)
    if chosen not in zones.known():
        return zone()
    await set_zone(turn.db, mine.id, chosen)
    await keep_wall_times(turn.db, mine.id, mine.timezone, chosen, turn.now)
    await record(turn.db, mine.id, turn.person, Deed.SCHOOL_CHANGED, turn.now, detail="timezone")
    await turn.look_again()
    return _next(mine, languages())


@setup.ask
async def languages(turn: Turn, chosen: tuple[str, ...] = ()) -> Screen:
    """The school's languages, ticked one by one; the first is the one for letters and newcomers."""
    mine = await _mine(turn)
    ticked = tuple(tag for tag in chosen if tag in LANGUAGES) or mine.languages
    rows: list[list[Button]] = []
    for tag, called in LANGUAGES.items():
        others = tuple(one for one in ticked if one != tag)
        if tag not in ticked:
            rows.append([Button(f"☐ {called}", languages((*ticked, tag)))])
        elif not others:
            rows.append([Button(f"☑ {called}")])
        else:
            first = [] if tag == ticked[0] else [Button(_("Make it the main one"), languages((tag, *others)))]
            rows.append([Button(f"☑ {called}", languages(others)), *first])
    done = Button(_("Next") if not mine.ready else _("Save"), choose_languages(ticked), Look.MAIN)
    text = "\n".join(
        [
            _("Which languages are spoken with the families?"),
            _("Main language, for letters and newcomers: {language}").format(language=LANGUAGES[ticked[0]]),
        ]
    )
    return Screen(text, [*rows, [done], *_back(mine, zone())], title=_steps(mine, 3))


@setup.do
async def choose_languages(turn: Turn, chosen: tuple[str, ...]) -> Link:
    """These it is."""
    mine = await _mine(turn)
    ticked = [tag for tag in dict.fromkeys(chosen) if tag in LANGUAGES]
    if not ticked:
        return languages()
    await set_languages(turn.db, mine.id, ticked)
    await record(turn.db, mine.id, turn.person, Deed.SCHOOL_CHANGED, turn.now, detail="languages")
    return _next(mine, whose())


@setup.ask
async def whose(turn: Turn) -> Screen | Link:
    """Whose class comes first: a teacher who does it all for her own, or a school with several."""
    mine = await _mine(turn)
    if mine.ready:
        return school.hub()
    rows = [
        [Button(_("My own class"), own_class(), Look.MAIN)],
        [Button(_("Several classes"), finish())],
        [Button(_("Back"), languages())],
    ]
    return Screen(
        _("Which classes come first: your own one, or several of the school?"), rows, title=_steps(mine, 4)
    )


@setup.ask
async def own_class(turn: Turn) -> Screen:
    """The class of whoever sets the school up."""
    await _mine(turn)
    text = _("What is your class called? Type it, such as 3-B.")
    return Screen(text, [[Button(_("Back"), whose())]], hears=write_own_class())


@setup.hear
async def write_own_class(turn: Turn, text: str) -> Link:
    """Make the class and its teacher, and end the set-up: what comes next is the list of its children."""
    mine = await _mine(turn)
    called = classes.class_name(text, own_class())
    try:
        made = await make_class(turn.db, mine.id, called)
    except Taken as taken:
        raise classes.taken(called, own_class()) from taken
    assert turn.person is not None  # noqa: S101 (own_school has seen who it is)
    await record(turn.db, mine.id, turn.person, Deed.CLASS_MADE, turn.now, school_class=made)
    await give_role(turn.db, mine.id, turn.person, Role.CLASS_TEACHER, made)
    await record(
        turn.db,
        mine.id,
        turn.person,
        Deed.ROLE_GIVEN,
        turn.now,
        person=turn.person,
        school_class=made,
        detail=Role.CLASS_TEACHER,
    )
    await make_ready(turn.db, mine.id)
    return school_class.hub(made).saying(
        _("✅ Class made: {name}. The school is set up; the list of children comes next.").format(name=called)
    )


@setup.do
async def finish(turn: Turn) -> Link:
    """The school itself is set up; classes come next."""
    mine = await _mine(turn)
    await make_ready(turn.db, mine.id)
    return classes.several().saying(_("✅ The school is set up."))


async def _mine(turn: Turn) -> Schooling:
    id_, _name = await own_school(turn.db, turn.person)
    return await school_of(turn.db, id_)


def _steps(mine: Schooling, number: int) -> str:
    """The head of a screen: which step it is, or, once all is set up, whose school."""
    if mine.ready:
        return mine.name
    return _("🏫 Setting up: {n} of {all}").format(n=number, all=4)


def _next(mine: Schooling, following: Link) -> Link:
    return following if not mine.ready else school.hub().saying(_("✅ Saved."))


def _back(mine: Schooling, before: Link) -> list[list[Button]]:
    return [[Button(_("Back"), school.hub() if mine.ready else before)]]


def _zone_rows(turn: Turn, offered: list[str]) -> list[list[Button]]:
    return [[Button(zones.label(one, turn.now), choose_zone(one))] for one in offered]
