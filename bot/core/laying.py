"""Laying screens: the answer to whoever speaks, in the place of the pressed message where nothing came between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.core import outbox, people
from bot.core.flows import Link
from bot.core.i18n import N_
from bot.core.outbox import Parcel
from bot.core.screens import TEXT_LENGTH, Album, Button, Screen, Words, ahead_words, lay_out
from bot.core.signs import shorten
from bot.core.turn import Turn
from models.chat import Chat
from models.errors import NotYours
from models.letter import Card, Kind, Letter, State

LOOKED_AT = timedelta(seconds=30)
"""Somebody who waits looks for that long; what comes later must ring."""

_KEEP = (
    update(Chat)
    .where(Chat.id == bindparam("chat"))
    .values(
        rest=bindparam("new_rest"),
        hears=bindparam("new_hears"),
        takes=bindparam("new_takes"),
        screen_id=bindparam("screen"),
        tail_id=bindparam("tail"),
        rested_at=bindparam("at"),
        heard_at=bindparam("heard"),
        reachable=bindparam("reached"),
        person_id=bindparam("person"),
        language=bindparam("speaks"),
    )
)
_CARD_MOVED = (
    update(Card)
    .where(Card.chat_id == bindparam("chat"), Card.key == bindparam("of"))
    .values(letter_id=bindparam("letter"))
)
_STOP_CHANGE = (
    update(Letter)
    .where(
        Letter.id.in_(
            select(Card.letter_id).where(Card.chat_id == bindparam("chat"), Card.key == bindparam("of"))
        ),
        Letter.id != bindparam("letter"),
        Letter.state == State.QUEUED,
    )
    .values(state=State.REPLACED)
)
"""Of a card that is about to be laid anew: what the step has already written to change it."""
_NO_MORE_MAIL = (
    update(Letter)
    .where(Letter.chat_id == bindparam("chat"), Letter.state == State.QUEUED)
    .values(state=State.GONE, trouble="left")
)


async def answer(
    turn: Turn, link: Link, button: people.Button | None = None, message: str | None = None
) -> None:
    """Show where a link leads. button, message: what was pressed, and the messenger's id of the message with it."""
    speaker = turn.speaker
    where, screen, note = await turn.follow(link)
    turn.outcome.step = where.step
    edits = turn.traits[speaker.platform].edits and not turn.welcoming
    if button and button.card == where.packed():
        await _lay_card(turn, where, screen, note, button.letter, message if edits else None)
    elif edits and button and button.letter == speaker.screen == speaker.tail:
        await lay_screen(turn, where, screen, note, over=button.letter, message=message)
    elif edits and button and message and (whole := await _digest_of(turn, button, screen)):
        await turn.db.run(
            _STOP_CHANGE,
            {"chat": speaker.chat, "of": people.keyed(whole[0].packed()), "letter": button.letter},
        )
        await _lay_card(turn, *whole, note, button.letter, message)
    else:
        await lay_screen(turn, where, screen, note)


async def _digest_of(turn: Turn, button: people.Button, screen: Screen) -> tuple[Link, Screen] | None:
    """The digest that was pressed, if it is of one thing and so has the buttons of this screen as its own."""
    if button.card is None or button.card[0] != turn.book.digest(turn.today).step:
        return None
    try:
        where, whole, _note = await turn.follow(Link.unpacked(button.card))
    except NotYours:
        return None
    return (where, whole) if whole.rows == screen.rows else None


async def answer_later(turn: Turn, link: Link, *, awaited: bool) -> None:
    """Show where a link leads after work that went on for a while.

    awaited: whether the screen on which the person rests waits for it: then in the place of that, if they surely
    look; else below all as the newest screen, which rings.
    """
    speaker = turn.speaker
    where, screen, note = await turn.follow(link)
    waits = (
        turn.traits[speaker.platform].edits
        and awaited
        and speaker.screen == speaker.tail
        and speaker.rested_at is not None
        and turn.now - speaker.rested_at < LOOKED_AT
    )
    over = speaker.screen if waits else None
    turn.outcome.step = where.step
    await lay_screen(turn, where, screen, note, over=over)


async def lay_screen(
    turn: Turn, where: Link, screen: Screen, note: str, *, over: int | None = None, message: str | None = None
) -> None:
    """Make this screen what the conversation rests on, over the letter that it takes the place of, or below all."""
    speaker = turn.speaker
    letter = await _reply(turn, where, screen, note, over, message)
    speaker.rest, speaker.screen, speaker.tail = where.packed(), letter, letter
    speaker.hears = screen.hears.packed() if screen.hears else None
    speaker.takes = screen.takes.packed() if screen.takes else None
    speaker.rested_at = turn.now
    await keep(turn)


async def _lay_card(
    turn: Turn, where: Link, screen: Screen, note: str, old: int, message: str | None
) -> None:
    """Write a standing card anew after a press on it; the conversation rests where it did."""
    speaker = turn.speaker
    letter = await _reply(turn, where, screen, note, old if message else None, message, standing=True)
    await move_card(turn, where, letter)
    if not message or speaker.tail == old:
        speaker.tail = letter
    await keep(turn)


async def move_card(turn: Turn, where: Link, letter: int) -> None:
    """From now on this letter is the one that shows the chat's standing card."""
    card = {"chat": turn.speaker.chat, "of": people.keyed(where.packed()), "letter": letter}
    await turn.db.run(_CARD_MOVED, card)


async def _reply(
    turn: Turn,
    where: Link,
    screen: Screen,
    note: str,
    over: int | None,
    message: str | None,
    *,
    standing: bool = False,
) -> int:
    """Write a letter that the sender may take at once, so that a reply costs no second look at the outbox."""
    speaker = turn.speaker
    note = "\n\n".join(said for said in (*turn.captions, note) if said)
    turn.captions.clear()
    words, links = lay_out(screen, note, way_out(turn, where, standing=standing))
    state = State.SENT if turn.welcoming else State.QUEUED
    row = outbox.row(speaker.chat, Kind.REPLY, words, links, turn.id, turn.now, over=over, state=state)
    letter = (await outbox.write(turn.db, [row]))[0]
    parcel = Parcel(letter, speaker.chat, speaker.address, int(Kind.REPLY), words, over, message)
    if turn.welcoming:
        turn.outcome.welcome = parcel
    else:
        turn.outcome.parcels.append(parcel)
    return letter


async def set_menu(turn: Turn, commands: list[tuple[str, str]]) -> None:
    """A letter that sets the commands of this chat in the messenger's own menu."""
    speaker, words = turn.speaker, {"menu": commands}
    row = outbox.row(speaker.chat, Kind.REPLY, words, [], turn.id, turn.now)
    letter = (await outbox.write(turn.db, [row]))[0]
    turn.outcome.parcels.append(Parcel(letter, speaker.chat, speaker.address, int(Kind.REPLY), words))


async def send_ahead(turn: Turn, ahead: Sequence[Words | Album]) -> None:
    """Send what goes ahead of a screen; the screen comes below it."""
    for one in ahead:
        await _send(turn, ahead_words(one))


async def send_sample(turn: Turn, screen: Screen) -> None:
    """Show a screen as others will see it, with buttons that do nothing; the screen that is to be used comes below."""
    inert = [[Button(button.text, None, button.look) for button in row] for row in screen.rows]
    words, _links = lay_out(replace(screen, rows=inert), "", [])
    await _send(turn, words)


async def send_text(turn: Turn, text: str) -> None:
    """A message without buttons, to be passed on as it is; the screen comes below it."""
    await _send(turn, {"title": "", "text": shorten(text, TEXT_LENGTH), "rows": []})


async def _send(turn: Turn, words: dict[str, Any]) -> None:
    speaker = turn.speaker
    row = outbox.row(speaker.chat, Kind.REPLY, words, [], turn.id, turn.now)
    letter = (await outbox.write(turn.db, [row]))[0]
    turn.outcome.parcels.append(Parcel(letter, speaker.chat, speaker.address, int(Kind.REPLY), words))
    speaker.tail = None


def way_out(turn: Turn, where: Link, *, standing: bool = False) -> list[list[Button]]:
    """The row that leads home, under everything but home itself.

    standing: a card that hides the buttons of the screen where the person rests also leads back there.
    """
    home, here = turn.home.packed(), where.packed()
    if here == home:
        return []
    row = [Button(turn.say(N_("Home")), turn.home)]
    rest = turn.speaker.rest
    if standing and turn.traits[turn.speaker.platform].one_keyboard and rest and rest not in (home, here):
        row.insert(0, Button(turn.say(N_("Continue")), Link.unpacked(rest)))
    return [row]


async def keep(turn: Turn) -> None:
    """Write the chat as the turn leaves it."""
    speaker = turn.speaker
    await turn.db.run(
        _KEEP,
        {
            "chat": speaker.chat,
            "new_rest": speaker.rest,
            "new_hears": speaker.hears,
            "new_takes": speaker.takes,
            "screen": speaker.screen,
            "tail": speaker.tail,
            "at": speaker.rested_at,
            "heard": speaker.heard_at,
            "reached": speaker.reachable,
            "person": speaker.person,
            "speaks": speaker.language,
        },
    )


async def mark_reachable(turn: Turn, reachable: bool) -> None:
    """The person blocked the bot or let it in again.

    What still waits for one who left goes to their other messenger, and is not sent here later.
    """
    turn.speaker.reachable = reachable
    await keep(turn)
    if not reachable:
        await outbox.move_on(turn.db, turn.speaker.chat)
        turn.outcome.mail = True
        await turn.db.run(_NO_MORE_MAIL, {"chat": turn.speaker.chat})
