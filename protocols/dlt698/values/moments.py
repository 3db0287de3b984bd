"""Dates and times of the wire: date_time, date, time, date_time_s (DL/T 698.45-2017, 数据类型).

A field of all ones (FFH, FFFFH) means "not given" and is None. Devices send impossible dates; they are kept
as they are and only :meth:`DateTimeS.at` looks at the calendar. Times on the wire are the device's local time.

The day of the week is kept as it came, so that what was read builds back, and nothing looks at it: it may be wrong.
Moments are compared by ``at``; ``==`` asks whether the same came over the wire. Years are binary; the BCD years of
drafts before 2017 are not understood.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Self

import construct as c

from protocols.dlt698.axdr import Adapted, Typed

NO_BYTE = 0xFF
NO_WORD = 0xFFFF


@dataclass(frozen=True, slots=True)
class DateTimeS:
    """date_time_s: local date and time to the second, 7 bytes."""

    year: int | None
    month: int | None
    day: int | None
    hour: int | None
    minute: int | None
    second: int | None

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Take the wall clock fields of a datetime; convert it to the device's zone before."""
        return cls(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def at(self, zone: tzinfo) -> datetime | None:
        """Give the instant in the device's zone, or None if a field is missing or no calendar has that day."""
        return _instant(self, 0, zone)

    @property
    def text(self) -> str | None:
        """ISO text in the device's local time, ``*`` for what is not given; None if nothing is."""
        return _given(f"{_day(self)}T{_time(self)}")


@dataclass(frozen=True, slots=True)
class DateTime:
    """date_time: local date and time to the millisecond with the day of the week (0 = Sunday), 10 bytes."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    hour: int | None
    minute: int | None
    second: int | None
    millisecond: int | None

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Take the wall clock fields of a datetime; convert it to the device's zone before."""
        return cls(
            moment.year,
            moment.month,
            moment.day,
            moment.isoweekday() % 7,
            moment.hour,
            moment.minute,
            moment.second,
            moment.microsecond // 1000,
        )

    def at(self, zone: tzinfo) -> datetime | None:
        """Give the instant in the device's zone, or None if a field is missing or no calendar has that day."""
        return _instant(self, (self.millisecond or 0) * 1000, zone)

    @property
    def text(self) -> str | None:
        """ISO text in the device's local time, ``*`` for what is not given; None if nothing is."""
        millisecond = "" if self.millisecond is None else f".{self.millisecond:03d}"
        return _given(f"{_day(self)}T{_time(self)}{millisecond}")


@dataclass(frozen=True, slots=True)
class Date:
    """date: a day with its day of the week (0 = Sunday), 5 bytes."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None

    @property
    def text(self) -> str | None:
        """ISO text, ``*`` for what is not given; None if nothing is."""
        return _given(_day(self))


@dataclass(frozen=True, slots=True)
class Time:
    """time: a time of day, 3 bytes."""

    hour: int | None
    minute: int | None
    second: int | None

    @property
    def text(self) -> str | None:
        """ISO text, ``*`` for what is not given; None if nothing is."""
        return _given(_time(self))


def _two(field: int | None) -> str:
    return "*" if field is None else f"{field:02d}"


def _day(moment: DateTimeS | DateTime | Date) -> str:
    year = "*" if moment.year is None else f"{moment.year:04d}"
    return f"{year}-{_two(moment.month)}-{_two(moment.day)}"


def _time(moment: DateTimeS | DateTime | Time) -> str:
    return f"{_two(moment.hour)}:{_two(moment.minute)}:{_two(moment.second)}"


def _given(text: str) -> str | None:
    return None if not text.strip("*-:T") else text


def _instant(moment: DateTimeS | DateTime, microsecond: int, zone: tzinfo) -> datetime | None:
    fields = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    given = [field for field in fields if field is not None]
    if len(given) < len(fields):
        return None
    try:
        return datetime(*given, microsecond, tzinfo=zone)  # type: ignore[arg-type,misc]  # the six fields in order
    except ValueError:
        return None


def _or_none(declaration: Any, missing: int) -> Any:
    return Adapted(
        declaration,
        lambda number: None if number == missing else number,
        lambda number: missing if number is None else number,
    )


_BYTE = _or_none(c.Int8ub, NO_BYTE)
_WORD = _or_none(c.Int16ub, NO_WORD)
_DAY = ("year" / _WORD, "month" / _BYTE, "day" / _BYTE)
_CLOCK = ("hour" / _BYTE, "minute" / _BYTE, "second" / _BYTE)

DATE_TIME_S = Typed(DateTimeS, *_DAY, *_CLOCK)
DATE_TIME = Typed(DateTime, *_DAY, "weekday" / _BYTE, *_CLOCK, "millisecond" / _WORD)
DATE = Typed(Date, *_DAY, "weekday" / _BYTE)
TIME = Typed(Time, *_CLOCK)
