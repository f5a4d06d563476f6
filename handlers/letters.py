"""Letters: a class's invitations on paper, a code of its own for every child, and one link for the parents' chat."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.i18n import _, long_day, n_, speaking
from bot.core.paper import SORTS, Paper
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import families, messengers, school_class
from models import invite_letters as facts
from models.audit import Deed, record
from models.errors import NotYours
from models.invite import Issued
from models.invite_letters import Family
from models.people import managed_class
from models.school import school_of
from papers.letters import Door, Letter
from papers.letters import letters as set_letters

letters = Flow("letters")

PAGE = 8


class Whose(enum.StrEnum):
    """Whose letters."""

    ALL = "all"
    MISSING = "missing"
    ONE = "one"


class Form(enum.StrEnum):
    """How they are printed; the values are those of `papers.letters`."""

    PAGE = "page"
    FOUR = "four"


@letters.ask
async def hub(turn: Turn, id_: int) -> Screen:
    """What there is to print and to forward, and whether the teacher is asked."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    found = await facts.families_in(turn.db, id_)
    missing = sum(not one.here for one in found)
    lets = await facts.lets_in(turn.db, id_)
    lines = [
        n_("{n} family is not in yet.", "{n} families are not in yet.", missing),
        _("Whoever shows a child's letter is let in at once.")
        if lets
        else _("You are asked before anybody is let in."),
    ]
    some = 0 < missing < len(found)
    rows = [[Button(_("All: {n}").format(n=len(found)), how(id_, Whose.ALL, 0), None if some else Look.MAIN)]]
    if some:
        label = _("Families not in yet: {n}").format(n=missing)
        rows.insert(0, [Button(label, how(id_, Whose.MISSING, 0), Look.MAIN)])
    asking = (
        Button(_("Ask me first"), set_asking(id_, True))
        if lets
        else Button(_("Let in without asking"), surely_letting(id_))
    )
    rows += [
        [Button(_("One child"), one(id_, 0))],
        [Button(_("Link for the chat"), chat_link(id_))],
        [asking],
        [Button(_("Take all letters back"), surely_anew(id_))],
    ]
    if not found:
        lines = [_("The class's list is still empty. Please add the children first.")]
        rows = [[Button(_("Link for the chat"), chat_link(id_))]]
    rows.append([Button(_("Back"), school_class.hub(id_))])
    return Screen("\n".join(lines), rows, title=_("{name} · Invitation letters").format(name=name))


@letters.ask
async def one(turn: Turn, id_: int, page: int) -> Screen:
    """One child's letter, such as for a family that has lost it."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    found = await facts.families_in(turn.db, id_)
    shown, pages = page_of(found, page, PAGE, lambda other: one(id_, other))
    rows = [[Button(family.name, write(id_, Whose.ONE, family.id, Form.PAGE))] for family in shown]
    return Screen(_("Whose letter?"), [*rows, *pages, [Button(_("Back"), hub(id_))]])


@letters.ask
async def how(turn: Turn, id_: int, whose: Whose, child: int) -> Screen:
    """One on a page, or four; a single letter has its page."""
    chosen = await _chosen(turn, id_, whose, child)
    text = n_("{n} letter. How shall it be printed?", "{n} letters. How shall they be printed?", len(chosen))
    rows = [[Button(form_name(form), write(id_, whose, child, form))] for form in Form]
    return Screen(text, [*(rows if len(chosen) > 1 else rows[:1]), _ways_back(id_)])


def form_name(form: Form) -> str:
    """How the letters are printed, in the reader's language."""
    return _("One on a page") if form is Form.PAGE else _("Four on a page, to cut")


def _ways_back(id_: int) -> list[Button]:
    return [Button(_("👥 Families: who is in"), families.show(id_, False, 0)), Button(_("Back"), hub(id_))]


@letters.do
async def write(turn: Turn, id_: int, whose: Whose, child: int, form: Form) -> Link:
    """See to it that each of the children has a letter that holds."""
    chosen = await _chosen(turn, id_, whose, child)
    school = turn.speaker.school or 0
    ids = [family.id for family in chosen]
    fresh = await facts.write_letters(turn.db, school, ids, turn.key, turn.person, turn.now)
    if fresh:
        await _record(turn, id_, Deed.INVITED, child, fresh)
    return ready(id_, whose, child, form)


@letters.ask
async def ready(turn: Turn, id_: int, whose: Whose, child: int, form: Form) -> Screen:
    """The letters are written: into the chat with them, or onto a printer."""
    chosen = await _chosen(turn, id_, whose, child)
    text = n_("{n} letter is ready.", "{n} letters are ready.", len(chosen))
    if len(chosen) > 1:
        text = f"{text}\n{form_name(form)}."
    rows = [
        [Button(_("Send here as a file"), send(id_, whose, child, form), Look.MAIN)],
        [Button(_("A link for printing"), address(id_, whose, child, form))],
        _ways_back(id_),
    ]
    return Screen(text, rows)


@letters.do
async def send(turn: Turn, id_: int, whose: Whose, child: int, form: Form) -> Link:
    """Send the file into the chat."""
    chosen = await _chosen(turn, id_, whose, child)
    await turn.send_file(sheet(id_, whose, child, form), _("Invitation letters. One goes to each family."))
    await _record(turn, id_, Deed.LETTERS_PRINTED, child, len(chosen))
    return ready(id_, whose, child, form)


@letters.do
async def address(turn: Turn, id_: int, whose: Whose, child: int, form: Form) -> Link:
    """Say an address that a computer with a printer can open."""
    chosen = await _chosen(turn, id_, whose, child)
    found = await turn.address(sheet(id_, whose, child, form))
    if found is None:
        raise Sorry(
            _("This bot has no address on the internet. Please take the file."),
            ready(id_, whose, child, form),
        )
    await _record(turn, id_, Deed.LETTERS_PRINTED, child, len(chosen))
    sentence = _("Open this within a day where the printer is, and show it to nobody:\n{address}")
    return ready(id_, whose, child, form).saying(sentence.format(address=found))


@letters.file
async def sheet(turn: Turn, id_: int, whose: Whose, child: int, form: Form) -> Paper:
    """The letters as they hold now; of a child whose letter was taken back there is none."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    chosen = await _chosen(turn, id_, whose, child)
    school = await school_of(turn.db, turn.speaker.school or 0)
    standing = await facts.letters_for(turn.db, [family.id for family in chosen], turn.key, turn.now)
    made = [
        letter(
            f"{school.name} · {name}",
            school.timezone,
            family.language,
            family.name,
            standing[family.id].issued,
            standing[family.id].expires_at,
            turn.links(*standing[family.id].issued),
        )
        for family in chosen
        if family.id in standing
    ]
    if not made:
        raise NotYours
    title = _("{name} · Invitation letters").format(name=name)
    given = (title, turn.speaker.language, str(form), made)
    return Paper(f"{title}.pdf", SORTS[".pdf"], set_letters, given)


def letter(
    place: str,
    zone: str,
    language: str,
    child: str,
    issued: Issued,
    expires_at: datetime,
    links: Mapping[str, str],
) -> Letter:
    """What a child's letter says, in its family's language. place: school and class. links: by messenger."""
    with speaking(language):
        return Letter(
            language=language,
            place=place,
            child=child,
            title=_("Invitation to Klasno, the class's chatbot"),
            how=_("Hold the phone's camera over the square of your messenger:"),
            doors=[
                Door(label=messengers.called(name), name=_bot_of(link), link=link)
                for name, link in links.items()
            ],
            by_hand=_("Or open the bot in your messenger and send it this code:"),
            code=issued.code,
            until=_("Good until {day}, for the child's family alone.").format(day=_day(expires_at, zone)),
            lines=[
                _("Here families report absences, and the class teacher has them at once."),
                _(
                    "Your name and what you report are kept, for the school alone, while the child is in the class."
                ),
                _("You are asked first, you may refuse, and you can have all of it deleted at any time."),
            ],
        )


def _bot_of(link: str) -> str:
    """What the bot is called in a messenger, from a link to it: t.me/NAME, or viber://pa?chatURI=NAME."""
    parts = urlsplit(link)
    named = parse_qs(parts.query).get("chatURI", [])
    return named[0] if named else "@" + parts.path.strip("/")


def _day(moment: datetime, zone: str) -> str:
    day = moment.astimezone(ZoneInfo(zone)).date()
    return long_day(day, day.replace(year=day.year - 1))


async def _chosen(turn: Turn, id_: int, whose: Whose, child: int) -> Sequence[Family]:
    """The children whose letters are meant, of a class that this person manages; NotYours if there are none."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    found = await facts.families_in(turn.db, id_)
    match whose:
        case Whose.ALL:
            chosen = found
        case Whose.MISSING:
            chosen = [family for family in found if not family.here]
        case Whose.ONE:
            chosen = [family for family in found if family.id == child]
    if not chosen:
        raise NotYours
    return chosen


@letters.ask
async def surely_letting(turn: Turn, id_: int) -> Screen:
    """A question before strangers with a letter are let in."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    text = _(
        "Let in without asking?\n"
        "Whoever shows a child's letter then sees the child's news at once, also by letters that are out already. "
        "Nobody looks whether they are of the family.\n"
        "By the link for the chat you are asked all the same."
    )
    yes = Button(_("Yes, without asking"), set_asking(id_, False), Look.DANGER)
    return Screen(text, [[yes], [Button(_("Back"), hub(id_))]], title=name)


@letters.do
async def set_asking(turn: Turn, id_: int, ask: bool) -> Link:
    """Be asked before a letter lets anybody in, or not; it holds for letters that are out already."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    await facts.set_lets_in(turn.db, id_, turn.now, lets=not ask)
    await _record(turn, id_, Deed.CLASS_CHANGED, 0, "asks" if ask else "lets in")
    return hub(id_).saying(_("✅ Saved."))


@letters.ask
async def surely_anew(turn: Turn, id_: int) -> Screen:
    """A question before letters stop to work."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    text = _(
        "If letters fell into the wrong hands, take back all of the class's letters: their codes "
        "stop working at once.\n"
        "Whoever is in stays in. Then print new ones."
    )
    yes = Button(_("Yes, take them back"), anew(id_), Look.DANGER)
    return Screen(text, [[yes], [Button(_("Back"), hub(id_))]])


@letters.do
async def anew(turn: Turn, id_: int) -> Link:
    """Take all letters of the class back."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    found = await facts.families_in(turn.db, id_)
    ended = await facts.end_letters(turn.db, [family.id for family in found], turn.now)
    if ended:
        await _record(turn, id_, Deed.INVITATION_ENDED, 0, ended)
    return hub(id_).saying(_("✅ The letters from before do not work any more."))


@letters.ask
async def chat_link(turn: Turn, id_: int) -> Screen:
    """The class's link, with a text to forward to the parents' chat."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    standing = await facts.class_link(turn.db, id_, turn.key, turn.now)
    back = [Button(_("Back"), hub(id_))]
    if standing is None:
        text = _(
            "One link for the parents' chat: whoever opens it types the child's name, "
            "and you are asked before anybody is let in."
        )
        return Screen(text, [[Button(_("Make the link"), make_chat_link(id_), Look.MAIN)], back])
    links = {**turn.links(*standing.issued), **turn.tappable(standing.issued)}
    zone = turn.speaker.timezone
    lines = [
        _("To be forwarded:"),
        "",
        _("{school}, {name}: our class's chatbot is Klasno. Open it and type the child's name.").format(
            school=turn.speaker.school_name, name=name
        ),
        *(f"{messengers.called(messenger)}: {link}" for messenger, link in links.items()),
        _("Or send the bot this code: {code}").format(code=standing.issued.code),
        "",
        n_("It can be used {n} more time.", "It can be used {n} more times.", standing.uses_left),
        _("Good until {day}.").format(day=_day(standing.expires_at, zone)),
    ]
    away = [Button(_("Take the link back"), end_chat_link(id_), Look.DANGER)]
    return Screen(
        "\n".join(lines), [away, back], title=_("{name} · Link for the parents' chat").format(name=name)
    )


@letters.do
async def make_chat_link(turn: Turn, id_: int) -> Link:
    """Make the class's link."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    school = turn.speaker.school or 0
    await facts.write_class_link(turn.db, school, id_, turn.key, turn.person, turn.now)
    await _record(turn, id_, Deed.INVITED, 0, "class link")
    return chat_link(id_)


@letters.do
async def end_chat_link(turn: Turn, id_: int) -> Link:
    """Take the class's link back."""
    await managed_class(turn.db, turn.person, id_, turn.today)
    if await facts.end_class_link(turn.db, id_, turn.now):
        await _record(turn, id_, Deed.INVITATION_ENDED, 0, "class link")
    return chat_link(id_).saying(_("✅ The link does not work any more."))


async def _record(turn: Turn, id_: int, deed: Deed, child: int, detail: int | str) -> None:
    await record(
        turn.db,
        turn.speaker.school or 0,
        turn.person,
        deed,
        turn.now,
        child=child or None,
        school_class=id_,
        detail=str(detail),
    )
