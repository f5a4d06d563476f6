"""On Viber an announcement goes to very many with one call, and is yet everybody's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest
from sqlalchemy import Row, delete, insert, select

from bot.core.events import Fate, Receipt
from models.chat import Chat
from models.database import Db
from models.letter import Letter, State
from models.people import Child, Guardian, Person
from models.school import class_named
from sandbox.wire import Call
from tests.core.test_recheck import take
from tests.house import Friend, House
from tests.stories.announced import sees_who_has_it

TEXT = "Завтра екскурсія до музею. Збір о 9:00 біля школи."


async def families(house: House, *languages: str) -> list[Friend]:
    """A guardian on Viber for each of these languages, each of one child of 3-Б."""
    friends = [
        house.stranger("viber", f"Родина{place}", language) for place, language in enumerate(languages)
    ]

    async def write(db: Db) -> None:
        of_class = await class_named(db, 1, "3-Б")
        for friend in friends:
            named = {"school_id": 1, "name": f"Дитина {friend.phone.name}"}
            child = (await db.new(insert(Child).returning(Child.id), {**named, "class_id": of_class}))[0]
            person = (await db.new(insert(Person).returning(Person.id), named))[0]
            await db.run(insert(Guardian), {"school_id": 1, "person_id": person, "child_id": child})
            chat = {"address": friend.phone.address, "person_id": person, "language": friend.phone.language}
            await db.run(insert(Chat), {"platform": "viber", "reachable": True, **chat})

    await house.app.database.write(write)
    for friend in friends:
        house.viber.people[friend.phone.address].user.subscribed = True
    return friends


async def announced(house: House, teacher: Friend, many: int, *, sent: bool = True) -> None:
    """The teacher announces TEXT to so many, and asks who has read it."""
    await teacher.says(TEXT)
    await teacher.presses("📣 Оголосити", "Відповідь", "«Прочитано»")
    await teacher.presses("Переглянути й надіслати", f"Надіслати: {many}")
    house.viber.journal.clear()
    if sent:
        await house.later(seconds=11)


def calls(house: House, method: str) -> list[Call]:
    return [call for call in house.viber.journal if call.method == method]


async def letters(house: House) -> dict[str, Row[State, str | None, bool, str | None]]:
    """State, message, whether it was delivered, and trouble of each letter with the announcement, by its address."""
    ask = (
        select(Chat.address, Letter.state, Letter.message, Letter.seen_at.is_not(None), Letter.trouble)
        .join(Chat, Chat.id == Letter.chat_id)
        .where(Letter.about.is_not(None))
    )
    return {row[0]: row[1:] for row in await house.facts(lambda db: db.all(ask))}


async def test_forty_families_in_two_languages_have_it_in_two_calls(house: House) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk", "ru"] * 20)
    await announced(house, teacher, 40)
    assert [len(call.params["broadcast_list"]) for call in calls(house, "broadcast_message")] == [20, 20]
    assert calls(house, "send_message") == []
    assert all(friend.last.count(TEXT) == 1 for friend in them)
    for friend in them:
        await friend.presses("Прочитано")
        assert friend.last.count("✅") == 1
    await sees_who_has_it(teacher)
    assert "Підтверджено: 40" in teacher.last


async def test_whom_it_does_not_reach_is_named_and_not_called_again(house: House) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 6)
    away = them[:3]
    for friend in away[:2]:
        house.viber.people[friend.phone.address].user.subscribed = False
    del house.viber.people[away[2].phone.address]
    await announced(house, teacher, 6)
    assert len(calls(house, "broadcast_message")) == 1
    assert calls(house, "send_message") == []
    found = await letters(house)
    assert [found[friend.phone.address][0] for friend in them] == [State.GONE] * 3 + [State.SENT] * 3
    assert [(await house.chat(friend)).reachable for friend in them] == [False] * 3 + [True] * 3
    assert found[away[2].phone.address][3] == "5 receiverNotRegistered"


@pytest.mark.parametrize("status", [19, 20])
async def test_where_broadcasts_are_not_opened_each_has_a_message_of_their_own(
    house: House, status: Literal[19, 20]
) -> None:
    house.viber.broadcast_allowed, house.viber.broadcast_refusal = False, status
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 12)
    await announced(house, teacher, 12)
    assert len(calls(house, "broadcast_message")) == 1
    assert len(calls(house, "send_message")) == 12
    await announced(house, teacher, 12)
    assert calls(house, "broadcast_message") == [], "it is remembered"
    assert all("".join(friend.texts).count(TEXT) == 2 for friend in them)
    assert all("↻" not in friend.last for friend in them)
    house.viber.broadcast_allowed = True
    house.clock.wind(timedelta(hours=1))
    await announced(house, teacher, 12)
    assert len(calls(house, "broadcast_message")) == 1, "an hour later it is asked once more"
    assert calls(house, "send_message") == []
    await them[5].presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in them[5].last


async def test_what_one_has_seen_the_others_have_not(house: House) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 4)
    house.viber.people[them[2].phone.address].offline = True  # what has arrived does not fail any more
    await announced(house, teacher, 4)
    await house.viber.people[them[1].phone.address].looks()
    await house.settled()
    found = await letters(house)
    assert len({message for _state, message, _seen, _trouble in found.values()}) == 1
    assert [found[friend.phone.address][2] for friend in them] == [False, True, False, False]
    message = found[them[2].phone.address][1]
    assert message
    for _time in range(2):
        failed = Receipt("viber", message, them[2].phone.address, Fate.FAILED, house.clock.now(), "keyboard")
        await house.app.receive(failed)
    states = [(await letters(house))[friend.phone.address][0] for friend in them]
    assert states == [State.SENT, State.SENT, State.REFUSED, State.SENT]
    await house.app.database.write(lambda db: db.run(delete(Letter).where(Letter.state == State.REFUSED)))


async def test_whose_right_was_taken_meanwhile_is_not_among_them(house: House) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 4)
    await announced(house, teacher, 4, sent=False)
    person = (await house.chat(them[2])).person_id
    await take(house, them[2], delete(Guardian).where(Guardian.person_id == person))
    await house.later(seconds=11)
    [call] = calls(house, "broadcast_message")
    assert sorted(call.params["broadcast_list"]) == sorted(
        friend.phone.address for friend in them if friend is not them[2]
    )
    assert TEXT not in them[2].last


async def test_an_answer_that_never_came_leaves_all_of_them_unsure(house: House) -> None:
    house.viber.faults.only = frozenset({"broadcast_message"})
    house.viber.faults.queue = ["reset_after"]
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 3)
    await announced(house, teacher, 3)
    assert len(calls(house, "broadcast_message")) == 1
    assert len(calls(house, "send_message")) == 3
    for friend in them:
        first, second = friend.texts
        assert second == f"↻ {first}"
    old = calls(house, "broadcast_message")[0].params["keyboard"]["Buttons"][0]["ActionBody"]
    await them[2].presses_raw(old)
    assert "✅ Підтверджено: прочитано." in them[2].last, "the copy's buttons are theirs as well"
    stranger = house.stranger("viber")
    await stranger.presses_raw(old)
    assert TEXT not in stranger.last


async def test_a_family_of_two_children_reads_their_names_and_nobody_elses(house: House) -> None:
    teacher = await house.teacher("telegram")
    them = await families(house, *["uk"] * 3)
    both = await house.guardian("viber", "Ірина", "Тарас Бондар", "Ганна Бондар")
    await announced(house, teacher, 4)
    [call] = calls(house, "broadcast_message")
    assert len(call.params["broadcast_list"]) == 3
    assert [one.params["receiver"] for one in calls(house, "send_message")] == [both.phone.address]
    assert "Ганна Бондар" in both.last
    assert all("Бондар" not in friend.last for friend in them)
