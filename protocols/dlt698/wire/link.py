# ruff: noqa: SLF001 - construct is extended by its own protocol of _parse, _parsereport and _build
"""The link frame (链路层帧, DL/T 698.45-2017).

::

    68H | L | C | AF SA | CA | HCS | user data | FCS | 16H

L counts what lies between 68H and 16H. HCS covers L..CA, FCS everything from L through the user data, both
CRC-16/X-25, low byte first. With SC set, 33H is added to every byte of the user data before the FCS is taken;
``user_data`` here is always the plain one.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Self

import construct as c
import crcmod.predefined

from protocols.dlt698.axdr import Adapted, build_walking, read, walk
from protocols.dlt698.axdr.words import UNFIT
from protocols.dlt698.wire.address import ADDRESS_FIELD, Address, address_of, af_of
from protocols.errors import LocalProtocolError, RemoteProtocolError

START = 0x68
END = 0x16
MIN_LENGTH = 10  # one byte of SA, no user data
MAX_LENGTH = 0x3FFF  # L is 14 bits; the two above are reserved
FRAME_OVERHEAD = 2  # 68H and 16H, which L doesn't count
MAX_FRAME = MAX_LENGTH + FRAME_OVERHEAD
MAX_HEADER = 24  # 68H, L, C, AF, 16 bytes of SA, CA, HCS
_HEADER = 8  # 68H, L, C, AF, CA, HCS: the header without SA
_SA_SIZE = 0x0F  # of AF: bytes of SA, less one
_FUNCTION = 0x07  # of C: function code
_SUM = 2  # HCS
_TAIL = 3  # FCS, 16H
_LENGTH_KNOWN, _ADDRESS_KNOWN = 3, 5  # bytes up to L, and up to AF
_GOOD = 0x0F47  # the check sum over bytes with their own check sum behind them: the residue F0B8H, inverted
_FIXED = 9  # L, C, AF, CA, HCS, FCS: what L counts besides SA and user data
_SCRAMBLE = bytes((octet + 0x33) & 0xFF for octet in range(256))
_UNSCRAMBLE = bytes((octet - 0x33) & 0xFF for octet in range(256))

x25: Callable[[bytes | memoryview], int] = crcmod.predefined.mkPredefinedCrcFun("x-25")


class Function(IntEnum):
    """Function code (功能码) of the control field; others are kept as numbers."""

    LINK = 1
    DATA = 3


@dataclass(frozen=True, slots=True)
class Control:
    """Control field C (控制域): DIR, PRM, fragment flag (分帧标志), SC (扰码标志), function code."""

    from_server: bool
    client_opened: bool
    function: int = Function.DATA
    fragmented: bool = False
    scrambled: bool = False
    reserved: bool = False

    @classmethod
    def of(cls, octet: int) -> Self:
        """From the byte of the wire."""
        return cls(
            bool(octet & 0x80),
            bool(octet & 0x40),
            octet & _FUNCTION,
            bool(octet & 0x20),
            bool(octet & 0x08),
            bool(octet & 0x10),
        )

    @property
    def octet(self) -> int:
        """The byte of the wire; raises LocalProtocolError."""
        if not 0 <= self.function <= _FUNCTION:
            raise LocalProtocolError(f"function code {self.function} is out of 0..{_FUNCTION}")
        return (
            bool(self.from_server) << 7
            | bool(self.client_opened) << 6
            | bool(self.fragmented) << 5
            | bool(self.reserved) << 4
            | bool(self.scrambled) << 3
            | self.function
        )

    @property
    def reversed(self) -> Self:
        """The same control field going the other way."""
        return replace(self, from_server=not self.from_server)


_CONTROLS = tuple(Control.of(octet) for octet in range(256))
REQUEST = Control.of(0x43)
RESPONSE = Control.of(0xC3)
LINK_REQUEST = Control.of(0x81)
LINK_RESPONSE = Control.of(0x01)
REPORT = Control.of(0x83)
REPORT_RESPONSE = Control.of(0x03)


@dataclass(frozen=True, slots=True)
class LinkFrame:
    """One link frame; ``client`` is CA (客户机地址), ``user_data`` an APDU or a fragment, unscrambled."""

    control: Control
    address: Address
    client: int
    user_data: bytes


class Checked(c.Subconstruct):  # type: ignore[misc]  # construct ships no types
    """A declaration followed by the CRC of its own bytes; refuses with ``reason``."""

    def __init__(self, reason: str, subcon: Any) -> None:
        super().__init__(subcon)
        self.reason = reason

    def _parse(self, stream: io.BytesIO, context: Any, path: str) -> Any:
        begin = stream.tell()
        value = self.subcon._parsereport(stream, context, path)
        end = stream.tell()
        found = read(stream, 2)
        expected = x25(stream.getbuffer()[begin:end]).to_bytes(2, "little")
        if found != expected:
            raise RemoteProtocolError(
                self.reason, "wrong check sum", offset=end, expected=expected.hex().upper(), found=found.hex().upper()
            )
        return value

    def _build(self, obj: Any, stream: io.BytesIO, context: Any, path: str) -> Any:
        begin = stream.tell()
        self.subcon._build(obj, stream, context, path)
        stream.write(x25(stream.getbuffer()[begin:]).to_bytes(2, "little"))
        return obj


def _required(declaration: Any, reason: str, holds: Callable[[Any], bool], expected: str) -> Any:
    def check(value: Any) -> Any:
        if not holds(value):
            raise RemoteProtocolError(reason, f"{value} is found", expected=expected, found=f"{value}")
        return value

    return Adapted(declaration, check, lambda value: value)


def _head_of(raw: c.Container) -> c.Container:
    smallest = _FIXED + len(raw.address.octets)
    if raw.length < smallest:
        raise RemoteProtocolError(
            "bad_length", "L is too small for its address", offset=1, expected=f">= {smallest}", found=f"{raw.length}"
        )
    return raw


_LENGTH = _required(c.Int16ul, "bad_length", lambda length: MIN_LENGTH <= length <= MAX_LENGTH, "10..16383")
_HEAD = Checked(
    "bad_hcs",
    Adapted(
        c.Struct(
            "length" / _LENGTH,
            "control" / Adapted(c.Int8ub, _CONTROLS.__getitem__, lambda control: control.octet),
            "address" / ADDRESS_FIELD,
            "client" / c.Int8ub,
        ),
        _head_of,
        lambda head: head,
    ),
)
_START = "start" / _required(c.Int8ub, "bad_start", lambda octet: octet == START, "68")
HEADER = c.Struct(_START, "head" / _HEAD)
_BODY = c.Struct(
    "head" / _HEAD,
    "user_data" / c.Bytes(lambda this: this.head.length - _FIXED - len(this.head.address.octets)),
)


def _decode(raw: c.Container) -> LinkFrame:
    head, data = raw.body.head, raw.body.user_data
    plain = data.translate(_UNSCRAMBLE) if head.control.scrambled else data
    return LinkFrame(head.control, head.address, head.client, plain)


def _encode(frame: LinkFrame) -> c.Container:
    length = _FIXED + len(frame.address.octets) + len(frame.user_data)
    if length > MAX_LENGTH:
        raise LocalProtocolError(f"{len(frame.user_data)} bytes of user data are too many for one frame: fragment them")
    data = frame.user_data.translate(_SCRAMBLE) if frame.control.scrambled else frame.user_data
    head = c.Container(length=length, control=frame.control, address=frame.address, client=frame.client)
    return c.Container(start=START, body=c.Container(head=head, user_data=data), end=END)


FRAME = Adapted(
    c.Struct(
        _START,
        "body" / Checked("bad_fcs", _BODY),
        "end" / _required(c.Int8ub, "bad_end", lambda octet: octet == END, "16"),
    ),
    _decode,
    _encode,
)


def _in_order(data: bytes) -> LinkFrame | None:
    """Read the frame that fills ``data`` if all of it is in order; None leaves the judgement to the declaration.

    To walk the declaration takes 50 times as long as the check sums, which are most of what is left here.
    """
    if look_at_header(data) != len(data) or look_at_end(data) is not None:
        return None
    return read_checked(data)


def read_checked(data: bytes) -> LinkFrame:
    """Read the frame that fills ``data``, in which neither of the two looks has found anything wrong."""
    begin = _HEADER + (data[4] & _SA_SIZE) + 1
    control, user_data = _CONTROLS[data[3]], data[begin:-_TAIL]
    if control.scrambled:
        user_data = user_data.translate(_UNSCRAMBLE)
    return LinkFrame(control, address_of(data[4], data[5 : begin - 3]), data[begin - 3], user_data)


def look_at_header(data: bytes) -> int | str:
    """Tell the size of the frame that begins ``data``, or the reason for which :func:`frame_size` refuses it.

    Nothing is told in words here, as a receiver looks at each byte of a noisy line: those who need them walk HEADER,
    which takes 50 µs.
    """
    there = len(data)
    if there and data[0] != START:
        return "bad_start"
    length = data[1] | data[2] << 8 if there >= _LENGTH_KNOWN else MIN_LENGTH
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        return "bad_length"
    begin = _HEADER + (data[4] & _SA_SIZE) + 1 if there >= _ADDRESS_KNOWN else MAX_HEADER
    if length < begin + 1 and there >= begin - _SUM:
        return "bad_length"
    if there < begin:
        return "truncated"
    return length + FRAME_OVERHEAD if x25(data[1:begin]) == _GOOD else "bad_hcs"


def look_at_end(data: bytes) -> str | None:
    """Tell what is wrong behind the header of a frame that fills ``data``; None if nothing is."""
    if x25(data[1:-1]) != _GOOD:
        return "bad_fcs"
    return None if data[-1] == END else "bad_end"


def frame_size(data: bytes) -> int:
    """Tell the size of the frame that begins ``data``, by its header; at most MAX_HEADER bytes are looked at.

    Raises RemoteProtocolError: ``truncated`` if the header is not complete, ``bad_start``, ``bad_length``,
    ``bad_hcs`` if no frame begins here.
    """
    found = look_at_header(data)
    if isinstance(found, int):
        return found
    try:
        header = HEADER.parse(data[:MAX_HEADER])
    except c.StreamError as error:
        raise RemoteProtocolError("truncated", "the header ends too early", offset=len(data)) from error
    size: int = header.head.length + FRAME_OVERHEAD
    return size


def parse_link(data: bytes) -> LinkFrame:
    """Read the one frame that fills ``data``.

    Raises RemoteProtocolError, in this order of checks: ``bad_start``, ``bad_length``, ``bad_hcs``,
    ``truncated``, ``trailing_bytes``, ``bad_fcs``, ``bad_end``.
    """
    frame = _in_order(data)
    if frame is not None:
        return frame
    size = frame_size(data)
    if len(data) < size:
        raise RemoteProtocolError(
            "truncated", f"{len(data)} of {size} bytes are there", offset=len(data), missing=size - len(data)
        )
    if len(data) > size:
        raise RemoteProtocolError("trailing_bytes", f"{len(data) - size} bytes follow the frame of {size}", offset=size)
    found: LinkFrame = walk(FRAME, data, "link frame")
    return found


def build_link(frame: LinkFrame) -> bytes:
    """Write a frame; raises LocalProtocolError if a field is out of range or the data too long."""
    try:
        return _built(frame)
    except UNFIT:
        return build_walking(FRAME, frame, "link frame")


def _built(frame: LinkFrame) -> bytes:
    """Write a frame whose fields are all in range; raises what Python raises for one where they are not."""
    octets, data = frame.address.octets, frame.user_data
    length = _FIXED + len(octets) + len(data)
    if length > MAX_LENGTH or type(data) is not bytes:
        raise ValueError
    if frame.control.scrambled:
        data = data.translate(_SCRAMBLE)
    ends = length & 0xFF, length >> 8, frame.control.octet, af_of(frame.address)
    head = bytes([*ends, *octets[::-1], frame.client])
    checked = head + x25(head).to_bytes(2, "little") + data
    return b"\x68" + checked + x25(checked).to_bytes(2, "little") + b"\x16"
