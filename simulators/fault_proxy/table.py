"""The faults of one proxy: which are at work, what was done of them, and the draws that decide."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from simulators.fault_proxy.faults import Fault, Injected, Kind, Way
from simulators.seeded import below, between

__all__ = ["Draws", "Observe", "Table"]

Kindred = TypeVar("Kindred", bound=Fault)
Observe = Callable[[Injected], None]

FINENESS = 2**48


class Table:
    """The faults, until they are healed, and the count of what was done."""

    def __init__(self, faults: Sequence[Fault], begun: datetime, observe: Observe | None) -> None:
        self.faults = tuple(faults)
        self.injected: Counter[Kind] = Counter()
        self.begun = begun
        self._observe = observe

    def heal(self) -> None:
        """End all faults for good."""
        self.faults = ()

    def at_work(self, kind: type[Kindred], way: Way, now: datetime) -> Iterator[tuple[int, Kindred]]:
        """Give the faults of a class that strike now in a direction, each with its place in the table."""
        running = now - self.begun
        for place, fault in enumerate(self.faults):
            if isinstance(fault, kind) and way in fault.ways and fault.at_work(running):
                yield place, fault

    def tell(self, injected: Injected) -> None:
        """Count a fault that was done, and tell of it."""
        self.injected[injected.kind] += 1
        if self._observe is not None:
            self._observe(injected)


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one connection: each depends on what it is for, never on what was drawn before it."""

    seed: int
    link: int

    def strikes(self, chance: float, *what: object) -> bool:
        """Say yes with a chance from 0 to 1."""
        return below(FINENESS, self.seed, self.link, *what) < chance * FINENESS

    def number(self, least: int, most: int, *what: object) -> int:
        """Draw a whole number, both bounds included."""
        return between(least, most, self.seed, self.link, *what)

    def gap(self, rate: float, *what: object) -> int | None:
        """Draw how many trials fail before one succeeds whose chance is ``rate``; None: all of them."""
        if rate <= 0:
            return None
        if rate >= 1:
            return 0
        share = (1 + below(FINENESS, self.seed, self.link, *what)) / FINENESS
        return int(math.log(share) / math.log1p(-rate))
