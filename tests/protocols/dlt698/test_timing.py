"""How long an answer is waited for, and what a login tells about a clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from protocols.dlt698 import (
    BAUD_2400_8E1,
    NULL,
    OAD,
    OMD,
    TSA,
    Action,
    ActionNormalRequest,
    ActionThenGet,
    ActionThenGetRequest,
    Apdu,
    GetMd5Request,
    GetNextRequest,
    GetNormalRequest,
    GetRecord,
    GetRecordRequest,
    Piid,
    ProxyActionListRequest,
    ProxyGetListRequest,
    ProxyGetRecordRequest,
    ProxyTransRequest,
    SecurityRequest,
    Selector9,
    SetThenGet,
    SetThenGetRequest,
    Target,
    build_apdu,
    clock_error,
    clock_offset,
    patience,
)
from protocols.dlt698.apdu.security import Ciphertext, Plaintext, RandomNumber
from tests.protocols.dlt698.strategies import any_apdu

PIID, TRIP = Piid(1), OMD.parse("80008100")
ENERGY = OAD.parse("00100200")
METER = TSA.of("000000001001")
RECORD = GetRecord(OAD.parse("50040200"), Selector9(1), ())
FRAME = b"\x68"


def targets(*timeouts: int) -> tuple[Target[OAD], ...]:
    """Make targets with these time-outs."""
    return tuple(Target(METER, timeout, (ENERGY,)) for timeout in timeouts)


def secured(data: Plaintext | Ciphertext) -> SecurityRequest:
    """Wrap an APDU."""
    return SecurityRequest(data, RandomNumber(bytes(16)))


@pytest.mark.parametrize(
    ("request_", "seconds"),
    [
        (GetNormalRequest(PIID, ENERGY), 30),
        (ActionNormalRequest(PIID, Action(TRIP, NULL)), 30),
        (GetRecordRequest(PIID, RECORD), 60),
        (GetNextRequest(PIID, 1), 60),
        (GetMd5Request(PIID, ENERGY), 60),
        (SetThenGetRequest(PIID, (SetThenGet(ENERGY, NULL, ENERGY, 5), SetThenGet(ENERGY, NULL, ENERGY, 7))), 42),
        (ActionThenGetRequest(PIID, (ActionThenGet(TRIP, NULL, ENERGY, 20),)), 50),
        (ProxyGetListRequest(PIID, 50, targets(45)), 60),
        (ProxyGetListRequest(PIID, 0, targets(45, 20)), 75),
        (ProxyGetListRequest(PIID, 0, targets(0, 20)), 90),
        (ProxyActionListRequest(PIID, 600, (Target(METER, 0, (Action(TRIP, NULL),)),)), 610),
        (ProxyGetRecordRequest(PIID, 100, METER, RECORD), 110),
        (ProxyGetRecordRequest(PIID, 0, METER, RECORD), 70),
        (ProxyTransRequest(PIID, ENERGY, BAUD_2400_8E1, 45, 500, FRAME), 55.5),
        (ProxyTransRequest(PIID, ENERGY, BAUD_2400_8E1, 0, 500, FRAME), 70.5),
        (secured(Ciphertext(bytes(16))), 60),
        (secured(Plaintext(b"\xff")), 60),
        (secured(Plaintext(build_apdu(ProxyGetRecordRequest(PIID, 100, METER, RECORD)))), 110),
        (secured(Plaintext(build_apdu(secured(Plaintext(b""))))), 60),
    ],
    ids=lambda value: getattr(value, "service", None),
)
def test_patience_follows_from_the_request(request_: Apdu, seconds: float) -> None:
    """A server that was given time is waited for longer than that; delays inside of a request count."""
    assert patience(request_) == timedelta(seconds=seconds)


@given(any_apdu)
def test_nobody_waits_for_less_than_a_direct_answer(apdu: Apdu) -> None:
    """Of a PROXY-Request at least its margin: whoever asks for a second gets it."""
    assert patience(apdu) >= timedelta(seconds=10)


def test_a_clock_is_compared_by_half_the_round_trip() -> None:
    """Both sides come to the same: the head-end by an estimate, the terminal by all four instants."""
    begin = datetime(2024, 5, 20, tzinfo=UTC)
    fast, way, thinking = timedelta(seconds=7), timedelta(seconds=2), timedelta(seconds=1)
    t1 = begin + fast
    t2, t3 = begin + way, begin + way + thinking
    t4 = begin + 2 * way + thinking + fast
    assert clock_error(t1, t2, 2 * way) == fast
    assert clock_error(t1, t2) == fast - way
    assert clock_offset(t1, t2, t3, t4) == (-fast, 2 * way)
