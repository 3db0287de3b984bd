"""The scenario file: what a simulated village is made of and what happens in it.

Days and clock times in it are those of Asia/Shanghai; instants carry their offset.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from protocols.dlt645.items.profile import profiles
from protocols.dlt698.models import models
from simulators.errors import ActError, ScenarioError
from simulators.localtime import midnight
from simulators.meter import Climate, Dialect, Household, Stuck, check_act

__all__ = [
    "Act",
    "Calendar",
    "Deed",
    "Happening",
    "Line",
    "LineKind",
    "Noise",
    "Outage",
    "Place",
    "Price",
    "Scenario",
    "Silent",
    "Staff",
    "Story",
    "load_scenario",
]


class _Strict:
    """A table of the file: a key that nobody knows is an error, not a wish unheard."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


STANDARD = "standard"
Ratio = Annotated[int, Field(ge=1, le=100_000)]


class LineKind(StrEnum):
    """How meters are joined to the head-end."""

    CONCENTRATOR = "concentrator"
    DTU = "dtu"


class Deed(StrEnum):
    """What a scripted person does."""

    PAY = "pay"
    PRESS_KEY = "press_key"
    FIX = "fix"  # a technician frees and closes the relay and reports at the desk
    RESTORE = "restore"  # the operator on duty restores by hand


@dataclass(frozen=True, slots=True)
class Place(_Strict):
    """A county, station or area by code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Price(_Strict):
    """What a kWh costs, in yuan; used to choose deposits so that the stories begin on their day.

    ``bounds`` are the yearly tier bounds in kWh, ``adders`` the surcharges on the energy above each.
    """

    flat: Decimal
    bounds: tuple[Decimal, ...] = ()
    adders: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening(_Strict):
    """Something that befalls a meter, or is done to it by hand: an act of `simulators.meter.ACTS` with its arguments.

    It happens ``at`` an instant, or, where none is given, as the run begins.
    """

    act: str
    at: AwareDatetime | None = None
    arguments: dict[str, str | bool | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line(_Strict):
    """One link to the head-end with the meters behind it.

    ``latency_ms`` bounds one way through the last hop and back: PLC for a concentrator, response delay of
    the meter for an RS-485 line. Its meters have the ``profiles`` in turn. They hang behind transformers of the ratios
    ``ct`` and ``vt``, and what ``happens`` befalls all of them.
    """

    id: str
    link: str
    kind: LineKind
    dialect: Dialect
    road: str
    meters: int
    customer_class: str
    price: str
    first_address: str
    latency_ms: tuple[int, int]
    heartbeat: timedelta
    households: tuple[Household, ...]
    profiles: tuple[str, ...] = (STANDARD,)
    ct: Ratio = 1
    vt: Ratio = 1
    happens: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Calendar(_Strict):
    """A day that is not what its weekday says."""

    day: date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Staff(_Strict):
    """A member of staff; ``signs_at`` are the times at which an approver signs on working days."""

    user: str
    name: str
    role: str
    unit: str
    phone: str
    signs_at: tuple[time, ...] = ()


@dataclass(frozen=True, slots=True)
class Act(_Strict):
    """A reaction: when message ``on`` arrives, after a while (or at the next such time), do this."""

    on: str
    do: Deed
    after: timedelta = timedelta()
    at: time | None = None
    amount: Decimal | None = None
    times: int = 1
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Silent(_Strict):
    """A time in which a meter or a link is not to be reached."""

    start: AwareDatetime
    end: AwareDatetime


@dataclass(frozen=True, slots=True)
class Story(_Strict):
    """One customer with a part to play.

    Exactly one of ``warned_on`` (available balance below the warning level that day, not yet short),
    ``short_on`` (below zero for the first time that day) and ``balance`` (on the first day) places the
    deposit. ``fails`` says that SMS to the first contact fail. What ``happens`` befalls this meter.
    """

    id: str
    title: str
    line: str
    acts: tuple[Act, ...] = ()
    warned_on: date | None = None
    short_on: date | None = None
    balance: Decimal | None = None
    stuck: Stuck = Stuck.NO
    silent: tuple[Silent, ...] = ()
    happens: tuple[Happening, ...] = ()
    customer_class: str | None = None
    flag: str | None = None
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Outage(_Strict):
    """A time in which a whole link is away."""

    line: str
    start: AwareDatetime
    end: AwareDatetime


@dataclass(frozen=True, slots=True)
class Noise(_Strict):
    """So many meters a day, drawn anew each day, that can't be reached between two times of the day."""

    meters: int
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Scenario(_Strict):
    """The whole file; ``sender`` is what messages to customers call the company, ``climate`` what seasons add."""

    name: str
    sender: str
    seed: int
    start: date
    days: int
    cycle_start: date
    warn_below: dict[str, Decimal]
    county: Place
    station: Place
    area: Place
    stage: int
    prices: dict[str, Price]
    noise: Noise
    climate: Climate
    lines: tuple[Line, ...]
    calendar: tuple[Calendar, ...] = ()
    staff: tuple[Staff, ...] = ()
    stories: tuple[Story, ...] = ()
    outages: tuple[Outage, ...] = ()

    def line(self, name: str) -> Line:
        """Find a line by its id; ScenarioError if there is none."""
        for line in self.lines:
            if line.id == name:
                return line
        raise ScenarioError(f"line {name!r} is named but not described: add a [[lines]] table with id = {name!r}")

    def working(self, day: date) -> bool:
        """Tell whether the office works on this day, by the calendar, else by the weekday."""
        for entry in self.calendar:
            if entry.day == day:
                return entry.kind == "working"
        return day.weekday() < SATURDAY


SATURDAY = 5
_SCENARIO = TypeAdapter(Scenario)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioError: the file is not TOML, lacks a key, has an unknown one, or contradicts itself; the
            message names the place.

    """
    try:
        scenario = _SCENARIO.validate_python(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ScenarioError(f"scenario {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"scenario {path} is not TOML in UTF-8: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ScenarioError(f"scenario {path}, {where}: {first['msg']}") from error
    _check(scenario)
    return scenario


def _check(scenario: Scenario) -> None:
    for line in scenario.lines:
        if line.price not in scenario.prices:
            raise ScenarioError(f"line {line.id} uses price {line.price!r}: add [prices.{line.price}]")
        _check_profiles(line)
        _check_happenings(scenario, f"line {line.id}", line.happens)
        told = sum(story.line == line.id for story in scenario.stories)
        if told > line.meters:
            raise ScenarioError(f"line {line.id} has {line.meters} meters but {told} stories: raise meters")
    for outage in scenario.outages:
        scenario.line(outage.line)
    for story in scenario.stories:
        scenario.line(story.line)
        placed = [story.warned_on, story.short_on, story.balance]
        if sum(value is not None for value in placed) != 1:
            raise ScenarioError(f"story {story.id}: give one of warned_on, short_on and balance")
        _check_happenings(scenario, f"story {story.id}", story.happens)


def _check_profiles(line: Line) -> None:
    """Refuse a model that is not known of meters of the line's language."""
    known = profiles() if line.dialect is Dialect.DLT645 else models()
    wrong = [name for name in line.profiles if name not in known]
    if wrong or not line.profiles:
        raise ScenarioError(f"line {line.id}: profiles {wrong} are not among {', '.join(sorted(known))}")


def _check_happenings(scenario: Scenario, place: str, happens: tuple[Happening, ...]) -> None:
    """Refuse what no meter can be asked for, and what would be before the first day."""
    for happening in happens:
        try:
            check_act(happening.act, happening.arguments)
        except ActError as error:
            raise ScenarioError(f"{place}, happens: {error}") from None
        if happening.at is not None and happening.at < midnight(scenario.start):
            raise ScenarioError(
                f"{place}, happens: {happening.act} is at {happening.at}, before the first day: give a later instant, "
                "or none for the beginning"
            )
