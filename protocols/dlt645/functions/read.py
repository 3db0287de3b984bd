"""11H read data (读数据), DL/T 645-2007, 7.2."""

from dataclasses import dataclass

from construct import Byte, GreedyBytes, Struct

from protocols.dlt645.functions.form import Form, stamp
from protocols.dlt645.wire.control import Function
from protocols.dlt645.wire.di import DI, IDENTIFIER
from protocols.dlt645.wire.stamp import Stamp


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """Ask for the item ``di``."""

    di: DI


@dataclass(frozen=True, slots=True)
class ReadBlocksRequest:
    """Ask for ``blocks`` load records (负荷记录) of the class ``di``."""

    di: DI
    blocks: int


@dataclass(frozen=True, slots=True)
class ReadBlocksSinceRequest:
    """Ask for ``blocks`` load records from ``since`` (YYMMDDhhmm) on."""

    di: DI
    blocks: int
    since: Stamp


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """Data of ``di``, masked off, in wire order; empty where a load record does not exist.

    ``more``: the item did not fit, and 12H fetches the rest.
    """

    di: DI
    payload: bytes
    more: bool = False


_BLOCKS = ("di" / IDENTIFIER, "blocks" / Byte)

FORMS = (
    Form(ReadRequest, Function.READ, False, Struct("di" / IDENTIFIER), {4}),
    Form(ReadBlocksRequest, Function.READ, False, Struct(*_BLOCKS), {5}),
    Form(
        ReadBlocksSinceRequest,
        Function.READ,
        False,
        Struct(*_BLOCKS, "since" / stamp("YYMMDDhhmm")),
        {10},
    ),
    Form(
        ReadAnswer,
        Function.READ,
        True,
        Struct("di" / IDENTIFIER, "payload" / GreedyBytes),
        range(4, 256),
        follows=True,
    ),
)
