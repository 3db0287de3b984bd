"""Work orders: one open per reason, owned, closed with evidence."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from headend import archive, work
from headend.store import Fact, Tx
from headend.store.tables import fact
from headend.work import OrderKind
from tests.rooms import START, Bench, home_no, shop_no

DUE = START + timedelta(hours=2)
DONE = {"read_back": "relay:1"}


def open_one(tx: Tx, account: int, kind: OrderKind = OrderKind.RESTORE_FAILED, cause: str | None = None) -> int:
    """Open an order about an account."""
    return work.open_order(tx, kind, account=account, due=DUE, cause=cause)


def cases(bench: Bench, account: int) -> list[int]:
    """Give what ``Fact.CASE`` referred to, in order."""
    told = select(fact.c.ref).where(fact.c.account == account, fact.c.kind == Fact.CASE.value).order_by(fact.c.id)
    return [row.ref for row in bench.read(lambda view: view.all(told))]


def test_an_order_is_owned_by_who_is_nearest(village: Bench) -> None:
    """A new order names its role, and the member of staff of that role who is nearest to the account."""
    home = village.accounts[home_no(1)]
    order = village.read(work.order, village.write(open_one, home))
    assert (order.role, order.owner) == ("TECH", "zheng.tech")
    assert order.unit == village.read(archive.account, home).unit
    assert (order.state, order.due, order.opened) == (work.State.OPEN, DUE, START)
    nobody = village.read(work.order, village.write(open_one, home, OrderKind.METER_CLOCK))
    assert (nobody.role, nobody.owner) == ("ACQ", None)


def test_the_same_reason_again_is_the_same_order(village: Bench) -> None:
    """While an order is open its reason opens no second one; the repetition stands in its history."""
    home = village.accounts[home_no(1)]
    first = village.write(open_one, home, cause="command:7")
    again = village.write(open_one, home, cause="command:8")
    assert again == first
    events = village.read(work.history, first)
    assert [(e.event, e.cause) for e in events] == [
        (work.Event.OPENED, "command:7"),
        (work.Event.REPEATED, "command:8"),
    ]
    assert cases(village, home) == [first]


def test_closing_needs_evidence(village: Bench) -> None:
    """An order without evidence stays open; with evidence it closes once, and says so."""
    home = village.accounts[home_no(1)]
    order = village.write(open_one, home)
    with pytest.raises(work.NoEvidenceError, match=str(order)):
        village.write(work.close_order, order, done_by="zheng.tech", evidence={})
    assert village.write(work.close_order, order, done_by="zheng.tech", evidence=DONE)
    assert not village.write(work.close_order, order, done_by="zheng.tech", evidence=DONE)
    assert village.read(work.history, order)[-1].values == {**DONE, "done_by": "zheng.tech"}
    assert cases(village, home) == [order, order]
    with pytest.raises(work.UnknownOrderError):
        village.write(work.close_order, order + 1, done_by="zheng.tech", evidence=DONE)


def test_a_closed_reason_opens_a_new_order(village: Bench) -> None:
    """After an order was closed, the same reason is a new order."""
    home = village.accounts[home_no(1)]
    first = village.write(open_one, home)
    assert village.write(work.close_orders, OrderKind.RESTORE_FAILED, account=home, done_by="system", evidence=DONE)
    second = village.write(open_one, home)
    assert second != first
    assert village.read(work.counts, date(2026, 9, 14)) == {OrderKind.RESTORE_FAILED: 2}
    assert village.read(work.counts, date(2026, 9, 13)) == {}


def test_listings_keep_to_their_scope(village: Bench) -> None:
    """A station sees the orders of its accounts, not those of another station; the county sees all."""
    village.write(open_one, village.accounts[home_no(1)])
    village.write(work.open_order, OrderKind.MASS_CHECK, unit=village.read(archive.whole).unit, due=DUE)
    scopes = {
        user: archive.scope_of(village.read(archive.staff, user)) for user in ("wang.appr", "sun.appr", "li.appr")
    }
    seen = {user: [o.kind for o in village.read(work.orders, scope=scope)] for user, scope in scopes.items()}
    assert seen["wang.appr"] == [OrderKind.RESTORE_FAILED]
    assert seen["sun.appr"] == []
    assert set(seen["li.appr"]) == {OrderKind.RESTORE_FAILED, OrderKind.MASS_CHECK}
    one = village.read(work.orders, scope=scopes["li.appr"], account=village.accounts[shop_no(1)])
    assert one == []


def test_a_tag_on_the_area_concerns_each_of_its_accounts(village: Bench) -> None:
    """An order about a unit counts for the accounts below it; one about an account for that alone."""
    first, second = village.accounts[home_no(1)], village.accounts[home_no(2)]
    village.write(open_one, first, OrderKind.DISPUTE)
    village.write(work.open_order, OrderKind.SAFETY_TAG, unit=village.read(archive.unit_id, "TA-0001"), due=DUE)
    village.write(work.open_order, OrderKind.MASS_CHECK, unit=village.read(archive.unit_id, "TA-0002"), due=DUE)
    assert village.read(work.open_kinds, first) == {OrderKind.DISPUTE, OrderKind.SAFETY_TAG}
    assert village.read(work.open_kinds, second) == {OrderKind.SAFETY_TAG}
    assert village.read(work.had_kind, first, OrderKind.DISPUTE)
    assert not village.read(work.had_kind, second, OrderKind.DISPUTE)


def test_an_order_is_about_something(village: Bench) -> None:
    """An order about nothing is refused."""
    with pytest.raises(ValueError, match="about an account"):
        village.write(work.open_order, OrderKind.LEDGER_ODD, due=DUE)


STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([OrderKind.RELAY_ODD, OrderKind.CONTACT_BAD]), st.integers(1, 2)),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(steps=STEPS)
def test_at_most_one_order_is_open_per_reason(village: Bench, steps: list[tuple[bool, OrderKind, int]]) -> None:
    """Whatever is opened and closed, one order per kind and account is open, and each closed one has its evidence."""
    whole = village.read(archive.whole)
    for opening, kind, number in steps:
        account = village.accounts[home_no(number)]
        if opening:
            village.write(open_one, account, kind)
        else:
            village.write(work.close_orders, kind, account=account, done_by="system", evidence=DONE)
        listed = [(o.kind, o.account) for o in village.read(work.orders, scope=whole)]
        assert len(listed) == len(set(listed))
        assert ((kind, account) in listed) is opening
    for order in village.read(work.orders, scope=whole, state=work.State.CLOSED):
        assert village.read(work.history, order.id)[-1].values == {**DONE, "done_by": "system"}
