"""What the laboratory's stand-ins for encryption machine and ESAM say to each other, and what neither believes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import labchip, labcipher
from protocols.errors import RemoteProtocolError
from protocols.labchip import Sealed

KEYS = st.binary(min_size=16, max_size=16)
RANDOMS = KEYS
NUMBERS = st.integers(0, 2**32 - 1)
APDUS = st.binary(max_size=2000)
FORMS = st.sampled_from([(False, True), (True, True), (True, False)])
KEY = bytes(range(16))


@given(key=KEYS, random1=RANDOMS, random2=RANDOMS, counter=NUMBERS)
def test_both_sides_come_to_the_same_key(key: bytes, random1: bytes, random2: bytes, counter: int) -> None:
    """An opening and its answer have the lengths of captured frames, and each side learns the other's number."""
    ciphertext, signature = labchip.offer(key, random1, counter)
    assert (len(ciphertext), len(signature)) == (32, 4)
    assert labchip.offered(key, ciphertext, signature) == (random1, counter)
    rn, proof = labchip.accept(key, random1, random2)
    assert (len(rn), len(proof)) == (48, 4)
    assert labchip.accepted(key, random1, rn, proof) == random2


@given(key=KEYS, random1=RANDOMS, other=RANDOMS, random2=RANDOMS)
def test_an_answer_to_another_opening_is_none(key: bytes, random1: bytes, other: bytes, random2: bytes) -> None:
    """A CONNECT-Response that was recorded proves nothing to a later opening."""
    if other != random1:
        with pytest.raises(RemoteProtocolError, match="mac"):
            labchip.accepted(key, random1, *labchip.accept(key, other, random2))


@given(key=KEYS, number=NUMBERS, apdu=APDUS, form=FORMS)
def test_what_was_sealed_opens(key: bytes, number: int, apdu: bytes, form: tuple[bool, bool]) -> None:
    """A request and an answer open in each form; only what is hidden is not to be seen."""
    hidden, maced = form
    request = labchip.seal_request(key, number, apdu, hidden=hidden, maced=maced)
    assert labchip.number_of(request.attached) == number
    assert labchip.open_request(key, request, hidden=hidden) == apdu
    assert (request.data == apdu) is not hidden
    answer = labchip.seal_answer(key, number, apdu, hidden=hidden, maced=maced)
    assert (answer.mac is not None) is maced
    assert labchip.open_answer(key, number, answer.data, answer.mac, hidden=hidden) == apdu


@given(apdu=APDUS, form=FORMS, data=st.data())
def test_a_changed_byte_opens_nothing(apdu: bytes, form: tuple[bool, bool], data: st.DataObject) -> None:
    """One byte changed in SID, data or MAC of a request, and it is refused."""
    hidden, maced = form
    made = labchip.seal_request(KEY, 7, apdu, hidden=hidden, maced=maced)
    whole = bytearray(made.attached + made.data + (made.mac or b""))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    begin, end = len(made.attached), len(made.attached) + len(made.data)
    changed = Sealed(bytes(whole[:begin]), bytes(whole[begin:end]), bytes(whole[end:]) if maced else None)
    with pytest.raises(RemoteProtocolError):
        labchip.open_request(KEY, changed, hidden=hidden)


@given(apdu=APDUS, number=NUMBERS, other=NUMBERS, form=FORMS)
def test_an_answer_is_to_its_request_alone(apdu: bytes, number: int, other: int, form: tuple[bool, bool]) -> None:
    """The answer to another request, and the request itself sent back, are no answer."""
    hidden, maced = form
    answer = labchip.seal_answer(KEY, number, apdu, hidden=hidden, maced=maced)
    request = labchip.seal_request(KEY, number, apdu, hidden=hidden, maced=maced)
    with pytest.raises(RemoteProtocolError):
        labchip.open_answer(KEY, number, request.data, request.mac, hidden=hidden)
    if other != number:
        with pytest.raises(RemoteProtocolError):
            labchip.open_answer(KEY, other, answer.data, answer.mac, hidden=hidden)


def test_plaintext_without_a_mac_is_not_opened() -> None:
    """What proves nothing is not believed, however readable."""
    with pytest.raises(RemoteProtocolError, match="mac"):
        labchip.open_answer(KEY, 1, b"\x85\x01", None, hidden=False)
    with pytest.raises(RemoteProtocolError, match="mac"):
        labchip.same(b"\0" * 4, None)


@pytest.mark.parametrize("prove", [labchip.origin, labchip.reported, labchip.taken])
def test_a_proof_is_of_its_random_number(prove: Callable[[bytes, bytes, bytes], bytes]) -> None:
    """A proof is of its key, random number and APDU, and where one ends the other does not begin."""
    proof = prove(KEY, b"ab", b"cd")
    assert len(proof) == 4
    assert len({proof, prove(KEY, b"abc", b"d"), prove(KEY, b"ab", b"ce"), prove(bytes(16), b"ab", b"cd")}) == 4
    assert len({one(KEY, b"ab", b"cd") for one in (labchip.origin, labchip.reported, labchip.taken)}) == 3


@pytest.mark.parametrize("octets", [b"", bytes(11), bytes(13)])
def test_sizes_are_kept(octets: bytes) -> None:
    """SID and RN of other lengths have no number."""
    for number in (labchip.number_of, labchip.report_counter):
        with pytest.raises(RemoteProtocolError):
            number(octets)


def test_the_same_order_never_looks_the_same() -> None:
    """The number of the request is in its ciphertext."""
    one, two = (labchip.seal_request(KEY, number, b"trip", hidden=True, maced=True) for number in (1, 2))
    assert one.data != two.data
    assert labcipher.session_key(KEY, KEY, bytes(16)) != labcipher.session_key(KEY, bytes(16), KEY)
