"""``Data`` as a typed frozen value (DL/T 698.45-2017, 数据类型).

``Value(type, value)`` keeps the type of the wire beside the Python value, so that what was read builds back:

====================  ==========================================================================
type                  value
====================  ==========================================================================
NULL                  None
ARRAY, STRUCTURE      tuple of Value
BOOL                  bool
integers, ENUM, OI    int
BIT_STRING            text of 0 and 1, bit 0 first
OCTET_STRING, MAC, RN bytes
VISIBLE_STRING, UTF8  str (bytes that are no ASCII or UTF-8 survive as Latin-1 or surrogates)
FLOAT32, FLOAT64      float
others                the class of :mod:`.moments`, :mod:`.descriptors` or :mod:`.selection` of that name
====================  ==========================================================================
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class DataType(IntEnum):
    """Type tags; the numbers between them are reserved."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOL = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DATE_TIME_S = 28
    OI = 80
    OAD = 81
    ROAD = 82
    OMD = 83
    TI = 84
    TSA = 85
    MAC = 86
    RN = 87
    REGION = 88
    SCALER_UNIT = 89
    RSD = 90
    CSD = 91
    MS = 92
    SID = 93
    SID_MAC = 94
    COMDCB = 95
    RCSD = 96


INTEGERS = frozenset(
    {
        DataType.DOUBLE_LONG,
        DataType.DOUBLE_LONG_UNSIGNED,
        DataType.INTEGER,
        DataType.LONG,
        DataType.UNSIGNED,
        DataType.LONG_UNSIGNED,
        DataType.LONG64,
        DataType.LONG64_UNSIGNED,
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """One Data: its type on the wire and its Python value (table in the module's docstring)."""

    type: DataType
    value: Any = None

    @property
    def elements(self) -> tuple["Value", ...]:
        """Members of an array or structure; none for everything else."""
        return self.value if self.type in {DataType.ARRAY, DataType.STRUCTURE} else ()


NULL = Value(DataType.NULL)


def array(*elements: Value) -> Value:
    """Make an array of Data."""
    return Value(DataType.ARRAY, elements)


def structure(*members: Value) -> Value:
    """Make a structure of Data."""
    return Value(DataType.STRUCTURE, members)


def unsigned(number: int) -> Value:
    """Make an unsigned, 0..255."""
    return Value(DataType.UNSIGNED, number)


def long_unsigned(number: int) -> Value:
    """Make a long-unsigned, 0..65535."""
    return Value(DataType.LONG_UNSIGNED, number)


def double_long_unsigned(number: int) -> Value:
    """Make a double-long-unsigned, 0..4294967295."""
    return Value(DataType.DOUBLE_LONG_UNSIGNED, number)
