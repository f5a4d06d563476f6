"""No photos of a child: a guardian or the teacher says so, and whoever sends photos is reminded of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from handlers import no_photos
from models.people import Child
from sandbox.samples import PHOTOS, sample
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
REMINDER = "📷 Без фото: Оля Коваль."


async def about(friend: Friend) -> None:
    await friend.says("/mydata")
    await friend.presses("Про дитину: Оля Коваль", "📷 Фото")


async def previews(teacher: Friend, *sent: tuple[str, bytes]) -> None:
    await teacher.sends_album(list(sent), "Похід")
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати")


@BOTH
async def test_a_guardians_no_is_told_to_whoever_sends_photos(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.guardian(platform, "Ірина", "Тарас Бондар")
    await about(ihor)
    await ihor.presses("Без фото, будь ласка")
    assert "✅ Збережено." in ihor.last
    await previews(teacher, *((name, sample(name)) for name in PHOTOS[:2]))
    assert REMINDER in teacher.last
    assert "Надіслати: 2" in teacher.labels
    assert REMINDER not in "".join(ihor.texts)


@BOTH
async def test_only_the_class_teacher_takes_a_no_back(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian(platform, "Ірина", "Оля Коваль")
    await about(ihor)
    await ihor.presses("Без фото, будь ласка")
    await about(iryna)
    assert "Без фото, будь ласка" not in iryna.labels
    child = (await house.facts(lambda db: db.first(select(Child.id))))[0]
    await iryna.forges(no_photos.keep(child, True))
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Список дітей", "Оля Коваль")
    assert "Фото: не показувати" in teacher.last
    await teacher.presses("📷 Фото", "Фото знову можна")
    await previews(teacher, *((name, sample(name)) for name in PHOTOS[:2]))
    assert REMINDER not in teacher.last


@BOTH
async def test_what_shows_nobody_needs_no_reminder(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await about(ihor)
    await ihor.presses("Без фото, будь ласка")
    await teacher.says("Завтра екскурсія")
    await teacher.presses("📣 Оголосити", "Переглянути й надіслати")
    assert "Надіслати: 1" in teacher.labels
    assert "📷" not in teacher.last
