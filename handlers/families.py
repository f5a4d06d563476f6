"""The families of a class, for its teacher and the administrators: who is in, who is not yet, and who may what."""

from __future__ import annotations

from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed
from bot.core.paper import SORTS, Paper
from bot.core.pickers import page_of
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import letters, messengers, rights, school_class
from handlers.wording import related, relation_name, right_name
from models.audit import Deed, record
from models.errors import NotYours
from models.families import (
    Family,
    Kin,
    committee,
    end_guardian,
    families_of,
    family_of,
    kin_of,
    leave_committee,
    set_right,
)
from models.people import Pupil, Right, Role, give_role, managed_child, managed_class, own_class
from papers import pictures, sheets

families = Flow("families")

PAGE = 8
"""Families on a screen."""
BLOCKS = 10
"""Squares of the bar."""


@families.ask
async def show(turn: Turn, class_id: int, everyone: bool, page: int) -> Screen:
    """How far the class has come, and its families, those who are not in yet or all; each leads to its own screen."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    found = await families_of(turn.db, class_id)
    shown = [one for one in found if everyone or not one.is_in]
    here, pages = page_of(shown, page, PAGE, lambda other: show(class_id, everyone, other))
    rows = [[Button(_label(one), family(one.id))] for one in here]
    missing = sum(1 for one in found if not one.is_in)
    if found:
        rows.append(
            [
                Button(_("Not in yet: {n}").format(n=missing), show(class_id, False, 0)),
                Button(_("All: {n}").format(n=len(found)), show(class_id, True, 0)),
            ]
        )
    turns = [button for row in pages for button in row]  # in one row with the way back: a screen has few
    rows.append([*turns, Button(_("Back"), school_class.hub(class_id))])
    if found:
        rows.append(
            [
                Button(_("As a picture"), send_picture(class_id)),
                Button(_("As a sheet"), send_sheet(class_id)),
            ]
        )
    if missing:
        label = _("✉️ Letters: {n}").format(n=missing)
        rows[-1].append(Button(label, letters.how(class_id, letters.Whose.MISSING, 0)))
    return Screen(
        "\n".join(_standing(found, everyone)), rows, title=_("👥 {name}: families").format(name=name)
    )


@families.do
async def send_picture(turn: Turn, class_id: int) -> Link:
    """The bar as a picture, to be shown to others: figures, and no name but the class's."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    await turn.send_file(picture(class_id), _("👥 {name}: families").format(name=name), picture=True)
    return show(class_id, False, 0)


@families.file
async def picture(turn: Turn, class_id: int) -> Paper:
    """How far the class has come."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    found = await families_of(turn.db, class_id)
    joined = sum(1 for one in found if one.is_in)
    said = _("Families that are in: {n} of {size}").format(n=joined, size=len(found))
    given = (name, said, joined, len(found), turn.speaker.language)
    return Paper(f"{name}.png", SORTS[".png"], pictures.bar, given)


@families.do
async def send_sheet(turn: Turn, class_id: int) -> Link:
    """The list as a file, for printing or ticking off; that it was taken is written down."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    school = turn.speaker.school
    assert school is not None  # noqa: S101 (told to the type checker; whoever manages a class is of its school)
    await turn.send_file(sheet(class_id), _("👥 {name}: families").format(name=name))
    await record(
        turn.db, school, turn.person, Deed.EXPORTED, turn.now, school_class=class_id, detail="families"
    )
    return show(class_id, False, 0)


@families.file
async def sheet(turn: Turn, class_id: int) -> Paper:
    """Every family of the class, a grown-up a row: no address and no number of theirs."""
    _id, name = await managed_class(turn.db, turn.person, class_id, turn.today)
    head = [_("Child"), _("Grown-up"), _("Who they are"), _("Reachable in")]
    rows: list[list[str]] = []
    for one in await families_of(turn.db, class_id):
        rows += [[one.name, kin.name, relation_name(kin.relation), _reach(kin)] for kin in one.kin]
        if not one.kin:
            rows.append([one.name, _("not in yet"), "", ""])
    return Paper(f"{name}.xlsx", SORTS[".xlsx"], sheets.sheet, (name, head, rows))


def bar(done: int, of: int) -> str:
    """Ten squares, so many of them full: one from the first family on, all of them only when all families are."""
    full = max(BLOCKS * done // of, 1) if done else 0
    return f"{'🟩' * full}{'⬜' * (BLOCKS - full)} {done}/{of}"


def _standing(found: list[Family], everyone: bool) -> list[str]:
    if not found:
        return [_("No child is on the list yet.")]
    joined = [one for one in found if one.is_in]
    lines = [bar(len(joined), len(found)), _("A family counts when one of its grown-ups is in.")]
    if len(joined) == len(found):
        lines.append(_("✅ All families are in."))
    unreached = sum(1 for one in joined if not one.reachable)
    if unreached:
        lines.append(_("📵 In, but cannot be reached: {n}").format(n=unreached))
    if not everyone and len(joined) < len(found):
        lines.append(_("Not in yet:"))
    return lines


def _label(one: Family) -> str:
    if not one.is_in:
        return one.name
    return f"✅ {one.name}" if one.reachable else f"📵 {one.name}"


@families.ask
async def family(turn: Turn, child: int) -> Screen:
    """One child's grown-ups: who they are to it, and whether a letter comes to them."""
    pupil = await managed_child(turn.db, turn.person, child, turn.today)
    found = await family_of(turn.db, child)
    members = await committee(turn.db, pupil.class_id)
    lines = [_about(one, members) for one in found.kin] or [_("Nobody of this family is in yet.")]
    rows = [[Button(related(one.name, one.relation), guardian(child, one.id))] for one in found.kin[:PAGE]]
    rows.append([Button(_("Back"), show(pupil.class_id, found.is_in, 0))])
    return Screen("\n".join(lines), rows, title=f"{pupil.name}, {pupil.class_name}")


def _about(one: Kin, members: set[int]) -> str:
    lines = [f"· {related(one.name, one.relation)}: {_reach(one)}"]
    if one.id in members:
        lines.append("  " + _("in the parents' committee"))
    limits = [_limit(right) for right in Right if right not in one.rights]
    if Right.SEE not in one.rights:
        limits = limits[:1]
    return "\n".join([*lines, *(f"  {limit}" for limit in limits)])


def _reach(one: Kin) -> str:
    if one.on:
        return listed([messengers.called(name) for name in one.on])
    if one.away:
        where = listed([messengers.called(name) for name in one.away])
        return _("cannot be reached, {messenger} is blocked").format(messenger=where)
    return _("cannot be reached on any messenger")


def _limit(right: Right) -> str:
    match right:
        case Right.SEE:
            return _("sees nothing of the child")
        case Right.REPORT:
            return _("cannot report absences")
        case Right.BOOK:
            return _("cannot book consultations")


# One guardian


@families.ask
async def guardian(turn: Turn, child: int, person: int) -> Screen:
    """What one guardian may do for a child, each with its switch, and what can be done for them."""
    pupil, one = await _one(turn, child, person)
    members = await committee(turn.db, pupil.class_id)
    lines = [f"{pupil.name}, {pupil.class_name}", _about(one, members)]
    rows: list[list[Button]] = []
    for right in Right:
        has = right in one.rights
        if right is Right.SEE or Right.SEE in one.rights:
            mark = "☑" if has else "☐"
            rows.append([Button(f"{mark} {right_name(right)}", change(child, person, right, not has))])
    if Right.SEE not in one.rights:
        lines.append(_("Who does not see the child can do nothing else for it either."))
    lines.append(_("The family's other grown-ups are not told of a change."))
    lines.append(_("When a right is taken, the child's invitations that are out end; new ones can be made."))
    if await _teaches(turn, pupil):
        joins = person not in members
        role = _("Add to the committee") if joins else _("Remove from the committee")
        rows.append(
            [Button(role, join_committee(child, person) if joins else out_of_committee(child, person))]
        )
        rows.append([Button(_("New phone or number"), messengers.lost(person, child))])
    rows.append([Button(_("End the link to the child"), surely_end(child, person), Look.DANGER)])
    rows.append([Button(_("Back"), family(child))])
    return Screen("\n".join(lines), rows, title=related(one.name, one.relation))


async def _one(turn: Turn, child: int, person: int) -> tuple[Pupil, Kin]:
    pupil = await managed_child(turn.db, turn.person, child, turn.today)
    return pupil, await kin_of(turn.db, child, person)


async def _teaches(turn: Turn, pupil: Pupil) -> bool:
    try:
        await own_class(turn.db, turn.person, pupil.class_id, turn.today)
    except NotYours:
        return False
    return True


@families.do
async def change(turn: Turn, child: int, person: int, right: Right, may: bool) -> Link:
    """Give or take one right, at once."""
    pupil, one = await _one(turn, child, person)
    if await set_right(turn.db, child, person, right, turn.now, may=may):
        sign = "+" if may else "-"
        await _record(turn, pupil, person, Deed.RIGHTS_CHANGED, f"{sign}{right}")
        await rights.recheck(turn, [person])
    note = _("✅ Changed: {name}.").format(name=one.name)
    return guardian(child, person).saying(note)


@families.ask
async def surely_end(turn: Turn, child: int, person: int) -> Screen:
    """A question before the link is gone."""
    pupil, one = await _one(turn, child, person)
    text = _(
        "End the link? {guardian} – {child}.\n"
        "Nothing more about the child comes to them, from this moment on.\n"
        "The child's invitations that are out end too; new ones can be made.\n"
        "The other grown-ups of the family stay."
    ).format(guardian=related(one.name, one.relation), child=pupil.name)
    yes = Button(_("Yes, end the link"), end(child, person), Look.DANGER)
    return Screen(text, [[yes, Button(_("Back"), guardian(child, person))]])


@families.do
async def end(turn: Turn, child: int, person: int) -> Link:
    """The link is gone, and with it whatever about the child still waits for them."""
    pupil, one = await _one(turn, child, person)
    await end_guardian(turn.db, child, person, turn.now)
    await _record(turn, pupil, person, Deed.GUARDIAN_ENDED, None)
    await rights.recheck(turn, [person])
    note = _("✅ Ended: {guardian} – {child}.").format(
        guardian=related(one.name, one.relation), child=pupil.name
    )
    return family(child).saying(note)


@families.do
async def join_committee(turn: Turn, child: int, person: int) -> Link:
    """Make a guardian a member of the class's committee."""
    pupil, one = await _one(turn, child, person)
    await own_class(turn.db, turn.person, pupil.class_id, turn.today)
    await give_role(turn.db, pupil.school_id, person, Role.COMMITTEE, pupil.class_id)
    await _record(turn, pupil, person, Deed.ROLE_GIVEN, Role.COMMITTEE)
    await rights.recheck(turn, [person])
    note = _("✅ In the parents' committee: {name}.").format(name=one.name)
    return guardian(child, person).saying(note)


@families.do
async def out_of_committee(turn: Turn, child: int, person: int) -> Link:
    """End that."""
    pupil, one = await _one(turn, child, person)
    await own_class(turn.db, turn.person, pupil.class_id, turn.today)
    if await leave_committee(turn.db, person, pupil.class_id):
        await _record(turn, pupil, person, Deed.ROLE_ENDED, Role.COMMITTEE)
        await rights.recheck(turn, [person])
    note = _("✅ No longer in the parents' committee: {name}.").format(name=one.name)
    return guardian(child, person).saying(note)


async def _record(turn: Turn, pupil: Pupil, person: int, deed: Deed, detail: str | None) -> None:
    await record(
        turn.db,
        pupil.school_id,
        turn.person,
        deed,
        turn.now,
        person=person,
        child=pupil.id,
        school_class=pupil.class_id,
        detail=detail,
    )
