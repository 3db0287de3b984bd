"""How much memory is kept after many DL/T 698.45 frames of ever new devices, objects and forms of records.

Run: ``python bench/dlt698_memory.py``. Frames of random addresses, with attributes and records of random columns and
values, come down a line with noise between them; each is read as values, named by the dictionary, and as columns.
"""

from collections.abc import Callable
from random import Random

from measuring.memory import BATCH, watch

from protocols.dlt698 import (
    NULL,
    OAD,
    RESPONSE,
    TSA,
    Address,
    Apdu,
    DataType,
    DateTimeS,
    FrameReceived,
    GetNormalResponse,
    GetRecordResponse,
    LinkFrame,
    Piid,
    Receiver,
    ResultNormal,
    ResultRecord,
    Value,
    array,
    build_apdu,
    build_link,
    double_long_unsigned,
    parse_apdu,
    structure,
)
from protocols.dlt698.objects import describe, known_attributes
from protocols.dlt698.records import read_bulk

FRAMES = 60_000
WARM_UP = 20_000
KNOWN = tuple(oad for oad, _ in known_attributes())


def oad_of(random: Random) -> OAD:
    """Give an attribute, half of them of the dictionary."""
    known = random.choice(KNOWN)
    return known if random.random() < 0.5 else OAD(random.getrandbits(16), random.randrange(32), random.randrange(9))  # noqa: PLR2004


def moment_of(random: Random) -> DateTimeS:
    """Give a midnight of this century."""
    return DateTimeS(random.randrange(2000, 2100), random.randrange(1, 13), random.randrange(1, 29), 0, 0, 0)


LEAVES: tuple[Callable[[Random], Value], ...] = (
    lambda _: NULL,
    lambda random: double_long_unsigned(random.getrandbits(32)),
    lambda random: Value(DataType.OCTET_STRING, random.randbytes(random.randrange(12))),
    lambda random: Value(DataType.DATE_TIME_S, moment_of(random)),
    lambda random: Value(DataType.TSA, TSA.of(f"{random.randrange(10**12):012d}")),
    lambda random: array(*(double_long_unsigned(random.getrandbits(32)) for _ in range(random.randrange(6)))),
)


def value_of(random: Random, depth: int = 2) -> Value:
    """Give a value of a random form."""
    if depth and random.random() < 0.2:  # noqa: PLR2004
        return structure(*(value_of(random, depth - 1) for _ in range(random.randrange(4))))
    return random.choice(LEAVES)(random)


def apdu_of(random: Random) -> Apdu:
    """Give an answer: an attribute, or a few rows of one form."""
    piid = Piid(random.randrange(64))
    if random.random() < 0.5:  # noqa: PLR2004
        return GetNormalResponse(piid, ResultNormal(oad_of(random), value_of(random)))
    columns = tuple(oad_of(random) for _ in range(random.randrange(1, 5)))
    row = tuple(value_of(random) for _ in columns)
    return GetRecordResponse(piid, ResultRecord(oad_of(random), columns, (row,) * random.randrange(1, 6)))


def frame(random: Random) -> bytes:
    """Give a frame of a device that nobody has seen before."""
    server = Address.single(f"{random.randrange(10**12):012d}")
    return build_link(LinkFrame(RESPONSE, server, random.randrange(256), build_apdu(apdu_of(random))))


def receive(receiver: Receiver, random: Random) -> int:
    """Read a batch of frames off the line; how many values and rows they held."""
    line = b"".join(random.randbytes(random.randrange(8)) + frame(random) for _ in range(BATCH))
    found = 0
    for at in range(0, len(line), 1024):
        for event in receiver.receive(line[at : at + 1024]):
            if isinstance(event, FrameReceived):
                found += read(event.frame)
    return found


def read(received: LinkFrame) -> int:
    """Read an answer in every way."""
    apdu, records = parse_apdu(received.user_data), read_bulk(received.user_data)
    if records is not None:
        return len(records.records)
    assert isinstance(apdu, GetNormalResponse)
    result = apdu.result
    return len(list(describe(result.oad, result.result).leaves())) if isinstance(result.result, Value) else 1


def main() -> None:
    """Watch what is kept."""
    random, receiver = Random(698), Receiver()  # noqa: S311  the same frames in every run
    watch(lambda: receive(receiver, random), frames=FRAMES, warm_up=WARM_UP)


if __name__ == "__main__":
    main()
