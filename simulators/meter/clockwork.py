"""The clock in a meter (时钟): how wrong it is, how much it gains, and what happens when its battery is flat."""

from datetime import UTC, datetime, timedelta

from simulators.localtime import SHANGHAI

__all__ = ["NEVER", "Clockwork"]

NEVER = datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
MICROSECONDS_A_DAY = DAY // MICROSECOND
FIRST_DAY = datetime(2000, 1, 1, tzinfo=SHANGHAI)
MOST_A_DAY = timedelta(minutes=10)


class Clockwork:
    """A clock that is ahead of the true time (behind it below 0) and gains evenly, so much a day.

    ``failed`` says that it stands on a time that it does not know to be right (时钟故障), ``battery_low`` that it will
    not outlive a power failure.
    """

    __slots__ = ("_ahead", "_rate", "_since", "battery_low", "failed")

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead
        self._since = NEVER
        self._rate = 0
        self.failed = False
        self.battery_low = False

    def ahead(self, now: datetime) -> timedelta:
        """Tell how far it is ahead."""
        gone = max(0, (now - self._since) // MICROSECOND)
        return self._ahead + self._rate * gone // MICROSECONDS_A_DAY * MICROSECOND

    def put(self, now: datetime, ahead: timedelta) -> None:
        """Have it so far ahead from now on."""
        self._ahead, self._since = ahead, now

    def gain(self, now: datetime, a_day: timedelta) -> None:
        """Have it gain so much a day from now on, at most ten minutes either way; ValueError for more."""
        if abs(a_day) > MOST_A_DAY:
            raise ValueError(
                f"a clock that gains {a_day / timedelta(seconds=1):+.0f} s a day is none: stay within 600 s"
            )
        self.put(now, self.ahead(now))
        self._rate = a_day // MICROSECOND

    def shown(self, now: datetime) -> datetime:
        """Give what it shows: local time, with its error."""
        return (now + self.ahead(now)).astimezone(SHANGHAI)

    def true(self, shown: datetime) -> datetime:
        """Give the first instant at which it shows a time, or has gone past it."""
        gone = (shown - self._ahead - self._since) // MICROSECOND
        if not self._rate or gone <= 0:
            return (shown - self._ahead).astimezone(UTC)
        at = self._since + gone * MICROSECONDS_A_DAY // (MICROSECONDS_A_DAY + self._rate) * MICROSECOND
        while self.shown(at) < shown:
            at += MICROSECOND
        while self.shown(at - MICROSECOND) >= shown:
            at -= MICROSECOND
        return at.astimezone(UTC)

    def next_midnight(self, now: datetime) -> datetime:
        """Give the instant at which it will show 00:00."""
        today = self.shown(now).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.true(today + DAY)

    def ahead_this_hour(self, now: datetime) -> timedelta:
        """Tell how far it was ahead as this hour of the true time began: what chooses the tariff until `next_hour`."""
        return self.ahead(_hour_of(now))

    def next_hour(self, now: datetime) -> datetime:
        """Give the next full hour of the true time, for a clock that gains; never for one that does not."""
        return _hour_of(now) + HOUR if self._rate else NEVER

    def set(self, now: datetime, shown: datetime) -> None:
        """Set it right, or wrong."""
        self.put(now, shown - now)
        self.failed = False

    def fail(self, now: datetime) -> None:
        """Begin at 2000-01-01 00:00:00, as a clock does that was without power."""
        self.put(now, FIRST_DAY - now)
        self.failed = True


def _hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
