"""Which answer belongs to which request, and which request must wait for an older answer to be out of the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    OAD,
    Address,
    Apdu,
    ClientApdu,
    ConnectRequest,
    ConnectResponse,
    Dar,
    Expected,
    GetListResponse,
    GetMd5Request,
    GetNextResponse,
    GetNormalRequest,
    GetNormalResponse,
    Match,
    NormalBlock,
    Piid,
    Questions,
    ReleaseRequest,
    ResultNormal,
    SecurityRequest,
    SecurityResponse,
    ServerErrorResponse,
    SetNormalResponse,
    build_apdu,
)
from protocols.dlt698.apdu.security import Ciphertext, Mac, Plaintext, RandomNumber
from protocols.dlt698.line.matching import inner_number
from protocols.errors import LocalProtocolError
from tests.protocols.dlt698.strategies import CLASSES, WILD
from tests.protocols.dlt698.test_association import CAN, CLIENT, REQUEST, RESPONSE

DEVICE, ELSEWHERE = Address.single("210000123456"), Address.single("210000999999")
CORE = Address.single("210000123456", 1)
ENERGY = OAD.parse("00100200")


def get(number: int) -> GetNormalRequest:
    """Make a request."""
    return GetNormalRequest(Piid(number), ENERGY)


def got(number: int) -> GetNormalResponse:
    """Make its answer."""
    return GetNormalResponse(Piid(number), ResultNormal(ENERGY, Dar.OTHER))


def read(number: int) -> Expected:
    """Say how its answer is known."""
    return Expected.of(DEVICE, get(number))


def secured(number: int | None) -> Expected:
    """Say how the answer to a protected request is known, whose number can be read or not."""
    data = Ciphertext(b"\x00" * 16) if number is None else Plaintext(build_apdu(get(number)))
    return Expected.of(DEVICE, SecurityRequest(data, RandomNumber(bytes(16))))


def opened(number: int) -> SecurityResponse:
    """Make a protected answer that can be read."""
    return SecurityResponse(Plaintext(build_apdu(got(number))), Mac(bytes(4)))


CLOSED = SecurityResponse(Ciphertext(b"\x00" * 16), Mac(bytes(4)))
REFUSED = SecurityResponse(Dar.SYMMETRIC_DECRYPTION_ERROR, None)


@pytest.mark.parametrize(
    ("expected", "address", "apdu", "fits"),
    [
        (read(5), DEVICE, got(5), True),
        (read(5), DEVICE, GetNormalResponse(Piid(5, high=True, acd=True), ResultNormal(ENERGY, Dar.OTHER)), True),
        (read(5), DEVICE, GetNextResponse(Piid(5), last=True, block=1, content=NormalBlock(())), True),
        (read(5), DEVICE, ServerErrorResponse(Piid(5), 2), True),
        (read(5), DEVICE, ServerErrorResponse(Piid(6), 2), False),
        (read(5), DEVICE, got(6), False),
        (read(5), DEVICE, GetListResponse(Piid(5), ()), False),
        (read(5), DEVICE, SetNormalResponse(Piid(5), None), False),  # type: ignore[arg-type]  # not looked into
        (read(5), DEVICE, get(5), False),
        (read(5), ELSEWHERE, got(5), False),
        (read(5), CORE, got(5), False),
        (read(5), DEVICE, opened(5), False),
        (Expected.of(Address.wildcard(), get(5)), ELSEWHERE, got(5), True),
        (Expected.of(Address.wildcard("2100009AAAAA"), get(5)), DEVICE, got(5), False),
        (Expected.of(DEVICE, REQUEST), DEVICE, RESPONSE, True),
        (Expected.of(DEVICE, ReleaseRequest(Piid(0))), DEVICE, RESPONSE, False),
        (
            Expected.of(DEVICE, GetMd5Request(Piid(5), ENERGY)),
            DEVICE,
            GetNextResponse(Piid(5), last=True, block=1, content=NormalBlock(())),
            False,
        ),
        (secured(5), DEVICE, opened(5), True),
        (secured(5), DEVICE, opened(6), False),
        (secured(5), DEVICE, REFUSED, True),
        (secured(5), DEVICE, CLOSED, True),
        (secured(None), DEVICE, CLOSED, True),
        (secured(None), DEVICE, opened(6), True),
        (secured(5), DEVICE, got(5), False),
        (secured(5), DEVICE, ServerErrorResponse(Piid(5), 2), True),
        (secured(None), DEVICE, ServerErrorResponse(Piid(5), 2), False),
    ],
)
def test_device_number_service_and_kind_decide(expected: Expected, address: Address, apdu: Apdu, fits: bool) -> None:
    """The priority bit does not; an ERROR-Response stands for any service, and what is encrypted has no number."""
    assert expected.fits(address, apdu) is fits


@given(st.sampled_from(sorted(CLASSES, key=lambda cls: cls.__name__)).flatmap(WILD.apdus))
def test_the_number_inside_is_found_in_every_apdu(apdu: Apdu) -> None:
    """It is peeked at without reading the rest."""
    number = inner_number(Plaintext(build_apdu(apdu)))
    if hasattr(apdu, "piid"):
        assert number == apdu.piid.number
    assert inner_number(Plaintext(b"")) is None
    assert inner_number(Dar.OTHER) is None


def test_late_answers_and_copies_are_told_apart() -> None:
    """What was given up or taken still explains what comes in, until it is forgotten."""
    book = Questions()
    assert book.take(DEVICE, got(1)) is Match.UNASKED
    book.ask(read(1))
    book.ask(read(2))
    assert book.take(ELSEWHERE, got(1)) is Match.OTHER_DEVICE
    assert book.take(DEVICE, got(3)) is Match.OTHER_QUESTION
    assert book.take(DEVICE, got(1)) == read(1)
    book.abandon(read(2))
    book.abandon(read(1))
    assert book.take(DEVICE, got(1)) is Match.COPY
    assert book.take(DEVICE, got(2)) is Match.LATE
    book.forget(read(1))
    book.forget(read(2))
    assert book.take(DEVICE, got(1)) is Match.UNASKED


def test_one_number_is_open_once() -> None:
    """Whatever the services: an ERROR-Response could be either's."""
    book = Questions()
    book.ask(read(1))
    with pytest.raises(LocalProtocolError, match="number 1 of 210000123456 is open"):
        book.ask(Expected.of(DEVICE, ConnectRequest(Piid(1), CAN, CLIENT, 100, REQUEST.mechanism)))
    book.ask(Expected.of(ELSEWHERE, get(1)))
    book.ask(Expected.of(CORE, get(1)))


@pytest.mark.parametrize(
    ("older", "ends", "newer", "in_the_way"),
    [
        (read(1), "open", read(1), True),
        (read(1), "late", read(1), True),
        (read(1), "taken", read(1), True),
        (read(1), "late", read(2), False),
        (read(1), "late", Expected.of(ELSEWHERE, get(1)), False),
        (Expected.of(Address.wildcard(), get(1)), "late", read(1), True),
        (secured(None), "open", secured(None), False),
        (secured(None), "late", secured(None), True),
        (secured(1), "late", secured(2), True),
        (secured(None), "taken", secured(None), False),
        (secured(1), "taken", secured(2), False),
        (secured(1), "late", read(1), True),
        (secured(None), "late", read(1), False),
    ],
)
def test_what_could_be_taken_for_the_answer_is_in_the_way(
    older: Expected, ends: str, newer: Expected, in_the_way: bool
) -> None:
    """A number rests as long as something can come in under it; a protected answer may have no number."""
    book = Questions()
    book.ask(older)
    if ends == "late":
        book.abandon(older)
    elif ends == "taken":
        answer = {133: got(1), 144: opened(1)}[older.service]
        assert book.take(DEVICE, answer) == older
    assert (older in book.in_the_way(newer)) is in_the_way


def test_encrypted_answers_are_taken_in_their_order() -> None:
    """The oldest open request has the first; one that can be read finds its own."""
    book = Questions()
    first, second = secured(1), secured(2)
    book.ask(first)
    book.ask(second)
    assert book.take(DEVICE, opened(2)) == second
    book.forget(second)
    book.ask(second)
    assert [book.take(DEVICE, CLOSED) for _ in range(2)] == [first, second]


def test_requests_are_told_by_their_class() -> None:
    """CONNECT and RELEASE have no kind, and long reads may be answered in blocks."""
    assert Expected.of(DEVICE, REQUEST) == Expected("210000123456", 0, ConnectResponse.tag)
    assert read(5) == Expected("210000123456", 5, 133, frozenset({1, 5}))
    requests: list[ClientApdu] = [get(1)]
    assert {Expected.of(CORE, request).logical for request in requests} == {1}
