"""The store's own tables: facts told upwards, marks for those who look, steps of the day that are done."""

from sqlalchemy import Column, Date, Index, Integer, String, Table

from headend.store.schema import append_only, metadata, row_id
from headend.store.types import BigInt, Instant

fact = append_only(
    Table(
        "fact",
        metadata,
        row_id(),
        Column("account", BigInt, nullable=False, index=True),
        Column("kind", String(16), nullable=False),
        Column("ref", BigInt),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

pending = Table(
    "pending",
    metadata,
    Column("room", String(16), primary_key=True),
    Column("account", BigInt, primary_key=True),
    Column("not_before", Instant, nullable=False),
    Column("rank", Integer, nullable=False),
    Index("ix_pending_due", "room", "not_before"),
)

day_step = Table(
    "day_step",
    metadata,
    Column("day", Date, primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
    Column("note", String(500)),
)
