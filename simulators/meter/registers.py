"""Registers (示值): what a meter has counted, and the counting itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from simulators.meter.load import TARIFFS, UNIT

__all__ = ["ROLLOVER", "Counter", "Freeze", "Registers"]

ROLLOVER = 100_000_000  # registers of six whole digits and two decimals, in 0.01 kWh
FIRST_SHARES = (10, 30, 35)  # percent of the first register in the tariffs 1 to 3; tariff 4 has the rest
NONE = (0,) * TARIFFS
RIGHT = 100  # percent


@dataclass(frozen=True, slots=True)
class Registers:
    """Active energy by tariff in steps of 0.01 kWh; a total is the sum of the tariffs, modulo the rollover."""

    tariffs: tuple[int, ...]
    backward: tuple[int, ...] = NONE

    @property
    def total(self) -> int:
        """Give the total forward register."""
        return sum(self.tariffs) % ROLLOVER

    @property
    def reverse(self) -> int:
        """Give the total reverse register."""
        return sum(self.backward) % ROLLOVER

    @property
    def block(self) -> tuple[int, ...]:
        """Give total and tariffs 1 to 4, the order of a block read."""
        return (self.total, *(value % ROLLOVER for value in self.tariffs))

    @property
    def reverse_block(self) -> tuple[int, ...]:
        """Give total and tariffs 1 to 4 of the energy that went back to the grid."""
        return (self.reverse, *(value % ROLLOVER for value in self.backward))


@dataclass(frozen=True, slots=True)
class Freeze:
    """What the registers showed at 00:00 of ``day``; ``stamp`` by the meter's clock, ``made`` by the true one."""

    day: date
    stamp: datetime
    made: datetime
    registers: Registers


class Counter:
    """The measuring part (计量): energy in, registers out.

    ``percent`` is how much of the energy it counts: 100 is right, 0 a meter that has stopped, more one that runs
    away. A meter behind transformers counts the energy of its customer divided by ``ratio``.
    """

    __slots__ = ("_backward", "_forward", "_step", "percent")

    def __init__(self, register: int, ratio: int = 1) -> None:
        self.percent = RIGHT
        self._step = UNIT * RIGHT * ratio
        shares = [register * share // 100 for share in FIRST_SHARES]
        self._forward = [self._step * value for value in (*shares, register - sum(shares))]
        self._backward = list(NONE)

    def add(self, tariff: int, watts: int, microseconds: int) -> None:
        """Count power over a time; below 0 it goes back to the grid."""
        into = self._forward if watts >= 0 else self._backward
        into[tariff] += abs(watts) * microseconds * self.percent

    def reaches(self, tariff: int, watts: int, steps: int) -> int | None:
        """Tell after how many microseconds a tariff will have gone on by so many steps; None if it never will."""
        speed = watts * self.percent
        if speed <= 0:
            return None
        energy = self._forward[tariff]
        return -((energy - (energy // self._step + steps) * self._step) // speed)

    def steps(self, tariff: int) -> int:
        """Give how far a tariff has gone, without the rollover."""
        return self._forward[tariff] // self._step

    def registers(self) -> Registers:
        """Give what is shown."""
        return Registers(self._read(self._forward), self._read(self._backward))

    def jump(self, steps: int, tariff: int) -> None:
        """Let registers go on or back by so many steps of 0.01 kWh (飞走, 倒走), those above ``tariff`` as it needs.

        Raises ValueError where the registers do not hold what is to be taken away.
        """
        if sum(self._read(self._forward)) + steps < 0:
            raise ValueError(f"the registers hold less than {-steps / 100:.2f} kWh: take away less")
        order = sorted(range(TARIFFS), key=lambda place: (place != tariff, -self._forward[place]))
        for place in order:
            taken = max(steps, -self.steps(place))
            self._forward[place] += taken * self._step
            steps -= taken

    def clear(self) -> None:
        """Begin at nothing (清零)."""
        self._forward, self._backward = list(NONE), list(NONE)

    def _read(self, energies: Sequence[int]) -> tuple[int, ...]:
        return tuple(energy // self._step for energy in energies)
