"""The control byte (控制码) and the functions it names, DL/T 645-2007, 5.2.4."""

from dataclasses import dataclass, field
from enum import IntEnum

from construct import BitsInteger, BitStruct, ExprAdapter, Flag

from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError


class Function(IntEnum):
    """Function codes D4..D0 of the standard and its fee-control extension, those of 1997 last."""

    SECURITY = 0x03
    BROADCAST_TIME = 0x08
    READ = 0x11
    READ_NEXT = 0x12
    READ_ADDRESS = 0x13
    WRITE = 0x14
    WRITE_ADDRESS = 0x15
    FREEZE = 0x16
    CHANGE_BAUD = 0x17
    CHANGE_PASSWORD = 0x18
    CLEAR_DEMAND = 0x19
    CLEAR_METER = 0x1A
    CLEAR_EVENTS = 0x1B
    RELAY = 0x1C
    OUTPUT = 0x1D

    READ_1997 = 0x01
    READ_NEXT_1997 = 0x02
    READ_AGAIN_1997 = 0x03
    """The code of 2007's security: which of the two is meant, only the meter's edition tells."""
    WRITE_1997 = 0x04
    WRITE_ADDRESS_1997 = 0x0A
    CHANGE_BAUD_1997 = 0x0C
    CHANGE_PASSWORD_1997 = 0x0F
    CLEAR_DEMAND_1997 = 0x10
    """Codes of DL/T 645-1997 that 2007 does not use, but for the one of READ_AGAIN."""


_FUNCTIONS: dict[int, Function] = {int(function): function for function in Function}


def _name(code: int, _: object) -> int:
    return _FUNCTIONS.get(code, code)


BITS = BitStruct(
    "from_slave" / Flag,
    "abnormal" / Flag,
    "follow" / Flag,
    "function" / ExprAdapter(BitsInteger(5), _name, _name),
)
"""Layout of the control byte, D7 first."""

# Only 256 control bytes exist: each goes through the declaration once.
_READ = [BITS.parse(bytes([byte])) for byte in range(256)]
_BYTES = {
    (int(found["function"]), found["from_slave"], found["abnormal"], found["follow"]): byte
    for byte, found in enumerate(_READ)
}


@dataclass(frozen=True, slots=True)
class Control:
    """Control byte: who speaks, how it went, whether more follows, and the function.

    ``function`` is a `Function` where the standard knows the code, else the bare number 0..31. ``byte`` is the
    byte on the wire.
    """

    function: int
    from_slave: bool = False
    abnormal: bool = False
    follow: bool = False
    byte: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        byte = _BYTES.get((int(self.function), self.from_slave, self.abnormal, self.follow))
        if byte is None:
            raise LocalProtocolError(f"function code {self.function} is not within 0..31")
        object.__setattr__(self, "byte", byte)


CONTROLS = tuple(Control(found["function"], found["from_slave"], found["abnormal"], found["follow"]) for found in _READ)
"""Every control byte as a `Control`, by its number."""

CONTROL = Fixed(1, lambda wire: CONTROLS[wire[0]], lambda control: bytes([control.byte]))
"""The control byte as a `Control`."""
