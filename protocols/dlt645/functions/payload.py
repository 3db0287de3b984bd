"""How the payload of a security command (03H) is declared, each field reversed on its own.

What ciphertexts, random numbers, codes and descriptors say is known to the security chip alone: they are bytes in
display order, as a security module gives and takes them.
"""

from dataclasses import dataclass, fields
from typing import Any

from construct import Construct, ConstructError

from protocols.dlt645.wire.bcd import digits_of, wire_of
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.fixed import Fixed
from protocols.errors import LocalProtocolError, RemoteProtocolError

_HEX = set("0123456789ABCDEF")


@dataclass(frozen=True, slots=True)
class PayloadForm:
    """Payload of the commands ``dis`` in one direction: a `Struct` whose names are the fields of ``message``.

    ``size`` is the number of bytes, for an ``open_ended`` form the fewest. Of the forms marked ``recharge`` a meter
    knows one, that of its profile's ``recharge_size``.
    """

    message: type
    dis: tuple[DI, ...]
    from_slave: bool
    layout: Construct
    size: int
    open_ended: bool = False
    recharge: bool = False

    def takes(self, length: int) -> bool:
        """Whether a payload of so many bytes has this form."""
        return length >= self.size if self.open_ended else length == self.size

    def read(self, payload: bytes) -> Any:
        """Understand a payload that the form takes."""
        found = self.layout.parse(payload, length=len(payload))
        return self.message(**{field.name: found[field.name] for field in fields(self.message)})

    def write(self, message: Any) -> bytes:
        """Lay out a message of the form's class; LocalProtocolError where a part does not fit its place."""
        values = {field.name: getattr(message, field.name) for field in fields(self.message)}
        try:
            built: bytes = self.layout.build(values)
        except ConstructError as error:
            raise LocalProtocolError(f"{self.message.__name__} cannot be laid out: {error}") from None
        return built


def secret(size: int) -> Fixed:
    """Bytes of the security module or chip, reversed on the wire."""

    def encode(value: bytes) -> bytes:
        if len(value) != size:
            raise LocalProtocolError(f"{len(value)} bytes where the field has {size}")
        return value[::-1]

    return Fixed(size, lambda wire: wire[::-1], encode)


def number(size: int) -> Fixed:
    """Name of a customer or a meter, hex digits in display order, as also "none" (F throughout) arrives."""

    def encode(digits: str) -> bytes:
        if len(digits) != 2 * size or not set(digits) <= _HEX:
            raise LocalProtocolError(f"number {digits!r} is not {2 * size} upper-case hex digits")
        return bytes.fromhex(digits)[::-1]

    return Fixed(size, lambda wire: wire[::-1].hex().upper(), encode)


def minutes(size: int) -> Fixed:
    """Duration in minutes, BCD; RemoteProtocolError ``not_bcd`` for other digits."""

    def decode(wire: bytes) -> int:
        digits = digits_of(wire)
        if digits is None:
            raise RemoteProtocolError("not_bcd", f"minutes {wire[::-1].hex().upper()} have digits above 9")
        return int(digits)

    def encode(value: int) -> bytes:
        if not 0 <= value < 10 ** (2 * size):
            raise LocalProtocolError(f"{value} minutes do not fit {2 * size} digits")
        return wire_of(f"{value:0{2 * size}d}")

    return Fixed(size, decode, encode)
