"""The object dictionary (对象标识) of DL/T 698.45, and what the status words of a meter say."""

from protocols.dlt698.objects.dictionary import (
    Entry,
    Quantity,
    attribute,
    known_attributes,
    method,
    number,
    quantities,
)
from protocols.dlt698.objects.states import BITS, RelayWord, relay_word, set_bits

__all__ = [
    "BITS",
    "Entry",
    "Quantity",
    "RelayWord",
    "attribute",
    "known_attributes",
    "method",
    "number",
    "quantities",
    "relay_word",
    "set_bits",
]
