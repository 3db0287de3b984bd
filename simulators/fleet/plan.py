"""Who is in a fleet: addresses from numbers and numbers from addresses, so that nobody has to be kept in a list."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from simulators.errors import FleetError
from simulators.fleet.meter import FleetMeter
from simulators.meter import Dialect

__all__ = ["MOST_METERS", "Branch", "Plan"]

CONCENTRATORS = 90 * 10**10
METERS = 91 * 10**10
DTU_METERS = 92 * 10**10
"""First addresses (12 digits) of what is in a fleet."""
MOST_METERS = 10**8
"""Meters of either kind; as many as account numbers have room for."""
HEARTBEAT = timedelta(seconds=300)
DTU_HEARTBEAT = timedelta(seconds=60)


class Branch(Mapping[str, FleetMeter]):
    """The meters of one line by communication address; each is made when it is asked for, and forgotten again."""

    __slots__ = ("_count", "_first", "_new", "_seed")

    def __init__(self, first: int, count: int, *, old: int, seed: int) -> None:
        self._first = first
        self._count = count
        self._new = count - old
        self._seed = seed

    def __getitem__(self, address: str) -> FleetMeter:
        dialect = Dialect.DLT698 if self.place(address) < self._new else Dialect.DLT645
        return FleetMeter(address, dialect, self._seed)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and address.isdecimal() and 0 <= int(address) - self._first < self._count

    def __iter__(self) -> Iterator[str]:
        return (f"{self._first + place:012d}" for place in range(self._count))

    def __len__(self) -> int:
        return self._count

    def place(self, address: str) -> int:
        """Tell the place of a meter on its line, from 0; raises KeyError for an address of another line."""
        if address not in self:
            raise KeyError(address)
        return int(address) - self._first


@dataclass(frozen=True, slots=True)
class Plan:
    """A fleet: so many concentrators with meters each, the last ``old`` of them with DL/T 645; and so many DTUs."""

    concentrators: int = 0
    meters: int = 100
    old: int = 0
    dtus: int = 0
    dtu_meters: int = 8
    seed: int = 1
    heartbeat: timedelta = HEARTBEAT
    dtu_heartbeat: timedelta = DTU_HEARTBEAT

    def __post_init__(self) -> None:
        if self.old > self.meters:
            raise FleetError(f"{self.old} of {self.meters} meters of a concentrator can't be old: name fewer of them")
        if max(self.concentrators * self.meters, self.dtus * self.dtu_meters) > MOST_METERS:
            raise FleetError(f"more than {MOST_METERS:,} meters of a kind have no addresses: take fewer of them")

    @property
    def lines(self) -> int:
        """How many devices dial in: they are numbered from 0, concentrators first."""
        return self.concentrators + self.dtus

    @property
    def all_meters(self) -> int:
        """How many meters there are."""
        return self.concentrators * self.meters + self.dtus * self.dtu_meters

    def is_dtu(self, number: int) -> bool:
        """Tell what a device is."""
        return number >= self.concentrators

    def identity(self, number: int) -> str:
        """Give the name a device logs in by: the address of a concentrator, the id of a DTU."""
        if self.is_dtu(number):
            return f"FLEET-{number - self.concentrators:06d}"
        return f"{CONCENTRATORS + number:012d}"

    def link(self, number: int) -> str:
        """Give the key of a device's link, as archives name it."""
        return f"{'dtu' if self.is_dtu(number) else '698'}:{self.identity(number)}"

    def branch(self, number: int) -> Branch:
        """Give the meters behind a device."""
        if self.is_dtu(number):
            first = DTU_METERS + (number - self.concentrators) * self.dtu_meters
            return Branch(first, self.dtu_meters, old=self.dtu_meters, seed=self.seed)
        return Branch(METERS + number * self.meters, self.meters, old=self.old, seed=self.seed)
