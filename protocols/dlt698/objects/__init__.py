"""The object dictionary (对象标识) of DL/T 698.45: what values are made of, what they are called and mean."""

from protocols.dlt698.objects.dictionary import Entry, attribute, entry, interface_class, known_attributes, method
from protocols.dlt698.objects.numbers import number, scaled
from protocols.dlt698.objects.quantities import Quantity, quantities
from protocols.dlt698.objects.reading import Fit, Item, describe, describe_column, meter_digits
from protocols.dlt698.objects.states import BITS, RelayWord, relay_word, set_bits
from protocols.dlt698.objects.words import Word, feature
from protocols.dlt698.objects.writing import compose

__all__ = [
    "BITS",
    "Entry",
    "Fit",
    "Item",
    "Quantity",
    "RelayWord",
    "Word",
    "attribute",
    "compose",
    "describe",
    "describe_column",
    "entry",
    "feature",
    "interface_class",
    "known_attributes",
    "meter_digits",
    "method",
    "number",
    "quantities",
    "relay_word",
    "scaled",
    "set_bits",
]
