"""Tables of the messages: texts in versions, the outbox, attempts at contacts, history, the gateway's state.

No row holds a name, a number of a phone or the text that was sent: a message is values, rendered when it goes.
"""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from headend.store import BigInt, Instant, append_only, metadata, row_id

message_template = append_only(
    Table(
        "message_template",
        metadata,
        row_id(),
        Column("code", String(8), nullable=False),
        Column("version", Integer, nullable=False),
        Column("text", Text, nullable=False),
        Column("phrases", JSON, nullable=False),
        Column("at_once", Boolean, nullable=False),
        Column("per", String(8), nullable=False),
        Column("urgency", Integer, nullable=False),
        Column("patience_s", Integer, nullable=False),
        Column("to_unproven", Boolean, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        UniqueConstraint("code", "version"),
    )
)

message = Table(
    "message",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("template", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("values", JSON, nullable=False),
    Column("once", String(96), unique=True),  # key of what it tells, where it isn't told once per day
    Column("day", Date, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("created", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("due", Instant),  # when something is to be done next; none once it has ended
    Column("tried", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),  # of the contact tried last
    Column("attempt", BigInt),  # the attempt under way
    Column("sent", Instant),
    Column("delivered", Instant),
    Column("ended", Instant),
    Column("reason", String(32)),
    Index("ix_message_due", "due"),
    Index("ix_message_account", "account", "template", "day"),
    Index("ix_message_day", "day"),
)

message_attempt = Table(
    "message_attempt",
    metadata,
    row_id(),
    Column("message", ForeignKey("message.id"), nullable=False, index=True),
    Column("contact", ForeignKey("contact.id"), nullable=False),
    Column("started", Instant, nullable=False, index=True),
    Column("accepted", Instant),
    Column("ref", String(64)),
    Column("result", String(12)),
    Column("ended", Instant),
)

message_event = append_only(
    Table(
        "message_event",
        metadata,
        row_id(),
        Column("message", ForeignKey("message.id"), nullable=False, index=True),
        Column("attempt", BigInt),
        Column("event", String(12), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Column("detail", String(200)),
    )
)

gateway_state = Table(  # what is known of the way to the message centre (R10)
    "gateway_state",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("up", Boolean, nullable=False),
    Column("since", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
)

customer_reply = append_only(
    Table(
        "customer_reply",
        metadata,
        row_id(),
        Column("ref", String(64), nullable=False, unique=True),
        Column("contact", ForeignKey("contact.id")),
        Column("account", ForeignKey("account.id"), index=True),
        Column("kind", String(8), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)
