"""What comes in at the webhooks: twice, out of order, mutated, forged."""

from __future__ import annotations

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.turns import FLOOD_SPAN
from sandbox.telegram.phone import TelegramPhone
from tests.faults.conftest import Settling
from tests.faults.families import Family, have_written, settle_in
from tests.faults.hooks import Post, as_json, post, shown, signature, signed
from tests.faults.rows import SEED, number, row, sizes, sound, sql
from tests.house import House

pytestmark = pytest.mark.faults
FACTS = (
    "SELECT school.name, child.name, first_day, last_day, reason, words, person.name, withdrawn_at IS NULL"
    " FROM absence JOIN child ON child.id = child_id JOIN school ON school.id = absence.school_id"
    " LEFT JOIN absence_words ON absence_id = absence.id"
    " LEFT JOIN person ON person.id = told_by ORDER BY 2, 3, 8",
    "SELECT child.name, day FROM absence_day JOIN child ON child.id = child_id ORDER BY 1, 2",
    "SELECT person.name, child.name FROM guardian JOIN person ON person.id = person_id"
    " JOIN child ON child.id = child_id ORDER BY 1, 2",
    "SELECT person.name, role, class_id FROM staff JOIN person ON person.id = person_id ORDER BY 1, 2, 3",
    "SELECT name FROM person ORDER BY 1",
    "SELECT name, role, used_at IS NULL FROM invite ORDER BY 1, 2, 3",
    "SELECT platform, address, person_id IS NULL, language, reachable FROM chat WHERE person_id IS NOT NULL"
    " ORDER BY 1, 2",
)
"""All that is true of the school, by names and not by the numbers that a row happened to get."""


def _facts(file: Path) -> list[list[tuple[object, ...]]]:
    return [sql(file, ask) for ask in FACTS]


async def _tells_its_story(family: Family, place: int) -> None:
    """Nine things that a family does, a little different from family to family."""
    await family.comes()
    await family.tells(("Сьогодні", "Завтра")[place % 2])
    if place % 3:
        await family.withdraws()
        await family.tells("Завтра")


class _Again:
    """Keeps what goes to the app, and brings some of it again: byte for byte, later, behind what is newer."""

    def __init__(self, house: House, dice: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Post] = []
        put, send = house.telegram.delivery.put, house.viber.callbacks.put

        def put_and_keep(update: dict[str, Any]) -> dict[str, Any]:
            update = put(update)
            self.sent.append(signed("telegram", as_json(update)))
            return update

        def send_and_keep(who: str, body: dict[str, Any], answered: Any = None) -> None:
            self.sent.append(signed("viber", as_json(body)))
            send(who, body, answered)

        monkeypatch.setattr(house.telegram.delivery, "put", put_and_keep)
        monkeypatch.setattr(house.viber.callbacks, "put", send_and_keep)
        self._house, self._dice = house, dice

    async def bring(self, told: asyncio.Task[None]) -> int:
        """While the stories are told, bring each thing a second time, in any order; returns how many."""
        brought = 0
        waiting: list[Post] = []
        statuses: Counter[int] = Counter()
        while not told.done() or brought < len(self.sent):
            waiting += self.sent[brought:]
            brought += len(self.sent[brought:])
            self._dice.shuffle(waiting)
            half = len(waiting) // 2 if not told.done() else 0
            statuses += await post(self._house, waiting[half:])
            del waiting[half:]
            await asyncio.sleep(0.01)
        statuses += await post(self._house, waiting + self._dice.sample(self.sent, len(self.sent) // 3))
        assert set(statuses) == {200}, statuses
        return statuses.total()


async def _told_once(folder: Path, many: int) -> list[list[tuple[object, ...]]]:
    """The facts after the same stories, one family after the other and everything once."""
    house = await House(folder).open()
    town = await settle_in(house.app.database, house.telegram, house.viber, many)
    for place, family in enumerate(town):
        await _tells_its_story(family, place)
    await house.settled()
    facts = _facts(folder / "klasno.db")
    await house.close()
    return facts


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder for a second house."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@sizes(30, 120)
async def test_everything_twice_and_out_of_order_is_everything_once(
    house: House, families: Settling, file: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    town = await families(many)
    again = _Again(house, random.Random(SEED), monkeypatch)

    async def all_tell() -> None:
        await asyncio.gather(*(_tells_its_story(family, place) for place, family in enumerate(town)))

    told = asyncio.create_task(all_tell())
    brought = await again.bring(told)
    await told
    await house.settled()
    facts, once = _facts(file), await _told_once(elsewhere, many)
    row(
        "R6+T9 twice and out of order",
        facts == once and sound(file) and not number(file, "SELECT count(*) FROM parked"),
        families=many,
        updates=len(again.sent),
        brought_again=brought,
        facts=sum(map(len, once)),
        tables_that_differ=sum(a != b for a, b in zip(facts, once, strict=True)),
        parked=number(file, "SELECT count(*) FROM parked"),
    )


HOSTILE: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 2**64, -(2**63), 10**400, 1.5, 1e308, float("nan"), "", "\0", "\ud800",
    "x" * 5000, "😀" * 1000, [], {}, [[]], {"id": {}}, "#1.0", "#999999999999999999.9999", "#²³.¹", "/start",
    "/menu", "/start " + "A" * 22, "' OR 1=1 --", "%s%n", "{0.__class__}", "\u202eабв", "<b>", "AAAA-CCCC-DDDD",
]  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a JSON value: what holds it, and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _mutated(raw: dict[str, Any], dice: random.Random) -> bytes:
    """The update with one to four things in it changed, and now and then its bytes."""
    raw = copy.deepcopy(raw)
    for _change in range(dice.randint(1, 4)):
        places = list(_places(raw))
        if not places:
            break
        holder, key = dice.choice(places)
        match dice.randrange(5):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [holder[key]]
            case 2:
                other, place = dice.choice(places)
                holder[key] = copy.deepcopy(other[place]) if place in _keys(other) else None
            case _:
                holder[key] = dice.choice(HOSTILE)
    body = bytearray(as_json(raw))
    if dice.random() < 0.1:
        body[dice.randrange(len(body))] = dice.randrange(256)
    if dice.random() < 0.05:
        del body[dice.randrange(len(body)) :]
    return bytes(body)


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _genuine(family: Family, house: House, dice: random.Random) -> dict[str, Any]:
    """Something that a person might send, as the messenger writes it."""
    letter, fresh = dice.randint(1, 200), dice.randrange(2**40)
    words = dice.choice(
        ["Привіт", "/menu", "/start", f"/start {'Aa0-' * 5}Aa", "AAAA CCCC DDDD", f"#{letter}.0"]
    )
    if isinstance(family.phone, TelegramPhone):
        message = {
            "message_id": fresh,
            "from": family.phone.user,
            "chat": family.phone.chat,
            "date": 1795414200,
        }
        photo = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
        member = {"user": house.telegram.me, "status": "member"}
        content: dict[str, Any] = dice.choice(
            [
                {"message": {**message, "text": words}},
                {"message": {**message, "photo": [photo], "caption": words}},
                {"message": {**message, "forward_origin": {"type": "hidden_user", "sender_user_name": "О",
                                                           "date": 1795414200}, "text": words}},
                {"callback_query": {"id": str(fresh), "from": family.phone.user, "chat_instance": "1",
                                    "data": f"#{letter}.{dice.randrange(4)}", "message": {**message, "text": "?"}}},
                {"my_chat_member": {"chat": family.phone.chat, "from": family.phone.user, "date": 1795414200,
                                    "old_chat_member": member, "new_chat_member": member}},
            ]
        )  # fmt: skip
        return {"update_id": fresh, **content}
    profile = {**family.phone.user.profile(True, False)}
    head = {
        "timestamp": int(house.clock.now().timestamp() * 1000),
        "chat_hostname": "SN",
        "message_token": fresh,
    }
    return {
        **head,
        **dice.choice(
            [
                {"event": "message", "sender": profile, "message": {"type": "text", "text": words}, "silent": False},
                {"event": "message", "sender": profile,
                 "message": {"type": "picture", "media": "http://x/y.jpg", "text": words, "thumbnail": "http://x"}},
                {"event": "conversation_started", "type": "open", "user": profile, "context": words,
                 "subscribed": False},
                {"event": "subscribed", "user": profile},
                {"event": "unsubscribed", "user_id": family.phone.address},
                {"event": "delivered", "user_id": family.phone.address},
                {"event": "failed", "user_id": family.phone.address, "desc": words},
            ]
        ),
    }  # fmt: skip


@sizes(1000, 10_000)
async def test_mutated_updates_break_nothing(house: House, families: Settling, file: Path, many: int) -> None:
    dice = random.Random(SEED)
    spared = await families(6)
    await asyncio.gather(*(_tells_its_story(family, place) for place, family in enumerate(spared)))
    senders = await settle_in(house.app.database, house.telegram, house.viber, 10, "4-А")
    await asyncio.gather(*(family.comes() for family in senders))
    await house.settled()
    before = _facts(file)
    statuses: Counter[int] = Counter()
    for _batch in range(many // 200):
        chosen = [dice.choice(senders) for _post in range(200)]
        bodies = [(one.phone.platform, _mutated(_genuine(one, house, dice), dice)) for one in chosen]
        statuses += await post(house, [signed(platform, body) for platform, body in bodies])
        house.clock.wind(2 * FLOOD_SPAN)
        have_written(senders, house.clock.now().timestamp())
    await house.settled(60)
    after = _facts(file)
    strange = number(
        file,
        "SELECT count(*) FROM absence WHERE NOT EXISTS (SELECT 1 FROM guardian"
        " WHERE guardian.person_id = told_by AND guardian.child_id = absence.child_id)",
    )
    gone = [
        fact for facts, now in zip(before[:6], after[:6], strict=True) for fact in facts if fact not in now
    ]
    grown = [len(after[place]) - len(before[place]) for place in (2, 3, 4, 5)]
    parked = [str(error) for (error,) in sql(file, "SELECT error FROM parked")]
    await asyncio.gather(*(family.comes() for family in spared))  # and it still works
    row(
        "T8 mutated",
        set(statuses) <= {200, 413}
        and not parked
        and not gone
        and not any(grown)
        and not strange
        and sound(file),
        posts=statuses.total(),
        statuses={str(status): count for status, count in sorted(statuses.items())},
        taken_for_events=number(file, "SELECT count(*) FROM seen"),
        server_errors=sum(count for status, count in statuses.items() if status >= 500),
        steps_broken=len(parked),
        broken=", ".join(sorted(set(parked)))[:300],
        facts_lost=len(gone),
        facts_made=sum(grown),
        absences_of_others_children=strange,
    )


def _forged(many: int, house: House, family: dict[str, Family], dice: random.Random) -> Iterator[Post]:
    """Posts that nobody but a forger makes."""
    for place in range(many):
        platform = ("telegram", "viber")[place % 2]
        body = as_json(_genuine(family[platform], house, dice))
        right = signature(platform, body)
        where = dice.randrange(len(body))
        changed = body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :]
        wrong = right[:-1] + ("a" if right[-1] != "a" else "b")
        tricks = [
            (body, {}),
            (body, shown(platform, "")),
            (body, shown(platform, wrong)),
            (body, shown(platform, right[: dice.randrange(len(right))])),
            (body, shown(platform, right + "0")),
            (body, shown(platform, right.swapcase())),
            (body, shown(platform, "секрет-" + right)),
            (body, shown(platform, signature("viber" if platform == "telegram" else "telegram", body))),
            (changed, shown(platform, right if platform == "viber" else wrong)),
        ]
        yield Post(platform, *tricks[place // 2 % len(tricks)])
        if place % 250 < 2:
            yield Post(platform, b'{"a":"' + b"x" * 2 * 2**20 + b'"}', shown(platform, wrong))
            yield Post(platform, b"[" * 100_000, shown(platform, wrong))


@sizes(1000, 10_000)
async def test_forged_posts_come_to_nothing(house: House, families: Settling, file: Path, many: int) -> None:
    first, second = await families(2)
    family = {first.phone.platform: first, second.phone.platform: second}
    statuses = await post(house, _forged(many, house, family, random.Random(SEED)))
    monsters = [
        signed(platform, body)
        for platform in family
        for body in (
            b'{"a":"' + b"x" * 2 * 2**20 + b'"}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"\xff\xfe",
            b"",
        )
    ]
    genuine = await post(house, monsters)
    seen = number(file, "SELECT count(*) FROM seen")
    row(
        "T8 forged",
        set(statuses) <= {401, 413, 0}
        and statuses[0] <= many // 50
        and set(genuine) <= {200, 413, 0}
        and not seen,
        posts=statuses.total(),
        statuses={str(status): count for status, count in sorted(statuses.items())},
        accepted=statuses[200],
        server_errors=sum(count for status, count in (statuses + genuine).items() if status >= 500),
        monsters_well_signed={str(status): count for status, count in sorted(genuine.items())},
        rows_in_seen=seen,
    )
