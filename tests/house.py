"""The real app over the stand-in servers, and people who talk to it: what every story is told with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import ClientSession
from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import App
from bot.core import outbox
from bot.core.clock import Clock
from bot.core.flows import Link
from bot.core.i18n import _, speaking
from bot.settings import (
    DatabaseSettings,
    HttpSettings,
    SchoolSettings,
    Settings,
    TelegramSettings,
    ViberSettings,
)
from handlers.wording import capital, relation_name
from models.absence import Absence, AbsenceWords, Reason
from models.billing import CAPPED
from models.chat import Chat, Parked
from models.database import Db, Work
from models.invite import Issued, Offer, issue
from models.letter import Kind, Letter, State
from models.people import Child, Guardian, Person, Relation, Right, Role, child_named
from models.school import School, class_named, first_school, school_named
from sandbox.samples import PHOTO, sample
from sandbox.telegram import TelegramServer
from sandbox.telegram.phone import TelegramPhone
from sandbox.viber import ViberServer
from sandbox.viber.phone import ViberPhone
from sandbox.wire import Call, free_port

KYIV = ZoneInfo("Europe/Kyiv")
MONDAY = datetime(2026, 11, 23, 8, 10, tzinfo=KYIV)
"""When the stories begin: a school day, in the morning, past the quiet hours."""
SCHOOL = "Ліцей №7"
TELEGRAM_TOKEN = "710000001:telegram-token-of-nobody-at-all-0"
VIBER_TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
SECRET = "a-secret-that-only-telegram-knows"


class Key(NamedTuple):
    """A button as a person sees it; `payload` is what the messenger sends when it is pressed."""

    label: str
    token: str
    payload: str


@dataclass
class Friend:
    """A person with a phone; each verb returns when everything that it caused has arrived."""

    house: House
    phone: TelegramPhone | ViberPhone

    @property
    def platform(self) -> str:
        return self.phone.platform

    @property
    def texts(self) -> list[str]:
        """All that the bot's messages show now."""
        return list(self.phone.texts)

    @property
    def last(self) -> str:
        """What the newest message of the bot shows."""
        return self.texts[-1] if self.texts else ""

    @property
    def files(self) -> list[tuple[str, bytes]]:
        """The files that the bot sent, by name and bytes, as the phone has them; the oldest first."""
        shown = [one for one in self.phone.view()["messages"] if one["file"] and not one["mine"]]
        return [self.phone.file(one["id"]) for one in shown]

    @property
    def labels(self) -> list[str]:
        return list(self.phone.labels)

    @property
    def keys(self) -> list[Key]:
        """The buttons that do something, on the newest screen."""
        if isinstance(self.phone, ViberPhone):
            rows = self.phone.view()["keyboard"] or []
            shown = [key for row in rows for key in row]
            payloads = [str(self.phone._buttons[key["token"]]["ActionBody"]) for key in shown]
        else:
            screen = self.phone.screen or {"keys": []}
            shown = [key for row in screen["keys"] for key in row]
            markup = (
                self.phone.shown[screen["id"]].message["reply_markup"]["inline_keyboard"] if shown else []
            )
            payloads = [button["callback_data"] for row in markup for button in row]
        pairs = zip(shown, payloads, strict=True)
        return [Key(key["label"], key["token"], payload) for key, payload in pairs if payload != "#"]

    async def opens(self, payload: str = "") -> Friend:
        await self.phone.opens(payload)
        return await self._settled()

    async def says(self, text: str, entities: Sequence[Mapping[str, Any]] = ()) -> Friend:
        """Type something; entities: its styles, as Telegram has them (on Viber they become marks)."""
        await self.phone.says(text, entities)
        return await self._settled()

    async def replies(self, to: str, text: str) -> Friend:
        """Answer the newest message of the bot that shows `to`. On Viber the bot cannot know which was answered."""
        shown = [one for one in self.phone.view()["messages"] if not one["mine"] and to in one["text"]]
        if not shown:
            raise LookupError(f"no message with {to!r} among {self.texts}")
        await self.phone.says(text, reply_to=shown[-1]["id"])
        return await self._settled()

    async def forwards(self, text: str) -> Friend:
        await self.phone.forwards(text)
        return await self._settled()

    async def presses(self, *labels: str) -> Friend:
        for label in labels:
            await self.phone.presses(label)
            await self._settled()
        return self

    async def presses_at_once(self, label: str, times: int = 2) -> Friend:
        """The same button again and again, before anything has answered."""
        token = next(key.token for key in self.keys if key.label == label)
        for _time in range(times):
            await self.phone.presses(token)
        return await self._settled()

    async def presses_raw(self, payload: str) -> Friend:
        """A forged press: any payload at all."""
        if isinstance(self.phone, ViberPhone):
            await self.phone.type_raw(payload)
        else:
            mine = [message["id"] for message in self.phone.view()["messages"] if not message["mine"]]
            self.phone.press_raw(payload, mine[-1] if mine else 1)
        return await self._settled()

    async def forges(self, link: Link) -> Friend:
        """Press a button of one's own that leads where nobody was led: what a leak in a screen would make."""
        letter = await self.house.plant(self, [link.packed()])
        return await self.presses_raw(f"#{letter}.0")

    async def sends(self, kind: Any, text: str = "") -> Friend:
        await self.phone.sends(kind, text)
        return await self._settled()

    async def sends_photo(self, data: bytes = PHOTO, caption: str = "") -> Friend:
        await self.phone.sends_photo(data, caption)
        return await self._settled()

    async def sends_album(self, items: Sequence[tuple[str, bytes]], caption: str = "") -> Friend:
        """Photos and videos at once, by name (….mp4: a video) and bytes."""
        await self.phone.sends_album(items, caption)
        return await self._settled()

    async def sends_video(self, data: bytes, caption: str = "", duration: int = 10) -> Friend:
        await self.phone.sends_video(data, caption, duration)
        return await self._settled()

    async def sends_voice(self, data: bytes = b"", duration: int = 4) -> Friend:
        """Speak; without data, a few notes as that messenger records them."""
        sound = data or sample("voice.m4a" if self.platform == "viber" else "voice.ogg")
        await self.phone.sends_voice(sound, duration)
        return await self._settled()

    async def sends_file(self, name: str, data: bytes) -> Friend:
        await self.phone.sends_file(name, data)
        return await self._settled()

    async def blocks(self) -> Friend:
        await self.phone.blocks()
        return await self._settled()

    async def unblocks(self) -> Friend:
        await self.phone.unblocks()
        return await self._settled()

    async def _settled(self) -> Friend:
        await self.house.settled()
        self.house.clock.wind(timedelta(seconds=2))  # nobody taps faster than that for long
        return self


def _is_our_fault(call: Call) -> bool:
    """A refusal that no mischief and no blocked bot explains."""
    if call.ok or call.fault:
        return False
    if "error_code" in call.answer:
        return call.answer["error_code"] == 400 and "not modified" not in call.answer["description"]
    told = (
        (0, 6, 19, 20) if call.method == "broadcast_message" else (0, 6)
    )  # "not opened" is asked for and borne
    return call.method != "media" and call.answer.get("status") not in told


@dataclass
class House:
    """The app, its stand-ins and its clock."""

    folder: Path
    database_url: str = ""
    telegram: TelegramServer = field(init=False)
    viber: ViberServer = field(init=False)
    clock: Clock = field(default_factory=Clock)
    app: App = field(init=False)
    begins: datetime = MONDAY
    overrides: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    names: set[str] = field(default_factory=set)
    """Every word that strangers called themselves, or a child, by."""
    _next: int = 1000

    async def open(self) -> House:
        self.clock.wind(self.begins - self.clock.now())
        self.port = free_port()
        self.telegram = TelegramServer(TELEGRAM_TOKEN, clock=self._seconds)
        self.viber = ViberServer(VIBER_TOKEN, clock=self._seconds, retry_delays=(0.05, 0.2, 0.5))
        await self.telegram.start()
        await self.viber.start()
        await self.open_app()
        return self

    async def open_app(self) -> None:
        """Start the app, and let both messengers know where it is."""
        self.app = App(self.settings(), self.clock)
        await self.app.start()
        self.app.clockwork.stop()  # in a story the clock ticks when the story says so
        await self.telegram.changes.until(
            lambda: self._called("telegram", "setMyCommands") >= 3, what="Telegram's set-up"
        )
        await self.viber.changes.until(
            lambda: self._called("viber", "set_webhook") >= 1, what="Viber's set-up"
        )

    def _called(self, platform: str, method: str) -> int:
        return len((self.telegram if platform == "telegram" else self.viber).accepted(method))

    async def close(self) -> None:
        await self.app.stop()
        await self.telegram.stop()
        await self.viber.stop()

    def settings(self) -> Settings:
        return Settings(
            school=SchoolSettings(name=SCHOOL),
            database=DatabaseSettings(url=self.database_url or f"sqlite:///{self.folder}/klasno.db"),
            telegram=TelegramSettings(
                token=TELEGRAM_TOKEN,
                api_base=self.telegram.url,
                webhook_secret=SECRET,
                mode="webhook",
                per_second=self.overrides.get("per_second", 0),
            ),
            viber=ViberSettings(token=VIBER_TOKEN, api_base=self.viber.url, cap=self.overrides.get("cap", 0)),
            http=HttpSettings(listen=f"127.0.0.1:{self.port}", public_url=f"http://127.0.0.1:{self.port}"),
        )

    def _seconds(self) -> float:
        return self.clock.now().timestamp()

    async def settled(self, seconds: float = 10.0) -> None:
        """Wait until no messenger has news for the app and the app has no letter that could go and no errand now."""
        end = asyncio.get_running_loop().time() + seconds
        calm = 0
        while calm < 2:
            await self.telegram.until_delivered()
            await self.viber.settled()
            idle = self.app.errands.idle and all(sender.idle for sender in self.app.senders.values())
            calm = calm + 1 if idle else 0
            if asyncio.get_running_loop().time() > end:
                raise TimeoutError("the app did not come to rest")
            await asyncio.sleep(0.002)

    async def later(self, **by: float) -> None:
        """Wind the clock, let it tick once, and wait for what comes of it."""
        self.clock.wind(timedelta(**by))
        await self.app.clockwork.tick()
        await self.settled()

    def stranger(self, platform: str, name: str = "Хтось", language: str = "uk") -> Friend:
        """Somebody who has never heard of Klasno."""
        self._next += 1
        self.names.update(name.split())
        if platform == "telegram":
            return Friend(self, self.telegram.person(self._next, name, language))
        return Friend(self, self.viber.person(f"viber{self._next}=", name, language))

    async def invite(
        self, role: Role, name: str, school_class: str = "3-Б", child: str = "", school: str = SCHOOL
    ) -> Issued:
        async def write(db: Db) -> Issued:
            there = first_school if school == SCHOOL else school_named  # which may have been renamed since
            of_school = await there(db, school, "Europe/Kyiv", "uk", self.begins.date())
            of_class = (
                await class_named(db, of_school, school_class) if role is not Role.ADMINISTRATOR else None
            )
            of_child = await child_named(db, of_school, of_class, child) if child and of_class else None
            held = of_class if role is Role.CLASS_TEACHER else None
            return await issue(db, Offer(of_school, role, name, held, of_child), self.clock.now())

        return await self.app.database.write(write)

    async def guardian(
        self, platform: str, name: str, *children: str, school_class: str = "3-Б", language: str = "uk"
    ) -> Friend:
        """A guardian who has joined, of these children of one class."""
        friend = self.stranger(platform, name, language)
        for child in children:
            await self.joins(friend, await self.invite(Role.GUARDIAN, name, school_class, child))
        return friend

    async def teacher(
        self,
        platform: str,
        name: str = "Олена Петрівна",
        *classes: str,
        school: str = SCHOOL,
        language: str = "uk",
    ) -> Friend:
        """A class teacher who has joined."""
        friend = self.stranger(platform, name, language)
        for school_class in classes or ("3-Б",):
            invitation = await self.invite(Role.CLASS_TEACHER, name, school_class, school=school)
            await self.joins(friend, invitation)
        return friend

    async def administrator(
        self,
        platform: str,
        name: str = "Світлана Іванівна",
        language: str = "uk",
        *,
        school: str = SCHOOL,
        ready: bool = True,
    ) -> Friend:
        """An administrator who has joined. ready: of a school that has been set up."""
        friend = self.stranger(platform, name, language)
        invitation = await self.invite(Role.ADMINISTRATOR, name, school=school)
        if ready:
            change = update(School).where(School.name == school).values(ready=True)
            await self.app.database.write(lambda db: db.run(change))
        await self.joins(friend, invitation)
        return friend

    async def also(self, friend: Friend, platform: str) -> Friend:
        """The same person on one more messenger."""
        person = (await self.chat(friend)).person_id
        other = self.stranger(platform, friend.phone.name)

        async def write(db: Db) -> Issued:
            row = await db.first(select(Person.school_id, Person.name).where(Person.id == person))
            assert row is not None
            offer = Offer(row[0], Role.GUARDIAN, row[1], person_id=person)
            return await issue(db, offer, self.clock.now())

        await self.joins(other, await self.app.database.write(write))
        return other

    async def limited(self, guardian: Friend, *rights: Right) -> None:
        """Take rights from a guardian, for all their children."""
        person = (await self.chat(guardian)).person_id
        change = update(Guardian).where(Guardian.person_id == person)
        taken = change.values({right.value: False for right in rights})
        await self.app.database.write(lambda db: db.run(taken))

    async def joins(self, friend: Friend, invitation: Issued, relation: Relation = Relation.OTHER) -> None:
        """Open the link, agree, and say who one is to the child, as far as one is asked."""
        await friend.opens(invitation.token)
        await self.goes_on(friend, relation)

    async def goes_on(self, friend: Friend, relation: Relation = Relation.OTHER) -> None:
        """From wherever an invitation has led to: say yes to whatever is asked."""
        with speaking((await self.chat(friend)).language):
            answers = (_("Join"), _("I agree"), capital(relation_name(relation)))
        for label in answers:
            if label in friend.labels:
                await friend.presses(label)

    async def class_link(self, school_class: str = "3-Б", uses: int = 30, school: str = SCHOOL) -> Issued:
        """What the parents' chat of a class is given: whoever takes it up says whose guardian they are, and waits."""

        async def write(db: Db) -> Issued:
            of_school = await school_named(db, school, "Europe/Kyiv", "uk", self.begins.date())
            of_class = await class_named(db, of_school, school_class)
            offer = Offer(of_school, Role.GUARDIAN, class_id=of_class, uses_left=uses, asks=True)
            return await issue(db, offer, self.clock.now())

        return await self.app.database.write(write)

    async def waits(
        self, platform: str, name: str, child: str, invitation: Issued, language: str = "uk"
    ) -> Friend:
        """Somebody who has asked to be let in for a child, by a class's link."""
        friend = self.stranger(platform, name, language)
        self.names.update(child.split())
        await self.joins(friend, invitation)
        await friend.says(child)
        await self.goes_on(friend)
        await friend.presses(name)
        return friend

    async def class_of(self, name: str) -> int:
        """The id of a class of the first school."""
        return await self.app.database.write(lambda db: class_named(db, 1, name))

    async def facts(self, read: Work[Any]) -> Any:
        """Read from the database."""
        return await self.app.database.read(read)

    async def absences(self) -> list[Row[str, date, date, Reason, str | None, bool, bool]]:
        """Child, first and last day, reason, comment, noticed, withdrawn: of each absence, in the order told."""
        ask = select(
            Child.name,
            Absence.first_day,
            Absence.last_day,
            Absence.reason,
            select(AbsenceWords.words)
            .where(AbsenceWords.absence_id == Absence.id)
            .order_by(AbsenceWords.at)
            .limit(1)
            .scalar_subquery(),
            Absence.noticed_at.is_not(None),
            Absence.withdrawn_at.is_not(None),
        )
        asked = ask.join(Child, Child.id == Absence.child_id).order_by(Absence.id)
        return list(await self.facts(lambda db: db.all(asked)))

    async def chat(self, friend: Friend) -> Chat:
        """What is kept of a person's chat."""
        where = (Chat.platform == friend.platform, Chat.address == friend.phone.address)
        async with AsyncSession(self.app.database.reader) as session:
            return (await session.scalars(select(Chat).where(*where))).one()

    async def plant(self, friend: Friend, links: list[list[Any]]) -> int:
        """Put a letter whose buttons lead there into a chat, as the screen that stands; returns its id."""
        words = {"title": "", "text": "", "rows": [[["?", place, None] for place in range(len(links))]]}
        chat, now = (await self.chat(friend)).id, self.clock.now()

        async def write(db: Db) -> int:
            row = outbox.row(chat, Kind.REPLY, words, links, "planted", now, state=State.SENT)
            letter = (await outbox.write(db, [row]))[0]
            await db.run(update(Chat).where(Chat.id == chat).values(screen_id=letter))
            return letter

        return await self.app.database.write(write)

    async def wrongs(self) -> list[str]:
        """What must never be found after any story: refusals, letters and events that broke, an unsound database."""
        told = [
            f"Telegram: {call.method}: {call.answer}" for call in self.telegram.journal if _is_our_fault(call)
        ]
        told += [f"Viber: {call.method}: {call.answer}" for call in self.viber.journal if _is_our_fault(call)]
        told += [f"Viber: {complaint}" for complaint in self.viber.complaints]
        refused = select(Letter.id, Letter.trouble).where(
            Letter.state == State.REFUSED, Letter.trouble.is_distinct_from(CAPPED)
        )
        told += [f"letter {id_}: {trouble}" for id_, trouble in await self.facts(lambda db: db.all(refused))]
        parked = select(Parked.key, Parked.error)
        told += [f"parked {key}: {error}" for key, error in await self.facts(lambda db: db.all(parked))]
        if self.app.database.dialect == "sqlite":
            async with self.app.database.reader.connect() as connection:
                for pragma, sound in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
                    rows = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).all()
                    if [tuple(row) for row in rows] != sound:
                        told.append(f"{pragma}: {rows}")
        return told

    async def get(self, path: str) -> Any:
        """What the app's own web server answers."""
        async with (
            ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.app.port}{path}") as answer,
        ):
            return await answer.json()
