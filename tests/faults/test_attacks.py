"""What an attacker, or bad luck of the same shape, tried: each was a defect once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.core.errors import Sorry
from bot.core.flows import Flow, Link
from bot.core.screens import Screen
from bot.core.turn import Turn
from models.chat import Parked
from models.database import Database, Db
from models.people import Guardian, Person, Role, Staff
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
STRANGERS = 6
SLOWED = "Код кілька разів не підійшов."
_third_of_a_second = timedelta(milliseconds=334)


@BOTH
async def test_noticed_though_who_told_it_is_no_guardian_any_more(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    sofia = await house.guardian(platform, "Софія", "Марко Лис")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    await sofia.presses("🤒 Не буде сьогодні", "Хвороба")
    await house.later(minutes=6)
    person = (await house.chat(ihor)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))
    before = list(ihor.texts)
    await teacher.presses("Враховано")
    await house.later(minutes=6)
    assert [noticed for *_rest, noticed, _withdrawn in await house.absences()] == [True, True]
    assert "Враховано" not in teacher.labels
    assert "Враховано: " in sofia.last
    assert ihor.texts == before
    assert await house.wrongs() == []


@BOTH
async def test_a_refusal_that_leads_to_a_broken_step_is_parked_and_answered(
    house: House, platform: str
) -> None:
    poison = Flow("poison")

    @poison.ask
    async def broken(turn: Turn) -> Screen:
        """A step with a mistake."""
        raise ValueError

    @poison.do
    async def refuses(turn: Turn) -> Link:
        """Refuses, and sends on to the broken one."""
        raise Sorry("Ні.", broken())

    house.app.book.steps.update(poison.steps)
    friend = await house.guardian(platform, "Ігор", "Оля Коваль")
    await friend.forges(refuses())
    assert "Щось у нас не спрацювало" in friend.last
    assert len(await house.facts(lambda db: db.all(select(Parked.key)))) == 1
    assert not house.viber.callbacks.failures
    await friend.says("/menu")
    assert "Оля Коваль, 3-Б" in friend.last


async def test_strangers_who_flood_hold_up_nobodys_card(tmp_path: Path) -> None:
    house = await House(tmp_path, overrides={"per_second": 30}).open()
    try:
        teacher = await house.teacher("telegram")
        ihor = await house.guardian("viber", "Ігор", "Оля Коваль")
        for _stranger in range(STRANGERS):
            stranger = house.stranger("telegram")
            for number in range(40):
                await stranger.phone.says(f"повінь {number}")
        await house.telegram.until_delivered()
        await ihor.phone.presses("🤒 Не буде сьогодні")
        await ihor.phone.changes.until(lambda: "Хвороба" in ihor.labels)
        await ihor.phone.presses("Хвороба")
        await teacher.phone.changes.until(lambda: "Оля Коваль" in teacher.last, 5, "the card")
    finally:
        await house.close()


async def test_nobody_can_be_made_to_queue_more_than_their_messenger_lets_through(tmp_path: Path) -> None:
    house = await House(tmp_path, overrides={"per_second": 30}).open()
    try:
        stranger = house.stranger("telegram")
        for number in range(180):  # for a minute, three a second
            await stranger.phone.says(f"повінь {number}")
            await house.telegram.until_delivered()
            house.clock.wind(_third_of_a_second)
        held = house.app.senders["telegram"].in_hand
        assert held <= 60
    finally:
        await house.close()


async def test_a_welcome_brought_again_disturbs_nobody_who_went_on(house: House) -> None:
    invitation = await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")
    await house.stranger("viber").opens(invitation.token)
    assert house.viber.callbacks.last is not None
    again = await house.viber.callbacks.post(house.viber.callbacks.last)
    assert "Приєднатися" in again[1].decode()  # the first answer may have been lost on its way
    friend = house.stranger("viber")
    await friend.opens(invitation.token)
    opened = house.viber.callbacks.last
    await house.goes_on(friend)
    await friend.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    before = await house.chat(friend)
    assert (await house.viber.callbacks.post(opened)) == (200, b"")
    after = await house.chat(friend)
    assert (after.rest, after.hears, after.screen_id, after.invited) == (
        before.rest,
        before.hears,
        before.screen_id,
        None,
    )
    await friend.says("гарячка")
    assert "«гарячка»" in friend.last


@BOTH
async def test_who_is_nobody_any_more_stands_before_the_wall_in_the_midst_of_typing(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await house.app.database.write(lambda db: db.run(delete(Person)))
    await ihor.says((await house.invite(Role.GUARDIAN, "Ігор", child="Марко Лис")).code)
    await house.goes_on(ihor)
    assert "Вітаємо! Ігор: Марко Лис, 3-Б." in ihor.last
    assert "Оля" not in ihor.last


async def _opens_link(friend: Friend, payload: str) -> None:
    await friend.opens(payload)
    if "Приєднатися" in friend.labels:
        await friend.presses("Приєднатися")


async def test_a_pool_of_connections_that_is_used_up_is_waited_for(database: Database) -> None:
    """Else the sender's loop would end by it, and every letter wait for the next start."""
    tries = 0

    async def read(_db: Db) -> int:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise PoolTimeout
        return tries

    assert await database.read(read) == 2


# Confirmed: these held


async def test_a_context_is_no_more_than_a_link(house: House) -> None:
    """T21: nothing is shown for it, nothing is joined by it, and what was used up stays so."""
    invitation = await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")
    first = house.stranger("viber")
    await first.opens(invitation.token)
    assert "Оля" not in first.last
    await house.goes_on(first)
    thief = house.stranger("viber")
    await thief.opens(invitation.token)
    assert thief.last == first.texts[0]
    await thief.presses("Приєднатися")
    assert "Це запрошення не діє." in thief.last
    assert "Оля" not in "".join(thief.texts)
    assert (await house.chat(thief)).person_id is None


async def test_nobody_becomes_a_teacher_by_forwarding(house: House) -> None:
    """T20: what is forwarded from a teacher, a code or a command in it, gives no rights. (Viber tells no forwards.)"""
    await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    invitation = await house.invite(Role.CLASS_TEACHER, "Олена Петрівна")
    for friend in (house.stranger("telegram"), ihor):
        for text in (invitation.code, f"/start {invitation.token}", "/class", "#1.0", "Враховано"):
            await friend.sends("forward", text)
            assert "переслан" in friend.last.lower()
    assert (await house.facts(lambda db: db.first(select(func.count()).select_from(Staff))))[0] == 1
    assert (await house.facts(lambda db: db.first(select(func.count()).select_from(Person))))[0] == 2


@BOTH
async def test_the_sixth_try_is_refused_by_whatever_way_it_comes(house: House, platform: str) -> None:
    """T2: links, typed codes and both in turn are counted together."""
    friend = await house.stranger(platform).opens()
    for number in range(5):
        if number % 2:
            await _opens_link(friend, f"wrong-token-number-{number:03}")
        else:
            await friend.says("ACDE-FHJK-LMNP")
        assert "Це запрошення не діє." in friend.last
    invitation = await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")
    await friend.says(invitation.code)
    assert SLOWED in friend.last
    await _opens_link(friend, invitation.token)
    assert SLOWED in friend.last
