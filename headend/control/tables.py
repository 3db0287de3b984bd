"""Tables of control (控制): proposals, signatures, commands and everything that happened to them."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table

from headend.store import Energy, Instant, Yuan, append_only, metadata, row_id

proposal = Table(
    "proposal",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False, index=True),
    Column("state", String(8), nullable=False),
    Column("debt", Yuan, nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("opened", Instant, nullable=False),
    Column("cause", String(64)),
    Column("approver", String(64)),
    Column("role", String(8)),
    Column("decided", Instant),
    Column("reason", String(200)),
)

approval = append_only(
    Table(  # the act of a person (or of the automatic mode): signed, valid 15 days
        "approval",
        metadata,
        row_id(),
        Column("proposal", ForeignKey("proposal.id"), nullable=False, index=True),
        Column("decision", String(8), nullable=False),
        Column("role", String(8), nullable=False),
        Column("reason", String(200), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

release = append_only(
    Table(  # made by the system at T13, signed with the service key, valid 4 h: without it no trip frame
        "release",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("installation", ForeignKey("installation.id"), nullable=False),
        Column("address", String(12), nullable=False),
        Column("proposal", ForeignKey("proposal.id"), nullable=False),
        Column("expires", Instant, nullable=False),
        Column("signature", String(64), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

command = Table(
    "command",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("point", ForeignKey("point.id"), nullable=False),
    Column("installation", ForeignKey("installation.id"), nullable=False),
    Column("address", String(12), nullable=False),
    Column("link", String(48), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("due", Instant),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("window_end", Instant),
    Column("release", ForeignKey("release.id")),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("prechecks", Integer, nullable=False, server_default="0"),
    Column("checks", Integer, nullable=False, server_default="0"),
    Column("sent_at", Instant),
    Column("seen_open", Boolean, nullable=False, server_default="0"),
    Column("live_register", Energy),
    Column("ended", Instant),
    Column("reason", String(200)),
    Column("actor", String(64), nullable=False),
    Column("cause", String(64)),
    Index("ix_command_due", "due", "rank"),
    Index("ix_command_account", "account", "kind"),
)

command_event = append_only(
    Table(
        "command_event",
        metadata,
        row_id(),
        Column("command", ForeignKey("command.id"), nullable=False, index=True),
        Column("event", String(16), nullable=False),
        Column("before", String(12), nullable=False),
        Column("after", String(12)),  # none: the event moved nothing
        Column("detail", JSON, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

command_frame = append_only(
    Table(  # every frame, answer and read-back, with its raw bytes
        "command_frame",
        metadata,
        row_id(),
        Column("command", ForeignKey("command.id"), nullable=False, index=True),
        Column("direction", String(3), nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

refusal = append_only(
    Table(  # each time a safety rule said no: the list of the day
        "refusal",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False, index=True),
        Column("step", String(8), nullable=False),
        Column("rule", String(8), nullable=False),
        Column("values", JSON, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

mass_check = Table(  # R15: one row a day
    "mass_check",
    metadata,
    Column("day", Date, primary_key=True),
    Column("candidates", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Column("released_by", String(64)),
    Column("released_at", Instant),
)

__all__ = [
    "approval",
    "command",
    "command_event",
    "command_frame",
    "mass_check",
    "proposal",
    "refusal",
    "release",
]
