"""What families do with announcements: they answer on the card, read earlier ones, and search."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from handlers import announcements, recent
from models.announcement import Announcement, Ask, Stage
from models.people import Child, Guardian, Right
from tests.house import Friend, House
from tests.stories.announced import announced

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
LANGUAGES = pytest.mark.parametrize(
    ("language", "coming", "how_many", "said"),
    [
        ("uk", "Буду", "скільки вас буде", "✅ Буду, разом: 3"),
        ("ru", "Буду", "сколько вас будет", "✅ Буду, всего: 3"),
        ("en", "I am coming", "how many of you come", "✅ Coming: 3"),
    ],
)
TEXT = "Завтра екскурсія до музею. Збір о 9:00 біля школи."


@BOTH
@LANGUAGES
async def test_whether_they_come_is_answered_on_the_card(
    house: House, platform: str, language: str, coming: str, how_many: str, said: str
) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", language=language)
    await announced(teacher, TEXT, asks=Ask.COMING)
    card, before = ihor.last, ihor.texts
    assert TEXT in card
    await ihor.presses(coming)
    assert how_many in ihor.last
    assert "✓ 1" in ihor.labels
    await ihor.presses("3")
    assert said in ihor.last
    news = ihor.texts[len(before) :]
    assert len(news) == (0 if platform == "telegram" else 2), "changed in its place, or one message a press"


@BOTH
async def test_an_answer_can_be_changed(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT, asks=Ask.COMING)
    await ihor.presses("Буду", "2", "Не зможу")
    assert "Відповідь: не зможу" in ihor.last
    assert "✓ Не зможу" in ihor.labels
    await ihor.presses("Ще не знаю")
    assert "Відповідь: ще не знаю" in ihor.last
    await ihor.presses("Буду")
    assert "✅ Буду, разом: 1" in ihor.last


@BOTH
async def test_each_home_answers_for_itself_and_sees_its_own_answer(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian("telegram", "Ірина", "Оля Коваль")
    await announced(teacher, TEXT, asks=Ask.READ)
    before = ihor.texts
    await iryna.presses("Прочитано")
    assert ihor.texts == before
    await ihor.presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in ihor.last
    assert "Ірина" not in "".join(ihor.texts)
    assert "Ігор" not in "".join(iryna.texts)


@BOTH
async def test_of_a_poll_nobody_learns_who_has_chosen_what(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian("telegram", "Ірина", "Оля Коваль")
    anna = await house.guardian("telegram", "Анна", "Марко Бондар")
    await announced(teacher, "Куди йдемо?", asks=Ask.POLL, options=["Музей", "Театр"])
    assert "▰" not in ihor.last, "nobody is led by what others have chosen"
    await iryna.presses("Музей")
    await anna.presses("Театр")
    await ihor.presses("Музей")
    assert "Обрано: Музей" in ihor.last
    assert "3 голоси:" in ihor.last
    assert "▰▰▰▰▰▰▰▰ 2 · Музей" in ihor.last
    assert "▰▰▰▰▱▱▱▱ 1 · Театр" in ihor.last
    assert "Ірина" not in ihor.last
    assert "Анна" not in ihor.last
    await ihor.presses("Театр")
    assert "Обрано: Театр" in ihor.last
    assert "▰▰▰▰▰▰▰▰ 2 · Театр" in ihor.last


@BOTH
async def test_hidden_results_are_shown_once_the_poll_is_closed(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    poll = await announced(
        teacher,
        "Що беремо?",
        asks=Ask.POLL,
        options=["Фарби", "Папір"],
        several=True,
        hidden=True,
        closes_in=timedelta(hours=2),
    )
    await ihor.presses("Фарби", "Папір")
    assert "Обрано: Папір і Фарби" in ihor.last or "Обрано: Фарби і Папір" in ihor.last
    assert "▰" not in ihor.last
    assert "Результати буде видно, коли опитування завершиться." in ihor.last
    await ihor.presses("✓ Фарби", "✓ Папір")
    assert "Обрано" not in ihor.last
    await ihor.presses("Папір")
    await house.later(hours=3)
    await ihor.presses("Фарби")
    assert "Опитування вже завершено, тож голос не зараховано." in ihor.last
    assert "Опитування завершено." in ihor.last
    assert "▰▰▰▰▰▰▰▰ 1 · Папір" in ihor.last
    assert "Фарби" not in ihor.labels
    await ihor.forges(announcements.choose(poll, 0))
    assert "Опитування вже завершено, тож голос не зараховано." in ihor.last
    assert "0 · Фарби" in ihor.last


@BOTH
async def test_of_two_children_it_is_said_whom_it_concerns(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", "Марко Коваль")
    before = len(ihor.texts)
    await announced(teacher, TEXT)
    assert "Стосується: Оля Коваль і Марко Коваль" in ihor.last
    await announced(teacher, "Візок із зошитами", children=["Марко Коваль"])
    assert "Стосується: Марко Коваль" in ihor.last
    assert "Оля" not in ihor.last
    assert len(ihor.texts) == before + 2, "one message each, not one a child"


@BOTH
async def test_who_joins_late_reads_earlier_ones_and_answers(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    await announced(teacher, TEXT, asks=Ask.READ)
    await house.later(days=2)
    await announced(teacher, "Батьківські збори у четвер")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.says("/menu")
    await ihor.presses("📣 Оголошення: 1 чекає")
    assert "● 1 оголошення чекає на вашу відповідь." in ihor.last
    titles = [label for label in ihor.labels if "·" in label]
    assert titles == ["25.11 · Батьківські збори у чет…", "● 23.11 · Завтра екскурсія до муз…"]
    await ihor.presses(titles[1])
    assert TEXT in ihor.last
    await ihor.presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in ihor.last
    await ihor.presses("Усі оголошення")
    assert "чекає" not in ihor.last
    await ihor.says("/menu")
    assert "📣 Оголошення" in ihor.labels


@BOTH
async def test_a_word_is_found_in_whatever_letters(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    for text in (TEXT, "Їдальня завтра не працює", "Музейний квест: принесіть олівці"):
        await announced(teacher, text)
    await ihor.says("/menu")
    await ihor.presses("📣 Оголошення", "Знайти за словом")
    await ihor.says("МУЗЕ")
    assert "Знайдено 2 оголошення." in ihor.last
    await ihor.says("їдальня")
    assert "Знайдено 1 оголошення." in ihor.last
    await ihor.says("басейн")
    assert "Нічого не знайдено." in ihor.last
    await ihor.presses("Усі оголошення")
    assert len([label for label in ihor.labels if "23.11" in label]) == 3


async def _ended(house: House, friend: Friend) -> None:
    person = (await house.chat(friend)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))


@BOTH
async def test_it_is_nothing_to_others(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    former = await house.guardian(platform, "Колишня", "Оля Коваль")
    limited = await house.guardian(platform, "Обмежена", "Оля Коваль")
    away = await house.guardian(platform, "Колишня", "Ганна Лис")
    other = await house.guardian(platform, "Анна", "Марко Бондар", school_class="4-А")
    post = await announced(teacher, "Тихе слово", asks=Ask.READ)
    await _ended(house, former)
    await house.limited(limited, Right.SEE)
    left = update(Child).where(Child.name == "Ганна Лис").values(left_at=house.clock.now())
    await house.app.database.write(lambda db: db.run(left))
    for friend in (former, limited, away, other, await house.stranger(platform).opens()):
        await friend.says("/menu")
        before = friend.texts
        for link in (
            announcements.show(post),
            announcements.read(post),
            recent.look(post),
            recent.found("тихе", 0),
        ):
            await friend.forges(link)
            fresh = [text for text in friend.texts if text not in before]
            assert "Тихе слово" not in "".join([*fresh, *friend.labels])


@BOTH
async def test_what_was_taken_back_is_in_no_list_and_says_so(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await announced(teacher, TEXT, asks=Ask.READ)
    recalled = update(Announcement).where(Announcement.id == post).values(stage=Stage.RECALLED)
    await house.app.database.write(lambda db: db.run(recalled))
    await ihor.presses("Прочитано")
    assert "Відповідь тут уже не потрібна." in ihor.last
    assert "Це оголошення відкликано." in ihor.last
    assert TEXT not in ihor.last
    await ihor.says("/menu")
    await ihor.presses("📣 Оголошення")
    assert "Оголошень ще немає." in ihor.last
