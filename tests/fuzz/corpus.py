"""The packed corpus: a line of text for each input, ``target hex``."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["pack", "read_corpus"]

CORPUS = Path(__file__).with_name("corpus.txt")
_COMMENT = "#"
_HEAD = "# Inputs of the fuzzer's targets, one a line: target, bytes in hex. Written by python -m tests.fuzz.run --pack"


def read_corpus() -> dict[str, list[bytes]]:
    """Inputs by target."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for line in CORPUS.read_text(encoding="utf-8").splitlines() if CORPUS.exists() else ():
        if line and not line.startswith(_COMMENT):
            name, _, data = line.partition(" ")
            found[name].append(bytes.fromhex(data))
    return dict(found)


def pack(inputs: Mapping[str, Sequence[bytes]], most: int) -> None:
    """Write the corpus anew, with at most so many inputs of a target spread over all their lengths."""
    lines = [_HEAD]
    for name, found in inputs.items():
        step = max(1, -(-len(found) // most))
        lines += [f"{name} {data.hex()}".rstrip() for data in found[::step]]
    CORPUS.write_text("\n".join(lines) + "\n", encoding="utf-8")
