"""Whole numbers of the wire as exact Decimals."""

from collections.abc import Mapping
from decimal import Context, Decimal

from protocols.dlt698.objects.formats import Scaling
from protocols.dlt698.objects.units import UNITS
from protocols.dlt698.values.descriptors import ScalerUnit
from protocols.dlt698.values.value import INTEGERS, DataType, Value

__all__ = ["BOUNDS", "MISSING", "number", "scaled", "scaling_of"]

_BITS = {
    DataType.INTEGER: 8,
    DataType.LONG: 16,
    DataType.DOUBLE_LONG: 32,
    DataType.LONG64: 64,
}
_UNSIGNED_BITS = {
    DataType.UNSIGNED: 8,
    DataType.ENUM: 8,
    DataType.LONG_UNSIGNED: 16,
    DataType.OI: 16,
    DataType.DOUBLE_LONG_UNSIGNED: 32,
    DataType.LONG64_UNSIGNED: 64,
}
BOUNDS: Mapping[DataType, range] = {
    **{kind: range(-(1 << bits - 1), 1 << bits - 1) for kind, bits in _BITS.items()},
    **{kind: range(1 << bits) for kind, bits in _UNSIGNED_BITS.items()},
}

MISSING: Mapping[DataType, int] = {
    DataType.DOUBLE_LONG_UNSIGNED: 0xFFFFFFFF,
    DataType.DOUBLE_LONG: 0x7FFFFFFF,
    DataType.LONG_UNSIGNED: 0xFFFF,
    DataType.LONG: 0x7FFF,
    DataType.LONG64_UNSIGNED: 0xFFFFFFFFFFFFFFFF,
    DataType.LONG64: 0x7FFFFFFFFFFFFFFF,
}  # what some terminals fill in where others send NULL

_EXACT = Context(prec=200)  # holds every scaled number of 64 bits, whatever the caller's context is


def number(value: Value) -> int | None:
    """Give the whole number of a value, None if it is missing: NULL, or all ones where that says so."""
    if value.type not in INTEGERS or value.value == MISSING.get(value.type):
        return None
    raw: int = value.value
    return raw


def scaled(raw: Decimal | int, scaler: int) -> Decimal:
    """Multiply by a power of ten without rounding."""
    return Decimal(raw).scaleb(scaler, _EXACT)


def scaling_of(device: ScalerUnit) -> Scaling:
    """Scaler and unit as a device told them; a unit that is none or not known is empty."""
    return Scaling(device.scaler, UNITS.get(device.unit, ""))
