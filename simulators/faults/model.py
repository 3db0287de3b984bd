"""Faults on the wire as values: what is wished, what they do to an exchange, and the words for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from protocols.dissection import Words
from simulators.seeded import between, octets

__all__ = ["Argument", "Fault", "Hit", "Kind", "Part", "Stage"]


class Stage(StrEnum):
    """Where a fault takes hold."""

    REQUEST = "request"
    """Of the request on its way in: the device may never hear it."""
    ANSWER = "answer"
    """Of the answer on its way out, when the device has acted."""
    LOGIN = "login"
    """Of what the device says of its own accord to be known: logins, heartbeats, registrations."""
    LINK = "link"
    """Of the connection itself."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A number that says how bad it is: what it is if not given, and its bounds."""

    words: Words
    default: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is wished for, from ``begin`` to ``end`` after the start of the device.

    It touches an exchange with ``probability`` (0 to 1), and ``count`` exchanges at most.
    """

    kind: str
    arguments: Mapping[str, float] = field(default_factory=dict)
    begin: timedelta = timedelta()
    end: timedelta | None = None
    probability: float = 1.0
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One exchange that a fault touches: the request, the number of the exchange, and draws that belong to both."""

    kind: str
    arguments: Mapping[str, float]
    request: bytes = field(repr=False)
    seed: int
    number: int

    def seconds(self, name: str) -> timedelta:
        """Give an argument that is a time in seconds."""
        return timedelta(seconds=self.arguments[name])

    def draw(self, low: int, high: int, *what: object) -> int:
        """Draw a whole number from ``low`` to ``high``."""
        return between(low, high, self.seed, "fault", self.kind, self.number, *what)

    def noise(self, count: int) -> bytes:
        """Draw up to 64 bytes that mean nothing."""
        return octets(count, self.seed, "noise", self.kind, self.number)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an answer, and how long after those before them they leave; ``note`` names the faults in them."""

    data: bytes = field(repr=False)
    after: timedelta = timedelta()
    note: str = ""


Shape = Callable[[Hit, tuple[Part, ...]], tuple[Part, ...]]
"""Turns the parts of an answer into others."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: its words, its arguments by name, where it takes hold, and what it makes of an answer."""

    words: Words
    stage: Stage
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    shape: Shape | None = None
