"""The books as a state machine: payments, days, corrections and bills in any order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select

from headend import archive, settle
from headend.collect import USABLE, Mark
from headend.settle import NotBilled, tables
from headend.settle.cycle import cycle_end
from headend.store import ConflictError, View, half_up
from tests.rooms import Bench, home_no
from tests.settle.books import DAY, Books, D, open_books, register

FIRST = date(2026, 9, 28)
INDEXES = st.integers(1, 2)
AMOUNTS = st.decimals("0.01", 90, places=2)
UNIT = D("0.5469")
NOTHING = D("0.00")
DEPOSIT = D("100.00")


@dataclass
class Home:
    """What a home should come to."""

    money: Decimal = DEPOSIT  # cash, bonus and adjustments that were ever given
    frozen: Decimal = NOTHING
    credit: Decimal = NOTHING
    registers: dict[date, Decimal] = field(default_factory=dict)  # as stored
    meter: Decimal = NOTHING  # as the meter shows
    billed: int = 0


class LedgerMachine(RuleBasedStateMachine):
    """Two homes over the end of a month, against a model of money in and money used."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.bench = Bench.open(Path(self.folder.name) / "headend.db")
        self.books: Books = open_books(self.bench, homes=2, shops=0, start=FIRST)
        self.today = FIRST
        self.homes = {index: Home() for index in (1, 2)}
        self.paid: dict[str, tuple[int, Decimal]] = {}
        self.keys = 0
        for index, home in self.homes.items():
            home.meter = register(FIRST)
            history = self.bench.read(archive.opening, self.books.account(index))
            home.registers[history.cycle_start] = history.cycle_register
            self._store(index, home, home.meter)
        self.books.run(self.today)

    def teardown(self) -> None:
        """Close the file."""
        self.bench.store.close()
        self.folder.cleanup()

    def _store(self, index: int, home: Home, value: Decimal, day: date | None = None, mark: Mark = Mark.G) -> None:
        home.registers[day or self.today] = value
        self.books.read(self.books.account(index), day or self.today, value, mark)

    def _key(self) -> str:
        self.keys += 1
        return str(self.keys)

    @rule(index=INDEXES, amount=AMOUNTS, serial=st.sampled_from("abcdefgh"))
    def pay(self, index: int, amount: Decimal, serial: str) -> None:
        """Pay; a serial that was there is the same payment or a conflict."""
        home = self.homes[index]
        if serial in self.paid and self.paid[serial] != (index, amount):
            with pytest.raises(ConflictError):
                self.books.pay(home_no(index), str(amount), serial)
            return
        posted = self.books.pay(home_no(index), str(amount), serial)
        assert posted.already == (serial in self.paid)
        assert posted.late + posted.principal + posted.deposit == amount
        if not posted.already:
            assert posted.credit_back == min(amount, home.credit)
            home.money += amount
            home.credit -= posted.credit_back
        self.paid[serial] = (index, amount)

    @rule(index=INDEXES, amount=AMOUNTS, act=st.sampled_from(["bonus", "credit", "up", "down"]))
    def give(self, index: int, amount: Decimal, act: str) -> None:
        """Give a bonus or credit, or adjust."""
        account, home = self.books.account(index), self.homes[index]
        if act == "bonus":
            self.bench.write(settle.give_bonus, account, amount, self._key())
            home.money += amount
        elif act == "credit":
            self.bench.write(settle.give_credit, account, amount, self._key())
            home.credit += amount
        else:
            signed = amount if act == "up" else -amount
            if self._allowed(settle.adjust, account, signed, self.books.money(account).free_deposit + signed >= 0):
                home.money += signed

    @rule(index=INDEXES, amount=AMOUNTS, freeze=st.booleans())
    def set_aside(self, index: int, amount: Decimal, freeze: bool) -> None:
        """Set a part of the deposit aside, or give it free."""
        account, home = self.books.account(index), self.homes[index]
        there = self.books.money(account).free_deposit if freeze else home.frozen
        act = settle.freeze_deposit if freeze else settle.release_deposit
        if self._allowed(act, account, amount, amount <= there):
            home.frozen += amount if freeze else -amount

    def _allowed(self, act: Callable[..., int], account: int, amount: Decimal, enough: bool) -> bool:
        if enough:
            self.bench.write(act, account, amount, self._key())
        else:
            with pytest.raises(settle.AmountError):
                self.bench.write(act, account, amount, self._key())
        return enough

    @rule(index=INDEXES)
    def end_credit(self, index: int) -> None:
        """End the emergency credit."""
        home = self.homes[index]
        assert self.bench.write(settle.end_credit, self.books.account(index), self._key()) == home.credit
        home.credit = NOTHING

    @rule(uses=st.tuples(*[st.decimals(0, 40, places=2)] * 2), read=st.tuples(*[st.sampled_from([Mark.G, None])] * 2))
    def next_day(self, uses: tuple[Decimal, Decimal], read: tuple[Mark | None, Mark | None]) -> None:
        """A day passes; a meter is read or not; the run estimates everybody."""
        self.today += DAY
        for (index, home), use, mark in zip(self.homes.items(), uses, read, strict=True):
            home.meter += use
            if mark is not None:
                self._store(index, home, home.meter)
        self.books.run(self.today)

    @rule(index=INDEXES, share=st.decimals(0, 1, places=2), back=st.integers(0, 5))
    def correct(self, index: int, share: Decimal, back: int) -> None:
        """A reading of the last days is corrected to something between its neighbours, or comes late."""
        home, day = self.homes[index], self.today - back * DAY
        if day < FIRST:
            return
        before = max(value for d, value in home.registers.items() if d < day)
        later = [value for d, value in home.registers.items() if d > day]
        value = half_up(before + (min([*later, home.meter]) - before) * share, 2)
        self._store(index, home, value, day, Mark.C)
        self.bench.write(settle.refresh, self.books.account(index))

    @precondition(lambda self: self.today >= date(2026, 10, 1))
    @rule(index=INDEXES)
    def bill(self, index: int) -> None:
        """Settle September, if its end is known."""
        account, home = self.books.account(index), self.homes[index]
        before = self.books.money(account).a
        known = self.books.day(account, date(2026, 9, 30)).day.mark in USABLE
        billed = self.bench.write(settle.bill_cycle, account, date(2026, 9, 1))
        assert isinstance(billed, settle.Billed) == (known and not home.billed), billed
        if not isinstance(billed, settle.Billed):
            assert billed is (NotBilled.ALREADY if home.billed else NotBilled.NO_READING)
        home.billed = home.billed or isinstance(billed, settle.Billed)
        assert self.books.money(account).a == before

    @invariant()
    def the_books_are_level(self) -> None:
        """Both sides are equal, and each running total is that of its postings and fees."""
        self.books.level()

    @invariant()
    def what_is_available_is_money_less_use(self) -> None:
        """A is all that was ever given, less bills, late charges, open fees and what is frozen; V adds the credit."""
        for index, home in self.homes.items():
            account = self.books.account(index)
            money = self.books.money(account)
            bills, late = self.bench.read(_charged, account)
            assert money.a == home.money - bills - late - money.e - money.l - home.frozen
            assert money.v == money.a + home.credit
            assert min(money.p, money.b, money.f, money.o, money.l, money.credit, money.free_deposit) >= 0

    @invariant()
    def a_fee_that_is_no_estimate_is_that_of_its_registers(self) -> None:
        """Between two stored registers of a cycle the fee is kWh times price, rounded once."""
        for index, home in self.homes.items():
            for day in (self.today - DAY, date(2026, 9, 30)):
                found = self.bench.read(settle.days, self.books.account(index), day, day).get(day)
                if found is None or found.day.mark not in USABLE:
                    continue
                start = found.day.after.start
                if start in home.registers and day + DAY in home.registers:
                    used = home.registers[day + DAY] - home.registers[start]
                    assert found.day.fee == half_up(used * UNIT, 2)
                    assert cycle_end(start) > day

    @invariant()
    def everybody_is_compared_as_one_by_one(self) -> None:
        """The selectable for the many gives what the comparison of one gives, column by column."""
        many = self.bench.read(lambda view: view.all(settle.balances(self.today)))
        assert len(many) == len(self.homes)
        for row in many:
            one = self.bench.read(settle.compare, row.account, day=self.today)
            money = (one.a, one.v, one.deposit, one.e, one.next, one.days_left, one.adjusted)
            assert money == (row.a, row.v, row.pb, row.e, row.next, row.days_left, row.adjusted)
            assert (one.mark, one.fee, one.last_reading) == (row.mark, row.fee, row.last_reading)


def _charged(view: View, account: int) -> tuple[Decimal, Decimal]:
    """The bills and the late charges that were posted."""
    p, t = tables.posting.c, tables.bill.c
    bills = view.scalar(select(func.sum(t.amount)).where(t.account == account))
    late = view.scalar(select(func.sum(p.amount)).where(p.account == account, p.kind == "LATE"))
    return bills or NOTHING, late or NOTHING


LedgerMachine.TestCase.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)
TestLedger = LedgerMachine.TestCase
