"""The data field of a frame, field by field: places from the declarations, values in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from protocols.dissection import NOTHING, Fault, Field, Words, Writer, counted, listed
from protocols.dlt645.functions import FORMS, Form
from protocols.dlt645.functions.read import ReadAnswer
from protocols.dlt645.functions.refusal import ERR_1997_BITS, ERR_BITS, SERR_BITS, Refusal
from protocols.dlt645.functions.security import SecurityAnswer, SecurityRequest, payload_form
from protocols.dlt645.inspect import causes
from protocols.dlt645.inspect.declared import Part, unmask, walk
from protocols.dlt645.inspect.fields import FORM_OF, fitting_form, is_no_record
from protocols.dlt645.inspect.items import Item, item_of
from protocols.dlt645.inspect.values import state_bits, tell_entries, tell_part, word_bits
from protocols.dlt645.inspect.words import part_name
from protocols.dlt645.items.profile import Edition, Profile
from protocols.dlt645.items.runstate import state_words
from protocols.dlt645.items.values import Faulty
from protocols.dlt645.messages import Message, Unknown, parse_message
from protocols.dlt645.secured import MAC_SIZE
from protocols.dlt645.wire.control import Control
from protocols.dlt645.wire.di import DI
from protocols.dlt645.wire.frame import Frame, hexed, sum8
from protocols.errors import RemoteProtocolError

_KEYS = {"di", "command", "time", "at", "meter", "word", "events"}
"""Fields of messages that a reader looks for first."""
_FEW = 3
"""Values that fit one line."""
_ANSWERED = Words("accepted", "已接受")
_NO_RECORD = Words("no such record", "无记录")


@dataclass(frozen=True, slots=True)
class Content:
    """Fields of a data field, the message they make up where they make up one, and what is wrong."""

    fields: tuple[Field, ...]
    message: Message | None = None
    gist: Words = NOTHING
    faults: tuple[Fault, ...] = ()

    @property
    def of_1997(self) -> bool:
        """Whether the frame is one of the edition of 1997."""
        if isinstance(self.message, Refusal):
            return self.message.edition is Edition.E1997
        form = FORM_OF.get(type(self.message))
        return form is not None and form.edition is Edition.E1997


@dataclass(kw_only=True)
class _Writer(Writer):
    """Collects fields of a data field, as meters of the profile have them."""

    profile: Profile

    def refuse(self, reason: str, start: int, end: int) -> None:
        """Mark the first byte of a field that breaks its format."""
        at = next((at for at in range(start, end) if _breaks(reason, self.data[at])), start)
        self.wrong(reason, at, "00-99" if reason == "not_bcd" else "20-7E")

    def wrong(self, reason: str, at: int, expected: str) -> None:
        """Mark one byte of the data field."""
        cause = causes.on_the_wire(self.wire[at]) if self.is_masked else NOTHING
        self.faults.append(Fault(reason, self.offset + at, expected, f"{self.data[at]:02X}", cause))

    def miscounted(self, reason: str, expected: str, found: str) -> None:
        """Mark the length byte, which stands in front of the data field where that came in a frame."""
        self.faults.append(Fault(reason, max(self.offset - 1, 0), expected, found))


def _breaks(reason: str, byte: int) -> bool:
    if reason == "not_bcd":
        return byte >> 4 > 9 or byte & 0xF > 9  # noqa: PLR2004  decimal digits
    return not 0x20 <= byte < 0x7F  # noqa: PLR2004  printable ASCII


def read_content(frame: Frame, wire: bytes, offset: int, profile: Profile) -> Content:
    """Take a data field apart; ``wire`` are its bytes as they came, ``offset`` their place in the input."""
    writer = _Writer(wire, unmask(wire), offset, profile=profile)
    try:
        message = parse_message(frame, profile.edition)
    except RemoteProtocolError as error:
        return _unreadable(writer, frame.control, error)
    gist = _message(writer, message)
    return Content(tuple(writer.fields), message, gist, tuple(writer.faults))


def read_cut(control: Control, wire: bytes, offset: int, length: int, profile: Profile) -> Content:
    """Take apart what is there of a data field that should have ``length`` bytes."""
    writer = _Writer(wire, unmask(wire), offset, profile=profile)
    form = fitting_form(control, length, profile)
    gist: list[Words] = []
    if form is not None:
        gist = _parts(writer, walk(form.layout, writer.data, length), {})
    else:
        writer.add(0, len(wire), part_name("data"))
    return Content(tuple(writer.fields), None, listed(gist))


def _forms(control: Control) -> list[Form]:
    return [form for form in FORMS if (form.function, form.from_slave) == (control.function, control.from_slave)]


def _unreadable(writer: _Writer, control: Control, error: RemoteProtocolError) -> Content:
    """Show what can be shown of a data field that fits no form, or whose form refuses it."""
    size = len(writer.wire)
    form = fitting_form(control, size, writer.profile)
    gist: list[Words] = []
    if form is not None:
        gist = _parts(writer, walk(form.layout, writer.data, size), {})
    else:
        writer.add(0, size, part_name("data"))
    if not writer.faults:
        expected = " / ".join(_lengths(form) for form in _forms(control))
        writer.miscounted(error.reason, f"L = {expected}", f"{size:02X}")
    return Content(tuple(writer.fields), None, listed(gist), tuple(writer.faults))


def _lengths(form: Form) -> str:
    """Lengths of a form as hex, a run of them by its ends."""
    fitting = [length for length in range(256) if length in form.lengths]
    if fitting == list(range(fitting[0], fitting[-1] + 1)) and len(fitting) > 1:
        return f"{fitting[0]:02X}..{fitting[-1]:02X}"
    return ", ".join(f"{length:02X}" for length in fitting)


def _message(writer: _Writer, message: Message) -> Words:
    """Write the fields of a message; returns what it says in one line."""
    if isinstance(message, Refusal):
        return _refusal(writer, message)
    if isinstance(message, Unknown):
        writer.add(0, len(writer.wire), part_name("data"), Words(hexed(message.data)))
        return NOTHING
    form = FORM_OF[type(message)]
    item = item_of(message, writer.profile)
    parts = _inner(message, form, walk(form.layout, writer.data, len(writer.data)), writer.profile)
    told = _parts(writer, parts, {"payload": item} if item else {})
    if item is not None:
        _expect_bytes(writer, item)
    if is_no_record(message, writer.profile):
        told.append(_NO_RECORD)
    return listed(told) if told else _ANSWERED if form.from_slave else NOTHING


def _inner(message: Message, form: Form, parts: Iterator[Part], profile: Profile) -> Iterator[Part]:
    """Put the fields of a security payload in its place, and the two parts of a security module's block."""
    for part in parts:
        if part.name == "payload" and isinstance(message, SecurityRequest | SecurityAnswer):
            inside = payload_form(message.di, len(message.payload), from_slave=form.from_slave, profile=profile)
            if inside is None:
                yield part
                continue
            for field_inside in walk(inside.layout, message.payload, len(message.payload)):
                yield field_inside.moved(part.start)
        elif part.name == "block":
            middle = part.start + MAC_SIZE
            yield Part("mac", part.start, middle, part.value[-MAC_SIZE:])
            yield Part("ciphertext", middle, part.end, part.value[:-MAC_SIZE])
        else:
            yield part


def _refusal(writer: _Writer, refusal: Refusal) -> Words:
    errors = ERR_1997_BITS if refusal.edition is Edition.E1997 else ERR_BITS
    table = SERR_BITS if refusal.is_security else errors
    kind = "SERR" if refusal.is_security else "ERR"
    reasons = [Words(row.word.replace("_", " "), row.name_zh) for row in refusal.reasons]
    told = listed(reasons, "; ") if reasons else Words("no named reason", "未定义")
    told = told.then(Words(f"({kind}={hexed(refusal.word[::-1])})"))
    bits = word_bits(table, refusal.number, 8 * len(refusal.word))
    writer.add(0, len(writer.wire), part_name("refusal").then(Words(kind)), told, bits=bits, is_key=True)
    return part_name("refusal").then(told, ": ")


def _parts(writer: _Writer, parts: Iterator[Part], items: dict[str, Item]) -> list[Words]:
    """Write the parts of a layout, items in place of the payloads that hold them; returns the key values."""
    gist = []
    for part in parts:
        item = items.get(part.name)
        if item is not None:
            gist += _item(writer, item, part.start, part.end)
            continue
        if part.problem is not None:
            reason = getattr(part.problem, "reason", "not_bcd")
            writer.refuse(reason, part.start, part.end)
        is_key = part.name in _KEYS
        value = NOTHING if part.problem else tell_part(part.name, part.value, writer.profile)
        writer.add(part.start, part.end, part_name(part.name or "trailing"), value, is_key=is_key)
        if is_key and value:
            gist.append(value)
    return gist


def _expect_bytes(writer: _Writer, item: Item) -> None:
    """Say that data are missing where an item came without any: it has no byte of its own to be marked."""
    if item.fault is not None and not item.size:
        writer.miscounted(item.fault.reason, item.fault.expected or "-", "0")


def _item(writer: _Writer, item: Item, start: int, end: int) -> list[Words]:
    """Write the values of a data item; returns what the item says in one line."""
    if item.fault is not None:
        expected, found = item.fault.expected or "-", item.fault.found or str(end - start)
        at = min(start + (item.fault.offset or 0), end - 1)
        writer.faults.append(Fault(item.fault.reason, writer.offset + at, expected, found))
    words = state_words(item.identifier.di, item.values) if item.identifier else ()
    told, begin = [], start
    meant = zip(item.entries, tell_entries(item.entries, writer.profile), strict=True)
    for (entry, value), word in zip_longest(meant, words):
        behind = start + entry.size
        if isinstance(entry.value, Faulty):
            writer.refuse(entry.value.fault, start, behind)
        if entry.frame.startswith("begin"):
            begin = start
        elif entry.frame == "checksum_wrong":
            writer.wrong("load_record_checksum", start, f"{sum8(writer.data[begin:start]):02X}")
        bits = state_bits(word) if word else ()
        if not entry.is_frame and (item.fault is None or entry is not item.entries[-1]):
            told.append(listed([bit.meaning for bit in bits if bit.is_set]) if bits else value)
        writer.add(start, behind, entry.name, value, bits=bits, is_key=not entry.is_frame)
        start = behind
    few = told if len(told) <= _FEW else [counted(len(told), "values", "个数值")]
    return [listed(few, "; ")]


def read_item(di: DI, payload: bytes, profile: Profile) -> Content:
    """Take the payload of an item apart, which came in more than one frame; offsets count from its first byte."""
    writer = _Writer(payload, payload, 0, profile=profile)
    message = ReadAnswer(di, payload)
    item = item_of(message, profile)
    if item is None:
        writer.add(0, len(payload), part_name("payload"))
        return Content(tuple(writer.fields), message)
    _expect_bytes(writer, item)
    gist = _item(writer, item, 0, len(payload)) if payload else []
    return Content(tuple(writer.fields), message, listed(gist), tuple(writer.faults))
