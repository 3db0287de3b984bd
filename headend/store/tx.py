"""What a transaction sees: :class:`View` to read, :class:`Tx` to read and write.

A transaction is a plain function, ``def room_function(tx: Tx, …)``, never ``async def``: it can't await, so no
socket, no timer and no other task comes between BEGIN and COMMIT.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Row, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from headend.store import tables
from headend.store.facts import SUBSCRIBERS, Fact
from headend.store.schema import metadata

BUSINESS_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Business days are dates of this zone; it has had no summer time since 1991, so a fixed offset is exact."""


class Rank(IntEnum):
    """Who goes first when several want to write: lower is sooner."""

    PEOPLE = 0
    FIELD = 1
    BATCH = 2


@dataclass(frozen=True, slots=True)
class By:
    """In whose name, following from what, and with which urgency a transaction runs.

    ``actor`` is a user, channel or room (``opr.chen``, ``channel:wechat``, ``system:strategy``) and ``cause`` a
    reference to what led to it (``payment:17``); both are written into every row.
    """

    actor: str
    cause: str | None = None
    rank: Rank = Rank.FIELD


@dataclass(frozen=True, slots=True)
class Site:
    """Where this program runs: in a laboratory (simulated assets, ``--lab``) or in production, and with which keys."""

    lab: bool = False
    service_key: bytes = field(default=b"", repr=False)
    """Signs releases of cuts; without it there are none."""
    secured: frozenset[tuple[str, str]] = frozenset()
    """Dialects and profiles of the meters whose orders an encryption machine makes; a laboratory's stand-in is none."""


class View:
    """A consistent snapshot for reading, at one instant: to the millisecond, as the database keeps instants.

    So ``now`` equals what comes back from a row that was written at this very instant.
    """

    def __init__(self, conn: Connection, now: datetime, site: Site) -> None:
        self.conn = conn
        self.now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self.site = site

    @property
    def today(self) -> date:
        """The business day (营业日) of this instant."""
        return self.now.astimezone(BUSINESS_ZONE).date()

    def execute(
        self, statement: Executable, rows: Mapping[str, Any] | Sequence[Any] | None = None
    ) -> CursorResult[Any]:
        """Run a statement of SQLAlchemy Core."""
        return self.conn.execute(statement, rows)

    def one(self, statement: Executable) -> Row[Any] | None:
        """Give the only row, or None; more than one is a fault of the caller's statement."""
        return self.execute(statement).one_or_none()

    def all(self, statement: Executable) -> Sequence[Row[Any]]:
        """Give every row."""
        return self.execute(statement).all()

    def scalar(self, statement: Executable) -> Any:
        """Give the first column of the first row, or None."""
        return self.execute(statement).scalar()


@dataclass
class _Effects:
    """What a transaction leaves for after its commit: nudges, and nothing else."""

    nudges: set[str] = field(default_factory=set)


class Tx(View):
    """A transaction: everything in it is committed together or not at all, and may be run again from its start."""

    def __init__(self, conn: Connection, now: datetime, site: Site, by: By) -> None:
        super().__init__(conn, now, site)
        self.by = by
        self.effects = _Effects()
        self._locked: set[int] = set()

    @property
    def actor(self) -> str:
        """In whose name this transaction runs."""
        return self.by.actor

    @property
    def cause(self) -> str | None:
        """What led to it."""
        return self.by.cause

    def stamp(self) -> dict[str, Any]:
        """Give the columns every append-only row carries: ``at``, ``actor``, ``cause``."""
        return {"at": self.now, "actor": self.actor, "cause": self.cause}

    def insert(self, table: Table, **values: Any) -> int:
        """Insert one row and give its id (of tables with a surrogate key)."""
        key = self.execute(table.insert().values(**values)).inserted_primary_key
        return int(key[0]) if key is not None and isinstance(key[0], int) else 0

    def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]], *, keys: Sequence[str]) -> int:
        """Insert the rows whose ``keys`` are not there yet; give how many were new."""
        if not rows:
            return 0
        statement = self._dialect_insert(table).on_conflict_do_nothing(index_elements=list(keys))
        return sum(self.execute(statement, row).rowcount for row in rows)

    def upsert(self, table: Table, *, keys: Sequence[str], **values: Any) -> None:
        """Insert a row, or overwrite the other columns of the one with the same ``keys``."""
        statement = self._dialect_insert(table).values(**values)
        rest = {name: statement.excluded[name] for name in values if name not in keys}
        self.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest))

    def lock(self, *accounts: int) -> None:
        """Take the accounts' locks, in order of id, until the end of the transaction.

        Every transaction that touches an account's money, state, flags, notices or commands calls this first.
        ``FOR NO KEY UPDATE`` on PostgreSQL, as plain ``FOR UPDATE`` would collide with foreign-key checks; on SQLite
        the writer is alone and the select costs a look-up.
        """
        wanted = set(accounts) - self._locked
        if not wanted:
            return
        c = metadata.tables["account"].c
        found = select(c.id).where(c.id.in_(sorted(wanted))).order_by(c.id).with_for_update(key_share=True)
        held = {row.id for row in self.all(found)}
        for number in sorted(wanted - held):
            raise LookupError(f"there is no account with id {number}")
        self._locked |= held

    def lock_range(self, accounts: range) -> None:
        """Take the locks of every account of a range of ids at once, in order of id: for a batch's chunk."""
        account = metadata.tables["account"]
        within = (account.c.id >= accounts.start) & (account.c.id < accounts.stop)
        rows = self.all(select(account.c.id).where(within).order_by(account.c.id).with_for_update(key_share=True))
        self._locked.update(row.id for row in rows)

    def changed(self, account: int, kind: Fact, ref: int | None = None, *, not_before: datetime | None = None) -> None:
        """Say that something others decide on has changed for an account; see :mod:`headend.store.facts`."""
        self.insert(tables.fact, account=account, kind=kind.value, ref=ref, **self.stamp())
        self._mark(SUBSCRIBERS[kind], [account], not_before)

    def changed_many(self, accounts: Sequence[int], kind: Fact) -> None:
        """Say the same of many accounts."""
        if accounts:
            rows = [{"account": account, "kind": kind.value, **self.stamp()} for account in accounts]
            self.execute(tables.fact.insert(), rows)
            self._mark(SUBSCRIBERS[kind], accounts, None)

    def mark(self, rooms: Iterable[str], account: int, *, not_before: datetime | None = None) -> None:
        """Leave a mark so that the rooms look at the account, no earlier than ``not_before``; the sooner mark stays."""
        self._mark(rooms, [account], not_before)

    def _mark(self, rooms: Iterable[str], accounts: Sequence[int], not_before: datetime | None) -> None:
        t = tables.pending
        statement = self._dialect_insert(t)
        sooner = statement.on_conflict_do_update(
            index_elements=["room", "account"],
            set_={
                "not_before": self._least(t.c.not_before, statement.excluded.not_before),
                "rank": self._least(t.c.rank, statement.excluded.rank),
            },
        )
        same = {"not_before": not_before or self.now, "rank": int(self.by.rank)}
        for room in rooms:
            self.execute(sooner, [{"room": str(room), "account": account, **same} for account in accounts])
            self.nudge(str(room))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is written inside, and that alone, if it raises; locks and nudges stay."""
        with self.conn.begin_nested():
            yield

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Undo what is written inside in any case: to see what would follow from it; locks and nudges stay."""
        nested = self.conn.begin_nested()
        try:
            yield
        finally:
            nested.rollback()

    def unmark(self, room: str, account: int) -> None:
        """Take the mark away: the room has looked."""
        t = tables.pending
        self.execute(t.delete().where(t.c.room == room, t.c.account == account))

    def nudge(self, worker: str) -> None:
        """Wake the worker of that name after the commit; a lost nudge costs one poll interval."""
        self.effects.nudges.add(worker)

    def _dialect_insert(self, table: Table) -> Any:
        return sqlite.insert(table) if self.conn.dialect.name == "sqlite" else postgresql.insert(table)

    def _least(self, left: Any, right: Any) -> Any:
        return func.min(left, right) if self.conn.dialect.name == "sqlite" else func.least(left, right)
