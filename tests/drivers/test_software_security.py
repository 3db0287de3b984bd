"""The laboratory's security module: what it makes, a simulated security chip takes, and nothing else."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meter import (
    Association,
    Authenticated,
    Chip,
    Fault,
    Level,
    Protected,
    PurseOrder,
    SecuredAnswer,
    SecurityModule,
    SecurityModuleError,
)
from drivers.meter.software_security import SoftwareModule
from protocols.dlt645.secured import Maced, SealedSetting, dispersion_factor
from protocols.dlt698 import (
    SID,
    Ciphertext,
    ConnectResult,
    Plaintext,
    RandomNumber,
    SecurityRequest,
    SecurityResponse,
    SidMac,
    SymmetricSecurity,
)
from protocols.labcipher import ROOT_KEY
from simulators.meter.esam import Esam
from simulators.meter.esam698 import Esam698, Opened
from simulators.meter.refusing import RefusedError

T = TypeVar("T")
NUMBER = "370000003001"
NOW = datetime(2026, 9, 14, tzinfo=UTC)
HEADER = bytes.fromhex("04D6890024")
CUSTOMER = "000000000042"
numbers = st.integers(0, 10**12 - 1).map(lambda number: f"{number:012d}")


def done(job: Coroutine[Any, Any, T]) -> T:
    """Run a call of the module to its end."""
    return asyncio.run(job)


def authenticated(module: SecurityModule, esam: Esam, number: str = NUMBER) -> Authenticated:
    """Authenticate with a chip."""
    factor = dispersion_factor(number)
    challenge = done(module.challenge(factor))
    random2 = esam.authenticate(challenge.random1, challenge.ciphertext, factor, NOW)
    return Authenticated(factor, random2, esam.number, NOW + timedelta(minutes=30))


def pair(number: str = NUMBER) -> tuple[SoftwareModule, Esam, Authenticated]:
    """Give a module and a chip that have authenticated."""
    module, esam = SoftwareModule(ROOT_KEY, Random(1)), Esam(number, 7)
    return module, esam, authenticated(module, esam, number)


@given(number=numbers, plaintext=st.binary(min_size=1, max_size=15))
def test_chip_opens_what_was_ordered(number: str, plaintext: bytes) -> None:
    """A block for relay or clear is 20 bytes, and the chip of that meter reads the plaintext out of it."""
    module, esam, session = pair(number)
    block = done(module.control(session, plaintext))
    assert len(block) == 20
    assert esam.open_order(block, NOW) == plaintext


@given(data=st.binary(min_size=5, max_size=200))
def test_chip_opens_what_was_set(data: bytes) -> None:
    """A sealed parameter opens under its own header and no other."""
    module, esam, session = pair()
    made = done(module.setting_cipher(session, HEADER, data))
    assert esam.open_setting(HEADER, SealedSetting(made.ciphertext, made.mac), NOW) == data
    with pytest.raises(RefusedError):
        esam.open_setting(HEADER[::-1], SealedSetting(made.ciphertext, made.mac), NOW)


@given(data=st.binary(min_size=1, max_size=200))
def test_chip_believes_a_mac(data: bytes) -> None:
    """A parameter in clear is taken under its MAC, and not when a bit of it has changed."""
    module, esam, session = pair()
    mac = done(module.setting_mac(session, HEADER, data))
    esam.check_setting(HEADER, Maced(data, mac), NOW)
    with pytest.raises(RefusedError):
        esam.check_setting(HEADER, Maced(bytes([data[0] ^ 1]) + data[1:], mac), NOW)


def test_chip_takes_a_purchase() -> None:
    """Opening and recharge go by the purse's MACs; another customer's is refused."""
    module, esam, session = pair()

    def order(count: int, customer: str = CUSTOMER) -> PurseOrder:
        return done(module.purse(session, 5000, count, customer))

    first, second, strange = order(1), order(2), order(3, CUSTOMER[::-1])
    esam.open_account(first.amount, first.count, first.mac_amount, first.customer, first.mac_customer, NOW)
    esam.recharge(second.amount, second.count, second.mac_amount, second.customer, second.mac_customer, NOW)
    assert esam.purse.balance_fen == 10_000
    with pytest.raises(RefusedError):
        esam.recharge(strange.amount, strange.count, strange.mac_amount, strange.customer, strange.mac_customer, NOW)


def test_new_authentication_ends_the_one_before() -> None:
    """What was made under an older authentication is refused."""
    module, esam, session = pair()
    block = done(module.control(session, bytes(8)))
    authenticated(module, esam)
    with pytest.raises(RefusedError):
        esam.open_order(block, NOW)


@pytest.mark.parametrize(
    "call",
    [
        lambda module, _: module.challenge(b"\x01" * 7),
        lambda module, session: module.control(session, bytes(16)),
        lambda module, session: module.setting_cipher(session, HEADER, bytes(256)),
        lambda module, session: module.purse(session, -1, 1, CUSTOMER),
        lambda module, session: module.purse(session, 1 << 32, 1, CUSTOMER),
        lambda module, session: module.purse(session, 1, 1, "nobody"),
    ],
)
def test_what_it_cannot_make_it_refuses(call: Any) -> None:
    """A length or a number that no order has is refused, and the error says so without a secret in it."""
    module, _, session = pair()
    with pytest.raises(SecurityModuleError) as caught:
        done(call(module, session))
    assert caught.value.fault is Fault.REFUSED
    assert ROOT_KEY.hex() not in str(caught.value)


def test_it_says_what_it_is() -> None:
    """It is a laboratory's module, repeatable by its seed, and shows neither key nor random numbers."""
    one, other = (SoftwareModule(ROOT_KEY, Random(5)) for _ in range(2))
    assert one.laboratory
    assert done(one.challenge(bytes(8))) == done(other.challenge(bytes(8)))
    assert "laboratory only" not in repr(vars(one).keys())
    assert ROOT_KEY.decode() not in repr(one)


def associated(module: SoftwareModule, chip: Esam698) -> Association:
    """Make an association of a module with a chip."""
    known = Chip(chip.serial, chip.version, chip.key_version, chip.associations)
    opening = done(module.offer(known))
    assert (len(opening.ciphertext), len(opening.signature)) == (32, 4)
    told = chip.connect(SymmetricSecurity(opening.ciphertext, opening.signature), timedelta(hours=1), NOW)
    assert isinstance(told, tuple)
    proof, life = told
    keys = done(module.accept(known, opening, proof.rn, proof.signature))
    return Association(known, keys, NOW + life)


def as_request(made: Protected) -> SecurityRequest:
    """Put what a module made into its form."""
    sid = SID(made.identifier, made.attached)
    data = Ciphertext(made.data) if made.level.is_hidden else Plaintext(made.data)
    forms: dict[Level, SidMac | RandomNumber | SID] = {
        Level.ORIGIN: RandomNumber(made.rn),
        Level.MACED: SidMac(sid, made.mac),
        Level.HIDDEN: sid,
        Level.SEALED: SidMac(sid, made.mac),
    }
    return SecurityRequest(data, forms[made.level])


def as_answer(response: SecurityResponse) -> SecuredAnswer:
    """Take a response apart."""
    hidden = isinstance(response.data, Ciphertext)
    data = response.data.octets if isinstance(response.data, Ciphertext) else response.data
    octets = data.apdu if isinstance(data, Plaintext) else data
    assert isinstance(octets, bytes)
    return SecuredAnswer(hidden, octets, None if response.verification is None else response.verification.mac)


def protected(module: SoftwareModule, association: Association, level: Level, apdu: bytes) -> Protected:
    """Protect an APDU, or have it asked with a random number."""
    if level is Level.ORIGIN:
        return done(module.ask(association.chip, apdu))
    return done(module.protect(association, 1, level, apdu))


APDUS = st.binary(min_size=1, max_size=400)


@given(level=st.sampled_from(Level), apdu=APDUS, answer=APDUS)
def test_chip_and_module_open_what_the_other_made(level: Level, apdu: bytes, answer: bytes) -> None:
    """At each level the chip reads the request and the module the answer; hidden is what should be."""
    module, chip = SoftwareModule(ROOT_KEY, Random(1)), Esam698(NUMBER, 7)
    made = protected(module, associated(module, chip), level, apdu)
    opened = chip.open(as_request(made), NOW)
    assert isinstance(opened, Opened)
    assert opened.apdu == apdu
    response = chip.answer(opened, answer)
    assert isinstance(response.data, Ciphertext) is level.is_hidden
    assert (response.verification is not None) is level.has_mac
    assert done(module.open(made, as_answer(response))) == answer


@given(level=st.sampled_from(Level), data=st.data())
def test_changed_answer_is_unproven(level: Level, data: st.DataObject) -> None:
    """A changed byte, a missing MAC, another form or the answer to another request: the module opens none of it."""
    module, chip = SoftwareModule(ROOT_KEY, Random(1)), Esam698(NUMBER, 7)
    association = associated(module, chip)
    made = protected(module, association, level, b"asked")
    opened = chip.open(as_request(made), NOW)
    assert isinstance(opened, Opened)
    true = as_answer(chip.answer(opened, b"answered"))
    octets = bytearray(true.data + (true.mac or b""))
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= data.draw(st.integers(1, 255))
    end = len(true.data)
    changed = replace(true, data=bytes(octets[:end]), mac=None if true.mac is None else bytes(octets[end:]))
    other = replace(true, mac=None if true.mac else b"1234")
    bare = replace(true, is_hidden=not true.is_hidden)
    for false in (changed, other, bare):
        with pytest.raises(SecurityModuleError) as raised:
            done(module.open(made, false))
        assert raised.value.fault is Fault.UNPROVEN
    later = (
        done(module.ask(association.chip, b"asked"))
        if level is Level.ORIGIN
        else replace(made, attached=done(module.protect(association, 2, level, b"asked")).attached)
    )
    with pytest.raises(SecurityModuleError):
        done(module.open(later, true))


def test_answer_to_connect_is_to_this_opening() -> None:
    """What a chip answered to another opening, and what another chip answers, gives no keys."""
    module, chip, other = SoftwareModule(ROOT_KEY, Random(1)), Esam698(NUMBER, 7), Esam698("370000003002", 7)
    known = Chip(chip.serial, chip.version, chip.key_version, 0)
    first, second = done(module.offer(known)), done(module.offer(known))
    told = chip.connect(SymmetricSecurity(first.ciphertext, first.signature), timedelta(hours=1), NOW)
    assert isinstance(told, tuple)
    with pytest.raises(SecurityModuleError, match="unproven"):
        done(module.accept(known, second, told[0].rn, told[0].signature))
    refused = other.connect(SymmetricSecurity(first.ciphertext, first.signature), timedelta(hours=1), NOW)
    assert refused is ConnectResult.SIGNATURE_WRONG


def test_what_the_cipher_cannot_take_is_refused() -> None:
    """A serial number of another length has no keys here, and a reading is not protected under an association."""
    module, chip = SoftwareModule(ROOT_KEY, Random(1)), Esam698(NUMBER, 7)
    with pytest.raises(SecurityModuleError, match="refused"):
        done(module.offer(Chip(b"1234567", b"", b"", 0)))
    with pytest.raises(SecurityModuleError, match="refused"):
        done(module.protect(associated(module, chip), 1, Level.ORIGIN, b"asked"))


def test_port_is_filled_whole() -> None:
    """The stand-in is a security module for both dialects."""
    module: SecurityModule = SoftwareModule(ROOT_KEY, Random(1))
    assert module.laboratory
