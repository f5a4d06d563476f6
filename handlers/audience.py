"""Whom an announcement is for: classes, families and committees are ticked, or those who have not answered an earlier

one; all of it adds up.
"""

from __future__ import annotations

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link, Step
from bot.core.i18n import _, listed, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.signs import shorten
from bot.core.turn import Turn
from handlers import compose
from models.announcement import Audience, Post, asked_by, change, own_post
from models.audience import allowed, children_named, silent_in
from models.children import children_in
from models.errors import NotYours
from models.people import Role, managed_child, managed_class, managed_classes, roles_of

audience = Flow("audience")

CLASSES = 16
"""Classes on a screen, two in a row."""
FAMILIES = 8
NAMED = 4
"""So many are named; of more there is a number."""
LATEST = 8
"""Earlier announcements whose silent families can be chosen."""


@audience.ask
async def choose(turn: Turn, post: int) -> Screen:
    """Whom it is for so far, and the ways to choose."""
    mine = await compose.drafted(turn, post)
    meant, classes = mine.audience, await managed_classes(turn.db, turn.person, turn.today)
    whole = Role.ADMINISTRATOR in await roles_of(turn.db, turn.person, turn.today)
    rows = _class_rows(post, meant, classes, whole=whole)
    if len(classes) == 1:
        only = classes[0][0]
        committee = Button(
            _tick(_("Parents' committee"), only in meant.committees), tick_committee(post, only, None)
        )
        rows += [[Button(_number(_("Some families"), meant.children), families(post, only, 0))], [committee]]
    elif classes:
        rows.append([Button(_number(_("Some families"), meant.children), which(post, 0))])
        rows.append([Button(_number(_("Parents' committee"), meant.committees), committees(post, 0))])
    rows.append([Button(_tick(_("Who has not answered"), meant.silent is not None), silent(post))])
    if meant != Audience():
        rows.append([Button(_("Begin anew"), clear(post))])
    rows.append([Button(_("Done"), compose.hub(post), Look.MAIN)])
    lines = [
        _("To: {whom}").format(whom=await whom_name(turn, mine)),
        _("You can choose several: all of them get it."),
    ]
    if await allowed(turn.db, turn.person, meant, turn.today) != meant:
        lines.append(_not_yours_any_more())
        rows.insert(0, [Button(_("Leave those out"), prune(post), Look.MAIN)])
    return Screen("\n".join(lines), rows, title=_("To whom"))


def _class_rows(
    post: int, meant: Audience, classes: list[tuple[int, str]], *, whole: bool
) -> list[list[Button]]:
    if len(classes) == 1:
        id_, name = classes[0]
        label = _tick(_("{name}: everybody").format(name=name), id_ in meant.classes)
        return [[Button(label, tick(post, id_, None))]]
    if not classes:
        return []
    everyone = {id_ for id_, _name in classes} <= set(meant.classes)
    label = _("The whole school") if whole else _("All classes: {n}").format(n=len(classes))
    return [
        [Button(_tick(label, everyone), all_classes(post))],
        [Button(_number(_("Some classes"), () if everyone else meant.classes), some_classes(post, 0))],
    ]


def _tick(label: str, ticked: bool) -> str:
    return f"☑ {label}" if ticked else f"☐ {label}"


def _number(label: str, chosen: tuple[int, ...]) -> str:
    return f"{label}: {len(chosen)}" if chosen else label


def _not_yours_any_more() -> str:
    return _("⚠️ Some of those whom you chose are not in your classes any more.")


@audience.ask
async def some_classes(turn: Turn, post: int, page: int) -> Screen:
    """The classes of this person, those ticked to which it goes."""
    mine = await compose.drafted(turn, post)
    return await _classes(turn, mine, page, mine.audience.classes, some_classes, tick)


@audience.ask
async def committees(turn: Turn, post: int, page: int) -> Screen:
    """The same for the committees of classes."""
    mine = await compose.drafted(turn, post)
    return await _classes(turn, mine, page, mine.audience.committees, committees, tick_committee)


async def _classes(
    turn: Turn,
    mine: Post,
    page: int,
    ticked: tuple[int, ...],
    here: Step[[int, int]],
    there: Step[[int, int, int | None]],
) -> Screen:
    classes = await managed_classes(turn.db, turn.person, turn.today)
    shown, pages = page_of(classes, page, CLASSES, lambda other: here(mine.id, other))
    buttons = [Button(_tick(name, id_ in ticked), there(mine.id, id_, page)) for id_, name in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    text = _("To: {whom}").format(whom=await whom_name(turn, mine))
    done = [Button(_("Done"), choose(mine.id), Look.MAIN)]
    return Screen(text, [*rows, *pages, done], title=_("To whom"))


@audience.do
async def tick(turn: Turn, post: int, school_class: int, page: int | None) -> Link:
    """Send it to one class more, or to one less. page: of the list that it was ticked in, if it was one."""
    mine = await compose.drafted(turn, post)
    await managed_class(turn.db, turn.person, school_class, turn.today)
    await _keep(turn, mine, mine.audience._replace(classes=_turned(mine.audience.classes, school_class)))
    return choose(post) if page is None else some_classes(post, page)


@audience.do
async def tick_committee(turn: Turn, post: int, school_class: int, page: int | None) -> Link:
    """The same for a committee."""
    mine = await compose.drafted(turn, post)
    await managed_class(turn.db, turn.person, school_class, turn.today)
    chosen = _turned(mine.audience.committees, school_class)
    await _keep(turn, mine, mine.audience._replace(committees=chosen))
    return choose(post) if page is None else committees(post, page)


@audience.do
async def all_classes(turn: Turn, post: int) -> Link:
    """Send it to all classes of this person: of an administrator, the whole school; once more, to none."""
    mine = await compose.drafted(turn, post)
    every = tuple(sorted(id_ for id_, _name in await managed_classes(turn.db, turn.person, turn.today)))
    chosen = () if set(every) <= set(mine.audience.classes) else every
    await _keep(turn, mine, mine.audience._replace(classes=chosen))
    return choose(post)


@audience.ask
async def which(turn: Turn, post: int, page: int) -> Screen:
    """Of which class families are to be chosen."""
    mine = await compose.drafted(turn, post)
    classes = await managed_classes(turn.db, turn.person, turn.today)
    shown, pages = page_of(classes, page, CLASSES, lambda other: which(post, other))
    buttons = [Button(name, families(post, id_, 0)) for id_, name in shown]
    rows = [buttons[place : place + 2] for place in range(0, len(buttons), 2)]
    text = _("To: {whom}").format(whom=await whom_name(turn, mine))
    return Screen(text, [*rows, *pages, [Button(_("Done"), choose(post))]], title=_("Of which class?"))


@audience.ask
async def families(turn: Turn, post: int, school_class: int, page: int) -> Screen:
    """The families of a class, by the child's name, to be ticked."""
    mine = await compose.drafted(turn, post)
    _id, name = await managed_class(turn.db, turn.person, school_class, turn.today)
    children = await children_in(turn.db, school_class)
    shown, pages = page_of(children, page, FAMILIES, lambda other: families(post, school_class, other))
    ticked = set(mine.audience.children)
    rows = [[Button(_tick(child, id_ in ticked), tick_family(post, id_, page))] for id_, child in shown]
    several = len(await managed_classes(turn.db, turn.person, turn.today)) > 1
    done = [Button(_("Done"), choose(post), Look.MAIN)]
    if several:
        done.insert(0, Button(_("Another class"), which(post, 0)))
    text = _("To: {whom}").format(whom=await whom_name(turn, mine))
    return Screen(text, [*rows, *pages, done], title=_("{name}: which families?").format(name=name))


@audience.do
async def tick_family(turn: Turn, post: int, child: int, page: int) -> Link:
    """Send it to one family more, or to one less."""
    mine = await compose.drafted(turn, post)
    pupil = await managed_child(turn.db, turn.person, child, turn.today)
    await _keep(turn, mine, mine.audience._replace(children=_turned(mine.audience.children, child)))
    return families(post, pupil.class_id, page)


@audience.ask
async def silent(turn: Turn, post: int) -> Screen:
    """Earlier announcements that wanted an answer, each with how many families have given none."""
    mine = await compose.drafted(turn, post)
    classes = [id_ for id_, _name in await managed_classes(turn.db, turn.person, turn.today)]
    rows: list[list[Button]] = []
    for one in await asked_by(turn.db, turn.person, LATEST):
        number = await silent_in(turn.db, one.id, classes)
        label = f"{_tick(shorten(compose.beginning(one), 26), one.id == mine.audience.silent)} · {number}"
        if number:
            rows.append([Button(label, tick_silent(post, one.id))])
    text = _("Which one? The number says how many families have not answered.")
    if not rows:
        text = _("None of your announcements waits for an answer.")
    return Screen(text, [*rows, [Button(_("Back"), choose(post))]], title=_("Who has not answered"))


@audience.do
async def tick_silent(turn: Turn, post: int, earlier: int) -> Link:
    """Send it to those who have not answered an earlier one, or not to them."""
    mine = await compose.drafted(turn, post)
    await own_post(turn.db, turn.person, earlier, turn.today)
    await _keep(
        turn, mine, mine.audience._replace(silent=None if mine.audience.silent == earlier else earlier)
    )
    return choose(post)


@audience.do
async def clear(turn: Turn, post: int) -> Link:
    """It is for nobody yet."""
    await _keep(turn, await compose.drafted(turn, post), Audience())
    return choose(post)


@audience.do
async def prune(turn: Turn, post: int) -> Link:
    """Leave out those who are not in this person's classes any more."""
    mine = await compose.drafted(turn, post)
    await _keep(turn, mine, await allowed(turn.db, turn.person, mine.audience, turn.today))
    return choose(post)


async def look_over(turn: Turn, mine: Post) -> None:
    """Sorry, if some of those whom it is for are not this person's to address any more."""
    if await allowed(turn.db, turn.person, mine.audience, turn.today) != mine.audience:
        raise Sorry(_not_yours_any_more(), choose(mine.id))


def _turned(chosen: tuple[int, ...], one: int) -> tuple[int, ...]:
    return tuple(sorted(set(chosen) ^ {one}))


async def _keep(turn: Turn, post: Post, chosen: Audience) -> None:
    await change(turn.db, post.id, audience=chosen)


async def whom_name(turn: Turn, post: Post) -> str:
    """Whom it is for, in a few words: «3-Б; families: Оля Коваль»."""
    meant = post.audience
    names = dict(await managed_classes(turn.db, turn.person, turn.today))
    parts = []
    classes = [name for id_, name in names.items() if id_ in meant.classes]
    if classes:
        several = _("all classes: {n}").format(n=len(classes))
        parts.append(several if 1 < len(names) == len(classes) else _classes_name(classes))
    if meant.children:
        found = await children_named(turn.db, post.school, meant.children, names)
        children = [name for _id, name in found]
        few = _("families: {names}").format(names=listed(children))
        if children:
            parts.append(few if len(children) <= NAMED else n_("{n} family", "{n} families", len(children)))
    committees = [name for id_, name in names.items() if id_ in meant.committees]
    if committees:
        parts.append(_("parents' committee: {names}").format(names=_classes_name(committees)))
    if meant.silent is not None and (earlier := await _earlier(turn, meant.silent)):
        parts.append(_("who has not answered «{text}»").format(text=shorten(compose.beginning(earlier), 26)))
    return "; ".join(parts) or _("nobody yet")


def _classes_name(names: list[str]) -> str:
    return listed(names) if len(names) <= NAMED else n_("{n} class", "{n} classes", len(names))


async def _earlier(turn: Turn, post: int) -> Post | None:
    try:
        return await own_post(turn.db, turn.person, post, turn.today)
    except NotYours:
        return None
