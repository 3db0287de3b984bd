"""12H read follow-up data (读后续数据), DL/T 645-2007, 7.3."""

from dataclasses import dataclass
from typing import Any

from construct import Byte, Bytes, Struct

from protocols.dlt645.functions.form import Form
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER

FIRST_SEQ = 1
LAST_SEQ = 255
_FIXED = 5


@dataclass(frozen=True, slots=True)
class ReadNextRequest:
    """Ask for part ``seq`` (1..255) of the item ``di`` behind the answer to 11H."""

    di: DI
    seq: int


@dataclass(frozen=True, slots=True)
class ReadNextAnswer:
    """Part ``seq`` of ``di``; on the wire ``seq`` is the last byte. ``more``: another part follows."""

    di: DI
    payload: bytes
    seq: int
    more: bool = False


def _payload_size(context: dict[str, Any]) -> int:
    """Tell the bytes between the identifier and SEQ, which nothing on the wire counts."""
    if context["_building"]:
        return len(context["payload"])
    return int(context["_params"]["length"]) - _FIXED


FORMS = (
    Form(ReadNextRequest, Function.READ_NEXT, False, Struct("di" / IDENTIFIER, "seq" / Byte), {_FIXED}),
    Form(
        ReadNextAnswer,
        Function.READ_NEXT,
        True,
        Struct(
            "di" / IDENTIFIER,
            "payload" / Bytes(_payload_size),
            "seq" / Byte,
        ),
        range(_FIXED, 256),
        follows=True,
    ),
)
