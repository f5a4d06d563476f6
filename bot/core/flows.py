"""Flows and steps: a conversation is a set of functions of the answers so far.

`ask` only shows and may run again at any time; `do` changes, once; `hear` is a `do` that gets what was typed,
`take` one that gets what was read from a file, and `take_media` one that gets what was kept of a photo or file; `file`
gives a file, and like `ask` changes nothing.
A step that is called with answers gives a link to itself, which a button can hold; mypy checks the answers.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from types import GenericAlias
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    NamedTuple,
    ParamSpec,
    TypeVar,
    get_type_hints,
    overload,
)

from pydantic import TypeAdapter, ValidationError

from models.media import MediumSort

if TYPE_CHECKING:
    from bot.core.events import What
    from bot.core.paper import Paper, Stored
    from bot.core.screens import Screen
    from bot.core.turn import Turn

HEARD_LENGTH = 2000
"""Signs of a typed answer that are taken; nobody tells a teacher more in one breath."""

P = ParamSpec("P")
T = TypeVar("T")


class Sort(enum.StrEnum):
    """What a step may do."""

    ASK = "ask"
    DO = "do"
    HEAR = "hear"
    TAKE = "take"
    KEEP = "keep"
    """A step made by `Flow.take_media`."""
    FILE = "file"


class Kept(NamedTuple):
    """A photo, video or file that is kept now: the id of its `models.media.Medium`, and what it is shown as."""

    medium: int
    sort: MediumSort


@dataclass(frozen=True, slots=True)
class Link:
    """A step and its answers: where a button leads. `note` is said above the screen that follows."""

    step: str
    answers: tuple[Any, ...]
    note: str = ""

    def packed(self) -> list[Any]:
        """As it is stored: the step's name, then its answers as JSON."""
        return [self.step, *self.answers]

    @staticmethod
    def unpacked(link: list[Any]) -> Link:
        """A link as it is stored, back again."""
        return Link(link[0], tuple(link[1:]))

    def saying(self, note: str) -> Link:
        """The same link with a sentence to say on arrival."""
        return Link(self.step, self.answers, note)


Shown = Callable[Concatenate["Turn", P], Awaitable["Screen | Link"]]
Done = Callable[Concatenate["Turn", P], Awaitable[Link]]
Heard = Callable[Concatenate["Turn", str, P], Awaitable[Link]]
Taken = Callable[Concatenate["Turn", T, P], Awaitable[Link]]
Keeping = Callable[Concatenate["Turn", "Kept", P], Awaitable[Link]]
Reading = Callable[[str, bytes], T]
"""Makes a value of a file's name and bytes, outside of any turn; Unreadable says why it cannot."""
Filed = Callable[Concatenate["Turn", P], Awaitable["Paper | Stored"]]
Offered = Callable[["Turn", "What"], Awaitable[Link | None]]
"""Gets something that nobody asked for, and says where it leads; None if it can do nothing with it."""
SILENCE = Link("", ())
"""Where something leads that is to be answered later, with what comes behind it."""


class Step(Generic[P]):
    """A step of a flow; calling it with answers makes a link."""

    def __init__(
        self,
        flow: str,
        sort: Sort,
        run: Callable[..., Awaitable[Any]],
        reading: Reading[Any] | None = None,
        most: int | None = None,
    ) -> None:
        """reading: what a `take` step has done with a file before it runs. most: see `Flow.hear`."""
        self.name = f"{flow}.{run.__name__}"
        self.sort = sort
        self.run = run
        self.reading = reading
        self.most = most
        given = 2 if sort in (Sort.HEAR, Sort.TAKE, Sort.KEEP) else 1
        hints = get_type_hints(run)
        self._signature = inspect.Signature(list(inspect.signature(run).parameters.values())[given:])
        kinds = tuple(hints[name] for name in self._signature.parameters) or ((),)
        self.answers: TypeAdapter[tuple[Any, ...]] = TypeAdapter(GenericAlias(tuple, kinds))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Link:
        """A link to this step with these answers."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return Link(self.name, tuple(self.answers.dump_python(tuple(bound.arguments.values()), mode="json")))

    def read(self, answers: Iterable[Any]) -> tuple[Any, ...]:
        """Stored answers as the step's own types; StaleLink if they do not fit (any more)."""
        try:
            return self.answers.validate_python(tuple(answers))
        except ValidationError as error:
            raise StaleLink(self.name) from error


class StaleLink(Exception):
    """A stored link that today's steps do not know, or whose answers do not fit them."""


class Flow:
    """One thing that people do; its steps are registered by decorators.

    command: opens it, by its first step, when typed as /command. title: what the messenger's menu of commands says,
    marked with N_ for translation. open_to_strangers: whether those who have not joined may take its steps.
    """

    def __init__(
        self, name: str, command: str = "", title: str = "", *, open_to_strangers: bool = False
    ) -> None:
        self.name = name
        self.open_to_strangers = open_to_strangers
        self.command = command
        self.title = title
        self.steps: dict[str, Step[Any]] = {}

    def ask(self, run: Shown[P]) -> Step[P]:
        """A step that shows a screen (or sends on to another `ask`) and changes nothing."""
        return self._add(Sort.ASK, run)

    def do(self, run: Done[P]) -> Step[P]:
        """A step that changes something, and says by a link where it goes on."""
        return self._add(Sort.DO, run)

    @overload
    def hear(self, run: Heard[P]) -> Step[P]: ...

    @overload
    def hear(self, *, most: int) -> Callable[[Heard[P]], Step[P]]: ...

    def hear(
        self, run: Heard[P] | None = None, *, most: int | None = None
    ) -> Step[P] | Callable[[Heard[P]], Step[P]]:
        """A `do` whose first answer is what the person typed; what they marked in it is in `Turn.styled`.

        most: signs that are taken; the person is told if there were more. Without it, HEARD_LENGTH are taken, and
        the step says what it has no room for.
        """

        def decorate(run: Heard[P]) -> Step[P]:
            return self._add(Sort.HEAR, run, most=most)

        return decorate if run is None else decorate(run)

    def take(self, read: Reading[T]) -> Callable[[Taken[T, P]], Step[P]]:
        """A `do` whose first answer is what `read` made of the file that the person sent.

        read: a function of a module; it runs in a process of its own (bot/core/workshop.py) and returns a JSON value.
        """

        def decorate(run: Taken[T, P]) -> Step[P]:
            return self._add(Sort.TAKE, run, read)

        return decorate

    def take_media(self, run: Keeping[P]) -> Step[P]:
        """A `do` whose first answer is what was kept of a photo, video or file that the person sent.

        `Turn.fetch_media` has it fetched. Of several that were sent together each is given by itself, and where the
        last one leads to is shown.
        """
        return self._add(Sort.KEEP, run)

    def file(self, run: Filed[P]) -> Step[P]:
        """A step that gives a paper, or what lies in the store (see `Turn.send_file`), and changes nothing.

        It runs each time that the file is about to go, perhaps much later: rights are asked where the fact is read.
        """
        return self._add(Sort.FILE, run)

    def _add(
        self,
        sort: Sort,
        run: Callable[..., Awaitable[Any]],
        reading: Reading[Any] | None = None,
        most: int | None = None,
    ) -> Step[P]:
        step: Step[P] = Step(self.name, sort, run, reading, most)
        self.steps[step.name] = step
        return step


class Book:
    """All flows of an app: finds a step by its name and a flow by its command."""

    def __init__(
        self,
        flows: Iterable[Flow],
        home: Step[[]],
        unknown: Step[[]],
        invited: Step[[]],
        like_invitation: Callable[[str], bool],
        digest: Callable[[date], Link],
        offered: Offered,
        replied: Offered,
    ) -> None:
        """home: the screen that is one tap away from everywhere. unknown: what a stranger is shown instead.

        invited: the `hear` step that gets an invitation's payload. like_invitation: whether a typed text may be one,
        even where no answer is waited for. digest: the card that shows a person's digest of a day. offered: what is
        done with what somebody sends that no screen has asked for. replied: what is done with an answer to one of our
        messages, whatever the screen asks for.
        """
        self.flows = list(flows)
        self.home = home
        self.unknown = unknown
        self.invited = invited
        self.like_invitation = like_invitation
        self.digest = digest
        self.offered = offered
        self.replied = replied
        self.steps = {name: step for flow in self.flows for name, step in flow.steps.items()}
        self.commands = {flow.command: _opening(flow) for flow in self.flows if flow.command}

        self._open = {name for flow in self.flows if flow.open_to_strangers for name in flow.steps}

    def is_open(self, link: Link) -> bool:
        """Whether somebody who has not joined may take this step."""
        return link.step in self._open

    def find(self, packed: list[Any]) -> tuple[Step[Any], tuple[Any, ...]]:
        """The step of a stored link and its answers; StaleLink if there is no such step."""
        step = self.steps.get(packed[0])
        if step is None:
            raise StaleLink(str(packed[0]))
        return step, step.read(packed[1:])


def _opening(flow: Flow) -> Step[[]]:
    """The step a command opens: the flow's first."""
    first: Step[[]] = next(iter(flow.steps.values()))
    return first
