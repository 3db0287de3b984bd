"""Tables of the work orders: the order as it stands, and its append-only history."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from headend.store import Instant, append_only, metadata, row_id

work_order = Table(
    "work_order",
    metadata,
    row_id(),
    Column("kind", String(24), nullable=False),
    Column("subject", String(32), nullable=False),  # "account:12", "meter:3" or "unit:1"
    Column("account", ForeignKey("account.id"), index=True),
    Column("meter", ForeignKey("meter.id")),
    Column("unit", ForeignKey("unit.id"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    Column("owner", String(64)),
    Column("state", String(8), nullable=False),
    Column("opened", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("closed", Instant),
    Column("note", String(500), nullable=False),
    Column("values", JSON, nullable=False),
)
Index(
    "uq_work_order_open",
    work_order.c.kind,
    work_order.c.subject,
    unique=True,
    sqlite_where=work_order.c.state == "open",
    postgresql_where=work_order.c.state == "open",
)

work_event = append_only(
    Table(
        "work_event",
        metadata,
        row_id(),
        Column("order", ForeignKey("work_order.id"), nullable=False, index=True),
        Column("event", String(8), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Column("values", JSON, nullable=False),
    )
)
