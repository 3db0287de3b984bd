"""Payments at the desk."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from headend import settle
from headend.desk import ArgumentsError, NotPermittedError, RefusedError
from headend.desk.acts import ACTS
from headend.desk.service import read_arguments
from headend.settle import tables
from headend.store import Room, Tx, metadata
from headend.store.tables import pending
from headend.strategy import State
from tests.desk.conftest import WECHAT, Counter
from tests.rooms import MONDAY, home_no, local

PAYMENT = {"account": home_no(1), "amount": "50.00", "channel": "wechat", "serial": "WX1"}


def payments(counter: Counter) -> int:
    """Count the payments in the books."""
    return int(counter.world.bench.read(lambda view: view.scalar(select(func.count()).select_from(tables.payment))))


def test_a_payment_is_posted_and_answered_with_what_is_available(counter: Counter) -> None:
    """The channel learns the new balance and state, and the trail who brought it."""
    counter.world.morning(MONDAY)
    before = counter.world.balance(counter.world.bench.accounts[home_no(1)])
    done = counter.call(WECHAT, "pay", **PAYMENT)
    assert done == {
        "posted": 1,
        "already": False,
        "account": home_no(1),
        "available": str(before + 50),
        "state": "NORMAL",
    }
    entry = counter.trail()[0]
    assert (entry.actor, entry.act, entry.outcome) == ("channel:wechat", "pay", "done")
    assert entry.arguments == PAYMENT


def test_the_same_serial_again_gives_the_same_answer(counter: Counter) -> None:
    """A channel that tells of a payment twice posts it once."""
    first = counter.call(WECHAT, "pay", **PAYMENT)
    second = counter.call(WECHAT, "pay", **PAYMENT)
    assert second == {**first, "already": True}
    assert payments(counter) == 1


def test_the_same_serial_with_another_amount_is_refused(counter: Counter) -> None:
    """A conflict posts nothing and is on the trail."""
    counter.call(WECHAT, "pay", **PAYMENT)
    with pytest.raises(RefusedError, match="needs a serial of its own"):
        counter.call(WECHAT, "pay", **{**PAYMENT, "amount": "60.00"})
    assert payments(counter) == 1
    assert (counter.trail()[0].outcome, counter.trail()[0].arguments["amount"]) == ("refused", "60.00")


def test_money_for_nobody_we_know_lies_in_suspense(counter: Counter) -> None:
    """A payment for an unknown number is kept, not refused: the customer has paid."""
    done = counter.call(WECHAT, "pay", **{**PAYMENT, "account": "3799999999"})
    assert (done["available"], done["state"]) == (None, None)
    assert counter.world.bench.read(settle.unassigned) == [done["posted"]]


def test_a_channel_brings_its_own_payments_only(counter: Counter) -> None:
    """One channel can't use the serials of another one."""
    with pytest.raises(NotPermittedError):
        counter.call(WECHAT, "pay", **{**PAYMENT, "channel": "alipay"})
    assert payments(counter) == 0


def test_a_payment_is_not_made_in_the_future(counter: Counter) -> None:
    """A channel whose clock runs wild is told so."""
    with pytest.raises(ArgumentsError, match="future"):
        counter.call(WECHAT, "pay", **PAYMENT, paid_at="2026-09-14T09:00:00+08:00")


def test_a_payment_voids_a_pending_cut_in_its_own_transaction(counter: Counter) -> None:
    """When the channel has its answer the cut is off already."""
    world = counter.world
    for day in (MONDAY, MONDAY.replace(day=15), MONDAY.replace(day=16)):
        world.morning(day)
    world.to("2026-09-16 08:59:30")
    done = counter.call(WECHAT, "pay", **{**PAYMENT, "amount": "100.00"})
    assert done["state"] == State.NORMAL
    home = world.bench.accounts[home_no(1)]
    assert world.messages(home)[-1] == "S08"
    world.to("2026-09-16 12:00")
    assert not world.meters[home].open


@given(amount=st.one_of(st.floats(), st.decimals(max_value=Decimal(0)), st.text(max_size=5), st.none()))
def test_what_is_no_amount_never_reaches_the_books(amount: Any) -> None:
    """Binary fractions, parts of a fen, zero, less, and words are refused before anything is written."""
    text = str(amount) if isinstance(amount, Decimal) else amount
    try:
        good = isinstance(text, str) and Decimal(text) > 0 and Decimal(text) == round(Decimal(text), 2)
    except ArithmeticError:
        good = False
    if good:
        return
    with pytest.raises(ArgumentsError):
        read_arguments(ACTS["pay"], {**PAYMENT, "amount": text})


def test_a_payment_keeps_when_it_was_made(counter: Counter) -> None:
    """The time at which somebody paid may lie before the posting."""
    counter.world.to("2026-09-14 12:00")
    done = counter.call(WECHAT, "pay", **PAYMENT, paid_at="2026-09-14T11:58:00+08:00")
    stored = counter.world.bench.read(settle.payment, done["posted"])
    assert stored.paid_at == local("2026-09-14 11:58")
    assert stored.at == local("2026-09-14 12:00")


def test_money_is_never_lost_for_a_fault_in_what_follows(counter: Counter) -> None:
    """A payment stays posted where the look at its account fails, and the account stays marked for the next look."""
    bench = counter.world.bench
    numbers = metadata.tables["strategy_numbers"]

    def forget(tx: Tx) -> None:
        tx.execute(numbers.delete())

    bench.write(forget)
    done = asyncio.run(counter.desk.call(WECHAT, "pay", PAYMENT))
    assert isinstance(done, dict)
    assert (done["already"], done["state"]) == (False, "NORMAL")
    assert payments(counter) == 1
    marked = bench.read(lambda view: view.all(select(pending.c.room).where(pending.c.account == 1)))
    assert [row.room for row in marked] == [Room.STRATEGY]
    assert bench.read(settle.trial_balance).level
