"""A-XDR (DL/T 698.45-2017, 数据类型编码规则): the words that every layout is declared in, and how they are read."""

from protocols.dlt698.axdr.reading import parse, reads
from protocols.dlt698.axdr.words import (
    LENGTH,
    OCTETS,
    Adapted,
    Choice,
    Length,
    Optionally,
    SequenceOf,
    Typed,
    build_walking,
    read,
    remaining,
    walk,
)
from protocols.dlt698.axdr.writing import build, writer, writes

__all__ = [
    "LENGTH",
    "OCTETS",
    "Adapted",
    "Choice",
    "Length",
    "Optionally",
    "SequenceOf",
    "Typed",
    "build",
    "build_walking",
    "parse",
    "read",
    "reads",
    "remaining",
    "walk",
    "writer",
    "writes",
]
