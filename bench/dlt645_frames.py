"""How fast DL/T 645 frames are decoded and encoded, beside PyPI dlt645 and a floor that no codec can go below.

Run: ``python bench/dlt645_frames.py``. The floor is the bare sum and unmasking of the same bytes. All ways are timed
in turn, many times over, and the best time of each counts, so that the noise of a machine hits all of them alike.
The package does on its side what its client does with an answer. Its client knows no blocks, hence for those: its
envelope, then its conversion for each value. It has no word of bits, and makes numbers of FF fill.
"""

import struct
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from dlt645.common.transform import bcd_to_value, float_to_bcd
from dlt645.protocol.protocol import DLT645Protocol
from dlt645.service.clientsvc.client_service import MeterClientService
from measuring import Way, Work, measure, verdict

from protocols.dlt645 import (
    DI,
    Address,
    ReadAnswer,
    ReadRequest,
    Receiver,
    build_frame,
    build_message,
    parse_frame,
    parse_message,
    read_payload,
    write_payload,
)

CHUNK = 1024
VALUES = "values: "
COMPARED = ("register", "signed power", "block of 5 registers")
"""Items of which both give the same values."""
ENVELOPE_AIM = 2.5
PEER_AIM = 4.0
UNMASK = bytes((value - 0x33) & 0xFF for value in range(256))
METER = Address.meter("201000000012")
ITEMS = {
    "register": (0x00010000, "29010000", ()),
    "signed power": (0x02030000, "341280", ()),
    "block of 5 registers": (0x0001FF00, "2901000062000000600000000300000002000000", ("XXXXXX.XX",) * 5),
    "block of 3 voltages, 2 not fitted": (0x0201FF00, "0123ffffffff", ("XXX.X",) * 3),
    "block of 7 state words": (0x040005FF, "0000000050000000000000000000", ("XXXX",) * 7),
}
"""What is decoded: identifier, payload, and the formats of the values where the package's client has none."""


@dataclass
class Job:
    """A job with its floor, our way and, where it can do it, the package's."""

    name: str
    floor: Way
    ours: Way
    peer: Way | None = None

    @property
    def ways(self) -> list[Way]:
        """Every way of it."""
        return [way for way in (self.floor, self.ours, self.peer) if way]

    @property
    def ratio(self) -> float:
        """Our time as a multiple of the floor."""
        return self.ours.best / self.floor.best

    @property
    def gain(self) -> float:
        """The package's time as a multiple of ours."""
        return self.peer.best / self.ours.best if self.peer else float("nan")

    def row(self) -> str:
        """One line of the table."""
        shown = f"{self.name:41} {1 / self.ours.best:11,.0f} {self.ratio:8.1f}"
        if self.peer is None:
            return shown
        return f"{shown} {1 / self.peer.best:12,.0f} {self.peer.best / self.floor.best:8.1f} {self.gain:8.1f}"


def floor(raws: list[bytes]) -> Way:
    """Do what no codec can leave out."""

    def work() -> None:
        for raw in raws:
            assert sum(raw[:-2]) & 0xFF == raw[-2]
            raw[10:-2].translate(UNMASK)

    return Way(work, len(raws)) if len(raws) > 1 else Way(one_floor(raws[0]))


def one_floor(raw: bytes) -> Work:
    """Do it without a loop around it."""

    def work() -> bytes:
        assert sum(raw[:-2]) & 0xFF == raw[-2]
        return raw[10:-2].translate(UNMASK)

    return work


def decoding() -> list[Job]:
    """Envelope and message of a block, then the values of each item."""
    raw = raw_of("block of 5 registers")
    jobs = [
        Job("envelope", floor([raw]), Way(lambda: parse_frame(raw)), Way(lambda: DLT645Protocol.deserialize(raw))),
        Job("envelope and message", floor([raw]), Way(lambda: parse_message(parse_frame(raw)))),
    ]
    for name, (_, _, formats) in ITEMS.items():
        jobs.append(
            Job(VALUES + name, floor([raw_of(name)]), Way(ours(raw_of(name))), Way(peers(raw_of(name), formats)))
        )
    return jobs


def ours(raw: bytes) -> Work:
    """Bytes to a reading."""

    def work() -> object:
        message = parse_message(parse_frame(raw))
        assert isinstance(message, ReadAnswer)
        return read_payload(message.di, message.payload)

    return work


def peers(raw: bytes, formats: tuple[str, ...]) -> Work:
    """Do as the package's client does with an answer, or convert value by value what it does not know."""
    client = MeterClientService(None)
    client.address = bytearray(METER.to_wire())
    sizes = [len(form.replace(".", "")) // 2 for form in formats]
    starts = accumulate(sizes[:-1], initial=4)
    cuts = [(slice(at, at + size), form) for at, size, form in zip(starts, sizes, formats, strict=False)]

    def work() -> object:
        frame = DLT645Protocol.deserialize(raw)
        if not cuts:
            return client.handle_response(frame).value
        return [bcd_to_value(frame.data[cut], form, "little") for cut, form in cuts]

    return work


def streaming() -> Job:
    """All items, ten times over, behind wake-up bytes, in chunks that cut frames anywhere."""
    raws = [raw_of(name) for name in ITEMS] * 10
    line = b"".join(b"\xfe" * 4 + raw for raw in raws)
    chunks = [line[at : at + CHUNK] for at in range(0, len(line), CHUNK)]

    def ours() -> int:
        receiver = Receiver()
        return sum(len(receiver.receive(chunk)) for chunk in chunks)

    def peers() -> int:
        pending, found = b"", 0
        for chunk in chunks:
            pending += chunk
            frame = object()
            while frame is not None:
                pending, frame = DLT645Protocol.deserialize_with_remaining(pending)
                found += frame is not None
        return found

    assert ours() == peers() == len(raws)
    return Job(f"stream in chunks of {CHUNK}", floor(raws), Way(ours, len(raws)), Way(peers, len(raws)))


def encoding() -> list[Job]:
    """Build a frame, a request, and an answer with its values."""
    di, payload, formats = ITEMS["block of 5 registers"]
    raw = raw_of("block of 5 registers")
    frame = parse_frame(raw)
    address, request = METER.to_wire(), ReadRequest(DI(di))
    values = read_payload(DI(di), bytes.fromhex(payload)).values
    floats = [float(value) for value in values if isinstance(value, Decimal)]

    def our_values() -> bytes:
        return build_frame(build_message(METER, ReadAnswer(DI(di), write_payload(DI(di), *values))))

    def peer_values() -> bytes:
        built = b"".join(float_to_bcd(value, form, "little") for value, form in zip(floats, formats, strict=True))
        return bytes(DLT645Protocol.build_frame(address, 0x91, struct.pack("<I", di) + built))

    assert our_values() == peer_values() == b"\xfe" * 4 + raw
    asked = build_frame(build_message(METER, request), wakeup=0)
    return [
        Job(
            "encode: frame",
            floor([raw]),
            Way(lambda: build_frame(frame)),
            Way(lambda: DLT645Protocol.build_frame(address, 0x91, frame.data)),
        ),
        Job(
            "encode: read request",
            floor([asked]),
            Way(lambda: build_frame(build_message(METER, request))),
            Way(lambda: DLT645Protocol.build_frame(address, 0x11, struct.pack("<I", di))),
        ),
        Job("encode: block of 5 registers", floor([raw]), Way(our_values), Way(peer_values)),
    ]


def raw_of(name: str) -> bytes:
    """Answer with an item."""
    di, payload, _ = ITEMS[name]
    return build_frame(build_message(METER, ReadAnswer(DI(di), bytes.fromhex(payload))), wakeup=0)


def main() -> None:
    """Measure, print a line for each job, and say whether the aims hold."""
    jobs = [*decoding(), streaming(), *encoding()]
    measure(way for job in jobs for way in job.ways)
    print(f"{'':41} {'frames/s':>11} {'× floor':>8} {'PyPI dlt645':>12} {'× floor':>8} {'gain':>8}")
    for job in jobs:
        print(job.row())
    envelope = jobs[0].ratio
    print(f"envelope within {ENVELOPE_AIM} × floor: {envelope:.2f}, {verdict(envelope <= ENVELOPE_AIM)}")
    for job in jobs:
        if job.name.removeprefix(VALUES) in COMPARED:
            print(f"{job.name} {PEER_AIM} × as fast: {job.gain:.2f}, {verdict(job.gain >= PEER_AIM)}")


if __name__ == "__main__":
    main()
