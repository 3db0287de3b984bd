"""A meter that is computed: what it shows follows from the seed, its address and the time, and nothing is kept.

Its registers rise steadily by the same share of the day's energy in each tariff, so that none ever falls. For meters
with a life of their own (loads by the hour, relays, faults) there is `simulators.meter`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from simulators.localtime import local, midnight
from simulators.meter import FREEZES_KEPT, Dialect, Freeze, Registers
from simulators.seeded import below, between

__all__ = ["INSTALLED", "FleetMeter"]

INSTALLED = date(2025, 1, 1)
"""The day on which all of them began at 0."""
DAILY = 200, 2000
"""Bounds of what a household takes on a day, in 0.01 kWh; what a day differs from others is below half of it."""
SHARES = 10, 30, 35, 25
"""Percent of it in each tariff."""
DECIVOLTS = 2180, 2360
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FleetMeter:
    """One meter, whose clock is right and whose relay is closed."""

    address: str
    dialect: Dialect
    seed: int

    def hears(self, _now: datetime) -> bool:
        """Tell whether a frame reaches it: always."""
        return True

    def freeze(self, day: date, now: datetime) -> Freeze | None:
        """Give the freeze of 00:00 of ``day``; None if it is not made yet, or not kept any more."""
        today = local(now).date()
        if not INSTALLED <= day <= today or (today - day).days >= FREEZES_KEPT:
            return None
        made = midnight(day)
        return Freeze(day, local(made), made, _registers(self._hundredths((day - INSTALLED).days)))

    def freeze_back(self, number: int, now: datetime) -> Freeze | None:
        """Give the ``number``-th last freeze, 1 is the latest."""
        return self.freeze(local(now).date() - (number - 1) * DAY, now) if number > 0 else None

    def registers(self, now: datetime) -> Registers:
        """Read the registers of this moment: between two midnights they rise at the same pace all day."""
        day = local(now).date()
        number = max(0, (day - INSTALLED).days)
        before, after = self._hundredths(number), self._hundredths(number + 1)
        gone = max(timedelta(), now.astimezone(UTC) - midnight(day))
        return _registers(before + (after - before) * (gone // timedelta(seconds=1)) // 86_400)

    def decivolts(self, now: datetime) -> int:
        """Measure the voltage, in 0.1 V."""
        return between(*DECIVOLTS, self.seed, "volts", self.address, now.hour)

    def milliamperes(self, now: datetime) -> int:
        """Measure the current, in mA: what the mean power of its days makes at this voltage."""
        milliwatts = self._daily * 10_000 // 24
        return milliwatts * 10 // self.decivolts(now)

    @property
    def _daily(self) -> int:
        return between(*DAILY, self.seed, "daily", self.address)

    def _hundredths(self, days: int) -> int:
        """Give the energy of so many days: a multiple of the day's, and less than half a day's more or less."""
        daily = self._daily
        return daily * days + (below(daily // 2, self.seed, "day", self.address, days) if days else 0)


def _registers(hundredths: int) -> Registers:
    return Registers(tuple(hundredths * share // 100 for share in SHARES))
