"""What became of an announcement: how far it has come, family by family, and whom to phone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import people
from bot.core.clock import day_of
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_, numeric_day
from bot.core.pickers import page_of
from bot.core.posting import touch
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import amending, announcements, compose, families, forecast, results, school_class
from handlers.wording import capital, related
from models.announcement import Ask, Post, Stage, posts_by, posts_to
from models.copies import how_many
from models.people import managed_class, person_name
from models.reach import ORDER, STAGES, Household, Reach, Reader, Report, report_of

reports = Flow("reports")

LISTED = 40
"""Announcements of a person or a class that are listed; older ones are as good as forgotten."""
PAGE = 8
"""Announcements on a screen."""
FAMILIES = 6
"""Families on a screen, each with its people."""
PHONED = 12
"""Families on a screen of those to phone."""
LIVE = 100
"""Families up to which the card changes by itself under the eyes of its author."""
GONE_OUT = (Stage.SENT, Stage.RECALLED)


async def report(turn: Turn, post: int) -> Report:
    """How far it has come, read now; NotYours for whoever manages no class that it went to."""
    key = people.keyed(announcements.show(post).packed())
    return await report_of(turn.db, turn.person, post, turn.today, key)


@reports.ask
async def card(turn: Turn, post: int) -> Screen | Link:
    """How far it has come, and what can be done about it; refreshed by opening it again."""
    mine = await report(turn, post)
    if mine.post.stage not in GONE_OUT:
        return compose.whereabouts(mine.post)
    rows: list[list[Button]] = []
    missed = sum(1 for one in mine.families if one.missed)
    if mine.families:
        answers = Button(_("Answers"), results.answers(post, 0))
        picture = Button(_("As a picture"), results.send_picture(post))
        rows.append([answers, picture] if mine.post.asks is not Ask.NOTHING else [picture])
        rows.append([Button(_("Family by family"), by_family(post, 0))])
    if missed and mine.post.stage is Stage.SENT:
        rows[-1].append(Button(_("To phone: {n}").format(n=missed), to_phone(post, 0)))
    rows += await amending.buttons(turn, mine)
    rows.append([Button(_("Refresh"), card(post)), Button(_("Back"), all_mine(0))])
    return Screen("\n".join(await _standing(turn, mine)), rows, title=title(mine.post))


async def _standing(turn: Turn, mine: Report) -> list[str]:
    """The lines of the card."""
    post, found = mine.post, mine.families
    sent = post.sent_at or post.made_at
    lines = [" · ".join([announcements.when_name(turn, sent), listed(list(mine.classes.values()))])]
    if post.author != turn.person and (author := await person_name(turn.db, post.author)):
        lines.append(_("From: {name}").format(name=author))
    for at, said in (
        (post.corrected_at, _("✏️ Corrected {when}")),
        (post.reminded_at, _("⏰ Reminded {when}")),
        (post.recalled_at, _("Taken back {when}")),
    ):
        if at is not None:
            lines.append(said.format(when=announcements.moment(turn, at)))
    if not found:
        return [*lines, _("Nobody is meant.")]
    if not mine.whole:
        lines.append(_("It went to other classes too; here are yours alone."))
    goal = Reach.SENT if post.asks is Ask.NOTHING else Reach.ANSWERED
    lines += ["", families.bar(came_to(found, goal), len(found))]
    lines += [f"{name}: {number}" for _stage, name, number in stages(mine)]
    lines += results.come(mine)
    lines += ["", _("A family counts when one of its grown-ups has it.")]
    if any("telegram" in one.platforms for family in found for one in family.readers):
        lines.append(_("Telegram does not tell what is read, only what is answered."))
    instead = {one.id for family in found for one in family.readers if one.instead}
    if instead:
        lines.append(
            n_(
                "It could not come to whoever was to have it, so {n} other grown-up has got it.",
                "It could not come to whoever was to have it, so {n} other grown-ups have got it.",
                len(instead),
            )
        )
    return lines


def came_to(found: Sequence[Household], stage: Reach) -> int:
    """To how many families it has come so far, or farther."""
    return sum(1 for one in found if ORDER[one.reach] <= ORDER[stage])


def stages(mine: Report) -> list[tuple[str, str, int]]:
    """Each stage: its key, its name, and how many families have come there. Waiting is first, missed last."""
    found, asks = mine.families, mine.post.asks
    shown = []
    for stage in STAGES:
        waits = stage is Reach.QUEUED
        number = sum(1 for one in found if one.reach is stage) if waits else came_to(found, stage)
        if not (waits and not number) and not (stage is Reach.ANSWERED and asks is Ask.NOTHING):
            shown.append((stage.value, capital(reach_name(stage, asks)), number))
    missed = sum(1 for one in found if one.missed)
    return [*shown, ("missed", _("Not delivered"), missed)] if missed else shown


@reports.ask
async def by_family(turn: Turn, post: int, page: int) -> Screen:
    """Each family, and of each grown-up what has come to them and what they have answered."""
    mine = await report(turn, post)
    here, pages = page_of(mine.families, page, FAMILIES, lambda other: by_family(post, other))
    blocks = ["\n".join([_child(mine, one), *_readers(mine, one)]) for one in here]
    text = "\n\n".join(blocks) or _("Nobody is meant.")
    return Screen(text, [*pages, [Button(_("Back"), card(post))]], title=_("Family by family"))


def _child(mine: Report, one: Household) -> str:
    several = len(mine.classes) > 1
    return f"{one.name}, {mine.classes[one.class_id]}" if several else one.name


def _readers(mine: Report, family: Household) -> list[str]:
    lines = [f"· {related(one.name, one.relation)}: {status(mine.post, one)}" for one in family.readers]
    return lines or [f"· {reach_name(Reach.NOT_IN, mine.post.asks)}"]


def status(post: Post, one: Reader) -> str:
    """What has come to somebody, by which messenger, and what they have answered."""
    parts = [listed([forecast.MESSENGERS[name] for name in one.platforms])] if one.platforms else []
    if one.reach is Reach.ANSWERED:
        parts.insert(0, "✅ " + results.said_name(post, one.answer or []))
    elif ORDER[one.reach] <= ORDER[Reach.QUEUED]:
        parts.insert(0, reach_name(one.reach, post.asks))
    elif one.reach in (Reach.SPARED, Reach.LATER):
        parts = [reason(one)]
    else:
        parts.insert(0, _("not delivered ({reason})").format(reason=reason(one)))
    if one.instead:
        parts.append(_("in another's place"))
    return ", ".join(parts)


@reports.ask
async def to_phone(turn: Turn, post: int, page: int) -> Screen:
    """The families to whom it has not come and does not, and why."""
    mine = await report(turn, post)
    missed = [one for one in mine.families if one.missed]
    here, pages = page_of(missed, page, PHONED, lambda other: to_phone(post, other))
    lines = [f"{_child(mine, one)}: {_why(one)}" for one in here]
    text = "\n".join(f"· {line}" for line in lines) or _("✅ It has come to every family, or is on its way.")
    name = _("To phone: {n}").format(n=len(missed))
    return Screen(text, [*pages, [Button(_("Back"), card(post))]], title=name)


def _why(family: Household) -> str:
    people = [f"{related(one.name, one.relation)} ({reason(one)})" for one in family.readers]
    return "; ".join(people) or reach_name(Reach.NOT_IN, Ask.NOTHING)


def reason(one: Reader) -> str:
    """Why it has not come to somebody, in small letters."""
    match one.reach:
        case Reach.LEFT if one.reachable:
            return _("the bot was blocked, and is let in again")
        case Reach.LEFT if one.platforms == ("viber",):
            return _("unsubscribed from the bot")
        case Reach.LEFT:
            return _("the bot is blocked")
        case Reach.REFUSED:
            return _("the messenger would not take it")
        case Reach.CAPPED:
            return _("the month's cap of paid messages is reached")
        case Reach.STOPPED:
            return _("taken back before it went")
        case Reach.SPARED:
            return _("another of the family is to have it, as they have wished")
        case Reach.LATER:
            return _("has joined since")
        case _:
            return _("has no messenger here any more")


def reach_name(reach: Reach, asks: Ask) -> str:
    """How far an announcement has come to a family, in small letters."""
    match reach:
        case Reach.ANSWERED:
            return _("confirmed") if asks is Ask.READ else _("answered")
        case Reach.SEEN:
            return _("seen")
        case Reach.DELIVERED:
            return _("delivered")
        case Reach.SENT:
            return _("sent")
        case Reach.QUEUED:
            return _("queued")
        case Reach.NOT_IN:
            return _("nobody has joined yet")
        case _:
            return _("not delivered")


@reports.ask
async def all_mine(turn: Turn, page: int) -> Screen:
    """What this person has announced, the newest first."""
    found = await posts_by(turn.db, turn.person, GONE_OUT, LISTED)
    here, pages = page_of(found, page, PAGE, all_mine)
    text = _("Which one?") if found else _("There is none yet.")
    back = [Button(_("Announce something"), compose.start())]
    return Screen(text, [*_listed(turn, here), *pages, back], title=_("📣 My announcements"))


@reports.ask
async def of_class(turn: Turn, id_: int, page: int) -> Screen:
    """What went to a class, whoever announced it."""
    _id, name = await managed_class(turn.db, turn.person, id_, turn.today)
    found = [one for one in await posts_to(turn.db, id_, LISTED) if one.stage in GONE_OUT]
    here, pages = page_of(found, page, PAGE, lambda other: of_class(id_, other))
    text = _("Which one?") if found else _("There is none yet.")
    back = [Button(_("Back"), school_class.hub(id_))]
    head = _("📣 {name}: announcements").format(name=name)
    return Screen(text, [*_listed(turn, here), *pages, back], title=head)


def _listed(turn: Turn, posts: Sequence[Post]) -> list[list[Button]]:
    return [[Button(f"{_day(turn, one)} {compose.beginning(one)}", card(one.id))] for one in posts]


def _day(turn: Turn, post: Post) -> str:
    day = day_of(post.sent_at or post.made_at, turn.speaker.timezone)
    return numeric_day(day)[:5]


def title(post: Post) -> str:
    """By what an announcement is known again, as a title."""
    return f"📣 {compose.beginning(post)}"


async def refresh(turn: Turn, post: Post) -> None:
    """After an answer: the author who looks at the card just now sees it; nobody is sent anything.

    Not where so many answer that the card would hold up the others.
    """
    if post.author is not None and await how_many(turn.db, post.id) <= LIVE:
        await touch(turn, [post.author], card(post.id))
