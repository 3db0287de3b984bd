"""The run over everybody and the look at one account go by the same facts and the same rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from headend import archive, notify, settle, strategy
from headend.archive import FlagKind
from headend.archive import tables as archive_tables
from headend.settle import tables as money
from headend.store import Tx
from headend.strategy import Phase, State, queries, tables
from headend.strategy.conditions.facts import Raw
from headend.strategy.facts_many import fact_view
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import Look
from headend.strategy.machine import ETC
from headend.strategy.many import FOR_EVERYBODY
from headend.strategy.vocabulary import FACTS, MANY
from tests.rooms import MONDAY, SITE, Bench, home_no
from tests.strategy.world import BATCH, make_world

positive = st.one_of(st.integers(0, 60).map(Decimal), st.integers(0, 8_000).map(lambda fen: Decimal(fen) / 100))
"""Amounts, close enough together for equality with each other and with the thresholds."""


@dataclass(frozen=True)
class Case:
    """What is drawn for an account. ``estimated``: today's run has come past it; else it never had an estimate.

    ``exact``: what is left is just the expected cost of the next day.
    """

    estimated: bool
    state: State
    days: int
    p: Decimal
    b: Decimal
    e: Decimal
    credit: Decimal
    cost: Decimal | None
    mark: str
    short: bool
    flags: frozenset[FlagKind]
    own_class: bool
    exact: bool


cases = st.builds(
    Case,
    estimated=st.booleans(),
    state=st.sampled_from(sorted(ETC)),
    days=st.integers(0, 12),
    p=positive,
    b=st.sampled_from([Decimal(0), Decimal("0.01"), Decimal(10)]),
    e=positive,
    credit=st.sampled_from([Decimal(0), Decimal(20)]),
    cost=st.one_of(st.none(), positive),
    mark=st.sampled_from("GIEC"),
    short=st.booleans(),
    flags=st.frozensets(st.sampled_from([FlagKind.LOVE_CARE, FlagKind.HOLD, FlagKind.CONTACT_BAD]), max_size=2),
    own_class=st.booleans(),
    exact=st.booleans(),
)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench on Monday at 08:20; the first of two homes is estimated."""
    path: Path = tmp_path_factory.mktemp("agreement") / "headend.db"
    bench = Bench.open(path)
    world = make_world(bench, homes=2, shops=0)
    world.to("2026-09-14 08:20")
    for place in bench.read(archive.places, MONDAY):
        world.store_freeze(place.account, MONDAY)
    first = bench.accounts[home_no(1)]
    bench.write(settle.estimate_chunk, MONDAY, range(first, first + 1))
    yield bench
    bench.store.close()


@contextmanager
def undone(bench: Bench) -> Iterator[Tx]:
    """Give a transaction that is rolled back."""
    with bench.store.engine.connect() as connection, connection.begin() as transaction:
        yield Tx(connection, bench.clock.now(), SITE, BATCH)
        transaction.rollback()


def arrange(tx: Tx, account: int, case: Case) -> None:
    """Bring an account into the drawn case."""
    b, f = money.balance, money.fee_day
    parts = {"p": case.p, "b": case.b, "e": case.e, "credit": case.credit, "f": 0, "o": 0, "l": 0}
    tx.execute(b.update().where(b.c.account == account).values(**parts))
    if case.estimated:
        yesterday = (f.c.day == MONDAY - timedelta(days=1)) & (f.c.account == account)
        newest = tx.all(select(f).where(yesterday).order_by(f.c.version.desc()))[0]._asdict()
        cost = max(Decimal(0), case.p + case.b - case.e) if case.exact else case.cost
        changed = {"version": newest["version"] + 1, "next": cost, "mark": case.mark}
        tx.insert(f, **(newest | changed))
    since = tx.now - timedelta(days=case.days)
    s = tables.account_state
    values = {"state": case.state.value, "since": since, "short_on": MONDAY if case.short else None}
    tx.execute(s.update().where(s.c.account == account).values(**values))
    for kind in case.flags:
        archive.set_flag(tx, account, kind, until=None, reason="drawn")
    if case.own_class:
        a = archive_tables.account
        tx.execute(a.update().where(a.c.id == account).values(class_code="R2"))


@given(case=cases)
def test_both_views_know_the_same(morning: Bench, case: Case) -> None:
    """Every fact of the fact view has the value that a look at the account finds."""
    account = morning.accounts[home_no(1 if case.estimated else 2)]
    with undone(morning) as tx:
        arrange(tx, account, case)
        view = fact_view(tx.now, range(account, account + 1), mass_check=False)
        columns = [view.columns[name].label(name) for name in sorted(MANY)]
        row = tx.one(select(*columns).select_from(view.source).where(view.within))
        assert row is not None
        facts = AccountFacts(Look(tx, queries.state(tx, account)), queries.in_force(tx))
        one: dict[str, Raw] = {name: facts.raw(FACTS[name]) for name in sorted(MANY)}
        assert row._asdict() == one


@given(case=cases)
def test_both_ways_fire_the_same(morning: Bench, case: Case) -> None:
    """The run over everybody makes the moves, and sends the messages, that a look at the account would."""
    account = morning.accounts[home_no(1 if case.estimated else 2)]
    outcomes = []
    for way in ("run", "react"):
        with undone(morning) as tx:
            arrange(tx, account, case)
            before = len(strategy.transitions(tx, account))
            if way == "run":
                strategy.run(tx, MONDAY, range(account, account + 1), Phase.COMPARE)
            else:
                strategy.react(tx, account)
            made = strategy.transitions(tx, account)[before:]
            fired = [(t.name, t.source, t.target) for t in made if t.rule in FOR_EVERYBODY]
            put = [(m.template, dict(m.values)) for m in notify.messages(tx, account)]
            outcomes.append((fired, put, strategy.state(tx, account).state))
    assert outcomes[0] == outcomes[1]


@given(case=cases)
def test_the_run_again_changes_nothing(morning: Bench, case: Case) -> None:
    """The same phase of the same morning, run twice, moves and sends nothing more."""
    account = morning.accounts[home_no(1 if case.estimated else 2)]
    day: date = MONDAY
    with undone(morning) as tx:
        arrange(tx, account, case)
        strategy.run(tx, day, range(account, account + 1), Phase.COMPARE)
        once = (len(strategy.transitions(tx, account)), len(notify.messages(tx, account)))
        assert strategy.run(tx, day, range(account, account + 1), Phase.COMPARE) == {}
        assert (len(strategy.transitions(tx, account)), len(notify.messages(tx, account))) == once
