"""What a meter sent as texts: numbers exact and with their units, times in ISO form, everything else as it is shown."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

from protocols import dlt645, dlt698
from protocols.dissection import NOTHING, Language, Words, listed
from protocols.dlt645 import Faulty, Reading, Stamp, Value
from protocols.dlt645.inspect.values import state_bits, tell
from protocols.dlt645.items.values import Record
from protocols.dlt698 import OAD
from protocols.dlt698.inspect.plain import plain
from protocols.dlt698.objects import Item, Word, describe
from simulators.master.model import Part

__all__ = ["parts_of_attribute", "parts_of_reading"]

_APPENDED = Words("appended by the model", "厂家附加数据")


def parts_of_reading(reading: Reading, profile: dlt645.Profile) -> tuple[Part, ...]:
    """Give the values of a DL/T 645 item with their names."""
    identifier = reading.identifier
    if any(isinstance(value, Record) for value in reading.values):
        payload = dlt645.write_payload(identifier.di, *reading.values, profile=profile)
        return tuple(
            _part(part.label, part.value, profile) for part in dlt645.parts(identifier, payload) if not part.is_frame
        )
    labels = dlt645.labels(identifier, len(reading.values))
    parts = [_part(label, value, profile) for label, value in zip(labels, reading.values, strict=True)]
    words = dlt645.state_words(identifier.di, reading.values)
    if len(words) == len(parts):
        parts = [replace(part, meaning=_bits_set(word)) for part, word in zip(parts, words, strict=True)]
    if reading.tail:
        parts.append(Part(_APPENDED, reading.tail[::-1].hex().upper()))
    return tuple(parts)


def _bits_set(word: dlt645.StateWord | None) -> Words:
    """Say what the bits of a run state word mean that are set."""
    return listed([bit.meaning for bit in state_bits(word) if bit.is_set]) if word else NOTHING


def _part(label: dlt645.Label, value: Value, profile: dlt645.Profile) -> Part:
    name = Words(label.en, label.zh)
    match value:
        case None:
            return Part(name, None, label.unit)
        case Faulty():
            return Part(name, None, label.unit, fault=tell(value, label.unit, profile).said(Language.ENGLISH))
        case Decimal():
            return Part(name, f"{value:f}", label.unit)
        case Stamp():
            return Part(name, _stamp(value))
        case bytes():
            return Part(name, value.hex().upper())
        case _:
            return Part(name, str(value))


def _stamp(stamp: Stamp) -> str:
    """Write a time in ISO form, or its digits where they are none."""
    instant = stamp.instant()
    if instant is not None:
        return instant.isoformat() if "hh" in stamp.layout else instant.date().isoformat()
    if stamp.layout == "hhmmss":
        return ":".join(f"{stamp.part(pair):02d}" for pair in ("hh", "mm", "ss"))
    return stamp.digits


def parts_of_attribute(oad: OAD, value: dlt698.Value) -> tuple[Part, ...]:
    """Give the values of a DL/T 698.45 attribute with their names."""
    return tuple(_leaf(above, leaf) for above, leaf in describe(oad, value).leaves())


def _leaf(above: tuple[Word, ...], leaf: Item) -> Part:
    """Name a leaf by the way to it; the only one of a value is named by itself."""
    path = above or (Word(leaf.name, leaf.chinese),)
    name = Words(", ".join(word.en for word in path), " ".join(word.zh for word in path))
    return Part(name, _text(leaf), leaf.unit, meaning=listed([Words(*word) for word in leaf.words]))


def _text(leaf: Item) -> str | None:
    if leaf.value is None:
        return None
    if isinstance(leaf.value, Decimal):
        return f"{leaf.value:f}"
    if isinstance(leaf.value, str):
        return leaf.value
    shown = plain(leaf.raw)
    return None if shown is None else _flat(shown["value"])


def _flat(shown: Any) -> str | None:
    """Write the plain form of a value in one text: of a moment with its weekday the moment alone."""
    match shown:
        case None | str():
            return shown
        case {"t": moment} | {"d": moment}:
            return _flat(moment)
        case bool():
            return str(shown).lower()
        case list() | dict():
            return json.dumps(shown, ensure_ascii=False)
        case _:
            return str(shown)
