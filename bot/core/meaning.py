"""What an event means: the link that it leads to, given where the conversation rests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.core import people
from bot.core.events import Attachment, Came, Event, Pressed, Said, Sent, Thing
from bot.core.flows import HEARD_LENGTH, SILENCE, Link, Sort, StaleLink
from bot.core.i18n import N_, n_, speaking
from bot.core.marks import Marked
from bot.core.turn import Turn
from models import errand
from models.media import MediumSort

FILE_BYTES = 2 * 2**20
"""A list of all children of a school has a tenth of it; what a person sends is fetched up to here."""
DOUBLE_TAP = timedelta(seconds=5)
"""A press on a screen that was left a moment ago is the same tap again, not a wish."""

_UNHEARD = {
    Thing.PHOTO: N_("The bot takes no photos yet."),
    Thing.VOICE: N_("The bot cannot listen to voice messages yet."),
    Thing.STICKER: N_("A nice sticker!"),
    Thing.FILE: N_("No file is asked for here."),
    Thing.FORWARD: N_("The bot takes no forwarded messages."),
    Thing.OTHER: N_("The bot does not understand this."),
}
_NOT_UNDERSTOOD = N_("The bot does not understand this.")
_WRITE = N_("Please write it in your own words.")
_SEND = N_("Please send it as a file: 📎 and then “File”.")
_WRITE_OR_SEND = N_("Please write it in your own words, or send a file: 📎 and then “File”.")
TAP = N_("Your message was passed on to nobody: please use the buttons below.")
_ONLY_WORDS = N_("Your words are written down; the photo or file that came with them is not.")
_READING = N_("Reading the file. One moment.")
TOO_LARGE = N_("This file is too large: at most {most} MB can be read here.")
_OLD_BUTTON = N_("That button was from an older message. Here is how things stand.")


async def meant(turn: Turn, event: Event, button: people.Button | None) -> Link | None:
    """Where the event leads, or None where the answer is already on its way."""
    if isinstance(event.what, Said | Sent) and event.what.reply_to is not None and turn.person is not None:
        replied = await turn.replied(event.what)
        if replied is not None:
            return replied
    match event.what:
        case Pressed(place=place):
            return _pressed(turn, place, button)
        case Came(invitation=code):
            return await turn.hear(turn.book.invited().packed(), code) if code else turn.home
        case Said() as said:
            return await _said(turn, said)
        case Sent(thing, file=Attachment() as file) if _takes(turn) and _is_document(thing, file):
            return await _fetched(turn, file)
        case Sent(thing, caption) as sent:
            offered = await _offered(turn, sent)
            if offered is not None:
                return None if offered is SILENCE else offered
            if caption and turn.speaker.hears and thing is not Thing.FORWARD:
                taken = await _said(turn, Said(caption, sent.styled))
                return taken if taken.note else taken.saying(turn.say(_ONLY_WORDS))
            return _unheard(turn, _UNHEARD[thing])
        case _:
            raise AssertionError(event.what)


def resting(turn: Turn) -> Link:
    """The link that the conversation rests on."""
    rest = turn.speaker.rest
    return _allowed(turn, Link.unpacked(rest)) if rest else turn.home


async def _said(turn: Turn, said: Said) -> Link:
    said = Said(said.text.strip(), said.styled and said.styled.stripped())
    text = said.text[:HEARD_LENGTH].rstrip()
    if text.startswith("/"):
        words = text[1:].split(maxsplit=1)
        word = words[0].split("@")[0].lower() if words else ""
        if word == "start":  # a habit from Telegram, where it comes as `Came`
            return turn.home
        opening = turn.book.commands.get(word)
        return _allowed(turn, opening()) if opening else _unheard(turn, _NOT_UNDERSTOOD)
    hears = turn.speaker.hears
    if hears and text and (turn.person is not None or turn.book.is_open(Link.unpacked(hears))):
        return await _heard(turn, said, hears)
    if text and (turn.person is None or turn.book.like_invitation(text)):
        return await turn.hear(turn.book.invited().packed(), text)
    offered = await _offered(turn, said) if text else None
    return offered or _unheard(turn, _NOT_UNDERSTOOD)


async def _heard(turn: Turn, said: Said, hears: list[Any]) -> Link:
    """Have a step hear what was said, as much of it as it takes."""
    step, _answers = turn.book.find(hears)
    most, styled = step.most or HEARD_LENGTH, said.styled or Marked(said.text)
    link = await turn.hear(hears, said.text[:most].rstrip(), styled.part(0, most).stripped())
    if step.most is None or len(styled.text) <= most:
        return link
    with speaking(turn.speaker.language):
        cut = n_(
            "That was too long: only the first {n} character was taken.",
            "That was too long: only the first {n} characters were taken.",
            most,
        )
    return link.saying(" ".join(part for part in (link.note, cut) if part))


async def _offered(turn: Turn, what: Said | Sent) -> Link | None:
    """Where something leads that no screen has asked for, if it is of any use; not where a file is waited for."""
    return await turn.offered(what) if turn.person is not None and turn.speaker.takes is None else None


def _takes(turn: Turn) -> bool:
    takes = turn.speaker.takes
    return takes is not None and (turn.person is not None or turn.book.is_open(Link.unpacked(takes)))


def _is_document(thing: Thing, file: Attachment) -> bool:
    """Whether it can be a list: photos, videos and voice messages never are."""
    return thing is Thing.FILE or file.sort is MediumSort.FILE


async def _fetched(turn: Turn, file: Attachment) -> Link:
    """Have the file fetched and read after this turn (see errands.py); until then the screen that asked stands.

    A second file takes the place of the first: whoever has noticed a mistake need not wait for it.
    """
    if file.size > FILE_BYTES:
        return resting(turn).saying(turn.say(TOO_LARGE).format(most=FILE_BYTES // 2**20))
    told = {"ref": file.ref, "name": file.name, "size": file.size}
    await errand.send(turn.db, turn.speaker.chat, turn.speaker.takes or [], told, turn.now)
    turn.outcome.errand = True
    return _still(turn, _READING)


def _pressed(turn: Turn, place: int, button: people.Button | None) -> Link | None:
    """A press on what stands now does what it says; on what has passed, it shows what stands now."""
    if button is None or not 0 <= place < len(button.links):
        return _still(turn, _OLD_BUTTON)
    packed = button.links[place]
    try:
        step, _answers = turn.book.find(packed)
    except StaleLink:
        return _still(turn, _OLD_BUTTON)
    speaker = turn.speaker
    stands = button.letter == speaker.screen or button.card is not None
    fresh = speaker.rested_at is not None and timedelta() <= turn.now - speaker.rested_at < DOUBLE_TAP
    if not stands and fresh and (step.sort is not Sort.ASK or packed == speaker.rest):
        return None
    if step.sort is not Sort.ASK and not stands:
        return _still(turn, _OLD_BUTTON)
    return _allowed(turn, Link.unpacked(packed))


def _unheard(turn: Turn, sentence: str) -> Link:
    """The screen that stands, with what was not taken, and a way to be heard that works here."""
    hears, takes = turn.speaker.hears is not None, turn.speaker.takes is not None
    way = {(True, False): _WRITE, (False, True): _SEND, (True, True): _WRITE_OR_SEND}.get((hears, takes), TAP)
    if turn.speaker.hears == turn.book.invited().packed():  # the screen says what is to be written
        return _still(turn, sentence)
    return resting(turn).saying(" ".join((turn.say(sentence), turn.say(way))))


def _still(turn: Turn, sentence: str) -> Link:
    """The screen that stands, with a sentence above it."""
    return resting(turn).saying(turn.say(sentence))


def _allowed(turn: Turn, link: Link) -> Link:
    """The wall before strangers: whoever has not joined gets no further than the steps that are meant for them."""
    return link if turn.person is not None or turn.book.is_open(link) else turn.home
