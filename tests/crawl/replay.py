"""Everything that anybody was ever offered, pressed by everybody else: what must come of it is nothing.

`replay(house)` may end any story. It takes every link of every letter that the house has written, every `hear`,
`take` and `file` step with every answers that fit it, and steps that nobody came to with some, and puts them into the
chats of people to whom none of it belongs. A file is also asked for by an address that is theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import ClientSession
from sqlalchemy import delete, insert, select, update

from bot.core.errands import _keep
from bot.core.events import Event, Pressed, Said, What
from bot.core.flows import Sort, StaleLink
from bot.core.outbox import held
from bot.core.turns import FLOOD, FLOOD_SPAN
from models import errand
from models.absence import AbsenceWords
from models.admission import JoinRequest
from models.base import Base
from models.chat import Chat
from models.database import Db
from models.letter import Card, Letter
from models.media import About, MediumSort
from models.people import Child, Guardian, Person, Right, Staff
from models.question import Question
from models.school import School, SchoolClass
from sandbox.viber.phone import ViberPhone
from tests.crawl.walk import SENT
from tests.house import Friend, House

GAP = 100_000
"""A number beyond all that are given here."""
BETWEEN = FLOOD_SPAN / FLOOD * 1.1
"""Between two rounds of presses: just slower than a flood, in which nothing would be tried."""
SOME = 4
"""Answers with which a step is tried that nobody came to."""
NOT_FACTS = {"chat", "errand", "letter", "list_draft", "card", "seen", "parked"}
"""Tables that tell of conversations, not of the school; what is pasted and not saved is seen by nobody else."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TYPED = "підробка"
FOR_ADMINISTRATORS = {"privacy.raw_child", "privacy.readable_child"}
"""`file` steps of which an administrator of the same school may have every paper."""
OF_A_CLASS = {"families.picture", "families.sheet", "letters.sheet"}
"""`file` steps about a class: of one that was there before the others came with classes of their own."""
ONES_OWN = {
    *("messengers.also", "messengers.speak", "messengers.leave"),
    *("quiet.keep", "wishes.keep", "wishes.keep_hour"),
    *("forgetting.forget", "privacy.raw", "privacy.readable", "privacy.send"),
    *(
        "compose.start",
        "compose.write",
        "compose.earlier",
        "digest.show",
        "digest.unfold",
        "reports.all_mine",
    ),
    *("recent.page", "recent.search", "recent.find", "recent.found", "questions.waiting"),
}
"""Steps that change only something of whoever takes them: anybody may."""
MANAGED = {
    "admissions",
    "amending",
    "calendar",
    "children",
    "families",
    "forgetting",
    "no_photos",
    "letters",
    "privacy",
    "reports",
    "results",
    "roster",
    "school_class",
}
"""Flows of who manages a class: its teacher, and an administrator of its school, to whom they are not forbidden."""
RUN = {
    *("breaks", "calendar", "class_staff", "classes", "consent_text", "inviting", "public_holidays"),
    *("roster", "school", "setup", "staff", "trail", "year"),
}
"""Flows of who runs a school: not forbidden to its administrator either."""


ADMINISTRATOR = "administrator"
CLASSMATE = "another family's parent"
"""Of the same class: what was announced to all of it is theirs to read and to answer."""
OF_ALL = {"recent.look", "asking.write", "asking.send"}
"""The same: to be opened, and to be asked about."""
ELSEWHERE = "Гімназія №405"
"""A school with nobody but its administrator, who may do there what these links say: its rows are not looked at."""

Facts = dict[str, list[tuple[Any, ...]]]


PICTURE = About(MediumSort.PHOTO, "e" * 64, None, "image/jpeg", "photo.jpg", 9)
"""What was kept for a step that takes media."""


@dataclass
class Tally:
    """What came of a replay: how much was tried, and what got through (a sentence each).

    untried: steps for which no answers were seen that fit.
    """

    attempts: int = 0
    files: int = 0
    untried: set[str] = field(default_factory=set)
    successes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        untried = f"steps untried: {', '.join(sorted(self.untried)) or 'none'}"
        return f"{self.attempts} attempts, {self.files} at files, {len(self.successes)} successes; {untried}"


async def replay(house: House, platform: str) -> Tally:
    """Try everything as everybody of `_others`, on this messenger; the house is left with them in it."""
    links, letters, canaries = await _links(house), await _letters(house), await house.facts(_canaries)
    children = [id_ for (id_,) in await house.facts(lambda db: db.all(select(Child.id)))]
    links = [link for link in links if link[0] not in FOR_ADMINISTRATORS or link[1] in children]
    classes = [id_ for (id_,) in await house.facts(lambda db: db.all(select(SchoolClass.id)))]
    links = [link for link in links if link[0] not in OF_A_CLASS or link[1] in classes]
    others = await _others(house, platform)
    (elsewhere,) = await house.facts(lambda db: db.first(select(School.id).where(School.name == ELSEWHERE)))
    before = await house.facts(partial(_facts, elsewhere))
    tally = Tally(untried=house.app.book.steps.keys() - {link[0] for link in links} - ONES_OWN)
    turns: dict[str, str] = {}
    planted = {who: await _plant(house, friend, links) for who, friend in others.items()}
    for place, link in enumerate(links):
        house.clock.wind(BETWEEN)
        for who, friend in others.items():
            if link[0] in ONES_OWN or _may(who, link):
                continue
            tally.attempts += 1
            match house.app.book.steps[link[0]].sort:
                case Sort.TAKE | Sort.KEEP:
                    turn = await _errand(house, friend, link)
                case Sort.HEAR:
                    turn = await _event(house, friend, await _listening(house, friend, link), tally.attempts)
                case _:
                    turn = await _event(house, friend, Pressed(planted[who], place), tally.attempts)
            turns[turn] = f"{who}: {json.dumps(link)}"
    for letter, places in letters:
        for place in {0, places - 1}:
            house.clock.wind(BETWEEN)
            for who, friend in others.items():
                tally.attempts += 1
                turn = await _event(house, friend, Pressed(letter, place), tally.attempts)
                turns[turn] = f"{who}: #{letter}.{place}"
    await house.settled(30)
    await _ask_for_files(house, links, others, tally)
    tally.successes += [line async for line in _leaks(house, turns, canaries)]
    tally.successes += list(_changes(before, await house.facts(partial(_facts, elsewhere))))
    return tally


def _may(who: str, link: list[Any]) -> bool:
    """Whether this is not forbidden to them: to an administrator what they manage and run, for instance."""
    flow = link[0].split(".")[0]
    return (who == ADMINISTRATOR and flow in MANAGED | RUN) or (
        who == CLASSMATE and (flow == "announcements" or link[0] in OF_ALL)
    )


async def _links(house: House) -> list[list[Any]]:
    """Every link of every letter, and steps with answers that were seen and fit: the newest few, but all of a `hear`,
    `take`, `take_media` and `file` step, whose links stand on no button.

    Of links that differ in their days only, the newest: rights are not to a day.
    """
    rows = await house.facts(lambda db: db.all(select(Letter.links, Letter.words).order_by(Letter.id)))
    files = [link for _links, words in rows for link in held(words)]
    seen = [link for links, _words in rows for link in links] + files
    found = {DAY.sub("day", json.dumps(link)): link for link in seen}
    answers = {json.dumps(link[1:]): link[1:] for link in found.values()}
    offered = {link[0] for link in seen}
    for step in house.app.book.steps.values():
        fitting = [given for given in reversed(answers.values()) if _fits(step.read, given)]
        unseen = step.sort in (Sort.HEAR, Sort.TAKE, Sort.KEEP, Sort.FILE)
        most = None if unseen else 0 if step.name in offered else SOME
        for given in fitting[:most]:
            found[json.dumps([step.name, *given])] = [step.name, *given]
    return [link for link in found.values() if link[0] not in ONES_OWN]


def _fits(read: Callable[[list[Any]], object], given: list[Any]) -> bool:
    try:
        read(given)
    except StaleLink:
        return False
    return True


async def _letters(house: House) -> list[tuple[int, int]]:
    """The newest letter of each kind of keyboard: its id, and how many buttons it has."""
    rows = await house.facts(lambda db: db.all(select(Letter.id, Letter.links).order_by(Letter.id)))
    kinds = {json.dumps([link[0] for link in links]): (id_, len(links)) for id_, links in rows if links}
    return list(kinds.values())


async def _canaries(db: Db) -> set[str]:
    """Names of children, their guardians and those who wait, and what they wrote: nobody else may be sent these."""
    guards = select(Person.name).join(Guardian, Guardian.person_id == Person.id)
    asked = [
        select(Child.name),
        guards,
        select(AbsenceWords.words),
        select(Question.text),
        select(Question.answer),
    ]
    asked += [select(one) for one in (JoinRequest.name, JoinRequest.child_name, JoinRequest.words)]
    return {text for ask in asked for (text,) in await db.all(ask) if text}


async def _others(house: House, platform: str) -> dict[str, Friend]:
    """People of every sort to whom nothing of what was told belongs."""
    await house.app.database.write(_leave_a_gap)
    some_class, child = await house.facts(
        lambda db: db.first(
            select(SchoolClass.name, Child.name).join(Child, Child.class_id == SchoolClass.id)
        )
    )
    once = await house.guardian(platform, "Колишня Опікунка", child, school_class=some_class)
    person = (await house.chat(once)).person_id
    await house.app.database.write(lambda db: db.run(delete(Guardian).where(Guardian.person_id == person)))
    await once.says("/menu")
    limited = await house.guardian(platform, "Обмежена Опікунка", child, school_class=some_class)
    await house.limited(limited, *Right)
    former = await house.teacher(platform, "Колишня Вчителька", some_class)
    taught = (await house.chat(former)).person_id
    await house.app.database.write(lambda db: db.run(delete(Staff).where(Staff.person_id == taught)))
    return {
        CLASSMATE: await house.guardian(platform, "Чужа Мама", "Чужа Дитина", school_class=some_class),
        "ex-guardian": once,
        "teacher of another class": await house.teacher(platform, "Чужа Вчителька", "11-Ю"),
        "teacher of another school": await house.teacher(
            platform, "Дальня Вчителька", some_class, school="Гімназія №404"
        ),
        "limited guardian": limited,
        "former teacher": former,
        ADMINISTRATOR: await house.administrator(platform, "Чужа Адміністраторка"),
        "administrator of another school": await house.administrator(
            platform, "Дальня Адміністраторка", school=ELSEWHERE
        ),
        "stranger": await house.stranger(platform).opens(),
    }


async def _leave_a_gap(db: Db) -> None:
    """See to it that no number of the others' own classes and children is one that anything else has.

    Steps are tried with answers that were seen elsewhere, and what fits by its sort may be of something else.
    """
    row = await db.first(select(SchoolClass.school_id, SchoolClass.year).order_by(SchoolClass.id).limit(1))
    assert row is not None
    whose = {"id": GAP, "school_id": row[0], "name": "Зазор"}
    await db.run(insert(SchoolClass), {**whose, "year": row[1]})
    await db.run(insert(Child), {**whose, "class_id": GAP})


async def _plant(house: House, friend: Friend, links: list[list[Any]]) -> int:
    """A letter of one's own with all these links; as a card, so that it stands whatever else is shown."""
    letter, chat = await house.plant(friend, links), (await house.chat(friend)).id
    card = insert(Card).values(chat_id=chat, key='["replay"]', letter_id=letter)
    await house.app.database.write(lambda db: db.run(card))
    return letter


async def _ask_for_files(
    house: House, links: list[list[Any]], others: dict[str, Friend], tally: Tally
) -> None:
    """Every file, by an address that is signed for somebody to whom it does not belong: nobody gets a byte."""
    chats = {who: (await house.chat(friend)).id for who, friend in others.items()}
    async with ClientSession() as session:
        for link in (link for link in links if house.app.book.steps[link[0]].sort is Sort.FILE):
            for who, chat in chats.items():
                if _may(who, link):
                    continue
                tally.attempts += 1
                tally.files += 1
                address = house.app.addresses.of(chat, link, ".pdf", house.clock.now())
                assert address is not None
                async with session.get(address) as answer:
                    if answer.status != 404:
                        tally.successes.append(f"{who} was given {json.dumps(link)}: HTTP {answer.status}")


async def _listening(house: House, friend: Friend, link: list[Any]) -> What:
    """Something typed where the chat listens for this link."""
    where = (Chat.platform == friend.platform, Chat.address == friend.phone.address)
    change = update(Chat).where(*where).values(hears=link)
    await house.app.database.write(lambda db: db.run(change))
    return Said(TYPED)


async def _errand(house: House, friend: Friend, link: list[Any]) -> str:
    """A file has been read or kept for this link in the chat; returns the id of the turn in which that ends."""
    chat, step = (await house.chat(friend)).id, house.app.book.steps[link[0]]
    told = {"ref": "", "name": SENT[0], "size": 0} | ({"sort": "photo"} if step.sort is Sort.KEEP else {})

    async def write(db: Db) -> errand.Waiting:
        await errand.send(db, chat, link, told, house.clock.now())
        return next(one for one in await errand.waiting(db) if one.chat == chat)

    waiting = await house.app.database.write(write)
    if step.reading is None:
        return (await house.app.turns.resume(waiting, partial(_keep, waiting, PICTURE))).turn
    given = step.reading(*SENT)
    return (await house.app.turns.resume(waiting, lambda turn: turn.hear(link, given))).turn


async def _event(house: House, friend: Friend, what: What, number: int) -> str:
    """The event as the messenger's intake gives it; returns the id of its turn."""
    key, now = f"replay:{number}", house.clock.now()
    if isinstance(friend.phone, ViberPhone):
        friend.phone.user.writes(
            now.timestamp()
        )  # as whoever presses does: it is what Viber counts messages by
    outcome = await house.app.handle(Event(key, friend.platform, friend.phone.address, now, what))
    assert outcome.step, "it was not even looked at"
    return outcome.turn


async def _leaks(house: House, turns: dict[str, str], canaries: set[str]) -> AsyncIterator[str]:
    asked = select(Letter.turn, Letter.words).where(Letter.turn.in_(turns))
    for turn, words in await house.facts(lambda db: db.all(asked)):
        shown = json.dumps(words, ensure_ascii=False)
        if seen := sorted(canary for canary in canaries if canary in shown):
            yield f"{turns[turn]} was shown {seen}"


async def _facts(elsewhere: int, db: Db) -> Facts:
    """All rows of all tables that hold facts, but for those of the school that is elsewhere."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_FACTS:
            continue
        school = table.columns.get("id" if table.name == "school" else "school_id")
        asked = select(table) if school is None else select(table).where(school != elsewhere)
        found[table.name] = sorted(map(tuple, await db.all(asked)), key=str)
    return found


def _changes(before: Facts, after: Facts) -> Iterator[str]:
    for table, rows in after.items():
        for row in rows:
            if row not in before[table]:
                yield f"{table} has got {row}"
        for row in before[table]:
            if row not in rows:
                yield f"{table} has lost {row}"
