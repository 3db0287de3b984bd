"""Payments, bonus, credit: where the money goes, once."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from headend import archive, settle, work
from headend.archive.tables import account as account_table
from headend.settle import Book, PostingKind, ledger, tables
from headend.settle.ledger import ENTRIES, Entry
from headend.store import ConflictError
from tests.rooms import MONDAY, Bench, home_no
from tests.settle.books import Books, D, open_books, register

HOME = home_no(1)


@pytest.fixture
def books(bench: Bench) -> Books:
    """Three homes and a shop with a deposit of 100.00 each, estimated on Monday: a home's E is 35.55."""
    books = open_books(bench)
    for account in bench.accounts.values():
        books.read(account, MONDAY, register(MONDAY))
    books.run(MONDAY)
    return books


def test_a_payment_raises_the_deposit_and_is_told(books: Books) -> None:
    """Without settled bills a payment is deposit; strategy gets a mark in the same transaction."""
    posted = books.pay(HOME, "50.00", "w1")
    assert (posted.deposit, posted.principal, posted.late, posted.already) == (D("50.00"), D(0), D(0), False)
    assert (books.money(books.account()).p, books.money(books.account()).a) == (D("150.00"), D("114.45"))
    assert "strategy" in books.marked(books.account())
    books.level()


def test_the_same_serial_is_the_same_payment(books: Books) -> None:
    """A payment told twice gives the same answer and moves money once; another channel's serial is another payment."""
    first = books.pay(HOME, "50.00", "w1")
    again = books.pay(HOME, "50.00", "w1")
    assert (again.id, again.deposit, again.already) == (first.id, D("50.00"), True)
    other = settle.Payment(HOME, "counter", "w1", D("1.00"), books.bench.clock.now())
    assert not books.bench.write(settle.post, other).already
    assert books.money(books.account()).p == D("151.00")


@pytest.mark.parametrize(("account_no", "amount"), [(HOME, "50.01"), (home_no(2), "50.00")])
def test_the_same_serial_with_another_content_is_a_conflict(books: Books, account_no: str, amount: str) -> None:
    """Another amount or account under a serial is refused and moves nothing."""
    books.pay(HOME, "50.00", "w1")
    with pytest.raises(ConflictError, match=r"w1 was posted with 50\.00 yuan"):
        books.pay(account_no, amount, "w1")
    assert books.money(books.account()).p == D("150.00")
    books.level()


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.005", "NaN"])
def test_an_amount_is_positive_and_in_whole_fen(books: Books, amount: str) -> None:
    """An amount that is no positive number of fen is refused."""
    with pytest.raises(settle.AmountError, match="positive and in whole fen"):
        books.pay(HOME, amount, "w1")


def test_a_payment_for_nobody_goes_to_suspense(books: Books) -> None:
    """A payment for an unknown number is kept in suspense with a work order, and can be given to its account once."""
    posted = books.pay("9999999999", "20.00", "w1")
    assert (posted.account, posted.deposit) == (None, D(0))
    assert books.bench.read(settle.unassigned) == [posted.id]
    whole = books.bench.read(archive.whole)
    kinds = [order.kind for order in books.bench.read(work.orders, scope=whole)]
    assert kinds == [work.OrderKind.UNPOSTED_PAYMENT]
    given = books.bench.write(settle.assign, posted.id, books.account())
    assert (given.deposit, given.already) == (D("20.00"), False)
    assert books.bench.write(settle.assign, posted.id, books.account()).already
    with pytest.raises(ConflictError):
        books.bench.write(settle.assign, posted.id, books.account(2))
    assert books.money(books.account()).p == D("120.00")
    assert books.bench.read(settle.unassigned) == []
    books.level()


def test_a_closed_account_takes_no_payment(books: Books) -> None:
    """A payment for a closed account goes to suspense too."""
    closed = update(account_table).where(account_table.c.id == books.account()).values(closed=MONDAY)
    books.execute(closed)
    assert books.pay(HOME, "20.00", "w1").account is None
    assert books.money(books.account()).p == D("100.00")


def test_e15_bonus_and_cash(books: Books) -> None:
    """A bonus counts in what is available, and is no cash."""
    books.bench.write(settle.give_bonus, books.account(), D("10.00"), "autumn:1")
    books.bench.write(settle.give_bonus, books.account(), D("10.00"), "autumn:1")
    money = books.money(books.account())
    assert (money.p, money.b, money.a) == (D("100.00"), D("10.00"), D("74.45"))
    books.level()


def test_e24_emergency_credit(books: Books) -> None:
    """Credit raises V, not A; the next payments take it back first, whole or in part."""
    account, other = books.account(1), books.account(2)
    for who in (account, other):
        books.bench.write(settle.adjust, who, D("-67.65"), f"down:{who}")
        books.bench.write(settle.give_credit, who, D("20.00"), f"first:{who}")
    assert (books.money(account).a, books.money(account).v) == (D("-3.20"), D("16.80"))
    assert books.pay(HOME, "50.00", "w1").credit_back == D("20.00")
    assert (books.money(account).a, books.money(account).v) == (D("46.80"), D("46.80"))
    books.pay(home_no(2), "8.00", "w2")
    money = books.money(other)
    assert (money.a, money.credit, money.v) == (D("4.80"), D("12.00"), D("16.80"))
    assert books.bench.write(settle.end_credit, other, "over") == D("12.00")
    assert books.money(other).v == D("4.80")
    books.level()


def test_a_frozen_deposit_is_not_available(books: Books) -> None:
    """What is set aside leaves A but not P, and no more than is free can be set aside."""
    account = books.account()
    books.bench.write(settle.freeze_deposit, account, D("60.00"), "refund:1")
    assert (books.money(account).p, books.money(account).a) == (D("100.00"), D("4.45"))
    with pytest.raises(settle.AmountError):
        books.bench.write(settle.freeze_deposit, account, D("40.01"), "refund:2")
    books.bench.write(settle.release_deposit, account, D("60.00"), "refund:1")
    assert books.money(account).a == D("64.45")
    books.level()


def test_an_adjustment_down_is_remembered(books: Books) -> None:
    """An adjustment that lowers A marks the account, one that raises it does not (R8)."""
    account = books.account()
    books.bench.write(settle.adjust, account, D("5.00"), "up")
    assert books.bench.read(settle.compare, account, day=MONDAY).adjusted is None
    books.bench.write(settle.adjust, account, D("-5.00"), "down")
    assert books.bench.read(settle.compare, account, day=MONDAY).adjusted == books.bench.clock.now()


def test_an_opening_deposit_is_posted_once(books: Books) -> None:
    """Taking the same opening over again changes nothing; another amount is a conflict."""
    books.bench.write(settle.take_over, books.account(), D("100.00"))
    assert books.money(books.account()).p == D("100.00")
    with pytest.raises(ConflictError):
        books.bench.write(settle.take_over, books.account(), D("100.01"))


def test_a_kind_joins_only_its_own_ledger_accounts(books: Books) -> None:
    """Each kind of posting is refused between all pairs of ledger accounts but those of its table."""
    for kind in PostingKind:
        for debit in Book:
            for credit in Book:
                if (debit, credit) not in ENTRIES.get(kind, frozenset()):
                    entry = Entry(kind, debit, credit, D("1.00"), f"{kind}:{debit}:{credit}")
                    with pytest.raises(settle.EntryError):
                        books.bench.write(ledger.enter, books.account(), entry)
    books.level()


def test_a_posting_cannot_be_changed(books: Books) -> None:
    """The ledger's rows are guarded in the database itself."""
    books.pay(HOME, "50.00", "w1")
    change = update(tables.posting).values(amount=D("51.00"))
    with pytest.raises(IntegrityError, match="append-only"):
        books.execute(change)


def test_a_payment_counts_from_the_day_it_was_paid(books: Books) -> None:
    """A payment that is posted a day late has the value day of its own time; one from the future counts today."""
    now = books.bench.clock.now()
    for serial, moved in (("early", -timedelta(days=1)), ("late", timedelta(days=1))):
        books.bench.write(settle.post, settle.Payment(HOME, "bank", serial, D("1.00"), now + moved))
    lines = [line for line in books.bench.read(settle.postings, books.account()) if line.kind == PostingKind.PAY]
    assert [line.value_day for line in lines] == [MONDAY - timedelta(days=1), MONDAY]


def test_the_trial_balance_finds_a_balance_that_was_tampered_with(books: Books) -> None:
    """A running total that its postings or fees don't explain is found and named."""
    balance = tables.balance
    for column in ("p", "e"):
        books.execute(update(balance).where(balance.c.account == books.account()).values({column: D("7.77")}))
    found = books.bench.write(settle.record_trial, MONDAY)
    assert found.accounts_off == (books.account(),)
    assert [(off.total, off.balance) for off in found.off] == [("p", D("7.77")), ("e", D("7.77"))]
    assert books.bench.read(settle.trial_level, MONDAY) is False
    assert books.bench.read(settle.trial_level, MONDAY + timedelta(days=1)) is None
