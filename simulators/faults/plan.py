"""A file of faults (TOML): what goes wrong when, for which device.

::

    seed = 7                 # another seed, another course

    [[fault]]
    kind = "slow"            # a name of the table, and the arguments of its kind
    seconds = 4
    from = 30                # seconds after the start of the device, both may be left out
    until = 90
    probability = 0.5        # of each exchange; 1 if left out
    count = 3                # exchanges at most
    device = "C01"           # a line of the village, an address; all devices if left out
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

from simulators.errors import ActError, ScenarioError
from simulators.faults.checking import check
from simulators.faults.kinds import FAULTS
from simulators.faults.live import Faults
from simulators.faults.model import Fault
from simulators.hints import hint

__all__ = ["FaultPlan", "Planned", "load_faults", "read_faults"]

COMMON = ("kind", "from", "until", "probability", "count", "device")
TOP = ("seed", "fault")


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault and the device that has it, nothing for all."""

    fault: Fault
    device: str = ""


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The whole file."""

    rows: tuple[Planned, ...] = ()
    seed: int | None = None

    def faults(self, device: str, since: datetime, *, seed: int = 1) -> Faults:
        """Give the faults of one device; ``seed`` counts where the file has none."""
        own = blake2b(f"{self.seed if self.seed is not None else seed} {device}".encode(), digest_size=7)
        faults = (row.fault for row in self.rows if row.device in {"", device})
        return Faults(since, faults, seed=int.from_bytes(own.digest(), "big"))

    def check_devices(self, devices: Iterable[str]) -> None:
        """Refuse a row for a device that is not there; raises ScenarioError."""
        known = tuple(devices)
        for row in self.rows:
            if row.device and row.device not in known:
                raise ScenarioError(f"fault {row.fault.kind} is for {row.device!r}{hint(row.device, known)}")


def load_faults(path: Path) -> FaultPlan:
    """Read a file of faults; raises ScenarioError, which names the place."""
    try:
        return read_faults(path.read_text("utf-8"), name=str(path))
    except OSError as error:
        raise ScenarioError(f"faults {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"faults {path} is not UTF-8: {error}") from error


def read_faults(text: str, *, name: str = "faults") -> FaultPlan:
    """Read the text of such a file.

    Raises:
        ScenarioError: it is not TOML, has a key that nobody knows, or a value that does not fit.

    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{name} is not TOML: {error}") from error
    for key in document:
        if key not in TOP:
            raise ScenarioError(f"{name} has a key {key!r}{hint(key, TOP)}")
    seed, tables = document.get("seed"), document.get("fault", [])
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise ScenarioError(f"{name}: seed is {seed!r}: give a whole number")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ScenarioError(f"{name}: write each fault as a table of its own, [[fault]]")
    rows = tuple(_row(table, f"{name}, fault {number}") for number, table in enumerate(tables, 1))
    return FaultPlan(rows, seed)


def _row(table: Mapping[str, Any], place: str) -> Planned:
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise ScenarioError(f"{place} has no kind: there are {', '.join(FAULTS)}")
    row = FAULTS.get(kind.replace("_", "-"))
    if row is None:
        raise ScenarioError(f"{place}: there is no kind {kind!r}{hint(kind, FAULTS)}")
    known = (*COMMON, *row.arguments)
    for key in table:
        if key not in known:
            raise ScenarioError(f"{place} ({kind}) has a key {key!r}{hint(key, known)}")
    device = table.get("device", "")
    if not isinstance(device, str):
        raise ScenarioError(f"{place} ({kind}): device is {device!r}: write a name in quotes")
    begin, end = _number(table, "from", place), _number(table, "until", place)
    if end is not None and end <= (begin or 0):
        raise ScenarioError(f"{place} ({kind}) ends at {end:g} s, before it begins: give a later until")
    count = table.get("count")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        raise ScenarioError(f"{place} ({kind}): count is {count!r}: give a whole number")
    probability = _number(table, "probability", place)
    fault = Fault(
        kind,
        {name: number for name in row.arguments if (number := _number(table, name, place)) is not None},
        begin=timedelta(seconds=begin or 0),
        end=None if end is None else timedelta(seconds=end),
        probability=1.0 if probability is None else probability,
        count=count,
    )
    try:
        return Planned(check(fault), device)
    except ActError as error:
        raise ScenarioError(f"{place}: {error}") from error


def _number(table: Mapping[str, Any], key: str, place: str) -> float | None:
    """Give a number that is not below 0, or None where there is no such key."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise ScenarioError(f"{place} ({table['kind']}): {key} is {value!r}: give a number of 0 or more")
    return float(value)
