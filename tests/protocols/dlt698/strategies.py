"""Hypothesis strategies for DL/T 698.45 values, APDUs and link frames, walked from their declarations.

So a declaration that is new has its strategy, and no field is forgotten by a test. ``WILD`` draws whatever the
layout can carry; ``TAME`` keeps to small numbers and well-formed addresses, as other implementations refuse
reserved values.
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import construct as c
from hypothesis import strategies as st

from protocols.dlt698 import TSA, Address, AddressKind, Apdu, Control, Dar, LinkFrame, Piid, ResultRecord, Value
from protocols.dlt698.apdu.common import DAR_FIELD, PIIDS, ClientApdu
from protocols.dlt698.apdu.error import ClientErrorResponse, ServerErrorResponse
from protocols.dlt698.apdu.get import GetMd5Response
from protocols.dlt698.apdu.link import LinkResponse, LinkResult, Verdict
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.apdu.release import ReleaseResponse
from protocols.dlt698.axdr import Adapted, Choice, Optionally, SequenceOf, Typed
from protocols.dlt698.values.data import _LEAVES, BitString, Data
from protocols.dlt698.values.descriptors import (
    BAUD_2400_8E1,
    BAUD_9600_8E1,
    COMDCB_FIELD,
    OAD_FIELD,
    RCSD_FIELD,
    TSA_FIELD,
)
from protocols.dlt698.values.selection import ms_field, region_field, rsd_field
from protocols.dlt698.values.value import DataType
from protocols.errors import ProtocolError

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "dlt698_vectors.json").read_text(encoding="utf-8"))

Strategy = st.SearchStrategy[Any]
_BOUNDS = {
    ">B": (0, 2**8 - 1),
    ">H": (0, 2**16 - 1),
    "<H": (0, 2**16 - 1),
    ">L": (0, 2**32 - 1),
    ">Q": (0, 2**64 - 1),
    ">b": (-(2**7), 2**7 - 1),
    ">h": (-(2**15), 2**15 - 1),
    ">l": (-(2**31), 2**31 - 1),
    ">q": (-(2**63), 2**63 - 1),
}


_CLIENTS_PIID = st.builds(Piid, st.integers(0, PIIDS - 1), high=st.booleans())
_KNOWN: Mapping[tuple[type, str], Strategy] = {
    **{(cls, "error"): st.sampled_from([1, 2, 255]) for cls in (ClientErrorResponse, ServerErrorResponse)},
    (ReleaseResponse, "result"): st.just(0),
    (GetMd5Response, "result"): st.binary(min_size=16, max_size=16) | st.sampled_from(Dar),
    **{(cls, "piid"): _CLIENTS_PIID for cls in (LinkResponse, ServerErrorResponse)},
    (LinkResponse, "verdict"): st.builds(Verdict, st.sampled_from(LinkResult), clock_trusted=st.booleans()),
}
"""Fields whose other values another implementation refuses."""


class _DrawnData(c.Construct):  # type: ignore[misc]  # construct ships no types
    """Stands for Data in a declaration: its values come from a strategy."""

    def __init__(self, inner: Strategy) -> None:
        super().__init__()
        self.inner = inner


class Draw:
    """Draws values that a declaration can build."""

    def __init__(self, *, tame: bool) -> None:
        self.tame = tame
        self._apdus: dict[type[Apdu], st.SearchStrategy[Apdu]] = {}
        self._makers: dict[type, Callable[[Any], Strategy]] = {
            _DrawnData: lambda item: item.inner,
            c.FormatField: lambda item: self._number(item.fmtstr),
            c.Bytes: lambda item: st.binary(min_size=item.length, max_size=item.length),
            c.Prefixed: lambda _: self._octets(),
            BitString: lambda _: st.text("01", max_size=40),
            SequenceOf: lambda item: st.lists(self.values(item.subcon), min_size=tame, max_size=3).map(tuple),
            Optionally: lambda item: st.none() | self.values(item.subcon),
            Choice: lambda item: st.one_of([self.values(one) for one in item.alternatives.values()]),
            Data: lambda _: self.datas,
            Typed: self._typed,
            Adapted: self._adapted,
        }

    def values(self, declaration: Any) -> Strategy:
        """Draw values of a declaration."""
        if declaration is c.Pass:
            return st.none()
        if self.tame and declaration is TSA_FIELD:
            return st.text("0123456789", min_size=2, max_size=12).map(TSA.of)
        if self.tame and declaration is COMDCB_FIELD:
            return st.sampled_from([BAUD_2400_8E1, BAUD_9600_8E1])
        return next(make(declaration) for kind, make in self._makers.items() if isinstance(declaration, kind))

    @cached_property
    def datas(self) -> st.SearchStrategy[Value]:
        """Draw Data of a few levels."""
        kinds = [kind for kind in _LEAVES if not self.tame or kind is not DataType.UTF8_STRING]
        leaves = st.one_of([st.builds(Value, st.just(kind), self.values(_LEAVES[kind])) for kind in kinds])
        return st.recursive(leaves, self._containers, max_leaves=6)

    def apdus(self, cls: type[Apdu]) -> st.SearchStrategy[Apdu]:
        """Draw APDUs of one class."""
        if cls not in self._apdus:
            self._apdus[cls] = self.values(CLASSES[cls])
        return self._apdus[cls]

    def _containers(self, inner: Strategy) -> Strategy:
        listed = st.builds(
            Value,
            st.sampled_from([DataType.ARRAY, DataType.STRUCTURE]),
            st.lists(inner, max_size=3).map(tuple),
        )
        if self.tame:
            return listed
        data = _DrawnData(inner)
        selecting = {
            DataType.REGION: region_field(data),
            DataType.RSD: rsd_field(data),
            DataType.MS: ms_field(data),
        }
        return st.one_of(
            [listed, *(st.builds(Value, st.just(kind), self.values(item)) for kind, item in selecting.items())]
        )

    def _number(self, fmtstr: str) -> Strategy:
        if fmtstr in {">f", ">d"}:
            return st.floats(width=32, allow_nan=False)
        return st.integers(0, 3) if self.tame else st.integers(*_BOUNDS[fmtstr])

    def _octets(self) -> Strategy:
        long = st.binary(min_size=126, max_size=130)
        return st.text("abc", min_size=1, max_size=8).map(str.encode) if self.tame else st.binary(max_size=8) | long

    def _typed(self, declaration: Typed) -> Strategy:
        if declaration.cls is ResultRecord:
            return self._records()
        fields = {name: self._field(declaration.cls, name, item) for name, item in declaration.fields}
        return st.fixed_dictionaries(fields).map(lambda drawn: declaration.cls(**drawn))

    def _field(self, cls: type, name: str, declaration: Any) -> Strategy:
        if not self.tame:
            return self.values(declaration)
        if name == "piid" and issubclass(cls, ClientApdu):
            return _CLIENTS_PIID
        if name == "timeout":
            return st.integers(1, 3)
        return _KNOWN[cls, name] if (cls, name) in _KNOWN else self.values(declaration)

    def _adapted(self, adapter: Any) -> Strategy:
        if isinstance(adapter.subcon, c.FormatField) and adapter.subcon.fmtstr == ">B":
            decoded = [adapter.decode(raw) for raw in range(256) if _decodes(adapter, raw)]
            return st.sampled_from(list(dict.fromkeys(decoded)))
        raws = self.values(adapter.subcon).filter(lambda raw: _decodes(adapter, raw))
        return raws.map(adapter.decode)

    def _records(self) -> Strategy:
        @st.composite
        def record(draw: st.DrawFn) -> ResultRecord:
            columns = draw(self.values(RCSD_FIELD))
            row = st.tuples(*[self.datas for _ in columns])
            rows = st.lists(row, max_size=3 if columns else 0).map(tuple)
            return ResultRecord(draw(self.values(OAD_FIELD)), columns, draw(self.values(DAR_FIELD) | rows))

        return record()


def _decodes(adapter: Any, raw: Any) -> bool:
    try:
        adapter.decode(raw)
    except ProtocolError:
        return False
    return True


def _classes() -> dict[type[Apdu], Any]:
    found: dict[type[Apdu], Any] = {}
    for declaration in APDU.alternatives.values():
        kinds = declaration.alternatives.values() if isinstance(declaration, Choice) else (declaration,)
        found.update({item.cls: item for item in kinds})
    return found


CLASSES = _classes()
WILD = Draw(tame=False)
TAME = Draw(tame=True)

any_apdu: st.SearchStrategy[Apdu] = st.sampled_from(sorted(CLASSES, key=lambda cls: cls.__name__)).flatmap(WILD.apdus)
controls = st.integers(0, 255).map(Control.of)
addresses = st.builds(Address, st.sampled_from(AddressKind), st.binary(min_size=1, max_size=16), st.integers(0, 3))
link_frames = st.builds(LinkFrame, controls, addresses, st.integers(0, 255), st.binary(max_size=200))
good_frames = [bytes.fromhex(vector["hex"]) for vector in VECTORS if "link" in vector["decoded"]]
