"""Local time of the simulated county: Asia/Shanghai, UTC+8 all year round."""

from datetime import UTC, date, datetime, time, timedelta, timezone

__all__ = ["SHANGHAI", "at", "local", "midnight"]

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def local(instant: datetime) -> datetime:
    """Give the same instant on the wall clock of the county."""
    return instant.astimezone(SHANGHAI)


def at(day: date, clock: time) -> datetime:
    """Give the UTC instant at which the wall shows this day and time."""
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)


def midnight(day: date) -> datetime:
    """Give the UTC instant at which this day begins."""
    return at(day, time())
