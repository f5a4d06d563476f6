"""Questions about announcements: they reach the teacher alone, who answers one family or all that asked."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from handlers import asking, questions
from models.people import Guardian, Right, Staff
from models.question import MOST_OPEN, QUESTION_LENGTH, Question
from tests.house import Friend, House
from tests.stories.announced import announced
from tests.stories.test_quiet_hours import until

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею."
ASKED = "О котрій повертаємось?"
PASSED_ON = "✉️ Передано: Олена Петрівна.\nІнші родини цього не бачать."


async def asked(house: House) -> list[str]:
    return [
        text for (text,) in await house.facts(lambda db: db.all(select(Question.text).order_by(Question.id)))
    ]


@BOTH
async def test_a_question_by_the_button_and_its_answer(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    anna = await house.guardian(platform, "Анна", "Марко Бондар")
    second = await house.guardian(platform, "Ірина", "Оля Коваль")
    await announced(teacher, TEXT)
    await ihor.presses("✉️ Запитати")
    assert "Хто його побачить: Олена Петрівна, і більше ніхто." in ihor.last
    await ihor.says(ASKED)
    assert PASSED_ON in ihor.last
    assert "✉️ Запитання: 1" in teacher.last
    assert f"Ігор · Оля Коваль: «{ASKED}»" in teacher.last
    await teacher.presses("Відповісти: Ігор")
    await teacher.says("О 15:00.")
    assert "✅ Відповідь передано: Ігор." in teacher.last
    assert "✉️ Відповідь" in ihor.last
    assert f"«{ASKED}»" in ihor.last
    assert "Олена Петрівна: О 15:00." in ihor.last
    await teacher.says("/menu")
    assert not [label for label in teacher.labels if "✉️" in label]
    for friend in (anna, second):
        assert ASKED not in "".join(friend.texts), "nobody else sees it, nor the other guardian of the child"
        assert "15:00" not in "".join(friend.texts)


@BOTH
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("uk", PASSED_ON),
        ("ru", "✉️ Передано: Олена Петрівна.\nДругие семьи этого не видят."),
        ("en", "✉️ Passed on: Олена Петрівна.\nOther families do not see this."),
    ],
)
async def test_what_is_simply_typed_below_an_announcement(
    house: House, platform: str, language: str, said: str
) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль", language=language)
    await announced(teacher, TEXT)
    await ihor.says(ASKED)
    assert said in ihor.last
    assert ASKED in teacher.last
    await ihor.says("І чи брати обід?")
    assert await asked(house) == [ASKED, "І чи брати обід?"]
    assert "✉️ Запитання: 2" in teacher.last


@BOTH
async def test_where_something_else_is_newer_typing_asks_nobody(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    await ihor.says("/menu")
    await ihor.says(ASKED)
    assert "нікому не передано" in ihor.last
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await announced(teacher, "Ще одне")
    await ihor.says("Кашель")
    assert await asked(house) == [], "where a screen waits for words, they are for that"


async def test_a_reply_to_an_older_announcement(house: House) -> None:
    teacher = await house.teacher("viber")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    first = await announced(teacher, TEXT)
    await announced(teacher, "Батьківські збори у четвер")
    await ihor.says("/menu")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба", "Додати кілька слів")
    await ihor.replies(TEXT, ASKED)
    assert PASSED_ON in ihor.last
    rows = await house.facts(lambda db: db.all(select(Question.announcement_id, Question.text)))
    assert [tuple(row) for row in rows] == [(first, ASKED)]
    await ihor.replies("✉️ Запитання", "І ще: де збір?")
    assert await asked(house) == [ASKED, "І ще: де збір?"]


async def test_a_reply_to_a_digest_of_several_is_asked_about(house: House) -> None:
    teacher = await house.teacher("viber")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await ihor.says("/settings")
    await ihor.presses("Що коли приходить", "Оголошення", "У дайджесті дня")
    await announced(teacher, TEXT)
    await announced(teacher, "Батьківські збори у четвер")
    await until(house, 23, 18, 1)
    await ihor.replies(TEXT, ASKED)
    assert "До якого оголошення ваше запитання?" in ihor.last
    assert await asked(house) == []


@BOTH
async def test_a_teachers_words_are_never_a_question(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    mother = await house.teacher(platform, "Марія Іванівна", "4-А")
    person = (await house.chat(mother)).person_id
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    father = (await house.chat(ihor)).person_id
    also = update(Guardian).where(Guardian.person_id == father).values(person_id=person)
    await house.app.database.write(lambda db: db.run(also))
    await announced(teacher, TEXT)
    assert TEXT in mother.last
    await mother.says("Збори о шостій")
    assert "Що з цим зробити?" in mother.last
    if platform == "telegram":
        await mother.replies(TEXT, "Збори о сьомій")
        assert "Що з цим зробити?" in mother.last
    assert await asked(house) == []


@BOTH
async def test_it_is_taken_back_while_nobody_has_answered(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    before = teacher.texts
    await ihor.says(ASKED)
    await ihor.presses("Відкликати запитання")
    assert "Запитання відкликано." in ihor.last
    assert await asked(house) == []
    if platform == "telegram":
        assert len(teacher.texts) == len(before), "the card is taken away"
        assert ASKED not in "".join(teacher.texts)
    await teacher.says("/menu")
    assert not [label for label in teacher.labels if "✉️" in label]
    await ihor.says("Інше запитання")
    await teacher.presses("Відповісти: Ігор")
    await ihor.forges(asking.take_back(99))
    await teacher.says("Так.")
    last = (await house.facts(lambda db: db.first(select(Question.id))))[0]
    await ihor.forges(asking.take_back(last))
    assert "Відповідь уже є." in ihor.last
    assert await asked(house) == ["Інше запитання"]


@BOTH
async def test_what_was_taken_back_in_the_night_is_never_seen(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    await until(house, 23, 21)
    before = teacher.texts
    await ihor.says(ASKED)
    assert "✉️ Буде передано о 7:00: Олена Петрівна." in ihor.last
    await ihor.presses("Відкликати запитання")
    await until(house, 24, 7, 30)
    assert len(teacher.texts) == len(before)
    assert ASKED not in "".join(teacher.texts)


@BOTH
async def test_one_answer_to_all_who_have_asked(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    families = [await house.guardian("viber", name, f"Дитина {name}") for name in ("Ігор", "Анна", "Роман")]
    await announced(teacher, TEXT)
    for family, text in zip(families, ("О котрій?", "Коли назад?", "До котрої?"), strict=True):
        await family.says(text)
    await teacher.says("/menu")
    await teacher.presses("✉️ Запитання: 3", "Відповісти всім разом")
    assert "Отримають 3 людини; чужих запитань вони не побачать." in teacher.last
    late = await house.guardian("telegram", "Пізня", "Дитина Пізня")
    await late.says("/menu")
    await late.presses("📣 Оголошення")
    await late.presses(next(label for label in late.labels if "23.11" in label))
    await late.says("А обід?")
    await teacher.says("О 15:00.")
    assert "✅ Відповідь передано: Ігор, Анна і Роман." in teacher.last
    assert "«А обід?»" in teacher.last, "what came meanwhile waits for an answer of its own"
    for family, own, others in zip(
        families, ("О котрій?", "Коли назад?", "До котрої?"), ("Коли", "До котрої", "О котрій"), strict=True
    ):
        assert f"«{own}»" in family.last
        assert "О 15:00." in family.last
        assert others not in family.last
    assert "О 15:00." not in late.last


@BOTH
async def test_an_answer_can_be_changed(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    await ihor.says(ASKED)
    await teacher.presses("Відповісти: Ігор")
    await teacher.says("О 15:00.")
    await teacher.presses("Змінити відповідь")
    assert "Відповідь зараз: О 15:00." in teacher.last
    await teacher.says("О 16:00.")
    await house.later(minutes=6)
    assert "О 16:00." in ihor.last
    assert "О 15:00." not in ihor.last


@BOTH
async def test_where_the_author_has_gone_the_class_teacher_answers(house: House, platform: str) -> None:
    author = await house.administrator(platform)
    teacher = await house.teacher(platform)
    other = await house.teacher(platform, "Інша Вчителька", "4-А")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await house.guardian(platform, "Анна", "Марко Бондар", school_class="4-А")
    post = await announced(author, TEXT, classes=["3-Б", "4-А"])
    await ihor.says("Перше")
    assert "Світлана Іванівна" in ihor.last
    assert "«Перше»" in author.last
    assert "Перше" not in "".join([*teacher.texts, *other.texts])
    person = (await house.chat(author)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == person)))
    await ihor.says("Друге")
    assert "✉️ Передано: Олена Петрівна." in ihor.last
    assert "«Перше»" in teacher.last
    assert "«Друге»" in teacher.last
    await other.forges(questions.card(post))
    assert "Друге" not in "".join(other.texts)
    await author.forges(questions.card(post))
    assert "Друге" not in "".join(author.texts)


@BOTH
async def test_nobody_can_be_reached(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    await teacher.blocks()
    await ihor.says(ASKED)
    assert "Зателефонуйте, будь ласка, до школи." in ihor.last
    assert await asked(house) == []


@BOTH
async def test_a_family_that_has_left_is_told_so_to_the_teacher(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announced(teacher, TEXT)
    await ihor.says(ASKED)
    await ihor.blocks()
    await teacher.presses("Відповісти: Ігор")
    await teacher.says("О 15:00.")
    assert "⚠️ Не дійшло, бот заблоковано: Ігор." in teacher.last


@BOTH
async def test_what_does_not_fit(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await announced(teacher, TEXT)
    await ihor.says("а" * (QUESTION_LENGTH + 1))
    assert str(QUESTION_LENGTH) in ihor.last
    assert await asked(house) == []
    person = (await house.chat(ihor)).person_id
    row = {"school_id": 1, "announcement_id": post, "person_id": person, "text": "?", "at": house.clock.now()}
    await house.app.database.write(lambda db: db.run(insert(Question), [row] * MOST_OPEN))
    await ihor.says(ASKED)
    assert f"{MOST_OPEN} ваших запитань чекають на відповідь." in ihor.last
    assert ASKED not in await asked(house)


async def _forged(house: House, friend: Friend, post: int, question: int) -> str:
    before = friend.texts
    for link in (
        asking.write(post),
        asking.asked(question),
        asking.take_back(question),
        questions.card(post),
        questions.reply(question),
        questions.answered(question),
        questions.reply_all(post, question),
    ):
        await friend.forges(link)
    return "".join([*friend.texts[len(before) :], friend.last])


@BOTH
async def test_it_is_nothing_to_others(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    post = await announced(teacher, TEXT)
    await ihor.says(ASKED)
    question = (await house.facts(lambda db: db.first(select(Question.id))))[0]
    former = await house.guardian(platform, "Колишня", "Оля Коваль")
    person = (await house.chat(former)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))
    limited = await house.guardian(platform, "Обмежена", "Оля Коваль")
    await house.limited(limited, Right.SEE)
    for friend in (
        former,
        limited,
        await house.guardian(platform, "Анна", "Марко Бондар"),
        await house.guardian(platform, "Далека", "Лис Гнат", school_class="4-А"),
        await house.teacher(platform, "Інша", "4-А"),
        await house.administrator(platform),
        await house.stranger(platform).opens(),
    ):
        await friend.says("/menu")
        assert ASKED not in await _forged(house, friend, post, question), friend.phone.name
    assert await asked(house) == [ASKED]


@BOTH
async def test_whose_right_has_ended_asks_and_is_answered_no_more(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await announced(teacher, TEXT)
    await ihor.says(ASKED)
    await teacher.presses("Відповісти: Ігор")
    await house.limited(ihor, Right.SEE)
    await teacher.says("О 15:00.")
    assert "15:00" not in ihor.last
    await teacher.forges(questions.card(post))
    assert ASKED not in teacher.last
