"""What the archive knows, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from headend.archive.personal import Masked


class UnitKind(StrEnum):
    """Levels of the organisation tree."""

    COUNTY = "county"  # 县公司
    STATION = "station"  # 供电所
    AREA = "area"  # 台区, transformer area


class FlagKind(StrEnum):
    """Flags block transitions; they are not states. LOVE_CARE and PROTECTED beat BLACKLISTED."""

    PROTECTED = "PROTECTED"  # 保电
    LOVE_CARE = "LOVE_CARE"  # 爱心档案
    HOLD = "HOLD"  # 暂缓停电
    BLACKLISTED = "BLACKLISTED"  # 黑名单
    STALE_DATA = "STALE_DATA"
    METER_CHANGE = "METER_CHANGE"
    CONTACT_BAD = "CONTACT_BAD"
    EMERGENCY_CREDIT = "EMERGENCY_CREDIT"
    LEGAL = "LEGAL"
    RISK = "RISK"


class CutMode(StrEnum):
    """Who decides that a customer of the class is cut."""

    AUTO = "auto"
    APPROVED = "approved"
    NEVER = "never"


class RestoreMode(StrEnum):
    """How the relay comes back: at once, by the customer's key, or by hand on site."""

    DIRECT = "direct"  # 直接复电
    SAFE = "safe"  # 安全复电
    SITE = "site"


class DayKind(StrEnum):
    """What the yearly table says about a day that is not as its weekday would have it."""

    WORKING = "working"  # 调休, a moved working day
    CLOSED = "closed"
    NO_CUT = "no_cut"  # people work, but nobody is cut: exam, event


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects a listing may show: those of a unit and of all units below it."""

    unit: int


@dataclass(frozen=True, slots=True)
class Account:
    """A customer account (户号) with its place in the organisation; ``unit`` is its transformer area."""

    id: int
    no: str
    unit: int
    area_code: str
    station: str  # code of the station
    stage: int  # roll-out stage of the area, 0 to 4
    person: int
    class_code: str
    price_code: str
    capacity_kw: Decimal | None
    enrolled: date
    closed: date | None
    relation_verified: bool  # customer-meter relation checked on site (户变关系)
    cut_before: bool  # had a cut before it came to this system
    generates: bool  # has a generator of its own, such as solar panels (分布式电源)
    sim: bool


@dataclass(frozen=True, slots=True)
class Supply:
    """What may flow at a customer's: the contracted capacity, None where it is unknown; whether they feed in."""

    capacity_kw: Decimal | None
    generates: bool


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a strategy (费控方案). ``cut_at`` None: never SHORT; ``restore_at`` None goes with it."""

    class_code: str
    t1: Decimal
    t2: Decimal
    cut_at: Decimal | None
    restore_at: Decimal | None
    cut_mode: CutMode
    restore_mode: RestoreMode
    notice_hours: int
    approver: str | None  # role that signs cuts


@dataclass(frozen=True, slots=True)
class Place:
    """A meter installed at a metering point, and how to reach it."""

    point: int
    account: int
    installation: int
    meter: int
    address: str
    asset: str
    dialect: str
    profile: str
    road: str
    link: str
    multiplier: int
    current_max_a: int
    phases: int
    digits: int
    sim: bool
    since: date
    until: date | None
    first_register: Decimal
    last_register: Decimal | None


@dataclass(frozen=True, slots=True)
class Flag:
    """One entry of a flag, with who set it and why."""

    id: int
    account: int
    kind: FlagKind
    since: datetime
    until: datetime | None
    ended: datetime | None
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to be told. Position 1 is the account contact (账务联系人)."""

    id: int
    position: int
    role: str
    name: Masked
    phone: Masked
    proven: bool


@dataclass(frozen=True, slots=True)
class ContactRef:
    """Which contact of which account: ids only."""

    account: int
    contact: int


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works here, in one role, for one unit."""

    id: int
    user: str
    role: str
    unit: int
    name: Masked
    phone: Masked | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What an account brought along: the cash deposit, register and tier counter at the start of its first cycle."""

    account: int
    cycle_start: date
    cycle_register: Decimal
    tier_year_kwh: Decimal
    deposit: Decimal


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing cycle [start, end), by default a calendar month.

    ``register`` is the register at its start where the archive knows it (the first cycle), else None: ask the readings.
    """

    start: date
    end: date
    register: Decimal | None


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which cuts are allowed: [start, end)."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A kill switch (总闸) that is on."""

    unit_code: str
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClassStrategy:
    """The numbers of a class from a day on, as read from a strategy file."""

    numbers: Numbers
    valid_from: date


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of a document that was not taken: where it stands and what is wrong with it."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """An account of an archive file that is now in the archive, with what other rooms have to load for it."""

    account: int
    point: int
    new: bool
    opening: Opening
    history: Mapping[date, Decimal]  # freeze of the day's 00:00, in kWh


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    units: int
    concentrators: int
    days: int
    staff: int
    accounts: tuple[Imported, ...]
    bad: tuple[BadRow, ...]

    @property
    def added(self) -> int:
        """How many accounts were not there before."""
        return sum(a.new for a in self.accounts)
