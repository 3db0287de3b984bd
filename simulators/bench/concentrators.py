"""A concentrator for a technician's bench: meters of both dialects behind it, on a power line that is simulated too."""

from dataclasses import dataclass
from datetime import timedelta

from clock import Clock
from protocols.catalogue import Protocol
from simulators.bench.bench import PASSWORD
from simulators.bench.meters import MeterWish, make_meter
from simulators.errors import ScenarioError
from simulators.faults import Faults
from simulators.field import Concentrator, Hop, Proxy, TaskRecords
from simulators.meter import Meter

__all__ = ["ConcentratorWish", "make_concentrator", "meters_behind"]

DIGITS = 12
POWER_LINE_MS = (200, 800)
"""Bounds of the way to a meter and back."""


@dataclass(frozen=True, slots=True)
class ConcentratorWish:
    """What a concentrator is to be: so many meters from the address ``first`` on, the last ``old`` of DL/T 645."""

    address: str
    meters: int
    first: str = "1001"
    old: int = 0
    heartbeat: timedelta = timedelta(seconds=60)


def meters_behind(wish: ConcentratorWish, clock: Clock, *, seed: int = 1) -> dict[str, Meter]:
    """Make its meters.

    Raises:
        ScenarioError: an address is none, or more meters are to be old than there are.

    """
    if not wish.first.isdecimal() or len(str(int(wish.first) + wish.meters)) > DIGITS:
        raise ScenarioError(f"first address {wish.first!r} is not one of a meter: write its {DIGITS} digits")
    if wish.old > wish.meters:
        raise ScenarioError(f"{wish.old} of {wish.meters} meters cannot be of DL/T 645: give more --meters")
    made: dict[str, Meter] = {}
    for place in range(wish.meters):
        protocol = Protocol.DLT645 if place >= wish.meters - wish.old else Protocol.DLT698
        meter = make_meter(MeterWish(str(int(wish.first) + place), protocol), clock.now(), seed=seed)
        made[meter.address] = meter
    return made


def make_concentrator(
    wish: ConcentratorWish, clock: Clock, meters: dict[str, Meter], faults: Faults, *, seed: int = 1
) -> Concentrator:
    """Make it, with the faults of its own wire.

    Raises:
        ScenarioError: its address is none.

    """
    if not wish.address.isdecimal() or len(wish.address) > DIGITS:
        raise ScenarioError(f"address {wish.address!r} is not one of a concentrator: write its {DIGITS} digits")
    hop = Hop(clock, meters, seed=seed, latency_ms=POWER_LINE_MS, password=PASSWORD)
    return Concentrator(
        clock,
        wish.address.zfill(DIGITS),
        records=TaskRecords(meters),
        proxy=Proxy(clock, hop),
        heartbeat=wish.heartbeat,
        faults=faults,
    )
