"""The security chip (ESAM) of a simulated meter, on the laboratory's cipher.

It proves who orders something, hides what is ordered, and keeps the purse. Its keys follow from the root key and the
dispersion factor (分散因子) of the meter number. What it refuses is a `RefusedError` with a SERR.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from protocols import labcipher
from protocols.dlt645.secured import Maced, SealedSetting, dispersion_factor
from protocols.errors import ProtocolError
from protocols.labcipher import ROOT_KEY, Use
from simulators.meter.refusing import (
    COUNT_WRONG,
    CUSTOMER_WRONG,
    ESAM_FAILED,
    HOARDING,
    REPEATED,
    SECURITY_OTHER,
    UNAUTHENTICATED,
    RefusedError,
)
from simulators.meter.wallet import Wallet, WalletError
from simulators.seeded import octets

__all__ = ["Esam"]

VALIDITY = timedelta(minutes=30)
RANDOM_SIZE = 4
NUMBER_SIZE = 8
COUNT_SIZE = 4


@dataclass(frozen=True, slots=True)
class _Session:
    """An authentication that holds until an instant."""

    random2: bytes
    until: datetime


class Esam:
    """One chip. ``number`` is that of the meter, 1 to 12 digits; random numbers follow from ``seed``.

    ``purse`` is the money of the meter, which purchases go into.
    """

    def __init__(self, number: str, seed: int, root: bytes = ROOT_KEY, purse: Wallet | None = None) -> None:
        self.number = octets(NUMBER_SIZE, seed, "esam", number)
        self.purse = purse or Wallet()
        self.validity = VALIDITY
        self._meter = number
        self._seed = seed
        self._factor = dispersion_factor(number)
        self._keys = {use: labcipher.meter_key(root, self._factor, use) for use in Use}
        self._session: _Session | None = None
        self._challenges = 0

    def authenticate(self, random1: bytes, ciphertext: bytes, factor: bytes, now: datetime) -> bytes:
        """Check who asks, and give random2 of an authentication that ends any before it."""
        self._session = None
        if factor != self._factor or ciphertext != labcipher.challenge(self._keys[Use.IDENTITY], random1):
            raise RefusedError(UNAUTHENTICATED)
        random2 = octets(RANDOM_SIZE, self._seed, "random2", self._meter, self._challenges)
        self._challenges += 1
        self._session = _Session(random2, now + self.validity)
        return random2

    def remaining(self, now: datetime) -> timedelta:
        """Tell how long the authentication holds; zero without one."""
        return max(timedelta(), self._session.until - now) if self._session else timedelta()

    def is_authenticated(self, now: datetime) -> bool:
        """Tell whether an authentication holds: word 3, bit 13."""
        return self.remaining(now) > timedelta()

    def end(self) -> None:
        """End the authentication (身份认证失效)."""
        self._session = None

    def open_order(self, block: bytes, now: datetime) -> bytes:
        """Give the plaintext of a relay command or a clear; ``block`` is ciphertext and MAC in display order."""
        random2 = self._random2(now)
        with _verified():
            return labcipher.unseal(self._keys[Use.CONTROL], random2, b"", block[:-4], block[-4:])

    def open_setting(self, header: bytes, sealed: SealedSetting, now: datetime) -> bytes:
        """Give the plaintext of a class 2 parameter (98H) under its APDU header."""
        random2 = self._random2(now)
        with _verified():
            return labcipher.unseal(self._keys[Use.SETTING], random2, header, sealed.ciphertext, sealed.mac)

    def check_setting(self, header: bytes, maced: Maced, now: datetime) -> None:
        """Check the MAC of a class 1 parameter (99H); data in display order."""
        self._check(Use.SETTING, header + maced.data, maced.mac, now)

    def open_account(self, amount: int, count: int, mac1: bytes, customer: str, mac2: bytes, now: datetime) -> None:
        """Open the account (开户) with a first purchase; allowed once."""
        if self.purse.opened:
            raise RefusedError(SECURITY_OTHER)
        self._check_purchase(amount, count, mac1, customer, mac2, now)
        self._buy(amount)
        self.purse.customer = customer
        self.purse.opened = True

    def recharge(self, amount: int, count: int, mac1: bytes, customer: str, mac2: bytes, now: datetime) -> None:
        """Add a purchase (充值) to the purse of an account that was opened, for the same customer."""
        if not self.purse.opened:
            raise RefusedError(SECURITY_OTHER)
        self._check_purchase(amount, count, mac1, customer, mac2, now)
        if customer != self.purse.customer:
            raise RefusedError(CUSTOMER_WRONG)
        self._buy(amount)

    def mac_of_purse(self, value: int, now: datetime) -> bytes:
        """Prove a number of the purse to who reads it."""
        random2 = self._session.random2 if self._session and self.is_authenticated(now) else b""
        return labcipher.mac(self._keys[Use.PURSE], random2, value.to_bytes(COUNT_SIZE, "big"))

    def _check_purchase(self, amount: int, count: int, mac1: bytes, customer: str, mac2: bytes, now: datetime) -> None:
        """Refuse wrong MACs, a purchase that is booked already, and one that would come out of turn."""
        numbers = amount.to_bytes(COUNT_SIZE, "big") + count.to_bytes(COUNT_SIZE, "big")
        self._check(Use.PURSE, numbers, mac1, now)
        self._check(Use.PURSE, bytes.fromhex(customer), mac2, now)
        if count != self.purse.count + 1:
            raise RefusedError(REPEATED if count == self.purse.count else COUNT_WRONG)

    def _buy(self, amount: int) -> None:
        try:
            self.purse.buy(amount)
        except WalletError:
            raise RefusedError(HOARDING) from None

    def _check(self, use: Use, data: bytes, code: bytes, now: datetime) -> None:
        if labcipher.mac(self._keys[use], self._random2(now), data) != code:
            raise RefusedError(ESAM_FAILED)

    def _random2(self, now: datetime) -> bytes:
        if self._session is None or not self.is_authenticated(now):
            raise RefusedError(UNAUTHENTICATED)
        return self._session.random2


@contextmanager
def _verified() -> Iterator[None]:
    """Refuse what does not verify."""
    try:
        yield
    except ProtocolError:
        raise RefusedError(ESAM_FAILED) from None
