"""The security chip of a simulated DL/T 698.45 meter: what it proves, hides, counts and refuses, and F101's rules."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import dlt698, labchip, labcipher
from protocols.dlt698 import (
    NULL,
    OAD,
    OMD,
    SID,
    TI,
    Ciphertext,
    ConnectResult,
    Dar,
    DataType,
    DateTimeS,
    Mac,
    Piid,
    Plaintext,
    RandomNumber,
    RandomNumberMac,
    SecurityRequest,
    SecurityResponse,
    SidMac,
    SymmetricSecurity,
    TimeTag,
    Value,
    array,
    recipes,
    structure,
)
from protocols.errors import ProtocolError
from protocols.labcipher import ROOT_KEY, Use
from simulators.localtime import local
from simulators.meter import Dialect, Level, Meter, Server698
from simulators.meter.esam698 import SUSPENDED, VALIDITY, WRONG_MACS, Esam698
from simulators.meter.rules698 import Service, permits
from tests.drivers.scene import NEW, Trouble, physical
from tests.simulators.conftest import NOON, MakeMeter

LATER = NOON + timedelta(days=1)
RANDOM1 = bytes(range(16))
MODE, WORDS = OAD.parse("F1010200"), OAD.parse("F1010300")
TRIP = recipes.trip()
FORMS = {Level.PROVEN: (False, True), Level.HIDDEN: (True, False), Level.SEALED: (True, True)}


@dataclass
class Client:
    """A head-end with the laboratory's keys before one meter."""

    meter: Meter
    key: bytes = b""
    number: int = 0

    @property
    def chip(self) -> Esam698:
        """The meter's chip."""
        assert self.meter.memory.chip is not None
        return self.meter.memory.chip

    def ask(self, request: dlt698.Apdu, now: datetime = LATER, client: int = 0xA1) -> dlt698.Apdu:
        """Send an APDU as bytes and read the answer from bytes."""
        answer = Server698(self.meter).answer(dlt698.parse_apdu(dlt698.build_apdu(request)), now, client=client)
        assert answer is not None
        return dlt698.parse_apdu(dlt698.build_apdu(answer))

    def offer(self, counter: int, root: bytes = ROOT_KEY) -> dlt698.ConnectRequest:
        """Make an opening."""
        key = labcipher.meter_key(root, self.chip.serial, Use.ASSOCIATION)
        mechanism = SymmetricSecurity(*labchip.offer(key, RANDOM1, counter))
        return recipes.connect(Piid(1), mechanism, 7200)

    def connect(self, now: datetime = LATER) -> dlt698.ConnectResponse:
        """Make an association."""
        answer = self.ask(self.offer(self.chip.associations + 1), now)
        assert isinstance(answer, dlt698.ConnectResponse)
        if answer.security is not None:
            key = labcipher.meter_key(ROOT_KEY, self.chip.serial, Use.ASSOCIATION)
            random2 = labchip.accepted(key, RANDOM1, answer.security.rn, answer.security.signature)
            self.key = labcipher.session_key(key, RANDOM1, random2)
        return answer

    def secured(self, apdu: dlt698.Apdu, level: Level = Level.SEALED, number: int | None = None) -> SecurityRequest:
        """Protect an APDU at a level under the association."""
        self.number += 1
        hidden, maced = FORMS[level]
        used = self.number if number is None else number
        made = labchip.seal_request(self.key, used, dlt698.build_apdu(apdu), hidden=hidden, maced=maced)
        sid = SID(labchip.IDENTIFIER, made.attached)
        data = Ciphertext(made.data) if hidden else Plaintext(made.data)
        return SecurityRequest(data, sid if made.mac is None else SidMac(sid, made.mac))

    def open(self, answer: dlt698.Apdu, level: Level = Level.SEALED) -> dlt698.Apdu:
        """Check and read the answer to the last request."""
        assert isinstance(answer, SecurityResponse)
        assert isinstance(answer.data, Plaintext | Ciphertext), answer
        octets = answer.data.apdu if isinstance(answer.data, Plaintext) else answer.data.octets
        mac = answer.verification.mac if isinstance(answer.verification, Mac) else None
        hidden = FORMS[level][0]
        return dlt698.parse_apdu(labchip.open_answer(self.key, self.number, octets, mac, hidden=hidden))

    def act(self, omd: str, parameter: Value = NULL, level: Level = Level.SEALED) -> Dar:
        """Have a method carried out under the association."""
        request = recipes.act(Piid(9), dlt698.Action(OMD.parse(omd), parameter), tag())
        answer = self.open(self.ask(self.secured(request, level)), level)
        assert isinstance(answer, dlt698.ActionNormalResponse)
        return answer.result.dar

    def put(self, oad: OAD, value: Value) -> Dar:
        """Have an attribute set under the association."""
        answer = self.open(self.ask(self.secured(recipes.put(Piid(9), dlt698.Setting(oad, value), tag()))))
        assert isinstance(answer, dlt698.SetNormalResponse)
        return answer.result.dar

    def trips(self, level: Level) -> Dar:
        """Trip, and close again by hand."""
        if level is Level.PLAIN:
            answer = self.ask(recipes.act(Piid(9), TRIP, tag()))
            assert isinstance(answer, dlt698.ActionNormalResponse)
            dar = answer.result.dar
        else:
            dar = self.act("80008100", TRIP.parameter, level)
        assert self.meter.relay(LATER).open == (dar is Dar.SUCCESS)
        self.meter.relay(LATER).close(LATER)
        return dar


def tag() -> TimeTag:
    """Make a TimeTag of this moment."""
    return TimeTag(DateTimeS.of(local(LATER)), TI(1, 5))


@pytest.fixture
def client(make_meter: MakeMeter) -> Client:
    """Give a client before a secured meter."""
    meter = make_meter(dialect=Dialect.DLT698, profile="state-grid-698")
    Server698(meter)
    return Client(meter)


def test_an_association_is_proven_by_both_sides(client: Client) -> None:
    """The meter grants its own longest time, counts the association, and both sides have the same key."""
    answer = client.connect()
    assert (answer.result, answer.timeout) == (ConnectResult.ALLOWED, VALIDITY.seconds)
    assert client.chip.associations == 1
    assert client.trips(Level.SEALED) is Dar.SUCCESS


def test_an_opening_is_taken_once(client: Client) -> None:
    """A recorded opening, one of an old counter and one of another key are refused, and end no association."""
    opening = client.offer(5)
    answer = client.ask(opening)
    assert isinstance(answer, dlt698.ConnectResponse)
    assert answer.result == ConnectResult.ALLOWED
    for refused in (opening, client.offer(4), client.offer(6, bytes(16))):
        answer = client.ask(refused)
        assert isinstance(answer, dlt698.ConnectResponse)
        assert (answer.result, answer.security) == (ConnectResult.SIGNATURE_WRONG, None)
    assert client.chip.remaining(LATER) == VALIDITY


def test_other_mechanisms_are_refused(client: Client) -> None:
    """A meter with a chip takes neither no security nor a password."""
    for mechanism in (dlt698.NullSecurity(), dlt698.PasswordSecurity("00000000")):
        answer = client.ask(recipes.connect(Piid(1), mechanism, 60))
        assert isinstance(answer, dlt698.ConnectResponse)
        assert answer.result == ConnectResult.OTHER


def test_an_association_is_needed_and_runs_out(client: Client) -> None:
    """SID forms before CONNECT, after its time and after its end (F100 method 5) are refused with DAR 22."""
    client.key = bytes(16)
    refused = SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)
    assert client.ask(client.secured(recipes.act(Piid(1), TRIP, tag()))) == refused
    client.connect(LATER - VALIDITY)
    assert client.ask(client.secured(recipes.act(Piid(1), TRIP, tag()))) == refused
    client.connect()
    assert client.act("F1000500") is Dar.SUCCESS
    assert client.ask(client.secured(recipes.act(Piid(1), TRIP, tag()))) == refused
    assert not client.meter.relay(LATER).open


def test_an_association_is_released(client: Client) -> None:
    """RELEASE ends the association, and is answered."""
    client.connect()
    assert client.ask(dlt698.ReleaseRequest(Piid(2))) == dlt698.ReleaseResponse(Piid(2), 0)
    refused = client.ask(client.secured(recipes.act(Piid(1), TRIP, tag())))
    assert refused == SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)


def test_a_replayed_request_moves_nothing(client: Client) -> None:
    """A request whose number is not above the last is refused with DAR 22, however right its MAC."""
    client.connect()
    request = client.secured(recipes.act(Piid(1), TRIP, tag()), number=7)
    assert isinstance(client.ask(request), SecurityResponse)
    client.meter.relay(LATER).close(LATER)
    for again in (request, client.secured(recipes.act(Piid(1), TRIP, tag()), number=6)):
        assert client.ask(again) == SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)
    assert not client.meter.relay(LATER).open


@given(place=st.integers(0, 10**6), change=st.integers(1, 255))
def test_a_changed_request_moves_nothing(place: int, change: int) -> None:
    """A byte changed in SID, ciphertext or MAC, and the relay stays as it is."""
    client = Client(physical(NEW, Trouble(profile="state-grid-698")))
    Server698(client.meter)
    client.connect()
    octets = bytearray(dlt698.build_apdu(client.secured(recipes.act(Piid(1), TRIP, tag()))))
    octets[place % len(octets)] ^= change
    with suppress(ProtocolError):
        Server698(client.meter).answer(dlt698.parse_apdu(bytes(octets)), LATER, client=0xA1)
    assert not client.meter.relay(LATER).open


def test_wrong_macs_suspend_the_chip_for_a_while(client: Client) -> None:
    """After five wrong MACs in a row everything is refused with DAR 31, and CONNECT too; a right one starts anew."""
    client.connect()
    wrong = SecurityRequest(Ciphertext(bytes(16)), SidMac(SID(labchip.IDENTIFIER, bytes(6)), bytes(4)))
    for _ in range(WRONG_MACS - 1):
        assert client.ask(wrong) == SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)
    assert client.trips(Level.SEALED) is Dar.SUCCESS
    for _ in range(WRONG_MACS):
        client.ask(wrong)
    assert client.chip.is_suspended(LATER)
    right = client.secured(recipes.act(Piid(1), TRIP, tag()))
    assert client.ask(right) == SecurityResponse(Dar.METER_SUSPENDED, None)
    assert client.connect().result == ConnectResult.OTHER
    assert client.connect(LATER + SUSPENDED).result == ConnectResult.ALLOWED


def test_another_command_header_is_refused(client: Client) -> None:
    """SID begins with the chip's command; another one is refused with DAR 34."""
    client.connect()
    order = client.secured(recipes.act(Piid(1), TRIP, tag()))
    assert isinstance(order.verification, SidMac)
    other = SidMac(SID(bytes(4), order.verification.sid.data), order.verification.mac)
    assert client.ask(SecurityRequest(order.data, other)) == SecurityResponse(Dar.ESAM_P1P2_ERROR, None)


def test_keys_are_chosen_by_the_client_address(client: Client) -> None:
    """Orders under a CA that does not mean the head-end's keys are refused; a random number is not."""
    client.connect()
    order = client.secured(recipes.act(Piid(1), TRIP, tag()))
    assert client.ask(order, client=0x10) == SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)
    read = SecurityRequest(Plaintext(dlt698.build_apdu(recipes.get(Piid(1), [recipes.RELAY_WORD]))), RandomNumber(b"1"))
    answer = client.ask(read, client=0x10)
    assert isinstance(answer, SecurityResponse)
    assert isinstance(answer.data, Plaintext)


def test_a_reading_proves_its_origin(client: Client) -> None:
    """Plaintext with RN comes back as plaintext with a MAC over RN and answer, without any association."""
    rn = bytes(range(16))
    request = dlt698.build_apdu(recipes.get(Piid(3), [recipes.RELAY_WORD]))
    answer = client.ask(SecurityRequest(Plaintext(request), RandomNumber(rn)))
    assert isinstance(answer, SecurityResponse)
    assert isinstance(answer.data, Plaintext)
    assert isinstance(answer.verification, Mac)
    key = labcipher.meter_key(ROOT_KEY, client.chip.serial, Use.ORIGIN)
    assert answer.verification.mac == labchip.origin(key, rn, answer.data.apdu)
    inner = dlt698.parse_apdu(answer.data.apdu)
    assert isinstance(inner, dlt698.GetListResponse)
    assert isinstance(inner.results[0].result, Value)


def test_nonsense_under_an_association_is_answered_under_it(client: Client) -> None:
    """Bytes that are no APDU get a protected ERROR-Response."""
    client.connect()
    made = labchip.seal_request(client.key, 1, b"\x07\x01", hidden=True, maced=True)
    assert made.mac is not None
    request = SecurityRequest(Ciphertext(made.data), SidMac(SID(labchip.IDENTIFIER, made.attached), made.mac))
    client.number = 1
    assert client.open(client.ask(request)) == dlt698.ServerErrorResponse(Piid(0), 1)


def test_forms_that_a_meter_does_not_take_are_refused(client: Client) -> None:
    """A report's form, and plaintext under a bare SID, are no request to a meter."""
    for verification in (RandomNumberMac(bytes(12), bytes(4)), SID(labchip.IDENTIFIER, bytes(6)), RandomNumber(b"")):
        request = SecurityRequest(Plaintext(b"\x05\x01\x01\x40\x00\x02\x00\x00"), verification)
        assert client.ask(request) == SecurityResponse(Dar.ESAM_VERIFICATION_FAILED, None)


LEVELS = [Level.PLAIN, Level.PROVEN, Level.HIDDEN, Level.SEALED]


@pytest.mark.parametrize(
    ("service", "oi", "needed"),
    [
        (Service.GET, 0x0010, Level.PLAIN),
        (Service.GET, 0x4000, Level.PLAIN),
        (Service.GET, 0x4001, Level.PLAIN),
        (Service.GET, 0xF100, Level.PLAIN),
        (Service.GET, 0x2000, Level.PROVEN),
        (Service.GET, 0x8000, Level.PROVEN),
        (Service.GET, 0x5004, Level.PROVEN),
        (Service.SET, 0x6012, Level.PLAIN),
        (Service.SET, 0x4003, Level.PROVEN),
        (Service.SET, 0x4000, Level.SEALED),
        (Service.SET, 0xF101, Level.SEALED),
        (Service.ACTION, 0x4000, Level.PLAIN),
        (Service.ACTION, 0x5000, Level.PROVEN),
        (Service.ACTION, 0xF101, Level.HIDDEN),
        (Service.ACTION, 0x8000, Level.SEALED),
        (Service.ACTION, 0x8001, Level.SEALED),
    ],
)
def test_default_rules(service: Service, oi: int, needed: Level) -> None:
    """Where F101 is silent, each object asks for at least its level."""
    assert [level for level in LEVELS if permits(service, oi, level, {})] == [lv for lv in LEVELS if lv >= needed]


@given(word=st.integers(0, 0xFFFF), service=st.sampled_from(Service), level=st.sampled_from(LEVELS))
def test_a_word_of_f101_decides_alone(word: int, service: Service, level: Level) -> None:
    """Bits 15 to 12 are of GET, 11 to 8 of SET, 7 to 4 of ACTION; the highest of each allows plaintext."""
    nibble = f"{word:016b}"[{Service.GET: 0, Service.SET: 4, Service.ACTION: 8}[service] :][:4]
    assert permits(service, 0x8000, level, {0x8000: word}) == (nibble[level] == "1")


def test_f101_opens_and_shuts_objects_while_it_is_on(client: Client) -> None:
    """A word counts while the mode is 1, is told, deleted and set; security off means the default rules."""
    client.connect()
    plain_trip = structure(Value(DataType.OI, 0x8000), Value(DataType.LONG_UNSIGNED, 0x0080))
    assert client.trips(Level.PLAIN) is Dar.NOT_AUTHORISED
    assert client.act("F1017F00", plain_trip, Level.HIDDEN) is Dar.SUCCESS
    assert client.trips(Level.PLAIN) is Dar.NOT_AUTHORISED
    assert client.put(MODE, Value(DataType.ENUM, 1)) is Dar.SUCCESS
    assert client.trips(Level.PLAIN) is Dar.SUCCESS
    assert client.trips(Level.SEALED) is Dar.NOT_AUTHORISED
    answer = client.ask(recipes.get(Piid(1), [MODE, WORDS]))
    assert isinstance(answer, dlt698.GetListResponse)
    assert [item.result for item in answer.results] == [Value(DataType.ENUM, 1), array(plain_trip)]
    assert client.act("F1018000", Value(DataType.OI, 0x8000)) is Dar.SUCCESS
    assert client.act("F1018000", Value(DataType.OI, 0x8000)) is Dar.OBJECT_UNDEFINED
    assert client.trips(Level.SEALED) is Dar.SUCCESS
    assert client.act("F1018100", array(plain_trip)) is Dar.SUCCESS
    assert client.put(WORDS, array()) is Dar.SUCCESS
    assert client.trips(Level.SEALED) is Dar.SUCCESS


@pytest.mark.parametrize(
    ("oad", "value", "dar"),
    [
        (MODE, Value(DataType.UNSIGNED, 1), Dar.TYPE_MISMATCH),
        (MODE, Value(DataType.ENUM, 2), Dar.OUT_OF_RANGE),
        (WORDS, array(NULL), Dar.TYPE_MISMATCH),
        (WORDS, NULL, Dar.TYPE_MISMATCH),
    ],
)
def test_f101_takes_only_what_it_holds(client: Client, oad: OAD, value: Value, dar: Dar) -> None:
    """Other types and numbers are refused by name."""
    client.connect()
    assert client.put(oad, value) is dar


def test_f100_tells_of_the_chip_in_plaintext(client: Client) -> None:
    """Serial number, versions and counters are for everybody; the time left is that of the association."""
    client.connect()
    client.chip.report(b"\x88")
    oads = [recipes.ESAM_SERIAL, recipes.ESAM_COUNTERS, OAD.parse("F1000600")]
    answer = client.ask(recipes.get(Piid(1), oads))
    assert isinstance(answer, dlt698.GetListResponse)
    serial, counters, left = (item.result for item in answer.results)
    assert serial == Value(DataType.OCTET_STRING, client.chip.serial)
    assert isinstance(counters, Value)
    assert [number.value for number in counters.elements] == [1, 1, 0]
    assert isinstance(left, Value)
    assert left.value == VALIDITY // timedelta(minutes=1)


def test_a_meter_without_a_chip_has_security_off(make_meter: MakeMeter) -> None:
    """F101 says 0, F100 is not there, and neither SECURITY nor CONNECT is one of its services."""
    plain = Client(make_meter(dialect=Dialect.DLT698))
    answer = plain.ask(recipes.get(Piid(1), [MODE, recipes.ESAM_SERIAL]))
    assert isinstance(answer, dlt698.GetListResponse)
    assert [item.result for item in answer.results] == [Value(DataType.ENUM, 0), Dar.OBJECT_UNDEFINED]
    connect = recipes.connect(Piid(4), dlt698.NullSecurity(), 60)
    assert plain.ask(connect) == dlt698.ServerErrorResponse(Piid(4), 2)
    assert Server698(plain.meter).answer(SecurityRequest(Plaintext(b"x"), RandomNumber(b"1")), LATER) is None


def test_a_report_is_counted_and_its_answer_known(client: Client) -> None:
    """RN ends with the number of the report, and only what was made for that report answers it."""
    reports = [client.chip.report(b"\x88\x01"), client.chip.report(b"\x88\x01")]
    key = labcipher.meter_key(ROOT_KEY, client.chip.serial, Use.REPORT)
    proofs = [report.verification for report in reports]
    assert all(isinstance(proof, RandomNumberMac) for proof in proofs)
    one, two = (proof for proof in proofs if isinstance(proof, RandomNumberMac))
    assert [labchip.report_counter(proof.rn) for proof in (one, two)] == [1, 2]
    assert one.mac == labchip.reported(key, one.rn, b"\x88\x01")
    answer = SecurityResponse(Plaintext(b"\x08\x01"), Mac(labchip.taken(key, one.rn, b"\x08\x01")))
    assert client.chip.is_receipt(reports[0], answer)
    assert not client.chip.is_receipt(reports[1], answer)
    assert not client.chip.is_receipt(reports[0], SecurityResponse(Dar.OTHER, None))
