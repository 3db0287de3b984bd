"""What happened on the links: frozen facts handed to the observer, which logs and records them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drivers.link.model import DeviceKind


class DownReason(StrEnum):
    """Why a login ended."""

    CLOSED_BY_PEER = "closed_by_peer"
    LOGOUT = "logout"
    SILENT = "silent"  # no frame for several heartbeat periods
    GARBAGE = "garbage"  # too many bytes without a frame
    STOPPED = "stopped"  # we are closing
    DISMISSED = "dismissed"  # no longer in the archive
    DROPPED = "dropped"  # an operator ended the login
    OFFLINE = "offline"  # its presence at the broker says so, by its own word or its last will
    NO_SUBSCRIBER = "no_subscriber"  # nobody was there to take a question off its topic
    BROKER_LOST = "broker_lost"  # what was out may still reach it


class StrayReason(StrEnum):
    """Why a good frame completed nothing."""

    NO_QUESTION = "no_question"  # nothing was asked, or its asker's time is over
    OTHER_QUESTION = "other_question"
    WRONG_ADDRESS = "wrong_address"
    OLD_EPOCH = "old_epoch"  # by the connection of an older login, or kept by a broker since then
    BAD_CONTENT = "bad_content"  # a sound frame around an unreadable APDU
    FROM_MASTER = "from_master"  # a request where only answers are due
    LATE = "late"  # the answer to an older question, whose asker's time is over
    COPY = "copy"  # of an answer that was taken
    DOUBTFUL = "doubtful"  # a refusal that may be of an older question: it names none


class StrangerReason(StrEnum):
    """Why a connection that never said who it is was closed."""

    TOO_MANY = "too_many"
    TOO_MANY_FROM_HOST = "too_many_from_host"
    TOO_SLOW = "too_slow"
    TOO_MANY_BYTES = "too_many_bytes"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A known device logged in, or a dialled one answered the call."""

    link: str
    kind: DeviceKind
    epoch: int
    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkDown:
    """A login ended. `held` is how long it lasted."""

    link: str
    epoch: int
    peer: str
    reason: DownReason
    held: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkReplaced:
    """A device logged in again from another connection; the old epoch ended with it, its connection closed."""

    link: str
    old_epoch: int
    new_epoch: int
    old_peer: str
    new_peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeartbeatHeard:
    """A heartbeat was answered. `device_clock` is the device's own time, where it tells one."""

    link: str
    epoch: int
    device_clock: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """A device reported something; it repeats the report until `Links.acknowledge` is called with this.

    `repeated`: it has been told before over this connection, and waits to be acknowledged.
    """

    link: str
    epoch: int
    frame: bytes
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class SecuredReport:
    """A device reported something inside of SECURITY, which whoever holds the keys opens before it is read.

    It repeats the report until `Links.acknowledge` is called with this and the SECURITY-Response to it.
    """

    link: str
    epoch: int
    frame: bytes
    at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class FollowReport:
    """A device reported something along with an answer (跟随上报), whose frame this is; it won't say it again."""

    link: str
    epoch: int
    frame: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class StrayFrame:
    """A good frame that completed nothing."""

    link: str
    epoch: int
    peer: str
    reason: StrayReason
    frame: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class GarbageSkipped:
    """Bytes that belong to no frame; `link` is None before the peer said who it is."""

    link: str | None
    peer: str
    count: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EchoHeard:
    """So many bytes of our own question came back from the line, all of it or a piece."""

    link: str
    epoch: int
    peer: str
    count: int
    whole: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that is not in the archive dialled in."""

    link: str
    peer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StrangerClosed:
    """A connection ended before it said who it is."""

    peer: str
    reason: StrangerReason
    received: int
    at: datetime


@dataclass(frozen=True, slots=True)
class DialFailed:
    """A call to a device was not answered; it is repeated at `again`."""

    link: str
    peer: str
    error: str
    again: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A known device is not reached as its endpoint says: there is no broker, or its name there is another's."""

    link: str
    endpoint: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokerUp:
    """The broker took our connection and our subscriptions; `resumed`: it has kept what came while we were away."""

    peer: str
    resumed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokerDown:
    """The connection to the broker ended, and with it the logins of all devices behind it."""

    peer: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BrokerCallFailed:
    """The broker could not be had; it is called again at `again`."""

    peer: str
    error: str
    again: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportUnkept:
    """What a message reported was not kept in time: the broker need not deliver it again, its device will repeat it."""

    link: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UnaskedMeter:
    """A concentrator answered for a meter that the question did not name; the row was dropped."""

    link: str
    address: str
    at: datetime


LinkEvent = (
    LinkUp
    | LinkDown
    | LinkReplaced
    | HeartbeatHeard
    | ReportReceived
    | SecuredReport
    | FollowReport
    | StrayFrame
    | GarbageSkipped
    | EchoHeard
    | UnknownDevice
    | StrangerClosed
    | DialFailed
    | Unreachable
    | BrokerUp
    | BrokerDown
    | BrokerCallFailed
    | ReportUnkept
    | UnaskedMeter
)
