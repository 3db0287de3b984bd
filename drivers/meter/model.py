"""What meters are asked and what they answer, in the words of the business and not of a protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from protocols.dlt645 import Operator, Password, Value
from protocols.dlt645.items.profile import Profile, profiles
from protocols.dlt698.models import Model, models

T_co = TypeVar("T_co", covariant=True)


class Dialect(StrEnum):
    """The protocol that a meter speaks."""

    DLT645 = "dlt645"
    DLT698 = "dlt698"


class Road(StrEnum):
    """How a meter is reached."""

    PROXY = "proxy"  # a DL/T 698.45 concentrator asks a 698 meter for us (代理); its model says how orders go
    FORWARD = "forward"  # it forwards our DL/T 645 frame untouched (透明转发)
    DTU = "dtu"  # raw DL/T 645 on the line of a DTU or gateway
    DIRECT = "direct"  # a 698 meter is asked itself: on a raw line, or over its own login


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meter is and how to speak to it; `address` are the 12 digits of its communication address.

    `profile` names its model: what a DL/T 645 meter does otherwise (`protocols.dlt645.profiles`), or how a DL/T 698.45
    meter takes orders (`protocols.dlt698.models`). The two have no name in common but "standard".
    """

    address: str
    dialect: Dialect
    road: Road
    link: str
    profile: str = "standard"


class Way(StrEnum):
    """The direction of a frame, seen from here."""

    OUT = "out"
    IN = "in"


class WireFrame(NamedTuple):
    """One frame as it was on the wire; kept as evidence."""

    way: Way
    at: datetime
    data: bytes

    def __repr__(self) -> str:
        """Show no bytes, as a request may hold a password."""
        return f"WireFrame({self.way!r}, {self.at}, {len(self.data)} bytes)"


Trace = tuple[WireFrame, ...]


@dataclass(frozen=True, slots=True)
class Told(Generic[T_co]):
    """The meter itself answered; `at` is when its last answer arrived."""

    value: T_co
    at: datetime
    trace: Trace


class Reason(StrEnum):
    """Why a meter or concentrator refused: one set of words for DAR and ERR."""

    NOT_AUTHORISED = "not_authorised"
    AUTHENTICATION = "authentication"
    KEEP_POWER = "keep_power"  # 保电 forbids a trip
    TIME_TAG = "time_tag"
    SUSPENDED = "suspended"
    OBJECT_UNDEFINED = "object_undefined"
    BAD_VALUE = "bad_value"
    NO_DATA = "no_data"
    OTHER_DAY = "other_day"  # the stored freeze is stamped with another day
    BUSY = "busy"
    HARDWARE = "hardware"
    ADDRESS = "address"
    NOT_UNDERSTOOD = "not_understood"
    REFUSED = "refused"
    NOT_TAKEN = "not_taken"  # accepted, and reads otherwise afterwards
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer, and it was no. `code` is the wire's own: `DAR 15`, `ERR 04`, or what was found instead."""

    reason: Reason
    code: str
    at: datetime
    trace: Trace


class Silence(StrEnum):
    """Why there is no answer."""

    NO_ANSWER = "no_answer"
    LINK_DOWN = "link_down"
    LINK_LOST = "link_lost"
    EXPIRED = "expired"
    HELD_BACK = "held_back"
    QUEUE_FULL = "queue_full"
    GARBLED = "garbled"  # what came is no answer of this meter to this question
    OTHER_METER = "other_meter"  # a sound answer, and it bears another meter's address
    SECURITY = "security"  # it could not be secured or authorised, so it was not sent; or its answer not be proven


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer. `sent` tells whether the request, or the order, may have reached the meter.

    What opens an order (authentication, association) is in the trace and is no sending of the order. `detail` says more
    than the reason where there is more to say.
    """

    reason: Silence
    sent: bool
    at: datetime
    trace: Trace
    detail: str = ""


Answer: TypeAlias = Told[T_co] | Refused | Silent


@dataclass(frozen=True, slots=True)
class Freeze:
    """The daily freeze (日冻结) of `day` 00:00 local time, kWh; what the meter marks as missing is None."""

    day: date
    stamp: datetime | None
    total: Decimal | None
    tariffs: tuple[Decimal, ...]
    reverse: Decimal | None


@dataclass(frozen=True, slots=True)
class Registers:
    """Forward active energy now (当前正向有功电能), kWh; `at` is when the answer arrived."""

    total: Decimal | None
    tariffs: tuple[Decimal, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class RelayState:
    """The relay as the meter itself tells it, live.

    `open` and `command_open` are bits 4 and 6 of run state word 3, whose hexadecimal digits are `word`.
    `address` is what the meter gives as its own. `current` is the largest phase current in A, whatever its
    direction; `voltage` the largest phase voltage in V. None: the meter does not tell.
    """

    open: bool
    command_open: bool
    keep_power: bool | None
    current: Decimal | None
    address: str
    word: str
    voltage: Decimal | None


@dataclass(frozen=True, slots=True)
class Phases:
    """Voltages in V and currents in A of phases A, B, C; None where a phase is not fitted."""

    voltages: tuple[Decimal | None, ...]
    currents: tuple[Decimal | None, ...]


class EventKind(StrEnum):
    """Events that meters keep records of, by the upper three bytes of their identifiers in DL/T 645."""

    TRIP = "1D00FF"  # 跳闸
    CLOSE = "1E00FF"  # 合闸
    COVER_OPENED = "03300D"  # 开表盖
    TERMINAL_COVER_OPENED = "03300E"  # 开端钮盖
    POWER_OFF = "031100"  # 掉电
    PROGRAMMED = "033000"  # 编程
    EVENTS_CLEARED = "033003"  # 事件清零
    CLOCK_SET = "033004"  # 校时


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A record (事件记录) that a meter keeps, the newest is number 1; `at`, when it began, is by the meter's clock.

    `values` are the record's fields in the order of its identifier: times, operator code, registers.
    """

    number: int
    at: datetime | None
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """Leave to trip one meter (跳闸许可). Made by the control room alone; nothing else makes a trip frame."""

    id: int
    address: str
    expires: datetime
    operator: str


class How(StrEnum):
    """What a meter's consent to a command says about its execution."""

    NOW = "now"
    UNKNOWN = "unknown"  # now, after a delay, or held back: only a read-back tells


@dataclass(frozen=True, slots=True)
class Accepted:
    """The meter took a command over."""

    how: How


Freezes: TypeAlias = Mapping[str, Answer[Freeze]]


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """How this head-end speaks to meters.

    `password` is the plain level 02 password (DL/T 645-2007, 5.2.9) of test meters: production meters take
    ciphertext only. `operator` is what they keep in their event records for commands without a release.
    `profiles` are the models of DL/T 645 meters that places may name, `models` those of DL/T 698.45 meters. `client`
    is CA towards concentrators, `forward_port` the port for forwarded DL/T 645 frames (PLC module, or F2010201 for
    RS-485). A read that found no turn within `read_life` expires. `tries` is how often a read goes out on silence;
    `line_patience` how long a meter on a raw line is waited for, where that is not left to its dialect.
    """

    password: Password = field(default_factory=lambda: Password(2))
    operator: Operator = field(default_factory=Operator)
    profiles: Mapping[str, Profile] = field(default_factory=profiles)
    models: Mapping[str, Model] = field(default_factory=models)
    client: int = 0x10
    forward_port: str = "F2090201"
    read_life: timedelta = timedelta(minutes=30)
    tries: int = 3  # once and two repeats (DL/T 645-2007, 5.3: repeats are the master's)
    line_patience: timedelta | None = None
