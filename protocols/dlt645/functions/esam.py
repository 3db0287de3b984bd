"""Payloads that the security chip itself makes or takes: key updates (密钥更新), read-back (数据回抄)."""

from dataclasses import dataclass, field
from typing import Any

from construct import Bytes, ExprAdapter, Struct

from protocols.dlt645.functions.payload import PayloadForm, secret
from protocols.dlt645.wire.di import DI

KEY_UPDATES = (DI(0x070201FF), DI(0x070202FF), DI(0x070203FF))
"""Updates of the 2009 keys; the table of identifiers names which is which."""
READ_ESAM = DI(0x078001FF)
"""Read-back of data in the chip (数据回抄)."""


@dataclass(frozen=True, slots=True)
class UpdateKey:
    """Replace a key: key information (4), MAC (4), the key's ciphertext (32)."""

    info: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadEsam:
    """Read what the ``descriptor`` (8: file, offset, length of the chip) names."""

    descriptor: bytes


@dataclass(frozen=True, slots=True)
class ReadEsamAnswer:
    """The same descriptor, what it named, and a MAC (4) over that."""

    descriptor: bytes
    data: bytes = field(repr=False)
    mac: bytes = field(repr=False)


_AROUND_DATA = 12


def _data_size(context: dict[str, Any]) -> int:
    """Tell the bytes between descriptor and MAC, which nothing on the wire counts."""
    if context["_building"]:
        return len(context["data"])
    return int(context["_params"]["length"]) - _AROUND_DATA


_DATA = ExprAdapter(Bytes(_data_size), lambda wire, _: wire[::-1], lambda data, _: data[::-1])

FORMS = (
    PayloadForm(
        UpdateKey, KEY_UPDATES, False, Struct("info" / secret(4), "mac" / secret(4), "ciphertext" / secret(32)), 40
    ),
    PayloadForm(ReadEsam, (READ_ESAM,), False, Struct("descriptor" / secret(8)), 8),
    PayloadForm(
        ReadEsamAnswer,
        (READ_ESAM,),
        True,
        Struct("descriptor" / secret(8), "data" / _DATA, "mac" / secret(4)),
        _AROUND_DATA,
        open_ended=True,
    ),
)
