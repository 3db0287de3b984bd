"""The requests of fee control against the worked frames of the standard's texts, and what answers say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt698 import (
    NULL,
    OAD,
    ROAD,
    TI,
    TSA,
    Apdu,
    Dar,
    DataType,
    DateTimeS,
    Piid,
    ProxyActionListResponse,
    ProxyGetListResponse,
    ProxySetListResponse,
    ProxyTransResponse,
    Selector1,
    SetResult,
    SymmetricSecurity,
    TargetResult,
    TimeTag,
    TimeUnit,
    Value,
    build_apdu,
    build_link,
    double_long_unsigned,
    parse_apdu,
    parse_link,
    recipes,
)
from protocols.dlt698.objects.states import relay_word
from tests.protocols.dlt698.strategies import VECTORS

METER = "000032456789"
MIDNIGHT = DateTimeS(2024, 5, 20, 0, 0, 0)
FREEZE_COLUMN = ROAD(recipes.DAILY_FREEZES, (recipes.FREEZE_TIME, recipes.FORWARD, recipes.REVERSE))
TAG = TimeTag(DateTimeS(2024, 5, 20, 8, 40, 0), TI(TimeUnit.MINUTE, 10))


def _vector(service: str, piid: int) -> bytes:
    """User data of the frame to or from the worked examples' concentrator."""
    return next(
        parse_link(bytes.fromhex(vector["hex"])).user_data
        for vector in VECTORS
        if vector["decoded"].get("link", {}).get("sa") == "210000123456"
        and vector["decoded"].get("apdu", {}).get("service") == service
        and vector["decoded"]["apdu"].get("piid") == piid
    )


@pytest.mark.parametrize(
    ("apdu", "service"),
    [
        (recipes.act(Piid(37), recipes.trip(alarm_delay=5), TAG), "ACTION-Request"),
        (recipes.act(Piid(38), recipes.close(direct=True), TAG), "ACTION-Request"),
        (recipes.act(Piid(42), recipes.PROTECT, TAG), "ACTION-Request"),
        (
            recipes.proxy_get(Piid(45), METER, [recipes.FORWARD, recipes.RELAY_WORD], total=60, each=30),
            "PROXY-Request",
        ),
        (recipes.proxy_act(Piid(49), METER, recipes.trip(), TAG, total=60, each=30), "PROXY-Request"),
        (
            recipes.forward(Piid(51), bytes.fromhex("FEFEFEFE68230100450000681104333334331B16")),
            "PROXY-Request",
        ),
    ],
    ids=["trip", "close", "protect", "read through", "trip through", "forward"],
)
def test_a_request_is_the_worked_example(apdu: Apdu, service: str) -> None:
    """Byte for byte what the worked example of that number shows."""
    assert build_apdu(apdu) == _vector(service, apdu.piid.number)  # type: ignore[attr-defined]  # all have one


def test_what_a_meter_answered_through_its_concentrator_is_read() -> None:
    """Registers, the relay word, and nothing for a meter that is not in the answer."""
    answer = parse_apdu(_vector("PROXY-Response", 45))
    assert isinstance(answer, ProxyGetListResponse)
    results = recipes.proxied(answer, METER)
    energies = results[recipes.FORWARD]
    assert isinstance(energies, Value)
    assert energies.elements[0] == double_long_unsigned(1234567)
    word = results[recipes.RELAY_WORD]
    assert isinstance(word, Value)
    relay = relay_word(word)
    assert relay is not None
    assert not relay.is_open
    assert recipes.proxied(answer, "000000000001") == {}


def test_what_a_meter_said_to_a_trip_is_read() -> None:
    """The DAR of the method that was ordered; None for another method or meter."""
    answer = parse_apdu(_vector("PROXY-Response", 49))
    assert isinstance(answer, ProxyActionListResponse)
    result = recipes.acted(answer, METER, recipes.trip())
    assert result is not None
    assert result.dar is Dar.NOT_AUTHORISED
    assert recipes.acted(answer, METER, recipes.close()) is None
    assert recipes.acted(answer, "000000000001", recipes.trip()) is None


@pytest.mark.parametrize(
    ("came", "meant"),
    [
        (b"\xfe\xfe\x68\x16", b"\x68\x16"),
        (b"\x68\x16", b"\x68\x16"),
        (b"", Dar.REQUEST_TIMEOUT),
        (Dar.OTHER, Dar.OTHER),
    ],
)
def test_what_came_back_from_a_port_is_a_frame_or_a_reason(came: bytes | Dar, meant: bytes | Dar) -> None:
    """Wake-up bytes are taken off, and an empty answer is a time-out."""
    assert recipes.forwarded(ProxyTransResponse(Piid(1), OAD.parse("F2090201"), came)) == meant


@pytest.mark.parametrize(
    ("bits", "is_open", "commanded", "protected"),
    [
        ("0000101000000000", True, True, False),
        ("0000001000000000", False, True, False),
        ("0000000000001000", False, False, True),
    ],
)
def test_the_relay_word_is_read(bits: str, is_open: bool, commanded: bool, protected: bool) -> None:
    """Bits 4, 6 and 12 of status word 3."""
    word = relay_word(Value(DataType.BIT_STRING, bits))
    assert word is not None
    assert (word.is_open, word.trip_commanded, word.protected) == (is_open, commanded, protected)
    assert relay_word(NULL) is None
    assert relay_word(Value(DataType.BIT_STRING, "0000")) is None


def test_a_clock_is_read_and_set() -> None:
    """date_time_s both ways; anything else is no clock."""
    value = Value(DataType.DATE_TIME_S, MIDNIGHT)
    assert recipes.clock(value) == MIDNIGHT
    assert recipes.clock(NULL) is recipes.clock(Dar.OTHER) is None
    request = recipes.proxy_set(Piid(1), METER, recipes.set_clock(MIDNIGHT), total=60)
    assert parse_apdu(build_apdu(request)) == request
    assert request.targets[0].items[0].value == value


def test_what_a_meter_said_to_a_setting_is_read() -> None:
    """The DAR of the attribute that was set; None for another one or meter, and where it is told twice."""
    setting = recipes.set_clock(MIDNIGHT)
    told = SetResult(recipes.CLOCK, Dar.REFUSED)
    answer = ProxySetListResponse(Piid(1), (TargetResult(TSA.of(METER), (told,)),))
    assert recipes.was_set(answer, METER, setting) == told
    assert recipes.was_set(answer, "000000000001", setting) is None
    assert recipes.was_set(answer, METER, replace(setting, oad=recipes.FORWARD)) is None
    assert recipes.was_set(replace(answer, results=answer.results * 2), METER, setting) is None


def test_one_meters_freeze_is_asked_through_the_concentrator() -> None:
    """PROXY kind 2 carries the row of that midnight, with its stamp and the energies."""
    request = recipes.proxy_daily_freeze(Piid(46), METER, MIDNIGHT, timeout=60)
    stamp = Value(DataType.DATE_TIME_S, MIDNIGHT)
    assert request.record.rows == Selector1(recipes.FREEZE_TIME, stamp)
    assert request.record.columns == FREEZE_COLUMN.oads
    assert parse_apdu(build_apdu(request)) == request


apdus = st.binary(min_size=1, max_size=300)


@given(apdu=apdus, noise=st.sampled_from([b"", b"\xfe" * 4, b"\x68\x00"]), client=st.integers(0, 255))
def test_a_complete_frame_comes_back_by_its_meter(apdu: bytes, noise: bytes, client: int) -> None:
    """The APDU of the frame in which the meter answers is found behind noise, whatever its CA."""
    asked = parse_link(recipes.frame_for(METER, client, apdu))
    answer = build_link(replace(asked, control=asked.control.reversed, client=0))
    assert recipes.frame_of(METER, noise + answer) == apdu
    assert recipes.frame_of("000000000001", noise + answer) is None


@given(apdu=apdus, data=st.data())
def test_a_frame_that_is_no_answer_of_the_meter_is_none(apdu: bytes, data: st.DataObject) -> None:
    """Our own frame come back, one that the meter opened, a piece, and a changed byte: no answer."""
    asked = parse_link(recipes.frame_for(METER, 0xA1, apdu))
    answer = asked.control.reversed
    for control in (asked.control, replace(answer, client_opened=False), replace(answer, fragmented=True)):
        assert recipes.frame_of(METER, build_link(replace(asked, control=control))) is None
    octets = bytearray(build_link(replace(asked, control=answer)))
    octets[data.draw(st.integers(1, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    assert recipes.frame_of(METER, bytes(octets)) is None


def test_an_association_is_asked_for_with_everything_that_we_know() -> None:
    """CONNECT offers every service, our sizes and the wished time, and carries what the encryption machine made."""
    mechanism = SymmetricSecurity(bytes(32), bytes(4))
    request = recipes.connect(Piid(1), mechanism, 1800)
    assert parse_apdu(build_apdu(request)) == request
    assert (request.mechanism, request.timeout) == (mechanism, 1800)
    assert request.conformance.protocol.hex().upper() == "FFFFFFFFC0000000"
