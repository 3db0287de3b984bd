"""Timing several ways to do a job in turn, so that the noise of a machine hits all of them alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from timeit import timeit

ROUNDS = 60
SLICE = 0.002
"""Seconds for which a way is repeated in each round."""

Work = Callable[[], object]


@dataclass
class Way:
    """One way to do a job on ``frames`` frames, and the best time it took for one of them."""

    work: Work
    frames: int = 1
    best: float = float("inf")
    number: int = 1

    def calibrate(self) -> None:
        """Find out how often the work fits a slice of time."""
        self.work()
        self.number = max(1, int(SLICE / max(timeit(self.work, number=1), 1e-7)))

    def time(self) -> None:
        """Time it once more."""
        self.best = min(self.best, timeit(self.work, number=self.number) / self.number / self.frames)


def measure(ways: Iterable[Way], rounds: int = ROUNDS) -> None:
    """Time all ways in turn, many times over; the best time of each is kept."""
    all_ways = list(ways)
    for way in all_ways:
        way.calibrate()
    for _ in range(rounds):
        for way in all_ways:
            way.time()


def verdict(holds: bool) -> str:
    """Say it in a word."""
    return "holds" if holds else "MISSED"
