"""The one loop of the product."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, String, Table, select

from clock import SteppedClock, run_virtual
from headend.store import By, Due, Instant, Store, Tx, View, Worker, create_schema, metadata, row_id

START = datetime(2026, 9, 14, 1, 0, tzinfo=UTC)
BY = By("system:test")


@pytest.fixture(scope="module")
def job() -> Iterator[Table]:
    """A table of due rows."""
    table = Table(
        "test_job", metadata, row_id(), Column("due", Instant), Column("rank", Integer), Column("n", String(9))
    )
    yield table
    metadata.remove(table)


class Room:
    """A room with due rows: doing one notes when, and takes it away."""

    def __init__(self, job: Table, path: Path, clock: SteppedClock) -> None:
        self.job = job
        self.clock = clock
        self.store = Store(path / "w.db", clock)
        with self.store.engine.begin() as connection:
            create_schema(connection)
        self.done: list[tuple[str, float]] = []
        self.failing: set[str] = set()

    def add(self, tx: Tx, name: str, seconds: float, rank: int = 1) -> None:
        tx.insert(self.job, due=tx.now + timedelta(seconds=seconds), rank=rank, n=name)
        tx.nudge("test")

    def due(self, view: View, limit: int) -> Due[str]:
        rows = view.all(select(self.job).where(self.job.c.due <= view.now).order_by(self.job.c.rank).limit(limit))
        following = view.scalar(select(self.job.c.due).where(self.job.c.due > view.now).order_by(self.job.c.due))
        return Due([row.n for row in rows], following)

    async def handle(self, name: str) -> None:
        if name in self.failing:
            raise ValueError(name)
        self.done.append((name, (self.clock.now() - START).total_seconds()))
        await self.store.write(BY, self.take, name)

    def take(self, tx: Tx, name: str) -> None:
        if name != "spinning":
            tx.execute(self.job.delete().where(self.job.c.n == name))

    def worker(self, parallel: int = 1) -> Worker[str]:
        return Worker(self.clock, self.store, "test", self.due, self.handle, parallel)


def test_due_rows_are_done_at_their_instants_and_by_rank(job: Table, tmp_path: Path) -> None:
    """A worker sleeps to each due instant and takes the most urgent row first."""

    async def main(clock: SteppedClock) -> list[tuple[str, float]]:
        room = Room(job, tmp_path, clock)
        clock.spawn(room.worker().run(), name="worker")
        for name, seconds, rank in (("late", 90, 1), ("low", 5, 2), ("high", 5, 0)):
            await room.store.write(BY, room.add, name, seconds, rank)
        await clock.sleep(100)
        room.store.close()
        return room.done

    assert run_virtual(main, START) == [("high", 5), ("low", 5), ("late", 90)]


def test_a_nudge_wakes_a_sleeping_worker_at_once(job: Table, tmp_path: Path) -> None:
    """A row added while the worker sleeps is done in the same instant."""

    async def main(clock: SteppedClock) -> list[tuple[str, float]]:
        room = Room(job, tmp_path, clock)
        clock.spawn(room.worker().run(), name="worker")
        await clock.sleep(7)
        await room.store.write(BY, room.add, "now", 0)
        await clock.sleep(1)
        room.store.close()
        return room.done

    assert run_virtual(main, START) == [("now", 7)]


@pytest.mark.parametrize("bad", ["failing", "spinning"])
def test_a_row_that_fails_or_spins_is_left_alone_and_others_go_on(job: Table, tmp_path: Path, bad: str) -> None:
    """A row whose handling fails, or leaves it due for ever, costs its neighbours nothing."""

    async def main(clock: SteppedClock) -> list[tuple[str, float]]:
        room = Room(job, tmp_path, clock)
        room.failing = {"failing"}
        clock.spawn(room.worker(parallel=2).run(), name="worker")
        await room.store.write(BY, room.add, bad, 0)
        await room.store.write(BY, room.add, "good", 10)
        await clock.sleep(20)
        room.store.close()
        return [entry for entry in room.done if entry[0] == "good"]

    assert run_virtual(main, START) == [("good", 10)]
