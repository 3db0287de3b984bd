"""The trail (操作留痕): every act that changed something, or was refused, and who did it."""

from sqlalchemy import JSON, Column, String, Table

from headend.store import Instant, append_only, metadata, row_id

trail = append_only(
    Table(
        "trail",
        metadata,
        row_id(),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Column("act", String(32), nullable=False),
        Column("arguments", JSON, nullable=False),
        Column("outcome", String(32), nullable=False),
    )
)
