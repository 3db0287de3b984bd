"""Dates, times and intervals as texts: ISO with ``*`` for what is not given, ``15 min``."""

import re
from datetime import UTC, datetime

from protocols.dlt698.values.descriptors import TI, TimeUnit
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.errors import LocalProtocolError

__all__ = ["read_date", "read_date_time", "read_date_time_s", "read_interval", "read_time"]

_DATE = r"(\*|\d{4})-(\*|\d\d)-(\*|\d\d)"
_TIME = r"(\*|\d\d):(\*|\d\d):(\*|\d\d)"
_DATE_ONLY = re.compile(_DATE)
_TIME_ONLY = re.compile(_TIME)
_SECONDS = re.compile(rf"{_DATE}[T ]{_TIME}")
_MILLISECONDS = re.compile(rf"{_DATE}[T ]{_TIME}(?:\.(\d{{3}}))?")
_INTERVAL = re.compile(r"(?P<number>\d{1,5}) ?(?P<unit>s|min|h|day|month|year)")
_UNITS = dict(zip(("s", "min", "h", "day", "month", "year"), TimeUnit, strict=True))


def read_date_time_s(text: str) -> DateTimeS:
    """Read ``2024-05-20T08:30:00``; raises LocalProtocolError, for what is in no calendar too."""
    year, month, day, hour, minute, second = _fields(_SECONDS, text, "date and time such as 2024-05-20T08:30:00")
    moment = DateTimeS(year, month, day, hour, minute, second)
    _in_calendar(text, moment)
    return moment


def read_date_time(text: str) -> DateTime:
    """Read ``2024-05-20T08:30:00.000``; the day of the week follows from it. Raises LocalProtocolError."""
    year, month, day, hour, minute, second, millisecond = _fields(
        _MILLISECONDS, text, "date and time such as 2024-05-20T08:30:00.000"
    )
    weekday = _weekday(_in_calendar(text, DateTimeS(year, month, day, hour, minute, second)))
    return DateTime(year, month, day, weekday, hour, minute, second, millisecond)


def read_date(text: str) -> Date:
    """Read ``2024-05-20``; the day of the week follows from it. Raises LocalProtocolError."""
    year, month, day = _fields(_DATE_ONLY, text, "date such as 2024-05-20")
    return Date(year, month, day, _weekday(_in_calendar(text, DateTimeS(year, month, day, 0, 0, 0))))


def read_time(text: str) -> Time:
    """Read ``08:30:00``; raises LocalProtocolError."""
    hour, minute, second = _fields(_TIME_ONLY, text, "time such as 08:30:00")
    _in_calendar(text, DateTimeS(2000, 1, 1, hour, minute, second))
    return Time(hour, minute, second)


def read_interval(text: str) -> TI:
    """Read ``15 min``; units are s, min, h, day, month, year. Raises LocalProtocolError."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise LocalProtocolError(f"{text!r} is no interval such as 15 min")
    return TI(_UNITS[found["unit"]], int(found["number"]))


def _fields(pattern: re.Pattern[str], text: str, wanted: str) -> list[int | None]:
    found = pattern.fullmatch(text)
    if found is None:
        raise LocalProtocolError(f"{text!r} is no {wanted}")
    return [int(field) if field and field.isdecimal() else None for field in found.groups()]


def _in_calendar(text: str, moment: DateTimeS) -> datetime | None:
    """Give the instant if all of it is given; refuse a day or a time that there is not."""
    instant = moment.at(UTC)
    if instant is None and "*" not in text:
        raise LocalProtocolError(f"{text!r} is in no calendar")
    return instant


def _weekday(instant: datetime | None) -> int | None:
    return None if instant is None else instant.isoweekday() % 7
