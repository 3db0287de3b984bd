"""The money in a meter (钱包): what is left, at what price it goes, and at which limits something happens.

A meter of remote fee control (远程费控) only shows it; one of local prepayment (本地费控) takes the price of every
0.01 kWh out of it, warns, and trips by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from simulators.meter.load import TARIFFS

__all__ = ["FEN", "Limits", "Stage", "Tier", "Wallet", "WalletError"]

FEN = 10_000  # micro-yuan
NOBODY = "0" * 12


class WalletError(ValueError):
    """Money that a wallet does not take; the message says why."""


class Stage(StrEnum):
    """How far the money has gone."""

    FINE = "fine"
    ALARM_1 = "alarm 1"  # at or below alarm amount 1 (报警金额1): the lamp is lit
    ALARM_2 = "alarm 2"  # at or below alarm amount 2 (报警金额2): tripped once, the customer may close again
    SPENT = "spent"  # the overdraft limit (透支金额限值) is used up


@dataclass(slots=True)
class Limits:
    """Limits in fen; 0 of the alarms and of hoarding is no limit, 0 of the overdraft none to spend below zero."""

    alarm_1: int = 0
    alarm_2: int = 0
    overdraft: int = 0
    hoarding: int = 0  # 囤积金额限值: more than this is not taken
    close: int = 0  # 合闸允许金额限值: less than this allows no close


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of the price (阶梯电价): what a kWh costs more above so many steps of 0.01 kWh of a year."""

    above: int
    adder: int


@dataclass(slots=True)
class Wallet:
    """Money of one customer; ``prices`` are those of the four tariffs in 1/10 000 yuan per kWh.

    ``tiers``, the lowest first, make them dearer by what has been ``used`` since the year began, in steps of 0.01 kWh;
    the adder of the highest tier that is reached counts.
    ``local`` says that this meter lives by it. ``micro`` is the balance in micro-yuan, below 0 when it is overdrawn;
    ``interrupted`` that the trip of alarm amount 2 has been, since the last purchase.
    """

    local: bool = False
    opened: bool = False
    customer: str = NOBODY
    count: int = 0
    bought_fen: int = 0
    micro: int = 0
    prices: tuple[int, ...] = (0,) * TARIFFS
    tiers: tuple[Tier, ...] = ()
    used: int = 0
    limits: Limits = field(default_factory=Limits)
    interrupted: bool = False

    @property
    def balance_fen(self) -> int:
        """The balance; parts of a fen are not shown, to neither side."""
        return self.remaining_fen - self.overdrawn_fen

    @property
    def remaining_fen(self) -> int:
        """What is left (剩余金额), 0 when it is overdrawn."""
        return max(0, self.micro) // FEN

    @property
    def overdrawn_fen(self) -> int:
        """By how much it is overdrawn (透支金额)."""
        return max(0, -self.micro) // FEN

    @property
    def stage(self) -> Stage:
        """How far the money has gone; always fine in a meter that does not live by it."""
        limits = self.limits
        if not self.local or self.micro > FEN * max(limits.alarm_1, limits.alarm_2, -limits.overdraft):
            return Stage.FINE
        if self.micro <= -FEN * limits.overdraft:
            return Stage.SPENT
        return Stage.ALARM_2 if limits.alarm_2 and self.micro <= FEN * limits.alarm_2 else Stage.ALARM_1

    @property
    def allows_close(self) -> bool:
        """Tell whether there is enough for a contact that the money has opened to close again."""
        return self.micro > FEN * max(self.limits.close, -self.limits.overdraft)

    @property
    def trips(self) -> bool:
        """Tell whether the money has gone so far that the contact must open."""
        return self.stage is Stage.SPENT or (self.stage is Stage.ALARM_2 and not self.interrupted)

    def steps_to_trip(self, tariff: int) -> int | None:
        """Tell after how many steps of 0.01 kWh in a tariff the contact must open; None if it never must."""
        if not self.local or self.trips:
            return None
        at = -self.limits.overdraft
        if self.limits.alarm_2 and not self.interrupted:
            at = max(at, self.limits.alarm_2)
        money, steps = self.micro - FEN * at, 0
        for price, room in self._stretches(tariff):
            needed = -(-money // price) if price else None
            if needed is not None and (room is None or needed <= room):
                return steps + needed
            money, steps = money - (room or 0) * price, steps + (room or 0)
        return None

    def price(self, tariff: int) -> int:
        """Give what the next step of 0.01 kWh in a tariff costs, in micro-yuan: that of a kWh in 1/10 000 yuan."""
        return next(self._stretches(tariff))[0]

    def spend(self, tariff: int, steps: int) -> None:
        """Pay for so many steps of 0.01 kWh."""
        for price, room in self._stretches(tariff):
            part = steps if room is None else min(steps, room)
            self.micro -= part * price
            steps -= part
            self.used += part
            if not steps:
                return

    def _stretches(self, tariff: int) -> Iterator[tuple[int, int | None]]:
        """Give the prices that come one after the other from now on, and for how many steps; the last has no end."""
        bounds = [tier.above for tier in self.tiers]
        used, adders = self.used, [0, *(tier.adder for tier in self.tiers)]
        for place, adder in enumerate(adders):
            room = bounds[place] - used if place < len(bounds) else None
            if room is None or room > 0:
                yield self.prices[tariff] + adder, room
                used += room or 0

    def buy(self, fen: int) -> None:
        """Take a purchase (购电).

        Raises WalletError where the balance would go over the hoarding limit.
        """
        hoarding = self.limits.hoarding
        if hoarding and self.balance_fen + fen > hoarding:
            raise WalletError(
                f"{fen / 100:.2f} yuan would make more than the hoarding limit of {hoarding / 100:.2f}: buy less"
            )
        self.micro += fen * FEN
        self.bought_fen += fen
        self.count += 1
        self.interrupted = False
