"""Payloads of security commands (03H): typed parts on both sides, opaque bytes where nobody knows a layout."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dlt645 import (
    AUTHENTICATE,
    DI,
    END_AUTHENTICATION,
    OPEN_ACCOUNT,
    QUERY_STATE,
    READ_ESAM,
    RECHARGE,
    REFUND,
    SET_VALIDITY,
    Address,
    Authenticate,
    AuthenticateAnswer,
    EndAuthentication,
    EndAuthenticationAnswer,
    InfraredCommand,
    InfraredQuery,
    InfraredQueryAnswer,
    InitialisePurse,
    OpenAccount,
    Operator,
    QueryState,
    QueryStateAnswer,
    ReadEsam,
    ReadEsamAnswer,
    Recharge,
    SecurityAnswer,
    SecurityPayload,
    SecurityRequest,
    SetValidity,
    SwitchMode,
    UpdateKey,
    VendorPurseOrder,
    build_frame,
    build_message,
    parse_message,
    profile,
    profiles,
    read_security,
    write_security,
)
from protocols.dlt645.functions.payload import PayloadForm
from protocols.dlt645.functions.security import PAYLOADS
from protocols.dlt645.inspect import explain_frame
from protocols.dlt645.items.identifiers import table
from protocols.errors import LocalProtocolError, RemoteProtocolError
from tests.protocols.dlt645.strategies import addresses, identifiers, operators, payloads

SECURITY_CLASS = 0x07
EXPORT = profile("export-prepaid")
ORDER = Recharge(amount_fen=10_050, count=7, mac1=b"\x0a\x0b\x0c\x0d", customer="100000000042", mac2=bytes(4))
_HIDDEN = ("random", "ciphertext", "mac", "key_info", "info", "data")
TWENTY_SIX = bytes(range(26))


@pytest.mark.parametrize("form", PAYLOADS, ids=lambda form: form.message.__name__)
@given(data=st.data())
def test_a_payload_reads_back(form: PayloadForm, data: st.DataObject) -> None:
    """Parts laid out for any of the form's commands are read as the same, by meters that know the form."""
    parts, di = data.draw(payloads(form)), data.draw(st.sampled_from(form.dis))
    model = EXPORT if form.message is VendorPurseOrder else profile("standard")
    payload = write_security(parts)
    assert read_security(di, payload, from_slave=form.from_slave, profile=model) == parts


@given(addresses, operators, st.sampled_from(PAYLOADS).flatmap(lambda form: st.tuples(st.just(form), payloads(form))))
def test_a_payload_travels_in_its_message(
    address: Address, operator: Operator, pair: tuple[PayloadForm, SecurityPayload]
) -> None:
    """A request carries the operator's code before the payload, an answer the payload alone."""
    form, parts = pair
    payload = write_security(parts)
    di = form.dis[0]
    message = SecurityAnswer(di, payload) if form.from_slave else SecurityRequest(di, operator, payload)
    frame = build_message(address, message)
    assert len(frame.data) == len(payload) + (4 if form.from_slave else 8)
    assert parse_message(frame) == message


@given(identifiers | st.sampled_from([di for form in PAYLOADS for di in form.dis]), st.binary(max_size=60))
@pytest.mark.parametrize("from_slave", [False, True])
def test_any_payload_is_read_or_stays_bytes(from_slave: bool, di: DI, payload: bytes) -> None:
    """Whatever arrives gives parts that build back, the bytes themselves, or minutes that are no BCD."""
    for model in profiles().values():
        try:
            found = read_security(di, payload, from_slave=from_slave, profile=model)
        except RemoteProtocolError as error:
            assert (di, error.reason) == (SET_VALIDITY, "not_bcd")  # noqa: PT017  anything else fails the test
            continue
        assert (found if isinstance(found, bytes) else write_security(found)) == payload


REQUESTS = {
    Authenticate: 0x20,
    SetValidity: 0x0E,
    EndAuthentication: 0x08,
    OpenAccount: 0x1E,
    Recharge: 0x1E,
    VendorPurseOrder: 0x22,
    InitialisePurse: 0x18,
    UpdateKey: 0x30,
    ReadEsam: 0x10,
    QueryState: 0x08,
    InfraredQuery: 0x10,
    InfraredCommand: 0x10,
    SwitchMode: 0x21,
}
ANSWERS = {
    AuthenticateAnswer: 0x10,
    EndAuthenticationAnswer: 0x16,
    InfraredQueryAnswer: 0x22,
    QueryStateAnswer: 0x1E,
    ReadEsamAnswer: 0x10,
}
"""Length L of each command, of the read-back without data."""


@pytest.mark.parametrize("form", PAYLOADS, ids=lambda form: form.message.__name__)
def test_lengths_are_those_of_the_standard(form: PayloadForm) -> None:
    """L counts identifier, in a request the operator, and the payload; every form has its entry here."""
    stated = ANSWERS[form.message] - 4 if form.from_slave else REQUESTS[form.message] - 8
    assert form.size == stated
    assert form.layout.sizeof(length=stated, _building=False) == stated


@pytest.mark.parametrize("form", [form for form in PAYLOADS if not form.open_ended], ids=lambda f: f.message.__name__)
def test_another_length_stays_bytes(form: PayloadForm) -> None:
    """A payload one byte longer or shorter is not guessed at."""
    for size in {abs(form.size - 1), form.size + 1} - {form.size}:
        payload = bytes(size)
        assert read_security(form.dis[0], payload, from_slave=form.from_slave) == payload


def test_each_field_is_reversed_on_its_own() -> None:
    """Ciphertext, random number and factor each come lowest byte first, in this order."""
    challenge = Authenticate(
        bytes.fromhex("1716151413121110"), bytes.fromhex("A7A6A5A4A3A2A1A0"), bytes.fromhex("0000202311150001")
    )
    payload = write_security(challenge)
    assert payload.hex().upper() == "1011121314151617A0A1A2A3A4A5A6A70100151123200000"
    answer = read_security(AUTHENTICATE, bytes.fromhex("112233440102030405060708"), from_slave=True)
    assert answer == AuthenticateAnswer(bytes.fromhex("44332211"), bytes.fromhex("0807060504030201"))


def test_money_and_counts_are_binary() -> None:
    """100.50 yuan are 10050 fen, 2742H, lowest byte first; the customer number is BCD."""
    assert write_security(ORDER).hex().upper() == "42270000070000000D0C0B0A42000000001000000000"


def test_the_purse_of_a_profile_decides_on_the_recharge() -> None:
    """22 bytes are the standard's, 26 one vendor's; each meter knows one of them, and refunds are the vendor's."""
    vendor = VendorPurseOrder(1, bytes(8), bytes(4), "000000000001", bytes(4))
    assert write_security(vendor)[:4] == b"\x01\0\0\0"
    for di in (RECHARGE, REFUND):
        assert read_security(di, TWENTY_SIX, from_slave=False) == TWENTY_SIX
        assert isinstance(read_security(di, TWENTY_SIX, from_slave=False, profile=EXPORT), VendorPurseOrder)
    standard = write_security(ORDER)
    assert read_security(RECHARGE, standard, from_slave=False) == ORDER
    assert read_security(RECHARGE, standard, from_slave=False, profile=EXPORT) == standard
    assert isinstance(read_security(OPEN_ACCOUNT, standard, from_slave=False), OpenAccount)


def test_a_plain_done_has_no_parts() -> None:
    """Most answers carry an identifier only; an end of authentication may tell the purse or not."""
    assert read_security(RECHARGE, b"", from_slave=True) == b""
    assert read_security(END_AUTHENTICATION, b"", from_slave=True) == b""
    assert read_security(END_AUTHENTICATION, b"", from_slave=False) == EndAuthentication()
    assert read_security(QUERY_STATE, b"", from_slave=False) == QueryState()


def test_a_purse_nobody_opened_can_be_read() -> None:
    """Customer numbers of nothing but F arrive and do not hide the balance."""
    state = read_security(QUERY_STATE, bytes.fromhex("10270000" + "00" * 12 + "FF" * 6 + "00" * 4), from_slave=True)
    assert isinstance(state, QueryStateAnswer)
    assert (state.balance_fen, state.customer) == (10_000, "F" * 12)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x02\x03", bytes(range(200))])
def test_read_back_data_are_turned_as_one(data: bytes) -> None:
    """Descriptor first, MAC last, and between them as many bytes as there are, even none."""
    found = read_security(READ_ESAM, b"\x08" + bytes(7) + data + bytes(3) + b"\x0a", from_slave=True)
    assert found == ReadEsamAnswer(bytes(7) + b"\x08", data[::-1], b"\x0a" + bytes(3))


def test_a_read_back_without_room_for_its_mac_stays_bytes() -> None:
    """Eleven bytes hold a descriptor and no MAC."""
    assert read_security(READ_ESAM, bytes(11), from_slave=True) == bytes(11)


def test_minutes_that_are_no_bcd_are_the_peers_error() -> None:
    """A validity of hex digits cannot be obeyed."""
    with pytest.raises(RemoteProtocolError, match=r"^not_bcd: "):
        read_security(SET_VALIDITY, bytes.fromhex("3A0000000000"), from_slave=False)


@pytest.mark.parametrize(
    "parts",
    [
        SetValidity(10_000, bytes(4)),
        SetValidity(-1, bytes(4)),
        SetValidity(30, bytes(5)),
        InfraredQuery(bytes(7)),
        InitialisePurse(1 << 32, bytes(4), 0, bytes(4)),
        InitialisePurse(-1, bytes(4), 0, bytes(4)),
        OpenAccount(0, 0, bytes(4), "12345", bytes(4)),
        OpenAccount(0, 0, bytes(4), "12 34 56 78 ", bytes(4)),
        SwitchMode(bytes(8), 256, bytes(4), 0, 0, bytes(4)),
    ],
    ids=repr,
)
def test_parts_that_do_not_fit_are_our_own_error(parts: SecurityPayload) -> None:
    """No amount wraps, no number is cut."""
    with pytest.raises(LocalProtocolError):
        write_security(parts)


def test_every_command_of_the_table_has_a_layout() -> None:
    """Each row of class 07 has parts, of the length that the table gives."""
    commands = {(di, form.size) for form in PAYLOADS if not form.from_slave for di in form.dis}
    rows = {(di, row.layout.size or 0) for di, row in table().items() if di.di3 == SECURITY_CLASS}
    assert rows
    assert rows <= commands


def test_the_inspector_reads_a_recharge_as_its_meter_does() -> None:
    """The same frame has an order number for the vendor's meters, and a payload nobody explains for others."""
    order = VendorPurseOrder(10_050, bytes(8), bytes(4), "123456789012", bytes(4))
    request = SecurityRequest(RECHARGE, Operator("12345678"), write_security(order))
    raw = build_frame(build_message(Address.meter("123456789012"), request))
    assert "100.50 CNY" in "\n".join(explain_frame(raw, EXPORT))
    assert "100.50 CNY" not in "\n".join(explain_frame(raw))


@pytest.mark.parametrize("form", PAYLOADS, ids=lambda form: form.message.__name__)
@given(data=st.data())
def test_what_a_security_module_made_is_in_no_repr(form: PayloadForm, data: st.DataObject) -> None:
    """Random numbers, ciphertexts and MACs stay out of logs, in parts as in the message that carries them."""
    message = data.draw(payloads(form))
    named = {field.name for field in fields(message) if field.repr}
    hidden = {name for name in form.layout.parse(bytes(64), length=64) if name.startswith(_HIDDEN)}
    assert not hidden & named
    payload = write_security(message)
    for carried in (SecurityRequest(AUTHENTICATE, Operator(), payload), SecurityAnswer(AUTHENTICATE, payload)):
        assert "payload" not in repr(carried)
