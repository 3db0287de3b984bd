"""What the object dictionary says of attributes and methods, in words."""

from decimal import Decimal
from functools import lru_cache

from protocols.dissection import NOTHING, Bit, Words, listed
from protocols.dlt698 import objects
from protocols.dlt698.objects import Fit, Item
from protocols.dlt698.values.descriptors import CSD, OMD, ROAD
from protocols.dlt698.values.value import NULL, DataType, Value

_MISSING = Words("missing", "缺")
_NONE_SET = Words("no bit set", "无置位")


@lru_cache(maxsize=1024)
def name_of(described: CSD | OMD) -> Words:
    """Name of an attribute, a method or a column, with its element and what it is to an event."""
    item = item_of(described, NULL)
    return Words(item.name, item.chinese)


def item_of(about: CSD | OMD, value: Value) -> Item:
    """Name and scale all parts of a value."""
    return objects.describe_column(about, value) if isinstance(about, ROAD) else objects.describe(about, value)


def tell_item(item: Item) -> Words:
    """Say what a value without members means, nothing where only itself can be told."""
    words = listed([Words(word.en, word.zh) for word in item.words])
    if words:
        return words
    if item.value is None:
        return NOTHING if item.raw.type is DataType.NULL else _MISSING
    if isinstance(item.value, Decimal):
        return Words(f"{item.value:f} {item.unit}".rstrip()) if item.is_scaled else NOTHING
    if item.raw.type is DataType.OCTET_STRING and isinstance(item.value, str):
        return Words(item.value)
    if item.raw.type is DataType.BIT_STRING and item.fit is Fit.LISTED and not any(map(int, item.raw.value)):
        return _NONE_SET
    return NOTHING


def item_bits(item: Item) -> tuple[Bit, ...]:
    """Say what the bits mean that are set in a bit-string."""
    if item.raw.type is not DataType.BIT_STRING or not item.words:
        return ()
    places = [place for place, bit in enumerate(item.raw.value) if bit == "1"]
    return tuple(
        Bit(f"bit {place}", "1", Words(word.en, word.zh)) for place, word in zip(places, item.words, strict=True)
    )
