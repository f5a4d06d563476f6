"""Every button, for every role, on both messengers, in every language."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.core.flows import Sort
from bot.core.i18n import LANGUAGES
from bot.core.turn import Turn
from handlers import announcing
from models.admission import JoinRequest
from models.announcement import Ask, Audience, Stage, change, draft, post_of
from models.people import Right, Role, give_role
from tests.crawl.walk import Walk
from tests.house import Friend, House

LED_TO = {
    "class_day.today",
    "digest.show",
    "class_staff.arrived",
    "forgetting.child_gone",
    "forgetting.gone_from",
    "forgetting.keep",
    "forgetting.stays",
    "forgetting.wished",
    "joining.asked",
    "joining.join",
    "joining.turned_away",
    "joining.unanswered",
    "joining.unlinked",
    "joining.welcome",
    "messengers.added",
    "staff.mine",
    *("compose.what_now", "compose.without_media", "media.attach", "media.every"),
    *("audience.prune", "digest.unfold", "questions.rewrite"),
    *("planning.missed", "planning.left", "planning.take_over", "planning.drop"),
}
"""Steps that a command, a link, a photo or somebody else's press leads to; stories take them."""
ONCE = {"questions.answered", "preview.sending", "planning.planned", "classes.closing", "audience.silent"}
"""Screens that one comes to by doing what cannot be done again, or by a button that mostly leads elsewhere (what is
planned is not on its way yet), or that have less to choose once others have answered; of their buttons one is pressed.
"""
QUICK = {("telegram", "uk")}
"""What `make test` goes through; `make crawl` takes every messenger in every language."""
MOST = 1500
"""Presses of one person; each sort of button is reached with far fewer."""


async def everyone(house: House, platform: str, language: str) -> list[Friend]:
    """One of each role; then a stranger, and two who wait to be let in, of whom one was asked who that is."""
    teacher = await house.teacher(platform, language=language)
    several = await house.teacher(platform, "Ірина Львівна", "4-А", "5-В", language=language)
    await house.invite(Role.GUARDIAN, "Марко", "4-А", "Лис Гнат")
    one = await house.guardian(platform, "Ігор", "Оля Коваль", language=language)
    three = await house.guardian(
        platform, "Анна", "Іван Бондар", "Яна Бондар", "Марко Бондар", language=language
    )
    administrator = await house.administrator(platform, language=language)
    beginner = await house.administrator(
        platform, "Дарина Юріївна", language, school="Нова школа", ready=False
    )
    stranger = await house.stranger(platform, language=language).opens()
    link = await house.class_link()
    waits = await house.waits(platform, "Остап", "Коваль Оля", link, language)
    asked = await house.waits(platform, "Ганна", "Ганна Незнана", link, language)
    mine = update(JoinRequest).where(JoinRequest.name == "Ганна").values(asked_at=house.clock.now())
    await house.app.database.write(lambda db: db.run(mine))
    await announces(administrator)
    for name in ("Степан", "Лідія", "Юрій", "Галина", "Роман", "Тетяна", "Олег"):
        await house.waits(platform, name, f"{name} Незнана", link, language)
    return [
        one,
        three,
        teacher,
        administrator,
        beginner,
        *await unusual(house, platform, language),
        several,
        stranger,
        waits,
        asked,
    ]


async def announces(author: Friend) -> None:
    """Something that every family has on its phone, and that asks for an answer, of each sort.

    Each is of another length, by which its button is told from the others'.
    """
    author.house.names |= {"Завтра", "екскурсія", "Музей", "Театр"}
    person = (await author.house.chat(author)).person_id
    assert person is not None
    school_class = await author.house.class_of("3-Б")
    for said, asks in (
        ("Завтра", Ask.READ),
        ("Завтра екскурсія", Ask.COMING),
        ("Музей, Театр, Музей", Ask.POLL),
    ):

        async def write(turn: Turn, said: str = said, asks: Ask = asks) -> None:
            whom = Audience(classes=(school_class,))
            post = await draft(turn.db, 1, person, whom, said, None, turn.now)
            await change(turn.db, post, asks=asks, options=["Музей", "Театр"] if asks is Ask.POLL else None)
            await announcing.send_out(turn, await post_of(turn.db, post))

        await author.house.app.turns.unasked(write)

    async def plan(turn: Turn) -> None:
        whom, later = Audience(classes=(school_class,)), turn.now + timedelta(days=30)
        post = await draft(turn.db, 1, person, whom, "Завтра екскурсія", None, turn.now)
        await change(turn.db, post, stage=Stage.PLANNED, send_at=later)

    await author.house.app.turns.unasked(plan)
    await author.house.later(seconds=20)


async def unusual(house: House, platform: str, language: str) -> list[Friend]:
    """Somebody on two messengers, and a guardian who is of the committee and may not report."""
    other = "viber" if platform == "telegram" else "telegram"
    first = await house.guardian(other, "Дарина", "Софія Мельник", language=language)
    second = await house.also(first, platform)
    limited = await house.guardian(platform, "Тарас", "Софія Мельник", language=language)
    await house.limited(limited, Right.REPORT, Right.BOOK)
    person, school_class = (await house.chat(limited)).person_id, await house.class_of("3-Б")
    assert person is not None
    role = (1, person, Role.COMMITTEE, school_class)
    await house.app.database.write(lambda db: give_role(db, *role))
    return [second, limited]


PAIRS = [
    pytest.param(platform, language, marks=() if (platform, language) in QUICK else pytest.mark.slow)
    for platform in ("telegram", "viber")
    for language in LANGUAGES
]


@pytest.mark.parametrize(("platform", "language"), PAIRS)
async def test_every_button_of_everyone(tmp_path: Path, platform: str, language: str) -> None:
    house = await House(tmp_path).open()
    try:
        friends = await everyone(house, platform, language)
        code = (await house.class_link(uses=200)).code
        outside, inside = friends[-3:], friends[:-3]
        walks = [Walk(one, language, code if one in outside else "") for one in (*outside, *inside)]
        for walk in walks:
            await walk.go(MOST, to_the_end=False)
        for walk in walks:
            await walk.go(MOST)
        wrongs = await house.wrongs()
    finally:
        await house.close()
    assert wrongs == []
    pressed = set().union(*(walk.pressed.keys() for walk in walks))
    missed = {sort for walk in walks for sort in walk.known if sort[0] not in ONCE} - pressed
    presses = sum(walk.pressed.total() for walk in walks)
    print(
        f"{platform} {language}: {presses} presses of {sum(len(walk.known) for walk in walks)} sorts of button"
    )
    assert not missed, "\n".join(map(str, sorted(missed)))
    steps = {name for name, step in house.app.book.steps.items() if step.sort is not Sort.FILE}
    unreached = steps - set().union(*(walk.steps for walk in walks))
    unreached -= {step for step in unreached if step.startswith("year.")}  # not in autumn: the next test
    assert unreached <= LED_TO, f"steps that no button leads to: {sorted(unreached - LED_TO)}"


@pytest.mark.parametrize(("platform", "language"), PAIRS)
async def test_every_button_of_the_new_school_year(tmp_path: Path, platform: str, language: str) -> None:
    """In June, with one class that is suggested as leaving and more of the others than a page shows."""
    house = await House(tmp_path).open()
    try:
        await house.teacher(
            platform, "Ірина Львівна", *(f"{form}-А" for form in (1, 1, 2, 3, 5, 6, 7, 8, 11))
        )
        await house.guardian(platform, "Ігор", "Оля Коваль", school_class="11-А")
        await house.later(days=200)
        within = frozenset({"home", "school", "year"})
        walk = Walk(await house.administrator(platform, language=language), language, within=within)
        await walk.go(MOST)
        wrongs = await house.wrongs()
    finally:
        await house.close()
    assert wrongs == []
    assert not [one for one in walk.known - walk.pressed.keys() if one[0].startswith("year.")]
    assert {step for step in house.app.book.steps if step.startswith("year.")} <= walk.steps
