"""A flow of the tests' own: it takes photos, videos and files, and gives them out again."""

from __future__ import annotations

from sqlalchemy import select

from bot.core.errors import Sorry
from bot.core.events import Sent, What
from bot.core.flows import SILENCE, Flow, Kept, Link
from bot.core.paper import Stored
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from models.media import About, Medium, MediumSort
from models.media import keep as write_down
from tests.house import House

shelf = Flow("shelf", command="shelf")
JPEG = "image/jpeg"


kept: list[Kept] = []
"""What the step has got, each time that it ran."""


async def offered(turn: Turn, what: What) -> Link | None:
    """Whatever can be fetched is put on the shelf."""
    if not isinstance(what, Sent) or what.file is None:
        return None
    alone = await turn.fetch_media(what.file, keep("3-Б"))
    return show().saying("Хвилинку.") if alone else SILENCE


@shelf.ask
async def show(turn: Turn) -> Screen:
    """What there is to press."""
    rows = await turn.db.all(select(Medium.id).where(Medium.school_id == turn.speaker.school))
    return Screen(f"На полиці: {len(rows)}", [[Button(f"Дай {id_}", send(id_))] for (id_,) in rows])


@shelf.take_media
async def keep(turn: Turn, medium: Kept, school_class: str) -> Link:
    """Take what was kept."""
    about = await turn.stored(medium.medium)
    if about.name.startswith("sorry"):
        raise Sorry("Цього класу вже немає.", turn.home)
    if about.name.startswith("broken"):
        raise RuntimeError(about.name)
    kept.append(medium)
    return show().saying(f"{school_class}: є.")


@shelf.do
async def send(turn: Turn, medium: int) -> Link:
    """Send it into the chat."""
    await turn.send_file(give(medium), "Ось", picture=True)
    return show()


@shelf.file
async def give(turn: Turn, medium: int) -> Stored:
    """The file itself."""
    return await turn.stored(medium)


async def laid(
    house: House, data: bytes, thumb: bytes | None = None, *, mime: str = JPEG, name: str = "photo.jpg"
) -> int:
    """Put something on the shelf; its id."""
    digest = await house.app.store.put(data)
    small = await house.app.store.put(thumb) if thumb else None
    about = About(MediumSort.PHOTO, digest, small, mime, name, len(data))
    return await house.app.database.write(lambda db: write_down(db, 1, about, house.clock.now()))
