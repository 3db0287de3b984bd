"""What goes over a link and what comes of it: plain data, so that a gateway process could carry it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from drivers.link.endpoints import DIALS_IN, DialsIn, Endpoint
from protocols import dlt645, dlt698


class Rank(IntEnum):
    """Who goes first on a link: the smaller number."""

    RESTORE = 0
    CHECK = 1  # read-backs of commands and checks before them
    OPERATOR = 2
    POLL = 3
    CUT = 4
    BACKFILL = 5


class DeviceKind(StrEnum):
    """What stands at the far end of a link."""

    CONCENTRATOR = "concentrator"  # 集中器: a DL/T 698.45 terminal that logs in, or a meter that does so itself
    DTU = "dtu"  # registers, then is a pipe to an RS-485 line of DL/T 645 meters
    LINE_645 = "line645"  # a line of DL/T 645 meters that says nothing by itself: a serial server, a serial port
    LINE_698 = "line698"  # the same with DL/T 698.45 meters


LINES = frozenset({DeviceKind.LINE_645, DeviceKind.LINE_698})
"""Kinds that say nothing by themselves: nobody dials in under their names."""


@dataclass(frozen=True, slots=True)
class Device:
    """What stands at the far end of a link, and how it is reached. Raises ValueError for a line that would dial in."""

    kind: DeviceKind
    endpoint: Endpoint = DIALS_IN

    def __post_init__(self) -> None:
        if self.kind in LINES and isinstance(self.endpoint, DialsIn):
            raise ValueError(f"a {self.kind} says nothing by itself, so it can't dial in: say how it is reached")


Expect698 = dlt698.Expected
"""How the answer to a DL/T 698.45 request is known."""

Expect = dlt645.Expected | Expect698
"""How the answer to a request is known, on a raw line and at a concentrator."""


SPEAK_698 = frozenset({DeviceKind.CONCENTRATOR, DeviceKind.LINE_698})
"""Kinds that speak DL/T 698.45; the others carry DL/T 645."""


class Exchange(NamedTuple):
    """One request and how its answer is known.

    `epoch` None means whichever login is current when the request is sent. The request is not sent after
    `expires`; once it is out, the answer is waited for as long as `patience`. `request` is one whole link frame;
    one that is too long for the device goes out in pieces. `since`: an answer to the same words will do that were
    asked from then on, as those of earlier tries; None: to none but this request.

    A tuple with names, as a frozen dataclass of so many takes four times as long to make.
    """

    link: str
    epoch: int | None
    request: bytes
    expects: Expect
    rank: Rank
    expires: datetime
    patience: timedelta
    since: datetime | None = None

    def __repr__(self) -> str:
        """Show no request, as that may hold a password."""
        return f"Exchange({self.link!r}, {self.expects!r}, {self.rank!r}, expires={self.expires}, epoch={self.epoch})"


class NotSentReason(StrEnum):
    """Why no byte of a request left."""

    LINK_DOWN = "link_down"
    OLD_EPOCH = "old_epoch"
    EXPIRED = "expired"
    HELD_BACK = "held_back"  # go() said no
    QUEUE_FULL = "queue_full"


@dataclass(frozen=True, slots=True)
class Heard698:
    """A good DL/T 698.45 frame with its whole APDU; `raw` are its bytes, those of pieces put together.

    Of records the APDU has no rows: who wants them reads the frame's user data.
    """

    frame: dlt698.LinkFrame
    apdu: dlt698.Apdu
    raw: bytes = field(repr=False)


Understood = dlt645.Answered | Heard698
"""An answer, taken apart as far as it took to know what it answers."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer; what was understood of it need not be parsed again."""

    heard: Understood
    sent_at: datetime
    at: datetime

    @property
    def frame(self) -> bytes:
        """Its bytes, as one whole link frame (pieces of a fragmented one put together)."""
        return self.heard.raw


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came within the patience of the road; the device may have acted all the same."""

    sent_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left."""

    reason: NotSentReason
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link went away after the request was released; the device may have acted all the same."""

    sent_at: datetime
    at: datetime


Outcome = Answered | NoAnswer | NotSent | LinkLost


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """A link as operators see it. `epoch`, `peer` and `since` belong to the current login, if there is one.

    `endpoint` is the text of how it is reached (`drivers.link.endpoints`), empty for one that dials in.
    """

    link: str
    kind: DeviceKind
    endpoint: str
    epoch: int | None
    peer: str | None
    since: datetime | None
    last_heard: datetime | None
    queued: int
    busy: bool

    @property
    def up(self) -> bool:
        """Whether a login is current."""
        return self.epoch is not None


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """Bounds on what a peer can make us hold or wait for."""

    connections: int = 40_000  # of any kind; each takes an open file
    # Connections that have not said who they are. All terminals of a carrier may come from one address, and in a
    # storm of logins thousands wait until their first frame has its turn; a stranger takes some 10 KiB.
    strangers: int = 20_000
    strangers_per_host: int = 18_000
    strangers_of_nuisance: int = (
        64  # of an address from which so many were slow or talked nonsense, and nobody logged in
    )
    first_frame: timedelta = timedelta(seconds=30)
    bytes_without_frame: int = 4096
    # A frame whose bytes pause longer on a road through a network is given up. 6 s is what 698 terminals do
    # themselves. On a raw line 0.5 s hold between the bytes of a meter, and a cellular modem may cut a frame in two
    # on its way here; longer than this, noise that looks like a beginning would hide the answer behind it until it
    # is too late. A serial port has the pace of its line: `drivers.link.pacing`.
    byte_gap: timedelta = timedelta(seconds=6)
    raw_byte_gap: timedelta = timedelta(seconds=1.5)
    raw_frame: timedelta = timedelta(seconds=3)  # of 267 bytes at 1200 baud, however small the gaps
    # How long after its deadline, or after a first copy of itself, an answer may still be understood; its bytes
    # may come as late as that less `raw_frame`, as noise in front can hide them for so long. Within it the same
    # words are not asked again where the road cannot number its questions; of a DTU something must be heard besides,
    # as its connection may stall for longer and hold the answer up.
    late_answer: timedelta = timedelta(seconds=10)
    second_copy: timedelta = timedelta(seconds=2)
    missed_heartbeats: int = 3
    dtu_heartbeat: timedelta = timedelta(seconds=60)
    default_heartbeat: timedelta = timedelta(seconds=300)  # of a terminal that names no period
    queue: int = 10_000
    redial_first: timedelta = timedelta(seconds=1)
    redial_longest: timedelta = timedelta(seconds=60)
    reopen_longest: timedelta = timedelta(seconds=10)  # of a serial port, which costs nobody anything
    # What comes by a broker: bytes of one message, messages that we have not acknowledged (beyond them it queues, and
    # drops; all devices may speak at once), and how long one of them waits for its report to be kept.
    longest_message: int = 32 * 1024
    unacknowledged: int = 20_000
    unkept_report: timedelta = timedelta(seconds=60)
    trusted_clock: bool = True  # told to terminals with each login; they may set their clock by ours
