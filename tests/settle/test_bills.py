"""Month end: bills, what is left unpaid, late charges, corrections of settled cycles."""

from datetime import date, timedelta

import pytest

from headend import settle
from headend.collect import Mark
from headend.settle import NotBilled
from tests.rooms import MONDAY, Bench, home_no
from tests.settle.books import DAY, Books, D, home, open_books, register

SEPTEMBER = date(2026, 9, 1)
OCTOBER = date(2026, 10, 1)
DUE = date(2026, 10, 10)
HOME = home_no(1)


def month(bench: Bench, deposit: str = "100.00", until: date = OCTOBER) -> Books:
    """A village at the end of September: a home's cycle costs 82.04."""
    opening = {"deposit": deposit, "tier_year_kwh": "1000.00", "cycle_register": "4150.00"}
    books = open_books(bench, homes=1, shops=0, changes=home(opening=opening))
    for n in range((until - MONDAY).days + 1):
        books.read(books.account(), MONDAY + n * DAY, register(MONDAY + n * DAY))
        books.run(MONDAY + n * DAY)
    return books


def test_a_bill_moves_nothing_that_is_available(bench: Bench) -> None:
    """The bill is the estimate: bonus goes first, then cash, and A stays (6.8)."""
    books = month(bench)
    account = books.account()
    books.bench.write(settle.give_bonus, account, D("10.00"), "b")
    before = books.money(account)
    billed = books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert billed == settle.Billed(1, D("82.04"), D("10.00"), D("72.04"), DUE)
    after = books.money(account)
    assert (after.p, after.b, after.e, after.o) == (D("27.96"), D(0), D(0), D(0))
    assert after.a == before.a == D("27.96")
    books.level()


def test_e15_bonus_first(bench: Bench) -> None:
    """A bonus is used before cash, so that the cash stays refundable."""
    opening = {"deposit": "200.00", "tier_year_kwh": "1000.00", "cycle_register": "4150.00"}
    books = open_books(bench, homes=1, shops=0, changes=home(opening=opening))
    account = books.account()
    bench.write(settle.give_bonus, account, D("10.00"), "autumn")
    books.read(account, OCTOBER, "4370.06")
    books.run(OCTOBER)
    assert (books.money(account).e, books.money(account).a) == (D("120.35"), D("89.65"))
    bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert (books.money(account).free_deposit, books.money(account).b) == (D("89.65"), D(0))


def test_a_cycle_is_billed_once(bench: Bench) -> None:
    """A second settlement of the same cycle changes nothing."""
    books = month(bench)
    books.bench.write(settle.bill_cycle, books.account(), SEPTEMBER)
    assert books.bench.write(settle.bill_cycle, books.account(), SEPTEMBER) is NotBilled.ALREADY
    assert books.money(books.account()).p == D("17.96")


@pytest.mark.parametrize("mark", [Mark.S, None])
def test_no_bill_comes_from_an_estimate(bench: Bench, mark: Mark | None) -> None:
    """Without a usable reading at its end a cycle waits; the reading bills it."""
    books = month(bench, until=OCTOBER - DAY)
    account = books.account()
    assert books.bench.write(settle.bill_cycle, account, SEPTEMBER) is NotBilled.NOT_OVER
    if mark is not None:
        books.read(account, OCTOBER, "9999", mark)
    books.run(OCTOBER)
    assert books.bench.write(settle.bill_cycle, account, SEPTEMBER) is NotBilled.NO_READING
    books.read(account, OCTOBER, register(OCTOBER), Mark.C)
    books.bench.write(settle.refresh, account)
    billed = books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert isinstance(billed, settle.Billed)
    assert billed.amount == D("82.04")
    books.level()


def test_what_the_deposit_does_not_cover_is_owed(bench: Bench) -> None:
    """The rest of a bill becomes O; past its due date the late charge grows by the day, posted when it is paid."""
    books = month(bench, deposit="50.00")
    account = books.account()
    books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert (books.money(account).p, books.money(account).o, books.money(account).a) == (D(0), D("32.04"), D("-32.04"))
    for n in range(1, 20):
        books.read(account, OCTOBER + n * DAY, register(OCTOBER))
        books.run(OCTOBER + n * DAY)
    assert books.bench.clock.now().date() == DUE + 10 * DAY
    assert books.money(account).l == D("0.32")
    posted = books.pay(HOME, "20.00", "w1")
    assert (posted.late, posted.principal, posted.deposit) == (D("0.32"), D("19.68"), D(0))
    assert (books.money(account).l, books.money(account).o) == (D(0), D("12.36"))
    books.bench.clock.advance(books.bench.clock.now() + timedelta(days=10))
    assert books.bench.read(settle.open_bills, account, DUE + 20 * DAY)[0].late == D("0.12")
    posted = books.pay(HOME, "20.00", "w2")
    assert (posted.late, posted.principal, posted.deposit) == (D("0.12"), D("12.36"), D("7.52"))
    assert books.bench.read(settle.open_bills, account, DUE + 20 * DAY) == []
    books.level()


def test_older_bills_are_paid_first(bench: Bench) -> None:
    """A payment goes to the oldest bill, late charge before principal, then to the next one."""
    books = month(bench, deposit="0.00")
    account = books.account()
    books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    for n in range(1, 32):
        books.read(account, OCTOBER + n * DAY, register(OCTOBER + n * DAY))
        books.run(OCTOBER + n * DAY)
    books.bench.write(settle.bill_cycle, account, OCTOBER)
    assert books.money(account).o == D("82.04") + D("84.77")
    posted = books.pay(HOME, "100.00", "w1")
    assert posted.late == D("1.80")
    first, second = D("82.04"), posted.principal - D("82.04")
    assert (posted.principal, second) == (D("98.20"), D("16.16"))
    assert [bill.unpaid for bill in books.bench.read(settle.open_bills, account, OCTOBER)] == [D("84.77") - second]
    assert first + second + posted.late == D("100.00")
    books.level()


@pytest.mark.parametrize(("deposit", "owed"), [("100.00", "0.00"), ("50.00", "32.04")])
def test_a_correction_of_a_settled_cycle_is_posted(bench: Bench, deposit: str, owed: str) -> None:
    """A lower reading at the cycle's end gives money back: from what is owed first, else as deposit (F11)."""
    books = month(bench, deposit=deposit)
    account = books.account()
    books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert books.money(account).o == D(owed)
    before = books.money(account).a
    books.read(account, OCTOBER, register(OCTOBER) - 2, Mark.C)
    assert books.bench.write(settle.estimate_one, account, OCTOBER)
    assert books.money(account).a - before == D("1.10")
    assert books.money(account).o == max(D(0), D(owed) - D("1.10"))
    assert books.money(account).e == D(0)
    books.level()


def test_a_correction_upwards_is_a_bill_of_its_own(bench: Bench) -> None:
    """More energy than was billed is charged: from the deposit, the rest is owed with a due date of its own (R8)."""
    books = month(bench, deposit="82.54")
    account = books.account()
    books.bench.write(settle.bill_cycle, account, SEPTEMBER)
    books.read(account, OCTOBER, register(OCTOBER) + 4, Mark.C)
    books.bench.write(settle.estimate_one, account, OCTOBER)
    money = books.money(account)
    assert (money.p, money.o, money.a) == (D(0), D("1.68"), D("-1.68"))
    assert books.bench.read(settle.compare, account, day=OCTOBER).adjusted == books.bench.clock.now()
    books.level()


def test_ended_cycles_are_found_until_they_are_billed(bench: Bench) -> None:
    """A cycle is to be billed from its end on, unless its last day is estimated, until it is."""
    books = month(bench, until=OCTOBER - DAY)
    account = books.account()
    assert bench.read(settle.ended_cycles, OCTOBER - DAY) == []
    books.run(OCTOBER)
    assert bench.read(settle.ended_cycles, OCTOBER) == []
    books.read(account, OCTOBER, register(OCTOBER))
    bench.write(settle.refresh, account)
    assert bench.read(settle.ended_cycles, OCTOBER) == [(account, SEPTEMBER)]
    bench.write(settle.bill_cycle, account, SEPTEMBER)
    assert bench.read(settle.ended_cycles, OCTOBER + 40 * DAY) == []


def test_a_refund_waits_until_all_is_settled(bench: Bench) -> None:
    """Deposit that was set aside is paid out when no cycle or bill is open, never more than was set aside."""
    books = month(bench)
    account = books.account()
    bench.write(settle.freeze_deposit, account, D("10.00"), "r1")
    with pytest.raises(settle.NotSettledError, match=r"82\.04 yuan unsettled"):
        bench.write(settle.refund, account, D("10.00"), "r1")
    bench.write(settle.bill_cycle, account, SEPTEMBER)
    with pytest.raises(settle.AmountError):
        bench.write(settle.refund, account, D("10.01"), "r1")
    bench.write(settle.refund, account, D("10.00"), "r1")
    assert (books.money(account).p, books.money(account).f, books.money(account).a) == (D("7.96"), D(0), D("7.96"))
    books.level()


def test_new_tier_bounds_act_from_the_next_cycle_on(bench: Bench) -> None:
    """A household accepted as large in September keeps the bounds of September, and has wider ones in October."""
    opening = {"deposit": "100.00", "tier_year_kwh": "2500.00", "cycle_register": "4150.00"}
    books = open_books(bench, homes=1, shops=0, changes=home(opening=opening))
    account = books.account()
    bench.write(settle.set_tier_use, account, settle.TierUse(large_from=OCTOBER))
    for n in range(19):
        books.read(account, MONDAY + n * DAY, register(MONDAY + n * DAY))
        books.run(MONDAY + n * DAY)
    september = bench.read(settle.fee_lines, account, OCTOBER - DAY)
    assert [(line.kwh, line.amount) for line in september] == [(D(150), D("82.04")), (D(130), D("6.50"))]
    assert [line.amount for line in bench.read(settle.fee_lines, account, OCTOBER)] == [D("2.73")]
