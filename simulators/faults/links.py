"""Faults of the connection itself: when it is cut next, and for how long."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.faults.model import Hit

__all__ = ["BREAKS", "Break"]

MS = 1000


@dataclass(frozen=True, slots=True)
class Break:
    """The connection is to be cut: when, for how long, and whether the device logs out before."""

    at: datetime
    away: timedelta
    polite: bool
    kind: str
    number: int
    """Of the fault, among those of the device."""


def _flap(hit: Hit, _: int) -> tuple[timedelta, timedelta, bool]:
    up = _ms(hit, "up")
    return timedelta(milliseconds=hit.draw(up // 2, up * 3 // 2, "up")), hit.seconds("down"), False


def _reboot(hit: Hit, done: int) -> tuple[timedelta, timedelta, bool]:
    """Stay up a moment only, but rest behind each burst."""
    up = timedelta(milliseconds=hit.draw(_ms(hit, "up") // 10, _ms(hit, "up"), "up"))
    if done and done % int(hit.arguments["logins"]) == 0:
        up += hit.seconds("rest")
    return up, timedelta(milliseconds=hit.draw(0, MS, "away")), bool(hit.draw(0, 1, "polite"))


BREAKS: Mapping[str, Callable[[Hit, int], tuple[timedelta, timedelta, bool]]] = {"flapping": _flap, "reboots": _reboot}
"""For how long the connection is up and then away, and whether the device logs out; asked with the breaks before."""


def _ms(hit: Hit, name: str) -> int:
    return round(hit.arguments[name] * MS)
