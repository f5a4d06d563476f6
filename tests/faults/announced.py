"""An announcement to very many: a teacher sends it, and the messengers' own record tells to whom it came."""

from __future__ import annotations

import time
from collections import Counter

from sandbox.telegram.phone import TelegramPhone
from sandbox.viber.phone import ViberPhone
from sandbox.wire import Call
from tests.house import Friend, House

TEXT = "Завтра екскурсія до музею. Збір о 9:00 біля школи."
LETTERS = "SELECT count(*) FROM letter WHERE about IS NOT NULL"
QUEUED = f"{LETTERS} AND state = 'queued'"


Phone = TelegramPhone | ViberPhone


async def goes(teacher: Phone, label: str, then: str) -> None:
    """Press a button as soon as it is there, and wait for another."""
    await teacher.changes.until(lambda: label in teacher.labels, 60, label)
    await teacher.presses(label)
    await teacher.changes.until(lambda: then in teacher.labels, 60, f"{then} among {teacher.labels}")


async def announces(teacher: Phone, many: int, *, text: str = TEXT, kind: str = "") -> float:
    """Write it, look at it, press send; returns the seconds from the press to the answer.

    kind: as its button says it, where it is not the usual one.
    """
    await teacher.says(text)
    asked = "Що з цим зробити?"
    await teacher.changes.until(lambda: bool(teacher.texts) and asked in teacher.texts[-1], 60, asked)
    await goes(teacher, "📣 Оголосити", "Переглянути й надіслати")
    if kind:
        await goes(teacher, "Вид", kind)
        await goes(teacher, kind, "Переглянути й надіслати")
    await goes(teacher, "Переглянути й надіслати", f"Надіслати: {many}")
    pressed = time.monotonic()
    await goes(teacher, f"Надіслати: {many}", "Зупинити")
    return time.monotonic() - pressed


def shown(call: Call, text: str = TEXT) -> list[str]:
    """Who was sent the announcement by a call; nobody by any other."""
    if not call.ok or text not in call.params.get("text", ""):
        return []
    match call.method:
        case "sendMessage":
            return [str(call.params["chat_id"])]
        case "send_message":
            return [str(call.params["receiver"])]
        case "broadcast_message":
            missed = {one["receiver"] for one in call.answer["failed_list"]}
            return [who for who in call.params["broadcast_list"] if who not in missed]
    return []


def received(house: House, text: str = TEXT, *, but: Friend | None = None) -> Counter[str]:
    """How often each address was sent it. but: whoever is shown it as its author."""
    author = but.phone.address if but else ""
    calls = [*house.telegram.journal, *house.viber.journal]
    return Counter(who for call in calls for who in shown(call, text) if who != author)
