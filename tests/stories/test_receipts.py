"""What Viber tells of a letter is kept, also when it tells it before the letter is written down as sent."""

from __future__ import annotations

from sqlalchemy import select

from bot.core.events import Fate, Receipt
from models.letter import Letter
from tests.house import House


async def test_delivered_is_kept(house: House) -> None:
    await house.guardian("viber", "Ігор", "Оля Коваль")
    letters = await house.facts(lambda db: db.all(select(Letter.message, Letter.delivered_at)))
    kept = [delivered for message, delivered in letters if message is not None]
    assert kept
    assert all(kept)


async def test_a_receipt_of_an_unknown_letter_is_let_go(house: House) -> None:
    await house.app.receive(Receipt("viber", "4711", "nobody=", Fate.SEEN, house.clock.now()))
    assert not await house.facts(lambda db: db.all(select(Letter.id).where(Letter.seen_at.is_not(None))))
