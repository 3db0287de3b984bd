"""Live reads and relay states."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from headend import archive, collect
from headend.collect import RelaySeen, Want
from headend.collect.live import TRIES, due_wants
from headend.store import Fact, Rank
from headend.store.tables import fact
from tests.rooms import Bench, home_no


@pytest.fixture
def account(bench: Bench) -> int:
    """The first home of a small archive."""
    bench.load()
    return bench.accounts[home_no(1)]


def due(bench: Bench) -> list[Want]:
    """Give the wishes due now."""
    return list(bench.read(due_wants, 10).items)


def put(bench: Bench, wish: Want, total: str | None, reason: str | None = None) -> bool:
    """Answer a wish."""
    place = bench.read(lambda view: archive.place(view, wish.account, view.today))
    value = None if total is None else Decimal(total)
    return bench.write(collect.answer, wish, place.point, place.address, value, reason)


def test_two_wishes_for_the_same_read_are_one(bench: Bench, account: int) -> None:
    """An open wish serves everybody who wants the same register as early."""
    first = bench.write(collect.ask_live, account)
    assert bench.write(collect.ask_live, account) == first
    assert [wish.id for wish in due(bench)] == [first]


def test_people_are_served_before_machines(bench: Bench, account: int) -> None:
    """Of the wishes due, those of people come first."""
    other = bench.accounts[home_no(2)]
    bench.write(collect.ask_live, other, rank=Rank.FIELD)
    bench.write(collect.ask_live, account, rank=Rank.PEOPLE)
    assert [wish.account for wish in due(bench)] == [account, other]


def test_a_wish_that_people_join_becomes_theirs(bench: Bench, account: int) -> None:
    """Who waits at a counter does not wait behind machines because one of them has asked before."""
    other = bench.accounts[home_no(2)]
    for who in (other, account):
        bench.write(collect.ask_live, who, rank=Rank.FIELD)
    bench.write(collect.ask_live, account, rank=Rank.PEOPLE)
    bench.write(collect.ask_live, account, rank=Rank.BATCH)
    assert [(wish.account, wish.rank) for wish in due(bench)] == [(account, Rank.PEOPLE), (other, Rank.FIELD)]


def test_a_wish_for_later_is_not_due_yet(bench: Bench, account: int) -> None:
    """A wish may be due later; the worker learns when."""
    later = bench.clock.now() + timedelta(minutes=25)
    bench.write(collect.ask_live, account, at=later)
    found = bench.read(due_wants, 10)
    assert (list(found.items), found.next) == ([], later)


def test_a_value_ends_the_wish_and_is_told(bench: Bench, account: int) -> None:
    """The register that the meter told is kept for the account, and those who decide look at it."""
    number = bench.write(collect.ask_live, account)
    assert put(bench, due(bench)[0], "4200.50")
    told = bench.read(collect.live, number)
    assert told is not None
    assert (told.total, told.reason) == (Decimal("4200.50"), None)
    kinds = bench.read(lambda view: {row.kind for row in view.all(select(fact).where(fact.c.account == account))})
    assert Fact.LIVE_READ in kinds


def test_a_silent_meter_is_asked_again_and_then_given_up(bench: Bench, account: int) -> None:
    """The wish fails only after its last try, and then says why."""
    number = bench.write(collect.ask_live, account)
    for _ in range(TRIES - 1):
        assert not put(bench, due(bench)[0], None, "silent")
        assert bench.read(collect.live, number) is None
        found = bench.read(due_wants, 10)
        assert found.next is not None
        bench.clock.advance(found.next)
    assert put(bench, due(bench)[0], None, "silent")
    told = bench.read(collect.last_live, account)
    assert told is not None
    assert (told.total, told.reason) == (None, "silent")
    assert due(bench) == []


def test_the_newest_relay_state_counts(bench: Bench, account: int) -> None:
    """Relay states are kept one after the other; the newest by the meter's answer is the one that counts."""
    now = bench.clock.now()
    late = RelaySeen(True, True, False, Decimal("0.0000"), "000000000001", now, "verify")
    early = RelaySeen(False, False, False, Decimal("1.2000"), "000000000001", now - timedelta(minutes=1), "precheck")
    bench.write(collect.note_relay, account, late)
    bench.write(collect.note_relay, account, early)
    assert bench.read(collect.relay, account) == late
