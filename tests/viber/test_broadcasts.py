"""Broadcasts over the real client: how many fit, whom they do not reach, and when there are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.clock import Clock
from bot.core.errors import Gone, Later, Misconfigured, Refused
from bot.core.outbox import Delivered, Parcel
from bot.viber import broadcasts
from bot.viber.client import JSON_BYTES, ViberClient
from bot.viber.platform import Viber

from .conftest import School, words
from .test_client import viber_saying

ROWS = [[["Так", 0, "main"], ["Ні", 1, None]]]


def many(count: int, said: dict[str, Any], first: int = 12) -> list[Parcel]:
    """Letters of one group, to ids as long as Viber's."""
    return [
        Parcel(first + place, place, f"{place:022}==", 2, said, about="[]", same_as=first)
        for place in range(count)
    ]


async def test_those_who_are_old_gone_or_strange_are_named_and_the_others_have_it(school: School) -> None:
    parcels = many(4, words(rows=ROWS))
    for place, version in ((0, 10), (1, 10), (2, 5)):
        phone = school.server.person(parcels[place].address, f"Родина{place}", api_version=version)
        phone.user.subscribed = place != 1
    outcomes = await school.viber.together.deliver(parcels)
    [call] = school.server.accepted("broadcast_message")
    assert outcomes[0] == Delivered(str(call.answer["message_token"]), call.answer["billing_status"])
    assert [type(one) for one in outcomes[1:]] == [Gone, Later, Gone]
    assert isinstance(outcomes[2], Later)
    assert (outcomes[2].after, outcomes[2].unsure) == (0.0, False)
    assert school.server.people[parcels[0].address].labels == ["Так", "Ні"]
    await school.server.people[parcels[0].address].presses("Ні")
    await school.server.settled()
    assert school.server.complaints == []


@pytest.mark.parametrize(
    "text", ["Завтра екскурсія.", "ї" * 3500, '"\\\n' * 1100], ids=["short", "long", "escaped"]
)
async def test_as_many_as_fit_and_not_one_more(school: School, text: str) -> None:
    board = [[[f"{'Прийду ' * 12}{place}", place, None]] for place in range(11)]
    parcels = many(300, words(text, rows=board))
    size = school.viber.together.fitting(parcels)
    assert 1 < size <= 300
    payload = {**school.viber.together._bare(parcels[0]), "broadcast_list": []}
    sent = [
        len(json.dumps({**payload, "broadcast_list": [one.address for one in some]}, ensure_ascii=False,
                       separators=(",", ":")).encode())
        for some in (parcels[:size], parcels[: size + 1])
    ]  # fmt: skip
    assert sent[0] <= JSON_BYTES
    assert size == 300 or JSON_BYTES - 30 < sent[0] <= JSON_BYTES < sent[1] + 2
    for one in parcels[:size]:
        school.server.person(one.address, "Родина").user.subscribed = True
    assert len(await school.viber.together.deliver(parcels[:size])) == size
    assert len(school.server.accepted("broadcast_message")) == 1


@pytest.mark.parametrize("name", ["user_name", "receiver_id", "url_encoded_receiver_id"])
async def test_nothing_that_a_teacher_writes_is_replaced_by_a_familys_name(school: School, name: str) -> None:
    label = [[[f"replace_me_with_{name}", 0, None]]]
    assert school.viber.together.fitting(many(5, words(rows=label))) == 1
    parcels = many(2, words(f"Зразок: replace_me_with_{name}"))
    for one in parcels:
        school.server.person(one.address, "Ірина").user.subscribed = True
    if school.viber.together.fitting(parcels) > 1:
        await school.viber.together.deliver(parcels)
        assert "Ірина" not in school.server.people[parcels[0].address].screen["text"]


async def test_what_cannot_be_sent_at_all_is_refused_by_itself(school: School) -> None:
    assert school.viber.together.fitting(many(5, words("", rows=ROWS))) == 1


@pytest.mark.parametrize("receivers", [0, 1, 7, 300, 1000])
async def test_never_more_than_the_settings_say(receivers: int) -> None:
    together = Viber("token", "http://127.0.0.1:9/pa", Clock(), broadcast=receivers).together
    assert together.most == min(receivers, 300)
    if receivers > 1:
        assert together.fitting(many(400, words())) == min(receivers, 300)


async def test_so_many_calls_in_ten_seconds_and_then_single_messages(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasts, "CALLS", 3)
    monkeypatch.setattr(broadcasts, "CALLS_SECONDS", 0.5)
    parcels = many(2, words())
    for one in parcels:
        school.server.person(one.address, "Родина").user.subscribed = True
    for _time in range(3):
        assert school.viber.together.most == 300
        await school.viber.together.deliver(parcels)
    assert school.viber.together.most == 1
    monkeypatch.setattr(broadcasts, "CALLS_SECONDS", 0.0)
    assert school.viber.together.most == 300


LISTS: list[tuple[Any, list[type]]] = [
    (None, [Delivered, Delivered]),
    ([], [Delivered, Delivered]),
    ("all of them", [Delivered, Delivered]),
    ([None, 5, {"receiver": "somebody=", "status": 6}], [Delivered, Delivered]),
    ([{"receiver": f"{0:022}==", "status": 12}], [Later, Delivered]),
    ([{"receiver": f"{1:022}=="}], [Delivered, Later]),
    ([{"receiver": f"{1:022}==", "status": "6"}], [Delivered, Later]),
    (
        [{"receiver": f"{0:022}==", "status": 23}, {"receiver": f"{1:022}==", "status": 5}],
        [Misconfigured, Gone],
    ),
    ([{"receiver": f"{0:022}==", "status": 3}], [Refused, Delivered]),
]


@pytest.mark.parametrize(("listed", "kinds"), LISTS, ids=[str(place) for place in range(len(LISTS))])
async def test_however_viber_lists_them(listed: Any, kinds: list[type]) -> None:
    body = {"status": 0, "message_token": 49, "billing_status": 5}
    told = body if listed is None else {**body, "failed_list": listed}
    async with viber_saying(json.dumps(told).encode()) as (client, came):
        assert isinstance(client, ViberClient)
        together = broadcasts.Broadcasts(client, Clock(), {"name": "Класно"})
        outcomes = await together.deliver(many(2, words()))
        assert came[0].path == "/pa/broadcast_message"
    assert [type(one) for one in outcomes] == kinds
