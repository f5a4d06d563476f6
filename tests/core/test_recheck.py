"""What waits for somebody for whom it is no longer: cards, screens, letters in the outbox and in the sender's hands."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Delete, Update, delete, func, select, update

from bot.core.events import Event, Pressed
from bot.core.outbox import Delivered, Parcel
from bot.core.turn import Turn
from handlers import absence
from handlers.rights import recheck
from models.absence import Reason
from models.database import Db
from models.letter import Card, Letter, State
from models.people import Guardian, Staff
from tests.core.test_sender import Office, office
from tests.databases import both_databases
from tests.house import Friend, House

__all__ = ["office"]
BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def take(
    house: House, whom: Friend, change: Update | Delete, *, settled: bool = True, person: int | None = None
) -> None:
    """Change somebody's rights as a step would, in one transaction with the recheck."""
    person = person or (await house.chat(whom)).person_id
    assert person is not None

    async def work(turn: Turn) -> None:
        await turn.db.run(change)
        await recheck(turn, [person])

    await house.app.turns.unasked(work)
    house.app.wake()
    if settled:
        await house.settled()


async def no_class(house: House, teacher: Friend) -> None:
    person = (await house.chat(teacher)).person_id
    await take(house, teacher, delete(Staff).where(Staff.person_id == person))


async def no_child(house: House, guardian: Friend) -> None:
    person = (await house.chat(guardian)).person_id
    await take(house, guardian, delete(Guardian).where(Guardian.person_id == person))


async def waiting(house: House, whom: Friend) -> int:
    chat = (await house.chat(whom)).id
    asked = select(func.count()).where(Letter.chat_id == chat, Letter.state == State.QUEUED)
    return int((await house.facts(lambda db: db.first(asked)))[0])


async def cards(house: House, whom: Friend) -> int:
    chat = (await house.chat(whom)).id
    asked = select(func.count()).select_from(Card).where(Card.chat_id == chat)
    return int((await house.facts(lambda db: db.first(asked)))[0])


async def test_on_telegram_a_card_is_taken_away_and_the_screen_becomes_home(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await teacher.says("/class")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "".join(teacher.texts).count("Оля Коваль") == 1
    sent = len(house.telegram.accepted("sendMessage"))
    await no_class(house, teacher)
    assert "Оля" not in "".join(teacher.texts)
    assert "3-Б" not in teacher.last
    assert len(house.telegram.accepted("sendMessage")) == sent, "nothing is sent, only changed"
    assert await cards(house, teacher) == 0
    assert (await house.chat(teacher)).rest == ["home.show"]


async def test_a_card_too_old_to_be_deleted_is_made_empty(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "Оля Коваль" in teacher.last
    await house.later(days=3)
    await no_class(house, teacher)
    assert "Оля" not in "".join(teacher.texts)


async def test_on_viber_nothing_is_sent_and_old_buttons_lead_nowhere(house: House) -> None:
    teacher = await house.teacher("viber")
    ihor = await house.guardian("viber", "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    old = next(key.payload for key in teacher.keys if key.label == "Враховано")
    before = len(teacher.texts)
    await no_class(house, teacher)
    assert len(teacher.texts) == before
    assert (await house.chat(teacher)).rest == ["home.show"]
    await teacher.presses_raw(old)
    assert "Оля" not in teacher.last
    assert "Враховано: класний керівник знає." not in ihor.last
    await house.later(minutes=30)
    assert len(teacher.texts) == before + 1


@BOTH
async def test_a_card_that_waits_for_the_morning_is_not_sent(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("Інша дата", "Завтра", "Хвороба")
    await house.later(hours=20)  # a little after 4
    await ihor.says("/menu")
    await ihor.presses("Записи про відсутність", "Сьогодні · Оля Коваль", "Додати кілька слів")
    await ihor.says("Буде на третій урок")
    assert await waiting(house, teacher) == 1
    before = teacher.texts
    await no_class(house, teacher)
    assert await waiting(house, teacher) == 0
    await house.later(hours=4)
    assert len(teacher.texts) == len(before)
    assert "Оля" not in "".join(teacher.texts)


@BOTH
async def test_a_guardian_who_is_none_any_more_rests_at_home(house: House, platform: str) -> None:
    await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await no_child(house, ihor)
    chat = await house.chat(ihor)
    assert (chat.rest, chat.hears) == (["home.show"], None)
    await ihor.says("Вона спить")
    assert "Оля" not in ihor.last
    assert (await house.absences())[0][4] is None


async def test_buttons_of_a_right_vanish_in_the_screen_that_stands(house: House) -> None:
    await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    old = next(key.payload for key in ihor.keys if key.label == "Змінити причину")
    await take(house, ihor, update(Guardian).values(reports=False))
    assert "✅ Записано" in ihor.last
    assert "Змінити причину" not in ihor.labels
    await ihor.presses_raw(old)
    assert "Яка причина?" not in ihor.last


async def test_a_refusal_is_not_told_to_whom_it_is_no_longer_for(house: House) -> None:
    """The step refuses and names the child; before that is said, the link ends: it is not said then."""
    await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    day = house.begins.date()
    letter = await house.plant(ihor, [absence.save((1,), day, day, Reason.ILLNESS).packed()])
    now, before = house.clock.now(), len(ihor.texts)
    pressed = Event("again", "telegram", ihor.phone.address, now, Pressed(letter, 0))
    ends = delete(Guardian)
    # The database does one thing after the other: the refusal is found, the link ends, the refusal is said.
    await asyncio.gather(house.app.handle(pressed), take(house, ihor, ends, settled=False, person=2))
    await house.settled()
    said = "".join(ihor.texts[before:])
    assert "Це вже недоступно." in said
    assert "Оля" not in said


async def test_a_menu_follows_the_roles(house: House) -> None:
    teacher = await house.teacher("telegram")
    await no_class(house, teacher)
    menus = [call for call in house.telegram.accepted("setMyCommands") if "chat_id" in str(call.params)]
    assert "class" not in [command["command"] for command in menus[-1].params["commands"]]


@both_databases
async def test_what_a_sender_has_in_hand_is_looked_at_once_more(office: Office) -> None:
    """Letters in hand are taken back by a turn: none goes after its commit, however it falls between them."""
    committed = asyncio.Event()
    late: list[int] = []

    async def slowly(parcel: Parcel) -> Delivered:
        if committed.is_set():
            late.append(parcel.id)
        await asyncio.sleep(0.002)
        return Delivered(str(parcel.id))

    office.post.answer = slowly
    letters = await office.letters(120)
    office.sender.start()
    await office.post.until(lambda: len(office.post.calls) > 20)

    async def take_back(db: Db) -> None:
        await db.run(update(Letter).where(Letter.state == State.QUEUED).values(state=State.REPLACED))
        office.doubt.begin("t")

    try:
        await office.database.write(take_back)
        committed.set()
    finally:
        office.doubt.end("t")
    await office.idle()
    assert late == []
    states = [(await office.fate(letter))["state"] for letter in letters]
    assert set(states) == {State.SENT, State.REPLACED}
    assert len(office.post.calls) == states.count(State.SENT)
