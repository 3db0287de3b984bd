"""What a DL/T 645 meter's clock shows: date and time are two items, and between them the day may change."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import TypeAlias

from drivers.meter.model import Silence
from drivers.meter.replies import Got, Missing, Reply
from drivers.zone import BEIJING
from protocols.dlt645 import Stamp

MIDNIGHT_MARGIN = timedelta(minutes=10)
"""Around midnight the date moves, and a new freeze renumbers all older ones; a meter's clock may be minutes off."""

Look: TypeAlias = Callable[[], Awaitable[Reply[Stamp]]]


async def date_and_time(look_at_date: Look, look_at_time: Look) -> Reply[datetime]:
    """Read date and time, and around midnight the date again: between the two the day may have changed."""
    day = await look_at_date()
    now = await look_at_time() if isinstance(day, Got) else day
    shown = _together(day, now)
    if shown is not None and near_midnight(shown):
        again = await look_at_date()
        now = now if again == day else await look_at_time()
        day = again
        shown = _together(day, now)
    if shown is not None:
        return Got(shown.replace(tzinfo=BEIJING))
    return next((reply for reply in (day, now) if not isinstance(reply, Got)), Missing(Silence.GARBLED))


def near_midnight(shown: datetime) -> bool:
    """Whether the date may move while a meter is being read."""
    since = shown - datetime.combine(shown.date(), time(), shown.tzinfo)
    return since < MIDNIGHT_MARGIN or since > timedelta(days=1) - MIDNIGHT_MARGIN


def _together(day: Reply[Stamp], now: Reply[Stamp]) -> datetime | None:
    """Put a date and a time of day together; None if they are missing or form no instant."""
    if not isinstance(day, Got) or not isinstance(now, Got):
        return None
    midnight = day.value.instant()
    hour, minute, second = (now.value.part(pair) for pair in ("hh", "mm", "ss"))
    if midnight is None or hour is None or minute is None or second is None:
        return None
    try:
        return midnight.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
