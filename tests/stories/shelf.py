"""A flow of the tests' own: it takes photos, videos and files, and gives them out again."""

from __future__ import annotations

from sqlalchemy import select

from bot.core.flows import Flow, Link
from bot.core.paper import Stored
from bot.core.screens import Button, Screen
from bot.core.turn import Turn
from models.media import About, Medium, MediumSort, keep
from tests.house import House

shelf = Flow("shelf", command="shelf")
JPEG = "image/jpeg"


@shelf.ask
async def show(turn: Turn) -> Screen:
    """What there is to press."""
    rows = await turn.db.all(select(Medium.id).where(Medium.school_id == turn.speaker.school))
    return Screen("Полиця", [[Button(f"Дай {id_}", send(id_))] for (id_,) in rows])


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
    return await house.app.database.write(lambda db: keep(db, 1, about, house.clock.now()))
