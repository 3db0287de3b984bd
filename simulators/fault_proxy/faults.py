"""What can go wrong on a connection, as a table of frozen values; and what a proxy tells when it did it.

Faults of pieces strike each piece of bytes, as it comes off the wire, with a ``chance`` from 0 to 1; faults of
connections strike each connection again and again, every half to one and a half times ``every``. All are at work
from ``since`` to ``until`` after the start of the proxy, in the directions ``ways``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import TypeVar

from simulators.errors import FaultError

__all__ = [
    "BOTH",
    "ConnectionFault",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "Flip",
    "HalfOpen",
    "Injected",
    "Kind",
    "Merge",
    "PieceFault",
    "Reset",
    "Split",
    "Stall",
    "Way",
]

ZERO = timedelta()
Size = TypeVar("Size", int, timedelta)


class Kind(StrEnum):
    """A kind of fault; behind it what ``Injected.count`` counts."""

    DELAY = "delay"  # bytes
    SPLIT = "split"  # pieces made of one
    MERGE = "merge"  # bytes joined to those held back before them
    DROP = "drop"  # bytes
    FLIP = "flip"  # bits
    DUPLICATE = "duplicate"  # bytes
    STALL = "stall"  # bytes held until its end
    RESET = "reset"  # connections
    HALF_OPEN = "half_open"  # connections


class Way(Enum):
    """A direction through the proxy: from who dialled in, and back to it."""

    THERE = "there"
    BACK = "back"


BOTH = frozenset(Way)


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault was done to the connection numbered ``link``, in this direction, or both (None)."""

    kind: Kind
    at: datetime
    link: int
    way: Way | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What all faults have. Raises `FaultError` for numbers that make no sense."""

    ways: frozenset[Way] = BOTH
    since: timedelta = ZERO
    until: timedelta | None = None

    def __post_init__(self) -> None:
        _at_least("since", self.since, ZERO)
        if self.until is not None and self.until <= self.since:
            raise FaultError(f"a fault from {self.since} until {self.until} is never at work: let it end later")

    def at_work(self, running: timedelta) -> bool:
        """Whether the fault strikes so long after the start."""
        return self.since <= running and (self.until is None or running < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceFault(Fault):
    """A fault that strikes a piece of bytes with a chance."""

    chance: float = 1.0

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        _share("chance", self.chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(PieceFault):
    """A piece, and all behind it, comes later by a time drawn from ``least`` to ``most``."""

    least: timedelta
    most: timedelta

    def __post_init__(self) -> None:
        PieceFault.__post_init__(self)
        _at_least("least", self.least, ZERO)
        _at_least("most", self.most, self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(PieceFault):
    """A piece comes in up to ``pieces`` parts, cut at drawn places, with a ``gap`` between each two."""

    pieces: int = 3
    gap: timedelta = timedelta(milliseconds=50)

    def __post_init__(self) -> None:
        PieceFault.__post_init__(self)
        _at_least("pieces", self.pieces, 2)
        _above("gap", self.gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(PieceFault):
    """A piece is held back for ``hold``, and comes as one with all that has come behind it by then."""

    hold: timedelta

    def __post_init__(self) -> None:
        PieceFault.__post_init__(self)
        _above("hold", self.hold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(PieceFault):
    """A piece is lost, or of each piece that is struck a drawn run of bytes (``part``)."""

    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(PieceFault):
    """A piece comes twice, its copy ``after`` it."""

    after: timedelta = ZERO

    def __post_init__(self) -> None:
        PieceFault.__post_init__(self)
        _at_least("after", self.after, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip(Fault):
    """Each bit is turned over with the chance ``rate``; ``apart`` is the least number of bytes between two.

    The checksum of DL/T 645 is a sum: two bits of one frame turned over against each other leave it as it was, and
    no receiver can tell. With flips farther ``apart`` than a frame is long every one of them can be found out.
    """

    rate: float
    apart: int = 0

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        _share("rate", self.rate)
        _at_least("apart", self.apart, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFault(Fault):
    """A fault that strikes a connection again and again."""

    every: timedelta

    def __post_init__(self) -> None:
        Fault.__post_init__(self)
        _above("every", self.every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall(ConnectionFault):
    """Nothing comes through for as long as it ``lasts``; then all that was held comes at once."""

    lasts: timedelta

    def __post_init__(self) -> None:
        ConnectionFault.__post_init__(self)
        _above("lasts", self.lasts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(ConnectionFault):
    """The connection is torn down (RST) at both ends; what was under way is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfOpen(ConnectionFault):
    """The connection is torn down at one end, drawn for each; the other is not told, and speaks to nobody.

    As with TCP it is told at last, by a reset in answer to what it sends once the fault has lasted for ``lasts``.
    """

    lasts: timedelta

    def __post_init__(self) -> None:
        ConnectionFault.__post_init__(self)
        _above("lasts", self.lasts)


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise FaultError(f"{name} = {value} is no share: give one from 0 to 1")


def _at_least(name: str, value: Size, least: Size) -> None:
    if value < least:
        raise FaultError(f"{name} = {value} is too small: give at least {least}")


def _above(name: str, value: timedelta) -> None:
    if value <= ZERO:
        raise FaultError(f"{name} = {value} is no span of time: give one above zero")
