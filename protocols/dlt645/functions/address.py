"""13H read (读通信地址) and 15H write (写通信地址) the communication address, DL/T 645-2007, 7.4 and 7.6."""

from dataclasses import dataclass

from construct import Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.address import ADDRESS, Address
from protocols.dlt645.wire.control import Function

_METER = Struct("meter" / ADDRESS)


@dataclass(frozen=True, slots=True)
class ReadAddressRequest:
    """Ask the only meter on the line for its address; sent to the wildcard."""


@dataclass(frozen=True, slots=True)
class ReadAddressAnswer:
    """The meter's address, the same as in the frame."""

    meter: Address


@dataclass(frozen=True, slots=True)
class WriteAddressRequest:
    """Give the only meter on the line a new address; sent to the wildcard, programming key needed."""

    meter: Address


@dataclass(frozen=True, slots=True)
class WriteAddressAnswer:
    """Done; the frame comes under the new address already."""


FORMS = (
    Form(ReadAddressRequest, Function.READ_ADDRESS, False, Struct(), {0}),
    Form(ReadAddressAnswer, Function.READ_ADDRESS, True, _METER, {6}),
    Form(WriteAddressRequest, Function.WRITE_ADDRESS, False, _METER, {6}),
    Form(WriteAddressAnswer, Function.WRITE_ADDRESS, True, Struct(), {0}),
)
