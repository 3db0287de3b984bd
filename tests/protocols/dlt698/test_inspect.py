"""Taking frames of 698 apart: every byte in one field, every fault at its byte."""

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from typing import Any

import crcmod.predefined
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.dissection import Dissection, Language
from protocols.dlt698 import Address, Control, build_apdu, build_link, parse_apdu, parse_link
from protocols.dlt698.apdu.registry import APDU
from protocols.dlt698.apdu.security import Plaintext
from protocols.dlt698.axdr import Choice, Typed
from protocols.dlt698.inspect import decode_frame, dissect, dissect_apdu, explain_frame
from protocols.dlt698.inspect.declared import trace_apdu
from protocols.dlt698.inspect.layout import _SINGLE
from protocols.dlt698.inspect.words import CODES, FAULTS, KINDS, PARTS, SERVICES, UNITS, kind_name, part_name
from protocols.dlt698.wire.link import LinkFrame, x25
from protocols.errors import RemoteProtocolError
from tests.protocols.dlt698.strategies import CLASSES, VECTORS, WILD

SERVER = Address.single("210000123456")
FRAMES = {vector.get("id") or vector["meaning"][:60]: vector for vector in VECTORS if vector["direction"] != "stream"}
GOOD = [pytest.param(vector, id=name) for name, vector in FRAMES.items() if vector["decoded"]["valid"]]
BAD = [pytest.param(vector, id=name) for name, vector in FRAMES.items() if not vector["decoded"]["valid"]]
RAWS = [bytes.fromhex(vector["hex"]) for vector in VECTORS]
READ = bytes.fromhex("681700430556341200002110AE0C0501090010020000A63816")
"""GetRequestNormal of forward active energy, 25 bytes: HCS from byte 12, APDU from byte 14, FCS from byte 22."""
TOLD = bytes.fromhex(
    "683400C3055634120000211040D485010900100200010105060012D68706000498B206000623A90600050CEC0600030D4000003D7E16"
)
"""The answer to it with five values, 54 bytes: APDU from byte 14, FCS from byte 51."""


def check_cover(found: Dissection, raw: bytes, reasons: Container[str] = FAULTS) -> None:
    """Hold that the fields lie one behind the other and are the bytes that were given."""
    at = 0
    for field in found.fields:
        assert field.offset == at
        assert field.size > 0
        at = field.end
    assert b"".join(field.wire for field in found.fields) == raw
    assert all(0 <= fault.offset <= len(raw) for fault in found.faults)
    assert all(fault.reason in reasons and fault.name for fault in found.faults)
    assert list(found.faults) == sorted(found.faults, key=lambda fault: fault.offset)


def frame(apdu: str | bytes, control: int = 0x43) -> bytes:
    """Frame around an APDU."""
    octets = bytes.fromhex(apdu) if isinstance(apdu, str) else apdu
    return build_link(LinkFrame(Control.of(control), SERVER, 0x10, octets))


def sealed(raw: bytes) -> bytes:
    """Put right check sums into a frame whose header has six bytes of address."""
    hcs = raw[:12] + x25(raw[1:12]).to_bytes(2, "little") + raw[14:-3]
    return hcs + x25(hcs[1:]).to_bytes(2, "little") + raw[-1:]


def told(raw: bytes) -> dict[str, str]:
    """Values by the English names of their fields, of equal names the last."""
    return {field.name.said(Language.ENGLISH): field.value.said(Language.ENGLISH) for field in dissect(raw).fields}


def faults(raw: bytes) -> list[tuple[str, int, str, str]]:
    """Faults of a frame without their causes."""
    return [(fault.reason, fault.offset, fault.expected, fault.found) for fault in dissect(raw).faults]


def causes(raw: bytes) -> str:
    """Causes of all faults of a frame."""
    return "; ".join(fault.cause.said(Language.BOTH) for fault in dissect(raw).faults)


def hints(raw: bytes) -> str:
    """All hints about a frame."""
    return "; ".join(hint.said(Language.BOTH) for hint in dissect(raw).hints)


@pytest.mark.parametrize("vector", GOOD)
def test_the_fields_of_a_good_frame_cover_it_without_a_fault(vector: dict[str, Any]) -> None:
    """Nothing is left out and nothing told twice; user data that are no APDU are the only fault."""
    raw = bytes.fromhex(vector["hex"])
    found = dissect(raw)
    check_cover(found, raw)
    expected = {"unknown_tag"} if "apdu_error" in vector["decoded"] else set()
    assert {fault.reason for fault in found.faults} == expected


@pytest.mark.parametrize("vector", BAD)
def test_a_bad_frame_is_covered_and_its_fault_told(vector: dict[str, Any]) -> None:
    """The reason for which it is refused stands among its faults, with a cause in both languages."""
    raw = bytes.fromhex(vector["hex"])
    found = dissect(raw)
    check_cover(found, raw)
    reasons = {fault.reason for fault in found.faults}
    error = vector["decoded"]["error"]
    assert error in reasons if error != "apdu_error" else reasons
    assert all(fault.cause.said(Language.ENGLISH) for fault in found.faults)
    assert all(fault.cause.said(Language.CHINESE) for fault in found.faults)


def leaves(shown: Any) -> Iterator[tuple[str, str]]:
    """Values in the plain form of an APDU: type and text of each Data that is a whole number, OADs and DARs."""
    if isinstance(shown, dict):
        if shown.keys() == {"type", "value"} and type(shown["value"]) is int:
            yield shown["type"], str(shown["value"])
        for key, value in shown.items():
            if key in {"oad", "omd", "get", "set", "port"} and isinstance(value, str):
                yield "descriptor", value
            elif key == "dar":
                yield "DAR", str(value)
            else:
                yield from leaves(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from leaves(value)


@pytest.mark.parametrize("vector", GOOD)
def test_the_values_of_the_fields_are_those_of_the_object(vector: dict[str, Any]) -> None:
    """Every number with its type, every descriptor and every DAR of the decoded APDU is told in a field."""
    raw = bytes.fromhex(vector["hex"])
    apdu = decode_frame(raw).get("apdu")
    if apdu is None:
        return
    assert trace_apdu(parse_link(raw).user_data).root.value == parse_apdu(parse_link(raw).user_data)
    text = [field.value.said(Language.ENGLISH) for field in dissect(raw).fields]
    for kind, value in leaves(apdu):
        wanted = {"descriptor": [value], "DAR": [f"DAR {value} "]}.get(kind, [f"({kind} {value})", f"{value} ({kind})"])
        assert any(one in each for one in wanted for each in text), (kind, value)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@settings(max_examples=20)
@given(st.data())
def test_the_fields_of_any_apdu_cover_its_frame(cls: type, data: st.DataObject) -> None:
    """Whatever is in it, a frame that we build has no fault; what SECURITY has in clear need not be an APDU."""
    apdu = data.draw(WILD.apdus(cls))
    raw = frame(build_apdu(apdu))
    found = dissect(raw)
    check_cover(found, raw)
    assert not found.faults or isinstance(getattr(apdu, "data", None), Plaintext)


@given(st.sampled_from(RAWS), st.data())
def test_a_damaged_frame_is_covered(raw: bytes, data: st.DataObject) -> None:
    """One byte changed, lost, doubled, or the end cut off: it is shown in full, and what is refused has a fault."""
    octets = bytearray(raw)
    at = data.draw(st.integers(0, len(octets) - 1))
    damage: Callable[[], object] = data.draw(
        st.sampled_from(
            (
                lambda: octets.__setitem__(at, octets[at] ^ data.draw(st.integers(1, 255))),
                lambda: octets.__delitem__(at),
                lambda: octets.__delitem__(slice(at, None)),
                lambda: octets.insert(at, octets[at]),
            )
        )
    )
    damage()
    found = dissect(bytes(octets))
    check_cover(found, bytes(octets))
    decoded = decode_frame(bytes(octets))
    assert found.faults or decoded["valid"] or decoded["error"] == "trailing_bytes" or octets.startswith(b"\xfe")


@pytest.mark.parametrize(("octets", "control"), [(b"", 0x43), (b"", 0x63), (b"\0", 0x63)])
def test_a_frame_that_carries_nothing_says_so(octets: bytes, control: int) -> None:
    """No APDU, or no whole fragment word."""
    raw = frame(octets, control)
    check_cover(dissect(raw), raw)
    assert [(reason, offset) for reason, offset, _, _ in faults(raw)] == [("truncated", 14)]
    assert "carries an APDU" in causes(raw)


@given(st.sampled_from(RAWS), st.data())
def test_a_damaged_apdu_is_covered(raw: bytes, data: st.DataObject) -> None:
    """Bytes changed under right check sums: everything is shown, and what is refused has its fault."""
    try:
        link = parse_link(raw)
    except RemoteProtocolError:
        return
    octets = bytearray(link.user_data)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(octets) - 1, 0)))
        octets[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    tampered = build_link(replace(link, user_data=bytes(octets)))
    found = dissect(tampered)
    check_cover(found, tampered)
    decoded = decode_frame(tampered)
    assert found.faults or {"apdu", "fragment"} & decoded.keys()


likely = st.lists(st.sampled_from((0x68, 0x17, 0x00, 0x43, 0x05, 0x16, 0xFE, 0x85, 0x01)), max_size=60).map(bytes)


@given(st.binary(max_size=300) | likely)
def test_any_bytes_are_covered(raw: bytes) -> None:
    """Noise has fields, too, and every form of showing it."""
    check_cover(dissect(raw), raw)
    check_cover(dissect_apdu(raw), raw)
    for language in Language:
        assert explain_frame(raw, language=language)


def test_values_are_named_and_scaled_by_the_dictionary() -> None:
    """What an array's elements are called, their amounts with unit, their type and number as they came."""
    values = told(TOLD)
    assert values["attribute OAD"] == "00100200 forward active energy (import)"
    assert values["total"] == "12345.67 kWh (double-long-unsigned 1234567)"
    assert values["tariff 4"] == "2000.00 kWh (double-long-unsigned 200000)"
    gist = dissect(TOLD).gist.said(Language.ENGLISH)
    assert "= 12345.67 kWh, 3012.34 kWh" in gist


def test_status_words_are_told_bit_by_bit() -> None:
    """A relay that is open is seen at the bit that says so."""
    found = dissect(frame("850109 20140203 01 04100A00 0000", 0xC3))
    value = next(field for field in found.fields if field.name.en == "value")
    assert [(bit.place, bit.meaning.en) for bit in value.bits] == [
        ("bit 4", "relay open"),
        ("bit 6", "trip commanded"),
    ]
    assert "relay open" in found.gist.said(Language.ENGLISH)


def test_the_bits_of_single_bytes_are_told() -> None:
    """C, AF and PIID-ACD; the extended logical address in SA."""
    found = dissect(
        build_link(
            LinkFrame(
                Control.of(0xC3), Address.extended_single("000000000130", 1), 0, bytes.fromhex("8501C94000020000040000")
            )
        )
    )
    bits = {field.name.en: [bit.meaning.said(Language.ENGLISH) for bit in field.bits] for field in found.fields}
    assert bits["control C"][:2] == ["from the server", "the client opened the exchange"]
    assert bits["address flag AF"][1] == "extended logical address, in the first byte of SA"
    assert bits["PIID-ACD"] == ["high priority", "ACD, events to be read", "service number 9"]
    assert "000000000130, logical 1" in found.gist.said(Language.ENGLISH)


def test_the_blocks_of_a_connect_are_told_bit_by_bit() -> None:
    """What a side says it can, by the standard's words."""
    raw = next(bytes.fromhex(vector["hex"]) for vector in VECTORS if vector["meaning"] == "CONNECT-Response")
    bits = {field.name.en: [bit.meaning.en for bit in field.bits] for field in dissect(raw).fields}
    assert len(bits["protocol conformance"]) == 34
    assert bits["protocol conformance"][:2] == ["association", "get normal"]
    assert "relay control" in bits["function conformance"]


def test_rows_are_told_by_row_and_column() -> None:
    """A freeze record: each cell has the number of its row and the name of its column."""
    vector = next(each for each in FRAMES.values() if "GetResponseRecord daily freeze" in each["meaning"])
    values = told(bytes.fromhex(vector["hex"]))
    assert values["row 1: freeze time"] == "2024-05-20 00:00:00 (date_time_s)"
    assert values["row 1: reverse active energy (export)"] == "array, 5 elements"


def test_an_apdu_inside_of_security_has_its_fields_in_place() -> None:
    """A protected read: the inner service stands at its byte, one level deeper, and in the gist."""
    found = dissect(
        bytes.fromhex(
            next(v["hex"] for v in FRAMES.values() if "43000300" in v["meaning"] and v["decoded"]["apdu"]["tag"] == 16)
        )
    )
    inner = next(field for field in found.fields if field.value.en == "GET-Request")
    assert (inner.offset, inner.depth) == (17, 2)
    assert "SECURITY-Request | in clear | GET-Request" in found.gist.said(Language.ENGLISH)


def test_scrambled_bytes_stand_beside_themselves_less_33h() -> None:
    """As they were on the line, and what they mean."""
    raw = build_link(LinkFrame(Control.of(0x4B), SERVER, 16, READ[14:22]))
    service = next(field for field in dissect(raw).fields if field.name.en == "service")
    assert (service.wire, service.plain) == (b"\x38", b"\x05")


def test_pieces_are_told_by_kind_and_number() -> None:
    """The first is read as far as it goes, without any fault; the others are bytes."""
    pieces = [each for each in FRAMES.values() if "fragment" in each["meaning"] and "of 3" in each["meaning"]]
    first, middle, last = (dissect(bytes.fromhex(each["hex"])) for each in pieces)
    words = [
        next(field for field in found.fields if field.name.en == "fragment word") for found in (first, middle, last)
    ]
    assert [word.value.said(Language.ENGLISH) for word in words] == ["first piece 0", "middle piece 1", "last piece 2"]
    assert any(field.value.said(Language.ENGLISH).startswith("50040200") for field in first.fields)
    assert not first.faults + middle.faults + last.faults


def with_sums(hcs: bytes | None = None, fcs: bytes | None = None) -> bytes:
    """The read with other bytes for HCS, FCS right for them, or other bytes for FCS."""
    raw = READ if hcs is None else READ[:12] + hcs + READ[14:]
    right = x25(raw[1:22]).to_bytes(2, "little")
    return raw[:22] + (right if fcs is None else fcs) + raw[24:]


def sum_of(name: str, octets: bytes) -> bytes:
    """A check sum of two bytes, low byte first."""
    total: int = crcmod.predefined.mkPredefinedCrcFun(name)(octets)
    return total.to_bytes(2, "little")


SCRAMBLED = build_link(LinkFrame(Control.of(0x4B), SERVER, 16, READ[14:22]))
LONG_TOLD = TOLD[:1] + (len(TOLD) + 3).to_bytes(2, "little") + TOLD[3:]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (with_sums(hcs=READ[13:11:-1]), "high byte first"),
        (with_sums(fcs=READ[23:21:-1]), "high byte first"),
        (with_sums(hcs=sum_of("modbus", READ[1:12])), "CRC-16/MODBUS"),
        (with_sums(fcs=sum_of("kermit", READ[1:22])), "CRC-16/KERMIT"),
        (with_sums(hcs=sum_of("x-25", READ[:12])), "took 68H into it"),
        (with_sums(hcs=b"\x12\x34"), "the sender takes HCS wrongly"),
        (with_sums(fcs=sum_of("x-25", READ[1:12] + READ[14:22])), "left HCS out"),
        (with_sums(fcs=sum_of("x-25", READ[14:22])), "over the user data only"),
        (SCRAMBLED[:22] + sum_of("x-25", SCRAMBLED[1:14] + READ[14:22]) + b"\x16", "before it added 33H"),
        (READ[:7] + bytes([READ[7] ^ 0x10]) + READ[8:], "D4 of byte 7"),
        (READ[:22] + b"\x12\x34\x16", "bytes were damaged"),
        (with_sums(fcs=b"\0\0"), "the sender left it out"),
        (with_sums(hcs=b"\xff\xff"), "the sender left it out"),
        (READ[:-1] + b"\x17", "only this byte was damaged"),
        (READ[:-1] + b"\x96", "8E1"),
        (READ[:-1], "only the end byte 16H is missing"),
        (READ[:-4], "4 are missing"),
        (READ[:9], "16 are missing"),
        (READ[:2], "before the length L is there"),
        (b"\x69" + READ[1:], "the header behind it is right"),
        (READ + b"\xff", "noise of the line"),
        (sealed(READ[:2] + b"\x40" + READ[3:]), "kilobytes"),
        (sealed(READ[:2] + b"\x80" + READ[3:]), "bits 14 and 15"),
        (sealed(READ[:1] + b"\x0a\x00" + READ[3:]), "take 15 bytes"),
        (sealed(LONG_TOLD), "if L were 52"),
        (LONG_TOLD, "L was damaged"),
    ],
)
def test_the_likely_cause_is_told(raw: bytes, word: str) -> None:
    """What other sum fits, what length would be right, what is missing, which setting of the line gives such bytes."""
    check_cover(dissect(raw), raw)
    assert word in causes(raw)


def test_a_wrong_address_length_in_af_is_found() -> None:
    """HCS that fits for another number of address bytes."""
    body = READ[1:4] + b"\x04" + READ[5:12]
    raw = READ[:1] + body + x25(body).to_bytes(2, "little") + READ[14:]
    assert "right for an address of 6 bytes" in causes(raw)


@pytest.mark.parametrize(
    ("apdu", "control", "expected", "word"),
    [
        ("45 01 09 00", 0x43, ("unknown_tag", 14, "45"), "compact GET-Request"),
        ("C9 01 09 00", 0xC3, ("unknown_tag", 14, "C9"), "later edition"),
        ("38 34 3C 33 43 35 33 33", 0x43, ("unknown_tag", 14, "38"), "less 33H this is"),
        ("68 01 09", 0x43, ("unknown_tag", 14, "68"), "a frame stands in the place"),
        ("05 17 09 00100200 00", 0x43, ("unknown_kind", 15, "17"), "later edition"),
        ("88 04 09 00", 0x83, ("unknown_kind", 15, "04"), "later edition"),
        ("05 63 09 00100200 00", 0x43, ("unknown_kind", 15, "63"), "this byte is wrong"),
        ("05 01 09 00100200", 0x43, ("truncated", 21, "0"), "2016 drafts"),
        ("85 01 09 00100200 01 00", 0xC3, ("truncated", 23, "0"), "tail of a server's APDU is missing"),
        ("05 01 09 00100200 00 00", 0x43, ("trailing_bytes", 22, "00"), "ends with one byte"),
        ("85 01 09 00100200 01 0D00", 0xC3, ("bad_type", 22, "0D"), "longer or shorter than its type"),
        ("85 01 09 00100200 03", 0xC3, ("bad_choice", 21, "03"), "this byte is wrong"),
        ("85 01 09 00100200 01 0105 0600000001 0000", 0xC3, ("truncated", 31, "0"), "a count or length before it"),
        ("85 01 09 00100200 01 0109 0600", 0xC3, ("truncated", 23, "2"), "a count or length before it"),
        ("85 03 09 50040200 00 01 01 00 0000", 0xC3, ("bad_count", 23, "-"), "this byte is wrong"),
    ],
)
def test_an_apdu_that_cannot_be_read_is_told_at_its_byte(
    apdu: str, control: int, expected: tuple[str, int, str], word: str
) -> None:
    """Services and kinds of a later edition, a missing tail, and what else breaks off, with the bytes around it."""
    raw = frame(apdu, control)
    check_cover(dissect(raw), raw)
    ((reason, offset, _, found),) = faults(raw)
    assert (reason, offset, found) == expected
    assert word in causes(raw)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (frame("05 01 09 00100200 00", 0x53), "D4 of C is set"),
        (frame("05 01 09 00100200 00", 0x42), "function code 2"),
        (frame("05 01 09 00100200 00", 0xC3), "DIR in C contradicts the service"),
        (frame("05 01 09 00100200 00", 0x41), "does not go with this service"),
        (frame("88 01 09 01 40000200 00 04 00 00", 0xC3), "PRM says that the client"),
        (frame("05 02 09 82 00 01 00100200 00"), "the length 1 takes 3 bytes"),
        (frame("06 01 09 40030200 09 81 02 1234 00"), "the length 2 takes 2 bytes"),
        (frame("06 01 09 40000200 1C 2016 05 20 08 30 00 00"), "2016 in BCD"),
        (frame("06 01 09 40000200 1C 07E8 02 1E 08 30 00 00"), "no date or time"),
        (frame("01 09 00 0384 07E8 05 14 03 08 2D 00 0136", 0x81), "weekday 3 is not that of 2024-05-20"),
        (frame("07 01 25 80008100 01 01 02 04 51F2050201 1105 120000 0300 00"), "wants a TimeTag"),
        (frame("09 01 2D 003C 01 07 04 000032456789 001E 01 00100200 00"), "not as long as its flag"),
        (frame("85 01 09 20140203 01 0A 02 3131 0000", 0xC3), "is not what the dictionary has"),
    ],
)
def test_what_is_odd_in_a_frame_in_order_is_told(raw: bytes, word: str) -> None:
    """Contradictions, drafts of the standard, what other readers refuse, commands that will do nothing."""
    assert not dissect(raw).faults
    assert word in hints(raw)


@pytest.mark.parametrize("kind", ["wildcard", "group", "broadcast"])
def test_an_answer_under_an_address_of_many_is_odd(kind: str) -> None:
    """Nobody knows who speaks."""
    address = {"wildcard": Address.wildcard(), "group": Address.group("01"), "broadcast": Address.broadcast()}[kind]
    raw = build_link(LinkFrame(Control.of(0xC3), address, 16, TOLD[14:51]))
    assert f"under a {kind} address" in hints(raw)


def test_what_a_method_returns_is_not_held_to_its_parameter() -> None:
    """The module answers a forwarded command with the bytes of the answer alone."""
    raw = frame("87 01 09 F2097F00 00 01 09 02 0102 0000", 0xC3)
    assert not dissect(raw).faults
    assert not hints(raw)


def test_most_frames_of_the_vectors_are_not_odd() -> None:
    """Hints are for what is odd."""
    odd = [
        vector["meaning"]
        for vector in FRAMES.values()
        if vector["decoded"]["valid"] and hints(bytes.fromhex(vector["hex"]))
    ]
    assert len(odd) < len(FRAMES) / 8


def _declarations(declaration: Any) -> Iterator[Typed]:
    if isinstance(declaration, Choice):
        for each in declaration.alternatives.values():
            yield from _declarations(each)
    elif isinstance(declaration, Typed) and declaration.cls not in _SINGLE:
        yield declaration
        for _, each in declaration.fields:
            yield from _declarations(each)
    elif hasattr(declaration, "subcon"):
        yield from _declarations(declaration.subcon)


def test_everything_has_a_name_in_both_languages() -> None:
    """No field of any declared layout, no service, kind or fault is shown by its name in the code."""
    for layout in _declarations(APDU):
        for name, _ in layout.fields:
            words = part_name(name, layout.cls.__name__)
            assert words.zh, (layout.cls.__name__, name)
    assert {cls.service for cls in APDU.numbers} <= set(SERVICES)
    assert all(kind_name(cls).zh for cls in APDU.numbers if cls.kind is not None)
    tables: list[dict[Any, Any]] = [PARTS, SERVICES, KINDS, FAULTS, UNITS, *CODES.values()]
    assert all(words.en and words.zh for table in tables for words in table.values())


def test_each_language_stands_alone() -> None:
    """English without Chinese, Chinese without English names, or both side by side."""
    english, chinese = (" ".join(explain_frame(TOLD, language=each)) for each in (Language.ENGLISH, Language.CHINESE))
    assert english.isascii()
    assert "正向有功电能" in chinese
    assert "forward active energy" not in chinese
    assert "forward active energy (import) 正向有功电能" in " ".join(explain_frame(TOLD))


def test_a_bad_frame_says_why_a_receiver_refuses_it() -> None:
    """By the machine word that a program logs."""
    assert "bad_fcs" in explain_frame(with_sums(fcs=b"\0\0"))[-1]
    assert "unknown_tag" in explain_frame(frame("45 00"))[-1]
    assert "refuses" not in explain_frame(READ)[-1]
