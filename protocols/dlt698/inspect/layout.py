"""The parts of an APDU as fields: places from the trace, names of the layouts, values in words."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from protocols.dissection import NOTHING, Bit, Dissection, Fault, Inner, Words, Writer, counted, listed
from protocols.dlt698.apdu.common import PIID_FIELD, ServerApdu
from protocols.dlt698.apdu.conformance import Conformance
from protocols.dlt698.apdu.link import LinkRequest, Verdict
from protocols.dlt698.apdu.proxy import ProxyTransRequest, ProxyTransResponse
from protocols.dlt698.apdu.report import ReportTransNotification
from protocols.dlt698.apdu.security import Plaintext
from protocols.dlt698.axdr import Choice, Optionally, SequenceOf, Typed
from protocols.dlt698.axdr.trace import Part, Trace
from protocols.dlt698.inspect import causes
from protocols.dlt698.inspect.bits import conformance_bits, piid_bits, verdict_bits
from protocols.dlt698.inspect.declared import is_rows, trace_apdu
from protocols.dlt698.inspect.meaning import item_bits, item_of, name_of, tell_item
from protocols.dlt698.inspect.values import alternative, tell, tell_value, type_words
from protocols.dlt698.inspect.words import UNITS, code_name, element_name, kind_name, numbered, part_name, service_name
from protocols.dlt698.objects import Fit, Item
from protocols.dlt698.values.data import Data
from protocols.dlt698.values.descriptors import CSD, OAD, OMD, TI, ComDcb, ScalerUnit
from protocols.dlt698.values.moments import Date, DateTime, DateTimeS, Time
from protocols.dlt698.values.value import DataType, Value

Open = Callable[[bytes], Dissection | None]
"""Takes bytes apart that an APDU forwards; None where they are no frame."""

_SINGLE = (OAD, OMD, TI, ComDcb, ScalerUnit, DateTimeS, DateTime, Date, Time)
"""Classes that are one field, whatever they are made of."""
_CARRIERS = {(ProxyTransRequest, "frame"), (ProxyTransResponse, "result"), (ReportTransNotification, "frames")}
"""Fields of layouts that forward frames."""
_FORWARD = OMD(0xF209, 127)
"""The method of a PLC or RF module that forwards a frame, and returns the answer."""
_BLOCKS = {field.name for field in fields(Conformance) if field.type is bytes}
"""Fields of CONNECT that are blocks of bits."""
_LISTS = {DataType.ARRAY, DataType.STRUCTURE}
_ABSENT = Words("absent", "无")
_PRESENT = Words("present", "有")
_ROW = Words("row", "行")


@dataclass(frozen=True, slots=True)
class _At:
    """Where in an APDU: how deep, what a Data there is about, whether it carries a frame, what stands before a name.

    Inside of a Data ``item`` is what the dictionary says of it.
    """

    depth: int = 0
    about: CSD | OMD | None = None
    item: Item | None = None
    carries: bool = False
    mark: Words = NOTHING

    def below(self, **changes: Any) -> "_At":
        """One level deeper."""
        return replace(self, depth=self.depth + 1, mark=NOTHING, **changes)

    def named(self, name: Words) -> Words:
        """Put the mark in front of a name."""
        return self.mark.then(name, " ") if self.mark else name


class Layout:
    """Writes an APDU down; ``is_opened`` = it came out of a SECURITY, and what it protects itself stays closed."""

    def __init__(self, writer: Writer, open_frame: Open, *, is_opened: bool = False) -> None:
        self.writer = writer
        self._open = open_frame
        self._is_opened = is_opened
        self.inner: list[Inner] = []
        self.misfits: list[Item] = []
        """Values of another type than the dictionary's."""
        self.opened: Trace | None = None
        """The APDU that a SECURITY has in clear."""

    def write(self, trace: Trace, at: int = 0, *, is_cut: bool = False) -> None:
        """Write all bytes of an APDU, ``at`` levels deep; one that is known to be cut off has no fault of its own."""
        self._part(trace.root, part_name("service"), _At(at))
        data = self.writer.data
        self.writer.add(trace.end, len(data), part_name("unread"), counted(len(data) - trace.end, "bytes", "字节"))
        if trace.problem is not None and not (is_cut and trace.problem.reason == "truncated"):
            self.writer.faults.append(_fault(trace, self.writer))

    def _part(self, part: Part, name: Words, at: _At) -> None:
        match part.declaration:
            case Data():
                self._data(part, name, at)
            case Choice():
                self._choice(part, name, at)
            case Optionally():
                self._optional(part, name, at)
            case SequenceOf():
                self._sequence(part, name, at)
            case Typed(cls=cls) if cls not in _SINGLE:
                self._typed(part, at)
            case declaration if is_rows(declaration):
                self._rows(part, at)
            case _:
                self._leaf(part, name, at)

    def _add(self, start: int, end: int, name: Words, value: Words, at: _At, **more: Any) -> None:
        self.writer.add(start, end, at.named(name), value, depth=at.depth, **more)

    def _leaf(self, part: Part, name: Words, at: _At) -> None:
        value = part.value
        if at.carries and isinstance(value, bytes) and self._inside(part, name, at):
            return
        told = tell(value) if part.is_whole else NOTHING
        if part.name == "octets" and part.is_whole:
            told = counted(len(value), "bytes", "字节")
        if part.name in UNITS and isinstance(value, int):
            told = told.then(UNITS[part.name])
        bits = self._bits(part)
        is_key = isinstance(value, OAD | OMD | DateTimeS)
        self._add(part.start, part.end, name, told, at, bits=bits, is_key=is_key)

    def _bits(self, part: Part) -> tuple[Bit, ...]:
        if not part.is_whole:
            return ()
        octet = self.writer.data[part.start] if part.end > part.start else 0
        if part.declaration is PIID_FIELD:
            return piid_bits(octet, has_acd=part.name == "piid_acd")
        if part.name in _BLOCKS:
            return conformance_bits(part.name, part.value)
        return verdict_bits(octet) if isinstance(part.value, Verdict) else ()

    def _typed(self, part: Part, at: _At) -> None:
        cls = part.declaration.cls
        about, mark = at.about, at.mark
        for child in part.parts:
            if isinstance(child.value, OAD | OMD) and child.name in {"oad", "omd"}:
                about = child.value
            code = code_name(child.value, child.name, cls)
            is_returned = isinstance(about, OMD) and child.name == "data"  # the dictionary has parameters only
            carries = at.carries or _carries(cls, child.name, about)
            here = replace(at, about=None if is_returned else about, mark=mark, carries=carries)
            mark = NOTHING
            if code:
                told = Words(str(child.value)).then(code, ": ")
                self._add(child.start, child.end, part_name(child.name, cls.__name__), told, here, is_key=True)
            elif cls is Plaintext and child.is_whole and not self._is_opened:
                self._clear(child, here)
            elif child.name == "piid" and issubclass(cls, ServerApdu | LinkRequest):
                self._part(replace(child, name="piid_acd"), part_name("piid_acd"), here)
            else:
                self._part(child, part_name(child.name, cls.__name__), here)

    def _clear(self, part: Part, at: _At) -> None:
        """Write the APDU that a SECURITY has in clear."""
        begin = part.end - len(part.value)
        self._add(part.start, begin, part_name("apdu", "Plaintext"), counted(len(part.value), "bytes", "字节"), at)
        writer = self.writer
        data = writer.data[begin : part.end]
        wire = writer.wire[begin : part.end] if writer.is_masked else data
        inside = Layout(Writer(wire, data, writer.offset + begin), self._open, is_opened=True)
        self.opened = trace_apdu(data)
        inside.write(self.opened, at.depth + 1)
        writer.fields += inside.writer.fields
        writer.faults += inside.writer.faults
        self.inner += inside.inner
        self.misfits += inside.misfits

    def _choice(self, part: Part, name: Words, at: _At) -> None:
        declaration = part.declaration
        choice, *rest = part.parts
        cls = _chosen(declaration, choice.value)
        if declaration.reason == "unknown_tag":
            told = service_name(cls.service) if cls else NOTHING
            self._add(choice.start, choice.end, part_name("service"), told, at, is_key=True)
        elif declaration.reason == "unknown_kind":
            told = Words(f"{choice.value}: {cls.__name__}").then(kind_name(cls), ", ") if cls else NOTHING
            self._add(choice.start, choice.end, part_name("kind"), told, at)
        elif rest and _is_leaf(rest[0]) and not (at.carries and isinstance(rest[0].value, bytes)):
            whole = replace(rest[0], start=choice.start)
            self._leaf(whole, name, at)
            return
        else:
            self._add(choice.start, choice.end, name, alternative(cls), at)
            has_fields = any(isinstance(each.declaration, Typed) for each in rest)
            at = at.below() if has_fields else replace(at, mark=NOTHING)
            name = part_name("value")
        for each in rest:
            self._part(each, name, at)

    def _optional(self, part: Part, name: Words, at: _At) -> None:
        present, *rest = part.parts
        told = {0: _ABSENT, 1: _PRESENT}.get(present.value, NOTHING)
        self._add(present.start, present.end, name, told, at)
        for each in rest:
            self._part(each, part_name("value") if isinstance(each.declaration, Data) else name, at.below())

    def _sequence(self, part: Part, name: Words, at: _At) -> None:
        count, *rest = part.parts
        told = Words(str(count.value)) if count.is_whole else NOTHING
        self._add(count.start, count.end, name, told, at)
        for number, each in enumerate(rest, 1):
            if _is_leaf(each) or isinstance(each.declaration, Choice):
                self._part(each, numbered(element_name(part.name, name), number), at.below())
            else:
                self._part(each, name, replace(at.below(), mark=Words(f"{number}.")))

    def _rows(self, part: Part, at: _At) -> None:
        count, *rest = part.parts
        told = counted(count.value, "rows", "条记录") if count.is_whole else NOTHING
        self._add(count.start, count.end, part_name("table_rows"), told, at)
        for number, row in enumerate(rest, 1):
            mark = _ROW.then(Words(f"{number}:"))
            for cell, column in zip(row.parts, row.declaration.columns, strict=False):
                self._part(cell, name_of(column), replace(at.below(), about=column, mark=mark))

    def _data(self, part: Part, name: Words, at: _At) -> None:
        kind, *rest = part.parts
        if not rest:
            self._add(part.start, part.end, name, NOTHING, at)
            return
        (body,) = rest
        tag = DataType(kind.value)
        if at.about is not None and part.is_whole:
            at = replace(at, item=item_of(at.about, part.value), about=None)
            self._judge(at.item)
        if tag in _LISTS:
            self._list(part, tag, name, at)
        elif _is_leaf(body):
            self._single(part, name, at)
        else:
            self._add(kind.start, kind.end, name, type_words(tag), at)
            self._part(body, part_name("value"), at.below())

    def _list(self, part: Part, tag: DataType, name: Words, at: _At) -> None:
        kind, body = part.parts
        count, *elements = body.parts
        what = ("elements", "个元素") if tag is DataType.ARRAY else ("members", "个成员")
        told = listed([type_words(tag), counted(count.value, *what)]) if count.is_whole else type_words(tag)
        self._add(kind.start, count.end, name, told, at)
        usual = part_name("element" if tag is DataType.ARRAY else "member")
        members = at.item.members if at.item and len(at.item.members) == len(elements) else ()
        for place, element in enumerate(elements):
            item = members[place] if members else None
            called = Words(item.name, item.chinese) if item else numbered(usual, place + 1)
            self._part(element, called, at.below(about=None, item=item))

    def _single(self, part: Part, name: Words, at: _At) -> None:
        value, item = part.value, at.item
        if not part.is_whole:
            self._add(part.start, part.end, name, type_words(DataType(part.parts[0].value)), at)
        elif not (at.carries and value.type is DataType.OCTET_STRING and self._inside(part, name, at)):
            bits = item_bits(item) if item else ()
            self._add(part.start, part.end, name, told_data(value, item), at, bits=bits, is_key=item is not None)

    def _judge(self, item: Item | None) -> None:
        """Take note of what the dictionary expects otherwise."""
        if item is not None and item.fit is Fit.OTHER:
            self.misfits.append(item)
        for member in item.members if item else ():
            self._judge(member)

    def _inside(self, part: Part, name: Words, at: _At) -> bool:
        """Write the frame that an octet-string carries in its place; tells whether it is one."""
        octets = part.value.value if isinstance(part.value, Value) else part.value
        found = self._open(octets)
        if found is None:
            return False
        begin, writer = part.end - len(octets), self.writer
        told = counted(len(octets), "bytes forwarded", "字节透明转发")
        self._add(part.start, begin, name, told, at)
        for field in found.fields:
            start, end = begin + field.offset, begin + field.end
            plain = (field.plain or field.wire) if writer.is_masked else field.plain
            writer.fields.append(
                replace(
                    field,
                    offset=writer.offset + start,
                    wire=writer.wire[start:end],
                    plain=plain,
                    depth=field.depth + at.depth + 1,
                )
            )
        moved = found.moved(writer.offset + begin)
        writer.faults += moved.faults
        self.inner.append(Inner(writer.offset + begin, octets, moved))
        return True


def _carries(cls: type, name: str, about: CSD | OMD | None) -> bool:
    """Whether a field of a layout forwards frames."""
    return (cls, name) in _CARRIERS or (about == _FORWARD and name in {"parameter", "data"})


def told_data(value: Value, item: Item | None) -> Words:
    """Say what a Data holds: what the dictionary knows of it, its type, and the value as it came."""
    meant = tell_item(item) if item else NOTHING
    raw = tell_value(value)
    if value.type is DataType.NULL:
        return raw
    if not meant:
        return raw.then(Words(f"({type_words(value.type).en})"))
    return meant.then(Words(f"({type_words(value.type).en} {raw.en})"))


def _chosen(declaration: Choice, number: int | None) -> Any:
    """Class that a choice stands for, None for one that there is not."""
    return next((cls for cls, chosen in declaration.numbers.items() if chosen == number), None)


def _is_leaf(part: Part) -> bool:
    """Whether a part is one field."""
    declaration = part.declaration
    if isinstance(declaration, Typed):
        return declaration.cls in _SINGLE
    return not (is_rows(declaration) or isinstance(declaration, Data | Choice | Optionally | SequenceOf))


def _fault(trace: Trace, writer: Writer) -> Fault:
    problem = trace.problem
    assert problem is not None, "only what is wrong is told"
    at = problem.offset if problem.offset is not None else trace.end
    expected, found, cause = causes.of_apdu(trace, writer.data)
    return Fault(problem.reason, writer.offset + at, expected, found, cause)
