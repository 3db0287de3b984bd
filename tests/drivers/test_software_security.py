"""The laboratory's security module: what it makes, a simulated security chip takes, and nothing else."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meter import Authenticated, Fault, PurseOrder, SecurityModule, SecurityModuleError
from drivers.meter.software_security import SoftwareModule
from protocols.dlt645.secured import Maced, SealedSetting, dispersion_factor
from protocols.labcipher import ROOT_KEY
from simulators.meter.esam import Esam
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
