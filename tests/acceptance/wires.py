"""A serial line without hardware: two ports, and a thread that carries bytes between them."""

import os
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

CHUNK = 4096


@contextmanager
def serial_line() -> Iterator[tuple[str, str]]:
    """Give the device files of the two ends of a line, which programs open as serial ports."""
    with ExitStack() as stack:
        ends = [_end(stack) for _ in range(2)]
        wake, stop = os.pipe()
        stack.callback(os.close, wake)
        (one, first), (other, second) = ends
        carrier = threading.Thread(target=_carry, args=(one, other, wake), name="line")
        carrier.start()
        try:
            yield first, second
        finally:
            os.close(stop)
            carrier.join()


def _end(stack: ExitStack) -> tuple[int, str]:
    near, far = os.openpty()
    stack.callback(os.close, near)
    stack.callback(os.close, far)
    tty.setraw(far)
    return near, os.ttyname(far)


def _carry(one: int, other: int, stop: int) -> None:
    across = {one: other, other: one}
    while True:
        ready, _, _ = select.select([one, other, stop], [], [])
        if stop in ready:
            return
        for end in ready:
            os.write(across[end], os.read(end, CHUNK))
