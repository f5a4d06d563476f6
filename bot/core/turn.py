"""A turn: what a step works with, from one event to its commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from bot.core import outbox, people
from bot.core.addresses import Addresses
from bot.core.clock import day_of
from bot.core.events import Attachment, What
from bot.core.flows import Book, Link, Sort, StaleLink
from bot.core.i18n import _, speaking
from bot.core.marks import Marked
from bot.core.outbox import Parcel
from bot.core.paper import Paper, Stored, shown, sort_of
from bot.core.screens import Screen
from models import errand, media
from models.billing import Costs
from models.calendar import Calendar, calendar_of
from models.database import Db
from models.errors import NotYours
from models.invite import Issued
from models.letter import Kind
from models.retention import Days

HOPS = 8
"""Links that may lead on to one another before a screen must show."""


class Traits(Protocol):
    """What a turn must know of a messenger; everything else about it is the messenger's own affair."""

    edits: bool
    """Whether a message that was sent can be changed."""
    one_keyboard: bool
    """Whether only the buttons of the last message are there to be pressed."""
    paid: bool
    """Whether messages outside of sessions cost money."""
    captions: bool
    """Whether a document can carry words; a picture always can."""
    albums: bool
    """Whether several pictures are shown together; else they go as one that is made of them."""

    def link(self, token: str, code: str) -> str | None:
        """The link that opens the bot with an invitation; None until the messenger has said what the bot is called."""

    def tappable(self, token: str, code: str) -> str | None:
        """The same as an https address, which every messenger lets people tap."""


@dataclass(slots=True)
class Outcome:
    """What a turn left to be done after its commit.

    parcels: replies that the sender may take at once. mail: whether other letters wait in the outbox. doubt: whether
    letters were taken back that a sender may have in hand. errand: whether a file is to be fetched and read.
    welcome: the answer that must go back as the response of the call (Viber's conversation_started).
    """

    turn: str
    step: str = ""
    parcels: list[Parcel] = field(default_factory=list)
    mail: bool = False
    doubt: bool = False
    errand: bool = False
    welcome: Parcel | None = None
    repeated: bool = False


@dataclass(slots=True)
class Turn:
    """What a step works with: the transaction, the time, and who speaks.

    now: this moment. today: the school's date when the event happened, which an outage may have put off.
    profile: what whoever speaks is called in their messenger, if it told; theirs to choose, and nobody else's to see.
    key: what is known to the running Klasno and not to the database, for secrets that can be made again.
    captions: what the next screen says of files that were sent before it.
    styled: what a `hear` step is given, as the person marked it, and without the signs by which they did.
    days: how long things are kept. costs: of messages, where a messenger wants money.
    """

    id: str
    db: Db
    now: datetime
    today: date
    speaker: people.Speaker
    book: Book
    traits: Mapping[str, Traits]
    outcome: Outcome
    addresses: Addresses
    key: bytes
    days: Days
    costs: Costs
    welcoming: bool = False
    profile: str = ""
    captions: list[str] = field(default_factory=list)
    styled: Marked = field(default_factory=lambda: Marked(""))
    _calendar: Calendar | None = None

    @property
    def person(self) -> int | None:
        """Who speaks, or None for a stranger."""
        return self.speaker.person

    @property
    def home(self) -> Link:
        """The screen that is one tap away from everywhere."""
        return self.book.home() if self.person is not None else self.book.unknown()

    async def follow(self, link: Link) -> tuple[Link, Screen, str]:
        """Run steps until one shows a screen: where it rests, the screen, and the sentence to say above it."""
        note = link.note
        for _hop in range(HOPS):
            step, answers = self.book.find(link.packed())
            if step.sort is Sort.FILE:
                raise StaleLink(step.name)  # a file is no place to go to
            with speaking(self.speaker.language):
                result = await step.run(self, *answers)
            if isinstance(result, Screen):
                return link, result, note
            note = result.note or note
            link = result
        raise RecursionError(link.step)

    async def paper(self, link: Link) -> Paper | Stored:
        """What a `file` step gives to whoever speaks; NotYours if it is not theirs, StaleLink if there is none."""
        step, answers = self.book.find(link.packed())
        if step.sort is not Sort.FILE:
            raise StaleLink(step.name)
        if self.person is None and not self.book.is_open(link):
            raise NotYours
        with speaking(self.speaker.language):
            paper: Paper | Stored = await step.run(self, *answers)
        return paper

    async def stored(self, medium: int) -> Stored:
        """What a medium of the school is, for a `file` step that has asked for rights; NotYours if it is not there."""
        if self.speaker.school is None:
            raise NotYours
        return Stored(medium, *await media.stored(self.db, self.speaker.school, medium))

    async def send_file(self, link: Link, caption: str | Marked, *, picture: bool = False) -> None:
        """Send whoever speaks the file of a `file` step; the screen that follows comes below it.

        It is made when it goes, and whether they may have it is asked now and then again. caption: what is said with
        it, on the following screen where the messenger shows a document without words. picture: a paper is shown, not
        only named.
        """
        await self._send([link], caption, picture=picture)

    async def send_album(self, links: Sequence[Link], caption: str | Marked) -> None:
        """Send whoever speaks several files together; where the messenger has no albums, as one picture.

        What is asked, and said with them, is as with `send_file`.
        """
        await self._send(links, caption, picture=True)

    async def _send(self, links: Sequence[Link], caption: str | Marked, *, picture: bool) -> None:
        speaker, said = self.speaker, caption if isinstance(caption, Marked) else Marked(caption)
        traits = self.traits[speaker.platform]
        sorts = [sort_of(await self.paper(link), picture) for link in links]
        if not traits.captions and not shown(sorts, traits.albums):
            self.captions.append(said.text)
            said = Marked("")
        packed = [link.packed() for link in links]
        words = {"files": packed, "picture": picture, "title": "", "text": said.text, "rows": []}
        if said.marks:
            words["marks"] = said.packed()
        row = outbox.row(speaker.chat, Kind.REPLY, words, [], self.id, self.now)
        speaker.tail = (await outbox.write(self.db, [row]))[0]
        parcel = Parcel(speaker.tail, speaker.chat, speaker.address, int(Kind.REPLY), words)
        self.outcome.parcels.append(parcel)

    async def address(self, link: Link) -> str | None:
        """An https address from which whoever speaks can print a file for a day; None if our server has none.

        Whoever is given it can open it, as long as the person may see the file.
        """
        paper = await self.paper(link)
        if isinstance(paper, Stored) and paper.digest is None:
            return None
        return self.addresses.of(self.speaker.chat, link.packed(), paper.ending, self.now)

    def links(self, token: str, code: str) -> dict[str, str]:
        """An invitation's links, by messenger; without those whose messenger could not be asked for its name yet."""
        made = {name: traits.link(token, code) for name, traits in self.traits.items()}
        return {name: link for name, link in made.items() if link is not None}

    def tappable(self, issued: Issued) -> dict[str, str]:
        """The same as addresses that can be tapped in every messenger, where there are such."""
        made = {name: traits.tappable(issued.token, issued.code) for name, traits in self.traits.items()}
        return {name: link for name, link in made.items() if link is not None}

    async def calendar(self) -> Calendar:
        """The school days of whoever speaks; read once a turn."""
        if self._calendar is None:
            self._calendar = await calendar_of(self.db, self.speaker.school)
        return self._calendar

    def calendar_changed(self) -> None:
        """Have `calendar` read anew, after a step has changed it."""
        self._calendar = None

    async def look_again(self) -> None:
        """Read anew who speaks, after a step has changed it."""
        found = await people.speaker(self.db, self.speaker.platform, self.speaker.address, None)
        assert found is not None  # noqa: S101 (the chat of this very turn)
        fresh = found[0]
        self.speaker.person, self.speaker.name = fresh.person, fresh.name
        self.speaker.school, self.speaker.school_name = fresh.school, fresh.school_name
        self.speaker.timezone = fresh.timezone
        self.speaker.quiet_from, self.speaker.quiet_to = fresh.quiet_from, fresh.quiet_to
        self.speaker.digest_at, self.speaker.wishes = fresh.digest_at, fresh.wishes
        self.speaker.school_quiet_from = fresh.school_quiet_from
        self.speaker.school_quiet_to = fresh.school_quiet_to
        self.today = day_of(self.now, fresh.timezone)
        self.calendar_changed()

    def say(self, sentence: str) -> str:
        """A sentence marked with N_, in the language of whoever speaks."""
        with speaking(self.speaker.language):
            return _(sentence)

    def beside(self, speaker: people.Speaker) -> Turn:
        """The same turn as seen from another chat: its person, its language, its school's date."""
        same = speaker.school == self.speaker.school
        today = self.today if same else day_of(self.now, speaker.timezone)
        calendar = self._calendar if same else None
        there = replace(
            self,
            speaker=speaker,
            today=today,
            outcome=Outcome(self.id),
            welcoming=False,
            profile="",
            captions=[],
            styled=Marked(""),
        )
        there._calendar = calendar
        return there

    async def fetch_media(self, file: Attachment, link: Link) -> bool:
        """Have a photo, video or file fetched and kept after this turn, and then the `take_media` step of a link run.

        Returns whether it is the only one of this chat that waits: those that come after it were sent together with
        it, and need no answer of their own (`SILENCE`). NotYours for whoever belongs to no school.
        """
        step, _answers = self.book.find(link.packed())
        if step.sort is not Sort.KEEP or self.speaker.school is None:
            raise NotYours
        told = {
            "ref": file.ref,
            "name": file.name,
            "size": file.size,
            "sort": file.sort,
            "seconds": file.seconds,
            "width": file.width,
            "height": file.height,
        }
        self.outcome.errand = True
        return await errand.send(self.db, self.speaker.chat, link.packed(), told, self.now)

    async def offered(self, what: What) -> Link | None:
        """Where something leads that nobody asked for; None if nothing can be done with it."""
        with speaking(self.speaker.language):
            return await self.book.offered(self, what)

    async def replied(self, what: What) -> Link | None:
        """Where an answer to one of our messages leads; None if it is like anything else that is sent."""
        with speaking(self.speaker.language):
            return await self.book.replied(self, what)

    async def hear(self, packed: list[Any], given: Any, styled: Marked | None = None) -> Link:
        """Run the `hear` step of a stored link with what was typed, or a `take` step with what was read.

        styled: what was typed, as the person marked it, if they marked anything.
        """
        self.styled = styled or Marked(given if isinstance(given, str) else "")
        step, answers = self.book.find(packed)
        with speaking(self.speaker.language):
            link: Link = await step.run(self, given, *answers)
        return link
