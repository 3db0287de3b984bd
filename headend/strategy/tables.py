"""Tables of the strategy room: rule sets, the state of each account, and every move with the values it looked at."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from headend.store import Instant, append_only, metadata, row_id

rule_set = append_only(
    Table(  # a rule file's content as canonical JSON; the newest one is in force
        "rule_set",
        metadata,
        row_id(),
        Column("content", Text, nullable=False),
        Column("reason", String(200), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )
)

run = append_only(
    Table(  # one chunk of one phase of a day's comparison
        "run",
        metadata,
        row_id(),
        Column("day", Date, nullable=False),
        Column("phase", String(4), nullable=False),
        Column("first_account", Integer, nullable=False),
        Column("last_account", Integer, nullable=False),
        Column("rule_set", ForeignKey("rule_set.id"), nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_run_day", "day", "phase"),
    )
)

transition = append_only(
    Table(  # every move, and every act of a rule that stays; `facts` are raw: fen, counts, words, milliseconds
        "transition",
        metadata,
        row_id(),
        Column("run", ForeignKey("run.id"), index=True),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("rule", String(4), nullable=False),
        Column("number", Integer, nullable=False),
        Column("rule_set", ForeignKey("rule_set.id")),
        Column("source", String(16), nullable=False),
        Column("target", String(16), nullable=False),
        Column("facts", JSON, nullable=False),
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
        Index("ix_transition_account", "account", "id"),
    )
)

account_state = Table(  # written by this room alone, always together with a row of `transition`
    "account_state",
    metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("state", String(16), nullable=False, index=True),
    Column("since", Instant, nullable=False),
    Column("transition", ForeignKey("transition.id"), nullable=False),
    Column("short_on", Date),  # the last business day whose comparison found the account short
)

__all__ = ["account_state", "rule_set", "run", "transition"]
