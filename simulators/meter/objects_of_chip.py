"""Objects F100 and F101 of a simulated DL/T 698.45 meter: its security chip, and which protection it asks for."""

from collections.abc import Callable
from datetime import datetime, timedelta

from protocols.dlt698 import OAD, OMD, Dar, DataType, Value, array, double_long_unsigned, structure
from simulators.meter.esam698 import VALIDITY, Esam698
from simulators.meter.model import Meter

__all__ = ["CHIP_ATTRIBUTES", "CHIP_METHODS", "CHIP_SETTINGS", "SECURITY_OFF"]

MODE = OAD.parse("F1010200")
WORDS = OAD.parse("F1010300")
MINUTE = timedelta(minutes=1)


def _chip(meter: Meter) -> Esam698:
    assert meter.memory.chip is not None, "only a meter with a chip has these objects"
    return meter.memory.chip


def _octets(octets: bytes) -> Value:
    return Value(DataType.OCTET_STRING, octets)


def _minutes(time: timedelta) -> Value:
    return double_long_unsigned(time // MINUTE)


def _counters(meter: Meter, _: datetime) -> Value:
    chip = _chip(meter)
    return structure(*map(double_long_unsigned, (chip.associations, chip.reports, 0)))


def _explicit(meter: Meter, _: datetime) -> Value:
    words = sorted(_chip(meter).explicit.items())
    return array(*(structure(Value(DataType.OI, oi), Value(DataType.LONG_UNSIGNED, word)) for oi, word in words))


CHIP_ATTRIBUTES: dict[OAD, Callable[[Meter, datetime], Value]] = {
    OAD.parse("F1000200"): lambda meter, _: _octets(_chip(meter).serial),
    OAD.parse("F1000300"): lambda meter, _: _octets(_chip(meter).version),
    OAD.parse("F1000400"): lambda meter, _: _octets(_chip(meter).key_version),
    OAD.parse("F1000500"): lambda _, __: _minutes(VALIDITY),
    OAD.parse("F1000600"): lambda meter, now: _minutes(_chip(meter).remaining(now)),
    OAD.parse("F1000700"): _counters,
    MODE: lambda meter, _: Value(DataType.ENUM, _chip(meter).mode),
    WORDS: _explicit,
}
"""What can be read of the chip and of the protection that the meter asks for."""
SECURITY_OFF: dict[OAD, Callable[[Meter, datetime], Value]] = {MODE: lambda _, __: Value(DataType.ENUM, 0)}
"""What a meter without a chip tells of its protection."""


def _set_mode(meter: Meter, value: Value, _: datetime) -> Dar:
    if value.type is not DataType.ENUM:
        return Dar.TYPE_MISMATCH
    if value.value not in {0, 1}:
        return Dar.OUT_OF_RANGE
    _chip(meter).mode = value.value
    return Dar.SUCCESS


def _set_words(meter: Meter, value: Value, _: datetime) -> Dar:
    words = _words(value)
    if words is None:
        return Dar.TYPE_MISMATCH
    _chip(meter).explicit = words
    return Dar.SUCCESS


CHIP_SETTINGS: dict[OAD, Callable[[Meter, Value, datetime], Dar]] = {MODE: _set_mode, WORDS: _set_words}
"""What can be set of the protection."""


def _end(meter: Meter, _: Value, __: datetime) -> Dar:
    _chip(meter).end()
    return Dar.SUCCESS


def _add(meter: Meter, parameter: Value, now: datetime) -> Dar:
    return _add_many(meter, array(parameter), now)


def _add_many(meter: Meter, parameter: Value, _: datetime) -> Dar:
    words = _words(parameter)
    if words is None:
        return Dar.TYPE_MISMATCH
    _chip(meter).explicit |= words
    return Dar.SUCCESS


def _delete(meter: Meter, parameter: Value, _: datetime) -> Dar:
    if parameter.type is not DataType.OI:
        return Dar.TYPE_MISMATCH
    gone = _chip(meter).explicit.pop(parameter.value, None)
    return Dar.OBJECT_UNDEFINED if gone is None else Dar.SUCCESS


def _words(value: Value) -> dict[int, int] | None:
    """Read an array of structures of OI and word; None for anything else."""
    rows = [entry.elements for entry in value.elements]
    kinds = {tuple(member.type for member in row) for row in rows}
    if value.type is not DataType.ARRAY or kinds - {(DataType.OI, DataType.LONG_UNSIGNED)}:
        return None
    return {oi.value: word.value for oi, word in rows}


CHIP_METHODS: dict[OMD, Callable[[Meter, Value, datetime], Dar]] = {
    OMD.parse("F1000500"): _end,
    OMD.parse("F1017F00"): _add,
    OMD.parse("F1018000"): _delete,
    OMD.parse("F1018100"): _add_many,
}
"""The end of an association (协商失效), and words of F101 added and deleted."""
