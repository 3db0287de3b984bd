"""A frame, good or bad, field by field."""

from protocols.dissection import NOTHING, Bit, Dissection, Field, Survey, Words, counted, in_order, listed
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.inspect.content import Content, read_content, read_cut, read_item
from protocols.dlt645.inspect.declared import HEAD_SIZES, unmask
from protocols.dlt645.inspect.envelope import survey
from protocols.dlt645.inspect.suspicions import suspicions
from protocols.dlt645.inspect.values import control_bits, tell_address, tell_control, tell_item
from protocols.dlt645.inspect.words import FAULTS, kind_of, part_name
from protocols.dlt645.items.profile import STANDARD, Profile
from protocols.dlt645.wire.address import WILDCARD, Address
from protocols.dlt645.wire.control import CONTROL, Control
from protocols.dlt645.wire.frame import Frame

__all__ = ["dissect", "dissect_item"]


def dissect(raw: bytes, profile: Profile = STANDARD) -> Dissection:
    """Take the frame at the start of ``raw`` apart, wake-up bytes allowed; a broken one as far as it goes.

    Never raises. The fields cover ``raw`` from its first to its last byte.
    """
    found = survey(raw)
    control = _control(found.bytes_of("control", raw))
    if control is None:
        faults = in_order(found.faults, FAULTS)
        return Dissection(_envelope(found, raw, None, Content(())), Words("DL/T 645"), faults=faults)
    start, end = found.place("data", len(raw))
    address = _address(found.bytes_of("address", raw))
    frame = Frame(address or WILDCARD, control, unmask(raw[start:end]))
    length = found.bytes_of("length", raw)
    if length and not found.is_cut:
        content = read_content(frame, raw[start:end], start, profile)
    else:
        content = read_cut(control, raw[start:end], start, int.from_bytes(length, "big"), profile)
    return Dissection(
        fields=_envelope(found, raw, control, content),
        title=_title(found, control, content),
        gist=_gist(address, control, content),
        faults=in_order([*found.faults, *content.faults], FAULTS),
        hints=suspicions(frame, raw[start:end], content.message, profile) if address else (),
        from_device=control.from_slave,
    )


def dissect_item(answer: ReadAnswer, profile: Profile = STANDARD) -> Dissection:
    """Take the data of an item apart, put together from the parts it came in, without any mask."""
    content = read_item(answer.di, answer.payload, profile)
    item = Words("all parts together", "完整数据").then(tell_item(answer.di, profile), ": ")
    title = item.then(counted(len(answer.payload), "bytes", "字节"), ", ")
    return Dissection(content.fields, title, content.gist, in_order(content.faults, FAULTS))


def _control(wire: bytes) -> Control | None:
    control: Control | None = CONTROL.parse(wire) if wire else None
    return control


def _address(wire: bytes) -> Address | None:
    """Address of six bytes; one that lost or won a byte is none."""
    return Address.from_wire(wire) if len(wire) == HEAD_SIZES["address"] else None


def _title(found: Survey, control: Control, content: Content) -> Words:
    protocol = "DL/T 645-1997" if content.of_1997 else "DL/T 645"
    way = Words("meter → master", "上行") if control.from_slave else Words("master → meter", "下行")
    size = sum(end - start for name, start, end in found.parts if name not in {"wakeup", "skipped", "trailing"})
    wakeup = found.place("wakeup")[1]
    told = counted(size, "bytes", "字节")
    if wakeup:
        told = told.then(counted(wakeup, "bytes of wake-up in front", "前导字节"), ", ")
    return listed([Words(protocol), way, kind_of(control), told])


def _gist(address: Address | None, control: Control, content: Content) -> Words:
    who = tell_address(address) if address else Words("?")
    what = tell_control(control, of_1997=content.of_1997)
    return listed([who, what, content.gist], " | ")


def _envelope(found: Survey, raw: bytes, control: Control | None, content: Content) -> tuple[Field, ...]:
    """Fields of the frame in their order, those of the data field in their place."""
    fields: list[Field] = []
    for name, start, end in found.parts:
        wire = raw[start:end]
        if name == "data":
            fields += content.fields
            continue
        value, bits = _told(name, wire, found, control, content)
        fields.append(Field(start, wire, part_name(name), value, bits=bits, is_key=name in {"address", "control"}))
    return tuple(fields)


def _told(
    name: str, wire: bytes, found: Survey, control: Control | None, content: Content
) -> tuple[Words, tuple[Bit, ...]]:
    """Say what a part of the envelope holds."""
    if name == "control" and control is not None:
        return tell_control(control, of_1997=content.of_1997), control_bits(control, of_1997=content.of_1997)
    if name == "address":
        address = _address(wire)
        return tell_address(address) if address else Words(wire[::-1].hex().upper()), ()
    if name == "length":
        return counted(wire[0], "bytes of data", "数据字节"), ()
    if name == "checksum":
        is_wrong = any(fault.reason == "checksum" for fault in found.faults)
        return (NOTHING if is_wrong else Words("right", "正确")), ()
    if name in {"wakeup", "skipped", "trailing"}:
        return counted(len(wire), "bytes", "字节"), ()
    return NOTHING, ()
