"""Adding children: a list is pasted or sent as a file, looked over, and saved only then."""

from __future__ import annotations

from collections import Counter

from bot.core.errors import Sorry
from bot.core.flows import HEARD_LENGTH, Flow, Link
from bot.core.i18n import _, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from handlers import children, school, school_class
from handlers.wording import mistake_name
from models.audit import Deed, record
from models.children import Draft, add, children_at, children_in, draft_of, drop_draft, keep_draft
from models.errors import NotYours
from models.naming import same_class
from models.people import managed_class, own_school
from models.roster import Looked, Mistake, Row, look_over, of_table, of_text
from models.school import class_named, classes_in
from papers import sheets

roster = Flow("roster")

LINES = 25
"""Lines of a preview on a page."""
NAME_SHOWN, CLASS_SHOWN = 60, 20
MOST = sheets.ROWS
"""Children of one draft."""


@roster.ask
async def paste(turn: Turn, class_id: int) -> Screen:
    """Ask for the list of a class."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    text = _(
        "Paste the list here: one child a line, such as “Koval Olha”. Numbers and bullets do no harm.\n"
        "Or send a file: .xlsx, .csv or .txt.\n"
        "You will see everything before it is saved."
    )
    back = Button(_("Back"), school_class.hub(class_id))
    return Screen(
        text,
        [[back]],
        title=_("{name}: add children").format(name=name),
        hears=heard(class_id),
        takes=taken(class_id),
    )


@roster.hear
async def heard(turn: Turn, text: str, class_id: int) -> Link:
    """A pasted list."""
    rows, note = _pasted(text)
    return (await _drafted(turn, rows, class_id, paste(class_id))).saying(note)


@roster.take(read=sheets.read)
async def taken(turn: Turn, table: list[list[str]], class_id: int) -> Link:
    """A list from a file."""
    return await _drafted(turn, of_table(table), class_id, paste(class_id))


@roster.ask
async def whole_school(turn: Turn) -> Screen:
    """Ask for the list of all classes."""
    _id, name = await own_school(turn.db, turn.person)
    text = _(
        "Send a file with all children: .xlsx, .csv or .txt, with a column for the class and one for the name.\n"
        "Classes that are not here yet will be made.\n"
        "You will see everything before it is saved."
    )
    title = _("{name}: children of all classes").format(name=name)
    back = [Button(_("Back"), school.hub())]
    return Screen(text, [back], title=title, hears=heard_of_school(), takes=taken_of_school())


@roster.hear
async def heard_of_school(turn: Turn, text: str) -> Link:
    """A pasted list of several classes."""
    rows, note = _pasted(text)
    return (await _drafted(turn, rows, None, whole_school())).saying(note)


@roster.take(read=sheets.read)
async def taken_of_school(turn: Turn, table: list[list[str]]) -> Link:
    """A list of several classes from a file."""
    return await _drafted(turn, of_table(table), None, whole_school())


def _pasted(text: str) -> tuple[list[Row], str]:
    """The children of a message, and what to say of it: of one that is too long, the last line is cut somewhere."""
    if len(text) < HEARD_LENGTH or "\n" not in text:
        return of_text(text), ""
    rows = of_text(text[: text.rindex("\n")])
    if not rows:
        return rows, ""
    note = _("The message was too long. It was read up to “{name}”: please send the rest in another one.")
    return rows, note.format(name=shorten(rows[-1].name, NAME_SHOWN))


async def _drafted(turn: Turn, rows: list[Row], class_id: int | None, again: Link) -> Link:
    """Keep the list, if there is anything in it, and show it."""
    person = turn.person
    if person is None or turn.speaker.school is None:
        raise NotYours
    if class_id is not None:
        await managed_class(turn.db, person, class_id, turn.today)
    else:
        await own_school(turn.db, person)
    if not rows:
        raise Sorry(_("No names are found in this. Please send one child a line."), again)
    if len(rows) > MOST:
        raise Sorry(n_("At most {n} child at once.", "At most {n} children at once.", MOST), again)
    draft = await keep_draft(turn.db, turn.speaker.school, class_id, person, rows, turn.now)
    return preview(draft, 0)


@roster.ask
async def preview(turn: Turn, draft: int, page: int) -> Screen:
    """What will be saved, what will not and why; more lines may be sent."""
    mine, name, looked = await _looked(turn, draft)
    good = [one for one in looked if one.good]
    lines = await _lines(turn, mine, looked)
    shown, turns = page_of(lines, page, LINES, lambda other: preview(draft, other))
    head = n_("{n} child will be added.", "{n} children will be added.", len(good))
    hint = _("Send more lines, and they are added to these. A file takes the place of this list.")
    head = f"{head}\n{hint}"
    save_it = [Button(_("Save {n}").format(n=len(good)), save(draft), Look.MAIN)] if good else []
    rows = [
        *turns,
        save_it,
        [Button(_("Begin anew"), anew(draft)), Button(_("Cancel"), cancel(draft), Look.DANGER)],
    ]
    title = _("{name}: list to be saved").format(name=name)
    return Screen(
        "\n".join([head, "", *shown]),
        [row for row in rows if row],
        title=title,
        hears=more(draft),
        takes=instead(draft),
    )


async def _looked(turn: Turn, draft: int) -> tuple[Draft, str, list[Looked]]:
    """The speaker's draft, whose list it is, and its rows looked over against those who are there now."""
    mine = await draft_of(turn.db, draft, turn.person, turn.now)
    if mine.school_class is not None:
        id_, name = await managed_class(turn.db, turn.person, mine.school_class, turn.today)
        here = [Row("", child) for _id, child in await children_in(turn.db, id_)]
        return mine, name, look_over(mine.rows, here, name)
    school_id, name = await own_school(turn.db, turn.person)
    return mine, name, look_over(mine.rows, await children_at(turn.db, school_id), in_classes=True)


async def _lines(turn: Turn, mine: Draft, looked: list[Looked]) -> list[str]:
    wrong = [
        f"· {_shown(one)}: {mistake_name(one.mistake)}" for one in looked if one.mistake and not one.good
    ]
    doubtful = [f"· {_shown(one)}" for one in looked if one.mistake is Mistake.ONE_WORD]
    if mine.school_class is None:
        good = await _by_class(turn, mine, looked)
    else:
        good = [f"· {one.row.name}" for one in looked if one.mistake is None]
    lines = [_("Left out:"), *wrong] if wrong else []
    lines += [_("One word only. Is the name whole?"), *doubtful] if doubtful else []
    return lines + ([_("New:"), *good] if good else [])


def _shown(one: Looked) -> str:
    name = shorten(one.row.name, NAME_SHOWN)
    return f"{shorten(one.row.school_class, CLASS_SHOWN)}, {name}" if one.row.school_class else name


async def _by_class(turn: Turn, mine: Draft, looked: list[Looked]) -> list[str]:
    """How many each class gets, by the name that it has here."""
    known = {same_class(name): name for _id, name in await classes_in(turn.db, mine.school)}
    names: dict[str, str] = {}
    for one in looked:
        names.setdefault(same_class(one.row.school_class), one.row.school_class)
    lines = []
    for key, many in Counter(same_class(one.row.school_class) for one in looked if one.good).items():
        count, fresh = n_("{n} child", "{n} children", many), _("new class")
        line = f"· {known.get(key, names[key])}: {count}"
        lines.append(line if key in known else f"{line} · {fresh}")
    return lines


@roster.hear
async def more(turn: Turn, text: str, draft: int) -> Link:
    """More lines for the draft: the rest of a long list, or what was put right."""
    mine, _name, _looked_over = await _looked(turn, draft)
    rows, note = _pasted(text)
    if not rows:
        raise Sorry(_("No names are found in this. Please send one child a line."), preview(draft, 0))
    return (await _drafted(turn, [*mine.rows, *rows], mine.school_class, preview(draft, 0))).saying(note)


@roster.take(read=sheets.read)
async def instead(turn: Turn, table: list[list[str]], draft: int) -> Link:
    """Another file, which takes the place of the list."""
    mine = await draft_of(turn.db, draft, turn.person, turn.now)
    return await _drafted(turn, of_table(table), mine.school_class, preview(draft, 0))


@roster.do
async def anew(turn: Turn, draft: int) -> Link:
    """Forget the list, and ask for it once more."""
    mine = await draft_of(turn.db, draft, turn.person, turn.now)
    await drop_draft(turn.db, draft)
    return whole_school() if mine.school_class is None else paste(mine.school_class)


@roster.do
async def save(turn: Turn, draft: int) -> Link:
    """Write the children down."""
    mine, _name, looked = await _looked(turn, draft)
    good = [one.row for one in looked if one.good]
    await drop_draft(turn.db, draft)
    if mine.school_class is not None:
        names = {mine.school_class: [row.name for row in good]}
    else:
        names = await _in_classes(turn, mine.school, good)
    added = await add(turn.db, mine.school, names, turn.person, turn.now)
    note = n_("✅ Saved: {n} child.", "✅ Saved: {n} children.", added)
    where = school.hub() if mine.school_class is None else children.listed_in(mine.school_class, 0)
    return where.saying(note)


async def _in_classes(turn: Turn, school_id: int, rows: list[Row]) -> dict[int, list[str]]:
    """The names by class; classes that are not there yet are made."""
    known = {same_class(name): id_ for id_, name in await classes_in(turn.db, school_id)}
    names: dict[int, list[str]] = {}
    for row in rows:
        key = same_class(row.school_class)
        if key not in known:
            known[key] = await class_named(turn.db, school_id, row.school_class)
            await record(turn.db, school_id, turn.person, Deed.CLASS_MADE, turn.now, school_class=known[key])
        names.setdefault(known[key], []).append(row.name)
    return names


@roster.do
async def cancel(turn: Turn, draft: int) -> Link:
    """Forget the list."""
    mine = await draft_of(turn.db, draft, turn.person, turn.now)
    await drop_draft(turn.db, draft)
    where = school.hub() if mine.school_class is None else school_class.hub(mine.school_class)
    return where.saying(_("The list is dropped: no child was added."))
