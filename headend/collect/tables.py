"""Tables of collection (采集): readings, append-only; a correction is a new version; what was found about them."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from headend.store import Energy, Instant, append_only, metadata, row_id

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
        Column("reverse", Energy),
        Column("mark", String(1), nullable=False),
        Column("stamp", Instant),
        Column("source", String(16), nullable=False),  # freeze, history, live, onsite, …
        Column("reason", String(200)),
        Column("evidence", String(100)),  # a photo's reference
        Column("periods_suspect", Boolean, nullable=False, server_default="0"),  # the mark is that of the total
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

finding = append_only(
    Table(  # what validation found: with a reading of that version, or without one where the value was rejected
        "finding",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("point", ForeignKey("point.id"), nullable=False),
        Column("day", Date, nullable=False),
        Column("version", Integer),
        Column("kind", String(20), nullable=False),
        Column("values", JSON, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_finding_point", "point", "day"),
        Index("ix_finding_day", "day"),
    )
)

handheld = append_only(
    Table(  # each row of each file of a handheld (抄表机), taken or not; the key makes a repeat a repeat
        "handheld",
        metadata,
        row_id(),
        Column("key", String(64), nullable=False, index=True),
        Column("file", String(100), nullable=False),
        Column("line", Integer, nullable=False),
        Column("outcome", String(12), nullable=False),
        Column("why", String(20)),  # of a row that was not taken
        Column("account", ForeignKey("account.id")),
        Column("day", Date),
        Column("version", Integer),
        Column("row", JSON, nullable=False),  # as it stood in the file
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

__all__ = ["finding", "handheld", "reading"]
