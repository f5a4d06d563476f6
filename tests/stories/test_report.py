"""After an announcement went out: who has it and who has not, reminding, correcting and taking back."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import delete, select, update

from bot.core.events import Fate, Receipt
from bot.core.flows import Link
from handlers import amending, reports, results
from models.announcement import Announcement, Ask, Stage, add_medium
from models.audit import Audit, Deed
from models.letter import Letter
from models.people import Person, Role, Staff
from models.wishes import News, Wish
from sandbox.telegram.phone import TelegramPhone
from sandbox.viber.phone import ViberPhone
from sandbox.wire import Call
from tests.faults.families import settle_in
from tests.house import Friend, House
from tests.stories.announced import sees_who_has_it
from tests.stories.test_albums import PHOTOS, laid

BOTH = pytest.mark.parametrize("platform", ["telegram", "viber"])
TEXT = "Завтра екскурсія до музею. Збір о 9:00 біля школи."
NEW = "Завтра екскурсія до музею. Збір о 8:30 біля школи."
ANSWERS = {Ask.READ: "«Прочитано»", Ask.COMING: "Буду / не зможу"}


async def announces(teacher: Friend, asks: Ask = Ask.READ, kind: str = "", text: str = TEXT) -> int:
    """Announce a text to the class, and wait until it has gone; the teacher looks at the card."""
    await teacher.says("/announce")
    await teacher.says(text)
    if kind:
        await teacher.presses("Вид", kind)
    if asks is not Ask.NOTHING:
        await teacher.presses("Відповідь", ANSWERS[asks])
    await teacher.presses("Переглянути й надіслати")
    await teacher.presses(next(label for label in teacher.labels if label.startswith("Надіслати")))
    await teacher.house.later(seconds=12)
    await sees_who_has_it(teacher)
    rows = await teacher.house.facts(lambda db: db.all(select(Announcement.id).order_by(Announcement.id)))
    return int(rows[-1][0])


async def wishes(house: House, friend: Friend, how: Wish) -> None:
    person = (await house.chat(friend)).person_id
    change = update(Person).where(Person.id == person).values(wishes={News.ANNOUNCEMENTS: how})
    await house.app.database.write(lambda db: db.run(change))


async def is_quiet(house: House, friend: Friend, begins: int, ends: int) -> None:
    person = (await house.chat(friend)).person_id
    change = update(Person).where(Person.id == person).values(quiet_from=begins, quiet_to=ends)
    await house.app.database.write(lambda db: db.run(change))


@BOTH
async def test_the_card_tells_of_families_and_of_each_grown_up(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Оля Коваль")
    taras = await house.guardian("viber", "Тарас", "Лев Бондар")
    assert isinstance(taras.phone, ViberPhone)
    await house.invite(Role.GUARDIAN, "Ганна", child="Юрій Лис")
    await announces(teacher)
    assert "0/3" in teacher.last
    for line in ("Надіслано: 2", "Доставлено: 2", "Переглянуто: 0", "Підтверджено: 0", "Не дійшло: 1"):
        assert line in teacher.last
    assert "Telegram не показує, чи прочитано" in teacher.last
    await taras.phone.looks()
    await house.settled()
    await ihor.presses("Прочитано")
    await teacher.presses("Оновити")
    assert "Переглянуто: 2" in teacher.last
    assert "Підтверджено: 1" in teacher.last
    assert "🟩🟩🟩⬜⬜⬜⬜⬜⬜⬜ 1/3" in teacher.last
    await teacher.presses("По родинах")
    for line in (
        "Лев Бондар\n· Тарас: переглянуто, Viber",
        "Оля Коваль\n· Ігор: ✅ прочитано, Telegram\n· Ірина: доставлено, Viber",
        "Юрій Лис\n· ще не з нами",
    ):
        assert line in teacher.last
    assert TEXT in iryna.last
    await teacher.presses("Назад", "Кому зателефонувати: 1")
    assert "Юрій Лис: ще не з нами" in teacher.last


async def test_the_author_who_looks_sees_answers_come_in_silently(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("viber", "Ігор", "Оля Коваль")
    await announces(teacher)
    before = len(teacher.texts)
    await ihor.presses("Прочитано")
    assert "Підтверджено: 1" in teacher.last
    assert len(teacher.texts) == before
    await teacher.says("/menu")
    await house.guardian("viber", "Ірина", "Лев Бондар")
    shown = teacher.texts
    await ihor.says("/menu")
    assert teacher.texts == shown


@BOTH
async def test_announcements_are_found_again(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Оля Коваль")
    await announces(teacher)
    await teacher.says("/announce")
    await teacher.presses("Мої оголошення")
    await teacher.presses(next(label for label in teacher.labels if label.startswith("23.11 Завтра")))
    assert "Надіслано: 1" in teacher.last
    administrator = await house.administrator(platform)
    await administrator.presses("🏫 Школа")
    await administrator.forges(reports.of_class(await house.class_of("3-Б"), 0))
    await administrator.presses(next(label for label in administrator.labels if label.startswith("23.11")))
    assert "Від: Олена Петрівна" in administrator.last


@BOTH
async def test_who_blocked_the_bot_is_named_with_the_reason(house: House, platform: str) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await ihor.blocks()
    await house.guardian("telegram", "Ірина", "Лев Бондар")
    await announces(teacher)
    await teacher.presses("Кому зателефонувати: 1")
    reason = "бот заблоковано" if platform == "telegram" else "відписка від бота"
    assert f"Оля Коваль: Ігор ({reason})" in teacher.last
    assert "Лев Бондар" not in teacher.last
    texts = len(ihor.texts)
    await ihor.unblocks()
    await house.later(minutes=1)
    assert TEXT not in ihor.texts[texts:]
    await teacher.presses("Назад", "Кому зателефонувати: 1")
    assert "Оля Коваль: Ігор (бот було заблоковано, тепер розблоковано)" in teacher.last
    await teacher.presses("Назад", "⏰ Нагадати: 2")
    assert "⏰ Нагадування" in ihor.last
    assert TEXT in ihor.last


@BOTH
async def test_how_many_come_is_summed_and_given_as_a_sheet(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль", "Ян Коваль")
    iryna = await house.guardian("viber", "Ірина", "Оля Коваль", "Ян Коваль")
    taras = await house.guardian("telegram", "=Тарас()", "Лев Бондар")
    await house.guardian("telegram", "Ганна", "Юрій Лис")
    await announces(teacher, Ask.COMING)
    await ihor.presses("Буду", "2")
    await iryna.presses("Буду", "3")
    await taras.presses("Не зможу")
    await teacher.presses("Оновити")
    assert "Усього людей буде: 3" in teacher.last
    await teacher.presses("Відповіді")
    for line in (
        "Усього людей буде: 3",
        "Будуть: 2 родини",
        "Не зможуть: 1 родина",
        "Без відповіді: 1 родина",
        "Оля Коваль: буде 3 людини (Ірина)",
        "Лев Бондар: не зможу (=Тарас())",
    ):
        assert line in teacher.last
    await teacher.presses("Таблицею")
    name, data = teacher.files[-1]
    assert name.endswith(".xlsx")
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert ["Лев Бондар", "3-Б", "=Тарас()"] in [row[:3] for row in rows]
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert "Усього людей буде: 3" in [row[0] for row in rows]
    assert Deed.EXPORTED in {deed for (deed,) in await house.facts(lambda db: db.all(select(Audit.deed)))}


@BOTH
async def test_it_is_shown_as_a_picture(house: House, platform: str) -> None:
    teacher = await house.teacher(platform, language="ru")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    post = await announces_in_russian(teacher)
    await teacher.forges(results.send_picture(post))
    assert teacher.files[-1][1].startswith(b"\x89PNG")


async def announces_in_russian(teacher: Friend) -> int:
    await teacher.says("/announce")
    await teacher.says(TEXT)
    await teacher.presses("Просмотреть и отправить", "Отправить: 1")
    await teacher.house.later(seconds=12)
    (row,) = await teacher.house.facts(lambda db: db.all(select(Announcement.id)))
    return int(row[0])


@BOTH
async def test_only_the_silent_are_reminded_and_once_a_day(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Оля Коваль")
    taras = await house.guardian(platform, "Тарас", "Лев Бондар")
    hanna = await house.guardian(platform, "Ганна", "Юрій Лис")
    await wishes(house, hanna, Wish.DIGEST)
    post = await announces(teacher)
    await ihor.presses("Прочитано")
    await house.later(hours=10, minutes=30)
    assert TEXT in hanna.last
    assert "Дайджест дня" in hanna.last
    texts = {friend.phone.name: len(friend.texts) for friend in (ihor, iryna, taras, hanna)}
    await teacher.presses("Оновити", "⏰ Нагадати: 2")
    assert "⏰ Нагадування отримають 2 людини." in teacher.last
    assert f"⏰ Нагадування · 3-Б · Олена Петрівна\n{TEXT}" in taras.last
    assert f"⏰ Нагадування · 3-Б · Олена Петрівна\n{TEXT}" in hanna.last
    assert len(ihor.texts) == texts["Ігор"]
    assert len(iryna.texts) == texts["Ірина"]
    stays = 0 if platform == "telegram" else 1  # the old one is taken away where it can be
    assert len(taras.texts) == texts["Тарас"] + stays
    assert not [label for label in teacher.labels if label.startswith("⏰")]
    await teacher.forges(amending.remind(post))
    assert "Сьогодні нагадування вже було" in teacher.last
    await taras.presses("Прочитано")
    assert "✅ Підтверджено: прочитано." in taras.last
    await house.later(hours=16)
    await teacher.forges(reports.card(post))
    await teacher.presses("⏰ Нагадати: 1")
    assert "⏰ Нагадування отримає 1 людина." in teacher.last


async def test_in_quiet_hours_a_reminder_waits_and_what_stands_stays(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    await announces(teacher)
    await house.later(hours=13)
    before = ihor.texts
    await teacher.presses("Оновити", "⏰ Нагадати: 1")
    assert ihor.texts == before
    await teacher.presses("Виправити")
    await teacher.says(NEW)
    await teacher.presses("Виправити всюди")
    assert NEW in ihor.last  # what stands changes without a sound
    assert len(ihor.texts) == len(before)
    await teacher.presses("Відкликати", "Так, відкликати")
    assert "Це оголошення відкликано." in ihor.last
    await house.later(hours=12)
    assert "Це оголошення відкликано." in ihor.last
    assert len(ihor.texts) == len(before)


@BOTH
async def test_a_correction_changes_what_stands_or_comes_as_a_new_message(
    house: House, platform: str
) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    hanna = await house.guardian("telegram", "Ганна", "Юрій Лис")
    taras = await house.guardian("viber", "Тарас", "Яна Гук")
    for friend in (hanna, taras):
        await wishes(house, friend, Wish.DIGEST)
    post = await announces(teacher)
    await ihor.presses("Прочитано")
    telegram, viber = len(ihor.texts), len(iryna.texts)
    await teacher.presses("Виправити")
    assert "Telegram: у 1 чаті текст зміниться без звуку." in teacher.last
    assert "Viber: 1 людина отримає нове повідомлення" in teacher.last
    assert "отримають уже новий текст: 2 людини" in teacher.last
    await teacher.says(NEW)
    assert NEW in teacher.texts[-2]
    assert "1 відповідь лишиться." in teacher.last
    assert TEXT in ihor.last
    await teacher.presses("Виправити всюди")
    assert "✅ Виправлено." in teacher.last
    assert NEW in ihor.last
    assert "✏️ Виправлено: сьогодні" in ihor.last
    assert "✅ Підтверджено: прочитано." in ihor.last
    assert len(ihor.texts) == telegram
    assert NEW in iryna.last
    assert len(iryna.texts) == viber + 1
    await iryna.presses("Прочитано")
    await house.later(hours=10)
    assert NEW in hanna.last
    assert NEW in taras.last
    digests = len(hanna.texts), len(taras.texts)
    await teacher.presses("Оновити", "Виправити")
    assert "Telegram: у 2 чатах текст зміниться без звуку." in teacher.last
    await teacher.says(TEXT)
    await teacher.presses("Виправити всюди")
    assert TEXT in hanna.last
    assert TEXT in taras.last
    assert (len(hanna.texts), len(taras.texts)) == (digests[0], digests[1] + 1)
    deeds = await house.facts(lambda db: db.all(select(Audit.deed, Audit.detail)))
    assert (Deed.ANNOUNCEMENT_CORRECTED, str(post)) in [tuple(row) for row in deeds]


@BOTH
async def test_with_a_correction_all_can_be_asked_anew(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    await announces(teacher)
    await ihor.presses("Прочитано")
    await teacher.presses("Оновити", "Виправити")
    await teacher.says(NEW)
    await teacher.presses("Виправити й перепитати")
    assert "Підтверджено: 0" in teacher.last
    assert NEW in ihor.last
    await ihor.presses("Прочитано")
    await teacher.presses("Оновити")
    assert "Підтверджено: 1" in teacher.last


@BOTH
async def test_what_is_taken_back_is_replaced_or_said_to_stay(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    hanna = await house.guardian("telegram", "Ганна", "Юрій Лис")
    await wishes(house, hanna, Wish.DIGEST)
    await announces(teacher)
    waits = len(hanna.texts)
    await teacher.presses("Відкликати")
    assert "Ще чекає і вже не отримає: 1 людина." in teacher.last
    assert "Viber: в 1 людини воно лишається, забрати там нічого не можна." in teacher.last
    assert TEXT in ihor.last
    await teacher.presses("Так, відкликати")
    assert "✅ Відкликано." in teacher.last
    assert TEXT not in ihor.last
    assert "Це оголошення відкликано." in ihor.last
    assert "Прочитано" not in ihor.labels
    assert TEXT in iryna.last
    await iryna.presses("Прочитано")
    assert "Це оголошення відкликано." in iryna.last
    await house.later(hours=12)
    assert len(hanna.texts) == waits
    assert "Кому зателефонувати" not in " ".join(teacher.labels)
    await teacher.presses("По родинах")
    assert "Ганна: не дійшло (відкликано до надсилання)" in teacher.last
    (row,) = await house.facts(lambda db: db.all(select(Announcement.stage, Announcement.recalled_at)))
    assert row[0] is Stage.RECALLED
    deeds = [deed for (deed,) in await house.facts(lambda db: db.all(select(Audit.deed).order_by(Audit.id)))]
    assert deeds[-2:] == [Deed.ANNOUNCED, Deed.ANNOUNCEMENT_RECALLED]


@BOTH
async def test_on_viber_it_can_be_told_once_that_it_was_taken_back(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    taras = await house.guardian("viber", "Тарас", "Яна Гук")
    await wishes(house, taras, Wish.DIGEST)
    post = await announces(teacher)
    await house.later(hours=11)
    assert TEXT in taras.last
    await teacher.presses("Відкликати", "Так, відкликати", "Сповістити у Viber: 2")
    assert "Це оголошення відкликано." in iryna.last
    assert "Це оголошення відкликано." in taras.last
    assert "Сповістити" not in " ".join(teacher.labels)
    await teacher.forges(amending.tell(post))
    assert "Сповіщення вже надіслано." in teacher.last


async def test_photos_go_with_what_is_taken_back(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    await teacher.says("/announce")
    await teacher.says(TEXT)
    (post,) = await house.facts(lambda db: db.first(select(Announcement.id)))
    for data in PHOTOS:
        medium = await laid(house, data)
        await house.app.database.write(lambda db, medium=medium: add_medium(db, post, medium))  # type: ignore[misc]
    await teacher.presses("Переглянути й надіслати", "Надіслати: 2")
    await house.later(seconds=12)
    assert (len(ihor.files), len(iryna.files)) == (3, 1)
    await sees_who_has_it(teacher)
    await teacher.presses("Відкликати")
    assert "Фото в Telegram теж зникнуть" in teacher.last
    await teacher.presses("Так, відкликати")
    assert (len(ihor.files), len(iryna.files)) == (0, 1)
    assert "Це оголошення відкликано." in ihor.last


async def test_a_long_text_is_corrected_in_all_its_parts(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    await teacher.says("/announce")
    await teacher.says(long_text("перше", 80))
    await teacher.presses("Переглянути й надіслати", "Надіслати: 2")
    before = len(ihor.texts), len(iryna.texts)
    await house.later(seconds=12)
    assert (len(ihor.texts), len(iryna.texts)) == (before[0] + 2, before[1] + 2)
    await sees_who_has_it(teacher)
    await teacher.presses("Виправити")
    await teacher.says(long_text("друге", 80))
    await teacher.presses("Виправити всюди")
    assert (len(ihor.texts), len(iryna.texts)) == (before[0] + 2, before[1] + 4)
    for friend in (ihor, iryna):
        assert all("друге" in text for text in friend.texts[-2:])
    await teacher.presses("Виправити")
    await teacher.says(NEW)
    await teacher.presses("Виправити всюди")
    assert len(ihor.texts) == before[0] + 1
    assert NEW in ihor.last
    await teacher.presses("Відкликати", "Так, відкликати")
    assert "Це оголошення відкликано." in ihor.last


async def test_who_is_asked_anew_has_no_part_of_the_old_text(house: House) -> None:
    teacher = await house.teacher("telegram")
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    before = len(ihor.texts), len(iryna.texts)
    await announces(teacher, text=long_text("перше", 80))
    for friend in (ihor, iryna):
        await friend.presses("Прочитано")
    stays = len(iryna.texts)
    await teacher.presses("Оновити", "Виправити")
    await teacher.says(long_text("друге", 80))
    await teacher.presses("Виправити й перепитати")
    assert ["друге" in text for text in ihor.texts[before[0] :]] == [True, True]
    assert ["друге" in text for text in iryna.texts[stays:]] == [True, True]
    for friend in (ihor, iryna):
        await friend.presses("Прочитано")
        assert "✅ Підтверджено: прочитано." in friend.last


@BOTH
async def test_a_correction_may_be_longer_by_whole_messages(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian("telegram", "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    hanna = await house.guardian("telegram", "Ганна", "Юрій Лис")
    taras = await house.guardian("viber", "Тарас", "Яна Гук")
    for friend in (hanna, taras):
        await is_quiet(house, friend, 7, 13)
    before = {one.phone.name: len(one.texts) for one in (ihor, iryna, hanna, taras)}
    await announces(teacher, Ask.READ, text=long_text("перше", 80))
    assert len(ihor.texts) == before["Ігор"] + 2
    assert [len(one.texts) for one in (hanna, taras)] == [before["Ганна"], before["Тарас"]]
    await teacher.presses("Виправити")
    await teacher.says(long_text("друге", 140))
    for said in (
        "Telegram: у 1 чаті текст зміниться, а його кінець прийде новим повідомленням.",
        "Viber: 1 людина отримає нове повідомлення",
        "отримають уже новий текст: 2 людини",
    ):
        assert said in teacher.last
    await teacher.presses("Виправити всюди")
    await house.later(hours=5)
    for friend, stays in ((ihor, 0), (iryna, 2), (hanna, 0), (taras, 0)):
        fresh = friend.texts[before[friend.phone.name] + stays :]
        assert ["друге" in text for text in fresh] == [True] * 3, friend.phone.name
        assert [f"номер {number}," in text for number, text in zip((1, 60, 139), fresh, strict=True)] == [
            True
        ] * 3
        await friend.presses("Прочитано")
        assert "✅ Підтверджено: прочитано." in friend.last
    await teacher.presses("Відкликати", "Так, відкликати")
    assert len(ihor.texts) == before["Ігор"] + 1
    assert "Це оголошення відкликано." in ihor.last


def long_text(word: str, sentences: int) -> str:
    return " ".join(f"Речення номер {number}, {word}, про екскурсію до музею." for number in range(sentences))


@BOTH
async def test_the_other_guardian_gets_it_where_it_could_not_come(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Оля Коваль")
    await wishes(house, iryna, Wish.NEVER)
    blocks_silently(ihor.phone)
    await announces(teacher)
    assert TEXT not in iryna.last
    await house.later(seconds=12)
    assert TEXT in iryna.last
    texts = len(iryna.texts)
    await house.later(seconds=12)
    await house.later(minutes=5)
    assert len(iryna.texts) == texts
    await teacher.presses("Оновити")
    assert "отримують інші з родини: 1 людина" in teacher.last
    await teacher.presses("По родинах")
    assert "Ірина: доставлено, Viber, замість іншого з родини" in teacher.last
    assert "Ігор: не дійшло (" in teacher.last


@BOTH
async def test_whoever_is_spared_is_left_alone_while_it_arrives(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    await house.guardian(platform, "Ігор", "Оля Коваль")
    iryna = await house.guardian("viber", "Ірина", "Оля Коваль")
    await wishes(house, iryna, Wish.NEVER)
    await announces(teacher)
    texts = len(iryna.texts)
    await house.later(minutes=5)
    assert len(iryna.texts) == texts
    await teacher.presses("По родинах")
    assert "Ірина: отримує інший із родини, так обрано" in teacher.last


async def test_of_two_hundred_exactly_those_are_named_who_blocked_the_bot(house: House) -> None:
    teacher = await house.teacher("telegram")
    families = await settle_in(house.app.database, house.telegram, house.viber, 200)
    gone = [families[10 * place + place % 2] for place in range(20)]
    for family in gone:  # and nobody has told us
        blocks_silently(family.phone)
    await announces(teacher)
    tried = Counter(one for call in sent(house) for one in to_whom(call))
    assert {tried[family.phone.address] for family in gone} == {1}
    assert {tried[family.phone.address] for family in families} == {1}
    await teacher.presses("Кому зателефонувати: 20")
    shown = teacher.last
    await teacher.presses("›")
    named = re.findall(
        r"· (Дитина \d+): Родина \d+ \((?:бот заблоковано|відписка від бота)\)", shown + teacher.last
    )
    assert sorted(named) == sorted(f"Дитина {families.index(one)}" for one in gone)


def blocks_silently(phone: TelegramPhone | ViberPhone) -> None:
    """The messenger tells of it only when something is sent."""
    phone._blocked = True
    if isinstance(phone, ViberPhone):
        phone.user.subscribed = False


def sent(house: House) -> list[Call]:
    """Every try to send the announcement."""
    calls = [*house.telegram.journal, *house.viber.journal]
    return [
        one
        for one in calls
        if one.method.lower().startswith(("send", "broadcast")) and TEXT in str(one.params)
    ]


def to_whom(call: Call) -> list[str]:
    """The addresses that a call was to bring it to."""
    return list(
        call.params.get("broadcast_list") or [str(call.params.get("chat_id") or call.params["receiver"])]
    )


async def test_late_doubled_and_disordered_receipts_are_harmless(house: House) -> None:
    teacher = await house.teacher("telegram")
    iryna = await house.guardian("viber", "Ірина", "Лев Бондар")
    assert isinstance(iryna.phone, ViberPhone)
    await announces(teacher)
    asked = select(Letter.message, Letter.delivered_at, Letter.seen_at, Letter.state).order_by(
        Letter.id.desc()
    )
    about = asked.where(Letter.about.is_not(None))
    ((message, delivered, seen, state),) = await house.facts(lambda db: db.all(about))
    assert delivered is not None
    assert seen is None
    for fate in (Fate.SEEN, Fate.DELIVERED, Fate.FAILED, Fate.SEEN, Fate.DELIVERED):
        house.clock.wind(timedelta(seconds=5))
        await house.app.receive(
            Receipt("viber", message, iryna.phone.address, fate, house.clock.now(), trouble="late")
        )
    ((_message, again, first, now),) = await house.facts(lambda db: db.all(about))
    assert (again, now) == (delivered, state)
    assert first is not None
    await teacher.presses("Оновити")
    assert "Переглянуто: 1" in teacher.last
    assert "Не дійшло" not in teacher.last


@BOTH
async def test_nobody_else_may_look_or_do_anything(house: House, platform: str) -> None:
    teacher = await house.teacher(platform)
    ihor = await house.guardian(platform, "Ігор", "Оля Коваль")
    post = await announces(teacher)
    stranger = await house.stranger(platform).opens()
    another = await house.teacher(platform, "Ірина Львівна", "4-А")
    elsewhere = await house.teacher(platform, "Дальня Вчителька", "3-Б", school="Гімназія №404")
    former = await house.teacher(platform, "Колишня Вчителька", "3-Б")
    await ends(house, former)
    links: list[Link] = [
        reports.card(post),
        reports.by_family(post, 0),
        reports.to_phone(post, 0),
        results.answers(post, 0),
        results.send_sheet(post),
        results.send_picture(post),
        amending.remind(post),
        amending.correct(post),
        amending.sure(post),
        amending.keep(post, False),
        amending.recall(post),
        amending.take_back(post),
        amending.tell(post),
        reports.of_class(await house.class_of("3-Б"), 0),
    ]
    for friend in (stranger, another, elsewhere, former, ihor):
        files = len(friend.files)
        for link in links:
            house.clock.wind(timedelta(seconds=6))
            await friend.forges(link)
            assert "Оля Коваль" not in friend.last or friend is ihor, link
            assert "Надіслано:" not in friend.last, link
            assert "Завтра екскурсія" not in friend.last or friend is ihor, link
        assert len(friend.files) == files
    (row,) = await house.facts(
        lambda db: db.all(
            select(Announcement.stage, Announcement.corrected_at, Announcement.reminded_at, Announcement.text)
        )
    )
    assert tuple(row) == (Stage.SENT, None, None, TEXT)


async def ends(house: House, teacher: Friend) -> None:
    """Their role is over."""
    person = (await house.chat(teacher)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == person)))


async def test_the_author_is_refused_once_the_class_is_not_theirs(house: House) -> None:
    teacher = await house.teacher("telegram", "Олена Петрівна", "3-Б")
    await house.guardian("telegram", "Ігор", "Оля Коваль")
    post = await announces(teacher)
    await ends(house, teacher)
    await house.joins(teacher, await house.invite(Role.CLASS_TEACHER, "Олена Петрівна", "4-А"))
    await teacher.forges(reports.by_family(post, 0))
    assert "Оля Коваль" not in teacher.last
    await teacher.forges(amending.take_back(post))
    (row,) = await house.facts(lambda db: db.all(select(Announcement.stage)))
    assert row[0] is Stage.SENT


async def test_a_class_teacher_sees_her_own_class_of_what_went_to_several(house: House) -> None:
    administrator = await house.administrator("telegram")
    teacher = await house.teacher("telegram", "Ірина Львівна", "4-А")
    await house.guardian("telegram", "Ігор", "Оля Коваль", school_class="3-Б")
    await house.guardian("telegram", "Тарас", "Лев Бондар", school_class="4-А")
    await administrator.says("/announce")
    await administrator.says(TEXT)
    await administrator.presses("Кому", "☐ Уся школа", "Готово", "Переглянути й надіслати", "Надіслати: 2")
    await house.later(seconds=12)
    (row,) = await house.facts(lambda db: db.all(select(Announcement.id)))
    await teacher.forges(reports.card(row[0]))
    assert "Надіслано й іншим класам; тут лише ваші." in teacher.last
    assert "Надіслано: 1" in teacher.last
    assert "Відкликати" not in teacher.labels
    await teacher.presses("По родинах")
    assert "Лев Бондар" in teacher.last
    assert "Оля Коваль" not in teacher.last
    await teacher.forges(amending.take_back(row[0]))
    await sees_who_has_it(administrator)
    await administrator.presses("По родинах")
    assert "Оля Коваль, 3-Б" in administrator.last
    (row,) = await house.facts(lambda db: db.all(select(Announcement.stage)))
    assert row[0] is Stage.SENT
