"""Home: for everyone what concerns them today, one tap away from everywhere."""

from __future__ import annotations

from datetime import date

from bot.core.flows import Flow
from bot.core.i18n import N_, _, long_day, span
from bot.core.screens import Button, Look, Screen
from bot.core.turn import Turn
from handlers import (
    absence,
    admissions,
    class_day,
    compose,
    joining,
    language,
    privacy,
    questions,
    recent,
    school,
    school_class,
    settings,
    setup,
    support,
)
from handlers.wording import capital, no_lessons, reason_name, title_name
from models.absence import Told, away_on, coming
from models.admission import how_many_wait, waiting_of
from models.calendar import Calendar
from models.families import committees_of
from models.people import Pupil, Right, Role, children_of, classes_of
from models.school import is_ready
from models.staff import posts_of

home = Flow("home", command="menu", title=N_("Home"))


@home.ask
async def show(turn: Turn) -> Screen:
    """Children and classes with how they stand today, and what can be done."""
    children = await children_of(turn.db, turn.person)
    classes = await classes_of(turn.db, turn.person, turn.today)
    parts: list[str] = []
    rows: list[list[Button]] = []
    if children:
        ids = [child.id for child in children]
        told = await coming(turn.db, ids, turn.today, turn.person)
        calendar = await turn.calendar()
        parts += [
            _child(child, [one for one in told if one.child_id == child.id], turn.today, calendar)
            for child in children
        ]
        rows += await _absence_buttons(told, turn)
        rows.append([await recent.button(turn)])
    waited = await how_many_wait(turn.db, [id_ for id_, _name in classes]) if classes else {}
    for id_, name in classes:
        away = await away_on(turn.db, id_, turn.today)
        head = f"{name} · {long_day(turn.today, turn.today)}"
        parts.append(f"{head}\n{await class_day.standing(turn, id_, turn.today, len(away))}")
        rows.append(
            [
                Button(_("🤒 {name}: today").format(name=name), class_day.card(id_, turn.today)),
                Button(_("👥 {name}: class").format(name=name), school_class.hub(id_)),
            ]
        )

        if id_ in waited:
            label = _("Waiting to join: {n}").format(n=waited[id_])
            rows[-1].append(Button(label, admissions.waiting(id_, 0), Look.MAIN))
    posts = await posts_of(turn.db, turn.person, turn.today)
    administers = any(held.role is Role.ADMINISTRATOR for held in posts)
    if classes or administers:
        rows.append([Button(_("📣 Announce something"), compose.start())])
    if (classes or posts) and (asked := await questions.button(turn)):
        rows.append([asked])
    for _id, name in await committees_of(turn.db, turn.person):
        parts.append(_("{name}: you are in the parents' committee.").format(name=name))
    if administers:
        parts.append(_("{school}: you are an administrator here.").format(school=turn.speaker.school_name))
        if not await is_ready(turn.db, turn.speaker.school):
            rows.insert(0, [Button(_("🏫 Set up the school"), setup.name(), Look.MAIN)])
        rows.append([Button(_("🏫 School"), school.hub())])
    titles = [title_name(held.role, held.title) for held in posts if held.role is Role.SPECIALIST]
    if titles:
        parts.append(_("You are here as: {role}.").format(role=", ".join(titles)))
    if waits := await waiting_of(turn.db, turn.speaker.chat):
        parts.append(joining.what_waits(waits))
        rows.append(joining.back_button())
    if not parts:
        parts.append(
            _("Your access has changed. Please ask the class teacher or the school's administrator.")
        )
    rows.append([Button(_("⚙️ Settings"), settings.hub()), Button(_("Help"), support.page())])
    return Screen("\n\n".join(parts), rows)


def _child(child: Pupil, told: list[Told], today: date, calendar: Calendar) -> str:
    lines = [f"{child.name}, {child.class_name}"]
    now = next((one for one in told if one.first <= today), None)
    if now is None and calendar.is_school_day(today):
        lines.append(_("Today: at school"))
    elif now is None and (name := calendar.names.get(today)):
        lines.append(no_lessons(today, today, name, today))
    for one in told:
        when = _("Today") if one is now and one.last == today else capital(span(one.first, one.last, today))
        line = _("🤒 {when}: absent ({reason})").format(when=when, reason=reason_name(one.reason))
        noticed = _("noticed")
        lines.append(f"{line} · {noticed}" if one.noticed else line)
    if Right.REPORT not in child.rights:
        lines.append(_("About absences, please talk to the class teacher."))
    return "\n".join(lines)


async def _absence_buttons(told: list[Told], turn: Turn) -> list[list[Button]]:
    rows: list[list[Button]] = []
    children = await absence.reporting(turn)
    if len(children) == 1:
        rows.append([await absence.soonest_button(turn, children[0].id, told)])
        rows.append([Button(_("Another date"), absence.when((children[0].id,)))])
    elif children:
        rows.append([Button(_("🤒 Report an absence"), absence.who(), Look.MAIN)])
    if told:
        rows.append([Button(_("Reported absences"), absence.all_coming())])
    return rows


def commands(roles: set[Role]) -> list[Flow]:
    """The flows that the messenger's menu of commands offers to somebody with these roles."""
    offered = [home]
    if Role.GUARDIAN in roles:
        offered.append(absence.absence)
    if Role.CLASS_TEACHER in roles:
        offered.append(class_day.class_day)
    if roles & {Role.CLASS_TEACHER, Role.ADMINISTRATOR}:
        offered.append(compose.compose)
    if Role.ADMINISTRATOR in roles:
        offered.append(school.school)
    return [
        *offered,
        *([settings.settings, privacy.privacy] if roles else []),
        language.language,
        support.support,
    ]
