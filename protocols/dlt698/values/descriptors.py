"""What names and describes things on the wire: OAD, OMD, ROAD, CSD, TI, TSA, Scaler_Unit, SID, COMDCB.

Source: DL/T 698.45-2017, 数据类型. Texts are upper-case hex as in the standard's tables: ``00100200`` is
object 0010H, attribute 2, element 0 (all).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import construct as c

from protocols.dlt698.axdr import OCTETS, Adapted, Choice, SequenceOf, Typed
from protocols.dlt698.digits import address_digits, address_octets
from protocols.errors import LocalProtocolError

ATTRIBUTE_MASK = 0x1F
METER_ADDRESS_BYTES = 6
_EXTENDED_LOGICAL = 0x20  # bit 5 of AF: the later edition's extended logical address


def _four_bytes(text: str, what: str) -> tuple[int, int, int]:
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        octets = b""
    if len(octets) != 4:  # noqa: PLR2004  # an OAD is four bytes
        raise LocalProtocolError(f"{text!r} is no {what}: eight hex digits are needed, such as 00100200")
    return int.from_bytes(octets[:2], "big"), octets[2], octets[3]


@dataclass(frozen=True, slots=True)
class OAD:
    """Object attribute descriptor (对象属性描述符): OI, attribute byte, element index (0 = all)."""

    oi: int
    attribute: int
    index: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read eight hex digits; raises LocalProtocolError."""
        return cls(*_four_bytes(text, "OAD"))

    @property
    def number(self) -> int:
        """Attribute number 0..31 without the feature bits; 0 = all attributes of the object."""
        return self.attribute & ATTRIBUTE_MASK

    @property
    def feature(self) -> int:
        """Feature (属性特征) of a column linked to an event: 1, 2 before and after its start, 3, 4 its end."""
        return self.attribute >> 5

    def __str__(self) -> str:
        return f"{self.oi:04X}{self.attribute:02X}{self.index:02X}"


@dataclass(frozen=True, slots=True)
class OMD:
    """Object method descriptor (对象方法描述符): OI, method, operation mode (0)."""

    oi: int
    method: int
    mode: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read eight hex digits; raises LocalProtocolError."""
        return cls(*_four_bytes(text, "OMD"))

    def __str__(self) -> str:
        return f"{self.oi:04X}{self.method:02X}{self.mode:02X}"


@dataclass(frozen=True, slots=True)
class ROAD:
    """Record OAD (记录型对象属性描述符): a record table and the columns wanted of it."""

    oad: OAD
    oads: tuple[OAD, ...]


CSD = OAD | ROAD  # column selection descriptor (列选择描述符)


class TimeUnit(IntEnum):
    """Units of an interval (时间间隔)."""

    SECOND = 0
    MINUTE = 1
    HOUR = 2
    DAY = 3
    MONTH = 4
    YEAR = 5


@dataclass(frozen=True, slots=True)
class TI:
    """Interval (时间间隔): number and unit; units above 5 are kept as they came."""

    unit: int
    interval: int


@dataclass(frozen=True, slots=True)
class TSA:
    """Target server address (目标服务器地址): an AF-like byte, then the address in natural order.

    The length that the AF-like byte counts may disagree with the octets, which are the truth; they may be none. Six
    octets of which the first does not count the others are taken for an address without that byte.
    """

    octets: bytes

    @classmethod
    def of(cls, digits: str, logical: int = 0) -> Self:
        """Make one of a device's address digits, 1..32 of them, and its logical address 0 or 1.

        Raises LocalProtocolError.
        """
        address = address_octets(digits)
        if logical not in {0, 1}:
            raise LocalProtocolError(f"logical address {logical} of a TSA is neither 0 nor 1")
        return cls(bytes([logical << 4 | len(address) - 1]) + address)

    @property
    def af(self) -> int | None:
        """The AF-like byte, None if there is none."""
        return self.octets[0] if self.octets and not self._is_bare else None

    @property
    def logical(self) -> int:
        """Logical address (逻辑地址); in the extended form the last byte, as it goes first in the frame."""
        af = self.af or 0
        if af & _EXTENDED_LOGICAL:
            return self.octets[-1] if len(self.octets) > 1 else 0
        return af >> 4 & 1

    @property
    def digits(self) -> str:
        """Address digits in natural order, without the F that pads an odd number of them."""
        if self._is_bare:
            return address_digits(self.octets)
        return address_digits(self.octets[1:-1] if (self.af or 0) & _EXTENDED_LOGICAL else self.octets[1:])

    @property
    def key(self) -> tuple[str, int]:
        """What tells devices apart: (digits, logical address), as of the address field of a frame."""
        return self.digits, self.logical

    @property
    def _is_bare(self) -> bool:
        counted = self.octets[0] & 0x0F if self.octets else 0
        return len(self.octets) == METER_ADDRESS_BYTES and counted != METER_ADDRESS_BYTES - 2


@dataclass(frozen=True, slots=True)
class ScalerUnit:
    """Scaler_Unit (换算-单位): power of ten and unit code."""

    scaler: int
    unit: int


@dataclass(frozen=True, slots=True)
class SID:
    """Security identifier (安全标识): the ESAM's four-byte command header and its attached data."""

    identifier: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class SidMac:
    """SID and the MAC made with it."""

    sid: SID
    mac: bytes


@dataclass(frozen=True, slots=True)
class ComDcb:
    """Serial port settings (串口控制块): codes of baud rate, parity, data bits, stop bits, flow control."""

    baud: int
    parity: int
    bits: int
    stop: int
    flow: int


BAUD_9600_8E1 = ComDcb(6, 2, 8, 1, 0)
BAUD_2400_8E1 = ComDcb(3, 2, 8, 1, 0)

OAD_FIELD = Typed(OAD, "oi" / c.Int16ub, "attribute" / c.Int8ub, "index" / c.Int8ub)
OMD_FIELD = Typed(OMD, "oi" / c.Int16ub, "method" / c.Int8ub, "mode" / c.Int8ub)
ROAD_FIELD = Typed(ROAD, "oad" / OAD_FIELD, "oads" / SequenceOf(OAD_FIELD))
CSD_FIELD = Choice("CSD", {0: (OAD, OAD_FIELD), 1: (ROAD, ROAD_FIELD)})
RCSD_FIELD = SequenceOf(CSD_FIELD)
TI_FIELD = Typed(TI, "unit" / c.Int8ub, "interval" / c.Int16ub)
TSA_FIELD = Adapted(OCTETS, TSA, lambda tsa: tsa.octets)
SCALER_UNIT_FIELD = Typed(ScalerUnit, "scaler" / c.Int8sb, "unit" / c.Int8ub)
SID_FIELD = Typed(SID, "identifier" / c.Bytes(4), "data" / OCTETS)
SID_MAC_FIELD = Typed(SidMac, "sid" / SID_FIELD, "mac" / OCTETS)
COMDCB_FIELD = Typed(
    ComDcb, "baud" / c.Int8ub, "parity" / c.Int8ub, "bits" / c.Int8ub, "stop" / c.Int8ub, "flow" / c.Int8ub
)
