"""Members of identifier families that the table shows only by example, DL/T 645-2007, annex A.

A family varies one byte of the identifier: the tariff (DI1 of classes 00 and 01), the settlement period
(DI0 of these), the order of a harmonic (DI0 of class 02), the record or freeze counted back from the last one
(DI0 of classes 03, 05, 10 to 20), or the number of a holiday, display item, price or step (DI0 of class 04). A
member takes format, unit, sign and access of the row it is derived from and gets its own number in the names.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from protocols.dlt645.items.item import Identifier
from protocols.dlt645.wire.di import DI

Rows = Callable[[DI], Identifier | None]

_ENERGY, _DEMAND, _VARIABLES, _EVENTS, _PARAMETERS, _FREEZES = range(6)
_PREPAID = 0x90
_BLOCK = 0xFF
_MAX_TARIFF = 0x3F
_MAX_PERIOD = 0x0C

_HARMONICS = {0x0A, 0x0B}
_MAX_ORDER = 0x15
_EVENT_RECORDS = 0x0A
_STATISTICS = 0x10
_OBJECT_EVENTS = range(0x10, 0x21)
_FREEZE_RECORDS = {0x00: 60, 0x01: 3, 0x04: 254, 0x06: 62}
_SWITCH_RECORDS = 2
_PARAMETER_COUNTS = {0x03: 0xFE, 0x04: 0xFE, 0x05: _MAX_TARIFF, 0x06: _MAX_TARIFF}


def derive(di: DI, rows: Rows) -> Identifier | None:
    """Member of a family by the rows that exist, None where ``di`` belongs to none."""
    if di.di3 in {_ENERGY, _DEMAND}:
        return _of_period(di, rows) if di.di2 != _PREPAID else None
    if not 1 < di.di0 <= _kept(di):
        return None
    first = rows(_at(di, di0=1))
    return _numbered(first, di, di.di0) if first else None


def _kept(di: DI) -> int:
    """How many members the family of an identifier has beside its first."""
    if di.di3 == _FREEZES:
        return _FREEZE_RECORDS.get(di.di2, _SWITCH_RECORDS)
    if di.di3 == _PARAMETERS:
        return _PARAMETER_COUNTS.get(di.di2, 0)
    if di.di3 == _VARIABLES:
        return _MAX_ORDER if di.di2 in _HARMONICS else 0
    if di.di3 == _EVENTS:
        return _MAX_PERIOD if di.di2 == _STATISTICS else _EVENT_RECORDS
    return _EVENT_RECORDS if di.di3 in _OBJECT_EVENTS and di.di1 else 0


def _of_period(di: DI, rows: Rows) -> Identifier | None:
    """Energy or demand of the present or of one of the twelve settlement periods before it."""
    if di.di0 == 0:
        return _of_tariff(di, rows)
    if di.di0 == _BLOCK and di.di1 != _BLOCK:
        return _of_all_periods(di, rows)
    if di.di0 > _MAX_PERIOD:
        return None
    last = rows(_at(di, di0=1))
    if last:
        return _numbered(last, di, di.di0)
    now = rows(_at(di, di0=0)) or _of_tariff(_at(di, di0=0), rows)
    if now is None:
        return None
    return replace(
        now,
        di=di,
        name_en=now.name_en.replace(", now", f", {_back(di.di0)} settlement day"),
        name_zh=now.name_zh.replace("(当前)", f"(上{di.di0}结算日)"),
    )


def _of_all_periods(di: DI, rows: Rows) -> Identifier | None:
    """One item now and at each settlement day before, in one block."""
    now = rows(_at(di, di0=0)) or _of_tariff(_at(di, di0=0), rows)
    if now is None:
        return None
    return replace(
        now,
        di=di,
        name_en=now.name_en.replace(", now", ", block now and settlement days").replace("current", "current and past"),
        name_zh=now.name_zh.replace("(当前)", "(当前及各结算日)") + "数据块",
        format=_repeated(now.format),
    )


def _of_tariff(di: DI, rows: Rows) -> Identifier | None:
    """Present energy or demand of one tariff, or the block of total and tariffs, by the total's row."""
    total = rows(_at(di, di1=0))
    if total is None or ", total," not in total.name_en:
        return None
    if di.di1 == _BLOCK:
        return replace(
            total,
            di=di,
            name_en=total.name_en.replace(", total,", ", block total+tariffs,"),
            name_zh=total.name_zh.replace("总", "") + "数据块",
            format=_repeated(total.format),
        )
    if di.di1 > _MAX_TARIFF:
        return None
    return replace(
        total,
        di=di,
        name_en=total.name_en.replace(", total,", f", T{di.di1},"),
        name_zh=total.name_zh.replace("总", f"费率{di.di1}"),
    )


def _repeated(form: str) -> str:
    return f"({form})*" if "+" in form else f"{form}*"


def _numbered(first: Identifier, di: DI, number: int) -> Identifier:
    """Give the family's first row the number of another member."""
    if di.di3 in {_VARIABLES, _PARAMETERS}:
        return replace(
            first, di=di, name_en=_counted_en(first.name_en, number), name_zh=_counted_zh(first.name_zh, number)
        )
    return replace(
        first,
        di=di,
        name_en=re.sub(r"\blast\b", _back(number), first.name_en, count=1),
        name_zh=re.sub(r"上1(次|月|结算日|\))", rf"上{number}\g<1>", first.name_zh, count=1),
    )


def _counted_en(name: str, number: int) -> str:
    name = re.sub(r"\bT1( sharp)?", f"T{number}", name)
    return re.sub(r"(holiday|, step|, price|order|^item) 1\b", rf"\g<1> {number}", name)


def _counted_zh(name: str, number: int) -> str:
    name = re.sub(r"第1(次|公共|阶梯|屏)", rf"第{number}\g<1>", name)
    name = re.sub(r"费率1\(尖\)|费率1", f"费率{number}", name)
    return re.sub(r"阶梯电价1$", f"阶梯电价{number}", name)


def _back(number: int) -> str:
    """Say how far back a record is: last, 2nd last, 3rd last."""
    if number == 1:
        return "last"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 % 10 != 1 else "th"
    return f"{number}{ending} last"


def _at(di: DI, *, di1: int | None = None, di0: int | None = None) -> DI:
    return DI.of(di.di3, di.di2, di.di1 if di1 is None else di1, di.di0 if di0 is None else di0)
