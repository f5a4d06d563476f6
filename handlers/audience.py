"""Whom an announcement is for: classes are ticked; and to how many it would go."""

from __future__ import annotations

from collections import Counter

from bot.core import people
from bot.core.flows import Flow, Link
from bot.core.i18n import _, listed, n_
from bot.core.pickers import page_of
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from handlers import announcing, compose
from models.announcement import Post, change
from models.people import managed_class, managed_classes

audience = Flow("audience")

PAGE = 8
"""Classes on a screen."""
MESSENGERS = {"telegram": "Telegram", "viber": "Viber"}


@audience.ask
async def choose(turn: Turn, post: int, page: int) -> Screen:
    """The classes of this person, those ticked to which it goes."""
    mine = await compose.drafted(turn, post)
    classes = await managed_classes(turn.db, turn.person, turn.today)
    here, pages = page_of(classes, page, PAGE, lambda other: choose(post, other))
    ticked = set(mine.audience.classes)
    rows = [[Button(f"✓ {name}" if id_ in ticked else name, tick(post, id_, page))] for id_, name in here]
    done = [[Button(_("Done"), compose.hub(post))]]
    text = _("To: {whom}").format(whom=await whom_name(turn, mine))
    return Screen(text, [*rows, *pages, *done], title=_("To whom"))


@audience.do
async def tick(turn: Turn, post: int, school_class: int, page: int) -> Link:
    """Send it to one class more, or to one less."""
    mine = await compose.drafted(turn, post)
    await managed_class(turn.db, turn.person, school_class, turn.today)
    classes = set(mine.audience.classes) ^ {school_class}
    await change(turn.db, post, audience=mine.audience._replace(classes=tuple(sorted(classes))))
    return choose(post, page)


async def whom_name(turn: Turn, post: Post) -> str:
    """Whom it is for, in a few words."""
    names = dict(await managed_classes(turn.db, turn.person, turn.today))
    meant = [names[id_] for id_ in post.audience.classes if id_ in names]
    return listed(meant) if meant else _("nobody yet")


async def counted(turn: Turn, post: Post) -> tuple[list[str], int]:
    """What a teacher is told before it goes; and to how many people it would."""
    who = await announcing.whom(turn, post)
    chats = await people.chats_of(turn.db, who.people.keys() - who.spared)
    by = Counter(one.platform for one in chats)
    reached = {child for one in chats for child in who.people[one.person or 0]}
    lines = [
        n_("It goes to {n} person.", "It goes to {n} people.", len(chats)),
        *(f"· {MESSENGERS[name]}: {number}" for name, number in sorted(by.items())),
    ]
    missed = len(who.children - reached)
    if missed:
        lines.append(n_("{n} family cannot be reached here.", "{n} families cannot be reached here.", missed))
    return lines, len(chats)
