"""How much memory is kept after many DL/T 645 frames of ever new meters and items: what is cached must be bounded.

Run: ``python bench/dlt645_memory.py``. Frames of random addresses, identifiers, lengths and digits come down a line
with noise between them; each is read as far as it can be. The first frames fill the caches and are not counted.
"""

from random import Random

from measuring.memory import BATCH, watch

from protocols.dlt645 import (
    DI,
    Address,
    Control,
    Frame,
    FrameReceived,
    Function,
    ReadAnswer,
    Receiver,
    build_frame,
    parse_message,
    read_payload,
)
from protocols.dlt645.items.identifiers import table
from protocols.errors import ProtocolError

MAX_PAYLOAD = 200
KNOWN = sorted(table())
BCD = bytes(int(f"{pair:02d}", 16) for pair in range(100)) + b"\xff" * 8


def frame(random: Random) -> bytes:
    """Answer of a meter nobody has seen before; two of three with an item of the table in its length."""
    known = random.choice(KNOWN)
    di = random.choice((known, known, DI(random.getrandbits(32))))
    size = table()[known].layout.size or random.randrange(MAX_PAYLOAD)
    payload = bytes(random.choices(BCD, k=min(size, MAX_PAYLOAD)))
    control = Control(random.choice((Function.READ, Function.READ, random.randrange(32))), from_slave=True)
    data = int(di).to_bytes(4, "little") + payload
    return build_frame(Frame(Address(f"{random.randrange(10**12):012d}"), control, data))


def receive(receiver: Receiver, random: Random) -> int:
    """Read a batch of frames off the line; how many values they held."""
    line = b"".join(random.randbytes(random.randrange(8)) + frame(random) for _ in range(BATCH))
    values = 0
    for at in range(0, len(line), 1024):
        for event in receiver.receive(line[at : at + 1024]):
            if isinstance(event, FrameReceived):
                values += len(read(event.frame))
    return values


def read(received: Frame) -> tuple[object, ...]:
    """Values of an answer, none where they cannot be read."""
    try:
        message = parse_message(received)
        return read_payload(message.di, message.payload).values if isinstance(message, ReadAnswer) else ()
    except ProtocolError:
        return ()


def main() -> None:
    """Watch what is kept."""
    random, receiver = Random(645), Receiver()  # noqa: S311  the same frames in every run
    watch(lambda: receive(receiver, random))


if __name__ == "__main__":
    main()
