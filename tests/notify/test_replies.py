"""What customers text back: kept once, and a dispute freezes the cut of whoever it may concern."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from drivers.sms import Reply
from headend import archive, notify, work
from headend.archive import FlagKind
from headend.notify.tables import customer_reply
from headend.store import View
from headend.work import OrderKind
from tests.rooms import Bench, home_no

OWN = "13800000001"
SHARED = "13700000000"


@pytest.fixture
def street(bench: Bench) -> Bench:
    """Three homes; the second and the third share a phone."""
    shared = {"contacts": [{"name": "房东", "phone": SHARED, "role": "account"}]}
    assert bench.load(homes=3, shops=0, changes={home_no(2): shared, home_no(3): shared}).bad == ()
    return bench


def held(bench: Bench) -> set[str]:
    """Give the numbers of the accounts that a dispute holds."""
    found = set()
    for no, account in bench.accounts.items():
        flagged = FlagKind.HOLD in bench.read(archive.flags, account)
        assert flagged is (OrderKind.DISPUTE in bench.read(work.open_kinds, account))
        found |= {no} if flagged else set()
    return found


@pytest.mark.parametrize("text", ["异议", " 异议，我交过了"])
def test_a_dispute_holds_the_account(street: Bench, text: str) -> None:
    """The word opens a case that freezes cuts, and a hold for a day."""
    home = street.accounts[home_no(1)]
    assert street.write(notify.keep_reply, Reply("R1", OWN, text)) == (home,)
    assert held(street) == {home_no(1)}
    (flag,) = street.read(archive.active_flags, home)
    assert flag.until == street.clock.now() + timedelta(hours=24)
    assert street.read(work.open_kinds, home) & work.FREEZES_CUT


def test_a_shared_phone_holds_each_of_its_accounts(street: Bench) -> None:
    """Where it can't be told which account a dispute is about, none of them is cut."""
    both = {street.accounts[home_no(2)], street.accounts[home_no(3)]}
    assert set(street.write(notify.keep_reply, Reply("R1", SHARED, "异议"))) == both
    assert held(street) == {home_no(2), home_no(3)}


@pytest.mark.parametrize(("phone", "text"), [(OWN, "好的"), ("13999999999", "异议"), (OWN, "没有异议")])
def test_other_replies_hold_nobody(street: Bench, phone: str, text: str) -> None:
    """Another text, and the word from a stranger, are kept and do nothing."""
    street.write(notify.keep_reply, Reply("R1", phone, text))
    assert held(street) == set()
    assert len(street.read(View.all, select(customer_reply))) == 1


def test_a_reply_comes_once(street: Bench) -> None:
    """The same reference again does nothing, also after the case was closed."""
    home = street.accounts[home_no(1)]
    street.write(notify.keep_reply, Reply("R1", OWN, "异议"))
    street.write(archive.end_flags, home, FlagKind.HOLD, "查清")
    street.write(work.close_orders, OrderKind.DISPUTE, account=home, done_by="cs", evidence={"call": "12"})
    assert street.write(notify.keep_reply, Reply("R1", OWN, "异议")) == ()
    assert held(street) == set()


def test_a_reply_is_kept_without_number_or_words(street: Bench) -> None:
    """The row says whose contact and which kind; neither phone nor text are in it."""
    street.write(notify.keep_reply, Reply("R1", OWN, "异议 张三"))
    street.write(notify.keep_reply, Reply("R2", SHARED, "什么"))
    first, second = street.read(View.all, select(customer_reply).order_by(customer_reply.c.id))
    assert (first.kind, first.account, second.kind, second.account) == (
        "dispute",
        street.accounts[home_no(1)],
        "other",
        None,
    )
    assert OWN not in str(first)
    assert "张三" not in str(first)
