"""The archive file (档案文件): what it holds, and reading it row by row.

A row that is wrong becomes a :class:`BadRow`; the rest of the file is taken.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from headend.archive.errors import ArchiveFormatError
from headend.archive.model import BadRow, DayKind, FlagKind
from headend.archive.personal import Masked


class LinkKind(StrEnum):
    """What meters are reached through."""

    CONCENTRATOR = "concentrator"  # 集中器, DL/T 698.45, or a meter that logs in by itself
    DTU = "dtu"  # registers, then is a transparent line of DL/T 645 meters
    LINE_645 = "line645"  # a line of DL/T 645 meters that we reach: a serial server, a serial port
    LINE_698 = "line698"  # the same with DL/T 698.45 meters


PREFIXES = {
    LinkKind.CONCENTRATOR: "698",
    LinkKind.DTU: "dtu",
    LinkKind.LINE_645: "line645",
    LinkKind.LINE_698: "line698",
}
"""What the key of a link begins with, by its kind."""


class Dialect(StrEnum):
    """The protocol a meter speaks."""

    DLT645 = "dlt645"
    DLT698 = "dlt698"


class Road(StrEnum):
    """How a meter is reached behind its link."""

    PROXY = "proxy"
    FORWARD = "forward"
    DTU = "dtu"
    DIRECT = "direct"


WAYS = {
    (Dialect.DLT698, Road.PROXY, "698"),
    (Dialect.DLT645, Road.FORWARD, "698"),
    (Dialect.DLT645, Road.DTU, "dtu"),
    (Dialect.DLT645, Road.DTU, "line645"),
    (Dialect.DLT698, Road.DIRECT, "line698"),
    (Dialect.DLT698, Road.DIRECT, "698"),
}
"""Which meter is reached how: over a concentrator, over a transparent line, or by itself."""

STANDARD = "standard"
"""The profile of a meter that is as the standard has it."""


MOST_ENDPOINT = 200
"""Characters of an endpoint."""


def _personal(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty")
    return Masked(value)


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,32}$")]
Profile = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
PersonalText = Annotated[Masked, BeforeValidator(_personal)]
Kwh = Annotated[Decimal, Field(ge=0, decimal_places=4, max_digits=12)]
YuanText = Annotated[Decimal, Field(ge=0, decimal_places=2, max_digits=12)]


class _Row(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True, populate_by_name=True
    )


class County(_Row):
    """The county company (县公司)."""

    code: Code
    name: Name


class Station(_Row):
    """A supply station (供电所)."""

    code: Code
    name: Name


class Area(_Row):
    """A transformer area (台区) and its roll-out stage."""

    code: Code
    station: Code
    name: Name
    stage: int = Field(default=0, ge=0, le=4)


class Concentrator(_Row):
    """A device that meters are reached through; `endpoint` says how it is reached, empty if it dials in."""

    link: str = Field(pattern=r"^(698:[0-9]{12}|dtu:[A-Z0-9-]{1,32}|line6(45|98):[A-Za-z0-9._-]{1,32})$")
    kind: LinkKind
    area: Code
    endpoint: str = Field(default="", max_length=MOST_ENDPOINT)

    @model_validator(mode="after")
    def _named_by_its_kind(self) -> Self:
        if self.link.partition(":")[0] != PREFIXES[self.kind]:
            raise ValueError(f"the link of a {self.kind} begins with {PREFIXES[self.kind]}:")
        return self


class Day(_Row):
    """A day of the yearly table that is not as its weekday would have it."""

    day: date
    kind: DayKind
    name: Annotated[str, Field(max_length=50)]


class Staff(_Row):
    """Somebody who works here."""

    user: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")]
    name: PersonalText
    role: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]{1,15}$")]
    unit: Code
    phone: PersonalText | None = None


class ContactRow(_Row):
    """Somebody to be told; the first of an account is its account contact."""

    name: PersonalText
    phone: PersonalText
    role: Annotated[str, Field(max_length=16)] = "account"
    proven: bool = True


class AgreementRow(_Row):
    """A signed fee-control agreement (费控协议)."""

    signed: date
    ends: date | None = None


class MeterRow(_Row):
    """The meter of an account and how it is reached."""

    address: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    asset: Annotated[str, Field(min_length=1, max_length=32)]
    dialect: Dialect
    profile: Profile = STANDARD
    road: Road
    link: str
    multiplier: int = Field(default=1, ge=1, le=100_000)
    current_max_a: int = Field(ge=1, le=10_000)
    phases: int = Field(default=1, ge=1, le=3)
    digits: int = Field(default=6, ge=4, le=8)
    installed: date
    first_register: Kwh = Field(alias="register")
    sim: bool = False

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        kind = self.link.partition(":")[0]
        if (self.dialect, self.road, kind) not in WAYS:
            raise ValueError(f"a {self.dialect} meter is not reached by {self.road} over a {kind} link")
        return self


class OpeningRow(_Row):
    """What the account brings along, at the start of the cycle now open."""

    deposit: YuanText
    tier_year_kwh: Kwh
    cycle_register: Kwh


class HistoryRow(_Row):
    """A daily freeze (日冻结) of the past: the register at the day's 00:00."""

    day: date
    total: Kwh


class FlagRow(_Row):
    """A flag that the account comes with."""

    kind: FlagKind
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    author: Annotated[str, Field(min_length=1, max_length=64)]


class AccountRow(_Row):
    """One customer account with everything that belongs to it."""

    no: Annotated[str, Field(pattern=r"^[0-9]{6,16}$")]
    area: Code
    class_code: Annotated[str, Field(pattern=r"^[A-Z][0-9]?c?$")] = Field(alias="class")
    customer: PersonalText
    price: Code
    capacity_kw: Annotated[Decimal, Field(gt=0, decimal_places=3, max_digits=9)] | None = None
    contacts: tuple[ContactRow, ...] = ()
    agreement: AgreementRow | None = None
    enrolled: date
    relation_verified: bool = False
    cut_before: bool = False
    generates: bool = False
    meter: MeterRow
    opening: OpeningRow
    history: Annotated[tuple[HistoryRow, ...], Field(min_length=1)]
    flags: tuple[FlagRow, ...] = ()


RowType = TypeVar("RowType", bound=_Row)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive file: its good rows, each with its path, and the bad ones."""

    county: County
    stations: tuple[tuple[str, Station], ...]
    areas: tuple[tuple[str, Area], ...]
    concentrators: tuple[tuple[str, Concentrator], ...]
    calendar: tuple[tuple[str, Day], ...]
    staff: tuple[tuple[str, Staff], ...]
    accounts: tuple[tuple[str, AccountRow], ...]
    bad: tuple[BadRow, ...]


SECTIONS = ("stations", "areas", "concentrators", "calendar", "staff", "accounts")


CheckDevice = Callable[[str, str], object]
"""Told the kind of a link and its endpoint; raises ValueError where it could not be reached like that."""


def read_archive(
    document: object,
    *,
    profiles: Mapping[str, Collection[str]] | None = None,
    check_device: CheckDevice | None = None,
) -> Archive:
    """Read a parsed archive file (JSON).

    A meter whose profile is not among the ``profiles`` of its dialect, if they are given, is a bad row, and so is a
    device that ``check_device`` refuses.

    Raises :class:`ArchiveFormatError` if it isn't one at all: no object, no county, a section that is no list.
    """
    if not isinstance(document, Mapping):
        raise ArchiveFormatError("an archive file is one JSON object; this one is something else")
    if unknown := set(document) - {*SECTIONS, "county"}:
        raise ArchiveFormatError(f"unknown sections {', '.join(sorted(map(str, unknown)))}; remove or correct them")
    try:
        county = County.model_validate(document.get("county"))
    except ValidationError as error:
        raise ArchiveFormatError(f"county: {_reason(error)}") from error
    bad: list[BadRow] = []
    return Archive(
        county=county,
        stations=_rows(document, "stations", Station, bad),
        areas=_rows(document, "areas", Area, bad),
        concentrators=_reachable(_rows(document, "concentrators", Concentrator, bad), check_device, bad),
        calendar=_rows(document, "calendar", Day, bad),
        staff=_rows(document, "staff", Staff, bad),
        accounts=_known(_rows(document, "accounts", AccountRow, bad), profiles, bad),
        bad=tuple(bad),
    )


def _rows(
    document: Mapping[str, object], section: str, kind: type[RowType], bad: list[BadRow]
) -> tuple[tuple[str, RowType], ...]:
    raw = document.get(section, [])
    if isinstance(raw, str) or not isinstance(raw, Sequence):
        raise ArchiveFormatError(f"{section} must be a list of objects")
    good = []
    for index, item in enumerate(raw):
        path = f"{section}[{index}]"
        try:
            good.append((path, kind.model_validate(item)))
        except ValidationError as error:
            bad.append(BadRow(path, _reason(error)))
    return tuple(good)


def _reachable(
    devices: tuple[tuple[str, Concentrator], ...], check_device: CheckDevice | None, bad: list[BadRow]
) -> tuple[tuple[str, Concentrator], ...]:
    """Take the devices out that nobody could reach."""
    if check_device is None:
        return devices
    good = []
    for path, device in devices:
        try:
            check_device(device.kind.value, device.endpoint)
        except ValueError as error:
            bad.append(BadRow(path, f"endpoint: {error}"))
        else:
            good.append((path, device))
    return tuple(good)


def _known(
    accounts: tuple[tuple[str, AccountRow], ...], profiles: Mapping[str, Collection[str]] | None, bad: list[BadRow]
) -> tuple[tuple[str, AccountRow], ...]:
    """Take the accounts out whose meter nobody knows how to speak to."""
    if profiles is None:
        return accounts
    good = []
    for path, row in accounts:
        dialect, profile = row.meter.dialect, row.meter.profile
        known = profiles.get(dialect, ())
        if profile in known:
            good.append((path, row))
        else:
            told = f"{profile} is not known for a {dialect} meter; known are {', '.join(sorted(known))}"
            bad.append(BadRow(path, f"meter.profile: {told}"))
    return tuple(good)


def _reason(error: ValidationError) -> str:
    """Say what is wrong without the value: it may be personal."""
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in error.errors(include_input=False))
