"""The class teacher's card: one a day, changed as news come, «noticed» back to the families."""

from __future__ import annotations

import pytest

from models.people import Role
from tests.house import Friend, House

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])


async def families(house: House, platform: str, *names: str) -> list[Friend]:
    return [await house.guardian(platform, f"Мама {name}", f"{name} Коваль") for name in names]


def cards(teacher: Friend) -> list[str]:
    """The day's cards on the teacher's phone (what home says of the class stands below a welcome)."""
    return [text for text in teacher.texts if text.startswith("3-Б · ")]


async def test_on_telegram_the_card_is_one_message_that_changes(house: House) -> None:
    teacher = await house.teacher("telegram")
    for number, family in enumerate(await families(house, "telegram", "Оля", "Іван", "Яна", "Марко"), 1):
        await family.presses("🤒 Не буде сьогодні", "Хвороба")
        assert len(cards(teacher)) == 1
        assert f"Немає: {number} з 4" in teacher.last
    sent = [call for call in house.telegram.accepted("sendMessage") if "Немає: " in call.params["text"]]
    assert len(sent) == 1


async def test_on_viber_five_reports_in_five_minutes_are_two_messages(house: House) -> None:
    teacher = await house.teacher("viber")
    for family in await families(house, "viber", "Оля", "Іван", "Яна", "Марко", "Софія"):
        await family.presses("🤒 Не буде сьогодні", "Хвороба")
        await house.later(seconds=50)
    assert len(cards(teacher)) == 1
    await house.later(minutes=5)
    assert len(cards(teacher)) == 2
    assert "Немає: 5 з 5" in teacher.last
    await house.later(minutes=30)
    assert len(cards(teacher)) == 2


@BOTH
async def test_each_class_has_its_own_card(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, "Олена Петрівна", "3-Б", "4-А")
    olia = await house.guardian(platform, "Мама Олі", "Оля Коваль")
    ivan = await house.guardian(platform, "Мама Івана", "Іван Сич", school_class="4-А")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба")
    await ivan.presses("🤒 Не буде сьогодні", "Лікар")
    third, fourth = teacher.texts[-2:]
    assert third.startswith("3-Б · сьогодні, понеділок, 23 листопада\nНемає: 1 з 1")
    assert fourth.startswith("4-А · сьогодні, понеділок, 23 листопада\nНемає: 1 з 1")
    assert "Іван" not in third
    await teacher.says("/class")
    assert "Який клас?" in teacher.last
    await teacher.presses("4-А")
    assert "Іван Сич: лікар" in teacher.last


async def test_noticed_changes_the_parents_present_screen_on_telegram(house: House) -> None:
    teacher = await house.teacher("telegram")
    olia, ivan = await families(house, "telegram", "Оля", "Іван")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба")
    await ivan.presses("🤒 Не буде сьогодні", "Лікар", "Головна")
    before = len(olia.texts), len(ivan.texts)
    await teacher.presses("Враховано")
    assert "Усе враховано." in teacher.last
    assert "Враховано" not in teacher.labels
    assert "Враховано: класний керівник знає." in olia.last
    assert "🤒 Сьогодні: не буде в школі (причина: лікар) · враховано" in ivan.last
    assert (len(olia.texts), len(ivan.texts)) == before
    await olia.presses("Скасувати запис", "Так, скасувати")
    assert "Скасовано" in olia.last


@BOTH
async def test_a_withdrawn_absence_stands_on_the_card_until_it_is_noticed(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    olia, ivan = await families(house, platform, "Оля", "Іван")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба")
    await ivan.presses("🤒 Не буде сьогодні", "Лікар")
    await house.later(minutes=6)
    await teacher.presses("Враховано")
    await olia.presses("Скасувати запис", "Так, скасувати")
    await house.later(minutes=6)
    assert "Немає: 1 з 2\n· Іван Коваль: лікар (пише Мама Іван)\nСкасовано: Оля Коваль" in teacher.last
    assert "хвороба" not in teacher.last
    before = olia.texts
    await teacher.presses("Враховано")
    assert "Скасовано" not in teacher.last
    assert "Усе враховано." in teacher.last
    assert olia.texts == before
    await house.later(minutes=6)
    await olia.presses("Не буде в школі", "Сьогодні", "Хвороба")
    await house.later(minutes=6)
    assert "Немає: 2 з 2" in teacher.last


@BOTH
async def test_what_was_withdrawn_before_its_day_is_no_news(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    olia, ivan = await families(house, platform, "Оля", "Іван")
    await olia.presses("Інша дата", "Завтра", "Хвороба", "Скасувати запис", "Так, скасувати")
    await ivan.presses("Інша дата", "Завтра", "Лікар")
    await house.later(days=1)
    assert "Немає: 1 з 2" in teacher.last
    assert "Скасовано" not in teacher.last


async def test_news_ring_after_a_withdrawal_was_noticed_on_telegram(house: House) -> None:
    teacher = await house.teacher("telegram")
    olia, ivan = await families(house, "telegram", "Оля", "Іван")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба", "Скасувати запис", "Так, скасувати")
    await teacher.presses("Враховано")
    sent = len(house.telegram.accepted("sendMessage"))
    await ivan.presses("🤒 Не буде сьогодні", "Лікар")
    assert len(house.telegram.accepted("deleteMessage")) == 1
    assert len(house.telegram.accepted("sendMessage")) == sent + 1
    assert "Немає: 1 з 2" in teacher.last


async def test_noticed_changes_one_screen_of_two_children_on_telegram(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Яна Коваль", "Оля Коваль")
    await ihor.presses("🤒 Не буде в школі", "Усі: 2", "Сьогодні", "Хвороба")
    before = len(ihor.texts)
    await teacher.presses("Враховано")
    assert ihor.last.count("✅ Записано") == 2
    assert ihor.last.endswith("Враховано: класний керівник знає.")
    assert len(ihor.texts) == before


async def test_noticed_is_a_message_of_its_own_where_the_parent_is_elsewhere(house: House) -> None:
    teacher = await house.teacher("telegram")
    (olia,) = await families(house, "telegram", "Оля")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба", "Змінити дати")
    before = len(olia.texts)
    await teacher.presses("Враховано")
    assert len(olia.texts) == before + 1
    assert "Враховано: класний керівник знає." in olia.last


async def test_noticed_is_one_message_on_viber(house: House) -> None:
    teacher = await house.teacher("viber")
    ihor = await house.guardian("viber", "Ігор", "Яна Коваль", "Оля Коваль")
    await ihor.presses("🤒 Не буде в школі", "Усі: 2", "Сьогодні", "Хвороба")
    before = len(ihor.texts)
    await teacher.presses("Враховано")
    assert len(ihor.texts) == before + 1
    assert "Враховано: класний керівник знає." in ihor.last
    await ihor.presses("Головна")
    assert ihor.last.count("· враховано") == 2


@BOTH
async def test_only_who_told_it_hears_that_it_is_noticed(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    anna = await house.guardian(platform, "Анна", "Оля Коваль")
    await ihor.presses("🤒 Не буде сьогодні", "Хвороба")
    before = anna.texts
    await teacher.presses("Враховано")
    assert anna.texts == before
    await anna.says("/menu")
    assert "🤒 Сьогодні: не буде в школі (причина: хвороба) · враховано" in anna.last


@pytest.mark.parametrize("news", ["another child", "other words", "another reason", "withdrawn"])
async def test_news_after_noticed_ring_on_telegram(house: House, news: str) -> None:
    teacher = await house.teacher("telegram")
    olia, ivan, yana = await families(house, "telegram", "Оля", "Іван", "Яна")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба")
    await teacher.presses("Враховано")
    before, deleted = len(cards(teacher)), len(house.telegram.accepted("deleteMessage"))
    sent = len(house.telegram.accepted("sendMessage"))
    match news:
        case "another child":
            await ivan.presses("🤒 Не буде сьогодні", "Лікар")
        case "other words":
            await olia.presses("Додати кілька слів")
            await olia.says("Буде на третій урок")
        case "another reason":
            await olia.presses("Змінити причину", "Лікар")
        case _:
            await olia.presses("Скасувати запис", "Так, скасувати")
    assert len(cards(teacher)) == before
    assert len(house.telegram.accepted("deleteMessage")) == deleted + 1
    to_teacher = [
        call
        for call in house.telegram.accepted("sendMessage")[sent:]
        if str(call.params["chat_id"]) == teacher.phone.address
    ]
    assert len(to_teacher) == 1
    await yana.presses("🤒 Не буде сьогодні", "Хвороба")
    assert len(house.telegram.accepted("deleteMessage")) == deleted + 1, "a second piece of news is quiet"
    assert len(cards(teacher)) == before


@BOTH
async def test_two_teachers_of_a_class_have_the_same_card(house: House, platform: str) -> None:
    olena = await house.teacher(platform)
    iryna = await house.teacher("viber", "Ірина Львівна", language="ru")
    (olia,) = await families(house, platform, "Оля")
    await olia.presses("🤒 Не буде сьогодні", "Хвороба")
    assert "Передано: Олена Петрівна і Ірина Львівна." in olia.last
    assert "Оля Коваль: болезнь" in iryna.last
    await olena.presses("Враховано")
    await house.later(minutes=6)
    assert "Усе враховано." in olena.last
    assert "Всё учтено." in iryna.last


@BOTH
async def test_the_card_turns_to_other_days(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    (olia,) = await families(house, platform, "Оля")
    await olia.presses("Інша дата", "Вибрати дати", "24", "26", "Хвороба")
    await teacher.says("/class")
    await teacher.presses("вт 24 лист. ›", "ср 25 лист. ›")
    assert "3-Б · середа, 25 листопада\nНемає: 1 з 1" in teacher.last
    assert "Оля Коваль: хвороба, вт 24 – чт 26 листопада (пише Мама Оля)" in teacher.last
    await teacher.presses("‹ вт 24 лист.", "‹ пн 23 лист.")
    assert "Повідомлень про відсутність немає." in teacher.last


@BOTH
async def test_the_morning_card_for_what_was_told_the_day_before(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    (olia,) = await families(house, platform, "Оля")
    await olia.presses("Інша дата", "Завтра", "Хвороба")
    before = teacher.texts
    await house.later(hours=22, minutes=45)  # 6:55
    assert teacher.texts == before
    await house.later(minutes=6)
    assert teacher.texts[:-1] == before
    assert teacher.last.startswith("3-Б · сьогодні, вівторок, 24 листопада\nНемає: 1 з 1")
    for _hour in range(3):
        await house.later(hours=1)
    assert len(teacher.texts) == len(before) + 1


@BOTH
async def test_the_morning_card_comes_once_though_the_app_was_started_again(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    (olia,) = await families(house, platform, "Оля")
    await olia.presses("Інша дата", "Завтра", "Хвороба")
    await house.later(days=1)
    count = len(teacher.texts)
    await house.app.stop()
    await house.open_app()
    await house.later(minutes=1)
    assert len(teacher.texts) == count


@BOTH
async def test_somebody_who_is_no_teacher_has_no_card(house: House, platform: str) -> None:
    (olia,) = await families(house, platform, "Оля")
    await olia.says("/class")
    assert "Тут за вами не записано жодного класу." in olia.last
    administrator = await house.administrator(platform)
    await administrator.says("/class")
    assert "Тут за вами не записано жодного класу." in administrator.last
    await administrator.says("/absent")
    assert "Ваших дітей тут поки немає." in administrator.last


@BOTH
async def test_a_teacher_who_is_a_mother_too_has_both(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.joins(teacher, await house.invite(Role.GUARDIAN, "Олена Петрівна", "4-А", "Яна Коваль"))
    assert "Яна Коваль, 4-А" in teacher.last
    assert "3-Б · сьогодні" in teacher.last
    assert {"🤒 Не буде сьогодні", "🤒 3-Б: сьогодні"} <= set(teacher.labels)
