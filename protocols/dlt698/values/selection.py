"""Which rows and which meters: Region, RSD, MS (区间, 行选择描述符, 电能表集合; DL/T 698.45-2017, 数据类型).

Selectors 1, 2, 3 and 9 are for the freeze and event tables of meters; 4 to 8 and 10 for a concentrator's task
records. The declarations are functions, as Region and some selectors hold Data of a bounded depth.
"""

from dataclasses import dataclass
from typing import Any

import construct as c

from protocols.dlt698.axdr import Adapted, Choice, SequenceOf, Typed
from protocols.dlt698.values.descriptors import OAD, OAD_FIELD, TI, TI_FIELD, TSA, TSA_FIELD
from protocols.dlt698.values.moments import DATE_TIME_S, DateTimeS
from protocols.dlt698.values.value import Value


@dataclass(frozen=True, slots=True)
class Region:
    """Interval of values; kind 0 = [a, b), 1 = (a, b], 2 = [a, b], 3 = (a, b)."""

    kind: int
    start: Value
    end: Value


@dataclass(frozen=True, slots=True)
class NoMeters:
    """MS 0: no meter."""


@dataclass(frozen=True, slots=True)
class AllMeters:
    """MS 1: all meters."""


@dataclass(frozen=True, slots=True)
class UserTypes:
    """MS 2: meters of these user types (用户类型)."""

    types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MeterAddresses:
    """MS 3: these meters."""

    addresses: tuple[TSA, ...]


@dataclass(frozen=True, slots=True)
class ConfigNumbers:
    """MS 4: meters by their number in the archive table 6000 (配置序号)."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UserTypeRegions:
    """MS 5: ranges of user types."""

    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class AddressRegions:
    """MS 6: ranges of addresses; the bounds are TSA values."""

    regions: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class ConfigNumberRegions:
    """MS 7: ranges of archive numbers."""

    regions: tuple[Region, ...]


MS = (
    NoMeters
    | AllMeters
    | UserTypes
    | MeterAddresses
    | ConfigNumbers
    | UserTypeRegions
    | AddressRegions
    | ConfigNumberRegions
)


@dataclass(frozen=True, slots=True)
class AllRows:
    """RSD 0: rows are not selected."""


@dataclass(frozen=True, slots=True)
class Selector1:
    """RSD 1: rows in which that column equals the value."""

    oad: OAD
    value: Value


@dataclass(frozen=True, slots=True)
class Selector2:
    """RSD 2: rows with start <= column < end, each or stepping by a TI (interval NULL: each)."""

    oad: OAD
    start: Value
    end: Value
    interval: Value


@dataclass(frozen=True, slots=True)
class Selector3:
    """RSD 3: rows for which all conditions hold."""

    conditions: tuple[Selector2, ...]


@dataclass(frozen=True, slots=True)
class Selector4:
    """RSD 4: records of these meters with that collection start time (采集启动时间)."""

    time: DateTimeS
    meters: MS


@dataclass(frozen=True, slots=True)
class Selector5:
    """RSD 5: records of these meters with that collection storage time (采集存储时间)."""

    time: DateTimeS
    meters: MS


@dataclass(frozen=True, slots=True)
class Selector6:
    """RSD 6: records of these meters with the collection start time in a range."""

    start: DateTimeS
    end: DateTimeS
    interval: TI
    meters: MS


@dataclass(frozen=True, slots=True)
class Selector7:
    """RSD 7: records of these meters with the collection storage time in a range."""

    start: DateTimeS
    end: DateTimeS
    interval: TI
    meters: MS


@dataclass(frozen=True, slots=True)
class Selector8:
    """RSD 8: records of these meters with the collection success time (采集成功时间) in a range."""

    start: DateTimeS
    end: DateTimeS
    interval: TI
    meters: MS


@dataclass(frozen=True, slots=True)
class Selector9:
    """RSD 9: the n-th last record (上第 n 次记录); use 1, as texts differ on more."""

    last: int


@dataclass(frozen=True, slots=True)
class Selector10:
    """RSD 10: the last n records of these meters."""

    last: int
    meters: MS


RSD = (
    AllRows
    | Selector1
    | Selector2
    | Selector3
    | Selector4
    | Selector5
    | Selector6
    | Selector7
    | Selector8
    | Selector9
    | Selector10
)


def region_field(data: Any) -> Any:
    """Declare Region over a declaration of Data."""
    return Typed(Region, "kind" / c.Int8ub, "start" / data, "end" / data)


def ms_field(data: Any) -> Any:
    """Declare MS over a declaration of Data."""
    regions = SequenceOf(region_field(data))
    return Choice(
        "MS",
        {
            0: (NoMeters, Adapted(c.Pass, lambda _: NoMeters(), lambda _: None)),
            1: (AllMeters, Adapted(c.Pass, lambda _: AllMeters(), lambda _: None)),
            2: (UserTypes, Typed(UserTypes, "types" / SequenceOf(c.Int8ub))),
            3: (MeterAddresses, Typed(MeterAddresses, "addresses" / SequenceOf(TSA_FIELD))),
            4: (ConfigNumbers, Typed(ConfigNumbers, "numbers" / SequenceOf(c.Int16ub))),
            5: (UserTypeRegions, Typed(UserTypeRegions, "regions" / regions)),
            6: (AddressRegions, Typed(AddressRegions, "regions" / regions)),
            7: (ConfigNumberRegions, Typed(ConfigNumberRegions, "regions" / regions)),
        },
    )


def rsd_field(data: Any) -> Any:
    """Declare RSD over a declaration of Data."""
    meters = "meters" / ms_field(data)
    at = ("time" / DATE_TIME_S, meters)
    span = ("start" / DATE_TIME_S, "end" / DATE_TIME_S, "interval" / TI_FIELD, meters)
    condition = Typed(Selector2, "oad" / OAD_FIELD, "start" / data, "end" / data, "interval" / data)
    return Choice(
        "RSD",
        {
            0: (AllRows, Adapted(c.Pass, lambda _: AllRows(), lambda _: None)),
            1: (Selector1, Typed(Selector1, "oad" / OAD_FIELD, "value" / data)),
            2: (Selector2, condition),
            3: (Selector3, Typed(Selector3, "conditions" / SequenceOf(condition))),
            4: (Selector4, Typed(Selector4, *at)),
            5: (Selector5, Typed(Selector5, *at)),
            6: (Selector6, Typed(Selector6, *span)),
            7: (Selector7, Typed(Selector7, *span)),
            8: (Selector8, Typed(Selector8, *span)),
            9: (Selector9, Typed(Selector9, "last" / c.Int8ub)),
            10: (Selector10, Typed(Selector10, "last" / c.Int8ub, meters)),
        },
    )
