"""What collection knows: readings with their quality mark, and the energy between them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

TARIFFS = 4
"""Period registers of a meter (费率): T1 sharp 尖, T2 peak 峰, T3 flat 平, T4 valley 谷."""


class Mark(StrEnum):
    """Quality marks (质量标志) of a reading, and of the energy computed from readings."""

    G = "G"  # good
    I = "I"  # interpolated  # noqa: E741 - the field's own letter
    E = "E"  # estimated
    S = "S"  # suspect
    C = "C"  # corrected


FIRM = frozenset({Mark.G, Mark.C})
"""Marks of readings that stand for themselves: a good day lies between two of them."""

USABLE = frozenset({Mark.G, Mark.I, Mark.C})
"""Marks of readings that money may be computed from as a fact; only they may lead to a cut (R3)."""


@dataclass(frozen=True, slots=True)
class Registers:
    """Forward active registers (正向有功示数) of a meter in kWh, as it shows them, before any multiplier.

    ``tariffs`` holds T1 to T4, or nothing where the meter's period registers are unknown.
    """

    total: Decimal
    tariffs: tuple[Decimal, ...] = ()

    def contradict(self, others: "Registers") -> bool:
        """Tell whether they can't both be of one instant; periods that one of them lacks are no contradiction."""
        periods = bool(self.tariffs and others.tariffs) and self.tariffs != others.tariffs
        return self.total != others.total or periods


@dataclass(frozen=True, slots=True)
class Consumption:
    """Energy (电量) in kWh behind the meter, multiplier included; ``tariffs`` as in :class:`Registers`."""

    total: Decimal
    tariffs: tuple[Decimal, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """The daily freeze (日冻结) of ``day`` 00:00 at a metering point, in one of its versions (1 is the first)."""

    day: date
    point: int
    account: int
    version: int
    registers: Registers
    mark: Mark
    stamp: datetime | None  # the meter's own time of the freeze
    source: str
    at: datetime  # when it was stored
    reason: str | None  # why there is a version after the first
    reverse: Decimal | None = None  # reverse active register (反向有功) in kWh, where the freeze carries it
    evidence: str | None = None  # what a person showed for it, such as the reference of a photo
    periods_suspect: bool = False  # the total is as marked, the period registers are not to be trusted

    @property
    def total(self) -> Decimal:
        """The total register in kWh."""
        return self.registers.total

    @property
    def tariffs(self) -> tuple[Decimal, ...]:
        """The period registers T1 to T4 in kWh, or nothing."""
        return self.registers.tariffs

    @property
    def quality(self) -> str:
        """Its mark, and what is to be known beside it: ``G``, or ``G (T1-T4: S)`` where its periods are suspect."""
        return f"{self.mark} (T1-T{TARIFFS}: {Mark.S})" if self.periods_suspect else self.mark.value

    @property
    def trusted(self) -> Registers:
        """The registers as far as they can be trusted: the total alone where the periods are suspect."""
        return Registers(self.total) if self.periods_suspect else self.registers


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """The energy of the day between the freezes of ``day`` and of the day after it."""

    day: date
    energy: Consumption
