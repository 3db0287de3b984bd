"""How fast DL/T 645 frames are decoded, as ratios to the bare sum and unmasking of their bytes.

Run: ``python bench/dlt645_decode.py``. The frame is the answer with an energy block of total and four tariffs.
"""

from collections.abc import Callable
from timeit import repeat

from dlt645.protocol.protocol import DLT645Protocol

from protocols.dlt645 import (
    DI,
    Address,
    ReadAnswer,
    Receiver,
    build_frame,
    build_message,
    parse_frame,
    parse_message,
    read_payload,
)

ROUNDS = 2_000
REPEATS = 5
UNMASK = bytes((value - 0x33) & 0xFF for value in range(256))
BLOCK = bytes.fromhex("2901000062000000600000000300000002000000")
ANSWER = ReadAnswer(DI(0x0001FF00), BLOCK)
METER = Address.meter("201000000012")
RAW = build_frame(build_message(METER, ANSWER), wakeup=0)


def floor() -> bytes:
    """Do what no decoder can leave out."""
    assert sum(RAW[:-2]) & 0xFF == RAW[-2]
    return RAW[10:-2].translate(UNMASK)


def frame() -> object:
    """Envelope only."""
    return parse_frame(RAW)


def values() -> object:
    """Envelope, message, and the five numbers."""
    message = parse_message(parse_frame(RAW))
    assert isinstance(message, ReadAnswer)
    return read_payload(message.di, message.payload)


def stream() -> object:
    """Envelope off a line."""
    return Receiver().receive(RAW)


def build() -> object:
    """Message to bytes."""
    return build_frame(build_message(METER, ANSWER))


def pypi() -> object:
    """Envelope by the PyPI package."""
    return DLT645Protocol.deserialize(RAW)


def seconds(work: Callable[[], object]) -> float:
    """Best time of one call."""
    return min(repeat(work, number=ROUNDS, repeat=REPEATS)) / ROUNDS


def main() -> None:
    """Print one line for each way."""
    bare = seconds(floor)
    for work in (floor, pypi, frame, stream, values, build):
        took = seconds(work)
        about = (work.__doc__ or "").rstrip(".")
        print(f"{work.__name__:8} {1 / took:12,.0f} frames/s  {took / bare:6.1f} × floor   {about}")


if __name__ == "__main__":
    main()
