"""One person on Telegram and on Viber: adding the other, which one speaks, a new phone, and leaving."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession

from handlers import messengers, staff
from models.audit import Deed, trail
from models.invite import Issued, code_of
from models.people import Role
from sandbox.telegram.phone import TelegramPhone
from tests.house import Friend, House

WAYS = pytest.mark.parametrize(("one", "other"), [("telegram", "viber"), ("viber", "telegram")])
BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")
MESSENGERS = ("⚙️ Налаштування", "📱 Мої месенджери")
NOT_GOOD = "Це запрошення не діє."


async def code_for(friend: Friend, other: str) -> str:
    """Press one's way to a code for the other messenger."""
    await friend.says("/menu")
    await friend.presses(*MESSENGERS, f"Під’єднати {other.capitalize()}")
    found = CODE.search(friend.last)
    assert found, friend.last
    return found[0]


async def on_both(house: House, one: str, other: str) -> tuple[Friend, Friend]:
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    code = await code_for(first, other)
    second = await house.stranger(other, "Ігор").opens()
    await second.says(code)
    assert "Оля Коваль, 3-Б" in second.last
    return first, second


async def notices(house: House, teacher: Friend, guardian: Friend) -> None:
    """The guardian tells an absence, goes elsewhere, and the teacher notices it: news that nobody asked for."""
    await guardian.presses("🤒 Не буде сьогодні", "Хвороба")
    await guardian.says("/help")
    await house.later(minutes=6)
    await teacher.says("/class")
    await teacher.presses("Враховано")
    await house.later(minutes=6)


@WAYS
async def test_the_other_messenger_is_the_same_person(house: House, one: str, other: str) -> None:
    first, second = await on_both(house, one, other)
    assert (await house.chat(first)).person_id == (await house.chat(second)).person_id
    await first.says("/menu")
    await first.presses("🤒 Не буде сьогодні", "Хвороба")
    await second.says("/menu")
    assert "хвороба" in second.last
    await first.says("/menu")
    await first.presses(*MESSENGERS)
    assert f"Під’єднати {other.capitalize()}" not in first.labels
    found = await house.facts(lambda db: trail(db, 1, most=50))
    assert Deed.MESSENGER_ADDED in [deed.deed for deed in found]


@WAYS
async def test_news_come_to_the_one_that_speaks_and_answers_where_one_writes(
    house: House, one: str, other: str
) -> None:
    teacher = await house.teacher(one)
    first, second = await on_both(house, one, other)
    await first.says("/menu")
    await first.presses(*MESSENGERS, f"Хай бот пише у {other.capitalize()}")
    assert f"{other.capitalize()}: бот пише сюди" in first.last
    await second.says("/help")
    await first.says("/menu")
    before = len(first.texts)
    await notices(house, teacher, first)
    assert "Враховано" in second.last
    assert not [text for text in first.texts[before:] if "Враховано: класний керівник знає." in text]
    await second.says("/menu")
    await second.presses(*MESSENGERS, f"Хай бот пише у {one.capitalize()}")
    assert f"{one.capitalize()}: бот пише сюди" in second.last


@WAYS
async def test_a_second_messenger_takes_nothing_over(house: House, one: str, other: str) -> None:
    """Also where its chat is the older one: the first goes on, is told, and can end it."""
    teacher = await house.teacher(one)
    second = await house.stranger(other, "Ігор").opens()
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    await second.says(await code_for(first, other))
    assert f"Новини, як і досі, приходять у {one.capitalize()}" in second.last
    assert f"Під’єднано {other.capitalize()}. Новини, як і досі, приходять сюди." in first.last
    if one == "telegram":  # where a message can be changed, what it says of the messengers is true again
        assert not [text for text in first.texts if "не під’єднано" in text]
    await second.says("/help")
    before = len(second.texts)
    await first.says("/menu")
    await notices(house, teacher, first)
    assert "Враховано" in first.last
    assert len(second.texts) == before
    assert f"Під’єднано {other.capitalize()}." in "".join(first.texts)
    await first.forges(messengers.added(other))
    await first.presses(f"Вийти з {other.capitalize()}", "Так, вийти")
    await second.says("/menu")
    assert "Вхід за запрошенням" in second.last


@WAYS
async def test_at_night_too_the_first_messenger_is_told_at_once(house: House, one: str, other: str) -> None:
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    code = await code_for(first, other)
    await house.later(hours=14)
    assert f"Під’єднано {other.capitalize()}." not in "".join(first.texts)
    code = await code_for(first, other)
    second = await house.stranger(other, "Ігор").opens()
    await second.says(code)
    assert f"Під’єднано {other.capitalize()}." in first.last


@WAYS
async def test_blocked_in_the_one_that_speaks_the_other_speaks(house: House, one: str, other: str) -> None:
    """R28: what waits for the one that was left goes to the other, once."""
    teacher = await house.teacher(one)
    first, second = await on_both(house, one, other)
    await first.says("/menu")
    await first.presses("🤒 Не буде сьогодні", "Хвороба")
    await second.says("/help")
    await first.blocks()
    await teacher.says("/class")
    await teacher.presses("Враховано")
    await house.later(minutes=6)
    assert second.last.endswith("Враховано: класний керівник знає.")
    await second.says("/menu")
    await second.presses(*MESSENGERS)
    assert f"{one.capitalize()}: бота заблоковано" in second.last


@WAYS
async def test_a_block_that_only_the_delivery_shows(house: House, one: str, other: str) -> None:
    """The messenger refuses the letter; it goes to the other one, and the first is known to be left."""
    teacher = await house.teacher(one)
    first, second = await on_both(house, one, other)
    await second.says("/menu")
    await first.says("/menu")
    await first.presses("🤒 Не буде сьогодні", "Хвороба")
    await first.says("/help")
    if isinstance(first.phone, TelegramPhone):
        first.phone.deactivates()
    else:
        first.phone.user.subscribed = False
    await house.later(minutes=6)
    await teacher.says("/class")
    await teacher.presses("Враховано")
    await house.later(minutes=6)
    assert second.last.endswith("Враховано: класний керівник знає.")
    assert not (await house.chat(first)).reachable


@WAYS
async def test_a_link_for_ones_own_other_messenger_is_good_for_an_hour_and_once(
    house: House, one: str, other: str
) -> None:
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    code = await code_for(first, other)
    await house.later(minutes=61)
    late = await house.stranger(other).opens()
    await late.says(code)
    assert NOT_GOOD in late.last
    code = await code_for(first, other)
    again = await code_for(first, other)
    await late.says(code)
    assert NOT_GOOD in late.last, "a new code ends the one before"
    await late.says(again)
    assert "Оля Коваль" in late.last
    thief = await house.stranger(other).opens()
    await thief.says(again)
    assert NOT_GOOD in thief.last


@WAYS
async def test_a_chat_that_is_somebody_elses_cannot_be_linked(house: House, one: str, other: str) -> None:
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    anna = await house.guardian(other, "Анна", "Іван Бондар")
    far = await house.teacher(other, "Дальня", school="Гімназія №404")
    code = await code_for(first, other)
    await anna.says(code)
    assert "Ця розмова вже під’єднана: Анна." in anna.last
    await far.says(code)
    assert NOT_GOOD in far.last
    own = await house.stranger(one).opens()
    await own.says(code)
    assert "Це посилання для іншого месенджера." in own.last
    assert "Оля" not in "".join([*anna.texts, *far.texts, *own.texts])
    second = await house.stranger(other).opens()
    await second.says(code)
    assert "Оля Коваль" in second.last, "nobody has used it up"


@WAYS
async def test_leaving_one_messenger_and_never_the_last(house: House, one: str, other: str) -> None:
    first, second = await on_both(house, one, other)
    await first.says("/menu")
    await first.presses(*MESSENGERS, f"Вийти з {other.capitalize()}", "Так, вийти")
    assert f"✅ {other.capitalize()}: від’єднано." in first.last
    await second.says("/menu")
    assert "Вхід за запрошенням" in second.last
    assert "Оля" not in second.last
    await first.forges(messengers.leave(one))
    assert "єдиний месенджер" in first.last
    second, first = first, await on_again(house, first, other)
    await first.says("/menu")
    await first.presses(*MESSENGERS, f"Вийти з {other.capitalize()}", "Так, вийти")
    assert "Вхід за запрошенням" in first.last


async def on_again(house: House, first: Friend, other: str) -> Friend:
    second = await house.stranger(other, "Ігор").opens()
    await second.says(await code_for(first, other))
    return second


@BOTH
async def test_a_lost_phone(house: House, platform: str) -> None:
    """The class teacher makes a new code in two taps; the old phone shows nothing more and is a stranger's."""
    teacher = await house.teacher(platform)
    old = await house.guardian(platform, "Ігор", "Оля Коваль")
    await old.presses("🤒 Не буде сьогодні", "Хвороба")
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 1", "✅ Оля Коваль", "Ігор")
    await teacher.presses("Новий телефон чи номер", "Створити нове посилання")
    assert "нове посилання в повідомленні вище" in teacher.last
    to_forward = teacher.texts[-2]
    assert "Оля" not in to_forward
    found = CODE.search(to_forward)
    assert found
    new = await house.stranger(platform, "Ігор").opens()
    await new.says(found[0])
    assert "Оля Коваль, 3-Б" in new.last
    assert "хвороба" in new.last
    assert "Цей телефон більше не" in old.last or "не під" in old.last
    if platform == "telegram":
        assert "Оля" not in "".join(old.texts)
    await old.says("/menu")
    assert "Оля" not in old.last
    await teacher.says("/class")
    await teacher.presses("Враховано")
    await house.later(minutes=6)
    assert "Оля" not in old.last


@BOTH
async def test_a_lost_phone_shows_nothing_of_what_was_waited_for(house: House, platform: str) -> None:
    """What was asked for, and an invitation that was opened, go with the person and not with the phone."""
    teacher = await house.teacher(platform)
    old = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.invite(Role.GUARDIAN, "", child="Мар’яна Лис")
    link = await house.class_link()
    await house.joins(old, link)
    await old.says("Лис Мар'яна")
    await house.goes_on(old)
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "👥 Родини: хто з нами", "Усі: 2", "✅ Оля Коваль", "Ігор")
    await teacher.presses("Новий телефон чи номер", "Створити нове посилання")
    code = CODE.search(teacher.texts[-2])
    assert code
    await old.opens((await house.invite(Role.GUARDIAN, "", child="Яна Лис")).token)
    new = await house.stranger(platform, "Ігор").opens()
    await new.says(code[0])
    await old.says("/menu")
    assert "Лис" not in old.last
    assert set(old.labels) == {"⚙️ Мова"}, "nothing to take back, and nothing to take up"
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Чекають: 1", "Так: Ігор")
    await new.says("/menu")
    assert "Мар’яна Лис, 3-Б" in new.last
    await old.says("/menu")
    assert "Лис" not in old.last


@WAYS
async def test_a_messenger_that_is_left_waits_for_nothing(house: House, one: str, other: str) -> None:
    teacher = await house.teacher(one)
    first, second = await on_both(house, one, other)
    await house.invite(Role.GUARDIAN, "", child="Мар’яна Лис")
    await house.joins(second, await house.class_link())
    await second.says("Лис Мар'яна")
    await house.goes_on(second)
    await first.says("/menu")
    await first.presses(*MESSENGERS, f"Вийти з {other.capitalize()}", "Так, вийти")
    await second.says("/menu")
    assert "Лис" not in second.last
    anna = await house.invite(Role.GUARDIAN, "Анна", child="Іван Бондар")
    await house.joins(second, anna)
    await teacher.says("/menu")
    await teacher.presses("👥 3-Б: клас", "Чекають: 1", "Так: Ігор")
    await second.says("/menu")
    assert "Лис" not in second.last, "it was Ігор who asked, and not whoever has the phone now"
    await first.says("/menu")
    assert "Мар’яна Лис, 3-Б" in first.last


@BOTH
async def test_a_teachers_code_for_a_guardian_is_no_way_to_a_colleagues_roles(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    person = (await house.chat(ihor)).person_id
    assert person is not None
    await teacher.forges(messengers.renew(person, 1))
    found = CODE.search(teacher.texts[-2])
    assert found
    await house.joins(ihor, await house.invite(Role.ADMINISTRATOR, "Ігор"))
    thief = await house.stranger(platform).opens()
    await thief.says(found[0])
    assert NOT_GOOD in thief.last
    await ihor.says("/menu")
    assert "🏫 Школа" in ihor.labels


@BOTH
async def test_a_colleagues_new_phone_is_the_administrators_affair(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    colleague = await house.teacher(platform, "Ірина Львівна", "4-А")
    await house.joins(colleague, await house.invite(Role.GUARDIAN, "Ірина Львівна", child="Оля Коваль"))
    head = await house.administrator(platform)
    person = (await house.chat(colleague)).person_id
    assert person is not None
    await teacher.forges(messengers.lost(person, 1))
    assert "нове посилання робить адміністратор" in teacher.last
    await teacher.forges(messengers.renew(person, 1))
    assert "нове посилання робить адміністратор" in teacher.last
    assert not CODE.search(teacher.last)
    await head.forges(staff.person(person))
    await head.presses("Новий телефон чи номер", "Створити нове посилання")
    found = CODE.search(head.texts[-2])
    assert found
    new = await house.stranger(platform, "Ірина Львівна").opens()
    await new.says(found[0])
    assert "4-А" in new.last
    await colleague.says("/menu")
    assert "4-А" not in colleague.last


# The page that opens the messenger


async def opened(house: House, path: str, language: str = "") -> tuple[int, dict[str, str], str]:
    headers = {"Accept-Language": language}
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{house.app.port}{path}", headers=headers) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize(
    ("accepts", "says"),
    [
        ("uk-UA,uk;q=0.9", "Відкрити Viber"),
        ("fr, ru;q=0.8", "Открыть Viber"),
        ("en-GB", "Open Viber"),
        ("", "Відкрити Viber"),
        ("," * 4000, "Відкрити Viber"),
    ],
)
async def test_the_page_opens_viber_and_shows_the_code(house: House, accepts: str, says: str) -> None:
    token = "A" * 22
    status, headers, page = await opened(house, f"/open/{token}", accepts)
    assert status == 200
    assert says in page
    assert code_of(token) in page
    assert 'href="viber://pa?' in page
    assert "<script" not in page
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("path", ["/open/short", "/open/" + "%3Cb%3E" * 4, "/open/" + "A" * 23])
async def test_what_is_no_invitation_has_no_page(house: House, path: str) -> None:
    status, _headers, page = await opened(house, path)
    assert (status, page) == (404, "")


async def test_the_links_that_the_page_opens_are_those_of_the_invitation(house: House) -> None:
    issued: Issued = await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")
    _status, _headers, page = await opened(house, f"/open/{issued.token}")
    assert issued.code in page
