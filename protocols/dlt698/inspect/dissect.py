"""A frame of DL/T 698.45, good or bad, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from protocols.dissection import (
    NOTHING,
    Bit,
    Dissection,
    Fault,
    Field,
    Inner,
    Survey,
    Words,
    Writer,
    counted,
    in_order,
    listed,
)
from protocols.dlt698.apdu.common import Apdu
from protocols.dlt698.axdr.trace import Trace
from protocols.dlt698.inspect import causes, suspicions
from protocols.dlt698.inspect.bits import ADDRESS_KINDS, PIECES, af_bits, control_bits, fragment_bits
from protocols.dlt698.inspect.checks import CHECK_SIZE
from protocols.dlt698.inspect.declared import descrambled, trace_apdu
from protocols.dlt698.inspect.envelope import control_of, survey
from protocols.dlt698.inspect.gist import gist_of
from protocols.dlt698.inspect.layout import Layout, Open
from protocols.dlt698.inspect.words import FAULTS, part_name, service_name
from protocols.dlt698.wire.address import Address, AddressKind, address_of
from protocols.dlt698.wire.fragment import SEQUENCES, WORD_BYTES, FragmentKind
from protocols.dlt698.wire.link import MAX_LENGTH, Control, Function

__all__ = ["dissect", "dissect_apdu"]

_KEYS = {"control", "sa"}


@dataclass
class _Content:
    """What the user data of a frame are."""

    writer: Writer
    gist: Words = NOTHING
    hints: list[Words] = field(default_factory=list)
    inner: tuple[Inner, ...] = ()


def never(_octets: bytes) -> None:
    """Leave forwarded bytes as they are."""


def dissect(raw: bytes, open_frame: Open = never) -> Dissection:
    """Take the frame at the start of ``raw`` apart, wake-up bytes allowed; a broken one as far as it goes.

    Never raises. The fields cover ``raw`` from its first to its last byte. ``open_frame`` takes the bytes apart that
    an APDU forwards.
    """
    found = survey(raw)
    control = control_of(found, raw)
    if control is None:
        return Dissection(_envelope(found, raw, None, ()), Words("DL/T 698.45"), faults=in_order(found.faults, FAULTS))
    content = _content(found, raw, control, open_frame)
    address = _address(found, raw)
    link_hints = suspicions.of_link(control, address.kind if address else None)
    return Dissection(
        fields=_envelope(found, raw, control, content.writer.fields),
        title=_title(found, control),
        gist=listed([_who(address), content.gist], " | "),
        faults=in_order([*found.faults, *content.writer.faults], FAULTS),
        hints=(*link_hints, *content.hints),
        from_device=control.from_server,
        inner=content.inner,
    )


def dissect_apdu(octets: bytes, open_frame: Open = never) -> Dissection:
    """Take an APDU apart that was put together from several frames, without any of them around it."""
    writer = Writer(octets, octets, 0)
    layout = Layout(writer, open_frame)
    trace = trace_apdu(octets)
    layout.write(trace)
    title = Words("all pieces together", "完整APDU").then(counted(len(octets), "bytes", "字节"), ", ")
    faults = in_order(writer.faults, FAULTS)
    return Dissection(tuple(writer.fields), title, _gist(trace, layout), faults, inner=tuple(layout.inner))


def _address(found: Survey, raw: bytes) -> Address | None:
    """Address of the server; one that is not there in full is none."""
    af, sa = found.bytes_of("af", raw), found.bytes_of("sa", raw)
    return address_of(af[0], sa) if af and len(sa) == (af[0] & 0x0F) + 1 else None


def _content(found: Survey, raw: bytes, control: Control, open_frame: Open) -> _Content:
    """Take the user data apart."""
    start, end = found.place("user_data")
    wire = raw[start:end]
    data = descrambled(wire) if control.scrambled else wire
    if not wire:
        return _nothing(found)
    if control.fragmented:
        return _fragment(Writer(wire, data, start), open_frame)
    layout = Layout(Writer(wire, data, start), open_frame)
    trace = trace_apdu(data)
    layout.write(trace, is_cut=found.is_cut)
    hints = list(suspicions.of_apdu(control, trace, data, layout.misfits))
    hints += [hint for each in layout.inner for hint in each.found.hints]
    return _Content(layout.writer, _gist(trace, layout), hints, tuple(layout.inner))


def _nothing(found: Survey) -> _Content:
    """Say of a frame that it carries nothing, where that is not because it is cut off."""
    writer = Writer(b"", b"", found.place("fcs")[0])
    if found.is_cut:
        return _Content(writer)
    writer.faults.append(Fault("truncated", writer.offset, "1", "0", causes.NO_DATA))
    return _Content(writer, Words("no user data", "无用户数据"))


def _gist(trace: Trace, layout: Layout) -> Words:
    """Say what an APDU tells, what it protects or forwards included; of one that breaks off the service only."""
    apdu = trace.root.value
    told = gist_of(apdu) if isinstance(apdu, Apdu) else _service(trace)
    opened = [_gist_opened(layout.opened)] if layout.opened else []
    return listed([told, *opened, *(each.found.gist for each in layout.inner)], " | ")


def _gist_opened(trace: Trace) -> Words:
    return gist_of(trace.root.value) if isinstance(trace.root.value, Apdu) else _service(trace)


def _service(trace: Trace) -> Words:
    """Name the service of an APDU that cannot be read to its end."""
    tag = trace.root.part("choice")
    cls = next((cls for cls, number in trace.root.declaration.numbers.items() if tag and number == tag.value), None)
    return service_name(cls.service) if cls else NOTHING


def _fragment(writer: Writer, open_frame: Open) -> _Content:
    """Take a piece of a fragmented APDU apart; the first one is read as far as it goes."""
    data = writer.data
    if len(data) < WORD_BYTES:
        writer.add(0, len(data), part_name("fragment"))
        writer.faults.append(Fault("truncated", writer.offset, str(WORD_BYTES), str(len(data)), causes.NO_DATA))
        return _Content(writer)
    word = int.from_bytes(data[:WORD_BYTES], "little")
    kind, sequence = FragmentKind(word >> 14), word & SEQUENCES - 1
    told = PIECES[kind].then(Words(str(sequence)))
    writer.add(0, WORD_BYTES, part_name("fragment"), told, bits=fragment_bits(word), is_key=True)
    piece = data[WORD_BYTES:]
    if kind is not FragmentKind.FIRST:
        writer.add(WORD_BYTES, len(data), part_name("piece"), counted(len(piece), "bytes", "字节"))
        return _Content(writer, told)
    wire = writer.wire[WORD_BYTES:] if writer.is_masked else piece
    layout = Layout(Writer(wire, piece, writer.offset + WORD_BYTES), open_frame)
    trace = trace_apdu(piece)
    layout.write(trace, is_cut=True)
    writer.fields += layout.writer.fields
    writer.faults += layout.writer.faults
    return _Content(writer, listed([told, _service(trace)]), inner=tuple(layout.inner))


def _title(found: Survey, control: Control) -> Words:
    way = Words("server to client", "上行") if control.from_server else Words("client to server", "下行")
    size = sum(end - start for name, start, end in found.parts if name not in {"wakeup", "skipped", "trailing"})
    told = counted(size, "bytes", "字节")
    wakeup = found.place("wakeup")[1]
    if wakeup:
        told = told.then(counted(wakeup, "bytes of wake-up in front", "前导字节"), ", ")
    return listed([Words("DL/T 698.45"), way, _sort(control), told])


def _sort(control: Control) -> Words:
    """Say what sort of frame a control field announces."""
    marks = []
    if control.function == Function.LINK:
        marks.append(Words("link management", "链路管理"))
    if control.from_server == control.client_opened:
        marks.append(Words("response", "响应"))
    else:
        marks.append(Words("request", "请求") if control.client_opened else Words("opened by the server", "服务器启动"))
    if control.fragmented:
        marks.append(Words("one of several pieces", "分帧"))
    if control.scrambled:
        marks.append(Words("scrambled", "加扰"))
    return listed(marks)


def _who(address: Address | None) -> Words:
    if address is None:
        return Words("?")
    told = Words(address.digits)
    if address.kind is not AddressKind.SINGLE:
        told = told.then(ADDRESS_KINDS[address.kind])
    return told.then(Words("logical", "逻辑地址").then(Words(str(address.logical))), ", ") if address.logical else told


def _envelope(found: Survey, raw: bytes, control: Control | None, content: Sequence[Field]) -> tuple[Field, ...]:
    """Fields of the frame in their order, those of the user data in their place."""
    fields: list[Field] = []
    for name, start, end in found.parts:
        if name == "user_data" and content:
            fields += content
            continue
        value, bits = _told(name, found, raw, control)
        fields.append(Field(start, raw[start:end], part_name(name), value, bits=bits, is_key=name in _KEYS))
    return tuple(fields)


def _told(name: str, found: Survey, raw: bytes, control: Control | None) -> tuple[Words, tuple[Bit, ...]]:
    """Say what a part of the envelope holds."""
    wire = found.bytes_of(name, raw)
    value = NOTHING
    bits: tuple[Bit, ...] = ()
    match name:
        case "length":
            length = int.from_bytes(wire, "little") & MAX_LENGTH
            value = counted(length, "bytes between 68H and 16H", "字节(68H与16H之间)")
        case "control" if control is not None:
            value, bits = _sort(control), control_bits(control)
        case "af":
            value, bits = ADDRESS_KINDS[AddressKind(wire[0] >> 6)], af_bits(wire[0])
        case "sa":
            address = _address(found, raw)
            value = _who(address) if address else Words(wire[::-1].hex().upper())
        case "client":
            value = Words(f"{wire.hex().upper()}H")
        case "hcs" | "fcs" if len(wire) == CHECK_SIZE and not found.has(f"bad_{name}"):
            value = Words("right", "正确")
        case "wakeup" | "skipped" | "trailing":
            value = counted(len(wire), "bytes", "字节")
    return value, bits
