"""Tables of the field work: duties of the day, raw frames, wishes for live reads, what meters told live."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
)

from headend.store import Energy, Instant, append_only, metadata, row_id

duty = Table(  # what is to be read for a day: one row per metering point due
    "duty",
    metadata,
    Column("day", Date, primary_key=True),
    Column("point", ForeignKey("point.id"), primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("link", String(48), nullable=False),
    Column("done", Boolean, nullable=False, server_default="0"),
    Column("reason", String(16)),  # why it is missing: the last try's MissReason
    Column("detail", String(200)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("at", Instant, nullable=False),  # of the last try
)

raw_frame = append_only(
    Table(  # the bytes behind each reading and relay state, as they went over the wire
        "raw_frame",
        metadata,
        row_id(),
        Column("at", Instant, nullable=False),
        Column("direction", String(3), nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("cause", String(64)),
    )
)

want = Table(  # a wish for a live read (透抄)
    "want",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("state", String(8), nullable=False),  # open, done, failed
    Column("due", Instant, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("cause", String(64)),
    Index("ix_want_due", "state", "due"),
)

live_read = append_only(
    Table(
        "live_read",
        metadata,
        row_id(),
        Column("want", ForeignKey("want.id"), nullable=False),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("point", ForeignKey("point.id"), nullable=False),
        Column("address", String(12), nullable=False),
        Column("total", Energy),
        Column("reason", String(16)),  # why there is no total
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_live_read_account", "account", "at"),
    )
)

relay_seen = append_only(
    Table(  # a relay state is a reading too
        "relay_seen",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("address", String(12), nullable=False),
        Column("open", Boolean, nullable=False),
        Column("command_open", Boolean, nullable=False),
        Column("keep_power", Boolean),
        Column("current_a", Numeric(12, 4)),
        Column("source", String(16), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_relay_seen_account", "account", "at"),
    )
)

device_report = append_only(
    Table(  # what a device reported by itself (主动上报); kept before it is acknowledged, repeats and all
        "device_report",
        metadata,
        row_id(),
        Column("link", String(48), nullable=False, index=True),
        Column("data", LargeBinary, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

device_event = append_only(
    Table(  # what a report, or a record read of a meter, says: one row per object; what can't be read has an error
        "device_event",
        metadata,
        row_id(),
        Column("source", String(8), nullable=False),  # report, follow, record, line
        Column("report", ForeignKey("device_report.id")),
        Column("link", String(48), nullable=False),
        Column("account", ForeignKey("account.id")),
        Column("address", String(32)),  # of the meter, where one is told
        Column("object", String(8)),  # OAD, or DI of a DL/T 645 record
        Column("name", String(120), nullable=False),
        Column("chinese", String(120), nullable=False),
        Column("began", Instant),  # by the device's clock
        Column("value", JSON),
        Column("error", String(200)),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_device_event_account", "account", "at"),
        Index("ix_device_event_link", "link", "at"),
    )
)

clock_seen = append_only(
    Table(  # how far a device's clock was off, and what was done about it
        "clock_seen",
        metadata,
        row_id(),
        Column("link", String(48), nullable=False),
        Column("account", ForeignKey("account.id")),  # none: the concentrator's own clock
        Column("address", String(12)),
        Column("error_s", BigInteger),  # seconds ahead of ours; none where the row tells of a setting
        Column("outcome", String(12), nullable=False),
        Column("detail", String(200)),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_clock_seen_account", "account", "at"),
        Index("ix_clock_seen_link", "link", "at"),
    )
)

link_event = Table(  # when links went up and down; forgotten after 62 days
    "link_event",
    metadata,
    row_id(),
    Column("link", String(48)),  # none: all of them, as when the head-end starts
    Column("event", String(16), nullable=False),  # up, down, replaced, too_many, started
    Column("values", JSON, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_link_event_link", "link", "at"),
)

__all__ = [
    "clock_seen",
    "device_event",
    "device_report",
    "duty",
    "link_event",
    "live_read",
    "raw_frame",
    "relay_seen",
    "want",
]
