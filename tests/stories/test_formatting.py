"""What a teacher marks is marked for families on both messengers, and a long text comes whole (T13, T14)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.people import keyed
from handlers import announcements, digest
from models.announcement import post_of
from tests import marked
from tests.house import Friend, House
from tests.stories.hostile import seen

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "🎒 Завтра екскурсія. Збір о 9:00, не о 8:00, кімната 5*7*3"


def entity(type_: str, words: str, **more: Any) -> dict[str, Any]:
    before = TEXT[: TEXT.index(words)]
    return {"type": type_, "offset": len(before.encode("utf-16-le")) // 2, "length": len(words), **more}


ENTITIES = [
    entity("bold", "Завтра екскурсія"),
    entity("italic", "екскурсія"),
    entity("strikethrough", "не о 8:00"),
    entity("code", "9:00"),
    entity("underline", "Збір"),
]


def styled(friend: Friend, words: str, last: int = -1) -> dict[str, set[str]]:
    """The styled parts of what a phone shows behind these words, by style."""
    shown = [one for one in friend.phone.view()["messages"] if not one["mine"]][last]
    text = marked.seen(shown["text"], shown["spans"])
    part = text.part(text.text.index(words), len(text.text))
    found: dict[str, set[str]] = {}
    for mark in part.marks:
        found.setdefault(mark.style, set()).add(part.text[mark.start : mark.end])
    return found


async def announced(house: House, teacher: Friend, *buttons: str) -> None:
    await teacher.presses(*buttons, "Переглянути й надіслати")
    await teacher.presses(next(label for label in teacher.labels if label.startswith("Надіслати: ")))
    await house.later(seconds=20)


@BOTH
async def test_what_is_marked_is_marked_for_everybody(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    families = [
        await house.guardian("telegram", "Ігор", "Оля"),
        await house.guardian("viber", "Ірина", "Тарас"),
    ]
    await teacher.phone.says(TEXT, ENTITIES)
    await house.settled()
    await teacher.presses("📣 Оголосити")
    meant = {
        "bold": {"Завтра екскурсія"},
        "italic": {"екскурсія"},
        "strike": {"не о 8:00"},
        "mono": {"9:00"},
    }
    assert styled(teacher, "🎒") == meant
    await announced(house, teacher)
    for friend in families:
        assert "кімната 5*7*3" in seen(friend.last)
        assert styled(friend, "🎒") == meant
        assert styled(friend, "📣")["bold"] > meant["bold"]


@BOTH
async def test_what_is_added_and_written_anew_keeps_its_marks(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля")
    await teacher.says("/announce")
    await teacher.phone.says("Завтра екскурсія", [{"type": "bold", "offset": 0, "length": 6}])
    await house.settled()
    await teacher.phone.says("Візьміть воду", [{"type": "italic", "offset": 9, "length": 4}])
    await house.settled()
    await announced(house, teacher)
    assert "Завтра екскурсія\n\nВізьміть воду" in ihor.last
    assert styled(ihor, "Завтра") == {"bold": {"Завтра"}, "italic": {"воду"}}
    await teacher.presses("Головна")
    await teacher.says("/announce")
    await teacher.presses("Взяти одне з попередніх", "Завтра екскурсія Візьміть воду")
    assert styled(teacher, "Завтра") == {"bold": {"Завтра"}, "italic": {"воду"}}
    await teacher.presses("Змінити текст")
    await teacher.phone.says("Ні, у п'ятницю", [{"type": "bold", "offset": 0, "length": 3}])
    await house.settled()
    assert styled(teacher, "Ні") == {"bold": {"Ні,"}}


def parts_since(friend: Friend, before: int) -> str:
    return "\n".join(friend.texts[before:])


@BOTH
@pytest.mark.parametrize("sort", ["", "У дайджесті дня"])
async def test_a_long_text_comes_whole(house: House, platform: str, sort: str) -> None:
    """4,097 signs and more: cut at a sentence, and never in a marked part."""
    teacher = await house.teacher(platform)
    families = [await house.guardian(one, "Ігор", f"Оля-{one}") for one in ("telegram", "viber")]
    sentences = [f"Речення номер {number} про екскурсію до музею хліба." for number in range(140)]
    text = " ".join(sentences)[:7000]
    assert len(text) > 4097
    at, end = text.index("Речення номер 54"), text.index(" Речення номер 60")
    before = [len(friend.texts) for friend in families]
    await teacher.says("/announce")
    await teacher.phone.says(text, [{"type": "bold", "offset": at, "length": end - at}])
    await house.settled()
    if sort:
        await teacher.presses("Вид", sort)
    await announced(house, teacher)
    if sort:
        await house.later(hours=10)
        for friend in families:
            assert sentences[0] in friend.last
            assert len(friend.last) < 4096
            await friend.presses(next(label for label in friend.labels if label.startswith("📣")))
    for friend, count in zip(families, before, strict=True):
        said = parts_since(friend, count)
        assert "".join(text.split()) in "".join(said.replace(friend.texts[-1].split("\n")[0], "").split())
        assert all(len(one) <= 4096 for one in friend.texts)
        spans = [styled(friend, "", place) for place in range(-len(friend.texts) + count, 0)]
        bold = {part for found in spans for part in found.get("bold", set())}
        assert text[at:end] in bold


@BOTH
async def test_more_than_there_is_room_for_is_said(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await teacher.says("/announce")
    await teacher.says("я" * 4000)
    await teacher.says("ю" * 4000)
    assert "вміститься до 7000 знаків" in teacher.last
    assert "ю" * 10 not in teacher.last
    await teacher.says("ю" * 2000)
    assert "вміститься" not in teacher.last


async def test_what_is_cut_is_said(house: House) -> None:
    """Addresses that stand behind words make a text longer than a messenger takes."""
    teacher = await house.teacher("telegram")
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://meet.ua/" + "a" * 3500}
    await teacher.says("/announce")
    await teacher.phone.says("План " + "я" * 4000, [link])
    await house.settled()
    assert "перші 7000 знаків" in teacher.last
    kept = await house.facts(lambda db: post_of(db, 1))
    assert kept.text.startswith("План (https://meet.ua/aaa")
    assert len(kept.text) == 7000


@BOTH
async def test_a_digest_unfolds_for_nobody_else(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля")
    other = await house.guardian(platform, "Ірина", "Яна", school_class="4-А")
    await teacher.says("/announce")
    await teacher.says("Завтра екскурсія. " * 200)
    await teacher.presses("Вид", "У дайджесті дня")
    await announced(house, teacher)
    await house.later(hours=12)
    today = house.begins.date()
    link = announcements.show(1)
    before = len(ihor.texts)
    for friend in (other, ihor):
        await friend.forges(digest.unfold(today, keyed(link.packed())))
    assert "екскурсія" not in " ".join(other.texts)
    assert "екскурсія" in parts_since(ihor, before)
