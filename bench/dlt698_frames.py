"""How fast DL/T 698.45 frames are decoded, beside PyPI dlt698 and a floor written by hand for the very bytes.

Run: ``python bench/dlt698_frames.py``. All ways are timed in turn, many times over, and the best time of each counts.
PyPI dlt698 is a C++ core: "native" leaves its values where they are, "walked" takes each of them into Python, which is
what anybody has to do who wants to store them. "Skim" is what our links do to know whose an answer is. The floor checks
sums, tags and counts and takes the values out at places that it knows beforehand; for records it makes the same columns
as our bulk reader. A frame of records holds 30 meters with 5 columns: address, three times, and the forward and reverse
registers of the daily freeze.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from dlt698 import DataType as PeerType
from dlt698.codec import FrameStreamDecoder, decode_apdu, decode_frame, encode_apdu, encode_frame
from measuring import Way, Work, measure, verdict

from protocols.dlt698 import (
    NULL,
    OAD,
    REQUEST,
    RESPONSE,
    ROAD,
    TSA,
    Address,
    Apdu,
    DataType,
    DateTimeS,
    GetNextResponse,
    GetNormalResponse,
    GetRecord,
    GetRecordRequest,
    GetRecordResponse,
    LinkFrame,
    MeterAddresses,
    Piid,
    Receiver,
    RecordBlock,
    ResultNormal,
    ResultRecord,
    Rows,
    Selector5,
    Value,
    array,
    build_apdu,
    build_link,
    double_long_unsigned,
    parse_apdu,
    parse_link,
)
from protocols.dlt698.records import BulkReader, Table, read_bulk
from protocols.dlt698.wire.link import x25

GENERIC_AIM = 0.25
BULK_AIM = 3.0
FLOOR_AIM = 2.0
METERS = 30
TRANSFER = 1000
CHUNK = 1024
SERVER = Address.single("210000123456")
PIID = Piid(9)
TASK_RECORDS = OAD.parse("60120300")
ENERGY = OAD.parse("00100200")
COLUMNS = (
    *map(OAD.parse, ("202A0200", "60400200", "60410200", "60420200")),
    ROAD(OAD.parse("50040200"), (ENERGY, OAD.parse("00200200"))),
)
SKIMMER = BulkReader()
GOOD_SUM = 0x0F47
ROW = bytes.fromhex("5507050000000000001c000000000000001c000000000000001c00000000000000") + bytes.fromhex(
    "0102" + 2 * ("0105" + 5 * "0600000000")
)
MASK = bytes.fromhex("ffffff000000000000ff00000000000000ff00000000000000ff00000000000000") + bytes.fromhex(
    "ffff" + 2 * ("ffff" + 5 * "ff00000000")
)
ROW_PACKING = struct.Struct(">3x6sx7sx7sx7s2x2xxIxIxIxIxI2xxIxIxIxIxI")
STAMP_PACKING = struct.Struct(">HBBBBB")
ENERGY_PACKING = struct.Struct(">xIxIxIxIxI")
MISSING = 0xFFFFFFFF


def framed(apdu: Apdu) -> bytes:
    """Put an APDU into a frame of a concentrator."""
    return build_link(LinkFrame(RESPONSE, SERVER, 0x10, build_apdu(apdu)))


def rows_of(meters: range, silent: int = 0) -> Rows:
    """Give rows of daily freezes; one meter in ``silent`` has not answered its concentrator."""
    return tuple(row_of(meter, answered=not silent or meter % silent > 0) for meter in meters)


def row_of(meter: int, *, answered: bool) -> tuple[Value, ...]:
    """Give the row of a meter."""
    midnight, asked, read = (stamp(minute) for minute in (0, 5, 5 + meter % 50))
    forward = array(*(double_long_unsigned(meter * 7 + 1000 * tariff) for tariff in range(5)))
    reverse = array(*(double_long_unsigned(0) for _ in range(5)))
    address = Value(DataType.TSA, TSA.of(f"{210000000000 + meter}"))
    return (address, asked, read, midnight, array(forward, reverse)) if answered else (address, asked, *[NULL] * 3)


def stamp(minute: int) -> Value:
    """Give a time of a night."""
    return Value(DataType.DATE_TIME_S, DateTimeS(2026, 5, 20, 0, minute, 0))


def record(rows: Rows) -> bytes:
    """Give a frame of records."""
    return framed(GetRecordResponse(PIID, ResultRecord(TASK_RECORDS, COLUMNS, rows)))


def transfer() -> list[bytes]:
    """Give the frames of an answer in blocks."""
    starts = range(0, TRANSFER, METERS)
    cuts = [range(start, min(start + METERS, TRANSFER)) for start in starts]
    blocks = [RecordBlock((ResultRecord(TASK_RECORDS, COLUMNS, rows_of(cut)),)) for cut in cuts]
    return [framed(GetNextResponse(PIID, block is blocks[-1], number, block)) for number, block in enumerate(blocks, 1)]


def normal() -> bytes:
    """Give a frame of 54 bytes: five energies."""
    energies = array(*map(double_long_unsigned, (1234567, 301234, 402345, 330988, 200000)))
    return framed(GetNormalResponse(PIID, ResultNormal(ENERGY, energies)))


def generic(raw: bytes) -> Apdu:
    """Bytes to a tree of typed values."""
    return parse_apdu(parse_link(raw).user_data)


def bulk(raw: bytes) -> Table:
    """Bytes to columns."""
    answer = read_bulk(parse_link(raw).user_data)
    assert answer is not None
    table = answer.records[0].result
    assert isinstance(table, Table)
    return table


def skim(raw: bytes) -> Apdu:
    """Bytes to an APDU without its rows, as a link reads it that only has to know whose it is."""
    return SKIMMER.skim(parse_link(raw).user_data)


def walked(raw: bytes) -> object:
    """Let the package decode, and take each value into Python."""
    apdu = decode_apdu(decode_frame(raw).payload)
    if hasattr(apdu, "attributes"):
        return [(told.attribute.oi, _taken(told.result)) for told in apdu.attributes]
    records = apdu.records if hasattr(apdu, "records") else apdu.result
    return [(told.attribute.oi, [[_taken(cell) for cell in row] for row in told.result]) for told in records]


_NESTED = (PeerType.array, PeerType.structure)


def _taken(data: object) -> object:
    value = data.value  # type: ignore[attr-defined]  # the package's Data
    return [_taken(element) for element in value] if data.type in _NESTED else value  # type: ignore[attr-defined]


def native(raw: bytes) -> object:
    """Let the package decode and leave it at that."""
    return decode_apdu(decode_frame(raw).payload)


def checked(raw: bytes) -> bytes:
    """Check what no decoder of a frame can leave out; gives the APDU."""
    length = raw[1] | raw[2] << 8
    assert raw[0] == 0x68 and raw[-1] == 0x16 and length + 2 == len(raw)  # noqa: PT018, PLR2004
    assert x25(raw[1:14]) == GOOD_SUM
    assert x25(raw[1:-1]) == GOOD_SUM
    return raw[14:-3]


def normal_floor(raw: bytes) -> object:
    """Five energies at the places where they are known to be."""
    apdu = checked(raw)
    assert apdu[:2] == b"\x85\x01"
    assert apdu[7:10] == b"\x01\x01\x05"
    assert apdu[10:35:5] == b"\x06" * 5
    return apdu[2], apdu[3:7], ENERGY_PACKING.unpack(apdu[10:35])


@cache
def stamp_text(octets: bytes) -> str:
    """Write a time, each once."""
    year, month, day, hour, minute, second = STAMP_PACKING.unpack(octets)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


def record_floor(raw: bytes, begin: int) -> list[list[object]]:
    """Columns of rows of the one form that is expected; ``begin`` is where they begin in the APDU."""
    apdu = checked(raw)
    count = apdu[begin - 1]
    rows = apdu[begin : begin + count * len(ROW)]
    assert apdu[begin + len(rows) :] == b"\0\0"
    assert int.from_bytes(rows, "big") & whole(MASK, count) == whole(ROW, count)
    address, *moments = zip(*ROW_PACKING.iter_unpack(rows), strict=True)
    columns: list[list[object]] = [[octets.hex().upper() for octets in address]]
    columns += [[stamp_text(octets) for octets in column] for column in moments[:3]]
    for column in moments[3:]:
        columns.append([None if value == MISSING else value for value in column] if MISSING in column else list(column))
    return columns


@cache
def whole(row: bytes, count: int) -> int:
    """So many rows as one number."""
    return int.from_bytes(row * count, "big")


@dataclass
class Job:
    """A job with all its ways."""

    name: str
    ways: dict[str, Way] = field(default_factory=dict)

    def rate(self, way: str) -> float:
        """Frames a second."""
        return 1 / self.ways[way].best

    def row(self, names: list[str]) -> str:
        """One line of the table."""
        shown = (f"{self.rate(name):12,.0f}" if name in self.ways else f"{'-':>12}" for name in names)
        return f"{self.name:34}" + "".join(shown)


def job(name: str, frames: list[bytes], **ways: Work) -> Job:
    """Make a job whose ways do all the frames at a time."""
    return Job(name, {way.replace("_", " "): Way(work, len(frames)) for way, work in ways.items()})


def over(frames: list[bytes], decode: object) -> Work:
    """Decode one frame after the other."""
    if len(frames) == 1:
        raw = frames[0]
        return lambda: decode(raw)  # type: ignore[operator]  # any of the ways above
    return lambda: [decode(raw) for raw in frames]  # type: ignore[operator]


def jobs() -> Iterator[Job]:
    """Give all jobs, having seen that their ways agree."""
    single = normal()
    assert normal_floor(single)[2] == tuple(walked(single)[0][1])  # type: ignore[index]
    yield job(
        "GetResponseNormal of 54 bytes",
        [single],
        floor=over([single], normal_floor),
        generic=over([single], generic),
        peer_walked=over([single], walked),
        peer_native=over([single], native),
    )
    whole_frame, blocks = record(rows_of(range(METERS))), transfer()
    answers = {f"records of 30 meters, {len(whole_frame)} B": [whole_frame], "1,000 meters in 34 blocks": blocks}
    for name, frames in answers.items():
        begin = parse_link(frames[0]).user_data.index(b"\x55\x07")
        for raw in frames:
            assert record_floor(raw, begin) == list(bulk(raw).data)
        ways = {"floor": lambda raw, begin=begin: record_floor(raw, begin), "bulk": bulk, "generic": generic}
        ways |= {"skim": skim}
        ways |= {"peer_walked": walked, "peer_native": native}
        yield job(name, frames, **{way: over(frames, decode) for way, decode in ways.items()})
    odd = record(rows_of(range(METERS), silent=10))
    assert bulk(odd).count == METERS
    yield job(
        "the same, every 10th meter silent",
        [odd],
        bulk=over([odd], bulk),
        generic=over([odd], generic),
        peer_walked=over([odd], walked),
        peer_native=over([odd], native),
    )
    yield streaming([single] * 40 + [whole_frame])
    yield encoding("encode: request for 30 meters", asking(range(METERS)))
    yield encoding("encode: records of 30 meters", whole_frame)


def asking(meters: range) -> bytes:
    """Give a request for the daily freezes of meters."""
    addressed = MeterAddresses(tuple(TSA.of(f"{meter:012}") for meter in meters))
    selector = Selector5(DateTimeS(2026, 5, 20, 0, 0, 0), addressed)
    request = GetRecordRequest(PIID, GetRecord(TASK_RECORDS, selector, COLUMNS))
    return build_link(LinkFrame(REQUEST, SERVER, 0x10, build_apdu(request)))


def encoding(name: str, raw: bytes) -> Job:
    """Build a frame of what it says; the package has its values in C++ already."""
    frame = parse_link(raw)
    apdu, peer_frame = parse_apdu(frame.user_data), decode_frame(raw)
    peer_apdu = decode_apdu(peer_frame.payload)

    def ours() -> bytes:
        return build_link(replace(frame, user_data=build_apdu(apdu)))

    def peers() -> bytes:
        peer_frame.payload = encode_apdu(peer_apdu)
        return bytes(encode_frame(peer_frame))

    assert ours() == peers() == raw
    return job(name, [raw], generic=ours, peer_native=peers)


def streaming(frames: list[bytes]) -> Job:
    """Frames behind wake-up bytes, in chunks that cut them anywhere."""
    line = b"".join(b"\xfe" * 4 + raw for raw in frames)
    chunks = [line[at : at + CHUNK] for at in range(0, len(line), CHUNK)]

    def ours() -> int:
        receiver = Receiver()
        return sum(len(receiver.receive(chunk)) for chunk in chunks)

    def peers() -> int:
        decoder = FrameStreamDecoder()
        return sum(len(decoder.feed(chunk)) for chunk in chunks)

    assert ours() >= peers() == len(frames)
    return job(f"stream in chunks of {CHUNK}, frames", frames, generic=ours, peer_native=peers)


def main() -> None:
    """Measure, print a line for each job, and say whether the aims hold."""
    found = list(jobs())
    measure(way for each in found for way in each.ways.values())
    names = ["floor", "skim", "bulk", "generic", "peer walked", "peer native"]
    print(f"{'frames/s':34}" + "".join(f"{name:>12}" for name in names))
    for each in found:
        print(each.row(names))
    for each in found:
        if "peer walked" not in each.ways:
            continue
        ratio = each.rate("generic") / each.rate("peer walked")
        print(f"{each.name}: generic {ratio:.2f} × peer walked (aim {GENERIC_AIM}), {verdict(ratio >= GENERIC_AIM)}")
        if "bulk" in each.ways:
            gain = each.rate("bulk") / each.rate("peer walked")
            print(f"{each.name}: bulk {gain:.2f} × peer walked (aim {BULK_AIM}), {verdict(gain >= BULK_AIM)}")
        if "bulk" in each.ways and "floor" in each.ways:
            times = each.rate("floor") / each.rate("bulk")
            print(f"{each.name}: bulk takes {times:.2f} × floor (aim {FLOOR_AIM}), {verdict(times <= FLOOR_AIM)}")


if __name__ == "__main__":
    main()
