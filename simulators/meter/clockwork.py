"""The clock in a meter (时钟): how wrong it is, how much it gains, and what happens when its battery is flat."""

from datetime import UTC, datetime, timedelta

from simulators.localtime import SHANGHAI

__all__ = ["NEVER", "Clockwork"]

NEVER = datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1)
FIRST_DAY = datetime(2000, 1, 1, tzinfo=SHANGHAI)
MOST_A_DAY = timedelta(minutes=10)


class Clockwork:
    """A clock that is ``ahead`` of the true time (behind it below 0) and gains ``rate`` a day.

    What it gains is taken at noon of the true time: within a day the error is constant. ``failed`` says that it stands
    on a time that it does not know to be right (时钟故障), ``battery_low`` that it will not outlive a power failure.
    """

    __slots__ = ("_rate", "ahead", "battery_low", "failed")

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead
        self.failed = False
        self.battery_low = False
        self._rate = timedelta()

    @property
    def rate(self) -> timedelta:
        """What it gains a day, at most ten minutes either way; ValueError for more."""
        return self._rate

    @rate.setter
    def rate(self, rate: timedelta) -> None:
        if abs(rate) > MOST_A_DAY:
            raise ValueError(
                f"a clock that gains {rate / timedelta(seconds=1):+.0f} s a day is none: stay within 600 s"
            )
        self._rate = rate

    def shown(self, now: datetime) -> datetime:
        """Give what it shows: local time, with its error."""
        return (now + self.ahead).astimezone(SHANGHAI)

    def true(self, shown: datetime) -> datetime:
        """Give the instant at which it shows a time."""
        return (shown - self.ahead).astimezone(UTC)

    def next_midnight(self, now: datetime) -> datetime:
        """Give the instant at which it will show 00:00."""
        today = self.shown(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.true(today + DAY)

    def next_gain(self, now: datetime) -> datetime:
        """Give the instant at which it will have gained; never for one that gains nothing."""
        if not self._rate:
            return NEVER
        noon = now.astimezone(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
        return (noon if noon > now else noon + DAY).astimezone(UTC)

    def gain(self) -> None:
        """Take what a day has brought."""
        self.ahead += self._rate

    def set(self, now: datetime, shown: datetime) -> None:
        """Set it right, or wrong."""
        self.ahead = shown - now
        self.failed = False

    def fail(self, now: datetime) -> None:
        """Begin at 2000-01-01 00:00:00, as a clock does that was without power."""
        self.ahead = FIRST_DAY - now
        self.failed = True
