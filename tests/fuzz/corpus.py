"""The packed corpus: a line of text for each input, ``target hex``."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["pack", "read_corpus", "thinned"]

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


def thinned(inputs: Sequence[bytes], most: int, characters: int) -> Sequence[bytes]:
    """Give at most so many inputs, of so many characters of the file, spread over all their lengths."""
    written = sum(len(data) * 2 for data in inputs)
    return inputs[:: max(1, -(-len(inputs) // most), -(-written // characters))]


def pack(inputs: Mapping[str, Sequence[bytes]]) -> None:
    """Write the corpus anew."""
    lines = [_HEAD, *(f"{name} {data.hex()}".rstrip() for name, found in inputs.items() for data in found)]
    CORPUS.write_text("\n".join(lines) + "\n", encoding="utf-8")
