"""08H broadcast time (广播校时) and 16H freeze (冻结命令), DL/T 645-2007, 7.7 and 7.8."""

from dataclasses import dataclass
from enum import StrEnum

from construct import Struct

from protocols.dlt645.functions.form import Form, stamp
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import LocalProtocolError

_LAYOUT = "MMDDhhmm"
_ANY = 99


class FreezeKind(StrEnum):
    """When a freeze command takes effect, by which of its places are 99."""

    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"
    MONTHLY = "monthly"
    DATED = "dated"
    """At the one moment that it names."""


_KINDS = {
    (True, True, True, True): FreezeKind.NOW,
    (True, True, True, False): FreezeKind.HOURLY,
    (True, True, False, False): FreezeKind.DAILY,
    (True, False, False, False): FreezeKind.MONTHLY,
    (False, False, False, False): FreezeKind.DATED,
}


@dataclass(frozen=True, slots=True)
class BroadcastTime:
    """Set the clocks to ``time`` (YYMMDDhhmmss). Nobody answers.

    A meter obeys once a day, within 5 minutes of its own time, and not around midnight or a freeze.
    """

    time: Stamp


@dataclass(frozen=True, slots=True)
class FreezeRequest:
    """Freeze at ``at`` (MMDDhhmm): all 99 at once, 99 in the high places hourly, daily or monthly."""

    at: Stamp

    @property
    def kind(self) -> FreezeKind | None:
        """When it takes effect; None where 99 stands in other places than the high ones."""
        month, day, hour, minute = (self.at.part(pair) == _ANY for pair in ("MM", "DD", "hh", "mm"))
        return _KINDS.get((month, day, hour, minute))


def freeze_now() -> FreezeRequest:
    """Freeze at once (瞬时冻结)."""
    return _freeze(_ANY, _ANY, _ANY)


def freeze_hourly(minute: int) -> FreezeRequest:
    """Freeze every hour at ``minute``; LocalProtocolError for other than 0 to 59."""
    return _freeze(_ANY, _ANY, _within("minute", minute, range(60)))


def freeze_daily(hour: int, minute: int) -> FreezeRequest:
    """Freeze every day at a time; LocalProtocolError where there is no such time."""
    return _freeze(_ANY, _within("hour", hour, range(24)), _within("minute", minute, range(60)))


def freeze_monthly(day: int, hour: int, minute: int) -> FreezeRequest:
    """Freeze every month on a day at a time; LocalProtocolError for a day that not every month has."""
    return _freeze(
        _within("day", day, range(1, 29)),
        _within("hour", hour, range(24)),
        _within("minute", minute, range(60)),
    )


def _freeze(day: int, hour: int, minute: int) -> FreezeRequest:
    return FreezeRequest(Stamp(_LAYOUT, f"{_ANY}{day:02d}{hour:02d}{minute:02d}"))


def _within(what: str, value: int, allowed: range) -> int:
    if value not in allowed:
        raise LocalProtocolError(f"{what} {value} of a freeze is not within {allowed.start}..{allowed.stop - 1}")
    return value


@dataclass(frozen=True, slots=True)
class FreezeAnswer:
    """Accepted; a broadcast freeze is not answered."""


FORMS = (
    Form(
        BroadcastTime,
        Function.BROADCAST_TIME,
        False,
        Struct("time" / stamp("YYMMDDhhmmss")),
        {6},
    ),
    Form(FreezeRequest, Function.FREEZE, False, Struct("at" / stamp(_LAYOUT)), {4}),
    Form(FreezeAnswer, Function.FREEZE, True, Struct(), {0}),
)
