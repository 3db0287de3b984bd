"""08H broadcast time (广播校时) and 16H freeze (冻结命令), DL/T 645-2007, 7.7 and 7.8."""

from dataclasses import dataclass

from construct import Struct

from protocols.dlt645.control import Function
from protocols.dlt645.functions.form import Form, stamp
from protocols.dlt645.stamp import Stamp


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
    Form(FreezeRequest, Function.FREEZE, False, Struct("at" / stamp("MMDDhhmm")), {4}),
    Form(FreezeAnswer, Function.FREEZE, True, Struct(), {0}),
)
