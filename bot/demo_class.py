"""The class of the demo: 3-Б of an invented school, its teacher, an administrator and five families."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models import schema
from models.database import Database, Db
from models.invite import Offer, issue
from models.people import Relation, Role, child_named
from models.school import class_named, school_named

SCHOOL = "Ліцей №7"
CLASS = "3-Б"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody with a phone on the page. number: part of their id at the messenger."""

    number: int
    platform: str
    name: str
    caption: str
    language: str
    role: Role
    children: tuple[str, ...] = ()
    relation: Relation = Relation.OTHER


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
)
CLASSMATES = (
    "Аліна Бойко", "Богдан Гнатюк", "Вероніка Данилюк", "Владислав Журба", "Дарина Зінчук", "Захар Іваненко",
    "Злата Кравець", "Катерина Лисенко", "Лев Мороз", "Матвій Назаренко", "Мілана Олійник", "Назар Панченко",
    "Поліна Романюк", "Роман Савчук", "Софія Ткаченко", "Тимофій Усенко", "Уляна Федорук", "Ярослав Хоменко",
)  # fmt: skip


async def furnish(database: Database, now: datetime) -> dict[Guest, list[str]]:
    """Make the school, the class and the invitations; returns the payloads of each guest's links."""
    await schema.upgrade(database)
    return await database.write(lambda db: _furnish(db, now))


async def _furnish(db: Db, now: datetime) -> dict[Guest, list[str]]:
    school = await school_named(db, SCHOOL, "Europe/Kyiv", "uk", now.date())
    group = await class_named(db, school, CLASS)
    for name in CLASSMATES:
        await child_named(db, school, group, name)
    payloads: dict[Guest, list[str]] = {}
    for guest in PEOPLE:
        held = group if guest.role is Role.CLASS_TEACHER else None
        pupils: list[int | None] = [await child_named(db, school, group, child) for child in guest.children]
        issued = [
            await issue(db, Offer(school, guest.role, guest.name, held, pupil), now)
            for pupil in pupils or [None]
        ]
        payloads[guest] = [one.token for one in issued]
    return payloads
