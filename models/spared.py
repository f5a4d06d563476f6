"""The second guardian: who was spared an announcement gets it after all, where it could not come to the other one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from models.announcement import Announcement, AnnouncementChild, Copy, Stage
from models.chat import Chat
from models.database import Db
from models.letter import Card, Letter, State
from models.people import Guardian


async def passed_over(db: Db, since: datetime) -> dict[int, set[int]]:
    """By announcement that was sent since then: whom another guardian was to spare it, to whom it could not come.

    Nothing says so but the letters' fate, so whoever is given it is not among them any more. Those who are spared are
    found by `ix_announcement_sent_at` and `ix_announcement_copy_spared`, the rest by primary keys.
    """
    other, theirs = aliased(Guardian), aliased(Copy)
    on_its_way = or_(Letter.state.in_([State.QUEUED, State.SENT]), Letter.delivered_at.is_not(None))
    has_it = (
        exists()
        .where(
            other.child_id == AnnouncementChild.child_id,
            other.sees,
            theirs.person_id == other.person_id,
            theirs.announcement_id == Copy.announcement_id,
        )
        .where(
            or_(
                theirs.answered_at.is_not(None),
                exists().where(
                    Card.chat_id.in_(
                        select(Chat.id).where(Chat.person_id == theirs.person_id).correlate(theirs)
                    ),
                    Card.key == theirs.key,
                    Letter.id == Card.letter_id,
                    on_its_way,
                ),
            )
        )
    )
    went = select(Announcement.id).where(Announcement.sent_at > since, Announcement.stage == Stage.SENT)
    rows = await db.all(
        select(Copy.announcement_id, Copy.person_id)
        .join(Guardian, and_(Guardian.person_id == Copy.person_id, Guardian.sees))
        .join(
            AnnouncementChild,
            and_(
                AnnouncementChild.announcement_id == Copy.announcement_id,
                AnnouncementChild.child_id == Guardian.child_id,
            ),
        )
        .where(
            Copy.announcement_id.in_(went),
            Copy.key.is_(None),
            Copy.answered_at.is_(None),
            ~has_it,
        )
    )
    found: defaultdict[int, set[int]] = defaultdict(set)
    for announcement, person in rows:
        found[announcement].add(person)
    return found


async def give(db: Db, announcement: int, people: Iterable[int], card: str) -> None:
    """Write down that these people are to have it themselves now, by that card."""
    mine = (Copy.announcement_id == announcement, Copy.person_id.in_(list(people)))
    await db.run(update(Copy).where(*mine).values(key=card))
