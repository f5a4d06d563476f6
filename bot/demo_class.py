"""The people of the demo: a class that is under way, a mother who is not in yet, and a school that is still empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from models import schema
from models.database import Database, Db
from models.invite import Issued, Offer, issue
from models.people import Relation, Role, child_named
from models.school import School, class_named, school_named

SCHOOL = "Ліцей №7"
CLASS = "3-Б"
EMPTY = "Моя школа"
"""The school that has nobody and nothing yet."""
LETTER_USES = 6


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody with a phone on the page.

    number: part of their id at the messenger. is_in: whether they have joined when the demo begins.
    """

    number: int
    platform: str
    name: str
    caption: str
    language: str
    role: Role
    children: tuple[str, ...] = ()
    relation: Relation = Relation.OTHER
    is_in: bool = True


PEOPLE = (
    Guest(101, "telegram", "Ігор", "Ігор, тато Олі", "uk", Role.GUARDIAN, ("Оля Коваль",), Relation.FATHER),
    Guest(102, "telegram", "Олена Петрівна", "Олена Петрівна, класний керівник", "uk", Role.CLASS_TEACHER),
    Guest(
        103,
        "viber",
        "Ірина",
        "Ірина, мама Тараса й Соломії",
        "uk",
        Role.GUARDIAN,
        ("Тарас Бондар", "Соломія Бондар"),
        Relation.MOTHER,
    ),
    Guest(
        105,
        "viber",
        "Светлана",
        "Светлана, мама Дениса",
        "ru",
        Role.GUARDIAN,
        ("Денис Шевчук",),
        Relation.MOTHER,
    ),
    Guest(
        106,
        "telegram",
        "James",
        "James, Emma's father",
        "en",
        Role.GUARDIAN,
        ("Emma Clark",),
        Relation.FATHER,
    ),
    Guest(
        109,
        "viber",
        "Тетяна",
        "Тетяна, мама Захара, ще не тут",
        "uk",
        Role.GUARDIAN,
        ("Захар Іваненко",),
        Relation.MOTHER,
        is_in=False,
    ),
    Guest(104, "viber", "Марія", "Марія, мама Олі", "uk", Role.GUARDIAN, ("Оля Коваль",), Relation.MOTHER),
    Guest(
        107,
        "telegram",
        "Андрій",
        "Андрій, тато Максима",
        "uk",
        Role.GUARDIAN,
        ("Максим Мельник",),
        Relation.FATHER,
    ),
    Guest(108, "viber", "Світлана Іванівна", "Світлана Іванівна, адміністратор", "uk", Role.ADMINISTRATOR),
    Guest(
        110,
        "telegram",
        "Наталя Сергіївна",
        "Наталя Сергіївна, починає з порожньої школи",
        "uk",
        Role.ADMINISTRATOR,
        is_in=False,
    ),
)
CLASSMATES = (
    "Аліна Бойко", "Богдан Гнатюк", "Вероніка Данилюк", "Владислав Журба", "Дарина Зінчук", 
    "Злата Кравець", "Катерина Лисенко", "Лев Мороз", "Матвій Назаренко", "Мілана Олійник", "Назар Панченко",
    "Поліна Романюк", "Роман Савчук", "Софія Ткаченко", "Тимофій Усенко", "Уляна Федорук", "Ярослав Хоменко",
)  # fmt: skip


async def furnish(database: Database, now: datetime) -> dict[Guest, list[Issued]]:
    """Make both schools, the class and the invitations; returns what each guest has to show, for each child."""
    await schema.upgrade(database)
    return await database.write(lambda db: _furnish(db, now))


async def _furnish(db: Db, now: datetime) -> dict[Guest, list[Issued]]:
    school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", now.date())
    await db.run(update(School).where(School.id == school).values(ready=True))
    empty = await school_named(db, EMPTY, "Europe/Kyiv", "uk", now.date())
    group = await class_named(db, school, CLASS)
    for name in CLASSMATES:
        await child_named(db, school, group, name)
    issued: dict[Guest, list[Issued]] = {}
    for guest in PEOPLE:
        held = group if guest.role is Role.CLASS_TEACHER else None
        pupils: list[int | None] = [await child_named(db, school, group, child) for child in guest.children]
        offers = [Offer(school, guest.role, guest.name, held, pupil) for pupil in pupils or [None]]
        if not guest.is_in:
            offers = [_not_in_yet(offer, empty) for offer in offers]
        issued[guest] = [await issue(db, offer, now) for offer in offers]
    return issued


def _not_in_yet(offer: Offer, empty: int) -> Offer:
    """A child's letter, about which the teacher is asked; or the first invitation to the empty school."""
    if offer.child_id is not None:
        return offer._replace(name="", uses_left=LETTER_USES, asks=True)
    return offer._replace(name="", school_id=empty)
