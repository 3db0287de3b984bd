"""What the fuzzer found is replayed: inputs that reach every corner of the product, and those that broke it once."""

import pytest

from tests.fuzz.corpus import read_corpus
from tests.fuzz.drawn import Drawn, sealed, sealed_698
from tests.fuzz.targets import TARGETS

CORPUS = read_corpus()
FINDINGS = [
    pytest.param("texts", "4e2a", id="a format of one digit has no bytes to repeat"),
    pytest.param("texts", "42495453372a", id="a word of seven bits has no bytes to repeat"),
    pytest.param("texts", "58582a39393939393939393939", id="a format repeats ten thousand million times"),
    pytest.param("texts", "28" * 2000, id="a format of nothing but brackets"),
    pytest.param("texts", (b"a=" + b"[" * 2000).hex(), id="profiles of nothing but brackets"),
    pytest.param("texts", b"(((XX*999)*999)*999)*999".hex(), id="a format of 999 to the power of four fields"),
    pytest.param(
        "payloads",
        "0000" + "03300f01" + "00" * 10 + "0102030405",
        id="a record that ends undescribed has as many values as one that does not",
    ),
    pytest.param(
        "streams",
        "f5ffc6c6c6f2f2f2f2" + "9a" * 93 + "f20d0d3939ffffffff3b3938",
        id="wake-up bytes past the 64 kept are garbage in pieces, so they are in one piece",
    ),
    pytest.param(
        "fragments_698",
        "00c80408" + "0001020304050607" + "0400007a7a04",
        id="a first piece with another content is another transfer, not the old one repeated",
    ),
    pytest.param(
        "sessions_698",
        "010100000000020127020101a70002a7a7010102010102010102010102a7a3a7a701010101020102000001010201010201010201010101"
        "020101020101020101020101",
        id="a long report that waits for the one before it is repeated until no room is left",
    ),
]
"""Target and input of everything that ever broke a promise, named by its cause."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_keeps_the_promises(name: str) -> None:
    """Every input of the corpus is parsed, refused and built again as the target promises."""
    assert CORPUS[name], "a target without a corpus proves nothing; run python -m tests.fuzz.run --pack"
    for data in CORPUS[name]:
        TARGETS[name](data)


@pytest.mark.parametrize(("name", "data"), FINDINGS)
def test_what_broke_once_holds(name: str, data: str) -> None:
    """An input that broke a promise keeps it."""
    TARGETS[name](bytes.fromhex(data))


def test_the_corpus_is_small_and_has_no_strangers() -> None:
    """Every input belongs to a target, none is longer than two frames with their choices, none is there twice."""
    assert set(CORPUS) <= set(TARGETS)
    assert all(len(set(inputs)) == len(inputs) for inputs in CORPUS.values())
    assert max(len(data) for inputs in CORPUS.values() for data in inputs) <= 560


def test_choices_run_out_at_the_first() -> None:
    """Where the bytes have ended every choice is the first one, so that a short input is a whole one."""
    drawn = Drawn(b"\x05\x07ab")
    assert (drawn.number(3), drawn.one_of("abc"), drawn.take(1), bool(drawn)) == (1, "b", b"a", True)
    assert (drawn.rest(), bool(drawn), drawn.number(9), drawn.one_of("xyz")) == (b"b", False, 0, "x")


def test_sealing_makes_the_frame_of_a_capture() -> None:
    """Length, mask and checksum of the builder are those of a published frame."""
    assert sealed(bytes.fromhex("61010000000011" + "00000100")).hex() == "68610100000000681104333334331416"


def test_sealing_a_698_frame_makes_the_frame_of_a_capture() -> None:
    """Length, mask and both sums of the builder are those of a published frame, scrambled as it is."""
    plain = bytes.fromhex("4b050200000000001005011540000200") + b"\0"
    assert sealed_698(plain).hex() == "6817004b050200000000001082213834487333353333387816"
