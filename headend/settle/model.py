"""What settlement tells others: payments, balances, the comparison."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum

from headend.collect import Mark


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as its channel tells it (缴费). ``channel`` and ``serial`` make it one payment, however often told."""

    account_no: str
    channel: str
    serial: str
    amount: Decimal
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a payment, in yuan: late charges and principal of settled bills, deposit, credit paid back.

    ``account`` None: it lies in suspense (挂账). ``already``: it had been posted before, by the same serial.
    """

    id: int
    account: int | None
    already: bool
    late: Decimal
    principal: Decimal
    deposit: Decimal
    credit_back: Decimal


@dataclass(frozen=True, slots=True)
class Available:
    """The available balance (可用余额, F9) and its parts, in yuan: A = P + B - F - E - O - L, V = A + open credit."""

    p: Decimal
    b: Decimal
    f: Decimal
    e: Decimal
    o: Decimal
    l: Decimal  # noqa: E741 - the letter of formula F9
    credit: Decimal

    @property
    def a(self) -> Decimal:
        """The available balance A."""
        return self.p + self.b - self.f - self.e - self.o - self.l

    @property
    def v(self) -> Decimal:
        """What is compared with thresholds: A and the open emergency credit."""
        return self.a + self.credit

    @property
    def free_deposit(self) -> Decimal:
        """The cash deposit that is not frozen."""
        return self.p - self.f


class Result(IntEnum):
    """Results of the comparison with the baseline (F10), the worse one higher."""

    OK = 0
    REMIND = 1
    WARN = 2
    SHORT = 3


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of an account (F10), with the values it looked at; money in yuan.

    ``next`` and ``days_left`` are None, and ``mark`` and both days too, while the account has no estimated day.
    ``estimated`` is the newest energy day, ``last_reading`` the day of the freeze its fee goes back to, ``revised``
    tells that the day was computed again after it was first stored.
    """

    result: Result
    a: Decimal
    v: Decimal
    deposit: Decimal  # P + B
    e: Decimal
    next: Decimal | None
    days_left: int | None
    fee: Decimal
    mark: Mark | None
    estimated: date | None
    last_reading: date | None
    revised: bool
    t1: Decimal
    t2: Decimal
    cut_at: Decimal | None
    restore_at: Decimal | None
    adjusted: datetime | None

    @property
    def restore_ok(self) -> bool:
        """Tell whether V has reached Rz; always so where there is none."""
        return self.restore_at is None or self.v >= self.restore_at


@dataclass(frozen=True, slots=True)
class Off:
    """A running total that is not what it should be."""

    account: int
    total: str
    balance: Decimal
    expected: Decimal


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """A trial balance (试算平衡): sums of both sides, and running totals that are not their postings'."""

    sum_debit: Decimal
    sum_credit: Decimal
    off: tuple[Off, ...]

    @property
    def level(self) -> bool:
        """Tell whether the books agree with themselves."""
        return self.sum_debit == self.sum_credit and not self.off

    @property
    def accounts_off(self) -> tuple[int, ...]:
        """Give the accounts whose running totals are off."""
        return tuple(sorted({off.account for off in self.off}))


@dataclass(frozen=True, slots=True)
class RunNote:
    """What is known of the estimation run of a business day.

    ``complete``: every open account has its energy day. ``book`` is the newest price version the run knew.
    """

    day: date
    accounts: int
    done: int
    good: int
    interpolated: int
    estimated: int
    failed: int
    book: int | None
    finished: datetime | None

    @property
    def complete(self) -> bool:
        """Tell whether every open account was estimated."""
        return self.finished is not None and self.done >= self.accounts
