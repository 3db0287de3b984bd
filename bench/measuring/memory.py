"""What a process keeps after many frames of ever new devices and things: what is cached must be bounded."""

import gc
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from measuring import verdict

WARM_UP = 100_000
FRAMES = 300_000
BATCH = 1_000
AIM = 1.0
"""MiB that may be kept more after the frames than before."""
MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")


def kept() -> tuple[float, float]:
    """MiB that Python keeps, and MiB of the process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return tracemalloc.get_traced_memory()[0] / MIB, pages * PAGE / MIB


def watch(receive: Callable[[], int], *, frames: int = FRAMES, warm_up: int = WARM_UP, aim: float = AIM) -> None:
    """Print what is kept after each stretch of frames, and whether it stays flat from the first on.

    ``receive`` reads ``BATCH`` frames and says how many values they held. The first stretch fills the caches and is
    not counted.
    """
    tracemalloc.start()
    print(f"{'frames':>9} {'values':>10} {'kept, MiB':>10} {'process, MiB':>13}")
    values = 0
    stretches = []
    for stretch in range(1 + frames // warm_up):
        values += sum(receive() for _ in range(warm_up // BATCH))
        stretches.append(kept())
        print(f"{warm_up * (1 + stretch):9,} {values:10,} {stretches[-1][0]:10.2f} {stretches[-1][1]:13.1f}")
    growth = stretches[-1][0] - stretches[0][0]
    print(f"kept more after {frames:,} frames: {growth:.2f} MiB, {verdict(growth <= aim)}")
