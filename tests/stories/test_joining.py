"""Joining: by the link, by the code, once, in time; and what a stranger can do, which is nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from handlers import absence, class_day, families, home, told
from handlers.wording import relation_in
from models.audit import Audit, Deed
from models.invite import Invite, Issued, Offer, hash_of, issue, tidy
from models.people import Guardian, Person, Relation, Role
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
WELCOME = "Вітаємо! Ігор: Оля Коваль, 3-Б."
NOT_GOOD = "Це запрошення не діє."
SLOWED = "Код кілька разів не підійшов. Спробуйте через десять хвилин."
WRONG = "ACDE-FHJK-LMNP"
CYRILLIC = str.maketrans("ACEHKMPTXY", "АСЕНКМРТХУ")


async def invited(house: House) -> Issued:
    return await house.invite(Role.GUARDIAN, "Ігор", child="Оля Коваль")


async def people(house: House) -> int:
    count: int = (await house.facts(lambda db: db.first(select(func.count()).select_from(Person))))[0]
    return count


async def test_a_link_on_telegram_shows_at_once_who_invites_to_what(house: House) -> None:
    friend = await house.stranger("telegram").opens((await invited(house)).token)
    assert "Ліцей №7" in friend.last
    assert "Запрошення: Оля Коваль, 3-Б." in friend.last
    assert await people(house) == 0
    await friend.presses("Даю згоду", "Тато")
    assert WELCOME in friend.last
    assert "Сьогодні: у школі" in friend.last


async def test_a_link_on_viber_is_answered_at_once_and_shows_nothing_before_a_tap(house: House) -> None:
    friend = house.stranger("viber")
    await friend.opens((await invited(house)).token)
    assert "Лишилося натиснути кнопку" in friend.last
    assert friend.labels == ["Приєднатися", "⚙️ Мова"]
    assert [call.method for call in house.viber.accepted()] == ["welcome"]
    assert "Ліцей" not in friend.last
    await friend.presses("Приєднатися")
    assert "Запрошення: Оля Коваль, 3-Б." in friend.last
    assert await people(house) == 0
    await friend.presses("Даю згоду", "Мама")
    assert WELCOME in friend.last


@BOTH
async def test_the_language_can_be_chosen_before_joining(house: House, platform: str) -> None:
    friend = house.stranger(platform)
    await friend.opens((await invited(house)).token)
    await friend.presses("⚙️ Мова", "English", "Join")
    assert "Invitation: Оля Коваль, 3-Б." in friend.last
    await friend.presses("I agree", "Grandmother")
    assert "Today: at school" in friend.last
    kept = await house.facts(lambda db: db.all(select(Guardian.relation)))
    assert [relation for (relation,) in kept] == [Relation.GRANDMOTHER]


@BOTH
@pytest.mark.parametrize("form", ["as printed", "small with spaces", "bare", "Cyrillic", "with a stop"])
async def test_a_typed_code_in_many_forms(house: House, platform: str, form: str) -> None:
    code = (await invited(house)).code
    typed = {
        "as printed": code,
        "small with spaces": f"  {code.lower().replace('-', ' ')} ",
        "bare": code.replace("-", ""),
        "Cyrillic": code.translate(CYRILLIC).lower(),
        "with a stop": f"{code}.",
    }[form]
    friend = await house.stranger(platform).opens()
    await friend.says(typed)
    await house.goes_on(friend)
    assert WELCOME in friend.last


@BOTH
async def test_a_code_may_be_the_very_first_thing_said(house: House, platform: str) -> None:
    friend = house.stranger(platform)
    await friend.says((await invited(house)).code)
    await house.goes_on(friend)
    assert WELCOME in friend.last


@BOTH
async def test_a_code_is_heard_from_the_language_screen_too(house: House, platform: str) -> None:
    friend = await house.stranger(platform).opens()
    await friend.presses("⚙️ Мова")
    await friend.says((await invited(house)).code)
    await house.goes_on(friend)
    assert WELCOME in friend.last


@BOTH
async def test_an_invitation_is_good_once(house: House, platform: str) -> None:
    invitation = await invited(house)
    await house.joins(house.stranger(platform), invitation)
    for other in ("telegram", "viber"):
        thief = house.stranger(other)
        await house.joins(thief, invitation)
        assert NOT_GOOD in thief.last
        await thief.says(invitation.code)
        assert NOT_GOOD in thief.last
        assert "Оля" not in "".join(thief.texts)
    assert await people(house) == 1


@BOTH
async def test_an_invitation_ends_after_a_fortnight(house: House, platform: str) -> None:
    first, second = await invited(house), await invited(house)
    await house.later(days=13, hours=23)
    friend = house.stranger(platform)
    await house.joins(friend, first)
    assert WELCOME in friend.last
    await house.later(hours=2)
    late = house.stranger(platform)
    await house.joins(late, second)
    assert NOT_GOOD in late.last
    assert await people(house) == 1


@BOTH
async def test_five_wrong_codes_slow_down_even_the_right_one(house: House, platform: str) -> None:
    invitation = await invited(house)
    friend = await house.stranger(platform).opens()
    for _try in range(5):
        await friend.says(WRONG)
        assert NOT_GOOD in friend.last
    await friend.says(invitation.code)
    assert SLOWED in friend.last
    await house.joins(friend, invitation)
    assert SLOWED in friend.last
    await house.later(minutes=9)
    await friend.says(invitation.code)
    assert SLOWED in friend.last
    await house.later(minutes=2)
    await friend.says(invitation.code)
    await house.goes_on(friend)
    assert WELCOME in friend.last


@BOTH
async def test_who_writes_where_a_button_is_wanted_stays_there(house: House, platform: str) -> None:
    friend = house.stranger(platform)
    await friend.opens((await invited(house)).token)
    if platform == "viber":
        await friend.presses("Приєднатися")
    await friend.says("Добрий день")
    assert "нікому не передано: скористайтеся, будь ласка, кнопками" in friend.last
    assert "Запрошення: Оля Коваль, 3-Б." in friend.last
    await friend.presses("Даю згоду")
    await friend.says("мама і тато")
    assert "Натисніть, будь ласка, ким ви доводитеся дитині." in friend.last
    assert "Тато" in friend.labels
    await friend.says("Я мама.")
    assert WELCOME in friend.last
    kept = await house.facts(lambda db: db.all(select(Guardian.relation)))
    assert [relation for (relation,) in kept] == [Relation.MOTHER]


@pytest.mark.parametrize(
    ("typed", "relation"),
    [
        ("Тато", Relation.FATHER),
        ("мамочка Захара", Relation.MOTHER),
        ("grandma", Relation.GRANDMOTHER),
        ("ДЕДУШКА", Relation.GRANDFATHER),
        ("опікун", Relation.OTHER),
        ("мама, папа", None),
        ("вчителька", None),
    ],
)
def test_who_somebody_says_they_are(typed: str, relation: Relation | None) -> None:
    assert relation_in(typed) is relation


@BOTH
@pytest.mark.parametrize("wrong", ["ACDE-FHJK-LMN0", "ACDE FHJK LMNB", "ACDEFHJKLMNP"])
async def test_a_code_with_a_wrong_sign_is_to_be_checked(house: House, platform: str, wrong: str) -> None:
    friend = await house.stranger(platform).opens()
    await friend.says(wrong)
    assert "Перевірте, будь ласка, літери коду" in friend.last


@BOTH
async def test_start_is_no_word_to_be_taught_about(house: House, platform: str) -> None:
    friend = await house.stranger(platform).opens()
    for said in ("/start", "/nothing"):
        await friend.says(said)
        assert "Вхід за запрошенням" in friend.last
        assert "своїми словами" not in friend.last


@BOTH
async def test_what_is_no_code_is_not_counted(house: House, platform: str) -> None:
    friend = await house.stranger(platform).opens()
    for _try in range(8):
        await friend.says("Добрий день")
        assert "Це не схоже на код запрошення" in friend.last
    await friend.says((await invited(house)).code)
    await house.goes_on(friend)
    assert WELCOME in friend.last


@BOTH
async def test_a_stranger_can_do_nothing_else(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    stranger = await house.stranger(platform).opens()
    for said in ("/menu", "/help", "/absent", "/class", "/start"):
        await stranger.says(said)
        assert "Вхід за запрошенням" in stranger.last
    for link in (home.show(), absence.who(), absence.when((1,)), told.show((1,)), class_day.today()):
        await stranger.forges(link)
        assert "Вхід за запрошенням" in stranger.last
        await house.later(seconds=3)
    for payload in ("#1.0", "#2.0", "#3.1"):
        await stranger.presses_raw(payload)
        assert "Вхід за запрошенням" in stranger.last
    seen = "".join(stranger.texts)
    assert not [word for word in ("Оля", "Ігор", "Олена", "3-Б", "Ліцей") if word in seen]
    assert teacher.last.count("Оля") == 1


@BOTH
@pytest.mark.parametrize("by", ["link", "code"])
async def test_a_second_childs_invitation_to_the_same_person(house: House, platform: str, by: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    second = await house.invite(Role.GUARDIAN, "Ігор", "4-А", "Іван Коваль")
    if by == "link":
        await house.joins(ihor, second)
    else:
        await ihor.says(second.code)
        await house.goes_on(ihor)
    assert "Вітаємо! Ігор: Іван Коваль, 4-А." in ihor.last
    assert "Оля Коваль, 3-Б" in ihor.last
    assert await people(house) == 1


@BOTH
async def test_two_invitations_of_one_child_to_one_person_are_one_child(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Оля Коваль")
    assert "Це вже під’єднано: Оля Коваль, 3-Б." in ihor.last
    guards = await house.facts(lambda db: db.all(select(Guardian.person_id, Guardian.child_id)))
    assert len(guards) == 1
    assert ihor.last.count("Сьогодні: у школі") == 1


@pytest.mark.parametrize(("one", "other"), [("telegram", "viber"), ("viber", "telegram")])
async def test_the_other_messenger_with_an_invitation_of_its_own(house: House, one: str, other: str) -> None:
    await house.teacher(one)
    first = await house.guardian(one, "Ігор", "Оля Коваль")
    second = await house.guardian(other, "Ігор", "Оля Коваль")
    await first.presses("🤒 Не буде сьогодні", "Хвороба")
    await second.says("/menu")
    assert "🤒 Сьогодні: не буде в школі (причина: хвороба)" in second.last


@BOTH
async def test_an_invitation_of_another_school_does_not_work_for_who_has_one(
    house: House, platform: str
) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.joins(ihor, await house.invite(Role.GUARDIAN, "Ігор", "1-А", "Яна", school="Гімназія №1"))
    assert NOT_GOOD in ihor.last
    assert "Цей чат належить до школи: Ліцей №7." in ihor.last
    assert "Яна" not in ihor.last
    other = house.stranger("viber" if platform == "telegram" else "telegram", "Ігор")
    await house.joins(other, await house.invite(Role.GUARDIAN, "Ігор", "1-А", "Яна", school="Гімназія №1"))
    assert "Яна, 1-А" in other.last


@BOTH
async def test_who_was_parted_from_their_child_comes_in_by_a_new_letter(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    person = (await house.chat(ihor)).person_id
    assert person is not None
    await teacher.forges(families.surely_end(1, person))
    await teacher.presses("Так, від’єднати")
    await ihor.says("/menu")
    assert "Доступ змінено." in ihor.last
    assert "Оля" not in ihor.last
    await house.joins(ihor, await invited(house))
    assert "Оля Коваль, 3-Б" in ihor.last
    assert await people(house) == 2


async def of_person(house: House, friend: Friend, *, replaces: bool) -> Issued:
    """A code that makes a chat one of this person's."""
    person = (await house.chat(friend)).person_id
    offer = Offer(1, Role.GUARDIAN, person_id=person, replaces=replaces)
    return await house.app.database.write(lambda db: issue(db, offer, house.clock.now()))


@pytest.mark.parametrize(("one", "other"), [("telegram", "viber"), ("viber", "telegram")])
async def test_one_person_on_two_messengers(house: House, one: str, other: str) -> None:
    ihor = await house.guardian(one, "Ігор", "Оля Коваль")
    second = house.stranger(other, "Ігор")
    await house.joins(second, await of_person(house, ihor, replaces=False))
    assert "Ігор: цей месенджер під’єднано." in second.last
    assert "Оля Коваль, 3-Б" in second.last
    assert await people(house) == 1
    await ihor.says("/menu")
    assert "Оля Коваль, 3-Б" in ihor.last


@BOTH
async def test_a_new_phone_takes_over_and_the_old_one_stops(house: House, platform: str) -> None:
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні")
    fresh = house.stranger(platform, "Ігор")
    code = await of_person(house, ihor, replaces=True)
    await house.joins(fresh, code)
    assert "Оля Коваль, 3-Б" in fresh.last
    assert "Цей телефон більше не під’єднано" in ihor.last
    for said in ("/menu", "/absent"):
        await ihor.says(said)
        assert "Оля" not in ihor.last
    await ihor.says(code.code)
    assert NOT_GOOD in ihor.last
    deeds = await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id.desc()).limit(1)))
    assert [deed for (deed,) in deeds] == [Deed.MESSENGER_MOVED]
    assert (await house.chat(ihor)).person_id is None


async def test_what_ended_whatever_way_is_answered_alike(house: House) -> None:
    """Used up, expired, taken back, of another school, or never there: 0 join, and one sentence."""
    used, taken_back, late = await invited(house), await invited(house), await invited(house)
    await house.joins(house.stranger("telegram"), used)
    now = house.clock.now()
    ended = update(Invite).where(Invite.code_hash == hash_of(tidy(taken_back.code))).values(used_at=now)
    expired = update(Invite).where(Invite.code_hash == hash_of(tidy(late.code))).values(expires_at=now)
    await house.app.database.write(lambda db: db.run(ended))
    await house.app.database.write(lambda db: db.run(expired))
    answers = set()
    for code in (used.code, taken_back.code, late.code, WRONG):
        friend = await house.stranger("telegram").opens()
        await friend.says(code)
        answers.add(friend.last)
    assert len(answers) == 1
    assert NOT_GOOD in answers.pop()
    assert await people(house) == 1
