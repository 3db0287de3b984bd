"""At which times of its own clock a meter is told to freeze (定时冻结), DL/T 645-2007, 7.8."""

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["FreezeWish"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEAP_YEARS = 8 * 366
"""Days within which any date comes up, the 29th of February across 2100 too."""


@dataclass(frozen=True, slots=True)
class FreezeWish:
    """Month, day, hour and minute; None in the high places stands for every one: hourly, daily, monthly."""

    month: int | None
    day: int | None
    hour: int | None
    minute: int

    def next_after(self, shown: datetime) -> datetime | None:
        """Give the next such time of the meter's clock; None if there is no such date."""
        at = shown.replace(minute=self.minute, second=0, microsecond=0)
        if self.hour is None:
            return at if at > shown else at + HOUR
        at = at.replace(hour=self.hour)
        days = (at + number * DAY for number in range(LEAP_YEARS))
        return next((day for day in days if day > shown and self._falls_on(day)), None)

    def _falls_on(self, at: datetime) -> bool:
        return self.day in {None, at.day} and self.month in {None, at.month}
