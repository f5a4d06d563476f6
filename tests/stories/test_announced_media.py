"""Photos are what parents wait for: an album from the teacher's phone is seen on every family's."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from sandbox.samples import PHOTOS, sample
from tests.house import House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


@BOTH
async def test_an_album_reaches_families_on_both_messengers(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Тарас Бондар")
    await teacher.sends_album([(name, sample(name)) for name in PHOTOS[:3]], "Осінній похід")
    assert "Що з цим зробити?" in teacher.last
    assert "Фото й файли: 3" in teacher.last
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати", "Надіслати: 2")
    await house.later(seconds=11)
    assert len(ihor.files) == 3
    assert len(iryna.files) == 1
    for friend in (ihor, iryna):
        assert "📣 3-Б · Олена Петрівна" in friend.last
    await iryna.presses("Усі фото: 3")
    assert len(iryna.files) == 4
    for _name, data in [*ihor.files, *iryna.files]:
        assert not Image.open(BytesIO(data)).getexif()
