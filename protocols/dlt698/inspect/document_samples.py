"""What is tolerated and what is refused, for the page: samples that are given to the readers as the page is drawn."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from protocols.dissection.pages import table
from protocols.dlt698.apdu.common import Piid
from protocols.dlt698.apdu.get import GetNormalRequest
from protocols.dlt698.apdu.registry import build_apdu, parse_apdu
from protocols.dlt698.values.data import MAX_DEPTH
from protocols.dlt698.values.descriptors import OAD
from protocols.dlt698.wire.address import Address, AddressKind
from protocols.dlt698.wire.fragment import parse_fragment
from protocols.dlt698.wire.link import Control, LinkFrame, build_link
from protocols.dlt698.wire.receiver import FrameReceived, Garbage, Receiver
from protocols.errors import RemoteProtocolError

_LONGEST = 24
"""Bytes of a sample that are shown."""
_READ = "read"


@dataclass(frozen=True, slots=True)
class Sample:
    """Something that devices send, as bytes of a line or as an APDU."""

    what: str
    octets: bytes
    lenient: bool = False


def _apdu(what: str, octets: str, *, lenient: bool = False) -> Sample:
    return Sample(what, bytes.fromhex(octets), lenient)


_REQUEST = GetNormalRequest(Piid(1), OAD.parse("00100200"))
_CONTROL = Control(from_server=False, client_opened=True)
_FRAME = LinkFrame(_CONTROL, Address.single("210000123456"), 0x10, build_apdu(_REQUEST))
_WIRE = build_link(_FRAME)
_ENERGY = "850101001002000101"  # a GET response up to the count of its array
_TAIL = "0000"


def _spoilt(at: int, octet: int | None = None) -> bytes:
    wrong = _WIRE[at] ^ 0xFF if octet is None else octet
    return _WIRE[:at] + bytes([wrong]) + _WIRE[at + 1 :]


def _under(address: Address = _FRAME.address, client: int = _FRAME.client, control: Control = _CONTROL) -> bytes:
    return build_link(replace(_FRAME, address=address, client=client, control=control))


_LINE = (
    Sample("FEH before the frame, any number", b"\xfe\xfe\xfe\xfe" + _WIRE),
    Sample("text of a modem before the frame", b"\r\nCONNECT\r\n" + _WIRE),
    Sample("bytes behind 16H", _WIRE + b"\x00\x00"),
    Sample("a false 68H before the frame", b"\x68\x17\x00" + _WIRE),
    Sample("user data with 33H added, SC set", _under(control=replace(_CONTROL, scrambled=True))),
    Sample("an address of 4 bytes", _under(Address.single("00123456"))),
    Sample("an address of 7 bytes", _under(Address.single("01210000123456"))),
    Sample("an odd number of digits, F behind them", _under(Address.single("21000012345"))),
    Sample("the extended logical address of the later edition", _under(Address.extended_single("210000123456", 5))),
    Sample("a wildcard address in an answer", _under(Address(AddressKind.WILDCARD, b"\xaa" * 6))),
    Sample("CA 00", _under(client=0)),
    Sample("a function code other than 1 and 3", _under(control=replace(_CONTROL, function=2))),
    Sample("bit 14 or 15 of L", _spoilt(2, 0x40)),
    Sample("L too small for its header", _spoilt(1, 9)),
    Sample("a wrong HCS", _spoilt(12)),
    Sample("a wrong FCS", _spoilt(len(_WIRE) - 3)),
    Sample("another end byte", _spoilt(len(_WIRE) - 1)),
)
_APDUS = (
    _apdu("a length in more bytes than needed", f"{_ENERGY}82000106000004D2{_TAIL}"),
    _apdu("NULL in place of a value", f"{_ENERGY}0200 06000004D2{_TAIL}"),
    _apdu("a type other than the dictionary's", f"{_ENERGY}01 0A03313233{_TAIL}"),
    _apdu("a DAR without a name", f"8501010010020000 35 {_TAIL}"),
    _apdu("a table without rows", f"850301 50040200 01 0020210200 0100 {_TAIL}"),
    _apdu("Next where Normal was asked, the first block being 0 or 1", f"850501 01 0000 01 00 {_TAIL}"),
    _apdu("a TSA whose inner length disagrees", f"8501010140020001 55 07 0F 210000123456 {_TAIL}"),
    _apdu("a date of impossible fields", f"8501014000020001 1C 07E8 0D 20 19 3C 3C {_TAIL}"),
    _apdu("a random number of any length", "10 00 08 0501010010020000 01 03 010203"),
    _apdu("a SID_MAC in a SECURITY response", "90 00 01 00 01 01 811C8310 00 04 01020304"),
    _apdu("a client's APDU without its tail byte", "05010100100200"),
    _apdu("the same, where a device on a bench is told to be lenient", "05010100100200", lenient=True),
    _apdu("a reserved data type", f"{_ENERGY}01 07{_TAIL}"),
    _apdu("an OPTIONAL or CHOICE out of its range", "0501010010020002"),
    _apdu("a count above the bytes left", f"{_ENERGY}7F 06000004D2{_TAIL}"),
    _apdu("rows without columns", f"850301 50040200 00 01 01 {_TAIL}"),
    _apdu("bytes behind the APDU", "0501010010020000 00"),
    _apdu(f"more than {MAX_DEPTH} levels of Data", f"8501010010020001 {'0101' * (MAX_DEPTH + 1)} 00 {_TAIL}"),
)
_LATER = (
    _apdu("compact GET request, tag 45H", "4501010010020000"),
    _apdu("compact SET request, tag 46H", "46010100100200060000000100"),
    _apdu("compact PROXY request, tag 49H", "49010100000000"),
    _apdu("GET response of kind 13", f"850D01{_TAIL}"),
    _apdu("GET response of kind 23, SimplifyRecord", f"851701{_TAIL}"),
    _apdu("REPORT notification of kind 4", f"880401{_TAIL}"),
    _apdu("PROXY request of kind 8, transparent without a port", "09080100"),
)


def samples() -> Iterator[str]:
    """Tables of samples, each with what the readers make of it."""
    head = ("what comes", "bytes", "what becomes of it")
    yield table("On the line: tolerated and refused", head, ((s.what, _shown(s.octets), _of_line(s)) for s in _LINE))
    word = bytes.fromhex("01F0AA")
    reserved = "the reserved bits of a fragment word", _shown(word), f"{_READ}, piece {parse_fragment(word).sequence}"
    rows = [(sample.what, _shown(sample.octets), _of_apdu(sample)) for sample in _APDUS]
    yield table("In APDUs: tolerated and refused", head, [reserved, *rows])
    later = ((sample.what, _shown(sample.octets), _of_apdu(sample)) for sample in _LATER)
    yield table("Later editions: told apart, not implemented", head, later)


def _shown(octets: bytes) -> str:
    return f"`{octets[:_LONGEST].hex(' ').upper()}{' …' if len(octets) > _LONGEST else ''}`"


def _of_line(sample: Sample) -> str:
    receiver = Receiver()
    told = []
    for event in (*receiver.receive(sample.octets), *receiver.give_up()):
        match event:
            case FrameReceived(frame=frame):
                told.append(f"{_READ}, device {frame.address.digits} {frame.address.logical}")
            case Garbage():
                told.append(f"{event.count} bytes dropped, {event.reason}")
    return "; ".join(told)


def _of_apdu(sample: Sample) -> str:
    try:
        apdu = parse_apdu(sample.octets, lenient=sample.lenient)
    except RemoteProtocolError as error:
        return f"refused, {error.reason}"
    return f"{_READ}, `{type(apdu).__name__}`"
