"""Transactions: atomic, ranked, uncancelled once begun, and their guards."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from clock import SteppedClock, run_virtual
from headend.store import (
    By,
    Energy,
    Fact,
    Instant,
    OutOfBoundsError,
    Rank,
    Room,
    Store,
    StoreError,
    Tx,
    View,
    Yuan,
    create_schema,
    half_up,
)
from headend.store.tables import day_step, fact, pending

START = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
BY = By("system:test", "test:1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on a file of its own."""
    store = Store(tmp_path / "s.db", SteppedClock(START))
    with store.engine.begin() as connection:
        create_schema(connection)
    yield store
    store.close()


def mark(tx: Tx, account: int, rank_note: str = "") -> str:
    """Tell a fact about an account."""
    tx.changed(account, Fact.MONEY, 7)
    return rank_note


def count(view: View) -> int:
    """Count the facts."""
    return len(view.all(select(fact)))


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    """What a transaction wrote before it failed is gone."""

    def half(tx: Tx) -> None:
        mark(tx, 1)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        store.write_now(BY, half)
    assert store.read_now(count) == 0


def test_what_was_only_tried_is_undone(store: Store) -> None:
    """Inside it is there, nested or not; afterwards the transaction has what it wrote itself, and nothing else."""

    def trying(tx: Tx) -> list[int]:
        mark(tx, 1)
        seen = []
        with tx.trial():
            mark(tx, 2)
            with tx.trial():
                mark(tx, 3)
                seen.append(count(tx))
            seen.append(count(tx))
            with suppress(ValueError), tx.trial():
                mark(tx, 4)
                int("odd")
        return [*seen, count(tx)]

    assert store.write_now(BY, trying)[0] == [3, 2, 1]
    assert store.read_now(count) == 1


def test_a_fact_leaves_one_mark_for_each_room_that_looks(store: Store) -> None:
    """Telling a fact twice is two facts and one mark, due at the sooner instant."""
    later = START + timedelta(hours=1)
    store.write_now(BY, lambda tx: tx.changed(1, Fact.MONEY, 7, not_before=later))
    _, nudges = store.write_now(By("wechat", rank=Rank.PEOPLE), mark, 1)
    rows = store.read_now(lambda view: view.all(select(pending)))
    assert [(r.room, r.account, r.not_before, r.rank) for r in rows] == [(Room.STRATEGY, 1, START, Rank.PEOPLE)]
    assert store.read_now(count) == 2
    assert nudges == {Room.STRATEGY}


@pytest.mark.parametrize("change", [fact.update().values(actor="x"), fact.delete()])
def test_append_only_rows_refuse_change(store: Store, change: object) -> None:
    """An append-only row can neither be changed nor deleted, by whatever statement."""
    store.write_now(BY, mark, 1)
    with pytest.raises(DBAPIError, match="append-only"):
        store.write_now(BY, lambda tx: tx.execute(change))  # type: ignore[arg-type]


def test_now_is_what_the_database_keeps(tmp_path: Path) -> None:
    """An instant that a transaction wrote equals its own now: nothing is lost between the two."""
    store = Store(tmp_path / "n.db", SteppedClock(START.replace(microsecond=844_567)))
    with store.engine.begin() as connection:
        create_schema(connection)

    def work(tx: Tx) -> bool:
        mark(tx, 1)
        return bool(tx.scalar(select(fact.c.at)) == tx.now)

    assert store.write_now(BY, work)[0]
    store.close()


def test_readers_cannot_write(store: Store) -> None:
    """A read runs on a connection that the database itself holds to reading."""
    with pytest.raises(DBAPIError, match="readonly"):
        store.read_now(lambda view: view.execute(fact.insert().values(account=1, kind="x", at=START, actor="x")))


def test_people_go_before_batches(tmp_path: Path) -> None:
    """Of the transactions that wait, those of people run first."""
    order: list[str] = []
    gate = threading.Event()

    def slow(tx: Tx) -> None:
        gate.wait()

    def note(tx: Tx, name: str) -> None:
        order.append(name)

    async def main(clock: SteppedClock) -> None:
        store = Store(tmp_path / "r.db", clock)
        waiting = [clock.spawn(store.write(BY, slow), name="slow")]
        await asyncio.to_thread(lambda: None)
        for name, rank in (("batch", Rank.BATCH), ("field", Rank.FIELD), ("people", Rank.PEOPLE)):
            waiting.append(clock.spawn(store.write(By("x", rank=rank), note, name), name=name))
        await asyncio.to_thread(lambda: None)
        gate.set()
        for task in waiting:
            await clock.wait(task)
        store.close()

    run_virtual(main, START)
    assert order == ["people", "field", "batch"]


def test_a_transaction_that_was_asked_for_outlives_its_caller(tmp_path: Path) -> None:
    """Cancelling the caller neither loses the commit nor the nudges."""
    gate = threading.Event()

    def held(tx: Tx) -> None:
        gate.wait()
        mark(tx, 1)

    async def main(clock: SteppedClock) -> tuple[int, bool]:
        store = Store(tmp_path / "c.db", clock)
        with store.engine.begin() as connection:
            create_schema(connection)
        task = clock.spawn(store.write(BY, held), name="held")
        await asyncio.to_thread(lambda: None)
        task.cancel()
        await asyncio.to_thread(gate.set)
        await clock.cancel(task)
        woken = await clock.wait_nudge(store.nudge(Room.STRATEGY), clock.now())
        facts = await store.read(count)
        store.close()
        return facts, woken

    assert run_virtual(main, START) == (1, True)


def test_upserts_overwrite_and_insert_new_does_not(store: Store) -> None:
    """`upsert` replaces the other columns; `insert_new` leaves what is there."""
    day = START.date()

    def work(tx: Tx) -> tuple[int, list[str]]:
        tx.upsert(day_step, keys=["day", "step"], day=day, step="plan", started=tx.now, note="first")
        tx.upsert(day_step, keys=["day", "step"], day=day, step="plan", started=tx.now, note="second")
        new = tx.insert_new(
            day_step,
            [
                {"day": day, "step": "plan", "started": tx.now, "note": "third"},
                {"day": day, "step": "run", "started": tx.now, "note": "only"},
            ],
            keys=["day", "step"],
        )
        return new, [r.note for r in tx.all(select(day_step).order_by(day_step.c.step))]

    assert store.write_now(BY, work)[0] == (1, ["second", "only"])


@given(st.integers(-(10**14), 10**14))
def test_money_keeps_every_fen(fen: int) -> None:
    """Any amount of whole fen comes back from the column as it went in."""
    value = Decimal(fen).scaleb(-2)
    column, dialect = Yuan(), sqlite.dialect()
    assert column.process_result_value(column.process_bind_param(value, dialect), dialect) == value


@pytest.mark.parametrize(
    ("column", "value"),
    [(Yuan(), Decimal("0.001")), (Energy(), Decimal("0.00001")), (Yuan(), Decimal(10) ** 13)],
)
def test_what_does_not_fit_is_refused(column: Yuan | Energy, value: Decimal) -> None:
    """Too many decimals, or too large a value, is an error and never a rounding."""
    with pytest.raises(OutOfBoundsError):
        column.process_bind_param(value, sqlite.dialect())


def test_a_naive_instant_is_refused() -> None:
    """An instant without a zone would be a guess."""
    with pytest.raises(OutOfBoundsError, match="no time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [("0.125", 2, "0.13"), ("0.135", 2, "0.14"), ("-0.125", 2, "-0.13"), ("2.7805", 2, "2.78")],
)
def test_halves_are_rounded_up(value: str, places: int, rounded: str) -> None:
    """Rounding is half up, as the price orders ask, not half to even."""
    assert half_up(Decimal(value), places) == Decimal(rounded)


def test_energy_columns_are_whole_numbers_in_the_database() -> None:
    """The column's own type is an integer, so that no engine can turn it into a float."""
    assert isinstance(Energy().impl, BigInteger)


def test_closing_cancels_what_is_queued_and_refuses_what_comes_later(tmp_path: Path) -> None:
    """Who waits for a transaction that never began is let go when the store is closed; later ones are refused."""

    async def main(clock: SteppedClock) -> None:
        store = Store(tmp_path / "closing.db", clock)
        with store.engine.begin() as connection:
            create_schema(connection)
        begun, go_on = threading.Event(), threading.Event()

        def slow(_tx: Tx) -> None:
            begun.set()
            go_on.wait()

        first = clock.spawn(store.write(BY, slow), name="first")
        queued = clock.spawn(store.write(BY, mark, 1), name="queued")
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, begun.wait)
        closing = loop.run_in_executor(None, store.close)
        while store._jobs.qsize() < 2:  # the queued one, and the word to stop, which goes before it
            await loop.run_in_executor(None, go_on.wait, 0.001)
        go_on.set()
        await closing
        await clock.wait(first)
        with pytest.raises(asyncio.CancelledError):
            await clock.wait(queued)
        with pytest.raises(StoreError, match="closed"):
            await store.write(BY, mark, 1)

    run_virtual(main, START)
