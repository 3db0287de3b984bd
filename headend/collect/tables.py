"""Tables of collection (采集): readings, append-only; a correction is a new version."""

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table

from headend.store import Energy, Instant, append_only, metadata

reading = append_only(
    Table(  # day first: the nightly insert then goes to one place of the file
        "reading",
        metadata,
        Column("day", Date, primary_key=True),
        Column("point", ForeignKey("point.id"), primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("total", Energy, nullable=False),
        *(Column(f"t{tariff}", Energy) for tariff in range(1, 5)),
        Column("mark", String(1), nullable=False),
        Column("stamp", Instant),
        Column("source", String(16), nullable=False),  # freeze, history, live, onsite, …
        Column("reason", String(200)),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

__all__ = ["reading"]
