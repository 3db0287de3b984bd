"""The store: runs transactions, in threads, by rank."""

import asyncio
import itertools
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Engine, StaticPool, create_engine, event

from clock import Clock, Nudge
from headend.store.errors import StoreError
from headend.store.faults import Faults
from headend.store.tx import By, Site, Tx, View

P = ParamSpec("P")
R = TypeVar("R")

READERS = 2

PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-65536",
)


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """Open the file so that a transaction is what it says: BEGIN IMMEDIATE to write, a snapshot to read.

    SQLAlchemy's own defaults open no transaction for a SELECT, which loses updates between read and write.
    """
    mode = "ro" if read_only else "rwc"
    pool: dict[str, Any] = {"pool_size": READERS} if read_only else {"poolclass": StaticPool}
    engine = create_engine(
        f"sqlite:///file:{path}?mode={mode}&uri=true", connect_args={"check_same_thread": False}, **pool
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class _Job:
    """One transaction in the writer's queue, ordered by rank and then by arrival."""

    __slots__ = ("future", "order", "run")

    def __init__(self, order: tuple[int, int], run: Callable[[], Any]) -> None:
        self.order = order
        self.run = run
        self.future: Future[Any] = Future()

    def __lt__(self, other: Self) -> bool:
        return self.order < other.order


class Store:
    """A SQLite file with one writing thread and a few readers.

    ``write`` and ``read`` are awaited by tasks, which count as running meanwhile: stepped time stands.
    """

    def __init__(self, path: Path, clock: Clock, *, site: Site | None = None, faults: Faults | None = None) -> None:
        self.path = path
        self.clock = clock
        self.site = site or Site()
        self._faults = faults or Faults()
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._order = itertools.count()
        self._nudges: dict[str, Nudge] = {}
        self._writer_engine = open_engine(path, read_only=False)
        with self._writer_engine.connect():
            pass  # the file and its WAL exist before the first reader opens it read-only
        self._reader_engine = open_engine(path, read_only=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._writer = threading.Thread(target=self._write_loop, name="store-write", daemon=True)
        self._writer.start()

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations before the daemon starts."""
        return self._writer_engine

    async def write(self, by: By, function: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``function(tx, …)`` in one transaction and give its result after the commit.

        A transaction that has been queued is not cancelled: the caller's cancellation is delivered after its end.
        Raises whatever the function raises, after the rollback; :class:`StoreError` once the store has been closed.
        """
        if not self._writer.is_alive():
            raise StoreError(f"{self.path} has been closed: nothing is written any more")
        job = _Job((int(by.rank), next(self._order)), lambda: self.write_now(by, function, *args, **kwargs))
        self._jobs.put(job)
        done = asyncio.wrap_future(job.future)
        try:
            result, nudges = await asyncio.shield(done)
        except asyncio.CancelledError:
            if not done.cancelled():
                await self._finish(done)
            raise
        self._wake(nudges)
        return result  # type: ignore[no-any-return]

    async def _finish(self, done: "asyncio.Future[Any]") -> None:
        """See a transaction to its end although its caller has been cancelled."""
        while not done.done():
            try:
                await asyncio.shield(done)
            except asyncio.CancelledError:
                continue
            except Exception:  # noqa: BLE001 - the cancelled caller can't take it; the rollback has happened
                return
        if not done.cancelled() and done.exception() is None:
            self._wake(done.result()[1])

    def write_now(
        self, by: By, function: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[R, frozenset[str]]:
        """Run a transaction on the calling thread; give its result and whom to nudge."""
        name = f"{function.__module__.removeprefix('headend.').split('.')[0]}.{function.__name__}"
        self._faults.pass_by(f"{name}:before")
        with self._writer_engine.begin() as connection:
            tx = Tx(connection, self.clock.now(), self.site, by)
            result = function(tx, *args, **kwargs)
        self._faults.pass_by(f"{name}:after")
        return result, frozenset(tx.effects.nudges)

    async def read(self, function: Callable[Concatenate[View, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``function(view, …)`` on a read-only snapshot; it waits for no writer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.read_now(function, *args, **kwargs))

    def read_now(self, function: Callable[Concatenate[View, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a read on the calling thread."""
        with self._reader_engine.begin() as connection:
            return function(View(connection, self.clock.now(), self.site), *args, **kwargs)

    def nudge(self, worker: str) -> Nudge:
        """Give the nudge by which transactions wake the worker of that name."""
        if worker not in self._nudges:
            self._nudges[worker] = self.clock.nudge()
        return self._nudges[worker]

    def _wake(self, nudges: frozenset[str]) -> None:
        for name in sorted(nudges):
            self.nudge(name).set()

    def _write_loop(self) -> None:
        while True:
            job = self._jobs.get()
            if job.order[0] < 0:
                return
            try:
                job.future.set_result(job.run())
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller, who awaits it
                job.future.set_exception(error)

    def close(self) -> None:
        """Let the writer finish what it has begun, then close the file; what is still queued is cancelled."""
        self._jobs.put(_Job((-1, 0), lambda: None))
        self._writer.join()
        while not self._jobs.empty():
            self._jobs.get().future.cancel()
        self._readers.shutdown()
        self._reader_engine.dispose()
        self._writer_engine.dispose()
