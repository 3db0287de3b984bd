"""1CH relay control, alarm, protection (跳合闸、报警、保电), fee-control extension of DL/T 645-2007.

An answer to these means accepted, not executed: only run state word 3, read afterwards, tells what the
relay did.
"""

from dataclasses import dataclass
from enum import IntEnum

from construct import Byte, Struct

from protocols.dlt645.functions.block import BLOCK
from protocols.dlt645.functions.form import Form, stamp
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.fixed import Fixed
from protocols.dlt645.wire.password import OPERATOR, PASSWORD, Operator, Password
from protocols.dlt645.wire.stamp import Stamp
from protocols.errors import LocalProtocolError


class RelayCommand(IntEnum):
    """Command byte N1."""

    TRIP = 0x1A
    PERMIT_CLOSE = 0x1B
    DIRECT_CLOSE = 0x1C
    TRIP_THEN_DIRECT_CLOSE = 0x1D
    TRIP_THEN_PERMIT_CLOSE = 0x1E
    ALARM = 0x2A
    ALARM_OFF = 0x2B
    PROTECT = 0x3A
    PROTECT_OFF = 0x3B

    @property
    def word(self) -> str:
        """Machine word, as in ``permit_close``."""
        return self.name.lower()

    @property
    def name_zh(self) -> str:
        """Term of the standard."""
        return _NAMES_ZH[self]


_NAMES_ZH = {
    RelayCommand.TRIP: "跳闸",
    RelayCommand.PERMIT_CLOSE: "合闸允许",
    RelayCommand.DIRECT_CLOSE: "直接合闸",
    RelayCommand.TRIP_THEN_DIRECT_CLOSE: "预跳闸1",
    RelayCommand.TRIP_THEN_PERMIT_CLOSE: "预跳闸2",
    RelayCommand.ALARM: "报警",
    RelayCommand.ALARM_OFF: "报警解除",
    RelayCommand.PROTECT: "保电",
    RelayCommand.PROTECT_OFF: "保电解除",
}
_RECOVERING = {RelayCommand.TRIP_THEN_DIRECT_CLOSE, RelayCommand.TRIP_THEN_PERMIT_CLOSE}
_RECOVERY_MINUTES = 5
_COMMANDS: dict[int, RelayCommand] = {int(command): command for command in RelayCommand}


@dataclass(frozen=True, slots=True)
class RelayRequest:
    """Command in plain form (password levels).

    ``command`` is a `RelayCommand` where N1 is known, else the bare byte. The meter compares ``expires``
    (YYMMDDhhmmss) with its own clock and refuses a command that is past it. ``delay`` is N2: 0, or the time
    to automatic recovery of the two commands that have one, in units of 5 minutes.
    """

    password: Password
    operator: Operator
    command: int
    expires: Stamp
    delay: int = 0

    @property
    def recovery_minutes(self) -> int | None:
        """Minutes until the relay closes again by itself; None for commands that know of no recovery."""
        return self.delay * _RECOVERY_MINUTES if self.command in _RECOVERING else None


@dataclass(frozen=True, slots=True)
class RelayShortRequest:
    """Command without an expiry, as some private-label meters take it; never sent by a head-end."""

    password: Password
    operator: Operator
    command: int


@dataclass(frozen=True, slots=True)
class RelaySecuredRequest:
    """Command at level 98H; ``block`` (20) is the security module's, in display order."""

    password: Password
    operator: Operator
    block: bytes


@dataclass(frozen=True, slots=True)
class RelayAnswer:
    """Command accepted, which says nothing about the relay."""


def _command_of(wire: bytes) -> int:
    return _COMMANDS.get(wire[0], wire[0])


def _byte_of(command: int) -> bytes:
    try:
        return bytes((command,))
    except ValueError:
        raise LocalProtocolError(f"relay command {command} is not one byte") from None


_COMMAND = Fixed(1, _command_of, _byte_of)
_WHO = ("password" / PASSWORD, "operator" / OPERATOR)

FORMS = (
    Form(
        RelayRequest,
        Function.RELAY,
        False,
        Struct(*_WHO, "command" / _COMMAND, "delay" / Byte, "expires" / stamp("YYMMDDhhmmss")),
        {16},
    ),
    Form(RelayShortRequest, Function.RELAY, False, Struct(*_WHO, "command" / _COMMAND), {9}),
    Form(RelaySecuredRequest, Function.RELAY, False, Struct(*_WHO, "block" / BLOCK), {28}),
    Form(RelayAnswer, Function.RELAY, True, Struct(), {0}),
)
