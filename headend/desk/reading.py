"""Live answers as rows for people and programs: item, name, value, unit, or why there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from drivers.meter import Answer, Freeze, Phases, Refused, Registers, RelayState, Silent, Told
from headend.collect import plain_text, text_of
from headend.store import BUSINESS_ZONE
from protocols.dlt645 import Reading, labels, state_words
from protocols.dlt698 import OAD, Value
from protocols.dlt698.objects import describe

Pairs = Iterable[tuple[str, Any, str]]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One value of an item: its name and unit, the value as text; or the error. An item may have several rows."""

    item: str
    name: str
    value: str | None
    unit: str
    ok: bool
    error: str | None
    at: datetime | None = None


def rows_of(item: str, wanted: object, told: Answer[object]) -> list[ItemRow]:
    """Give the rows of an answer; one that brought no value has one row, with the reason."""
    if not isinstance(told, Told):
        return [not_read(item, why_not(told))]
    found = _pairs(wanted, told.value)
    return [_row(item, name, value, unit, told.at) for name, value, unit in found]


def not_read(item: str, error: str) -> ItemRow:
    """Give the row of an item that could not be read."""
    return ItemRow(item, item, None, "", ok=False, error=error)


def why_not(told: Refused | Silent) -> str:
    """Say why a meter gave no value."""
    match told:
        case Refused():
            return f"it refused: {told.reason.value} ({told.code})"
        case Silent():
            return f"it is silent: {told.reason.value}{f' ({told.detail})' if told.detail else ''}"


def relay_words(state: RelayState) -> dict[str, object]:
    """Tell of a relay in words of the business: what it is, and what it was last told to be."""
    return {
        "relay": "open" if state.open else "closed",
        "ordered": "open" if state.command_open else "closed",
        "keep_power": state.keep_power,
        "current_a": state.current,
        "voltage_v": state.voltage,
        "answered_by": state.address,
        "word": state.word,
    }


def _pairs(wanted: object, value: object) -> Pairs:
    if isinstance(value, Reading):
        return _of_645(value)
    if isinstance(value, Value) and isinstance(wanted, OAD):
        return _of_698(wanted, value)
    return _of_word(value)


def _of_word(value: object) -> Pairs:
    match value:
        case Registers(total=total, tariffs=tariffs):
            return _registers("forward active energy", total, tariffs)
        case Freeze(total=total, tariffs=tariffs, reverse=reverse, stamp=stamp):
            backward = [] if reverse is None else [("reverse active energy, frozen", reverse, "kWh")]
            stamped = [("time of the freeze", stamp, "")]
            return [*stamped, *_registers("forward active energy, frozen", total, tariffs), *backward]
        case Phases(voltages=voltages, currents=currents):
            fitted = [*_phases("voltage", voltages, "V"), *_phases("current", currents, "A")]
            return [(name, number, unit) for name, number, unit in fitted if number is not None]
        case RelayState():
            units = {"current_a": "A", "voltage_v": "V"}
            said = relay_words(value).items()
            return [(name.removesuffix("_a").removesuffix("_v"), told, units.get(name, "")) for name, told in said]
        case _:
            return [("clock", value, "")]


def _registers(name: str, total: Decimal | None, tariffs: tuple[Decimal, ...]) -> Pairs:
    parts = [(f"{name}, tariff {number}", value, "kWh") for number, value in enumerate(tariffs, 1)]
    return [(f"{name}, total", total, "kWh"), *parts]


def _phases(name: str, values: tuple[Decimal | None, ...], unit: str) -> Pairs:
    return [(f"{name}, phase {phase}", value, unit) for phase, value in zip("ABC", values, strict=False)]


def _of_645(reading: Reading) -> Pairs:
    words = state_words(reading.identifier.di, reading.values)
    named = labels(reading.identifier, len(reading.values))
    pairs = [
        (label.en, value if word is None else f"{word.value:04X}: {', '.join(word.flags)}", label.unit)
        for label, value, word in zip(named, reading.values, words or (None,) * len(named), strict=True)
    ]
    return [*pairs, *([("appended by the model", reading.tail[::-1], "")] if reading.tail else [])]


def _of_698(oad: OAD, value: Value) -> Pairs:
    item = describe(oad, value)
    return [
        (", ".join([item.name, *(word.en for word in above)]), text_of(leaf) or None, leaf.unit)
        for above, leaf in item.leaves()
    ]


def _row(item: str, name: str, value: object, unit: str, at: datetime) -> ItemRow:
    if value is None:
        return ItemRow(item, name, None, unit, ok=True, error="the meter has no value there", at=at)
    match value:
        case bool():
            text = "yes" if value else "no"
        case datetime():
            text = value.astimezone(BUSINESS_ZONE).isoformat()
        case _:
            text = plain_text(value)
    return ItemRow(item, name, text, unit, ok=True, error=None, at=at)


__all__ = ["ItemRow", "not_read", "relay_words", "rows_of", "why_not"]
