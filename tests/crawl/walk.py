"""Somebody who presses everything: from home on, every sort of button of every screen."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from bot.core.i18n import LANGUAGES
from models.letter import Letter
from tests.crawl.words import foreign, names_of
from tests.house import Friend, Key

PAYLOAD = re.compile(r"#(\d+)\.(\d+)")
BETWEEN = timedelta(seconds=6)
"""Between two presses: longer than a double tap, slower than a flood."""
TIRED = 80
"""Presses on the way to one sort of button after which it is given up."""
TYPED = "а ще зошит у Марка"
SENT = ("діти.csv", "Шевченко Леся\nКоваленко Петро\n".encode())
"""A file's name and content, for screens that take one; a list of children."""
FITTING = {
    "breaks.understand": "Осінь 26.10–01.11",
    "year.write_firsts": "1-А",
    "classes.write_several": "7-Я, 8-Я, 9-Я, 10-Я",
    "setup.search_zone": "Польща",
    "polling.write": "Музей\nТеатр",
    "timing.typed": "завтра 9:15",
}
"""What is typed where TYPED would be of no use."""
FAREWELL = ("forgetting.leave_child", "forgetting.forget_child", "forgetting.forget")
"""Steps after which others find less, or there is nobody left who could take another."""
LAST = (
    "setup.write_own_class",
    "setup.finish",
    "staff.end",
    "messengers.leave",
    "year.begin",
    "amending.take_back",
    *FAREWELL,
)
"""Steps that close a door behind: each is taken when there is nothing else left but those after it."""
MESSENGERS = {"Telegram", "Viber"}
ALIKE = {"staff.title"}
"""Screens whose buttons to one step are alike but for their words."""
HOMES = {"home.show", "joining.stranger"}

Sort = tuple[str, str, str]
"""Where a button stands, where it leads, and what is written on it but for days and numbers; or WORDS or FILE."""
WORDS, FILE = "types", "sends"


@dataclass
class Walk:
    """One person's way through the app.

    path: what was pressed since home. after: what each sort led to. aimed: how often each was on the way to.
    code: what a stranger types where an invitation's code is heard.
    within: the flows whose buttons are pressed, where it is not all of them.
    """

    friend: Friend
    language: str
    code: str = ""
    after: dict[Sort, list[Sort]] = field(default_factory=dict)
    pressed: Counter[Sort] = field(default_factory=Counter)
    aimed: Counter[Sort] = field(default_factory=Counter)
    known: set[Sort] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    within: frozenset[str] = frozenset()

    async def go(self, most: int, *, to_the_end: bool = True) -> None:
        """Press until every sort of button was pressed, or `most` times.

        to_the_end: False leaves out FAREWELL.
        """
        file = re.findall(r"\w+", f"{SENT[0]} {SENT[1].decode()}")
        typed = re.findall(r"[^\W\d_]+", " ".join([TYPED, *FITTING.values()]))
        house = self.friend.house
        house.names |= await house.facts(names_of) | {*typed, *file} | MESSENGERS  # old names stay on phones
        self.names = house.names
        await house.later(minutes=10)  # what others' walks have left under way comes before, not between
        await self.friend.says("/menu")
        offered = await self._look()
        for _press in range(most):
            sort = self._nearest(list(offered), to_the_end)
            if sort is None:
                return
            self.pressed[sort] += 1
            await self._press(sort, offered[sort])
            if sort[1] == "language.speak":  # a title chosen in one language is a name in the others
                self.names |= await house.facts(names_of)
            offered = await self._look()
            if sort[1] == "language.speak":
                await self._speak_again()
                offered = await self._look()  # in another language each sort would be one that nobody pressed
            self.after[sort] = list(offered)

    def _nearest(self, offered: list[Sort], to_the_end: bool) -> Sort | None:
        """What to press to come soonest to a sort of button that was not pressed yet; None if there is no way."""
        most = len(LAST) if to_the_end else LAST.index(FAREWELL[0])
        ways = (self._way(offered, LAST[place:]) for place in range(most + 1))
        return next((way for way in ways if way), None)

    def _way(self, offered: list[Sort], without: tuple[str, ...]) -> Sort | None:
        """The same, but never by way of these steps."""
        ways = deque((sort, sort) for sort in offered if sort[1] not in without)
        met = {sort for sort in offered if sort[1] not in without}
        while ways:
            first, sort = ways.popleft()
            if sort not in self.pressed and self.aimed[sort] < TIRED:
                self.aimed[sort] += 1
                return first
            for following in self.after.get(sort, []):
                if following not in met and following[1] not in without:
                    met.add(following)
                    ways.append((first, following))
        return None

    async def _press(self, sort: Sort, key: Key | None) -> None:
        house = self.friend.house
        house.clock.wind(BETWEEN)
        if sort[0] in HOMES:
            self.path = ["home"]
        typed = FITTING.get(sort[1], TYPED)
        typed = self.code if self.code and sort[1] == "joining.code" else typed
        self.path.append(key.label if key else f"{sort[2]} {typed if sort[2] == WORDS else SENT[0]!r}")
        before = len(house.telegram.journal) + len(house.viber.journal)
        if key:
            await self.friend.presses(key.token)
        else:
            await (self.friend.says(typed) if sort[2] == WORDS else self.friend.sends_file(*SENT))
        after = len(house.telegram.journal) + len(house.viber.journal)
        assert after > before, f"no answer: {self._told()}"

    async def _speak_again(self) -> None:
        """Back to the language of this walk."""
        self.friend.house.clock.wind(BETWEEN)
        await self.friend.says("/language")
        await self.friend.presses(LANGUAGES[self.language])

    async def _look(self) -> dict[Sort, Key | None]:
        """What can be done on the screen that is shown, which is checked on the way."""
        friend, house = self.friend, self.friend.house
        chat, keys = await house.chat(friend), friend.keys
        assert keys, f"no buttons: {self._told()}"
        where = str((chat.rest or ["?"])[0])
        ids = {int(match[1]) for key in keys if (match := PAYLOAD.fullmatch(key.payload))}
        asked = select(Letter.id, Letter.links).where(Letter.id.in_(ids))
        links = dict(await house.facts(lambda db: db.all(asked)))
        alike: defaultdict[Sort, list[Key]] = defaultdict(list)
        for key in keys:
            match = PAYLOAD.fullmatch(key.payload)
            assert match, f"a strange payload {key.payload!r}: {self._told()}"
            leads = links[int(match[1])][int(match[2])][0]
            label = "any" if where in ALIKE else _shape(key.label, self.names)
            alike[(where, leads, label)].append(key)
        # Of buttons that look alike, such as a list's, another one each time: behind one is what is not behind others.
        offered: dict[Sort, Key | None] = {
            sort: several[self.pressed[sort] % len(several)] for sort, several in alike.items()
        }
        if chat.hears:
            offered[(where, chat.hears[0], WORDS)] = None
        if chat.takes:
            offered[(where, chat.takes[0], FILE)] = None
        if self.within:
            offered = {sort: key for sort, key in offered.items() if sort[1].split(".")[0] in self.within}
        if chat.language == self.language:
            self.known |= offered.keys()
        self.steps |= {where, *(leads for _where, leads, _label in offered)}
        back = where in HOMES or any(leads in HOMES for _where, leads, _label in offered)
        assert back, f"no way home: {self._told()}"
        self._read(chat.language)
        return offered

    def _read(self, language: str) -> None:
        """All that is new on the phone is said in the person's language."""
        fresh = {*self.friend.texts[-3:], *self.friend.labels} - self.checked
        for text in fresh:
            strange = foreign(text, language, self.names)
            assert not strange, f"{strange} in {language}: {text!r}, {self._told()}"
        self.checked = {*self.friend.texts, *self.friend.labels}

    def _told(self) -> str:
        return (
            f"{self.friend.phone.name} on {self.friend.platform}, after {' → '.join(self.path)}:\n"
            f"{self.friend.last}\n{self.friend.labels}"
        )


def _shape(label: str, names: set[str]) -> str:
    """A label without what changes from day to day and from name to name."""
    words = re.findall(r"\w+", label)
    if any(word.isdigit() for word in words):
        return re.sub(r"\w+", "w", label)
    return " ".join("w" if word in names else word for word in re.findall(r"\w+|[^\w\s]", label))
